# ---
# Known right and wrong answers to the exercises of Lab 06. See docs/authors.md for the form.
# ---

# %% [markdown]
# # Exercise 1


# %%
# accept merge_pair: a for loop that looks back
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
# accept merge_pair: str.replace on letters
def merge_pair(ids, pair, new):
    text = "".join(map(chr, ids)).replace(chr(pair[0]) + chr(pair[1]), chr(new))
    return [ord(letter) for letter in text]


# %%
# accept merge_pair: deletes from a copy
def merge_pair(ids, pair, new):
    ids = list(ids)
    i = 0
    while i < len(ids) - 1:
        if ids[i] == pair[0] and ids[i + 1] == pair[1]:
            ids[i : i + 2] = [new]
        i += 1
    return ids


# %%
# accept merge_pair: an iterator with a marker for the skipped id
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
# reject merge_pair: the stub · expects "not written yet"
def merge_pair(ids, pair, new):
    raise NotImplementedError()


# %%
# reject merge_pair: nothing returned · expects "end with `return`"
def merge_pair(ids, pair, new):
    list(ids)


# %%
# reject merge_pair: no merge at all · expects "no pair is replaced"
def merge_pair(ids, pair, new):
    return list(ids)


# %%
# reject merge_pair: an empty list · expects "got []"
def merge_pair(ids, pair, new):
    return []


# %%
# reject merge_pair: from right to left · expects "from right to left"
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
# reject merge_pair: moves on by one after a match · expects "an id is used in two pairs"
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
# reject merge_pair: only the first occurrence · expects "only the first occurrence"
def merge_pair(ids, pair, new):
    for i in range(len(ids) - 1):
        if (ids[i], ids[i + 1]) == pair:
            return [*ids[:i], new, *ids[i + 2 :]]
    return list(ids)


# %%
# reject merge_pair: the last id is lost · expects "the last id is lost"
def merge_pair(ids, pair, new):
    out, i = [], 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) == pair:
            out.append(new)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out


# %%
# reject merge_pair: the second token stays · expects "the second token of the pair stays"
def merge_pair(ids, pair, new):
    return [
        new if i + 1 < len(ids) and (ids[i], ids[i + 1]) == pair else ids[i]
        for i in range(len(ids))
    ]


# %%
# reject merge_pair: the pair stays beside the new id · expects "but the pair stays"
def merge_pair(ids, pair, new):
    out = []
    for i in range(len(ids)):
        if tuple(ids[i : i + 2]) == pair:
            out.append(new)
        out.append(ids[i])
    return out


# %%
# reject merge_pair: either order of the pair · expects "the other way round"
def merge_pair(ids, pair, new):
    out, i = [], 0
    while i < len(ids):
        if tuple(ids[i : i + 2]) in (pair, pair[::-1]):
            out.append(new)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out


# %%
# reject merge_pair: single tokens replaced · expects "only both together count"
def merge_pair(ids, pair, new):
    return [new if i in pair else i for i in ids]


# %%
# reject merge_pair: in place · expects "changes the list"
def merge_pair(ids, pair, new):
    i = 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) == pair:
            ids[i : i + 2] = [new]
        i += 1
    return ids


# %%
# reject merge_pair: reads past the end · expects "IndexError"
def merge_pair(ids, pair, new):
    out, i = [], 0
    while i < len(ids):
        if (ids[i], ids[i + 1]) == pair:
            out.append(new)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out


# %%
# reject merge_pair: the last id always kept · expects "kept although it is part of a pair"
def merge_pair(ids, pair, new):
    out, i = [], 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) == pair:
            out.append(new)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out + ids[-1:]


# %%
# accept train_bpe: counts updated, not made anew
def train_bpe(counts, n_merges):
    words = [list(chunk) for chunk in counts]
    freqs = list(counts.values())
    pairs = Counter()
    for word, n in zip(words, freqs):
        for pair in zip(word, word[1:]):
            pairs[pair] += n
    merges = []
    while len(merges) < n_merges and any(n > 0 for n in pairs.values()):
        best = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[0][0]
        new = 256 + len(merges)
        merges.append(best)
        for k, (word, n) in enumerate(zip(words, freqs)):
            if best not in zip(word, word[1:]):
                continue
            for pair in zip(word, word[1:]):
                pairs[pair] -= n
            out, i = [], 0
            while i < len(word):
                if tuple(word[i : i + 2]) == best:
                    out.append(new)
                    i += 2
                else:
                    out.append(word[i])
                    i += 1
            words[k] = out
            for pair in zip(out, out[1:]):
                pairs[pair] += n
    return merges


# %%
# accept train_bpe: negative ids make ties fall the right way under max
def train_bpe(counts, n_merges):
    words = {tuple(chunk): n for chunk, n in counts.items()}
    merges = []
    for i in range(n_merges):
        stats = {}
        for word, n in words.items():
            for j in range(len(word) - 1):
                stats[word[j], word[j + 1]] = stats.get((word[j], word[j + 1]), 0) + n
        if len(stats) == 0:
            break
        best = max(stats, key=lambda p: (stats[p], -p[0], -p[1]))
        merges.append(best)
        words = {tuple(merge_pair(list(word), best, 256 + i)): n for word, n in words.items()}
    return merges


# %%
# accept train_bpe: pairs as lists, letters instead of ids
def train_bpe(counts, n_merges):
    words = Counter({chunk.decode("latin-1"): n for chunk, n in counts.items()})
    merges = []
    for new in range(256, 256 + n_merges):
        seen = Counter()
        for word, n in words.items():
            for a, b in pairwise(word):
                seen[a + b] += n
        if not seen:
            return merges
        top = max(seen.values())
        best = min(pair for pair, n in seen.items() if n == top)
        merges.append([ord(letter) for letter in best])
        words = Counter({word.replace(best, chr(new)): n for word, n in words.items()})
    return merges


# %%
# reject train_bpe: the stub · expects "not written yet"
def train_bpe(counts, n_merges):
    raise NotImplementedError()


# %%
# reject train_bpe: nothing is learned · expects "got []"
def train_bpe(counts, n_merges):
    return []


# %%
# reject train_bpe: a dict of merges · expects "expected a list, got a dict"
def train_bpe(counts, n_merges):
    words, merges = [(list(c), n) for c, n in counts.items()], {}
    for new in range(256, 256 + n_merges):
        pairs = Counter()
        for ids, n in words:
            for pair in zip(ids, ids[1:]):
                pairs[pair] += n
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges[best] = new
        words = [(merge_pair(ids, best, new), n) for ids, n in words]
    return merges


# %%
# reject train_bpe: chunk counts ignored · expects "each chunk counts once"
def train_bpe(counts, n_merges):
    words, merges = [list(c) for c in counts], []
    for new in range(256, 256 + n_merges):
        pairs = Counter(pair for ids in words for pair in zip(ids, ids[1:]))
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = [merge_pair(ids, best, new) for ids in words]
    return merges


# %%
# reject train_bpe: most_common decides ties · expects "seen first"
def train_bpe(counts, n_merges):
    words, merges = [(list(c), n) for c, n in counts.items()], []
    for new in range(256, 256 + n_merges):
        pairs = Counter()
        for ids, n in words:
            for pair in zip(ids, ids[1:]):
                pairs[pair] += n
        if not pairs:
            break
        ((best, _),) = pairs.most_common(1)
        merges.append(best)
        words = [(merge_pair(ids, best, new), n) for ids, n in words]
    return merges


# %%
# reject train_bpe: the larger pair wins a tie · expects "the larger pair of ids wins"
def train_bpe(counts, n_merges):
    words, merges = [(list(c), n) for c, n in counts.items()], []
    for new in range(256, 256 + n_merges):
        pairs = Counter()
        for ids, n in words:
            for pair in zip(ids, ids[1:]):
                pairs[pair] += n
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        words = [(merge_pair(ids, best, new), n) for ids, n in words]
    return merges


# %%
# reject train_bpe: ties compare the bytes · expects "not the bytes that they spell"
def train_bpe(counts, n_merges):
    words, merges = [(list(c), n) for c, n in counts.items()], []
    spelled = [bytes([i]) for i in range(256)]
    for new in range(256, 256 + n_merges):
        pairs = Counter()
        for ids, n in words:
            for pair in zip(ids, ids[1:]):
                pairs[pair] += n
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], spelled[pair[0]], spelled[pair[1]]))
        merges.append(best)
        spelled.append(spelled[best[0]] + spelled[best[1]])
        words = [(merge_pair(ids, best, new), n) for ids, n in words]
    return merges


# %%
# reject train_bpe: the rarest pair · expects "the rarest pair is merged"
def train_bpe(counts, n_merges):
    words, merges = [(list(c), n) for c, n in counts.items()], []
    for new in range(256, 256 + n_merges):
        pairs = Counter()
        for ids, n in words:
            for pair in zip(ids, ids[1:]):
                pairs[pair] += n
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        words = [(merge_pair(ids, best, new), n) for ids, n in words]
    return merges


# %%
# reject train_bpe: counted once, at the start · expects "not counted anew after every merge"
def train_bpe(counts, n_merges):
    pairs = Counter()
    for chunk, n in counts.items():
        for pair in zip(chunk, chunk[1:]):
            pairs[pair] += n
    return sorted(pairs, key=lambda pair: (-pairs[pair], pair))[:n_merges]


# %%
# reject train_bpe: new pairs added, old ones never taken away · expects "not counted anew after every merge"
def train_bpe(counts, n_merges):
    words, merges, pairs = [(list(c), n) for c, n in counts.items()], [], Counter()
    for ids, n in words:
        for pair in zip(ids, ids[1:]):
            pairs[pair] += n
    for new in range(256, 256 + n_merges):
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        del pairs[best]
        words = [(merge_pair(ids, best, new), n) for ids, n in words]
        for ids, n in words:
            for pair in zip(ids, ids[1:]):
                if new in pair:
                    pairs[pair] += n
    return merges


# %%
# reject train_bpe: pairs across chunks · expects "across the border of two chunks"
def train_bpe(counts, n_merges):
    ids, merges = [b for chunk, n in counts.items() for b in chunk * n], []
    for new in range(256, 256 + n_merges):
        pairs = Counter(zip(ids, ids[1:]))
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        ids = merge_pair(ids, best, new)
    return merges


# %%
# reject train_bpe: overlapping pairs counted once · expects "overlapping pairs count as well"
def train_bpe(counts, n_merges):
    words, merges = [(list(c), n) for c, n in counts.items()], []
    for new in range(256, 256 + n_merges):
        pairs = Counter()
        for ids, n in words:
            last = -1
            for i, pair in enumerate(zip(ids, ids[1:])):
                if pair[0] == pair[1] and last == i and ids[i - 1] == pair[0]:
                    last = -1
                    continue
                pairs[pair] += n
                last = i + 1
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = [(merge_pair(ids, best, new), n) for ids, n in words]
    return merges


# %%
# reject train_bpe: merges from right to left · expects "replaced from right to left"
def train_bpe(counts, n_merges):
    words, merges = [(list(c), n) for c, n in counts.items()], []
    for new in range(256, 256 + n_merges):
        pairs = Counter()
        for ids, n in words:
            for pair in zip(ids, ids[1:]):
                pairs[pair] += n
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = [(merge_pair(ids[::-1], best[::-1], new)[::-1], n) for ids, n in words]
    return merges


# %%
# reject train_bpe: ids begin at 257 · expects "the first new id is 256"
def train_bpe(counts, n_merges):
    words, merges = [(list(c), n) for c, n in counts.items()], []
    for new in range(257, 257 + n_merges):
        pairs = Counter()
        for ids, n in words:
            for pair in zip(ids, ids[1:]):
                pairs[pair] += n
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = [(merge_pair(ids, best, new), n) for ids, n in words]
    return merges


# %%
# reject train_bpe: ids begin at 0 · expects "where the bytes are"
def train_bpe(counts, n_merges):
    words, merges = [(list(c), n) for c, n in counts.items()], []
    for new in range(n_merges):
        pairs = Counter()
        for ids, n in words:
            for pair in zip(ids, ids[1:]):
                pairs[pair] += n
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = [(merge_pair(ids, best, new), n) for ids, n in words]
    return merges


# %%
# reject train_bpe: spelled out · expects "not of bytes"
def train_bpe(counts, n_merges):
    words, merges = [(list(c), n) for c, n in counts.items()], []
    spelled = [bytes([i]) for i in range(256)]
    for new in range(256, 256 + n_merges):
        pairs = Counter()
        for ids, n in words:
            for pair in zip(ids, ids[1:]):
                pairs[pair] += n
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append((spelled[best[0]], spelled[best[1]]))
        spelled.append(spelled[best[0]] + spelled[best[1]])
        words = [(merge_pair(ids, best, new), n) for ids, n in words]
    return merges


# %%
# reject train_bpe: fails when no pair is left · expects "raised ValueError"
def train_bpe(counts, n_merges):
    words, merges = [(list(c), n) for c, n in counts.items()], []
    for new in range(256, 256 + n_merges):
        pairs = Counter()
        for ids, n in words:
            for pair in zip(ids, ids[1:]):
                pairs[pair] += n
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = [(merge_pair(ids, best, new), n) for ids, n in words]
    return merges


# %%
# reject train_bpe: letters instead of bytes · expects "né and è"
def train_bpe(counts, n_merges):
    words, merges = [([ord(c) for c in chunk.decode()], n) for chunk, n in counts.items()], []
    for new in range(256, 256 + n_merges):
        pairs = Counter()
        for ids, n in words:
            for pair in zip(ids, ids[1:]):
                pairs[pair] += n
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = [(merge_pair(ids, best, new), n) for ids, n in words]
    return merges


# %% [markdown]
# # Exercise 2


# %%
# reject train_bpe: no stop · expects "When no pair is left: stop"
def train_bpe(counts, n_merges):
    words, merges = [(list(chunk), n) for chunk, n in counts.items()], []
    for i in range(n_merges):
        pairs = Counter()
        for ids, n in words:
            for pair in zip(ids, ids[1:]):
                pairs[pair] += n
        merges.append(min(pairs, key=lambda pair: (-pairs[pair], pair)))
        words = [(merge_pair(ids, merges[-1], 256 + i), n) for ids, n in words]
    return merges


# %%
# accept encode: the merge of lowest rank, again and again
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
# accept encode: all merges over a list of chunks
def encode(text, merges):
    parts = [list(bytes(chunk, "utf8")) for chunk in chunks_of(text)]
    for i in range(len(merges)):
        parts = [merge_pair(part, merges[i], i + 256) for part in parts]
    return sum(parts, [])


# %%
# accept encode: letters and str.replace
def encode(text, merges):
    out = []
    for chunk in chunks_of(text):
        letters = chunk.encode().decode("latin-1")
        for new, (a, b) in enumerate(merges, 256):
            letters = letters.replace(chr(a) + chr(b), chr(new))
        out += map(ord, letters)
    return out


# %%
# reject encode: the stub · expects "not written yet"
def encode(text, merges):
    raise NotImplementedError()


# %%
# reject encode: an empty list · expects "got []"
def encode(text, merges):
    return []


# %%
# reject encode: a tensor · expects "expected a list, got a Tensor"
def encode(text, merges):
    ids = list(text.encode())
    return torch.tensor(ids)


# %%
# reject encode: the bytes alone · expects "no merge is applied"
def encode(text, merges):
    return list(text.encode())


# %%
# reject encode: the longest token first · expects "the order of the merges decides"
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
# reject encode: the leftmost pair first · expects "the order of the merges decides"
def encode(text, merges):
    ranks = {pair: 256 + i for i, pair in enumerate(merges)}
    out = []
    for chunk in chunks_of(text):
        ids = list(chunk.encode())
        found = True
        while found:
            found = next((i for i, p in enumerate(zip(ids, ids[1:])) if p in ranks), None)
            if found is not None:
                ids[found : found + 2] = [ranks[ids[found], ids[found + 1]]]
            found = found is not None
        out += ids
    return out


# %%
# reject encode: one scan per chunk · expects "each chunk is scanned once"
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
# reject encode: last merge first · expects "in reverse order"
def encode(text, merges):
    out = []
    for chunk in chunks_of(text):
        ids = list(chunk.encode())
        for i in reversed(range(len(merges))):
            ids = merge_pair(ids, merges[i], 256 + i)
        out += ids
    return out


# %%
# reject encode: each merge once per chunk · expects "each merge is applied once per chunk"
def encode(text, merges):
    out = []
    for chunk in chunks_of(text):
        ids = list(chunk.encode())
        for new, pair in enumerate(merges, 256):
            for i in range(len(ids) - 1):
                if (ids[i], ids[i + 1]) == pair:
                    ids[i : i + 2] = [new]
                    break
        out += ids
    return out


# %%
# reject encode: no chunks · expects "crosses the border"
def encode(text, merges):
    ids = list(text.encode())
    for new, pair in enumerate(merges, 256):
        ids = merge_pair(ids, pair, new)
    return ids


# %%
# reject encode: cut at blanks · expects "not with split()"
def encode(text, merges):
    out = []
    for chunk in text.split():
        ids = list(chunk.encode())
        for new, pair in enumerate(merges, 256):
            ids = merge_pair(ids, pair, new)
        out += ids
    return out


# %%
# reject encode: lower case · expects "capital letters are lost"
def encode(text, merges):
    out = []
    for chunk in chunks_of(text.lower()):
        ids = list(chunk.encode())
        for new, pair in enumerate(merges, 256):
            ids = merge_pair(ids, pair, new)
        out += ids
    return out


# %%
# reject encode: stripped · expects "without merges, as bytes"
def encode(text, merges):
    out = []
    for chunk in chunks_of(text.strip()):
        ids = list(chunk.encode())
        for new, pair in enumerate(merges, 256):
            ids = merge_pair(ids, pair, new)
        out += ids
    return out


# %%
# reject encode: new ids begin at 0 · expects "makes the id 256, not 0"
def encode(text, merges):
    out = []
    for chunk in chunks_of(text):
        ids = list(chunk.encode())
        for new, pair in enumerate(merges):
            ids = merge_pair(ids, pair, new)
        out += ids
    return out


# %%
# reject encode: new ids begin at 257 · expects "makes the id 256, not 257"
def encode(text, merges):
    out = []
    for chunk in chunks_of(text):
        ids = list(chunk.encode())
        for new, pair in enumerate(merges, 257):
            ids = merge_pair(ids, pair, new)
        out += ids
    return out


# %%
# reject encode: numbers of letters · expects "numbers of letters, not bytes"
def encode(text, merges):
    out = []
    for chunk in chunks_of(text):
        ids = [ord(letter) for letter in chunk]
        for new, pair in enumerate(merges, 256):
            ids = merge_pair(ids, pair, new)
        out += ids
    return out


# %%
# reject encode: ASCII only · expects "UnicodeEncodeError"
def encode(text, merges):
    out = []
    for chunk in chunks_of(text):
        ids = list(chunk.encode("ascii"))
        for new, pair in enumerate(merges, 256):
            ids = merge_pair(ids, pair, new)
        out += ids
    return out


# %%
# reject encode: a list per chunk · expects "one flat list"
def encode(text, merges):
    out = []
    for chunk in chunks_of(text):
        ids = list(chunk.encode())
        for new, pair in enumerate(merges, 256):
            ids = merge_pair(ids, pair, new)
        out.append(ids)
    return out


# %%
# reject encode: from right to left · expects "replaced from right to left"
def encode(text, merges):
    out = []
    for chunk in chunks_of(text):
        ids = list(chunk.encode())
        for new, pair in enumerate(merges, 256):
            ids = merge_pair(ids[::-1], pair[::-1], new)[::-1]
        out += ids
    return out


# %%
# accept decode: recursion
def decode(ids, merges):
    def spell(i):
        if i < 256:
            return bytes([i])
        left, right = merges[i - 256]
        return spell(left) + spell(right)

    return b"".join(map(spell, ids)).decode(errors="replace")


# %%
# accept decode: merges undone from the last to the first
def decode(ids, merges):
    ids = list(ids)
    for new in reversed(range(256, 256 + len(merges))):
        ids = [part for i in ids for part in (merges[new - 256] if i == new else (i,))]
    return str(bytes(ids), "utf-8", "replace")


# %%
# accept decode: a dict and a bytearray
def decode(ids, merges):
    table = {i: bytes((i,)) for i in range(256)}
    for i, pair in enumerate(merges):
        table[256 + i] = table[pair[0]] + table[pair[1]]
    data = bytearray()
    for i in ids:
        data += table[i]
    return data.decode("utf-8", "replace")


# %%
# reject decode: the stub · expects "not written yet"
def decode(ids, merges):
    raise NotImplementedError()


# %%
# reject decode: an empty string · expects "got ''"
def decode(ids, merges):
    return ""


# %%
# reject decode: bytes, not text · expects "expected a str, got a bytes"
def decode(ids, merges):
    spelled = [bytes([i]) for i in range(256)]
    for a, b in merges:
        spelled.append(spelled[a] + spelled[b])
    return b"".join(spelled[i] for i in ids)


# %%
# reject decode: token by token · expects "Join the bytes of all ids"
def decode(ids, merges):
    spelled = [bytes([i]) for i in range(256)]
    for a, b in merges:
        spelled.append(spelled[a] + spelled[b])
    return "".join(spelled[i].decode(errors="replace") for i in ids)


# %%
# reject decode: letters instead of bytes · expects "Join the bytes of all ids"
def decode(ids, merges):
    spelled = [chr(i) for i in range(256)]
    for a, b in merges:
        spelled.append(spelled[a] + spelled[b])
    return "".join(spelled[i] for i in ids)


# %%
# reject decode: strict · expects "errors='replace'"
def decode(ids, merges):
    spelled = [bytes([i]) for i in range(256)]
    for a, b in merges:
        spelled.append(spelled[a] + spelled[b])
    return b"".join(spelled[i] for i in ids).decode()


# %%
# reject decode: bad bytes dropped · expects "should become �"
def decode(ids, merges):
    spelled = [bytes([i]) for i in range(256)]
    for a, b in merges:
        spelled.append(spelled[a] + spelled[b])
    return b"".join(spelled[i] for i in ids).decode(errors="ignore")


# %%
# reject decode: one merge too low · expects "257 is merge number 1"
def decode(ids, merges):
    spelled = [bytes([i]) for i in range(256)]
    for a, b in merges:
        spelled.append(spelled[a] + spelled[b])
    return b"".join(spelled[i - (i > 256)] for i in ids).decode(errors="replace")


# %%
# reject decode: one id too high · expects "256 is merge number 0, not 1"
def decode(ids, merges):
    spelled = [bytes([i]) for i in range(256)]
    for a, b in merges:
        spelled.append(spelled[a] + spelled[b])
    return b"".join(spelled[i + (i > 255)] for i in ids).decode(errors="replace")


# %%
# reject decode: halves swapped · expects "the wrong way round"
def decode(ids, merges):
    spelled = [bytes([i]) for i in range(256)]
    for a, b in merges:
        spelled.append(spelled[b] + spelled[a])
    return b"".join(spelled[i] for i in ids).decode(errors="replace")


# %%
# reject decode: spaces between tokens · expects "spaces are put between the tokens"
def decode(ids, merges):
    spelled = [bytes([i]) for i in range(256)]
    for a, b in merges:
        spelled.append(spelled[a] + spelled[b])
    return b" ".join(spelled[i] for i in ids).decode(errors="replace")


# %%
# reject decode: stripped · expects "nothing may be added, lost or changed"
def decode(ids, merges):
    spelled = [bytes([i]) for i in range(256)]
    for a, b in merges:
        spelled.append(spelled[a] + spelled[b])
    return b"".join(spelled[i] for i in ids).decode(errors="replace").strip()


# %%
# reject decode: bytes alone known · expects "raised"
def decode(ids, merges):
    return bytes(ids).decode(errors="replace")


# %% [markdown]
# # Exercise 3


# %%
# reject decode: bytes(i) · expects "bytes(65) is 65 zeros"
def decode(ids, merges):
    spelled = [bytes(i) for i in range(256)]
    for a, b in merges:
        spelled.append(spelled[a] + spelled[b])
    return b"".join(spelled[i] for i in ids).decode(errors="replace")


# %%
# accept minimum_norm: the formula
def minimum_norm(x, y):
    return x.T @ torch.linalg.inv(x @ x.T) @ y


# %%
# accept minimum_norm: least squares by the singular values
def minimum_norm(x, y):
    return torch.linalg.lstsq(x, y, driver="gelsd").solution


# %%
# accept minimum_norm: QR of the transpose
def minimum_norm(x, y):
    q, r = torch.linalg.qr(x.T)
    return q @ torch.linalg.solve_triangular(r.T, y, upper=False)


# %%
# accept minimum_norm: numpy
def minimum_norm(x, y):
    return torch.from_numpy(np.linalg.pinv(x.numpy()) @ y.numpy())


# %%
# reject minimum_norm: the stub · expects "not written yet"
def minimum_norm(x, y):
    raise NotImplementedError()


# %%
# reject minimum_norm: all zeros · expects "every value is zero"
def minimum_norm(x, y):
    return torch.zeros(x.shape[1], y.shape[1]).to(x)


# %%
# reject minimum_norm: the transposed product alone · expects "the factor (x x.T)⁻¹ is missing"
def minimum_norm(x, y):
    return x.T @ y


# %%
# reject minimum_norm: the other normal equations · expects "minimum_norm"
def minimum_norm(x, y):
    return torch.linalg.inv(x.T @ x) @ x.T @ y


# %%
# reject minimum_norm: as many columns as rows, the rest zero · expects "not the smallest"
def minimum_norm(x, y):
    W = torch.zeros(x.shape[1], y.shape[1], dtype=x.dtype)
    W[: len(x)] = torch.linalg.solve(x[:, : len(x)], y)
    return W


# %%
# reject minimum_norm: an arbitrary part added · expects "not the smallest"
def minimum_norm(x, y):
    p = torch.linalg.pinv(x)
    noise = torch.ones(x.shape[1], y.shape[1], dtype=x.dtype)
    return p @ y + noise - p @ x @ noise


# %%
# reject minimum_norm: transposed · expects "expected (d, m) = (7, 5), got (5, 7)"
def minimum_norm(x, y):
    return (torch.linalg.pinv(x) @ y).T


# %%
# reject minimum_norm: ridge · expects "x @ W: expected"
def minimum_norm(x, y):
    return x.T @ torch.linalg.inv(x @ x.T + 0.1 * torch.eye(len(x)).to(x)) @ y


# %%
# reject minimum_norm: x and y swapped · expects "expected (d, m) = (7, 5), got (5, 7)"
def minimum_norm(x, y):
    return torch.linalg.pinv(y) @ x


# %%
# reject minimum_norm: transposed instead of inverted pseudoinverse · expects "raised RuntimeError"
def minimum_norm(x, y):
    return torch.linalg.solve(x, y)


# %%
# reject minimum_norm: the normal equations of the other side · expects "no inverse"
def minimum_norm(x, y):
    return torch.linalg.inv(x.T @ x) @ x.T @ y


# %%
# accept minimum_norm: computed in float32
def minimum_norm(x, y):
    return (torch.linalg.pinv(x.float()) @ y.float()).to(x)


# %%
# accept tiny_gpt: PyTorch's attention
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = F.embedding(tokens, embedding) + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True)
    return F.softmax(y @ W_o, dim=-1)


# %%
# accept tiny_gpt: one prediction at a time
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    rows = []
    for t in range(1, len(tokens) + 1):
        x = embedding[tokens[:t]] + position_encoding(t, embedding.shape[1])
        weights = torch.softmax(x[-1] @ W_q @ (x @ W_k).T / W_k.shape[1] ** 0.5, 0)
        rows.append(torch.softmax(weights @ x @ W_v @ W_o, 0))
    return torch.stack(rows)


# %%
# accept tiny_gpt: one-hot rows, exponentials, a lower triangle
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = F.one_hot(tokens, len(embedding)).float() @ embedding
    x = x + position_encoding(x.shape[0], x.shape[1])
    q, k, v = x @ W_q, x @ W_k, x @ W_v
    exp = torch.einsum("td,sd->ts", q / math.sqrt(q.shape[-1]), k).exp().tril()
    logits = (exp / exp.sum(dim=1, keepdim=True)) @ v @ W_o
    logits = logits - logits.amax(dim=1, keepdim=True)
    return logits.exp() / logits.exp().sum(dim=1, keepdim=True)


# %%
# reject tiny_gpt: the stub · expects "not written yet"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    raise NotImplementedError()


# %%
# reject tiny_gpt: all zeros · expects "every value is zero"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    return torch.zeros(len(tokens), W_o.shape[1])


# %%
# reject tiny_gpt: logits · expects "these are the logits"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    return F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o


# %%
# reject tiny_gpt: log-probabilities · expects "the logarithm of the probabilities"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o
    return y.log_softmax(-1)


# %%
# reject tiny_gpt: no positions · expects "the positions are not added"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens]
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o
    return y.softmax(-1)


# %%
# reject tiny_gpt: positions from 1 · expects "yours begin at position 1"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens) + 1, embedding.shape[1])[1:]
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o
    return y.softmax(-1)


# %%
# reject tiny_gpt: positions by token id · expects "by place"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(embedding), embedding.shape[1])[tokens]
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o
    return y.softmax(-1)


# %%
# reject tiny_gpt: no mask · expects "there is no causal mask"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v) @ W_o
    return y.softmax(-1)


# %%
# reject tiny_gpt: mask inverted · expects "the mask is inverted"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    mask = torch.ones(len(tokens), len(tokens), dtype=torch.bool).triu()
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, attn_mask=mask) @ W_o
    return y.softmax(-1)


# %%
# reject tiny_gpt: forbidden scores become 0 · expects "exp(0) is 1"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    scores = ((x @ W_q) @ (x @ W_k).T / math.sqrt(W_q.shape[1])).tril()
    return (scores.softmax(-1) @ (x @ W_v) @ W_o).softmax(-1)


# %%
# reject tiny_gpt: not scaled · expects "not divided by √d_k"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True, scale=1.0)
    return (y @ W_o).softmax(-1)


# %%
# reject tiny_gpt: scaled by d_model · expects "not d_model"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    s = embedding.shape[1] ** -0.5
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True, scale=s)
    return (y @ W_o).softmax(-1)


# %%
# reject tiny_gpt: scaled by 10 as in the deck · expects "not the number 10"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True, scale=10**-0.5)
    return (y @ W_o).softmax(-1)


# %%
# reject tiny_gpt: softmax over the tokens · expects "each row should sum to 1"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o
    return y.softmax(0)


# %%
# reject tiny_gpt: only the last prediction · expects "expected (tokens, words) = (3, 6), got (6,)"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o
    return y[-1].softmax(-1)


# %%
# reject tiny_gpt: queries and keys swapped · expects "queries and keys are swapped"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_k, x @ W_q, x @ W_v, is_causal=True) @ W_o
    return y.softmax(-1)


# %%
# reject tiny_gpt: the embedding scaled · expects "multiplied by √d_model"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] * math.sqrt(embedding.shape[1])
    x = x + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o
    return y.softmax(-1)


# %%
# reject tiny_gpt: a residual connection · expects "no residual connection"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True)
    y = y + (x if y.shape == x.shape else x @ W_v)
    return (y @ W_o).softmax(-1)


# %% [markdown]
# # Exercise 4


# %%
# reject tiny_gpt: the mask after the softmax · expects "the mask comes after the softmax"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    scores = (x @ W_q) @ (x @ W_k).T / W_q.shape[1] ** 0.5
    future = torch.ones_like(scores, dtype=torch.bool).triu(1)
    weights = scores.softmax(dim=-1).masked_fill(future, 0)
    return (weights @ (x @ W_v) @ W_o).softmax(dim=-1)


# %%
# reject tiny_gpt: a token does not see itself · expects "a token must see itself"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    scores = (x @ W_q) @ (x @ W_k).T / W_q.shape[1] ** 0.5
    future = torch.ones_like(scores, dtype=torch.bool).triu(0)
    weights = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
    return (weights @ (x @ W_v) @ W_o).softmax(dim=-1)


# %%
# accept gpt_parameters: block by block
def gpt_parameters(vocab_size, context, d_model, n_layers):
    total = vocab_size * d_model + context * d_model
    for _ in range(n_layers):
        total += 2 * d_model + (3 * d_model * d_model + 3 * d_model) + d_model * d_model + d_model
        total += (
            2 * d_model + (4 * d_model * d_model + 4 * d_model) + 4 * d_model * d_model + d_model
        )
    return total + 2 * d_model


# %%
# accept gpt_parameters: factored
def gpt_parameters(vocab_size, context, d_model, n_layers):
    return d_model * (vocab_size + context + 2 + n_layers * (12 * d_model + 13))


# %%
# accept gpt_parameters: a helper for linear layers
def gpt_parameters(vocab_size, context, d_model, n_layers):
    def linear(a, b):
        return a * b + b

    d, norm = d_model, 2 * d_model
    block = norm + linear(d, 3 * d) + linear(d, d) + norm + linear(d, 4 * d) + linear(4 * d, d)
    return vocab_size * d + context * d + n_layers * block + norm


# %%
# reject gpt_parameters: the stub · expects "not written yet"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    raise NotImplementedError()


# %%
# reject gpt_parameters: zero · expects "got 0"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    return 0


# %%
# reject gpt_parameters: nothing returned · expects "end with `return`"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    pass


# %%
# reject gpt_parameters: the head counted twice · expects "the head is counted on its own; it is tied"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (2 * vocab_size + context) * d + n_layers * (12 * d * d + 13 * d) + 2 * d


# %%
# reject gpt_parameters: a head with a bias · expects "on its own, with a bias"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    head = vocab_size * d + vocab_size
    return (vocab_size + context) * d + n_layers * (12 * d * d + 13 * d) + 2 * d + head


# %%
# reject gpt_parameters: no biases · expects "the biases of the linear layers are missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (vocab_size + context) * d + n_layers * (12 * d * d + 4 * d) + 2 * d


# %%
# reject gpt_parameters: weights only · expects "the biases and the normalizations are missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    return (vocab_size + context) * d_model + n_layers * 12 * d_model**2


# %%
# reject gpt_parameters: no normalizations · expects "all normalizations are missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (vocab_size + context) * d + n_layers * (12 * d * d + 9 * d)


# %%
# reject gpt_parameters: no last normalization · expects "the last normalization is missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (vocab_size + context) * d + n_layers * (12 * d * d + 13 * d)


# %%
# reject gpt_parameters: normalizations of d numbers · expects "a weight and a bias"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (vocab_size + context) * d + n_layers * (12 * d * d + 11 * d) + d


# %%
# reject gpt_parameters: no positions · expects "the position embedding is missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return vocab_size * d + n_layers * (12 * d * d + 13 * d) + 2 * d


# %%
# reject gpt_parameters: no token embedding · expects "one of the two counts"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return context * d + n_layers * (12 * d * d + 13 * d) + 2 * d


# %%
# reject gpt_parameters: no output layer in attention · expects "a fourth matrix"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (vocab_size + context) * d + n_layers * (11 * d * d + 12 * d) + 2 * d


# %%
# reject gpt_parameters: one block · expects "only one block is counted"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (vocab_size + context) * d + 12 * d * d + 13 * d + 2 * d


# %%
# reject gpt_parameters: no feed-forward network · expects "the feed-forward network is missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (vocab_size + context) * d + n_layers * (4 * d * d + 8 * d) + 2 * d


# %%
# reject gpt_parameters: one number per position · expects "not their d_model numbers"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return vocab_size * d + context + n_layers * (12 * d * d + 13 * d) + 2 * d


# %% [markdown]
# # Exercise 5


# %%
# reject gpt_parameters: a string · expects "return a number, not a str"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    block = 12 * d_model**2 + 13 * d_model
    return str(n_layers * block)


# %%
# reject gpt_parameters: no bias in qkv · expects "the bias of qkv is missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    block = 12 * d_model**2 + 10 * d_model
    return (vocab_size + context) * d_model + n_layers * block + 2 * d_model


# %%
# reject gpt_parameters: one bias of d_model in qkv · expects "the bias of qkv has 3 d_model numbers"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    block = 12 * d_model**2 + 11 * d_model
    return (vocab_size + context) * d_model + n_layers * block + 2 * d_model


# %%
# reject gpt_parameters: no embeddings · expects "the two embeddings are missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    block = 12 * d_model**2 + 13 * d_model
    return n_layers * block + 2 * d_model


# %%
# reject gpt_parameters: the blocks alone · expects "only the blocks are counted"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    block = 12 * d_model**2 + 13 * d_model
    return n_layers * block


# %%
# reject gpt_parameters: vocabulary times context · expects "not their product"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    block = 12 * d_model**2 + 13 * d_model
    return vocab_size * context + n_layers * block + 2 * d_model


# %%
# accept gpt: a linear head that shares its weight
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight
        self.apply(self.start)

    def start(self, module):
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, 0.0, 0.02)

    def forward(self, tokens):
        B, T = tokens.size()
        if T > self.position_embedding.num_embeddings:
            raise ValueError(f"{T} tokens do not fit")
        places = torch.arange(T, device=tokens.device).expand(B, T)
        x = self.token_embedding(tokens) + self.position_embedding(places)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


# %%
# accept gpt: slices, F.linear, nn.ModuleList filled by append, extra buffers
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        with torch.no_grad():
            self.token_embedding.weight.mul_(0.02)
            self.position_embedding.weight.mul_(0.02)
        self.blocks = nn.ModuleList()
        for _ in range(n_layers):
            self.blocks.append(Block(d_model, n_heads))
        self.norm = nn.LayerNorm(d_model)
        self.register_buffer("places", torch.arange(context), persistent=False)

    def forward(self, tokens):
        T = tokens.shape[1]
        assert T <= len(self.places), "too long"
        x = self.token_embedding.weight[tokens] + self.position_embedding.weight[self.places[:T]]
        for i in range(len(self.blocks)):
            x = self.blocks[i](x)
        return F.linear(self.norm(x), self.token_embedding.weight)


# %%
# accept gpt: einsum head, one-hot lookup, all parameters of two dimensions drawn anew
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.vocab_size = vocab_size
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.norm = nn.LayerNorm(d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        for p in self.parameters():
            if p.dim() == 2:
                nn.init.trunc_normal_(p, std=0.02)

    def forward(self, tokens):
        E = self.token_embedding.weight
        x = F.one_hot(tokens, self.vocab_size).to(E.dtype) @ E
        x = x + self.position_embedding(torch.arange(tokens.shape[1]).to(tokens.device))[None]
        for block in self.blocks:
            x = block(x)
        return torch.einsum("btd,vd->btv", self.norm(x), E)


# %%
# reject gpt: the stub · expects "not written yet"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        raise NotImplementedError()

    def forward(self, tokens):
        raise NotImplementedError()


# %%
# reject gpt: forward is the stub · expects "not written yet"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        raise NotImplementedError()


# %%
# reject gpt: all zeros · expects "every value is zero"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return 0 * self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: an untied head · expects "has a matrix of its own"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, vocab_size, bias=False)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


# %%
# reject gpt: an untied head with a bias · expects "a matrix and a bias of its own"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, vocab_size)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


# %%
# reject gpt: a tied head with a bias · expects "the head has a bias"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, vocab_size)
        self.head.weight = self.token_embedding.weight
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


# %%
# reject gpt: the head is a detached copy · expects "the head is not tied"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        self.register_buffer("head", torch.zeros(vocab_size, d_model))
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        self.head.copy_(self.token_embedding.weight.detach())
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.head.T


# %%
# reject gpt: no mask · expects "depends on token 1, which comes later"
class Bare(Block):
    def forward(self, x):
        q, k, v = self.attention.project(self.norm1(x))
        y = F.scaled_dot_product_attention(q, k, v)
        x = x + self.attention.out(y.transpose(1, 2).flatten(2))
        return x + self.feed_forward(self.norm2(x))


class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Bare(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: no mask, seen in the values too · expects "the causal mask is missing"
class Bare(Block):
    def forward(self, x):
        q, k, v = self.attention.project(self.norm1(x))
        y = F.scaled_dot_product_attention(q, k, v)
        x = x + self.attention.out(y.transpose(1, 2).flatten(2))
        return x + self.feed_forward(self.norm2(x))


class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Bare(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: the mean of all tokens is added · expects "comes later"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        x = x + x.mean(dim=1, keepdim=True)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: the texts of a batch are attended to, not the tokens · expects "does not depend on token"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x.transpose(0, 1)).transpose(0, 1)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: no positions · expects "the positions are not added"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: positions over the batch · expects "each text of the batch"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[: len(tokens), None]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: positions by token id · expects "no ids of tokens"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding(tokens)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: one position for all · expects "every token gets the same position"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[T - 1]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: positions counted from the end · expects "counted from the end"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T].flip(0)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: positions begin at 1 · expects "yours begin at position 1"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding(torch.arange(1, T + 1))
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: no last normalization · expects "has no attribute norm"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return x @ self.token_embedding.weight.T


# %%
# reject gpt: the last normalization is not used · expects "the last normalization is not used"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return x @ self.token_embedding.weight.T


# %%
# reject gpt: normalization after the embedding · expects "the normalization belongs after the blocks"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        x = self.norm(x)
        for block in self.blocks:
            x = block(x)
        return x @ self.token_embedding.weight.T


# %%
# reject gpt: one block for all layers · expects "all layers share one block"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList([Block(d_model, n_heads)] * n_layers)
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: blocks in a plain list · expects "Use nn.ModuleList"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = [Block(d_model, n_heads) for _ in range(n_layers)]
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: only one block made · expects "all layers share one block"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(1))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: only the first block used · expects "only the first block is used"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        x = self.blocks[0](x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: returns inside the loop · expects "only the first block is used"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
            return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: the module list called · expects "raised"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        x = self.blocks(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: blocks not chained · expects "each block should get the output of the one before"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            y = block(x)
        return self.norm(y) @ self.token_embedding.weight.T


# %%
# reject gpt: blocks backward · expects "from last to first"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in reversed(self.blocks):
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: a residual connection around the blocks · expects "the residual connections are inside the blocks"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = x + block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: softmax in the model · expects "softmax belongs in the loss"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return (self.norm(x) @ self.token_embedding.weight.T).softmax(-1)


# %%
# reject gpt: log-softmax in the model · expects "softmax belongs in the loss"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return (self.norm(x) @ self.token_embedding.weight.T).log_softmax(-1)


# %%
# reject gpt: the embedding scaled · expects "multiplied by √d_model"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = (
            self.token_embedding(tokens) * self.norm.weight.numel() ** 0.5
            + self.position_embedding.weight[:T]
        )
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: PyTorch's own initialization · expects "standard deviation of 0.02, got 1"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: positions with PyTorch's own initialization · expects "position_embedding: expected"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: a variance of 0.02 · expects "got 0.14"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=math.sqrt(0.02))
        nn.init.normal_(self.position_embedding.weight, std=math.sqrt(0.02))

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: only the last token's logits · expects "Is the tokens dimension lost"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.norm(x[:, -1]) @ self.token_embedding.weight.T


# %%
# reject gpt: logits transposed · expects "swapped"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.token_embedding.weight @ self.norm(x).mT


# %%
# reject gpt: no super().__init__ · expects "raised"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: another name for the blocks · expects "has no attribute blocks"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.layers = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.layers:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: a position too many · expects "more positions than context"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context + 1, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: long inputs cut short · expects "should raise an error"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        tokens = tokens[:, : self.position_embedding.num_embeddings]
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: positions that come round · expects "should raise an error"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding(
            torch.arange(T) % self.position_embedding.num_embeddings
        )
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: a fixed length · expects "must match the size"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding.weight
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %% [markdown]
# # Exercise 6


# %%
# reject gpt: the head detached · expects "the head gives no gradient"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.token_embedding(tokens) + self.position_embedding(positions)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.detach().T


# %%
# reject gpt: the head by .data · expects "the head gives no gradient"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.token_embedding(tokens) + self.position_embedding(positions)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.data.T


# %%
# reject gpt: positions by .data · expects "no gradient reaches position_embedding"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.token_embedding(tokens) + self.position_embedding.weight.data[positions]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: n_layers heads · expects "a block has 3 heads; n_heads is 2"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_layers) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.token_embedding(tokens) + self.position_embedding(positions)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: always four heads · expects "a block has 4 heads"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, 4) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.token_embedding(tokens) + self.position_embedding(positions)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: every parameter drawn with 0.02 · expects "the normalizations begin with weight 1"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.02)

    def forward(self, tokens):
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.token_embedding(tokens) + self.position_embedding(positions)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# reject gpt: normalized before the blocks, too · expects "before the blocks, too"
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, tokens):
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.token_embedding(tokens) + self.position_embedding(positions)
        x = self.norm(x)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %%
# accept next_token: narrow
def next_token(tokens):
    T = tokens.shape[1] - 1
    return tokens.narrow(1, 0, T), tokens.narrow(1, 1, T)


# %%
# accept next_token: copies, as a list
def next_token(tokens):
    return [tokens[:, :-1].clone(), tokens[..., 1:].contiguous()]


# %%
# accept next_token: a window
def next_token(tokens):
    windows = tokens.unfold(1, 2, 1)  # (B, T, 2)
    return windows[..., 0], windows[..., 1]


# %%
# reject next_token: the stub · expects "not written yet"
def next_token(tokens):
    raise NotImplementedError()


# %%
# reject next_token: all zeros · expects "every value is zero"
def next_token(tokens):
    return torch.zeros_like(tokens[:, 1:]), torch.zeros_like(tokens[:, 1:])


# %%
# reject next_token: not shifted · expects "the targets are the inputs"
def next_token(tokens):
    return tokens[:, :-1], tokens[:, :-1]


# %%
# reject next_token: swapped · expects "inputs and targets are swapped"
def next_token(tokens):
    return tokens[:, 1:], tokens[:, :-1]


# %%
# reject next_token: nothing cut off · expects "the last one is no input"
def next_token(tokens):
    return tokens, tokens.roll(-1, dims=1)


# %%
# reject next_token: the inputs not cut · expects "the last one is no input"
def next_token(tokens):
    return tokens, tokens[:, 1:]


# %%
# reject next_token: rows instead of columns · expects "expected (batch, T)"
def next_token(tokens):
    return tokens[:-1], tokens[1:]


# %%
# reject next_token: both are the targets · expects "these are the targets"
def next_token(tokens):
    return tokens[:, 1:], tokens[:, 1:]


# %%
# reject next_token: only the last token as target · expects "expected (batch, T)"
def next_token(tokens):
    return tokens[:, :-1], tokens[:, -1:].squeeze(1)


# %%
# reject next_token: comes round · expects "nothing comes round"
def next_token(tokens):
    inputs = tokens[:, :-1]
    return inputs, inputs.roll(-1, dims=1)


# %%
# reject next_token: one value · expects "returns 2 values"
def next_token(tokens):
    return tokens[:, 1:]


# %%
# reject next_token: floats · expects "should stay int64"
def next_token(tokens):
    return tokens[:, :-1].float(), tokens[:, 1:].float()


# %%
# reject next_token: shifted by two · expects "expected (batch, T)"
def next_token(tokens):
    return tokens[:, :-2], tokens[:, 2:]


# %% [markdown]
# # Exercise 7


# %%
# accept mask_tokens: bernoulli_, a copy filled in place
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    p = torch.full(tokens.shape, 0.15).masked_fill(special, 0.0)
    chosen = torch.bernoulli(p, generator=generator).bool()
    labels = torch.where(chosen, tokens, -100)
    inputs = tokens.clone()
    masked = torch.bernoulli(torch.full(tokens.shape, 0.8), generator=generator).bool() & chosen
    inputs[masked] = mask_id
    half = torch.bernoulli(torch.full(tokens.shape, 0.5), generator=generator).bool()
    swapped = half & chosen & ~masked
    inputs[swapped] = torch.randint(vocab_size, tokens.shape, generator=generator)[swapped]
    return inputs, labels


# %%
# accept mask_tokens: one uniform number decides all
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    u = torch.rand(tokens.shape, generator=generator).masked_fill(special, 1.0)
    random = torch.randint(0, vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(u < 0.12, mask_id, torch.where(u < 0.135, random, tokens))
    return inputs, torch.where(u < 0.15, tokens, -100)


# %%
# accept mask_tokens: only the chosen places are drawn for
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    rows, columns = torch.nonzero(~special, as_tuple=True)
    keep = torch.rand(len(rows), generator=generator) < 0.15
    rows, columns = rows[keep], columns[keep]
    inputs, labels = tokens.clone(), torch.full_like(tokens, -100)
    labels[rows, columns] = tokens[rows, columns]
    fate = torch.randint(10, (len(rows),), generator=generator)
    inputs[rows[fate < 8], columns[fate < 8]] = mask_id
    n = int((fate == 8).sum())
    inputs[rows[fate == 8], columns[fate == 8]] = torch.randint(
        vocab_size, (n,), generator=generator
    )
    return inputs, labels


# %%
# reject mask_tokens: the stub · expects "not written yet"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    raise NotImplementedError()


# %%
# reject mask_tokens: all zeros · expects "labels are 0"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    return torch.zeros_like(tokens), torch.zeros_like(tokens)


# %%
# reject mask_tokens: nothing chosen · expects "Nothing is chosen"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    return tokens.clone(), torch.full_like(tokens, -100)


# %%
# reject mask_tokens: the inputs alone · expects "returns 2 values"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    return tokens


# %%
# reject mask_tokens: labels and inputs swapped · expects "the order is inputs, labels"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return labels, inputs


# %%
# reject mask_tokens: special tokens chosen · expects "special tokens are chosen"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = torch.rand(tokens.shape, generator=generator) < 0.15
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: only special tokens chosen · expects "special tokens are chosen"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: 10 percent chosen · expects "10.0% are chosen, expected 15%"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.1) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: 85 percent chosen · expects "the share of those not chosen"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) > 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: all chosen · expects "All tokens are chosen"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: exactly 15 percent in every row · expects "the same number of chosen tokens"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    u = torch.rand(tokens.shape, generator=generator).masked_fill(special, 2.0)
    k = ((~special).sum(dim=1, keepdim=True) * 0.15).round().long()
    chosen = u.argsort(dim=1).argsort(dim=1) < 68 + 0 * k
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: 15 percent of the whole row, special ones included · expects "fall on the others"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    u = torch.rand(tokens.shape, generator=generator).masked_fill(special, 2.0)
    chosen = u < 0.15 / 0.9
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: labels everywhere · expects "labels are all tokens"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = tokens
    return inputs, labels


# %%
# reject mask_tokens: labels 0 elsewhere · expects "labels are 0; they should be -100"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, 0)
    return inputs, labels


# %%
# reject mask_tokens: labels -1 elsewhere · expects "labels are -1; they should be -100"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -1)
    return inputs, labels


# %%
# reject mask_tokens: labels mask_id elsewhere · expects "labels are 3; they should be -100"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, mask_id)
    return inputs, labels


# %%
# reject mask_tokens: labels from the masked inputs · expects "labels are the masked inputs"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, inputs, -100)
    return inputs, labels


# %%
# reject mask_tokens: labels where nothing was chosen · expects "at the tokens that were not chosen"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(~chosen & ~special, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: labels only where something changed · expects "need a label too"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(inputs != tokens, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: labels only where it says [MASK] · expects "Only those that become [MASK]"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 2), random, inputs)
    labels = torch.where(chosen & (fate < 0.8), tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: labels one-hot in length · expects "expected (batch, T)"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels[chosen]


# %%
# reject mask_tokens: everything masked · expects "All of them become [MASK]"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 2), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 2), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: no random tokens · expects "None is random"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 2), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: none stays · expects "half random tokens, half unchanged"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: 10 percent of the rest random · expects "not 10% of what [MASK] left over"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    rest = torch.rand(tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate >= 0.8) & (rest < 0.1), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: random ones overwrite the mask · expects "The random tokens overwrite"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate < 0.1), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: drawn independently · expects "Random tokens replace 10% of all chosen ones"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    again = torch.rand(tokens.shape, generator=generator)
    inputs = torch.where(chosen & (again < 0.1), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: 80 percent stay · expects "in the wrong order"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.1), mask_id, tokens)
    inputs = torch.where(chosen & ((fate >= 0.1) & (fate < 0.2)), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: 80 percent random · expects "in the wrong order"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.1), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.2), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: random tokens outside the chosen ones · expects "whose label is -100"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(fate >= 0.9, random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: masks outside the chosen ones · expects "whose label is -100"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(fate < 0.8, mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: one random token for all · expects "nearly all the same"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, (1,), generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: random tokens up to mask_id · expects "nearly all the same"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(mask_id, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: random ids beyond the vocabulary · expects "ids are 0 to vocab_size − 1"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size + 1, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: random tokens from the lower half · expects "draw from all vocab_size ids"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size // 2, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: the same places in every row · expects "all rows have the same chosen places"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape[1], generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: whole rows chosen · expects "all columns have the same chosen places"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(len(tokens), 1, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: the generator is not used · expects "pass generator=generator"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape) < 0.15) & ~special
    fate = torch.rand(tokens.shape)
    random = torch.randint(vocab_size, tokens.shape)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: the generator is used for the choice only · expects "pass generator=generator"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: the generator is seeded anew · expects "do not seed the generator"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    generator = torch.Generator().manual_seed(0)
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: in place · expects "changes its input in place"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    labels = torch.where(chosen, tokens, -100)
    inputs = tokens
    inputs[chosen & (fate < 0.8)] = mask_id
    return inputs, labels


# %%
# reject mask_tokens: normal instead of uniform numbers · expects "are chosen, expected 15%"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.randn(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: 80 percent of the 15 percent counted twice · expects "taken of the 15% twice"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.12), mask_id, tokens)
    inputs = torch.where(chosen & ((fate >= 0.12) & (fate < 0.135)), random, inputs)
    labels = torch.where(chosen, tokens, -100)
    return inputs, labels


# %%
# reject mask_tokens: labels inverted, special ones too · expects "stand at the tokens that were not chosen"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    return inputs, torch.where(chosen, -100, tokens)


# %%
# reject mask_tokens: one fate for a row · expects "share one fate"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(len(tokens), 1, generator=generator).expand(tokens.shape)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: random tokens from the text · expects "random tokens come from the text"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = tokens.flatten()[torch.randperm(tokens.numel(), generator=generator)].view_as(tokens)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: the vocabulary of the check · expects "draw from all vocab_size ids"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(60, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: the mask id of the check · expects "become [MASK]"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), 3, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: the second draw without the generator · expects "pass generator=generator"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# accept bits_per_byte: in another order
def bits_per_byte(losses, text):
    n = len(bytes(text, "utf-8"))
    return float((losses / n).sum() / torch.log(torch.tensor(2.0)))


# %%
# accept bits_per_byte: a loop and log2
def bits_per_byte(losses, text):
    bits = 0.0
    for loss in losses.tolist():
        bits += loss * math.log2(math.e)
    return bits / len(text.encode("utf-8"))


# %%
# accept bits_per_byte: the product of the probabilities, in float64
def bits_per_byte(losses, text):
    total = losses.double().sum()
    return (
        (-torch.log2(torch.exp(-total))).item() / len(text.encode())
        if total < 700
        else (total.item() / math.log(2) / len(text.encode()))
    )


# %%
# reject bits_per_byte: the stub · expects "not written yet"
def bits_per_byte(losses, text):
    raise NotImplementedError("not written yet")


# %%
# reject bits_per_byte: zero · expects "every value is zero"
def bits_per_byte(losses, text):
    return 0.0


# %%
# reject bits_per_byte: per token · expects "divide by the bytes, not by the tokens"
def bits_per_byte(losses, text):
    return losses.mean().item() / math.log(2)


# %%
# reject bits_per_byte: nats · expects "the losses are in nats"
def bits_per_byte(losses, text):
    return losses.sum().item() / len(text.encode())


# %%
# reject bits_per_byte: multiplied by ln 2 · expects "do not multiply"
def bits_per_byte(losses, text):
    return losses.sum().item() * math.log(2) / len(text.encode())


# %%
# reject bits_per_byte: mean instead of sum · expects "a mean forgets how many tokens"
def bits_per_byte(losses, text):
    return losses.mean().item() / math.log(2) / len(text.encode())


# %%
# reject bits_per_byte: characters · expects "not characters"
def bits_per_byte(losses, text):
    return losses.sum().item() / math.log(2) / len(text)


# %%
# reject bits_per_byte: perplexity · expects "that is a perplexity"
def bits_per_byte(losses, text):
    return math.exp(losses.mean().item())


# %%
# reject bits_per_byte: upside down · expects "upside down"
def bits_per_byte(losses, text):
    return len(text.encode()) / (losses.sum().item() / math.log(2))


# %%
# reject bits_per_byte: a tensor · expects "Return a float"
def bits_per_byte(losses, text):
    return losses.sum() / math.log(2) / len(text.encode())


# %%
# reject bits_per_byte: nothing returned · expects "Does your function end with `return`"
def bits_per_byte(losses, text):
    losses.sum().item() / math.log(2) / len(text.encode())


# %% [markdown]
# # Exercise 9


# %%
# reject bits_per_byte: a mean, in bits · expects "add up the losses"
def bits_per_byte(losses, text):
    return losses.mean().item() / math.log(2) / len(text.encode())


# %%
# accept temperature_probs: exponentials by hand
def temperature_probs(logits, temperature):
    top = logits.max(-1, keepdim=True).values
    if temperature == 0:
        return torch.zeros_like(logits).scatter(-1, logits.argmax(-1, keepdim=True), 1.0)
    weights = torch.exp((logits - top) / temperature)
    return weights / weights.sum(-1, keepdim=True)


# %%
# accept temperature_probs: computed in float32, cast back
def temperature_probs(logits, temperature):
    if temperature <= 0:
        best = logits == logits.amax(-1, keepdim=True)
        first = best & (best.cumsum(-1) == 1)
        return first.to(logits.dtype)
    wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
    return F.softmax(wide / temperature, dim=-1).to(logits.dtype)


# %%
# accept temperature_probs: a very small temperature in place of 0, ties share
def temperature_probs(logits, temperature):
    z = logits.double() - logits.double().max(dim=-1, keepdim=True)[0]
    return (z / max(temperature, 1e-8)).softmax(-1).to(logits.dtype)


# %%
# reject temperature_probs: the stub · expects "not written yet"
def temperature_probs(logits, temperature):
    raise NotImplementedError()


# %%
# reject temperature_probs: all zeros · expects "every value is zero"
def temperature_probs(logits, temperature):
    return torch.zeros_like(logits)


# %%
# reject temperature_probs: multiplies · expects "the temperature multiplies the logits"
def temperature_probs(logits, temperature):
    if temperature == 0:
        return F.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
    return (logits * temperature).softmax(-1)


# %%
# reject temperature_probs: not used · expects "the temperature is not used"
def temperature_probs(logits, temperature):
    return logits.softmax(-1)


# %%
# reject temperature_probs: divides the probabilities · expects "they no longer sum to 1"
def temperature_probs(logits, temperature):
    return logits.softmax(-1) / temperature


# %%
# reject temperature_probs: softmax twice, temperature between · expects "applied after the softmax"
def temperature_probs(logits, temperature):
    return (logits.softmax(-1) / temperature).softmax(-1)


# %%
# reject temperature_probs: a power, not normalized · expects "a power of probabilities needs a new sum"
def temperature_probs(logits, temperature):
    return logits.softmax(-1) ** (1 / temperature)


# %%
# reject temperature_probs: exponentials without the sum · expects "not divided by the sum of the row"
def temperature_probs(logits, temperature):
    return (logits / temperature).exp()


# %%
# reject temperature_probs: softmax over the batch · expects "runs over the batch"
def temperature_probs(logits, temperature):
    return (logits / temperature).softmax(0)


# %%
# reject temperature_probs: softmax over everything · expects "over all rows together"
def temperature_probs(logits, temperature):
    return (logits / temperature).flatten().softmax(0).reshape(logits.shape)


# %%
# reject temperature_probs: logarithms · expects "these are logarithms of probabilities"
def temperature_probs(logits, temperature):
    return (logits / temperature).log_softmax(-1)


# %%
# reject temperature_probs: temperature 0 divides by zero · expects "temperature 0 needs a line of its own"
def temperature_probs(logits, temperature):
    logits = logits - logits.amax(-1, keepdim=True)
    return (logits / temperature).softmax(-1)


# %%
# reject temperature_probs: Python divides by zero · expects "ZeroDivisionError"
def temperature_probs(logits, temperature):
    return (logits * (1 / temperature)).softmax(-1)


# %%
# reject temperature_probs: temperature 0 returns the index · expects "Is the V dimension lost?"
def temperature_probs(logits, temperature):
    if temperature == 0:
        return logits.argmax(-1)
    return ((logits - logits.amax(-1, keepdim=True)) / temperature).softmax(-1)


# %%
# reject temperature_probs: temperature 0 takes the smallest · expects "the smallest logit got it"
def temperature_probs(logits, temperature):
    if temperature == 0:
        return F.one_hot(logits.argmin(-1), logits.shape[-1]).to(logits.dtype)
    return ((logits - logits.amax(-1, keepdim=True)) / temperature).softmax(-1)


# %%
# reject temperature_probs: temperature 0 is taken for 1 · expects "that is temperature 1"
def temperature_probs(logits, temperature):
    temperature = temperature or 1.0
    return ((logits - logits.amax(-1, keepdim=True)) / temperature).softmax(-1)


# %%
# reject temperature_probs: a tie gets 1 twice · expects "the row must sum to 1"
def temperature_probs(logits, temperature):
    if temperature == 0:
        return (logits == logits.amax(-1, keepdim=True)).to(logits.dtype)
    return ((logits - logits.amax(-1, keepdim=True)) / temperature).softmax(-1)


# %%
# reject temperature_probs: overflows in float16 · expects "subtract the largest logit first"
def temperature_probs(logits, temperature):
    if temperature == 0:
        return F.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
    return (logits / temperature).softmax(-1)


# %%
# reject temperature_probs: returns float32 · expects "keep it"
def temperature_probs(logits, temperature):
    if temperature == 0:
        return F.one_hot(logits.argmax(-1), logits.shape[-1]).float()
    return (logits.double() / temperature).softmax(-1).float()


# %%
# reject temperature_probs: in place · expects "changes its input in place"
def temperature_probs(logits, temperature):
    logits -= logits.amax(-1, keepdim=True)
    if temperature == 0:
        return (logits == 0).to(logits.dtype)
    return (logits / temperature).softmax(-1)


# %% [markdown]
# # Exercise 10


# %%
# reject temperature_probs: integers at temperature 0 · expects "keep it"
def temperature_probs(logits, temperature):
    if temperature == 0:
        return F.one_hot(logits.argmax(dim=-1), logits.shape[-1])
    below = logits - logits.amax(dim=-1, keepdim=True)
    return (below / temperature).softmax(dim=-1)


# %%
# reject temperature_probs: ones at a tie · expects "the row must sum to 1"
def temperature_probs(logits, temperature):
    if temperature == 0:
        return (logits == logits.amax(dim=-1, keepdim=True)).to(logits.dtype)
    below = logits - logits.amax(dim=-1, keepdim=True)
    return (below / temperature).softmax(dim=-1)


# %%
# reject temperature_probs: one maximum for all rows · expects "the largest logit of each row"
def temperature_probs(logits, temperature):
    if temperature == 0:
        return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits.dtype)
    below = logits - logits.max()
    return (below / temperature).softmax(dim=-1)


# %%
# accept top_k_filter: sort and where
def top_k_filter(logits, k):
    ordered = logits.sort(dim=-1, descending=True).values
    kth = ordered[..., min(k, logits.size(-1)) - 1].unsqueeze(-1)
    return torch.where(logits >= kth, logits, -torch.inf)


# %%
# accept top_k_filter: kthvalue from below
def top_k_filter(logits, k):
    V = logits.shape[-1]
    if k >= V:
        return logits.clone()
    kth = torch.kthvalue(logits, V - k + 1, dim=-1, keepdim=True).values
    result = logits.clone()
    result[result < kth] = float("-inf")
    return result


# %%
# accept top_k_filter: a loop over rows
def top_k_filter(logits, k):
    rows = []
    for row in logits.reshape(-1, logits.shape[-1]):
        limit = sorted(row.tolist(), reverse=True)[:k][-1]
        rows.append(
            row + torch.tensor([0.0 if z >= limit else -math.inf for z in row.tolist()]).to(row)
        )
    return torch.stack(rows).reshape(logits.shape)


# %%
# reject top_k_filter: the stub · expects "not written yet"
def top_k_filter(logits, k):
    raise NotImplementedError()


# %%
# reject top_k_filter: all zeros · expects "every value is zero"
def top_k_filter(logits, k):
    return torch.zeros_like(logits)


# %%
# reject top_k_filter: keeps the smallest · expects "it keeps the k smallest"
def top_k_filter(logits, k):
    kth = logits.topk(min(k, logits.shape[-1]), largest=False).values[..., -1:]
    return logits.masked_fill(logits > kth, -torch.inf)


# %%
# reject top_k_filter: drops the k-th · expects "one too few: the k-th largest stays"
def top_k_filter(logits, k):
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits <= kth, -torch.inf)


# %%
# reject top_k_filter: index off by one · expects "one too many"
def top_k_filter(logits, k):
    k = min(k, logits.shape[-1] - 1)
    kth = logits.sort(descending=True).values[..., k : k + 1]
    return logits.masked_fill(logits < kth, -torch.inf)


# %%
# reject top_k_filter: over the whole batch · expects "of the batch, not of each row"
def top_k_filter(logits, k):
    kth = logits.flatten().topk(min(k, logits.numel())).values[-1]
    return logits.masked_fill(logits < kth, -torch.inf)


# %%
# reject top_k_filter: over the columns · expects "the largest of each column"
def top_k_filter(logits, k):
    kth = logits.topk(min(k, logits.shape[0]), dim=0).values[-1:]
    return logits.masked_fill(logits < kth, -torch.inf)


# %%
# reject top_k_filter: sorted values come back · expects "in the wrong places"
def top_k_filter(logits, k):
    ordered = logits.sort(descending=True).values
    ordered[..., k:] = -torch.inf
    return ordered


# %%
# reject top_k_filter: a mask of ranks is not carried back · expects "the first k tokens stay"
def top_k_filter(logits, k):
    return logits.masked_fill(torch.arange(logits.shape[-1]) >= k, -torch.inf)


# %%
# reject top_k_filter: exactly k at a tie · expects "a tie with the k-th is dropped"
def top_k_filter(logits, k):
    values, index = logits.topk(min(k, logits.shape[-1]))
    return torch.full_like(logits, -torch.inf).scatter(-1, index, values)


# %%
# reject top_k_filter: zeros · expects "dropped logits are 0"
def top_k_filter(logits, k):
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits * (logits >= kth)


# %%
# reject top_k_filter: the most negative number · expects "make them −inf"
def top_k_filter(logits, k):
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits < kth, torch.finfo(logits.dtype).min)


# %%
# reject top_k_filter: probabilities · expects "these are probabilities"
def top_k_filter(logits, k):
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits < kth, -torch.inf).softmax(-1)


# %%
# reject top_k_filter: log-probabilities · expects "What stays keeps its value"
def top_k_filter(logits, k):
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits < kth, -torch.inf).log_softmax(-1)


# %%
# reject top_k_filter: k above V · expects "top_k_filter raised RuntimeError"
def top_k_filter(logits, k):
    return logits.masked_fill(logits < logits.topk(k).values[..., -1:], -torch.inf)


# %%
# reject top_k_filter: in place · expects "changes its input in place"
def top_k_filter(logits, k):
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    logits[logits < kth] = -torch.inf
    return logits


# %%
# reject top_k_filter: only the k values · expects "expected the shape of the logits"
def top_k_filter(logits, k):
    return logits.topk(min(k, logits.shape[-1])).values


# %% [markdown]
# # Exercise 11


# %%
# reject top_k_filter: −10,000 in place of −inf · expects "make them −inf"
def top_k_filter(logits, k):
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits < kth, -1e4)


# %%
# reject top_k_filter: k above V · expects "k may be above V"
def top_k_filter(logits, k):
    return logits.masked_fill(logits < logits.topk(k).values[..., -1:], -torch.inf)


# %%
# accept top_p_filter: sorted back by a second argsort
def top_p_filter(logits, p):
    order = logits.argsort(dim=-1, descending=True)
    probs = logits.softmax(-1).gather(-1, order)
    before = F.pad(probs.cumsum(-1), (1, 0))[..., :-1]
    keep = (before < p) | (p >= 1)
    keep[..., 0] = True
    return logits.masked_fill(~keep.gather(-1, order.argsort(-1)), -torch.inf)


# %%
# accept top_p_filter: values scattered into a tensor of −inf
def top_p_filter(logits, p):
    values, index = torch.sort(logits, descending=True)
    total = values.softmax(-1).cumsum(-1)
    if p == 1:
        return logits.clone()
    n = (total < p).sum(-1, keepdim=True) + 1
    values = values.masked_fill(
        torch.arange(logits.shape[-1], device=logits.device) >= n, -torch.inf
    )
    return torch.full_like(logits, -torch.inf).scatter(-1, index, values)


# %%
# reject top_p_filter: a range on the CPU · expects "It would fail on a GPU"
def top_p_filter(logits, p):
    values, index = torch.sort(logits, descending=True)
    total = values.softmax(-1).cumsum(-1)
    if p == 1:
        return logits.clone()
    n = (total < p).sum(-1, keepdim=True) + 1
    values = values.masked_fill(torch.arange(logits.shape[-1]) >= n, -torch.inf)
    return torch.full_like(logits, -torch.inf).scatter(-1, index, values)


# %%
# accept top_p_filter: a loop over rows and tokens
def top_p_filter(logits, p):
    rows = logits.reshape(-1, logits.shape[-1])
    result = torch.full_like(rows, -torch.inf)
    for row, out in zip(rows, result):
        probs, total = row.softmax(-1), 0.0
        for i in probs.argsort(descending=True):
            out[i] = row[i]
            total += probs[i]
            if p < 1 and total >= p:
                break
    return result.reshape(logits.shape)


# %%
# accept top_p_filter: upwards, dropping what sums to 1 − p at most
def top_p_filter(logits, p):
    ordered, order = torch.sort(logits, descending=False)
    remove = ordered.softmax(dim=-1).cumsum(dim=-1) <= (1 - p)
    remove[..., -1:] = False
    return logits.masked_fill(remove.scatter(-1, order, remove), float("-inf"))


# %%
# reject top_p_filter: the stub · expects "not written yet"
def top_p_filter(logits, p):
    raise NotImplementedError()


# %%
# reject top_p_filter: all zeros · expects "every value is zero"
def top_p_filter(logits, p):
    return torch.zeros_like(logits)


# %%
# reject top_p_filter: cuts the token that crosses p · expects "the token that crosses p is cut"
def top_p_filter(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    drop = ordered.softmax(-1).cumsum(-1) > p
    drop[..., 0] = False
    return logits.masked_fill(drop.gather(-1, order.argsort(-1)), -torch.inf)


# %%
# reject top_p_filter: cuts the token that crosses p, to nothing · expects "nothing stays"
def top_p_filter(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    drop = ordered.softmax(-1).cumsum(-1) > p
    return logits.masked_fill(drop.gather(-1, order.argsort(-1)), -torch.inf)


# %%
# reject top_p_filter: nothing stays for p = 0 · expects "nothing stays"
def top_p_filter(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    probs = ordered.softmax(-1)
    drop = probs.cumsum(-1) - probs >= p
    return logits.masked_fill(drop.gather(-1, order.argsort(-1)), -torch.inf)


# %%
# reject top_p_filter: one too many · expects "one too many"
def top_p_filter(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    probs = ordered.softmax(-1)
    before = probs.cumsum(-1) - probs
    drop = F.pad(before, (1, 0))[..., :-1] >= p
    return logits.masked_fill(drop.gather(-1, order.argsort(-1)), -torch.inf)


# %%
# reject top_p_filter: unsorted sum · expects "sort them first"
def top_p_filter(logits, p):
    probs = logits.softmax(-1)
    return logits.masked_fill(probs.cumsum(-1) - probs >= p, -torch.inf)


# %%
# reject top_p_filter: unsorted sum, crossing token cut · expects "unsorted, and the token that crosses p is cut"
def top_p_filter(logits, p):
    return logits.masked_fill(logits.softmax(-1).cumsum(-1) > p, -torch.inf)


# %%
# reject top_p_filter: the mask stays in sorted order · expects "carry it back to the order of the vocabulary"
def top_p_filter(logits, p):
    probs = logits.softmax(-1).sort(dim=-1, descending=True).values
    drop = probs.cumsum(-1) - probs >= p
    drop[..., 0] = False
    return logits.masked_fill(drop, -torch.inf)


# %%
# reject top_p_filter: the mask is gathered by the order, not by its inverse · expects "it needs the inverse"
def top_p_filter(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    probs = ordered.softmax(-1)
    drop = probs.cumsum(-1) - probs >= p
    drop[..., 0] = False
    return logits.masked_fill(drop.gather(-1, order), -torch.inf)


# %%
# reject top_p_filter: sorted logits come back · expects "in the wrong places"
def top_p_filter(logits, p):
    ordered = logits.sort(dim=-1, descending=True).values
    probs = ordered.softmax(-1)
    drop = probs.cumsum(-1) - probs >= p
    drop[..., 0] = False
    return ordered.masked_fill(drop, -torch.inf)


# %%
# reject top_p_filter: ascending · expects "sorted upwards"
def top_p_filter(logits, p):
    ordered, order = logits.sort(dim=-1)
    probs = ordered.softmax(-1)
    drop = probs.cumsum(-1) - probs >= p
    drop[..., 0] = False
    return logits.masked_fill(drop.gather(-1, order.argsort(-1)), -torch.inf)


# %%
# reject top_p_filter: a bound for each probability · expects "p is a bound for each probability"
def top_p_filter(logits, p):
    return logits.masked_fill(logits.softmax(-1) < p, -torch.inf)


# %%
# reject top_p_filter: 1 − p as a bound for each probability · expects "1 − p is a bound"
def top_p_filter(logits, p):
    return logits.masked_fill(logits.softmax(-1) < 1 - p, -torch.inf)


# %%
# reject top_p_filter: over the batch · expects "the sum runs over the batch"
def top_p_filter(logits, p):
    ordered, order = logits.sort(dim=0, descending=True)
    probs = ordered.softmax(0)
    drop = probs.cumsum(0) - probs >= p
    drop[0] = False
    return logits.masked_fill(drop.gather(0, order.argsort(0)), -torch.inf)


# %%
# reject top_p_filter: probabilities · expects "these are probabilities"
def top_p_filter(logits, p):
    ordered, order = logits.softmax(-1).sort(dim=-1, descending=True)
    drop = ordered.cumsum(-1) - ordered >= p
    drop[..., 0] = False
    return logits.softmax(-1).masked_fill(drop.gather(-1, order.argsort(-1)), 0.0)


# %%
# reject top_p_filter: zeros · expects "dropped logits are 0"
def top_p_filter(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    probs = ordered.softmax(-1)
    drop = probs.cumsum(-1) - probs >= p
    drop[..., 0] = False
    return logits.masked_fill(drop.gather(-1, order.argsort(-1)), 0.0)


# %%
# reject top_p_filter: the sum of logits · expects "should stay, yours keeps"
def top_p_filter(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    drop = ordered.cumsum(-1) - ordered >= p
    drop[..., 0] = False
    return logits.masked_fill(drop.gather(-1, order.argsort(-1)), -torch.inf)


# %%
# reject top_p_filter: the sum is "at most", so equal tokens add one more · expects "how many of four equal logits stay"
def top_p_filter(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    probs = ordered.softmax(-1)
    drop = probs.cumsum(-1) - probs > p
    drop[..., 0] = False
    return logits.masked_fill(drop.gather(-1, order.argsort(-1)), -torch.inf)


# %%
# reject top_p_filter: in place · expects "changes its input in place"
def top_p_filter(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    probs = ordered.softmax(-1)
    drop = probs.cumsum(-1) - probs >= p
    drop[..., 0] = False
    logits[drop.gather(-1, order.argsort(-1))] = -torch.inf
    return logits


# %% [markdown]
# # Exercise 12


# %%
# reject top_p_filter: the sorted logits returned · expects "in the wrong places: undo the sorting"
def top_p_filter(logits, p):
    values, order = logits.sort(dim=-1, descending=True)
    probs = values.softmax(dim=-1)
    drop = probs.cumsum(dim=-1) - probs >= p
    drop[..., 0] = False
    return values.masked_fill(drop, -torch.inf)


# %%
# reject top_p_filter: p = 1 loses tokens to rounding · expects "passes 1 too early"
def top_p_filter(logits, p):
    values, order = logits.sort(dim=-1, descending=True)
    probs = values.softmax(dim=-1)
    drop = probs.cumsum(dim=-1) - probs >= p
    drop[..., 0] = False
    return logits.masked_fill(torch.zeros_like(drop).scatter(-1, order, drop), -torch.inf)


# %%
# accept attend_with_cache: softmax by hand, mask from positions
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k = torch.cat((cache[0], k), -2)
        v = torch.cat((cache[1], v), -2)
    S = k.shape[-2] - q.shape[-2]
    rows = S + torch.arange(q.shape[-2], device=x.device)
    allowed = torch.arange(k.shape[-2], device=x.device) <= rows[:, None]
    scores = (q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(~allowed, -torch.inf)
    y = scores.softmax(-1) @ v
    return attention.out(y.transpose(1, 2).reshape(x.shape)), (k, v)


# %%
# accept attend_with_cache: is_causal without a cache, no mask for one token, a list as cache
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is None:
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    else:
        S, T = cache[0].shape[2], x.shape[1]
        k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
        old = torch.ones(T, S, dtype=torch.bool, device=x.device)
        new = torch.ones(T, T, dtype=torch.bool, device=x.device).tril()
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=torch.cat([old, new], dim=1))
    return attention.out(y.transpose(1, 2).flatten(2)), [k, v]


# %%
# accept attend_with_cache: a loop over the new tokens, an additive mask is not needed
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    S = 0
    if cache is not None:
        S = cache[0].size(2)
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    outs = []
    for i in range(x.size(1)):
        end = S + i + 1
        outs.append(
            F.scaled_dot_product_attention(q[:, :, i : i + 1], k[:, :, :end], v[:, :, :end])
        )
    y = torch.cat(outs, dim=2).permute(0, 2, 1, 3)
    return attention.out(y.reshape(x.shape)), (k, v)


# %%
# accept attend_with_cache: PyTorch's own mask for the lower right
def attend_with_cache(attention, x, cache):
    from torch.nn.attention.bias import causal_lower_right

    q, k, v = attention.project(x)
    past_k, past_v = cache if cache else (k[:, :, :0], v[:, :, :0])
    k, v = torch.cat([past_k, k], -2), torch.cat([past_v, v], -2)
    y = F.scaled_dot_product_attention(
        q, k, v, attn_mask=causal_lower_right(q.shape[-2], k.shape[-2])
    )
    return attention.out(torch.einsum("bhtd->bthd", y).flatten(2)), (k, v)


# %%
# accept attend_with_cache: an additive mask
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    T, S = q.shape[2], k.shape[2]
    bias = torch.full((T, S), -torch.inf, dtype=x.dtype, device=x.device).triu(S - T + 1)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
    return attention.out(y.transpose(1, 2).reshape(*x.shape)), (k, v)


# %%
# reject attend_with_cache: the stub · expects "not written yet"
def attend_with_cache(attention, x, cache):
    raise NotImplementedError()


# %%
# reject attend_with_cache: all zeros · expects "every value is zero"
def attend_with_cache(attention, x, cache):
    _, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    return torch.zeros_like(x), (k, v)


# %%
# reject attend_with_cache: is_causal after a cache · expects "aligns its triangle to the upper left"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: is_causal unless there is one token · expects "the new tokens see too little"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    y = F.scaled_dot_product_attention(q, k, v, is_causal=x.shape[1] > 1)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: no mask after a cache · expects "the first new token sees the later ones"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    causal = cache is None
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: no mask at all · expects "there is no mask: a token sees later ones"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    y = F.scaled_dot_product_attention(q, k, v)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: the diagonal one too far · expects "a token sees the next one"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    T, S = q.shape[2], k.shape[2]
    mask = torch.ones(T, S, dtype=torch.bool).tril(S - T + 1)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: the diagonal one too short after a cache · expects "a token sees the cache, but not itself"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    off = 0
    if cache is not None:
        off = 1
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    T, S = q.shape[2], k.shape[2]
    mask = torch.ones(T, S, dtype=torch.bool).tril(S - T - off)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: new before old · expects "new tokens stand before the old ones"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([k, cache[0]], 2), torch.cat([v, cache[1]], 2)
    T, S = q.shape[2], k.shape[2]
    mask = torch.ones(T, S, dtype=torch.bool).tril(S - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: values not joined · expects "raised RuntimeError"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k = torch.cat([cache[0], k], 2)
    T, S = q.shape[2], k.shape[2]
    mask = torch.ones(T, S, dtype=torch.bool).tril(S - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: joined along the heads by mistake · expects "raised RuntimeError"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 1), torch.cat([cache[1], v], 1)
    T, S = q.shape[2], k.shape[2]
    mask = torch.ones(T, S, dtype=torch.bool).tril(S - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: heads and tokens swapped in the cache · expects "Are n_heads and tokens swapped?"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 1), torch.cat([cache[1], v], 1)
    y = F.scaled_dot_product_attention(q, k[:, : q.shape[1]], v[:, : q.shape[1]])
    return attention.out(y.transpose(1, 2).flatten(2)), (k.transpose(1, 2), v.transpose(1, 2))


# %%
# reject attend_with_cache: joined along the batch · expects "k of the new cache: expected"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 0), torch.cat([cache[1], v], 0)
    y = F.scaled_dot_product_attention(q, k[: len(x)], v[: len(x)], is_causal=True)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: attends to the new tokens only · expects "the cached keys and values are not used"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: returns the new keys and values only · expects "join old and new along the tokens"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    new = (k, v)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    T, S = q.shape[2], k.shape[2]
    mask = torch.ones(T, S, dtype=torch.bool).tril(S - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).flatten(2)), new


# %%
# reject attend_with_cache: returns the old cache · expects "join old and new along the tokens"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    cache = (k, v) if cache is None else cache
    S, T = cache[0].shape[2], x.shape[1]
    mask = torch.ones(T, S, dtype=torch.bool).tril(S - T)
    y = F.scaled_dot_product_attention(q, *cache, attn_mask=mask)
    return attention.out(y.transpose(1, 2).flatten(2)), cache


# %%
# reject attend_with_cache: k and v swapped in the cache · expects "k and v are swapped"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[1], k], 2), torch.cat([cache[0], v], 2)
    T, S = q.shape[2], k.shape[2]
    mask = torch.ones(T, S, dtype=torch.bool).tril(S - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).flatten(2)), (v, k)


# %%
# reject attend_with_cache: kept on the module · expects "keep nothing outside the function"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if hasattr(attention, "cache"):
        k, v = torch.cat([attention.cache[0], k], 2), torch.cat([attention.cache[1], v], 2)
    attention.cache = (k, v)
    T, S = q.shape[2], k.shape[2]
    mask = torch.ones(T, S, dtype=torch.bool).tril(S - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: kept on the module, fresh for None · expects "something is kept outside"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        S = cache[0].shape[2]
        k = torch.cat([attention.cache[0][:, :, :S], k], 2)
        v = torch.cat([attention.cache[1][:, :, :S], v], 2)
    attention.cache = (k, v)
    T, S = q.shape[2], k.shape[2]
    mask = torch.ones(T, S, dtype=torch.bool).tril(S - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: a buffer that all share, written in place · expects "changes its input in place"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    S, T = 0 if cache is None else cache[0].shape[2], x.shape[1]
    buffer = attention.__dict__.get("buffer")
    if buffer is None or len(buffer[0]) != len(x):
        B, H, _, d = k.shape
        buffer = attention.__dict__["buffer"] = torch.zeros(2, B, H, 64, d, dtype=x.dtype)
    with torch.no_grad():
        buffer[0, :, :, S : S + T], buffer[1, :, :, S : S + T] = k, v
    k, v = buffer[:, :, :, : S + T]
    mask = torch.ones(T, S + T, dtype=torch.bool).tril(S)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    if cache is not None:
        cache[0].mul_(1.5)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: the output layer is forgotten · expects "the output: expected"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    T, S = q.shape[2], k.shape[2]
    mask = torch.ones(T, S, dtype=torch.bool).tril(S - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return y, (k, v)


# %%
# reject attend_with_cache: the output layer is forgotten after the merge · expects "attention.out is missing"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    T, S = q.shape[2], k.shape[2]
    mask = torch.ones(T, S, dtype=torch.bool).tril(S - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return y.transpose(1, 2).flatten(2), (k, v)


# %%
# reject attend_with_cache: heads merged without a transpose · expects "merged without swapping"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    T, S = q.shape[2], k.shape[2]
    mask = torch.ones(T, S, dtype=torch.bool).tril(S - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.reshape(x.shape)), (k, v)


# %%
# reject attend_with_cache: the cached keys are projected again · expects "raised"
def attend_with_cache(attention, x, cache):
    if cache is not None:
        x = torch.cat([cache[0], x], dim=1)
    q, k, v = attention.project(x)
    y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: new tokens see the cache and themselves alone · expects "but not the new ones before it"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    S, T = 0 if cache is None else cache[0].shape[2], x.shape[1]
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    new = torch.eye(T) if S else torch.ones(T, T).tril()
    mask = torch.cat([torch.ones(T, S), new], dim=1).bool()
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: a float mask of 0 and 1 is added to the scores · expects "make it boolean"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    T, S = q.shape[2], k.shape[2]
    mask = torch.ones(T, S, dtype=x.dtype).tril(S - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: the output alone · expects "returns 2 values, output, cache"
def attend_with_cache(attention, x, cache):
    return attention(x)


# %% [markdown]
# # Exercise 13


# %%
# reject attend_with_cache: a list that came in is filled · expects "changes its input in place"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
        if isinstance(cache, list):
            cache[0], cache[1] = k, v
    T, total = q.shape[2], k.shape[2]
    mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject attend_with_cache: the batch of the check · expects "raised"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
    T, total = q.shape[2], k.shape[2]
    mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).reshape(2, -1, 12)), (k, v)


# %%
# reject attend_with_cache: the width of the check · expects "raised"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
    T, total = q.shape[2], k.shape[2]
    mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).reshape(len(x), -1, 12)), (k, v)


# %%
# reject attend_with_cache: the triangle one to the left · expects "a token does not see itself: off by one"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
    T, total = q.shape[2], k.shape[2]
    mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T - 1)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# accept extend: length from the values, head by matmul
def extend(model, tokens, caches, run_block):
    n = len(model.blocks)
    S = caches[-1][1].size(-2) if caches else 0
    place_of = S + torch.arange(tokens.shape[1], device=tokens.device)
    x = model.token_embedding(tokens) + model.position_embedding(place_of)
    fresh = []
    for i in range(n):
        x, c = run_block(model.blocks[i], x, caches[i] if caches else None)
        fresh.append(c)
    return model.norm(x) @ model.token_embedding.weight.T, fresh


# %%
# accept extend: positions as (B, T), a tuple of caches
def extend(model, tokens, caches, run_block):
    B, T = tokens.shape
    S = 0
    if caches is not None:
        S = caches[0][0].shape[2]
    positions = torch.arange(S, S + T, device=tokens.device).expand(B, T)
    x = model.token_embedding(tokens)
    x = x + model.position_embedding(positions)
    out = []
    for block, cache in zip(model.blocks, [None] * 99 if caches is None else caches):
        x, cache = run_block(block, x, cache)
        out.append(cache)
    return torch.einsum("btd,vd->btv", model.norm(x), model.token_embedding.weight), tuple(out)


# %%
# accept extend: rows of the position table
def extend(model, tokens, caches, run_block):
    caches = [None] * len(model.blocks) if caches is None else list(caches)
    S = 0 if caches[0] is None else caches[0][0].shape[2]
    x = model.token_embedding(tokens) + model.position_embedding.weight[S : S + tokens.shape[1]]
    for i, block in enumerate(model.blocks):
        x, caches[i] = run_block(block, x, caches[i])
    return F.linear(model.norm(x), model.token_embedding.weight), caches


# %%
# reject extend: the stub · expects "not written yet"
def extend(model, tokens, caches, run_block):
    raise NotImplementedError()


# %%
# reject extend: all zeros · expects "run_block was not called"
def extend(model, tokens, caches, run_block):
    return torch.zeros(*tokens.shape, model.token_embedding.num_embeddings), [None] * 3


# %%
# reject extend: positions always from 0 · expects "positions begin at 0 again"
def extend(model, tokens, caches, run_block):
    x = model.token_embedding(tokens) + model.position_embedding(torch.arange(tokens.shape[1]))
    new = []
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks)):
        x, cache = run_block(block, x, cache)
        new.append(cache)
    return F.linear(model.norm(x), model.token_embedding.weight), new


# %%
# reject extend: one too far · expects "off by one: after S tokens the next position is S"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else caches[0][0].shape[2] + 1
    x = model.token_embedding(tokens) + model.position_embedding(
        torch.arange(S, S + tokens.shape[1])
    )
    new = []
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks)):
        x, cache = run_block(block, x, cache)
        new.append(cache)
    return F.linear(model.norm(x), model.token_embedding.weight), new


# %%
# reject extend: one too short · expects "off by one, after S tokens the next position is S"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else caches[0][0].shape[2] - 1
    x = model.token_embedding(tokens) + model.position_embedding(
        torch.arange(S, S + tokens.shape[1])
    )
    new = []
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks)):
        x, cache = run_block(block, x, cache)
        new.append(cache)
    return F.linear(model.norm(x), model.token_embedding.weight), new


# %%
# reject extend: the number of blocks · expects "that is the number of blocks"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else len(caches)
    x = model.token_embedding(tokens) + model.position_embedding(
        torch.arange(S, S + tokens.shape[1])
    )
    new = []
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks)):
        x, cache = run_block(block, x, cache)
        new.append(cache)
    return F.linear(model.norm(x), model.token_embedding.weight), new


# %%
# reject extend: the number of heads · expects "that is the number of heads"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else caches[0][0].shape[1]
    x = model.token_embedding(tokens) + model.position_embedding(
        torch.arange(S, S + tokens.shape[1])
    )
    new = []
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks)):
        x, cache = run_block(block, x, cache)
        new.append(cache)
    return F.linear(model.norm(x), model.token_embedding.weight), new


# %%
# reject extend: the batch size · expects "that is the batch size"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else len(caches[0][0])
    x = model.token_embedding(tokens) + model.position_embedding(
        torch.arange(S, S + tokens.shape[1])
    )
    new = []
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks)):
        x, cache = run_block(block, x, cache)
        new.append(cache)
    return F.linear(model.norm(x), model.token_embedding.weight), new


# %%
# reject extend: one position for all new tokens · expects "all new tokens get the same position"
def extend(model, tokens, caches, run_block):
    if caches is None:
        at = torch.arange(tokens.shape[1])
    else:
        at = torch.tensor([caches[0][0].shape[2]])
    x = model.token_embedding(tokens) + model.position_embedding(at)
    new = []
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks)):
        x, cache = run_block(block, x, cache)
        new.append(cache)
    return F.linear(model.norm(x), model.token_embedding.weight), new


# %%
# reject extend: no position · expects "no positions are added"
def extend(model, tokens, caches, run_block):
    x = model.token_embedding(tokens)
    new = []
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks)):
        x, cache = run_block(block, x, cache)
        new.append(cache)
    return F.linear(model.norm(x), model.token_embedding.weight), new


# %%
# reject extend: one cache for all blocks · expects "each gets its own"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else caches[0][0].shape[2]
    x = model.token_embedding(tokens) + model.position_embedding(
        torch.arange(S, S + tokens.shape[1])
    )
    new = []
    for block in model.blocks:
        x, cache = run_block(block, x, caches[0] if caches else None)
        new.append(cache)
    return F.linear(model.norm(x), model.token_embedding.weight), new


# %%
# reject extend: the cache of a block goes into the next one · expects "without caches every block should get None"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else caches[0][0].shape[2]
    x = model.token_embedding(tokens) + model.position_embedding(
        torch.arange(S, S + tokens.shape[1])
    )
    new, cache = [], None
    for i, block in enumerate(model.blocks):
        x, cache = run_block(block, x, caches[i] if caches else cache)
        new.append(cache)
    return F.linear(model.norm(x), model.token_embedding.weight), new


# %%
# reject extend: every block gets the embeddings · expects "what the block before it returned"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else caches[0][0].shape[2]
    x = model.token_embedding(tokens) + model.position_embedding(
        torch.arange(S, S + tokens.shape[1])
    )
    new = []
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks)):
        y, cache = run_block(block, x, cache)
        new.append(cache)
    return F.linear(model.norm(y), model.token_embedding.weight), new


# %%
# reject extend: the old caches come back · expects "the new caches hold"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else caches[0][0].shape[2]
    x = model.token_embedding(tokens) + model.position_embedding(
        torch.arange(S, S + tokens.shape[1])
    )
    new = []
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks)):
        x, cache = run_block(block, x, cache)
        new.append(cache)
    return F.linear(model.norm(x), model.token_embedding.weight), caches or new


# %%
# reject extend: the norm is forgotten · expects "the last norm is missing"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else caches[0][0].shape[2]
    x = model.token_embedding(tokens) + model.position_embedding(
        torch.arange(S, S + tokens.shape[1])
    )
    new = []
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks)):
        x, cache = run_block(block, x, cache)
        new.append(cache)
    return F.linear(x, model.token_embedding.weight), new


# %%
# reject extend: the last logits only · expects "expected (B, T, vocab_size) = (8, 2, 11), got (8, 11)"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else caches[0][0].shape[2]
    x = model.token_embedding(tokens) + model.position_embedding(
        torch.arange(S, S + tokens.shape[1])
    )
    new = []
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks)):
        x, cache = run_block(block, x, cache)
        new.append(cache)
    return F.linear(model.norm(x), model.token_embedding.weight)[:, -1], new


# %%
# reject extend: the last cache instead of a list · expects "a list of three new caches"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else caches[0][0].shape[2]
    x = model.token_embedding(tokens) + model.position_embedding(
        torch.arange(S, S + tokens.shape[1])
    )
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks)):
        x, cache = run_block(block, x, cache)
    return F.linear(model.norm(x), model.token_embedding.weight), cache


# %%
# reject extend: the list that came in is overwritten · expects "changes its input in place"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else caches[0][0].shape[2]
    x = model.token_embedding(tokens) + model.position_embedding(
        torch.arange(S, S + tokens.shape[1])
    )
    if caches is None:
        caches = [None] * len(model.blocks)
    for i, block in enumerate(model.blocks):
        x, caches[i] = run_block(block, x, caches[i])
    return F.linear(model.norm(x), model.token_embedding.weight), caches


# %% [markdown]
# # Exercise 14


# %%
# reject extend: the list that came in is filled · expects "changes its input in place"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else caches[0][0].shape[2]
    positions = torch.arange(S, S + tokens.shape[1], device=tokens.device)
    x = model.token_embedding(tokens) + model.position_embedding(positions)
    new = []
    for i, block in enumerate(model.blocks):
        x, cache = run_block(block, x, None if caches is None else caches[i])
        new.append(cache)
        if caches is not None:
            caches[i] = cache
    return model.norm(x) @ model.token_embedding.weight.T, new


# %%
# reject extend: one position for all new tokens · expects "position 0 to all"
def extend(model, tokens, caches, run_block):
    S = 0 if caches is None else caches[0][0].shape[2]
    positions = torch.full((tokens.shape[1],), S, device=tokens.device)
    x = model.token_embedding(tokens) + model.position_embedding(positions)
    new = []
    for i, block in enumerate(model.blocks):
        x, cache = run_block(block, x, None if caches is None else caches[i])
        new.append(cache)
    return model.norm(x) @ model.token_embedding.weight.T, new


# %%
# accept answer_log_prob: a loop, one call of the model for each token
def answer_log_prob(model, prompt, answer):
    tokens, total = prompt, 0.0
    for token in answer:
        total = total + torch.log_softmax(model(tokens[None])[0, -1], -1)[token]
        tokens = torch.cat([tokens, token[None]])
    return total


# %%
# accept answer_log_prob: cross-entropy, a float
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer]).unsqueeze(0)).squeeze(0)
    P, A = prompt.numel(), answer.numel()
    return -F.cross_entropy(logits[P - 1 : P + A - 1], answer, reduction="sum").item()


# %%
# accept answer_log_prob: shifted labels, the prompt masked, logsumexp
def answer_log_prob(model, prompt, answer):
    tokens = torch.cat([prompt, answer])
    z = model(tokens[None, :-1])[0]
    every = z[torch.arange(len(z)), tokens[1:]] - z.logsumexp(-1)
    return every[len(prompt) - 1 :].sum()


# %%
# reject answer_log_prob: the stub · expects "not written yet"
def answer_log_prob(model, prompt, answer):
    raise NotImplementedError()


# %%
# reject answer_log_prob: zero · expects "every value is zero"
def answer_log_prob(model, prompt, answer):
    return 0.0


# %%
# reject answer_log_prob: the logits of the next place · expects "those at place t are for token t + 1"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) :]
    return logits.log_softmax(-1).gather(-1, answer[:, None]).sum()


# %%
# reject answer_log_prob: the prompt is scored too · expects "the prompt's own tokens are scored too"
def answer_log_prob(model, prompt, answer):
    tokens = torch.cat([prompt, answer])
    logs = model(tokens[None])[0, :-1].log_softmax(-1)
    return logs.gather(-1, tokens[1:, None]).sum()


# %%
# reject answer_log_prob: the last token is missing · expects "the last token of the answer is missing"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -2]
    return logits.log_softmax(-1).gather(-1, answer[:-1, None]).sum()


# %%
# reject answer_log_prob: the first token is missing · expects "the first token of the answer is missing"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) : -1]
    return logits.log_softmax(-1).gather(-1, answer[1:, None]).sum()


# %%
# reject answer_log_prob: the first token only · expects "only the first token"
def answer_log_prob(model, prompt, answer):
    return model(prompt[None])[0, -1].log_softmax(-1)[answer[0]]


# %%
# reject answer_log_prob: the last token only · expects "only the last token"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer])[None])[0, -2]
    return logits.log_softmax(-1)[answer[-1]]


# %%
# reject answer_log_prob: one place too early · expects "one place too early"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 2 : -2]
    return logits.log_softmax(-1).gather(-1, answer[:, None]).sum()


# %%
# reject answer_log_prob: the mean · expects "that is the mean over the tokens"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]
    return -F.cross_entropy(logits, answer)


# %%
# reject answer_log_prob: the probability · expects "that is a probability"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]
    return logits.softmax(-1).gather(-1, answer[:, None]).prod()


# %%
# reject answer_log_prob: sum of probabilities · expects "probabilities are added"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]
    return logits.softmax(-1).gather(-1, answer[:, None]).sum()


# %%
# reject answer_log_prob: no softmax · expects "logits are added"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]
    return logits.gather(-1, answer[:, None]).sum()


# %%
# reject answer_log_prob: softmax over the places · expects "the softmax runs over the places"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer])[None])[0].log_softmax(0)[len(prompt) - 1 : -1]
    return logits.gather(-1, answer[:, None]).sum()


# %%
# reject answer_log_prob: softmax over the answer's places · expects "the softmax runs over the places"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]
    return logits.log_softmax(0).gather(-1, answer[:, None]).sum()


# %%
# reject answer_log_prob: the loss · expects "the sign is flipped"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]
    return F.cross_entropy(logits, answer, reduction="sum")


# %%
# reject answer_log_prob: without the prompt · expects "only its last token"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt[-1:], answer])[None])[0, :-1]
    return logits.log_softmax(-1).gather(-1, answer[:, None]).sum()


# %%
# reject answer_log_prob: every token right after the prompt · expects "the answer before it counts too"
def answer_log_prob(model, prompt, answer):
    logs = model(prompt[None])[0, -1].log_softmax(-1)
    return logs[answer].sum()


# %%
# reject answer_log_prob: no batch dimension · expects "the model takes tokens (1, T)"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer]))[len(prompt) - 1 : -1]
    return logits.log_softmax(-1).gather(-1, answer[:, None]).sum()


# %%
# reject answer_log_prob: one number per token · expects "expected shape (), got (3,)"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]
    return logits.log_softmax(-1).gather(-1, answer[:, None])[:, 0]


# %% [markdown]
# # Exercise 15


# %%
# reject answer_log_prob: all tokens of the answer in every row · expects "take one number from each row"
def answer_log_prob(model, prompt, answer):
    log_probs = model(torch.cat([prompt, answer])[None])[0].log_softmax(dim=-1)
    return log_probs[len(prompt) - 1 : -1][:, answer].sum()


# %%
# reject answer_log_prob: the model reads the answer alone · expects "the answer's own places"
def answer_log_prob(model, prompt, answer):
    log_probs = model(answer[None])[0].log_softmax(dim=-1)
    return log_probs.gather(1, answer[:, None]).sum()


# %%
# accept moe: a masked softmax, one-hot counts
def route(router_logits, k):
    indices = router_logits.argsort(dim=-1, descending=True)[:, :k]
    weights = router_logits.gather(-1, indices).softmax(-1)
    return weights, indices


def load_balance_loss(router_probs, chosen):
    f = F.one_hot(chosen, router_probs.shape[-1]).sum(dim=(0, 1)) / chosen.numel()
    return router_probs.shape[1] * torch.dot(f.to(router_probs), router_probs.mean(0))


# %%
# accept moe: softmax over all, then renormalized; worst of the chosen first
def route(router_logits, k):
    probs = router_logits.softmax(-1)
    best, indices = probs.topk(k)
    best, indices = best.flip(-1), indices.flip(-1)
    return best / best.sum(-1, keepdim=True), indices


def load_balance_loss(router_probs, chosen):
    N, E = router_probs.shape
    f = torch.stack([(chosen == e).float().mean() for e in range(E)])
    return (f * router_probs.sum(0)).sum() * E / N


# %%
# accept moe: loops
def route(router_logits, k):
    weights, indices = [], []
    for row in router_logits:
        best = sorted(range(len(row)), key=lambda i: -row[i].item())[:k]
        indices.append(best)
        weights.append(torch.stack([row[i] for i in best]).softmax(0))
    return torch.stack(weights), torch.tensor(indices)


def load_balance_loss(router_probs, chosen):
    E, total = router_probs.shape[1], 0
    for e in range(E):
        total = total + (chosen == e).sum() / chosen.numel() * router_probs[:, e].mean()
    return E * total


# %%
# reject moe: the stub · expects "not written yet"
def route(router_logits, k):
    raise NotImplementedError()


def load_balance_loss(router_probs, chosen):
    raise NotImplementedError()


# %%
# reject moe: all zeros · expects "every value is zero"
def route(router_logits, k):
    return torch.zeros(len(router_logits), k), torch.arange(k).repeat(len(router_logits), 1)


def load_balance_loss(router_probs, chosen):
    return torch.tensor(0.0)


# %%
# reject moe: softmax over all experts · expects "the softmax runs over all experts"
def route(router_logits, k):
    return router_logits.softmax(-1).topk(k)


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1]) / chosen.numel()
    return router_probs.shape[1] * (f * router_probs.mean(0)).sum()


# %%
# reject moe: the worst experts · expects "the k worst experts are chosen"
def route(router_logits, k):
    best, indices = router_logits.topk(k, largest=False)
    return best.softmax(-1), indices


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1]) / chosen.numel()
    return router_probs.shape[1] * (f * router_probs.mean(0)).sum()


# %%
# reject moe: equal weights · expects "the weights are equal"
def route(router_logits, k):
    best, indices = router_logits.topk(k)
    return torch.full_like(best, 1 / k), indices


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1]) / chosen.numel()
    return router_probs.shape[1] * (f * router_probs.mean(0)).sum()


# %%
# reject moe: logits as weights · expects "they need a softmax"
def route(router_logits, k):
    return router_logits.topk(k)


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1]) / chosen.numel()
    return router_probs.shape[1] * (f * router_probs.mean(0)).sum()


# %%
# reject moe: softmax twice · expects "softmax is taken twice"
def route(router_logits, k):
    best, indices = router_logits.softmax(-1).topk(k)
    return best.softmax(-1), indices


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1]) / chosen.numel()
    return router_probs.shape[1] * (f * router_probs.mean(0)).sum()


# %%
# reject moe: softmax over the tokens · expects "the softmax runs over the tokens"
def route(router_logits, k):
    best, indices = router_logits.topk(k)
    return best.softmax(0), indices


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1]) / chosen.numel()
    return router_probs.shape[1] * (f * router_probs.mean(0)).sum()


# %%
# reject moe: indices first · expects "return weights, then indices"
def route(router_logits, k):
    best, indices = router_logits.topk(k)
    return indices, best.softmax(-1)


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1]) / chosen.numel()
    return router_probs.shape[1] * (f * router_probs.mean(0)).sum()


# %%
# reject moe: weights sorted, indices not · expects "the larger logit gets the larger weight"
def route(router_logits, k):
    best, indices = router_logits.topk(k)
    return best.softmax(-1).flip(-1), indices


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1]) / chosen.numel()
    return router_probs.shape[1] * (f * router_probs.mean(0)).sum()


# %%
# reject moe: weights of all experts · expects "the weights: expected (tokens, k) = (3, 2), got (3, 5)"
def route(router_logits, k):
    best, indices = router_logits.topk(k)
    dense = torch.zeros_like(router_logits).scatter(1, indices, best.softmax(-1))
    return dense, indices


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1]) / chosen.numel()
    return router_probs.shape[1] * (f * router_probs.mean(0)).sum()


# %%
# reject moe: the factor is missing · expects "the factor n_experts is missing"
def route(router_logits, k):
    best, indices = router_logits.topk(k)
    return best.softmax(-1), indices


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1]) / chosen.numel()
    return (f * router_probs.mean(0)).sum()


# %%
# reject moe: divided by N alone · expects "each token makes k choices"
def route(router_logits, k):
    best, indices = router_logits.topk(k)
    return best.softmax(-1), indices


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1]) / len(chosen)
    return router_probs.shape[1] * (f * router_probs.mean(0)).sum()


# %%
# reject moe: counts are not divided · expects "the counts are not divided"
def route(router_logits, k):
    best, indices = router_logits.topk(k)
    return best.softmax(-1), indices


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1])
    return router_probs.shape[1] * (f * router_probs.mean(0)).sum()


# %%
# reject moe: the mean over the experts · expects "the mean over the experts is taken"
def route(router_logits, k):
    best, indices = router_logits.topk(k)
    return best.softmax(-1), indices


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1]) / chosen.numel()
    return (f * router_probs.mean(0)).mean()


# %%
# reject moe: probabilities squared · expects "f_i must be counts"
def route(router_logits, k):
    best, indices = router_logits.topk(k)
    return best.softmax(-1), indices


def load_balance_loss(router_probs, chosen):
    return router_probs.shape[1] * (router_probs.mean(0) ** 2).sum()


# %%
# reject moe: counts squared, no gradient · expects "P_i must be mean probabilities"
def route(router_logits, k):
    best, indices = router_logits.topk(k)
    return best.softmax(-1), indices


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1]) / chosen.numel()
    return router_probs.shape[1] * (f * f).sum()


# %%
# reject moe: the first choice alone · expects "only the first choice"
def route(router_logits, k):
    best, indices = router_logits.topk(k)
    return best.softmax(-1), indices


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen[:, 0], minlength=router_probs.shape[1]) / len(chosen)
    return router_probs.shape[1] * (f * router_probs.mean(0)).sum()


# %%
# reject moe: experts without tokens are forgotten · expects "raised RuntimeError"
def route(router_logits, k):
    best, indices = router_logits.topk(k)
    return best.softmax(-1), indices


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten()) / chosen.numel()
    return router_probs.shape[1] * (f * router_probs.mean(0)).sum()


# %%
# reject moe: detached · expects "no gradient reaches the probabilities"
def route(router_logits, k):
    best, indices = router_logits.topk(k)
    return best.softmax(-1), indices


def load_balance_loss(router_probs, chosen):
    f = torch.bincount(chosen.flatten(), minlength=router_probs.shape[1]) / chosen.numel()
    return router_probs.shape[1] * (f * router_probs.mean(0).detach()).sum()


# %%
# accept moe: a dot product of f and P
def route(router_logits, k):
    best, indices = router_logits.topk(k, dim=-1)
    return best.softmax(dim=-1), indices


def load_balance_loss(router_probs, chosen):
    n_experts = router_probs.shape[-1]
    f = torch.bincount(chosen.flatten(), minlength=n_experts) / chosen.numel()
    return n_experts * f @ router_probs.mean(dim=0)


# %%
# reject moe: weights without a gradient · expects "no gradient reaches the logits"
def route(router_logits, k):
    best, indices = router_logits.topk(k, dim=-1)
    return best.detach().softmax(dim=-1), indices


def load_balance_loss(router_probs, chosen):
    n_experts = router_probs.shape[-1]
    f = torch.bincount(chosen.flatten(), minlength=n_experts) / chosen.numel()
    return n_experts * (f * router_probs.mean(dim=0)).sum()


# %%
# reject moe: always two experts · expects "expected (tokens, k) = (3, 3)"
def route(router_logits, k):
    best, indices = router_logits.topk(2, dim=-1)
    return best.softmax(dim=-1), indices


def load_balance_loss(router_probs, chosen):
    n_experts = router_probs.shape[-1]
    f = torch.bincount(chosen.flatten(), minlength=n_experts) / chosen.numel()
    return n_experts * (f * router_probs.mean(dim=0)).sum()
