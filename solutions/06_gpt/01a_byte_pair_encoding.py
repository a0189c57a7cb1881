# %% [markdown]
# ## 1 · Byte-pair encoding
#
# A language model reads numbers. Letters would make long sequences, and words never end: each new text has
# words that no list holds. Byte-pair encoding lies between. It begins with the 256 bytes, so that any text
# can be written. Then it makes the most frequent pair of neighbors a new token, again and again.
#
# Here is the text of this lab: English prose about Python. Most of it is there to learn from; the rest is held out, and
# no paragraph is in both parts. Whole runs of up to 200 paragraphs are held out. So that part covers a few topics only,
# and they may be easier or harder than the rest.

# %% experiment="prose"
# Experiment · The text to learn from
prose = datasets.load_prose(modules=scaled(full=None, smoke=40), held_out=0.05)
size = sum(len(paragraph.encode()) for paragraph in prose.train)
print(f"{len(prose.train):,} paragraphs, {size:,} bytes to learn from")
print(f"{len(prose.held_out):,} paragraphs are held out. One of those to learn from:\n")
readable = (p for p in prose.train if 200 < len(p) < 400 and p[0].isupper() and p[-1] == ".")
example = next(readable, prose.train[0])
print(example)

# %% [markdown]
# Which pairs may become a token? A token such as `. The` would be frequent and of little use. So the text is
# first cut into **chunks**: a word with the space before it, a run of digits, of punctuation, of blanks. A
# merge never crosses the border of a chunk. The chunks of a text, put together, are the text.


# %% given="chunks"
CHUNK = re.compile(r" ?[^\W\d_]+| ?\d+| ?(?:_|[^\w\s])+|\s+(?!\S)|\s+")


def chunks_of(text: str) -> list[str]:
    """Cuts any text into words with their leading space, digits, punctuation and blanks; nothing is lost."""
    return CHUNK.findall(text)


print(chunks_of("It's a list_of 42 items:\n  the naïve  one."))

# %% experiment="chunk_counts"
# Experiment · How often each chunk occurs
chunk_counts = Counter(c.encode() for paragraph in prose.train for c in chunks_of(paragraph))
print(f"{chunk_counts.total():,} chunks, {len(chunk_counts):,} of them different")
print(chunk_counts.most_common(6))

# %% [markdown]
# Only how often each chunk occurs matters. Take ` sun` 4 times, ` sunny` 3 times, ` fun` twice, ` funny` 5
# times. The most frequent pair is `u n`, with $4 + 3 + 2 + 5 = 14$. It becomes token 256, the first after the
# bytes. Now the pairs are
#
# | pair | `n y` | `un n` | space `s` | space `f` | `f un` | `s un` |
# |---|---|---|---|---|---|---|
# | count | 8 | 8 | 7 | 7 | 7 | 7 |
#
# A tie, and here **the smaller pair of ids wins**, as Python compares tuples. `n y` is $(110, 121)$, `un n` is
# $(256, 110)$: `n y` becomes token 257. Then `un ny` has 8: token 258.

# %% [markdown]
# ![A tree over the six bytes of the chunk space, f, u, n, n, y. Two of them join to un, two to ny, these to unny, the
# first two to space f, and at the top stands one token.](figures/merge_tree.svg)
#
# *A token is a tree of merges, and its number says when it was made. 260 is missing: that is the space and `s`, in
# other words.*

# %% [markdown]
# ### Exercise 1 · Training a tokenizer (4 points · 25 min · ●●○)
#
# `merge_pair` replaces a pair with a new id, from left to right: in `a a a` the first two become one. It
# returns a new list.
#
# `train_bpe` returns a list of `n_merges` pairs of ids. The chunks are `bytes`, each with how often it occurs.
# Merge number $i$, from 0, makes the id $256 + i$. In every round
#
# - count all neighbors inside chunks, overlapping ones too: `a a a` has the pair `a a` twice;
# - take the pair with the highest count; of equal ones the smaller pair of ids;
# - replace it everywhere. Stop early when there is no pair left.
#
# <details><summary>Hint 1: the idea</summary>Keep each chunk as a list of ids beside its count. Count the
# pairs anew in every round.</details>
# <details><summary>Hint 2: the formula</summary><code>list(b"sun")</code> is [115, 117, 110]. Neighbors are
# <code>zip(ids, ids[1:])</code>, or <code>pairwise(ids)</code>. The best pair is the smallest by (−count,
# pair).</details>
# <details><summary>Hint 3: the line</summary><code>min(pairs, key=lambda pair: (-pairs[pair],
# pair))</code>. In <code>merge_pair</code> a <code>while</code> loop moves on by 2 after a match, by 1
# otherwise.</details>


# %% data="same_list"
# Data · A comparison of lists that names slips, for the checks
def same_list(name: str, got: object, expected: list, slips: dict[str, str] | None = None) -> None:
    """Fails unless a list of ids, or of pairs, is the expected one; slips: cause → wrong ids, "1 2" or "1 2, 3 4"."""
    checks.that(got is not None, f"{name}: got None. Does your function end with `return`?")
    checks.that(isinstance(got, list), f"{name}: expected a list, got a {type(got).__name__}.")
    if any(isinstance(x, tuple) for x in expected):  # a pair may be a list
        got = [tuple(x) if isinstance(x, list) else x for x in got]
    if got == expected:
        return
    text = str(got).replace(",", "").replace(") (", ", ").strip("[()]")
    cause = next(
        (f"\n  Likely cause: {c}" for c, w in (slips or {}).items() if text in w.split(" or ")), ""
    )
    shown = f"expected {expected}, got {got}"
    if len(expected) > 12:
        at = next((i for i, x in enumerate(expected) if got[i : i + 1] != [x]), len(expected))
        shown = f"expected, from place {at} on, {expected[at : at + 8]}, got {got[at : at + 8]}"
    raise checks.CheckFailed(f"{name}: {shown}.{cause}")


# %% solution="merge_pair"
def merge_pair(ids: list[int], pair: tuple[int, int], new: int) -> list[int]:
    """Replaces each occurrence of a pair of neighbors with the id `new`, from left to right, in a new list."""
    ### BEGIN SOLUTION
    merged, i = [], 0
    while i < len(ids):
        if tuple(ids[i : i + 2]) == pair:
            merged.append(new)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged
    ### END SOLUTION


# %% check="merge_pair_values" points=1
ids = [5, 1, 2, 7, 2, 1, 1, 2, 4, 1]
with checks.hint("If an index is out of range: the last id has no neighbor."):
    got = checks.run(merge_pair, ids, (1, 2), 9, may_change=True)
slips = {
    "no pair is replaced.": "5 1 2 7 2 1 1 2 4 1",
    "only the first occurrence is replaced.": "5 9 7 2 1 1 2 4 1",
    "the new id is put in, but the pair stays.": "5 9 1 2 7 2 1 9 1 2 4 1",
    "the second token of the pair stays.": "5 9 2 7 2 1 9 2 4 1",
    "the second token of the pair stays, and the last id is lost; a while loop can move by 2.": (
        "5 9 2 7 2 1 9 2 4"
    ),
    "the last id is lost: no pair begins there, but the id itself must be kept.": "5 9 7 2 1 9 4",
    "the pair is also replaced when it stands the other way round.": "5 9 7 9 9 4 1",
    "single tokens of the pair are replaced; only both together count.": "5 9 9 7 9 9 9 9 4 9",
}
kept = ids == [5, 1, 2, 7, 2, 1, 1, 2, 4, 1]
checks.that(kept, "merge_pair changes the list that it is given; make a new one.")
same_list("5 1 2 7 2 1 1 2 4 1 with (1, 2) → 9", got, [5, 9, 7, 2, 1, 9, 4, 1], slips)
got = checks.run(merge_pair, [1, 1, 1, 4, 1, 1, 1, 1], (1, 1), 9)
slips = {
    "the occurrences are found from right to left.": "1 9 4 9 9",
    "an id is used in two pairs: after a match move on by two.": "9 9 4 9 9 9 or 9 9 1 4 9 9 9 1",
    "the last id is kept although it is part of a pair.": "9 1 4 9 9 1 or 9 1 1 4 9 9 1",
    "only the first occurrence is replaced.": "9 1 4 1 1 1 1",
}
same_list("1 1 1 4 1 1 1 1 with (1, 1) → 9", got, [9, 1, 4, 9, 9], slips)
same_list("a list that ends in the pair", checks.run(merge_pair, [3, 1, 2], (1, 2), 9), [3, 9])
same_list("a list of one id", checks.run(merge_pair, [3], (3, 3), 9), [3])
same_list("an empty list", checks.run(merge_pair, [], (3, 3), 9), [])
### BEGIN HIDDEN TESTS
got = checks.run(merge_pair, [300, 256, 300, 256, 256, 300], (300, 256), 301)
same_list("300 256 300 256 256 300 with (300, 256) → 301", got, [301, 301, 256, 300])
### END HIDDEN TESTS
checks.passed("a pair becomes one token, from left to right")


# %% solution="train_bpe"
def train_bpe(counts: dict[bytes, int], n_merges: int) -> list[tuple[int, int]]:
    """Byte-pair encoding (Sennrich et al., 2016) on bytes.

    Args:
        counts: chunk → how often it occurs.
        n_merges: how many merges to learn, at most.

    Returns:
        Pairs of ids in the order in which they were merged; pair i makes the id 256 + i.
    """
    ### BEGIN SOLUTION
    words = [(list(chunk), count) for chunk, count in counts.items()]
    merges = []
    for new in range(256, 256 + n_merges):
        pairs = Counter()
        for ids, count in words:
            for pair in pairwise(ids):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = [(merge_pair(ids, best, new), count) for ids, count in words]
    return merges
    ### END SOLUTION


# %% check="train_bpe_by_hand" points=1
weather = {b" sun": 4, b" sunny": 3, b" fun": 2, b" funny": 5}
got = checks.run(train_bpe, dict(weather), 5)
spelled = "b'" in repr(got)
checks.that(not spelled, "the merges are pairs of ids, such as (117, 110), not of bytes.")
slips = {
    "no pair is ever replaced: keep what merge_pair returns, and give it a tuple.": (
        "117 110, 117 110, 117 110, 117 110, 117 110"
    ),
    "each chunk counts once; it should count as often as it occurs.": (
        "117 110, 32 102, 32 115, 110 121, 256 259"
    ),
    "the pairs are not counted anew after every merge.": (
        "117 110, 110 110, 110 121, 32 102, 32 115 or 117 110, 110 110, 110 121, 256 110, 256 258"
    ),
    "old counts stay: every round begins with an empty Counter.": (
        "117 110, 110 121, 32 102, 32 115, 32 115"
    ),
    "the first new id is 256, right after the bytes 0 to 255.": (
        "117 110, 110 121, 257 258, 32 102, 32 115"
    ),
    "new ids begin at 0, where the bytes are; begin at 256.": (
        "117 110, 0 110, 1 121, 32 102, 32 115 or 117 110, 110 121, 0 1, 32 102, 32 115"
    ),
    "of equal counts the smaller pair of ids wins; here another one does.": (
        "117 110, 256 110, 257 121, 32 115, 32 102"
    ),
    "the rarest pair is merged, not the most frequent one.": (
        "32 102, 32 115, 256 117, 117 110, 259 110"
    ),
}
right = [(117, 110), (110, 121), (256, 257), (32, 102), (32, 115)]
same_list("the merges of the four words", got, right, slips)
checks.passed("the merges as counted by hand")

# %% check="train_bpe_ties" points=1
got = checks.run(train_bpe, {b"mn": 3, b"az": 3, b"yz": 3}, 3)
slips = {
    "of equal counts the pair seen first wins; the smaller one should.": "109 110, 97 122, 121 122",
    "of equal counts the larger pair of ids wins; the smaller one should.": "121 122, 109 110, 97 122",
    "of equal counts the pair seen last wins; the smaller one should.": "121 122, 97 122, 109 110",
}
same_list("three pairs, three times each", got, [(97, 122), (109, 110), (121, 122)], slips)
got = checks.run(train_bpe, {b"aa": 5, b"aab": 3, b"zy": 3}, 3)
slips = {"ties compare ids, not the bytes that they spell.": "97 97, 256 98, 122 121"}
same_list("aa, aab and zy", got, [(97, 97), (122, 121), (256, 98)], slips)
with checks.hint("When no pair is left: stop."):
    got = checks.run(train_bpe, {b"ab": 1, b"c": 7}, 9)
same_list("one pair only", got, [(97, 98)])
same_list("no merges wanted", checks.run(train_bpe, {b"ab": 1}, 0), [])
### BEGIN HIDDEN TESTS
got = checks.run(train_bpe, {b"zz": 2, b"ab": 2, b"zzab": 2, b"ba": 4}, 4)
same_list("another tie", got, [(97, 98), (98, 97), (122, 122), (258, 256)])
### END HIDDEN TESTS
checks.passed("ties are decided by ids, and it stops when no pair is left")

# %% check="train_bpe_runs" points=1
got = checks.run(train_bpe, {b"aaa": 3, b"xy": 4, b"mn": 2}, 3)
border = "pairs across the border of two chunks are counted."
slips = {
    "overlapping pairs count as well: a a a has the pair a a twice.": "120 121, 97 97, 257 97",
    "a pair is replaced from right to left.": "97 97, 120 121, 97 256",
    border: "97 97, 120 121, 256 256 or 97 97, 97 120, 109 110",
    "the pairs are not counted anew after every merge.": "97 97, 120 121, 109 110",
}
same_list("aaa 3 times, xy 4 times, mn twice", got, [(97, 97), (120, 121), (256, 97)], slips)
got = checks.run(train_bpe, {b"ab": 1, b"ca": 2, b"bc": 2}, 3)
slips = {border: "98 99, 97 256, 97 99 or 97 98, 256 99, 257 257"}
same_list("the chunks ab, ca and bc", got, [(98, 99), (99, 97), (97, 98)], slips)
got = checks.run(train_bpe, {"né".encode(): 2, "è".encode(): 1}, 3)
same_list("né and è, of two bytes for each accent", got, [(110, 195), (256, 169), (195, 168)])
### BEGIN HIDDEN TESTS
text = "".join(chr(97 + int(x)) for x in (checks.normal(600, seed=4) * 2).abs())
words = Counter(text[i : i + 2 + i % 5] for i in range(0, 590, 7))
got = checks.run(train_bpe, {w.encode(): n for w, n in words.items()}, 20)
expected = []
for new in range(256, 276):
    seen = Counter()
    for word, n in words.items():
        for i in range(len(word) - 1):
            seen[word[i : i + 2]] += n
    top = sorted(seen, key=lambda p: (-seen[p], ord(p[0]), ord(p[1])))[0]
    expected.append((ord(top[0]), ord(top[1])))
    shorter = Counter()
    for word, n in words.items():
        shorter[word.replace(top, chr(new))] += n
    words = shorter
same_list("20 merges of a random text", got, expected)
### END HIDDEN TESTS
checks.passed("runs, borders and letters of several bytes")

# %% [markdown]
# **Experiment.** The library `tokenizers`, written in Rust, follows the same rules. It works on letters, not on
# bytes, so each byte is handed over as the letter with that number. Are the merges the same? And which is
# faster?


# %% experiment="hugging_face"
# Experiment · Your merges and those of a fast library
def train_hugging_face(counts: dict[bytes, int], n_merges: int) -> list[tuple[int, int]]:
    """The merges that the BPE trainer of Hugging Face `tokenizers` learns from the same chunks."""
    letters = [chr(byte) for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=256 + n_merges, initial_alphabet=letters, show_progress=False
    )
    learner = Tokenizer(models.BPE())
    chunks = (c.decode("latin-1") for c, count in counts.items() for _ in range(count))
    learner.train_from_iterator(chunks, trainer)
    learned = json.loads(learner.to_str())["model"]
    assert len(learned["vocab"]) == 256 + len(learned["merges"])  # each merge spells something new
    return [(learned["vocab"][a], learned["vocab"][b]) for a, b in learned["merges"]]


n_merges = scaled(full=60, smoke=10)
start = time.perf_counter()
merges = [tuple(pair) for pair in train_bpe(chunk_counts, n_merges)]
middle = time.perf_counter()
theirs = train_hugging_face(chunk_counts, n_merges)
seconds = {"yours": middle - start, "theirs": time.perf_counter() - middle}
assert merges == theirs, "the merges differ from those of tokenizers"
print(f"{n_merges} merges, all equal")
print(f"yours {seconds['yours']:.1f} s, theirs {seconds['theirs']:.1f} s")

# %% [markdown]
# **What you saw.** The same merges, in a fraction of the time (by how much depends on the machine). Part of it is Rust
# and several cores, part of it a better algorithm: a merge changes only the chunks that hold the pair, so only those
# are counted again.
#
# Can two merges spell the same token, say `ab` + `c` and later `a` + `bc`? No. Look at all places where the letters
# `abc` stand between two borders. No merge has crossed those borders, so inside them every merge so far did the same
# thing at each place. So they are all cut the same way, say `ab` and `c`. The merge of these two joins them all, and no
# `a` + `bc` is left.
