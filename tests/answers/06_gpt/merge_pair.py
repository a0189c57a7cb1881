# %%
# accept: a for loop that looks back
def merge_pair(ids, pair, new):
    out, fresh = [], False
    for i in ids:
        if fresh and (out[-1], i) == pair:
            out[-1], fresh = new, False
        else:
            out.append(i)
            fresh = True
    return out


# %%
# accept: str.replace on letters
def merge_pair(ids, pair, new):
    text = "".join(map(chr, ids)).replace(chr(pair[0]) + chr(pair[1]), chr(new))
    return [ord(letter) for letter in text]


# %%
# accept: deletes from a copy
def merge_pair(ids, pair, new):
    ids = list(ids)
    i = 0
    while i < len(ids) - 1:
        if ids[i] == pair[0] and ids[i + 1] == pair[1]:
            ids[i : i + 2] = [new]
        i += 1
    return ids


# %%
# accept: an iterator with a marker for the skipped id
def merge_pair(ids, pair, new):
    out, skip = [], False
    for left, right in zip(ids, [*ids[1:], None]):
        if skip:
            skip = False
        elif (left, right) == tuple(pair):
            out.append(new)
            skip = True
        else:
            out.append(left)
    return out


# %%
# reject: every result is zero · expects "got [0, 0, 0, 0, 0, 0, 0, 0]"

# %%
# reject: nothing returned · expects "end with `return`"
# - return merged


# %%
# reject: no merge at all · expects "no pair is replaced"
def merge_pair(ids, pair, new):
    return list(ids)


# %%
# reject: an empty list · expects "got []"
def merge_pair(ids, pair, new):
    return []


# %%
# reject: from right to left · expects "from right to left"
def merge_pair(ids, pair, new):
    out, i = [], len(ids) - 1
    while i >= 0:
        if i > 0 and (ids[i - 1], ids[i]) == pair:
            out.append(new)
            i -= 2
        else:
            out.append(ids[i])
            i -= 1
    return out[::-1]


# %%
# reject: moves on by one after a match · expects "an id is used in two pairs"
def merge_pair(ids, pair, new):
    out, used = [], False
    for i in range(len(ids)):
        if tuple(ids[i : i + 2]) == pair:
            out.append(new)
            used = True
        elif used:
            used = False
        else:
            out.append(ids[i])
    return out


# %%
# reject: only the first occurrence · expects "only the first occurrence"
def merge_pair(ids, pair, new):
    for i in range(len(ids) - 1):
        if (ids[i], ids[i + 1]) == pair:
            return [*ids[:i], new, *ids[i + 2 :]]
    return list(ids)


# %%
# reject: the last id is lost · expects "the last id is lost"
# - while i < len(ids):
# -     if tuple(ids[i : i + 2]) == pair:
# + while i < len(ids) - 1:
# +     if (ids[i], ids[i + 1]) == pair:


# %%
# reject: the second token stays · expects "the second token of the pair stays"
def merge_pair(ids, pair, new):
    return [
        new if i + 1 < len(ids) and (ids[i], ids[i + 1]) == pair else ids[i]
        for i in range(len(ids))
    ]


# %%
# reject: the pair stays beside the new id · expects "but the pair stays"
def merge_pair(ids, pair, new):
    out = []
    for i in range(len(ids)):
        if tuple(ids[i : i + 2]) == pair:
            out.append(new)
        out.append(ids[i])
    return out


# %%
# reject: either order of the pair · expects "the other way round"
# - if tuple(ids[i : i + 2]) == pair:
# + if tuple(ids[i : i + 2]) in (pair, pair[::-1]):


# %%
# reject: single tokens replaced · expects "only both together count"
def merge_pair(ids, pair, new):
    return [new if i in pair else i for i in ids]


# %%
# reject: in place · expects "changes the list"
# in: deletes from a copy
# - ids = list(ids)
#
# - if ids[i] == pair[0] and ids[i + 1] == pair[1]:
# + if (ids[i], ids[i + 1]) == pair:

# %%
# reject: reads past the end · expects "the last id has no neighbor"
# - if tuple(ids[i : i + 2]) == pair:
# + if (ids[i], ids[i + 1]) == pair:

# %%
# reject: the last id always kept · expects "kept although it is part of a pair"
# - while i < len(ids):
# -     if tuple(ids[i : i + 2]) == pair:
# + while i < len(ids) - 1:
# +     if (ids[i], ids[i + 1]) == pair:
#
# - return merged
# + return merged + ids[-1:]


# %%
# reject: a loop over neighbors · expects "a while loop can move by 2"
def merge_pair(ids, pair, new):
    return [new if (a, b) == pair else a for a, b in zip(ids, ids[1:])]
