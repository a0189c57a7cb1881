# %%
# accept: the merge of lowest rank, again and again
def encode(text, merges):
    rank = {pair: i for i, pair in enumerate(merges)}
    out = []
    for chunk in chunks_of(text):
        ids = list(chunk.encode("utf-8"))
        while len(ids) > 1:
            best = min(zip(ids, ids[1:]), key=lambda pair: rank.get(pair, len(rank)))
            if best not in rank:
                break
            ids = merge_pair(ids, best, 256 + rank[best])
        out.extend(ids)
    return out


# %%
# accept: all merges over a list of chunks
def encode(text, merges):
    parts = [list(bytes(chunk, "utf8")) for chunk in chunks_of(text)]
    for i in range(len(merges)):
        parts = [merge_pair(part, merges[i], i + 256) for part in parts]
    return sum(parts, [])


# %%
# accept: letters and str.replace
def encode(text, merges):
    out = []
    for chunk in chunks_of(text):
        letters = chunk.encode().decode("latin-1")
        for new, (a, b) in enumerate(merges, 256):
            letters = letters.replace(chr(a) + chr(b), chr(new))
        out += map(ord, letters)
    return out


# %%
# reject: every result is zero · expects "got [0, 0, 0, 0, 0, 0]"


# %%
# reject: an empty list · expects "got []"
def encode(text, merges):
    return []


# %%
# reject: a tensor · expects "expected a list, got a Tensor"
# - return encoded
# + return torch.tensor(encoded)

# %%
# reject: the bytes alone · expects "no merge is applied"
# - for new, pair in enumerate(merges, start=256):
# -     ids = merge_pair(ids, pair, new)


# %%
# reject: the longest token first · expects "the order of the merges decides"
def encode(text, merges):
    spelled = [bytes([i]) for i in range(256)]
    for a, b in merges:
        spelled.append(spelled[a] + spelled[b])
    known = {s: i for i, s in enumerate(spelled)}
    out = []
    for chunk in chunks_of(text):
        rest = chunk.encode()
        while rest:
            n = max(n for n in range(1, len(rest) + 1) if rest[:n] in known)
            out.append(known[rest[:n]])
            rest = rest[n:]
    return out


# %%
# reject: the leftmost pair first · expects "the order of the merges decides"
# + ranks = {pair: 256 + new for new, pair in enumerate(merges)}
#   encoded = []
#
# - for new, pair in enumerate(merges, start=256):
# -     ids = merge_pair(ids, pair, new)
# + found = True
# + while found:
# +     found = next((new for new, p in enumerate(zip(ids, ids[1:])) if p in ranks), None)
# +     if found is not None:
# +         ids[found : found + 2] = [ranks[ids[found], ids[found + 1]]]
# +     found = found is not None


# %%
# reject: one scan per chunk · expects "each chunk is scanned once"
def encode(text, merges):
    ranks = {pair: 256 + i for i, pair in enumerate(merges)}
    out = []
    for chunk in chunks_of(text):
        ids, i = list(chunk.encode()), 0
        while i < len(ids):
            if tuple(ids[i : i + 2]) in ranks:
                out.append(ranks[tuple(ids[i : i + 2])])
                i += 2
            else:
                out.append(ids[i])
                i += 1
    return out


# %%
# reject: last merge first · expects "in reverse order"
# - for new, pair in enumerate(merges, start=256):
# -     ids = merge_pair(ids, pair, new)
# + for new in reversed(range(len(merges))):
# +     ids = merge_pair(ids, merges[new], 256 + new)

# %%
# reject: each merge once per chunk · expects "each merge is applied once per chunk"
# - for new, pair in enumerate(merges, start=256):
# -     ids = merge_pair(ids, pair, new)
# + for new, pair in enumerate(merges, 256):
# +     for i in range(len(ids) - 1):
# +         if (ids[i], ids[i + 1]) == pair:
# +             ids[i : i + 2] = [new]
# +             break

# %%
# reject: no chunks · expects "crosses the border"
# - for chunk in chunks_of(text):
# + for chunk in [text]:

# %%
# reject: cut at blanks · expects "not with split()"
# - for chunk in chunks_of(text):
# + for chunk in text.split():
#
# - for new, pair in enumerate(merges, start=256):
# + for new, pair in enumerate(merges, 256):

# %%
# reject: lower case · expects "capital letters are lost"
# - for chunk in chunks_of(text):
# + for chunk in chunks_of(text.lower()):
#
# - for new, pair in enumerate(merges, start=256):
# + for new, pair in enumerate(merges, 256):

# %%
# reject: stripped · expects "without merges, as bytes"
# - for chunk in chunks_of(text):
# + for chunk in chunks_of(text.strip()):
#
# - for new, pair in enumerate(merges, start=256):
# + for new, pair in enumerate(merges, 256):

# %%
# reject: new ids begin at 0 · expects "makes the id 256, not 0"
# - for new, pair in enumerate(merges, start=256):
# + for new, pair in enumerate(merges):

# %%
# reject: new ids begin at 257 · expects "makes the id 256, not 257"
# - for new, pair in enumerate(merges, start=256):
# + for new, pair in enumerate(merges, 257):

# %%
# reject: numbers of letters · expects "numbers of letters, not bytes"
# - ids = list(chunk.encode())
# - for new, pair in enumerate(merges, start=256):
# + ids = [ord(letter) for letter in chunk]
# + for new, pair in enumerate(merges, 256):

# %%
# reject: ASCII only · expects "UnicodeEncodeError"
# - ids = list(chunk.encode())
# - for new, pair in enumerate(merges, start=256):
# + ids = list(chunk.encode("ascii"))
# + for new, pair in enumerate(merges, 256):

# %%
# reject: a list per chunk · expects "one flat list"
# - for new, pair in enumerate(merges, start=256):
# + for new, pair in enumerate(merges, 256):
#
# - encoded += ids
# + encoded.append(ids)

# %%
# reject: from right to left · expects "replaced from right to left"
# - for new, pair in enumerate(merges, start=256):
# -     ids = merge_pair(ids, pair, new)
# + for new, pair in enumerate(merges, 256):
# +     ids = merge_pair(ids[::-1], pair[::-1], new)[::-1]
