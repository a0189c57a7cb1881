# %%
# accept: counts updated, not made anew
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
# accept: negative ids make ties fall the right way under max
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
# accept: pairs as lists, letters instead of ids
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
# reject: every result is zero · expects "got [(0, 0), (0, 0), (0, 0)]"


# %%
# reject: nothing is learned · expects "got []"
def train_bpe(counts, n_merges):
    return []


# %%
# reject: a dict of merges · expects "expected a list, got a dict"
# - merges = []
# + merges = {}
#
# - merges.append(best)
# + merges[best] = new

# %%
# reject: chunk counts ignored · expects "each chunk counts once"
# - pairs[pair] += count
# + pairs[pair] += 1

# %%
# reject: most_common decides ties · expects "seen first"
# - words = [(list(chunk), count) for chunk, count in counts.items()]
# - merges = []
# + words, merges = [(list(chunk), count) for chunk, count in counts.items()], []
#
# - for pair in pairwise(ids):
# + for pair in zip(ids, ids[1:]):
#
# - best = min(pairs, key=lambda pair: (-pairs[pair], pair))
# + ((best, _),) = pairs.most_common(1)

# %%
# reject: the larger pair wins a tie · expects "the larger pair of ids wins"
# - words = [(list(chunk), count) for chunk, count in counts.items()]
# - merges = []
# + words, merges = [(list(chunk), count) for chunk, count in counts.items()], []
#
# - for pair in pairwise(ids):
# + for pair in zip(ids, ids[1:]):
#
# - best = min(pairs, key=lambda pair: (-pairs[pair], pair))
# + best = max(pairs, key=lambda pair: (pairs[pair], pair))

# %%
# reject: ties compare the bytes · expects "not the bytes that they spell"
# - words = [(list(chunk), count) for chunk, count in counts.items()]
# - merges = []
# + words, merges = [(list(chunk), count) for chunk, count in counts.items()], []
# + spelled = [bytes([i]) for i in range(256)]
#
# - for pair in pairwise(ids):
# + for pair in zip(ids, ids[1:]):
#
# - best = min(pairs, key=lambda pair: (-pairs[pair], pair))
# + best = min(pairs, key=lambda pair: (-pairs[pair], spelled[pair[0]], spelled[pair[1]]))
#
# + spelled.append(spelled[best[0]] + spelled[best[1]])
#   words = [(merge_pair(ids, best, new), count) for ids, count in words]

# %%
# reject: the rarest pair · expects "the rarest pair is merged"
# - words = [(list(chunk), count) for chunk, count in counts.items()]
# - merges = []
# + words, merges = [(list(chunk), count) for chunk, count in counts.items()], []
#
# - for pair in pairwise(ids):
# + for pair in zip(ids, ids[1:]):
#
# - best = min(pairs, key=lambda pair: (-pairs[pair], pair))
# + best = min(pairs, key=lambda pair: (pairs[pair], pair))


# %%
# reject: counted once, at the start · expects "not counted anew after every merge"
def train_bpe(counts, n_merges):
    pairs = Counter()
    for chunk, n in counts.items():
        for pair in zip(chunk, chunk[1:]):
            pairs[pair] += n
    return sorted(pairs, key=lambda pair: (-pairs[pair], pair))[:n_merges]


# %%
# reject: new pairs added, old ones never taken away · expects "not counted anew after every merge"
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
# reject: pairs across chunks · expects "across the border of two chunks"
# - words = [(list(chunk), count) for chunk, count in counts.items()]
# + words = [([b for chunk, count in counts.items() for b in chunk * count], 1)]

# %%
# reject: overlapping pairs counted once · expects "overlapping pairs count as well"
# - words = [(list(chunk), count) for chunk, count in counts.items()]
# - merges = []
# + words, merges = [(list(chunk), count) for chunk, count in counts.items()], []
#
# - for pair in pairwise(ids):
# + last = -1
# + for i, pair in enumerate(zip(ids, ids[1:])):
# +     if pair[0] == pair[1] and last == i and ids[i - 1] == pair[0]:
# +         last = -1
# +         continue
#
# +         last = i + 1
#   if not pairs:

# %%
# reject: merges from right to left · expects "replaced from right to left"
# - words = [(list(chunk), count) for chunk, count in counts.items()]
# - merges = []
# + words, merges = [(list(chunk), count) for chunk, count in counts.items()], []
#
# - for pair in pairwise(ids):
# + for pair in zip(ids, ids[1:]):
#
# - words = [(merge_pair(ids, best, new), count) for ids, count in words]
# + words = [(merge_pair(ids[::-1], best[::-1], new)[::-1], count) for ids, count in words]

# %%
# reject: ids begin at 257 · expects "the first new id is 256"
# - words = [(list(chunk), count) for chunk, count in counts.items()]
# - merges = []
# - for new in range(256, 256 + n_merges):
# + words, merges = [(list(chunk), count) for chunk, count in counts.items()], []
# + for new in range(257, 257 + n_merges):
#
# - for pair in pairwise(ids):
# + for pair in zip(ids, ids[1:]):

# %%
# reject: ids begin at 0 · expects "where the bytes are"
# - words = [(list(chunk), count) for chunk, count in counts.items()]
# - merges = []
# - for new in range(256, 256 + n_merges):
# + words, merges = [(list(chunk), count) for chunk, count in counts.items()], []
# + for new in range(n_merges):
#
# - for pair in pairwise(ids):
# + for pair in zip(ids, ids[1:]):

# %%
# reject: spelled out · expects "not of bytes"
# - words = [(list(chunk), count) for chunk, count in counts.items()]
# - merges = []
# + words, merges = [(list(chunk), count) for chunk, count in counts.items()], []
# + spelled = [bytes([i]) for i in range(256)]
#
# - for pair in pairwise(ids):
# + for pair in zip(ids, ids[1:]):
#
# - merges.append(best)
# + merges.append((spelled[best[0]], spelled[best[1]]))
# + spelled.append(spelled[best[0]] + spelled[best[1]])

# %%
# reject: fails when no pair is left · expects "raised ValueError"
# - words = [(list(chunk), count) for chunk, count in counts.items()]
# - merges = []
# + words, merges = [(list(chunk), count) for chunk, count in counts.items()], []
#
# - for pair in pairwise(ids):
# + for pair in zip(ids, ids[1:]):
#
# - if not pairs:
# -     break

# %%
# reject: letters instead of bytes · expects "né and è"
# - words = [(list(chunk), count) for chunk, count in counts.items()]
# - merges = []
# + words, merges = (
# +     [([ord(c) for c in chunk.decode()], count) for chunk, count in counts.items()],
# +     [],
# + )
#
# - for pair in pairwise(ids):
# + for pair in zip(ids, ids[1:]):

# %%
# reject: no stop · expects "When no pair is left: stop"
# - if not pairs:
# -     break

# %%
# reject: one Counter for all rounds · expects "every round begins with an empty Counter"
# - words = [(list(chunk), count) for chunk, count in counts.items()]
# - merges = []
# + words, merges = [(list(chunk), count) for chunk, count in counts.items()], []
# + pairs = Counter()
#
# - pairs = Counter()
# - for ids, count in words:
# + for ids, count in words:
#
# - for pair in pairwise(ids):
# + for pair in zip(ids, ids[1:]):
