# %%
# accept: three cases
def truncate(ids, length, policy, cls, sep):
    room = length - 2
    if len(ids) <= room:
        kept = ids
    elif policy == "head":
        kept = ids[:room]
    elif policy == "tail":
        kept = ids[-room:]
    else:
        back = room // 2
        kept = ids[: room - back] + (ids[-back:] if back else [])
    return [cls] + kept + [sep]


# %%
# accept: drops one id at a time
def truncate(ids, length, policy, cls, sep):
    ids = list(ids)
    while len(ids) > length - 2:
        if policy == "head":
            ids.pop()
        elif policy == "tail":
            ids.pop(0)
        else:
            ids.pop(math.ceil((length - 2) / 2))
    ids.insert(0, cls)
    ids.append(sep)
    return ids


# %%
# accept: the places that are kept
def truncate(ids, length, policy, cls, sep):
    room, n = length - 2, len(ids)
    front = {"head": room, "tail": 0, "both": -(-room // 2)}[policy]
    kept = [i for place, i in enumerate(ids) if place < front or place >= n - room + front]
    return [cls] + (ids if n <= room else kept) + [sep]


# %%
# accept: with tensors
def truncate(ids, length, policy, cls, sep):
    x, room = torch.tensor(ids, dtype=torch.int64), min(length - 2, len(ids))
    back = {"head": 0, "tail": room, "both": room // 2}[policy]
    kept = torch.cat([x[: room - back], x[len(x) - back :]])
    return F.pad(F.pad(kept, (1, 0), value=cls), (0, 1), value=sep).tolist()


# %%
# reject: an empty list · expects "the first id must be cls and the last one sep"
def truncate(ids, length, policy, cls, sep):
    return []


# %%
# reject: nothing returned · expects "end with `return`"
def truncate(ids, length, policy, cls, sep):
    [cls, *ids[: length - 2], sep]


# %%
# reject: all zeros · expects "the first id must be cls and the last one sep"


# %%
# reject: only the special tokens · expects "expected [90, 0, 1, 2, 3, 91], got [90, 91]"
def truncate(ids, length, policy, cls, sep):
    return [cls, sep]


# %%
# reject: special tokens not counted · expects "they leave room for two ids fewer"
# - room = length - 2
# + room = length

# %%
# reject: a text that fits only without special tokens · expects "they leave room for two ids fewer"
# - if len(ids) > room:
# + if len(ids) > length:

# %%
# reject: never cut · expects "does not fit, and is not cut"
# - if len(ids) > room:
# -     last = {"head": 0, "tail": room, "both": room // 2}[policy]
# -     ids = ids[: room - last] + ids[len(ids) - last :]

# %%
# reject: no special tokens · expects "the first id must be cls and the last one sep"
# - room = length - 2
# + room = length
#
# - return [cls, *ids, sep]
# + return ids

# %%
# reject: special tokens are cut off · expects "cut the text, then put them around it"
# - room = length - 2
# + room, ids = length, [cls, *ids, sep]
#
# - return [cls, *ids, sep]
# + return ids

# %%
# reject: ids[-0:] · expects "ids[-0:] is the whole list"
# - ids = ids[: room - last] + ids[len(ids) - last :]
# + ids = ids[: room - last] + ids[-last:]

# %%
# reject: ids[-0:] for both alone · expects "ids[-0:] is the whole list"
# - last = {"head": 0, "tail": room, "both": room // 2}[policy]
# - ids = ids[: room - last] + ids[len(ids) - last :]
# + half = room // 2
# + both = ids[: room - half] + ids[-half:]
# + ids = {"head": ids[:room], "tail": ids[-room:], "both": both}[policy]

# %%
# reject: the second half gets one more · expects "with an odd room the first half gets one more"
# - last = {"head": 0, "tail": room, "both": room // 2}[policy]
# + last = {"head": 0, "tail": room, "both": (room + 1) // 2}[policy]

# %%
# reject: two equal halves · expects "with an odd room the first half gets one more"
# - last = {"head": 0, "tail": room, "both": room // 2}[policy]
# - ids = ids[: room - last] + ids[len(ids) - last :]
# + half = room // 2
# + both = ids[:half] + ids[len(ids) - half :]
# + ids = {"head": ids[:room], "tail": ids[-room:], "both": both}[policy]

# %%
# reject: always the head · expects "those are the first ids; policy says otherwise"
# - last = {"head": 0, "tail": room, "both": room // 2}[policy]
# + last = 0

# %%
# reject: both is like the tail · expects "those are the last ids; policy says otherwise"
# - last = {"head": 0, "tail": room, "both": room // 2}[policy]
# - ids = ids[: room - last] + ids[len(ids) - last :]
# + ids = ids[:room] if policy == "head" else ids[-room:]


# %%
# reject: a short text is doubled · expects "fits into length 5 with [CLS] and [SEP]"
def truncate(ids, length, policy, cls, sep):
    room = length - 2
    last = {"head": 0, "tail": room, "both": room // 2}[policy]
    return [cls, *ids[: room - last], *ids[max(0, len(ids) - last) :], sep]


# %%
# reject: the list that came in is changed · expects "changes its input in place"
# -     last = {"head": 0, "tail": room, "both": room // 2}[policy]
# -     ids = ids[: room - last] + ids[len(ids) - last :]
# - return [cls, *ids, sep]
# +     first = {"head": room, "tail": 0, "both": room - room // 2}[policy]
# +     del ids[first : len(ids) - room + first]
# + ids.insert(0, cls)
# + ids.append(sep)
# + return ids

# %%
# reject: a text that is one too long is not cut · expects "the text does not fit, and is not cut"
# - if len(ids) > room:
# + if len(ids) > room + 1:

# %%
# reject: room for one special token · expects "the room is length − 2"
# - room = length - 2
# + room = length - 1
