# ---
# jupyter:
#   accelerator: GPU
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 06 · GPT
#
# From a heap of text to a model that writes. You train a tokenizer, follow three tokens through the smallest GPT by
# hand, build a real one, pretrain it, and set it beside a compressor and the best n-gram on text that none of them
# has seen. Then you let it write, make it fast with a cache, ask it questions, and split it into experts.
#
# | | |
# |---|---|
# | **You need** | Lab 04: attention and masks; Lab 05: blocks, schedules |
# | **Time** | 320 minutes; the whole notebook runs in about ten minutes on two CPU cores |
# | **Worth** | **38 points**: 37 graded by checks, 3 of them a bonus, and 1 by a person |
# | **Data** | English prose that comes with Python, no download; every `.txt` file in `data/` is read too |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import json
import lzma
import math
import re
import textwrap
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn

from utils import checks, datasets, device, plots, settings
from utils.batches import Batch, Batches
from utils.checks import stderr_to_stdout
from utils.pretrained import find_kind
from utils.report import report
from utils.settings import scaled
from utils.training import History, fit

place = device.get_device()

# %% [markdown]
# ## 1 · Byte-pair encoding
#
# A language model reads numbers. Letters would make long sequences, and words never end: each new text has
# words that no list holds. Byte-pair encoding lies between. It begins with the 256 bytes, so that any text
# can be written. Then it makes the most frequent pair of neighbors a new token, again and again.
#
# Here is the text of this lab: English prose about Python. No paragraph is in both parts.

# %% given="prose"
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


# %% given="same_list"
def same_list(name: str, got: object, expected: list, slips: dict[str, str] | None = None) -> None:
    """Fails unless a list of ids, or of pairs, is the expected one; slips: cause → wrong ids, "1 2" or "1 2, 3 4"."""
    checks.that(got is not None, f"{name}: got None. Does your function end with `return`?")
    checks.that(isinstance(got, list), f"{name}: expected a list, got a {type(got).__name__}.")
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
got = checks.run(merge_pair, ids, (1, 2), 9, may_change=True)
slips = {
    "no pair is replaced.": "5 1 2 7 2 1 1 2 4 1",
    "only the first occurrence is replaced.": "5 9 7 2 1 1 2 4 1",
    "the new id is put in, but the pair stays.": "5 9 1 2 7 2 1 9 1 2 4 1",
    "the second token of the pair stays.": "5 9 2 7 2 1 9 2 4 1",
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
# bytes, so each byte is handed over as the letter with that number. Are the merges the same? And who is
# faster?


# %% given="hugging_face"
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
print(f"yours {seconds['yours']:.2f} s, theirs {seconds['theirs']:.2f} s: ", end="")
print(f"theirs is {seconds['yours'] / seconds['theirs']:.0f} times as fast")

# %% [markdown]
# **What you saw.** The same merges, in a fraction of the time. Part of it is Rust and several cores, part of
# it a better algorithm: a merge changes only the chunks that hold the pair, so only those are counted again. That
# is why the gap grows with the number of merges.
#
# Can two merges spell the same token, say `a b` + `c` and later `a` + `b c`? No. The merges cut equal bytes equally,
# as long as they are not part of a longer token. So when `ab` + `c` becomes a token, no `a` + `bc` is left.

# %% [markdown]
# ### Exercise 2 · Encoding and decoding (3 points · 20 min · ●●○)
#
# `encode` cuts a text into chunks with `chunks_of`, turns each into bytes, and applies the merges in the order
# in which they were learned, each wherever it fits. It returns one list of ids.
#
# `decode` goes back. Each id stands for some bytes: 0 to 255 for themselves, $256 + i$ for the bytes of both
# halves of merge $i$. Join the bytes of all ids, then turn them into text. Bytes that are no valid text
# become �: `errors="replace"`.
#
# <details><summary>Hint 1: the idea</summary>Encoding: for each chunk one loop over the merges. Decoding: build a
# list with the bytes of every id; each merge appends one entry.</details>
# <details><summary>Hint 2: the formula</summary>A letter can have several bytes, and they can lie in several
# tokens. So text comes last: first all bytes, then one <code>.decode</code>.</details>
# <details><summary>Hint 3: the line</summary><code>ids = merge_pair(ids, pair, 256 + i)</code> for every merge
# in turn; <code>spelled.append(spelled[a] + spelled[b])</code> for the bytes.</details>


# %% solution="encode"
def encode(text: str, merges: list[tuple[int, int]]) -> list[int]:
    """Turns any text into ids: chunk by chunk, the merges in the order in which they were learned."""
    ### BEGIN SOLUTION
    encoded = []
    for chunk in chunks_of(text):
        ids = list(chunk.encode())
        for new, pair in enumerate(merges, start=256):
            ids = merge_pair(ids, pair, new)
        encoded += ids
    return encoded
    ### END SOLUTION


# %% check="encode_order" points=1
# 256 is "bc", 257 "ab", 258 "bcd", 259 "abab", 260 "cd"
merged = [(98, 99), (97, 98), (256, 100), (257, 257), (99, 100)]
got = checks.run(encode, "abcd bcd abab", merged)
nested = isinstance(got, list) and any(isinstance(x, list) for x in got)
checks.that(
    not nested, "the ids of all chunks belong into one flat list; yours has a list per chunk."
)
slips = {
    "the leftmost or longest token wins; the order of the merges decides.": "257 260 32 258 32 259",
    "each chunk is scanned once; a merged token can be merged again.": "257 260 32 256 100 32 257 257",
    "the merges are applied in reverse order.": "257 260 32 98 260 32 257 257",
    "each merge is applied once per chunk; it replaces all.": "97 258 32 258 32 257 97 98",
    "the spaces are lost: cut with chunks_of, not with split().": "97 258 258 259",
    "merge number 0 makes the id 256, not 0.": "97 0 100 32 0 100 32 1 1",
    "merge number 0 makes the id 256, not 257.": "97 257 100 32 257 100 32 258 258",
    "no merge is applied: these are the bytes.": "97 98 99 100 32 98 99 100 32 97 98 97 98",
}
same_list("encode('abcd bcd abab', merges)", got, [97, 258, 32, 258, 32, 259], slips)
same_list("encode('', merges)", checks.run(encode, "", merged), [])
### BEGIN HIDDEN TESTS
got = checks.run(encode, " abababab bcdbcab", [*merged, (259, 259), (258, 256)])
same_list("another text", got, [32, 261, 32, 262, 257])
### END HIDDEN TESTS
checks.passed("merges in the order in which they were learned")

# %% check="encode_chunks_and_bytes" points=1
merged = [(97, 97), (32, 32), (65, 32), (32, 98)]
got = checks.run(encode, "A aaa\n    b", merged)
slips = {
    "a merge crosses the border of two chunks.": "258 256 97 10 257 257 98",
    "blanks are lost: cut with chunks_of, which keeps every character.": "65 256 97 98",
    "capital letters are lost: encode the text as it is.": "97 32 256 97 10 257 32 259",
    "a pair is replaced from right to left.": "65 32 97 256 10 32 257 259",
}
same_list("encode('A aaa\\n    b', merges)", got, [65, 32, 256, 97, 10, 257, 32, 259], slips)
got = checks.run(encode, "né ñ", [(195, 169), (110, 256)])
slips = {
    "these are the numbers of letters, not bytes: use .encode().": "110 233 32 241",
    "letters are written without their accents: encode the text as it is.": "110 101 32 110",
}
same_list("encode('né ñ', merges)", got, [257, 32, 195, 177], slips)
for text in (" ", "\r\n\t x", "日本語", "👩‍👩‍👧 e\u0301", "\x00\u00a0\u2028½", "a_b__c 1٣"):
    got = checks.run(encode, text, [])
    same_list(f"{text!r} without merges, as bytes", got, [b for c in text for b in c.encode()])
### BEGIN HIDDEN TESTS
got = checks.run(encode, "aa aa  aa", [(97, 32), (97, 97), (257, 32), (32, 257)])
same_list("merges that would cross borders", got, [257, 259, 32, 259])
### END HIDDEN TESTS
checks.passed("chunk by chunk, on the bytes of any text")


# %% solution="decode"
def decode(ids: list[int], merges: list[tuple[int, int]]) -> str:
    """Turns ids back into text; bytes that are no valid UTF-8 become �."""
    ### BEGIN SOLUTION
    spelled = [bytes([byte]) for byte in range(256)]
    for left, right in merges:
        spelled.append(spelled[left] + spelled[right])
    return b"".join(spelled[i] for i in ids).decode("utf-8", errors="replace")
    ### END SOLUTION


# %% check="decode_values" points=1
merged = [(98, 99), (97, 256), (257, 100), (159, 152)]  # bc, abc, abcd, and half of an emoji
got = checks.run(decode, [258, 32, 257, 256, 120], merged)
checks.that(isinstance(got, str), f"expected a str, got a {type(got).__name__}.")
checks.that("\0" not in got, "bytes(65) is 65 zeros; the byte of id 65 is bytes([65]).")
slips = {
    "abc bcbcx": "ids are taken one too low: 257 is merge number 1, not 0.",
    "�� abcdabcx": "ids are taken one too high: 256 is merge number 0, not 1.",
    "dcba cbacbx": "the halves of a merge are put together the wrong way round.",
    "abcdabcbcx": "the space is lost.",
    "abcd abc bc x": "spaces are put between the tokens; they are in the bytes already.",
    "abcd   abc bc x": "spaces are put between the tokens; they are in the bytes already.",
}
checks.that(
    got == "abcd abcbcx",
    f"expected 'abcd abcbcx', got {got!r}. {slips.get(got, '')}",
)
got = checks.run(decode, [195, 169, 240, 259, 128], merged)
checks.that(
    got == "é😀",
    f"letters of several bytes: expected 'é😀', got {got!r}. "
    + ("Join the bytes of all ids before you turn them into text." if got != "é😀" else ""),
)
broken = "bytes that are no valid text should become �: decode with errors='replace'."
with checks.hint(broken):
    got = checks.run(decode, [104, 195, 105], merged)
checks.that(got == "h�i", f"expected 'h�i' for 104 195 105, got {got!r}: {broken}")
checks.that(checks.run(decode, [], merged) == "", "an empty list should give an empty string.")
text = " \r\n\tİ ß 日本語 👩‍👩‍👧 e\u0301 \x00\u00a0\u2028½ end "
got = checks.run(decode, list(text.encode()), [])
checks.that(
    got == text, f"the bytes of {text!r} give {got!r}; nothing may be added, lost or changed."
)
### BEGIN HIDDEN TESTS
merged = [(206, 177), (206, 178), (256, 257), (258, 258)]
got = checks.run(decode, [259, 206, 257, 256, 206, 179], merged)
checks.that(got == "αβαβ�βαγ", f"Greek letters: expected 'αβαβ�βαγ', got {got!r}.")
### END HIDDEN TESTS
checks.passed("ids become bytes, bytes become text")

# %% [markdown]
# **Experiment.** Does every text survive the round trip, also one that no training text resembles?

# %% given="round_trip"
letters = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x10000), *range(0x1F300, 0x1FAFF)]))
hard = [
    "",
    " ",
    "\n\n\n",
    "  two  blanks ",
    "naïve café",
    "日本語",
    "👩‍👩‍👧",
    "e\u0301 é",
    "\x00\r\n",
    "العربية",
]
hard += [letters[i : i + 50] for i in range(0, len(letters), scaled(full=500, smoke=5000))]
merges_here = merges[:30]
for text in hard + prose.held_out[:10]:
    assert decode(encode(text, merges_here), merges_here) == text, repr(text)
print(f"{len(hard) + 10} texts come back as they were")
sentence = "The following statements are different."
ids = encode(sentence, merges)
print(f"{len(sentence.encode())} bytes, {len(ids)} tokens")
print([decode([i], merges) for i in ids])
print("one byte of an emoji alone:", decode("😀".encode()[:1], merges))

# %% [markdown]
# From here on the lab uses the fast library with a larger vocabulary. It shows each byte as one sign: a space as
# `Ġ`, and a byte that is no plain sign as some odd letter.

# %% given="tokenizer"
VOCAB = scaled(full=2048, smoke=512)


def train_tokenizer(texts: list[str], vocab_size: int) -> Tokenizer:
    """Byte-level BPE, trained by Hugging Face `tokenizers`; encode(text).ids and decode(ids)."""
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    learner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    learner.train_from_iterator(texts, trainer)
    return learner


tokenizer = train_tokenizer(prose.train, VOCAB)
for text in (sentence, "Dzmitry Bahdanau", "42 + 1000", "😀"):
    print(f"{text}\n    {' · '.join(tokenizer.encode(text).tokens)}")
assert tokenizer.decode(tokenizer.encode(sentence).ids) == sentence

# %% [markdown]
# Frequent words are one token, a name falls into pieces, an emoji into its four bytes. How many bytes does one
# token hold on average, and does a larger vocabulary help?

# %% given="compression"
sizes = scaled(full=[256, 320, 512, 1024, 2048, 4096, 8192], smoke=[256, 512, 1024])
parts = {"text it learned from": prose.train, "held-out text": prose.held_out}
bytes_per_token = {name: [] for name in parts}
for vocab_size in sizes:
    learner = train_tokenizer(prose.train, vocab_size)
    for name, texts in parts.items():
        n_tokens = sum(len(e.ids) for e in learner.encode_batch(texts))
        bytes_per_token[name].append(sum(len(text.encode()) for text in texts) / n_tokens)
fig, ax = plt.subplots(figsize=(7, 3.4))
words = {"xlabel": "tokens in the vocabulary", "ylabel": "bytes per token", "x": sizes}
plots.curves(ax, bytes_per_token, title="What a larger vocabulary buys", **words)
ax.set_xscale("log", base=2)
plots.show(
    fig,
    alt="Bytes per token against the size of the vocabulary: two curves that rise from 1, close to each other.",
    caption="At 256 each byte is a token. The more tokens there are, the longer they get, on held-out text too.",
)
print({name: [round(x, 2) for x in values] for name, values in bytes_per_token.items()})

# %% [markdown]
# **What you saw.** Longer tokens make shorter sequences, and attention costs the square of the length. But each
# token needs a vector of its own, and a rare token is seen too seldom to learn one. GPT-2, for all texts of the
# Internet, has 50,257 tokens.
#
# A long token is harder to guess than a short one. So the losses of models with different tokenizers cannot be
# compared token by token. Section 5 divides by bytes instead.
# %% [markdown]
# ## 2 · Three tokens through a GPT
#
# What does a GPT do with its tokens? Here is the smallest one that shows everything: six words, vectors of $d_{model} =
# 10$ numbers, one attention layer, the text "Answer the following". A lecture deck prints its word vectors and the
# result of every step with two decimals. They are in the cells below, and you compute the results again.
#
# Each word has an id and a row in the **embedding**. Looking a row up is all that happens: it is the same as
# multiplying the matrix by a one-hot row. To the row the position is added, as sines and cosines: Lab 04.

# %% given="deck_embedding"
torch.set_printoptions(precision=2, sci_mode=False)
deck_words = ["Answer", "following", "here", "please", "question", "the"]
deck_embedding = torch.tensor(
    [
        [-0.68, 0.49, -0.08, 0.57, 0.22, -0.19, 0.53, -1.19, 0.75, -0.19],
        [0.09, 0.04, -0.39, 0.27, 1.03, -0.01, 0.07, -0.47, 1.21, -0.28],
        [1.20, 0.09, -0.44, 0.12, 0.06, 0.08, 1.00, -0.64, -0.52, 0.05],
        [-1.28, -1.38, -0.26, -1.50, 0.93, 0.16, 0.56, 1.84, -0.41, -1.45],
        [-0.43, 0.09, 0.67, -0.06, -1.52, 1.78, 0.50, -1.38, -0.47, -2.00],
        [-0.80, 0.54, 1.66, -0.55, 1.20, -2.73, 1.02, -0.25, -0.36, -1.85],
    ]
)
deck_tokens = torch.tensor([deck_words.index(word) for word in ("Answer", "the", "following")])
print("ids:", deck_tokens.tolist())
one_hot = F.one_hot(deck_tokens, num_classes=6).float()  # (3, 6)
print(
    "lookup and product agree:", torch.equal(one_hot @ deck_embedding, deck_embedding[deck_tokens])
)


# %% given="deck_positions"
def position_encoding(T: int, d_model: int) -> torch.Tensor:
    """Sines in the even columns, cosines in the odd ones, for positions 0 … T − 1: (T, d_model)."""
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


print("positions:\n", position_encoding(3, 10))
X = deck_embedding[deck_tokens] + position_encoding(3, 10)  # (3, 10)
print("word + position:\n", X)

# %% [markdown]
# The deck prints what comes next too: queries, keys and values, the output of attention, and the **logits**, one
# score for each word of the vocabulary. It does not print the matrices in between: $W_q$, $W_k$, $W_v$ and the
# output layer $W_o$.
#
# Can they be found? $X W_q = Q$ has $3 \cdot 10$ equations for $10 \cdot 10$ unknowns. Infinitely many matrices
# give the printed $Q$. One of them is the smallest, the one of **minimum norm**: it sends every direction that
# is perpendicular to all three tokens to zero.

# %% given="deck_printed"
Q = torch.tensor(
    [
        [0.84, 1.22, -0.10, 0.68, -0.11, -0.54, -0.54, -0.74, -0.71, 0.09],
        [-0.42, 1.38, 0.96, 1.87, -0.58, 0.05, 0.45, -1.06, 0.21, -1.24],
        [-0.19, 0.33, -1.10, -0.27, -0.64, 0.75, -0.42, 0.51, -1.44, -0.48],
    ]
)
K = torch.tensor(
    [
        [0.16, -1.08, -0.90, 0.33, -0.65, -0.09, 0.83, -0.30, 0.51, -0.03],
        [-0.22, -0.74, -1.61, 0.89, 1.08, 1.66, 0.20, 1.18, 0.24, -1.74],
        [0.15, 0.49, 0.43, 0.16, -1.04, -0.70, 0.33, -0.61, 0.94, 0.50],
    ]
)
V = torch.tensor(
    [
        [0.54, -0.70, 0.14, 0.96, -0.74, -0.04, 0.11, 0.33, -0.03, 0.60],
        [-0.02, 0.49, 1.30, 1.81, -0.94, -0.60, -0.02, 1.24, -0.47, 0.89],
        [-0.04, -1.80, -0.44, -0.74, 0.05, 0.19, 0.35, -0.85, -0.43, 0.03],
    ]
)
deck_outputs = torch.tensor(
    [
        [0.54, -0.70, 0.14, 0.96, -0.74, -0.04, 0.11, 0.33, -0.03, 0.60],
        [0.24, -0.08, 0.75, 1.40, -0.84, -0.33, 0.04, 0.81, -0.26, 0.75],
        [0.10, -0.07, 0.82, 1.30, -0.77, -0.37, 0.06, 0.77, -0.36, 0.72],
    ]
)
deck_logits = torch.tensor(
    [
        [0.27, 0.04, -0.69, 0.35, -0.04, -0.38],
        [0.44, -0.11, -0.84, 0.29, -0.43, -0.23],
        [0.51, -0.10, -0.83, 0.27, -0.45, -0.15],
    ]
)
deck_probabilities = torch.tensor(
    [
        [0.22, 0.18, 0.08, 0.24, 0.16, 0.12],
        [0.27, 0.16, 0.08, 0.24, 0.12, 0.14],
        [0.29, 0.15, 0.08, 0.23, 0.11, 0.15],
    ]
)

# %% [markdown]
# ### Exercise 3 · The whole pass (3 points · 20 min · ●●○)
#
# `minimum_norm` gets `x` $(T, d)$ and `y` $(T, m)$, where $T < d$ and the rows of `x` are independent. It
# returns the `W` $(d, m)$ with `x @ W` $=$ `y` whose sum of squares is the least.
#
# `tiny_gpt` turns ids $(T,)$ into probabilities $(T, \text{vocabulary})$: embedding plus
# `position_encoding`; queries, keys, values; causal attention, scores divided by $\sqrt{d_k}$, where $d_k$ is
# the width of a query; logits; softmax.
#
# <details><summary>Hint 1: the idea</summary>The pseudoinverse of x gives the solution of least norm. The pass is
# Lab 04's attention between a lookup and one more matrix.</details>
# <details><summary>Hint 2: the formula</summary>W = x⁺ y, where x⁺ = xᵀ (x xᵀ)⁻¹. The probabilities are
# softmax(attention(Q, K, V) W_o), row by row.</details>
# <details><summary>Hint 3: the line</summary><code>torch.linalg.pinv(x)</code> is x⁺. You may use
# <code>F.scaled_dot_product_attention(q, k, v, is_causal=True)</code>.</details>


# %% solution="minimum_norm"
def minimum_norm(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The matrix W (d, m) of least norm with x @ W = y, for x (T, d) with independent rows and y (T, m)."""
    ### BEGIN SOLUTION
    return torch.linalg.pinv(x) @ y
    ### END SOLUTION


# %% check="minimum_norm_solves" points=1
x, y = (checks.normal(3, m, seed=m).float() for m in (7, 5))
W = checks.run(minimum_norm, x, y)
checks.shape("minimum_norm(x, y)", W, d=7, m=5)
W = W.to(x)
checks.finite("W", W, "x has more columns than rows: x.T @ x has no inverse.")
slips = {
    "that is x.T @ y; the factor (x x.T)⁻¹ is missing.": x @ x.T @ y,
    "the columns of x and y are centered; there is no bias here.": y - y.mean(dim=0),
}
with checks.hint(
    "Do you invert x.T @ x? It is 7 × 7 of rank 3 and has no inverse, whatever `inv` says."
):
    checks.close("x @ W", x @ W, y, rtol=1e-4, atol=1e-5, slips=slips)
# The part of W that x cannot see: the least W has none of it.
unseen = W - x.T @ torch.linalg.solve(x @ x.T, x @ W)
checks.that(
    unseen.abs().max() < 1e-4,
    f"x @ W = y holds, but W is not the smallest such matrix: its norm is {W.norm():.3f}, the least is "
    f"{(W - unseen).norm():.3f}. Is a part of W arbitrary, or set to zero by hand?",
)
### BEGIN HIDDEN TESTS
x, y = checks.normal(4, 6, seed=3).float(), checks.normal(4, 9, seed=4).float()
W = checks.run(minimum_norm, x, y)
checks.close("x @ W for other sizes", x @ W.to(x), y, rtol=1e-4, atol=1e-5)
least = torch.linalg.lstsq(x, y, driver="gelsd").solution.norm()
checks.close("the norm of W", W.norm().to(x), least, rtol=1e-4)
### END HIDDEN TESTS
checks.passed("W solves x @ W = y and is the smallest matrix that does")

# %% given="deck_matrices"
W_q, W_k, W_v = (minimum_norm(X, printed) for printed in (Q, K, V))  # (10, 10) each
W_o = minimum_norm(deck_outputs, deck_logits)  # (10, 6)
for name, x, W, printed in (("Q", X, W_q, Q), ("logits", deck_outputs, W_o, deck_logits)):
    print(f"{name} again, largest difference {(x @ W - printed).abs().max():.0e}")


# %% solution="tiny_gpt"
def tiny_gpt(
    tokens: torch.Tensor,
    embedding: torch.Tensor,
    W_q: torch.Tensor,
    W_k: torch.Tensor,
    W_v: torch.Tensor,
    W_o: torch.Tensor,
) -> torch.Tensor:
    """Probabilities of the next token at each position.

    Args:
        tokens: ids (T,). embedding: (vocab_size, d_model).
        W_q, W_k: (d_model, d_k). W_v: (d_model, d_v). W_o: (d_v, vocab_size).

    Returns:
        (T, vocab_size), rows sum to 1.
    """
    ### BEGIN SOLUTION
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])  # (T, d_model)
    scores = (x @ W_q) @ (x @ W_k).T / math.sqrt(W_q.shape[1])  # (T, T)
    future = torch.ones_like(scores, dtype=torch.bool).triu(diagonal=1)
    weights = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
    return (weights @ (x @ W_v) @ W_o).softmax(dim=-1)  # (T, vocab_size)
    ### END SOLUTION


# %% given="tiny_reference"
def by_loops(tokens, embedding, W_q, W_k, W_v, W_o, places=None, sees="past", scale=None, keep=0):
    """The logits, one position at a time: a referee for the checks. The last four arguments make mistakes."""
    T, rows = len(tokens), []
    table = position_encoding(len(embedding) + T, embedding.shape[1])
    places = range(T) if places is None else places
    x = [embedding[token] + table[at] for token, at in zip(tokens, places, strict=True)]
    for t in range(T):
        scores = torch.stack([(x[t] @ W_q).dot(one @ W_k) for one in x])
        scores = scores / (scale or W_q.shape[1] ** 0.5)
        allowed = {"past": range(t + 1), "future": range(t, T)}.get(sees, range(T))
        if sees == "zero":
            scores = scores.where(torch.arange(T) <= t, 0)
        share = F.softmax(scores[list(allowed)], dim=0)
        share = share * (torch.arange(T) <= t) if sees == "after" else share
        mixed = sum(s * (x[i] @ W_v) for s, i in zip(share, allowed, strict=True))
        rows.append((mixed + x[t] if keep else mixed) @ W_o)
    return torch.stack(rows)


# %% given="tiny_mistakes"
def tiny_slips(tokens: torch.Tensor, *model: torch.Tensor) -> dict[str, torch.Tensor]:
    """What the mistakes of tiny_gpt lead to, for any model."""
    T, embedding = len(tokens), model[0]
    nowhere = embedding - position_encoding(1, embedding.shape[1])  # cancels position 0
    wrong = {
        "the positions are not added.": by_loops(tokens, nowhere, *model[1:], places=[0] * T),
        "yours begin at position 1; positions count from 0.": by_loops(
            tokens, *model, places=range(1, T + 1)
        ),
        "a position is chosen by place, not by the id of the token.": by_loops(
            tokens, *model, places=tokens.tolist()
        ),
        "there is no causal mask: a token sees later ones.": by_loops(tokens, *model, sees="all"),
        "the mask is inverted: a token sees itself and later ones.": by_loops(
            tokens, *model, sees="future"
        ),
        "forbidden scores become 0, and exp(0) is 1.": by_loops(tokens, *model, sees="zero"),
        "the mask comes after the softmax, so the weights do not sum to 1.": by_loops(
            tokens, *model, sees="after"
        ),
        "the scores are not divided by √d_k.": by_loops(tokens, *model, scale=1),
        "the scores are divided by d_k: take its square root.": by_loops(
            tokens, *model, scale=model[1].shape[1]
        ),
        "queries and keys are swapped.": by_loops(
            tokens, embedding, model[2], model[1], *model[3:]
        ),
        "the embedding is multiplied by √d_model; this model does not.": by_loops(
            tokens, embedding * embedding.shape[1] ** 0.5, *model[1:]
        ),
    }
    right = by_loops(tokens, *model)
    special = {
        "these are the logits: softmax is missing.": right,
        "the logarithm of the probabilities is returned.": F.log_softmax(right, dim=1),
        "softmax runs over the tokens; each row should sum to 1: dim=-1.": F.softmax(right, dim=0),
    }
    return special | {cause: F.softmax(value, dim=1) for cause, value in wrong.items()}


# %% check="tiny_gpt_deck" points=1
# Solved here once more, so that this check needs only tiny_gpt.
solve = [x.T @ torch.linalg.solve(x @ x.T, y) for x, y in ((X, Q), (X, K), (X, V))]
weights_of_deck = (
    deck_embedding,
    *solve,
    deck_outputs.T @ torch.linalg.solve(deck_outputs @ deck_outputs.T, deck_logits),
)
got = checks.run(tiny_gpt, deck_tokens, *weights_of_deck)
checks.shape("probabilities", got, tokens=3, words=6)
blind = got[0].isnan().any() and got[2:].isfinite().all()
checks.that(
    not blind, "the first row is NaN: a token must see itself, so the mask begins one to the right."
)
kept = by_loops(deck_tokens, *weights_of_deck, keep=1).softmax(dim=1)
slips = tiny_slips(deck_tokens, *weights_of_deck)
slips["this model has no residual connection: the input is not added."] = kept
right = by_loops(deck_tokens, *weights_of_deck).softmax(dim=1)
checks.close("the probabilities of the deck", got, right, rtol=0, atol=1e-4, slips=slips)
checks.close("the probabilities that are printed", got, deck_probabilities, rtol=0, atol=0.011)
checks.passed("the probabilities that the deck prints")

# %% check="tiny_gpt_other" points=1
sizes = ((9, 8), (8, 6), (8, 6), (8, 5), (5, 9))  # embedding, W_q, W_k, W_v, W_o
random = [checks.normal(*size, seed=30 + i, dtype=torch.float32) for i, size in enumerate(sizes)]
ids = torch.tensor([4, 0, 7, 4])
got = checks.run(tiny_gpt, ids, *random)
checks.shape("probabilities", got, tokens=4, words=9)
scales = {
    "d_k is the width of a query, W_q.shape[1], not d_model.": 8**0.5,
    "d_k is the width of a query, not of a value.": 5**0.5,
    "d_k is the width of a query, not the number 10 of the deck.": 10**0.5,
    "the scores are divided by the root of the number of tokens; take that of d_k.": 4**0.5,
}
slips = tiny_slips(ids, *random)
for cause, scale in scales.items():
    slips[cause] = by_loops(ids, *random, scale=scale).softmax(dim=1)
expected = by_loops(ids, *random).softmax(dim=1)
checks.close("the probabilities of a random model", got, expected, rtol=1e-3, slips=slips)
### BEGIN HIDDEN TESTS
ids = torch.tensor([3, 8, 8, 1, 0, 2])
got = checks.run(tiny_gpt, ids, *random)
checks.close(
    "the probabilities of six tokens", got, by_loops(ids, *random).softmax(dim=1), rtol=1e-3
)
### END HIDDEN TESTS
checks.passed("the same for other sizes")

# %% [markdown]
# **Experiment.** The chain with every number: how far is each step from what the deck prints?

# %% given="deck_chain"
in_the_deck = {
    "scores": torch.tensor([[-0.42, -0.83, 0.29], [-0.19, -0.10, 0.71], [-0.12, 0.92, -0.73]]),
    "weights": torch.tensor([[1.0, 0, 0], [0.48, 0.52, 0], [0.23, 0.65, 0.13]]),
    "outputs": deck_outputs,
    "logits": deck_logits,
    "probabilities": deck_probabilities,
}
q, k, v = X @ W_q, X @ W_k, X @ W_v  # (3, 10) each
attend = partial(F.scaled_dot_product_attention, q, k, is_causal=True)
mine = {"scores": torch.einsum("td,sd->ts", q, k) / 10**0.5, "weights": attend(torch.eye(3))}
mine |= {"outputs": attend(v), "logits": attend(v) @ W_o}
mine["probabilities"] = tiny_gpt(deck_tokens, deck_embedding, W_q, W_k, W_v, W_o)
for name, value in mine.items():
    print(
        f"{name}, largest difference from the print {(value - in_the_deck[name]).abs().max():.4f}"
    )
    print(value)

# %% [markdown]
# **What you saw.** Every number agrees with the print to within a hundredth or so. The deck rounds each step,
# so the last decimal may differ. The matrices are not the deck's own, whose layers may have had biases too. On
# these three tokens they do the same; on other words they would not.
#
# Now read the last matrix. Check one number: the logits after "Answer" are 0.27, 0.04, −0.69, 0.35, −0.04 and
# −0.38; their exponentials are 1.31, 1.04, 0.50, 1.42, 0.96 and 0.68, together 5.91. So *Answer* has
# $1.31 / 5.91 = 0.22$.
#
# A row is one **prediction**: given all tokens up to here, how probable is each word as the next one?

# %% given="deck_probabilities"
probabilities = mine["probabilities"]
following = ["the", "following", "question"]  # what really comes next
fig, axes = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True, layout="constrained")
for t, (ax, word) in enumerate(zip(axes, following, strict=True)):
    colors = [plots.COLORS[1 if w == word else 0] for w in deck_words]
    bars = ax.bar(deck_words, probabilities[t], color=colors)
    bars[deck_words.index(word)].set_hatch("//")
    ax.axhline(1 / 6, color="black", linestyle=":")
    ax.set(
        title=f"after “{' '.join(deck_words[i] for i in deck_tokens[: t + 1])}”", xlabel="next word"
    )
    ax.tick_params(axis="x", rotation=60)
axes[0].set_ylabel("probability")
plots.show(
    fig,
    alt="Three bar charts with the probabilities of six words. All bars lie below 0.3, and the bar of the word that "
    "follows, hatched, is never the highest.",
    caption="Hatched: the word that follows in the sentence. Dotted: 1/6, a guess. The model does not know the "
    "sentence.",
)
torch.set_printoptions(profile="default")
answers = torch.tensor([deck_words.index(word) for word in following])
loss = F.nll_loss(probabilities.log(), answers)
print(f"loss {loss:.2f}, of a guess ln 6 = {math.log(6):.2f}")
for t, row in enumerate(probabilities):
    best = [f"{deck_words[i]} ({row[i]:.2f})" for i in row.argsort(descending=True)[:2].tolist()]
    print(f"after {deck_words[deck_tokens[t]]!r}: {best[0]}, then {best[1]}")

# %% [markdown]
# **What you saw.** One pass makes three predictions, and during training all three have a target: the sentence
# moved by one. The mask makes this honest, because no prediction has seen its answer.
#
# To generate, only the last row counts. **Greedy decoding** takes its most probable word, *Answer* with 0.29,
# and appends it: "Answer the following Answer". The second best is *please* with 0.23. The word that belongs
# there, *question*, has 0.11. The model's loss is worse than that of a guess: it looks untrained. Training pushes
# each hatched bar up; that is all that pretraining is.
# %% [markdown]
# ## 3 · A decoder-only transformer
#
# The tiny model has one layer. A real one has a stack of **blocks**, each with attention and a feed-forward
# network, both with a residual connection and a normalization in front (pre-LN: Lab 05). There is no encoder
# and no cross-attention: GPT is a decoder alone. Here are the block's parts, on PyTorch's fused kernel.


# %% given="attention"
class Attention(nn.Module):
    """Causal multi-head self-attention on PyTorch's fused kernel."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.qkv, self.out = nn.Linear(d_model, 3 * d_model), nn.Linear(d_model, d_model)

    def project(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """x (B, T, d_model) → q, k, v, each (B, n_heads, T, d_head)."""
        split = (t.unflatten(-1, (self.n_heads, -1)) for t in self.qkv(x).chunk(3, dim=-1))
        q, k, v = (t.transpose(1, 2) for t in split)
        return q, k, v

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self.project(x)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (B, n_heads, T, d_head)
        return self.out(y.transpose(1, 2).flatten(2))  # (B, T, d_model)


# %% given="block"
class Block(nn.Module):
    """A pre-LN decoder block: causal attention, then a feed-forward network, each added to its input."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.attention = Attention(d_model, n_heads)
        self.feed_forward = nn.Sequential(
            nn.Linear(d_model, 4 * d_model), nn.GELU(), nn.Linear(4 * d_model, d_model)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, d_model) → (B, T, d_model)."""
        x = x + self.attention(self.norm1(x))
        return x + self.feed_forward(self.norm2(x))


# %% [markdown]
# A GPT of `n_layers` blocks has, from bottom to top,
#
# 1. a token embedding (`vocab_size` rows) and a *learned* position embedding (`context` rows, one for each
#    position), which are added;
# 2. the blocks, one after the other;
# 3. a last layer normalization;
# 4. the **head**, which turns each vector into logits. It is **tied**: no matrix of its own, but the token
#    embedding once more. The logit of a word is the dot product of its vector with the output.
#
# Tying saves the largest matrix of a small model, and means that a word is read and written with one vector.

# %% [markdown]
# ### Exercise 4 · How many parameters? (1 point · 12 min · ●●○)
#
# Return the number of parameters of such a GPT, as a formula. Count the given cells by hand: an
# `nn.Linear(a, b)` has a bias; an `nn.LayerNorm(d)` has a weight and a bias for each feature. The tied head has
# neither a matrix nor a bias. Build no model.
#
# <details><summary>Hint 1: the idea</summary>Four linear layers and two normalizations per block. Write d for
# d_model and count in multiples of d² and of d.</details>
# <details><summary>Hint 2: the formula</summary>qkv has 3d² + 3d, out has d² + d, the two layers of the
# feed-forward network have 4d² + 4d and 4d² + d, each normalization 2d.</details>
# <details><summary>Hint 3: the line</summary>A block has 12d² + 13d. Outside the blocks there are two embeddings
# and one normalization.</details>


# %% solution="gpt_parameters"
def gpt_parameters(vocab_size: int, context: int, d_model: int, n_layers: int) -> int:
    """The number of trainable parameters of a GPT with a tied head."""
    ### BEGIN SOLUTION
    embeddings = (vocab_size + context) * d_model
    block = 12 * d_model**2 + 13 * d_model
    return embeddings + n_layers * block + 2 * d_model
    ### END SOLUTION


# %% check="gpt_parameters_value" points=1
def numbers_in(*parts: nn.Module) -> int:
    return sum(p.numel() for part in parts for p in part.parameters())


for sizes in ((29, 17, 10, 3), (53, 11, 14, 2)):
    vocab_size, context, d, n_layers = sizes
    parts = [nn.Embedding(vocab_size, d), nn.Embedding(context, d), nn.LayerNorm(d)]
    expected = numbers_in(*parts, *(Block(d, 2) for _ in range(n_layers)))
    got = checks.run(gpt_parameters, *sizes)
    number = isinstance(got, int | float)
    checks.that(number, f"return a number, not a {type(got).__name__}.")
    checks.that(got == int(got), f"a number of parameters is whole; got {got}.")
    head = vocab_size * d
    # (vocabulary, context, layers) → how much a mistake adds or takes away
    slips = {
        "the head is counted on its own; it is tied to the embedding.": head,
        "the head is counted on its own, with a bias; it is tied, and has none.": head + vocab_size,
        "a bias of the head is counted; it has none.": vocab_size,
        "the token embedding is missing: the head is tied to it, but one of the two counts.": -head,
        "the position embedding is missing.": -context * d,
        "the last normalization is missing.": -2 * d,
        "a normalization has a weight and a bias: 2 d_model, not d_model.": -d * (2 * n_layers + 1),
        "the normalizations of the blocks, or the biases of attention, are missing.": -4
        * d
        * n_layers,
        "all normalizations are missing.": -4 * d * n_layers - 2 * d,
        "a block has two normalizations, and the bias of qkv has 3 d_model numbers.": -2
        * d
        * n_layers,
        "the biases of the linear layers are missing.": -9 * d * n_layers,
        "the biases and the normalizations are missing.": -13 * d * n_layers - 2 * d,
        "the biases of the feed-forward network are missing.": -5 * d * n_layers,
        "attention has a fourth matrix, its output layer.": -(d * d + d) * n_layers,
        "the bias of qkv is missing: 3 d_model.": -3 * d * n_layers,
        "the two embeddings are missing.": -(vocab_size + context) * d,
        "only the blocks are counted.": -(vocab_size + context + 2) * d,
        "the embeddings have vocab_size and context rows, not their product.": vocab_size * context
        - (vocab_size + context) * d,
        "the feed-forward network is missing.": -(8 * d * d + 5 * d) * n_layers,
        "the feed-forward network has two matrices of 4 d_model².": -(4 * d * d + d) * n_layers,
        "only one block is counted.": numbers_in(Block(d, 2)) * (1 - n_layers) or None,
        "the rows of the position embedding are counted, not their d_model numbers.": context
        - context * d,
    }
    cause = next((f" Likely cause: {c}" for c, more in slips.items() if got - expected == more), "")
    checks.that(
        got == expected,
        f"vocabulary {vocab_size}, context {context}, d_model {d}, {n_layers} blocks: "
        f"expected {expected:,}, got {got:,}.{cause}",
    )
### BEGIN HIDDEN TESTS
got = checks.run(gpt_parameters, 50257, 1024, 768, 12)
checks.that(got == 124_439_808, f"GPT-2 (small): expected 124,439,808, got {got:,}.")
### END HIDDEN TESTS
checks.passed("your formula counts what PyTorch counts")

# %% [markdown]
# **Experiment.** The four models of GPT-2 have exactly this form. What share of each is embeddings?

# %% given="gpt2_sizes"
for name, d_model, n_layers in (
    ("small", 768, 12),
    ("medium", 1024, 24),
    ("large", 1280, 36),
    ("XL", 1600, 48),
):
    total = gpt_parameters(50257, 1024, d_model, n_layers)
    share = (50257 + 1024) * d_model / total
    print(f"GPT-2 {name:<6} {total / 1e6:7.1f} million, {share:.0%} of them embeddings")
mine = gpt_parameters(VOCAB, 128, 128, 4)
print(
    f"this lab     {mine / 1e6:7.1f} million, {(VOCAB + 128) * 128 / mine:.0%} of them embeddings"
)

# %% [markdown]
# ### Exercise 5 · GPT (4 points · 25 min · ●●○)
#
# Build the model from the four parts above. `forward` turns ids `(B, T)`, for any `T` up to `context`, into
# logits `(B, T, vocab_size)`. Name the parts as the later sections do:
#
# | attribute | what |
# |---|---|
# | `token_embedding`, `position_embedding` | `nn.Embedding` |
# | `blocks` | `nn.ModuleList` of `Block` |
# | `norm` | `nn.LayerNorm` |
#
# PyTorch draws embeddings with standard deviation 1. The head then gives huge logits. Draw both embeddings
# with **standard deviation 0.02**, so that an untrained model finds all words about equally probable. Make
# the positions on the device of the tokens. Longer inputs than `context` must raise an error.
#
# <details><summary>Hint 1: the idea</summary>The embedding of positions 0 … T − 1 is (T, d_model); it broadcasts
# over the batch.</details>
# <details><summary>Hint 2: the formula</summary>logits = LayerNorm(x) Eᵀ, where E is the matrix of the token
# embedding, (vocab_size, d_model).</details>
# <details><summary>Hint 3: the line</summary><code>nn.init.normal_(self.token_embedding.weight,
# std=0.02)</code>; <code>torch.arange(T, device=tokens.device)</code>;
# <code>self.norm(x) @ self.token_embedding.weight.T</code>.</details>


# %% solution="gpt"
class GPT(nn.Module):
    """A decoder-only transformer (Radford et al., 2019), pre-LN, with learned positions and a tied head.

    Args:
        vocab_size, context: the number of words, and of positions. d_model, n_layers, n_heads: the blocks.

    Raises:
        An error from `forward` when an input is longer than `context`.
    """

    def __init__(
        self, vocab_size: int, context: int, d_model: int, n_layers: int, n_heads: int
    ) -> None:
        ### BEGIN SOLUTION
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        for embedding in (self.token_embedding, self.position_embedding):
            nn.init.normal_(embedding.weight, std=0.02)
        ### END SOLUTION

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """tokens (B, T) int64 → logits (B, T, vocab_size)."""
        ### BEGIN SOLUTION
        T, context = tokens.shape[1], self.position_embedding.num_embeddings
        if context < T:
            raise ValueError(f"{T} tokens are longer than the context of {context}")
        positions = torch.arange(T, device=tokens.device)
        x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, d_model)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
        ### END SOLUTION


# %% given="gpt_for_check"
def gpt_for_check(seed: int, **sizes: int) -> nn.Module:
    """A student's model with the parts that it needs, every parameter drawn anew, so that each of them matters."""
    small = {"vocab_size": 23, "context": 9, "d_model": 12, "n_layers": 3, "n_heads": 2}
    model = checks.run(GPT, **(small | sizes))
    kinds = {
        "token_embedding": nn.Embedding,
        "position_embedding": nn.Embedding,
        "norm": nn.LayerNorm,
    }
    for name, kind in (kinds | {"blocks": (nn.ModuleList, nn.Sequential, list)}).items():
        checks.that(
            hasattr(model, name), f"the model has no attribute {name}; later sections need it."
        )
        found = getattr(model, name)
        checks.that(isinstance(found, kind), f"{name} is a {type(found).__name__}; see the table.")
    n_heads = (small | sizes)["n_heads"]
    for block in model.blocks:
        found = block.attention.n_heads
        checks.that(found == n_heads, f"a block has {found} heads; n_heads is {n_heads}.")
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.4 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


def logits_of(model: nn.Module, tokens: torch.Tensor) -> torch.Tensor:
    """A student's logits (B, T, 23) for tokens (B, T), their shape checked."""
    try:
        got = checks.run(model, tokens)
    except checks.CheckFailed as failure:
        if "index out of range" not in str(failure):
            raise
        cause = "positions are 0 … T − 1, never above, and no ids of tokens"
        raise checks.CheckFailed(f"{failure}\n  Likely cause: {cause}.") from None
    vocab_size = model.token_embedding.num_embeddings
    B, T = tokens.shape
    checks.shape(f"the logits of {T} tokens", got, batch=B, tokens=T, vocab_size=vocab_size)
    return got


# %% given="gpt_referee"
def by_torch(model, tokens, wrong="", blocks=None, head=None):
    """The model's logits, computed by PyTorch's layers from its weights; the last three arguments make mistakes."""
    words, (B, T) = model.token_embedding.weight, tokens.shape
    places = model.position_embedding.weight
    added = {"none": 0, "one": places[T - 1], "end": places[:T].flip(0), "batch": places[:B, None]}
    added["late"] = places[1 : T + 1] if len(places) > T else 0
    layers = []
    for block in model.blocks if blocks is None else blocks:
        options = {"activation": "gelu", "batch_first": True, "norm_first": True}
        n_heads, d_ff = block.attention.n_heads, 4 * words.shape[1]
        layer = nn.TransformerEncoderLayer(words.shape[1], n_heads, d_ff, 0.0, **options)
        first, second = block.feed_forward[0], block.feed_forward[2]
        pairs = [(layer.self_attn.out_proj, block.attention.out), (layer.linear1, first)]
        pairs += [(layer.linear2, second), (layer.norm1, block.norm1), (layer.norm2, block.norm2)]
        for theirs, ours in pairs:
            theirs.load_state_dict(ours.state_dict())
        layer.self_attn.in_proj_weight.data = block.attention.qkv.weight.data
        layer.self_attn.in_proj_bias.data = block.attention.qkv.bias.data
        layers.append(layer)
    scale = words.shape[1] ** 0.5 if wrong == "scale" else 1
    y = F.embedding(tokens, words) * scale + added.get(wrong, places[None, :T])
    y = model.norm(y) if wrong in ("norm first", "norm twice") else y
    mask = None if wrong == "mask" else torch.full((T, T), -torch.inf).triu(1)
    for layer in layers:
        y = layer(y, src_mask=mask) + (y if wrong == "twice" else 0)
    y = y if wrong in ("no norm", "norm first") else model.norm(y)
    return torch.einsum("btd,vd->btv", y, words if head is None else head).detach()


# %% check="gpt_shape_and_count" points=1
model = gpt_for_check(1)
for T in (9, 4, 1):
    tokens = torch.randint(23, (5, T), generator=torch.Generator().manual_seed(T))
    logits_of(model, tokens)
logits_of(model.to(place), tokens.to(place))
block = sum(p.numel() for p in Block(12, 2).parameters())
expected = sum(n * 12 for n in (23, 9, 2)) + 3 * block
slips = {
    "the head has a matrix of its own; use the token embedding's.": expected + 23 * 12,
    "the head has a matrix and a bias of its own; use the token embedding's matrix alone.": expected
    + 23 * 12
    + 23,
    "the head has a bias; leave it out.": expected + 23,
    "the blocks are not registered: a plain list hides them. Use nn.ModuleList.": expected
    - 3 * block,
    "all layers share one block; make n_layers of them.": expected - 2 * block,
    "there is no last normalization.": expected - 24,
    "there is no position embedding.": expected - 9 * 12,
    "there are more positions than context.": expected + 12,
}
checks.parameter_count("GPT(23, 9, 12, 3, 2)", model, expected, slips)
try:
    gpt_for_check(1)(torch.zeros(2, 10, dtype=torch.int64))
    raised = False
except Exception:
    raised = True
checks.that(
    raised, "10 tokens and a context of 9: the model should raise an error, but it returns logits."
)
checks.passed("logits for every length up to the context, and the right number of parameters")

# %% check="gpt_causal" points=1
model = gpt_for_check(2)
tokens = torch.tensor([[3, 17, 8, 21, 0, 11, 5]])
others = [i for i in range(23) if i not in tokens[0].tolist()]
sums = logits_of(model, tokens).sum(dim=-1)
alike = torch.allclose(sums, torch.ones(1, 7))
checks.that(not alike, "the logits sum to 1: softmax belongs in the loss, not into the model.")
logs = logits_of(model, tokens).logsumexp(dim=-1).abs().max() < 1e-4
checks.that(
    not logs, "these are log-probabilities: softmax belongs in the loss, not into the model."
)
(model(tokens) * checks.normal(7, 23, seed=12).float()).sum().backward()
for name, parameter in model.named_parameters():
    learns = parameter.grad is not None and parameter.grad.any()
    checks.that(
        learns, f"no gradient reaches {name}: it is never used, or cut off by .data or .detach()."
    )
tied = model.token_embedding.weight.grad[others].any(dim=1).all()
checks.that(tied, "the head gives no gradient to the embedding: no .data, .detach() or copy.")


def logits_of_vectors(x: torch.Tensor) -> torch.Tensor:
    weight = model.token_embedding.weight.detach().to(x).index_copy(0, tokens[0], x[0])
    replaced = {"token_embedding.weight": weight}
    logits = torch.func.functional_call(model, replaced, (tokens,))[..., others]
    return logits


vectors = model.token_embedding.weight[tokens].detach()  # (1, T, d_model)
checks.causal("the logits", logits_of_vectors, vectors)
### BEGIN HIDDEN TESTS
model = gpt_for_check(3, context=30)
tokens = torch.randint(23, (4, 30), generator=torch.Generator().manual_seed(5))
changed = tokens.clone()
changed[:, 20:] = (tokens[:, 20:] + 7) % 23
before, after = logits_of(model, tokens), logits_of(model, changed)
checks.close("the logits before a changed token", after[:, :20], before[:, :20])
checks.that(
    not torch.allclose(before[:, 20:], after[:, 20:]),
    "the logits at a changed token should change.",
)
### END HIDDEN TESTS
checks.passed("a token's logits depend on the tokens up to it, and on no later one")

# %% check="gpt_like_torch" points=1
model = gpt_for_check(4)
tokens = torch.randint(23, (5, 7), generator=torch.Generator().manual_seed(6))
got, expected = logits_of(model, tokens), by_torch(model, tokens)
once = {"blocks": list(model.blocks)[:1]}
backward = {"blocks": list(model.blocks)[::-1]}
thrice = {"blocks": [model.blocks[0]] * 3}
slips = {
    "these are probabilities: softmax belongs in the loss.": expected.softmax(dim=-1),
    "these are log-probabilities: softmax belongs in the loss.": expected.log_softmax(dim=-1),
    "only the first block is used.": by_torch(model, tokens, **once),
    "the first block is used n_layers times.": by_torch(model, tokens, **thrice),
    "the blocks are used from last to first.": by_torch(model, tokens, **backward),
    "no block is used.": by_torch(model, tokens, blocks=[]),
    "each block should get the output of the one before it.": by_torch(
        model, tokens, blocks=list(model.blocks)[-1:]
    ),
}
causes = {
    "mask": "the causal mask is missing.",
    "none": "the positions are not added.",
    "one": "every token gets the same position.",
    "end": "the positions are counted from the end.",
    "late": "yours begin at position 1; positions count from 0.",
    "batch": "positions belong to the tokens, dimension 1; here each text of the batch gets one.",
    "no norm": "the last normalization is not used.",
    "norm first": "the normalization belongs after the blocks, not before them.",
    "norm twice": "the normalization is used before the blocks, too.",
    "twice": "the residual connections are inside the blocks: write x = block(x).",
    "scale": "the embedding is multiplied by √d_model; GPT does not.",
}
slips |= {cause: by_torch(model, tokens, wrong) for wrong, cause in causes.items()}
heads = [expected]
for own in [*model.parameters(), *model.buffers()]:
    if own.shape == (23, 12) and own is not model.token_embedding.weight:
        heads.append(by_torch(model, tokens, head=own))
        slips["the head has a matrix of its own; use the token embedding's."] = heads[-1]
for own in model.parameters():
    if own.shape == (23,):
        slips["the head has a bias; leave it out."] = heads[-1] + own.detach()
checks.close("the logits", got, expected, rtol=1e-3, atol=1e-4, slips=slips)
### BEGIN HIDDEN TESTS
model = gpt_for_check(7, vocab_size=31, context=12, d_model=20, n_layers=2, n_heads=5)
tokens = torch.randint(31, (3, 12), generator=torch.Generator().manual_seed(8))
got = logits_of(model, tokens)
checks.close("the logits of another model", got, by_torch(model, tokens), rtol=1e-3, atol=1e-4)
### END HIDDEN TESTS
checks.passed("equal to PyTorch's own layers with your weights")

# %% check="gpt_first_loss" points=1
torch.manual_seed(0)
model = checks.run(GPT, vocab_size=300, context=32, d_model=64, n_layers=2, n_heads=4)
tokens = torch.randint(300, (8, 32), generator=torch.Generator().manual_seed(9))
answers = torch.randint(300, (8, 32), generator=torch.Generator().manual_seed(10))
before = logits_of(model, tokens)
checks.that(before.any(), "every logit is zero.")
first = F.cross_entropy(before.flatten(0, 1), answers.flatten()).item()
for name in ("token_embedding", "position_embedding"):
    std, mean = (f(getattr(model, name).weight).item() for f in (torch.std, torch.mean))
    swapped = std > 0.5 and abs(mean - 0.02) < 0.01
    checks.that(not swapped, f"{name}: the second argument of normal_ is the mean; write std=0.02.")
    checks.that(
        0.018 < std < 0.022,
        f"{name}: expected numbers with a standard deviation of 0.02, got {std:.3f}. "
        f"The first loss is {first:.2f}, and ln 300 = {math.log(300):.2f}.",
    )
checks.that(
    abs(first - math.log(300)) < 0.1,
    f"the first loss is {first:.2f}; all words about equally probable would give ln 300 = "
    f"{math.log(300):.2f}. Is the head the token embedding, after the last normalization?",
)
for module in model.modules():
    if isinstance(module, nn.LayerNorm):
        kept = (module.weight == 1).all() and not module.bias.any()
        checks.that(
            kept, "draw the embeddings only: the normalizations begin with weight 1 and bias 0."
        )
head = model.token_embedding.weight
with torch.no_grad():
    head[299] += checks.normal(64, seed=11).to(head)
    untouched = (tokens != 299).all(dim=1)
    after = checks.run(model, tokens)
checks.that(
    not torch.allclose(before[untouched][..., 299], after[untouched][..., 299]),
    "the head is not tied: the vector of word 299 changes, its logits do not. Is the embedding copied?",
)
checks.passed("an untrained model finds all words about equally probable, and its head is tied")

# %% [markdown]
# **Experiment.** The first loss against the size of the vocabulary, with your initialization and with
# PyTorch's own.

# %% given="first_loss_experiment"
sizes, spreads = [64, 256, 1024, 4096], {"std 0.02, yours": 1.0, "std 1, PyTorch's own": 50.0}
first_loss = {name: [] for name in spreads}
for vocab_size in sizes:
    torch.manual_seed(vocab_size)
    tokens, answers = torch.randint(vocab_size, (2, 16, 64))
    for name, factor in spreads.items():
        model = GPT(vocab_size, context=64, d_model=64, n_layers=2, n_heads=4)
        with torch.no_grad():
            model.token_embedding.weight.mul_(factor)
            model.position_embedding.weight.mul_(factor)
            found = F.cross_entropy(model(tokens).flatten(0, 1), answers.flatten())
        first_loss[name].append(found.item())
first_loss["ln(vocabulary)"] = [math.log(vocab_size) for vocab_size in sizes]
fig, ax = plt.subplots(figsize=(7, 3.4))
named = {"xlabel": "vocabulary", "ylabel": "loss (nats)", "x": sizes}
plots.curves(ax, first_loss, title="The loss before training", **named)
ax.set_xscale("log", base=2)
ax.set_ylim(0)
plots.show(
    fig,
    alt="Loss against vocabulary. With std 0.02 the curve covers that of ln(vocabulary); with std 1 it lies far above.",
    caption="Your untrained model guesses. With PyTorch's initialization it is sure of itself, and wrong.",
)
print({name: [round(x, 2) for x in values] for name, values in first_loss.items()})

# %% [markdown]
# **What you saw.** With small embeddings the first loss is $\ln(\text{vocabulary})$. To look at it costs one
# batch, and a wrong initialization shows at once. A missing mask does not: an untrained model guesses with and
# without it. That is why a check above asks the gradients, not the loss.
# %% [markdown]
# ## 4 · Two objectives
#
# A model learns from raw text by filling in what is missing. There are two classic ways.
#
# **Next token** (GPT): read a text from left to right and predict each token from those before it. The targets
# are the inputs, moved by one. The causal mask hides the answers.
#
# **Masked token** (BERT): hide some tokens and predict them from both sides. The attention mask is full; the
# answers are hidden in the input.
#
# Take the sentence *the cat sat down*. GPT reads *the cat sat* and should say *cat sat down*: three predictions.
# BERT may read *the [MASK] sat down* and should say *cat*: one.

# %% [markdown]
# ### Exercise 6 · Next token (1 point · 5 min · ●○○)
#
# `tokens` is $(B, T + 1)$. Return inputs and targets, both $(B, T)$: the target at a position is the token that
# comes right after it.
#
# <details><summary>Hint 1: the idea</summary>The last token is never an input, the first never a
# target.</details>
# <details><summary>Hint 2: the formula</summary>inputs[b, t] = tokens[b, t] and targets[b, t] = tokens[b, t + 1],
# for t = 0 … T − 1.</details>
# <details><summary>Hint 3: the line</summary><code>tokens[:, :-1]</code> is all but the last
# column.</details>


# %% solution="next_token"
def next_token(tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and targets of the GPT objective: tokens (B, T + 1) → inputs (B, T), targets (B, T)."""
    ### BEGIN SOLUTION
    return tokens[:, :-1], tokens[:, 1:]
    ### END SOLUTION


# %% check="next_token_values" points=1
for rows in (
    [[3, 1, 4, 1, 5], [9, 2, 6, 5, 8]],
    [[2, 7], [1, 8], [4, 6]],
    [[11, 12, 13, 14], [21, 22, 23, 24], [31, 32, 33, 34], [41, 42, 43, 44], [51, 52, 53, 54]],
):
    tokens = torch.tensor(rows)
    inputs, targets = checks.unpack(
        "next_token", checks.run(next_token, tokens), "inputs", "targets"
    )
    B, T = len(rows), len(rows[0]) - 1
    whole = "tokens has T + 1 columns: the last one is no input, the first no target."
    for name, value in (("inputs", inputs), ("targets", targets)):
        checks.tensor(name, value)
        checks.that(
            value.shape != tokens.shape,
            f"{name}: expected (batch, T) = ({B}, {T}), got ({B}, {T + 1}). {whole}",
        )
        checks.shape(name, value, batch=B, T=T)
        checks.that(value.dtype == torch.int64, f"{name} should stay int64, not {value.dtype}.")
    first = torch.tensor([row[:T] for row in rows])
    last = torch.tensor([row[-T:] for row in rows])
    swapped = (
        torch.equal(inputs, last) and torch.equal(targets, first) and not torch.equal(first, last)
    )
    checks.that(not swapped, "inputs and targets are swapped: the model would predict the past.")
    slips = {"these are the targets.": last}
    checks.close("inputs", inputs, first, slips=slips)
    slips = {
        "the targets are the inputs: not moved by one. The model would only copy.": first,
        "the last target is the first token: nothing comes round.": first.roll(-1, dims=1),
    }
    checks.close("targets", targets, last, slips=slips)
checks.passed("each target is the next token")

# %% [markdown]
# BERT chooses 15% of the tokens. A model that only ever fills in `[MASK]` would learn to do nothing at other
# tokens, and later, when it is used, there is no `[MASK]`. So of the chosen tokens only 80% become `[MASK]`, 10%
# become a random token, and 10% stay as they are. All of them are predicted, and nothing else is.
#
# A target that does not count is written as $-100$: `F.cross_entropy` leaves it out.

# %% [markdown]
# ### Exercise 7 · Masked tokens (3 points · 20 min · ●●○)
#
# Return inputs and labels for BERT, both $(B, T)$ and int64.
#
# - Each token is chosen with probability **0.15**, independently of all others; never where `special` is True.
# - A chosen token becomes `mask_id` with probability 0.8, a token drawn from all `vocab_size` ids with
#   probability 0.1, and stays as it is with probability 0.1.
# - Labels: the original token where one was chosen, also where it stays; $-100$ elsewhere.
#
# `tokens` must not change. Draw everything from `generator`.
#
# <details><summary>Hint 1: the idea</summary>One tensor of uniform numbers says which tokens are chosen, a second
# one what becomes of them.</details>
# <details><summary>Hint 2: the formula</summary>For u uniform in [0, 1): u &lt; 0.8 happens in 80% of all cases,
# 0.8 ≤ u &lt; 0.9 in 10%.</details>
# <details><summary>Hint 3: the line</summary><code>torch.rand(tokens.shape, generator=generator)</code>,
# <code>torch.randint(vocab_size, tokens.shape, generator=generator)</code>, and
# <code>torch.where(chosen, tokens, -100)</code>.</details>


# %% solution="mask_tokens"
def mask_tokens(
    tokens: torch.Tensor,
    special: torch.Tensor,
    vocab_size: int,
    mask_id: int,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and labels of the masked-token objective (Devlin et al., 2019, section 3.1).

    Args:
        tokens: (B, T) int64. special: (B, T) bool, True where a token is never chosen.
        vocab_size, mask_id: the number of ids, and the id of [MASK].

    Returns:
        inputs (B, T) and labels (B, T), which are -100 where nothing is predicted.
    """
    ### BEGIN SOLUTION
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = tokens.masked_fill(chosen & (fate < 0.8), mask_id)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    return inputs, tokens.masked_fill(~chosen, -100)
    ### END SOLUTION


# %% given="masking_trial"
def masking_trial(seed: int, B: int = 400, T: int = 500, vocab_size: int = 60, mask_id: int = 3):
    """Runs mask_tokens on random tokens: tokens, special, inputs, labels, each (B, T)."""
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(vocab_size, (B, T), generator=generator)
    special = torch.rand(B, T, generator=generator) < 0.1
    result = checks.run(mask_tokens, tokens, special, vocab_size, mask_id, generator)
    inputs, labels = checks.unpack("mask_tokens", result, "inputs", "labels")
    for name, value in (("inputs", inputs), ("labels", labels)):
        checks.shape(name, value, batch=B, T=T)
        checks.that(value.dtype == torch.int64, f"{name} should be int64, not {value.dtype}.")
    checks.that(not (inputs == -100).any(), "the inputs contain -100: the order is inputs, labels.")
    for wrong in (0, -1, mask_id):
        checks.that(
            not (labels == wrong)[special].all(),
            f"where nothing is predicted, labels are {wrong}; they should be -100.",
        )
    checks.that(
        not torch.equal(labels, tokens),
        "labels are all tokens; where nothing is predicted write -100.",
    )
    return tokens, special, inputs, labels


# %% check="mask_tokens_chosen" points=1
again = []
for outside in (1, 2):
    torch.manual_seed(outside)
    again.append(masking_trial(seed=4)[2:])
checks.that(
    all(torch.equal(a, b) for a, b in zip(*again, strict=True)),
    "the same generator gives other results: pass generator=generator wherever you draw.",
)
tokens, special, inputs, labels = masking_trial(seed=1)
chosen = labels != -100
checks.that(
    not (chosen & (labels == 3)).sum() > 0.5 * chosen.sum(),
    "labels are the masked inputs; they should be the original tokens.",
)
checks.close("the labels of chosen tokens", labels[chosen], tokens[chosen])
moved = (inputs != tokens) & ~chosen
share = chosen.float().mean().item()
inverted = moved.any() and min(abs(share - 0.765), abs(share - 0.865)) < 0.01
checks.that(not inverted, "the labels stand at the tokens that were not chosen.")
checks.that(not moved.any(), "a token is replaced whose label is -100: label every chosen token.")
checks.that(not (chosen & special).any(), "special tokens are chosen; they never should be.")
rate = chosen[~special].float().mean().item()
lost = {
    0.135: "The chosen tokens that stay as they are need a label too.",
    0.12: "Only those that become [MASK] have a label; the other chosen ones need one too.",
    0.85: "That is the share of those not chosen.",
    1.0: "All tokens are chosen.",
    0.0: "Nothing is chosen.",
    0.1667: "15% of all tokens, special ones included, fall on the others.",
}
cause = next((text for value, text in lost.items() if abs(rate - value) < 0.004), "")
checks.that(
    abs(rate - 0.15) < 0.005, f"of the ordinary tokens {rate:.1%} are chosen, expected 15%. {cause}"
)
### BEGIN HIDDEN TESTS
for seed in range(10, 14):
    tokens, special, inputs, labels = masking_trial(seed, vocab_size=40, mask_id=7)
    rate = (labels != -100)[~special].float().mean().item()
    checks.that(abs(rate - 0.15) < 0.005, f"with another seed {rate:.1%} are chosen, expected 15%.")
### END HIDDEN TESTS
checks.passed("15% are chosen, labeled with the original token, special ones never")

# %% check="mask_tokens_replaced" points=1
tokens, special, inputs, labels = masking_trial(seed=2)
chosen = labels != -100
checks.that(chosen.any(), "no token is chosen.")
plain = chosen & (tokens != 3)  # where [MASK] and the original differ
masked = (inputs[plain] == 3).float().mean().item()
same = (inputs[plain] == tokens[plain]).float().mean().item()
other = 1 - masked - same
found = (
    f"of the chosen tokens {masked:.1%} become [MASK], {other:.1%} another token, {same:.1%} stay."
)
slips = {
    (1.0, 0.0): "All of them become [MASK].",
    (0.8, 0.0): "The rest should be half random tokens, half unchanged.",
    (0.8, 0.2): "None is random.",
    (0.9, 0.1): "None is random.",
    (0.8, 0.18): "10% random means 10% of the chosen ones, not 10% of what [MASK] left over.",
    (0.702, 0.202): "The random tokens overwrite some of the [MASK].",
    (0.72, 0.18): "Random tokens replace 10% of all chosen ones, those with [MASK] included.",
    (0.1, 0.8): "The shares are in the wrong order.",
    (0.114, 0.114): "The shares are in the wrong order.",
    (0.9, 0.0): "Some chosen tokens should stay as they are, and keep their label.",
    (0.89, 0.0): "Some chosen tokens should stay as they are, and keep their label.",
    (0.12, 0.865): "The 80% are taken of the 15% twice.",
}
near = [c for (a, b), c in slips.items() if abs(masked - a) < 0.012 and abs(same - b) < 0.012]
checks.that(
    abs(masked - 0.8) < 0.015 and abs(same - 0.1) < 0.015,
    f"{found} Expected 80%, 10% and 10%. {near[0] if near else ''}",
)
becomes = [(inputs[row] == 3)[plain[row]] for row in range(len(inputs))]
pairs = torch.cat([row[1:] == row[:-1] for row in becomes]).float().mean().item()
alike = "the chosen tokens of a row share one fate: draw a number for each place, (B, T)."
checks.that(pairs < 0.75, alike)  # 0.8² + 0.2² = 0.68 for independent ones
### BEGIN HIDDEN TESTS
for seed in range(20, 24):
    tokens, special, inputs, labels = masking_trial(seed, vocab_size=90, mask_id=88)
    plain = (labels != -100) & (tokens != 88)
    masked = (inputs[plain] == 88).float().mean().item()
    same = (inputs[plain] == tokens[plain]).float().mean().item()
    checks.that(
        abs(masked - 0.8) < 0.015 and abs(same - 0.1) < 0.015,
        f"with another seed {masked:.1%} become [MASK] and {same:.1%} stay, expected 80% and 10%.",
    )
### END HIDDEN TESTS
checks.passed("80% become [MASK], 10% a random token, 10% stay")

# %% check="mask_tokens_random" points=1
tokens, special, inputs, labels = masking_trial(seed=3)
chosen = labels != -100
checks.that(chosen.any(), "no token is chosen.")
drawn = inputs[chosen & (inputs != tokens) & (inputs != 3)]
checks.that(len(drawn) > 0, "no chosen token becomes a random one.")
checks.that(
    drawn.min() >= 0 and drawn.max() < 60,
    f"random ids reach from {drawn.min()} to {drawn.max()}; ids are 0 to vocab_size − 1 = 59.",
)
counts = torch.bincount(drawn, minlength=60).float()[torch.arange(60) != 3]
kinds = (counts > 0).sum().item()
checks.that(kinds > 5, "the random tokens are nearly all the same: draw one for each place.")
few = torch.randint(20, (400, 500), generator=torch.Generator().manual_seed(6))
result = checks.run(mask_tokens, few, few < 0, 60, 55, torch.Generator().manual_seed(7))
some, said = result[0], result[1]
new = some[(said != -100) & (some != few)]
checks.that((new == 55).any(), "the id of [MASK] is mask_id; it is not always the same.")
new = new[new != 55]
checks.that((new >= 20).any(), "random tokens come from the text; draw them from all ids.")
for vocab_size in (60, 130):
    result = checks.run(mask_tokens, few, few < 0, vocab_size, 55, torch.Generator().manual_seed(8))
    top = result[0].max().item()
    bound = f"with vocab_size {vocab_size} the largest id is {top}; draw from all vocab_size ids."
    checks.that(vocab_size - 6 < top < vocab_size, bound)
checks.that(
    len(drawn) < 1500 or (counts.min() > 0 and counts.max() < 3 * counts.mean()),
    "the random tokens do not come from all ids 0 to vocab_size − 1, each equally probable.",
)
for what, alike in (
    ("rows", chosen[1:] == chosen[:-1]),
    ("columns", chosen[:, 1:] == chosen[:, :-1]),
):
    checks.that(
        alike.float().mean() < 0.9, f"all {what} have the same chosen places: draw (B, T) numbers."
    )
per_row = chosen.sum(dim=1).float()
checks.that(
    per_row.std() > 2, "each row has the same number of chosen tokens; choose independently."
)
generator = torch.Generator().manual_seed(5)
blank, none = torch.full((300, 7), 9), torch.zeros(300, 7, dtype=torch.bool)
first, second = (checks.run(mask_tokens, blank, none, 60, 3, generator)[1] for _ in range(2))
checks.that(
    not torch.equal(first, second) or (first == 9).all(),
    "a second call chooses the same tokens: do not seed the generator.",
)
checks.passed("independent draws from the generator, and random tokens from all ids")

# %% [markdown]
# **Experiment.** One sentence, both objectives. A row of the picture is a query; yellow are the tokens that it
# may attend to. The label of a row says what is read there and, after the arrow, what should be said.

# %% given="objectives_figure"
sentence = "the model reads the text from both sides"
sentence_tokens = ["[CLS]", *sentence.split(), "[SEP]"]
known = sorted(set(sentence_tokens) | {"[MASK]", "cat", "runs"})
ids = torch.tensor([[known.index(word) for word in sentence_tokens]])
special = torch.tensor([[word[0] == "[" for word in sentence_tokens]])
gpt_inputs, gpt_targets = next_token(ids[:, 1:-1])  # GPT needs no [CLS] and no [SEP]
for seed in range(10_000):  # a seed that shows [MASK], a random token and one that stays
    drawn = torch.Generator().manual_seed(seed)
    bert_inputs, labels = mask_tokens(ids, special, len(known), known.index("[MASK]"), drawn)
    at = labels != -100
    hidden = (bert_inputs == known.index("[MASK]"))[at]
    stays = (bert_inputs == ids)[at]
    if at.sum() == 3 and hidden.sum() == 1 and stays.sum() == 1:
        break


# %% given="objectives_plot"
def draw_objective(
    ax: plt.Axes, inputs: torch.Tensor, targets: torch.Tensor, mask: torch.Tensor, title: str
) -> None:
    """Draws an attention mask (T, T) with "input → target" beside its rows; unpredicted tokens have no arrow."""
    ax.imshow(mask, cmap=plots.SHARES, vmin=0, vmax=1)
    T = len(inputs)
    read = [known[i] for i in inputs]
    said = [f" → {known[i]}" if i != -100 else "" for i in targets.tolist()]
    ax.set_yticks(range(T), [a + b for a, b in zip(read, said, strict=True)])
    ax.set_xticks(range(T), read, rotation=60, ha="right", rotation_mode="anchor")
    for t, label in enumerate(ax.get_yticklabels()):
        label.set_fontweight("bold" if said[t] else "normal")
    ax.set_xticks(np.arange(T + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(T + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="white")
    ax.tick_params(which="both", length=0)
    ax.set(title=title, xlabel="key: may be looked at", ylabel="query: input → target")


fig, axes = plt.subplots(1, 2, figsize=(10, 4.6), layout="constrained")
T = gpt_inputs.shape[1]
draw_objective(axes[0], gpt_inputs[0], gpt_targets[0], torch.ones(T, T).tril(), "GPT: next token")
draw_objective(axes[1], bert_inputs[0], labels[0], torch.ones(10, 10), "BERT: masked token")
plots.show(
    fig,
    alt="Two attention masks. GPT: a lower triangle, every row has a target, the next word. BERT: all yellow, and only "
    "three of ten rows have a target: one is [MASK], one a random word, one the word itself.",
    caption="GPT predicts at every token and sees only the past. BERT sees everything and predicts at the few chosen "
    "tokens: one hidden, one replaced, one left as it is.",
)

# %% [markdown]
# **What you saw.** GPT learns from every token, BERT from about one in seven. In return its vectors know both
# sides, which helps when a whole text is to be judged. And only GPT can write: it has never seen the future.
#
# BERT had a second task, **next-sentence prediction**. The input is a pair, `[CLS]` *the file is opened* `[SEP]` *then
# it is read* `[SEP]`, and from the vector at `[CLS]` the model says whether the second sentence really follows (half of
# all pairs) or comes from another text: *lions sleep by day*. The topic alone gives such a stranger away, so little is
# learned. RoBERTa ([Liu et al., 2019](https://arxiv.org/abs/1907.11692)) dropped the task and did as well or better.

# %% [markdown]
# ### Question 1 · Mask or not? (1 point · 5 min · ●○○)
#
# Train GPT with a full mask instead of the causal one, targets still moved by one. Answer in two or three
# sentences: *what happens to its training loss, and what can it generate?* Why does BERT, whose mask is full,
# not have the same problem?

# %% [markdown] manual="mask_or_not" points=1
# With a full mask each token sees the next one, which is its target. The model learns to copy it, and the loss
# falls to nearly 0, far lower than any honest model's. It has learned nothing about language, and when it generates,
# there is no next token to copy, so it writes nonsense. BERT's targets are hidden in the input itself: where a
# token is replaced by [MASK], nothing to copy is left anywhere, so the attention mask may be full.

# %% [markdown]
# ## 5 · Pretraining
#
# How good is a language model? The loss per token depends on the tokenizer: longer tokens are harder to guess,
# and there are fewer of them. **Bits per byte** compares all models on equal terms. Add up what the model pays
# for every token of a text, in nats; change nats into bits; divide by the *bytes* of the text:
#
# $$\text{bits per byte} = \frac{1}{\text{bytes}} \sum_t \frac{-\ln p(\text{token}_t)}{\ln 2}$$
#
# Four tokens, each of probability 1/2, cost 4 bits together. If they spell `Hi, you!`, 8 bytes, that is 0.5 bits per
# byte. Guessing each byte among 256 costs 8 bits per byte.

# %% [markdown]
# ### Exercise 8 · Bits per byte (2 points · 10 min · ●○○)
#
# `losses` `(N,)` holds the cross-entropy of each token of `text`, in nats. Return the bits per byte of `text`,
# a float. Count its bytes in UTF-8.
#
# <details><summary>Hint 1: the idea</summary>A text has a cost. The tokens only share it among themselves.</details>
# <details><summary>Hint 2: the formula</summary>Sum, not mean. A nat is 1/ln 2 bits.</details>
# <details><summary>Hint 3: the line</summary><code>len(text.encode())</code> bytes, <code>math.log(2)</code>.</details>


# %% solution="bits_per_byte"
def bits_per_byte(losses: torch.Tensor, text: str) -> float:
    """The bits that a model pays for each UTF-8 byte of the text; losses (N,) are in nats, one per token."""
    ### BEGIN SOLUTION
    return losses.sum().item() / math.log(2) / len(text.encode())
    ### END SOLUTION


# %% check="bits_per_byte_by_hand" points=1
coins = torch.full((4,), math.log(2))
slips = {
    "a text of 4 tokens and 8 bytes: divide by the bytes, not by the tokens.": 1.0,
    "the losses are in nats; divide by ln 2.": 0.5 * math.log(2),
    "divide by ln 2 to get from nats to bits, do not multiply.": 0.5 * math.log(2) ** 2,
    "add up the losses; a mean forgets how many tokens there are.": 0.125,
    "that is a perplexity, or the quotient upside down: bits per byte, not bytes per bit.": 2.0,
}
got = checks.run(bits_per_byte, coins, "Hi, you!")
checks.close("four coins for eight bytes", got, 0.5, slips=slips)
### BEGIN HIDDEN TESTS
losses = torch.tensor([0.7, 2.1, 0.05, 1.3, 3.3])
expected = 7.45 / (math.log(2) * 11)
checks.close("five tokens", checks.run(bits_per_byte, losses, "transformer"), expected)
### END HIDDEN TESTS
checks.passed("a text has one cost, however it is cut")

# %% check="bits_per_byte_unicode" points=1
losses = torch.tensor([2.0, 1.0, 3.0])
bits = 6 / math.log(2)
slips = {
    "count bytes, text.encode(), not characters: é has two and 木 has three.": bits / 4,
    "divide by the bytes, not by the tokens.": bits / 3,
}
got = checks.run(bits_per_byte, losses, "né木!")
checks.close("a text beyond ASCII", got, bits / 7, slips=slips)
number = isinstance(got, float)
checks.that(number, f"Return a float, not a {type(got).__name__}: .item() makes one.")
### BEGIN HIDDEN TESTS
checks.close("an emoji", checks.run(bits_per_byte, losses, "🙂"), bits / 4)
### END HIDDEN TESTS
checks.passed("bytes are what counts")

# %% [markdown]
# What must a transformer beat? Two models without any training by gradients, on the same text:
#
# - **A byte n-gram** counts what follows each string of $n - 1$ bytes. Kneser–Ney smoothing takes a little off each
#   count and gives it to the shorter strings; those count *in how many surroundings* a byte was seen, not how often
#   ([Kneser and Ney, 1995](https://doi.org/10.1109/ICASSP.1995.479394); the three discounts are [Chen and
#   Goodman's, 1999](https://doi.org/10.1006/csla.1999.0128)). It may take the order that is best on the held-out text.
# - **xz**, a compressor: how many more bytes does it need for both parts than for the training part alone?
#
# Neither has any idea what a word is, and both have a perfect memory.


# %% given="ngram"
def ngram_bits(train: bytes, held_out: bytes, max_order: int) -> list[float]:
    """Bits per byte of held_out under interpolated Kneser–Ney n-grams of bytes, for the orders 1 to max_order."""
    text = np.frombuffer(train + held_out, np.uint8).astype(np.int64)
    n, grams = len(train), [np.zeros(len(text), np.int64)]
    for _ in range(max_order + 1):  # grams[k][i]: the number of the k bytes that end at place i
        grams.append(np.unique(np.roll(grams[-1], 1) * 256 + text, return_inverse=True)[1])
    lower, bits = np.full(len(text), 1 / 256), []
    for k in range(1, max_order + 1):
        gram, context = grams[k], np.roll(grams[k - 1], 1)
        kinds, first = np.unique(gram[k:n], return_index=True)
        # each k-gram of the training text, and its first k - 1 bytes
        kinds = (kinds, context[k:n][first])
        longer = np.unique(grams[k + 1][k + 1 : n], return_index=True)[1]
        often = np.bincount(gram[k:n], minlength=gram.max() + 1)
        surroundings = np.bincount(gram[k + 1 : n][longer], minlength=gram.max() + 1)
        bits.append(-np.log2(interpolate(often, gram, context, kinds, lower)[n:]).mean())
        lower = interpolate(surroundings, gram, context, kinds, lower)
    return bits


def interpolate(counts, gram, context, kinds, lower) -> np.ndarray:
    """The discounted share of each gram in its context, and the rest shared out as `lower` says."""
    n1, n2, n3, n4 = (max(1, np.sum(counts == j)) for j in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    discounts = np.array([0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]).clip(0)
    cut, (which, where) = discounts[np.minimum(counts, 3)], kinds
    total = np.bincount(where, counts[which], minlength=context.max() + 1)[context]
    rest = np.bincount(where, cut[which], minlength=context.max() + 1)[context]
    mixed = (counts - cut)[gram] + rest * lower
    return np.where(total > 0, mixed / np.maximum(total, 1), lower)


# %% given="peers"
train_text, held_out_text = "\n\n".join(prose.train), "\n\n".join(prose.held_out)
train_bytes, held_out_bytes = train_text.encode(), held_out_text.encode()
began = time.perf_counter()
ngrams = ngram_bits(train_bytes, held_out_bytes, max_order=scaled(full=20, smoke=8))
ngram_bits_per_byte, best_order = min(zip(ngrams, range(1, 99), strict=False))
print(f"{len(train_bytes):,} bytes to learn from, {len(held_out_bytes):,} held out")
print(
    f"n-gram of {best_order} bytes: {ngram_bits_per_byte:.3f} bits per byte, {time.perf_counter() - began:.0f} s"
)


def xz_size(text: bytes) -> int:
    return len(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))


more = xz_size(train_bytes + b"\n\n" + held_out_bytes) - xz_size(train_bytes)
xz_bits_per_byte = 8 * more / len(held_out_bytes)
print(f"xz: {xz_bits_per_byte:.3f} bits per byte")

# %% [markdown]
# Now the GPT. Windows of the text, shuffled; each begins in the middle of another one, so that every token is seen near
# the start of a window and near its end. Two optimizers, both PyTorch's own: Muon ([Jordan et al.,
# 2024](https://kellerjordan.github.io/posts/muon/)) for the matrices of the blocks, AdamW for all the rest.


# %% given="pretraining"
train_ids, held_out_ids = (
    torch.tensor(tokenizer.encode(text).ids) for text in (train_text, held_out_text)
)
judged = held_out_ids[: scaled(full=None, smoke=385)]


def gpt_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    inputs, targets = next_token(batch[0])  # exercise 6
    return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


def muon_and_adamw(model: nn.Module) -> list[torch.optim.Optimizer]:
    matrices = [p for p in model.blocks.parameters() if p.dim() == 2]
    inside = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in inside]
    return [
        torch.optim.Muon(matrices, lr=0.03, weight_decay=0.1),
        torch.optim.AdamW(rest, lr=5e-3, betas=(0.9, 0.95), weight_decay=0.0, fused=True),
    ]


@torch.no_grad()
def text_bits(model: nn.Module, ids: torch.Tensor, context: int) -> float:
    """Bits per byte of a text; half a window stands before every token but the first ones."""
    half = context // 2
    windows = F.pad(ids, (0, -(len(ids) - 1) % half)).unfold(
        0, context + 1, half
    )  # (N, context + 1)
    losses = []
    for some in windows.to(next(model.parameters()).device).split(16):
        logits = model(some[:, :-1]).flatten(0, 1)  # (B · context, vocab_size)
        found = F.cross_entropy(logits, some[:, 1:].flatten(), reduction="none")
        losses.append(found.view(-1, context).cpu())
    losses = torch.cat(losses)  # (N, context)
    losses = torch.cat([losses[0, :half], losses[:, half:].flatten()])[: len(ids) - 1]
    first = torch.tensor([math.log(tokenizer.get_vocab_size())])  # nobody predicts the first token
    return bits_per_byte(torch.cat([first, losses]), tokenizer.decode(ids.tolist()))


def pretrain(
    model: nn.Module, context: int, steps: int, title: str, **options
) -> tuple[nn.Module, History]:
    """Trains on windows of the training text, with the default schedule: up, then down along a cosine."""
    windows = train_ids.unfold(0, context + 1, context // 2)  # (N, context + 1)
    batches = Batches(windows, batch_size=1024 // context, device=place)
    optimizers = muon_and_adamw(model)
    return fit(model, batches, gpt_loss, steps=steps, optimizer=optimizers, title=title, **options)


# %% given="gpt_training"
device.seed_everything(0)
context, vocab_size = 128, tokenizer.get_vocab_size()
gpt = GPT(vocab_size, context, scaled(full=128, smoke=48), n_layers=4, n_heads=4).to(place)
steps = scaled(full=1700, smoke=6)
gpt_history = pretrain(
    gpt,
    context,
    steps,
    "GPT",
    evaluate=lambda model: {"bits per byte": text_bits(model, judged, context)},
    evaluate_every=steps // 5,
    checkpoint=scaled(full="06_gpt", smoke=None),
)
gpt_bits_per_byte = gpt_history.metrics["bits per byte"][-1]
tokens_per_second = gpt_history.samples * context / gpt_history.seconds
print(
    f"GPT: {gpt_bits_per_byte:.3f} bits per byte, {gpt_history.seconds:.0f} s, {tokens_per_second:,.0f} tokens a second"
)
print(f"n-gram {ngram_bits_per_byte:.3f}, xz {xz_bits_per_byte:.3f}")

# %% given="pretraining_plot"
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
words = {"title": "Bits per byte of held-out text", "xlabel": "step", "ylabel": "bits per byte"}
curve = gpt_history.metrics["bits per byte"]
plots.curves(ax, {"GPT": curve}, x=gpt_history.evaluated_at, **words)
peers = {f"n-gram of {best_order} bytes": ngram_bits_per_byte, "xz": xz_bits_per_byte}
for (name, value), style in zip(peers.items(), ("--", ":"), strict=True):
    ax.axhline(value, color="black", linestyle=style, linewidth=1, label=name)
ax.legend()
compared = [f"{curve[-1] / value:.1%} of what {name} needs" for name, value in peers.items()]
plots.show(
    fig,
    alt="Bits per byte against training steps. The curve of the GPT falls steeply, then slowly, toward the two "
    "horizontal lines of the n-gram and of xz.",
    caption=f"At the end the GPT needs {curve[-1]:.3f} bits per byte, {', and '.join(compared)}.",
)

# %% [markdown]
# **What you saw.** At full length the curve passes both lines, and by the figures above you see by how much. It is
# not a large lead: on two megabytes, counting is strong, and it took seconds. The n-gram and xz remember strings; where
# a string is new, they fall back on a shorter one. The GPT stores no strings. It puts words that behave alike near each
# other, so what it learns about one serves the others, and it looks back further than a few words.
#
# **Experiment.** What does size buy? Three models, the same tokens in the same order. Loss against the number
# of parameters, without the embeddings, on two logarithmic axes. Predict: does the third point lie on the
# line through the first two, above it or below?

# %% given="scaling_experiment"
sizes, losses, widths = [], [], (32, 64, 128)
for d_model in widths:
    device.seed_everything(0)
    model = GPT(vocab_size, 128, d_model, n_layers=3, n_heads=4).to(place)
    pretrain(model, 128, scaled(full=120, smoke=3), "", show=False)
    sizes.append(sum(p.numel() for p in model.blocks.parameters()))
    losses.append(text_bits(model, judged[:8193], 128))
    print(
        f"d_model {d_model:3}: {sizes[-1]:9,} parameters in blocks, {losses[-1]:.3f} bits per byte"
    )
slope, start = np.polyfit(np.log(sizes[:2]), np.log(losses[:2]), 1)
print(f"ten times the parameters: {10**slope:.2f} times the bits")
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
ax.plot(sizes, losses, "o", color=plots.COLORS[0], label="the three models")
fitted = np.exp(start) * np.array(sizes) ** slope
ax.plot(
    sizes,
    fitted,
    "--",
    color="black",
    linewidth=1,
    label=f"through the first two: a power of {slope:.2f}",
)
ax.set(title="Size and loss", xlabel="parameters in blocks", ylabel="bits per byte")
ax.set(xscale="log", yscale="log")
ax.set_yticks(losses, [f"{loss:.2f}" for loss in losses])
ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
ax.minorticks_off()
ax.legend()
plots.show(
    fig,
    alt="Bits per byte of three models against their number of parameters, both axes logarithmic: three points that "
    "fall toward the right, and a dashed line through the first two.",
    caption="The larger the model, the lower the loss, for the same tokens. A straight line here is a power law.",
)

# %% [markdown]
# **What you saw.** Each time the parameters grow, the loss falls, by less than the cost rises. On such axes large
# language models follow straight lines over many powers of ten ([Kaplan et al.,
# 2020](https://arxiv.org/abs/2001.08361)): that is how their makers know what a larger one will reach before they pay
# for it. Three points are no law. The line bends as soon as something else runs out, here the text or the steps. A
# large model takes electricity for months, too, and people who clean its text and watch its runs.

# %% [markdown]
# ## 6 · Generation
#
# The model gives a score, a **logit**, to each token that may come next. To write, you turn the logits into
# probabilities, choose a token, append it, and ask again. How you choose decides how the text reads.
#
# The **temperature** $\tau$ divides the logits before the softmax:
#
# $$p_i = \frac{e^{z_i / \tau}}{\sum_j e^{z_j / \tau}}$$
#
# Take the logits 2, 1, 0:
#
# | $\tau$ | probabilities | |
# |---|---|---|
# | 0.5 | 0.87, 0.12, 0.02 | sharper |
# | 1 | 0.67, 0.24, 0.09 | as trained |
# | 2 | 0.51, 0.31, 0.19 | flatter |
#
# For $\tau \to 0$ the largest logit takes everything. That is **greedy** decoding.

# %% [markdown]
# ### Exercise 9 · Temperature (2 points · 15 min · ●●○)
#
# Return the probabilities for logits `(..., V)`, in the same shape and dtype. The dots stand for any leading
# dimensions, or none.
#
# - `temperature` 0 is the limit: 1 for the largest logit, 0 for the others. At a tie any of the largest may
#   have it.
# - It works in float16, whose largest number is 65,504, also at a temperature of 0.001.
# - A logit of −inf has probability 0.
#
# <details><summary>Hint 1: the idea</summary>Softmax does not change when you subtract the same number from all
# logits. Which number makes every quotient harmless?</details>
# <details><summary>Hint 2: the formula</summary>(z − max z) / τ is 0 for the largest logit and negative for the
# others, however small τ is.</details>
# <details><summary>Hint 3: the line</summary><code>logits.amax(dim=-1, keepdim=True)</code> is the largest;
# <code>F.one_hot(index, V)</code> serves temperature 0.</details>


# %% solution="temperature_probs"
def temperature_probs(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """The probabilities of tokens at a temperature of 0 or more: logits (..., V) → (..., V)."""
    ### BEGIN SOLUTION
    if temperature == 0:
        return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits.dtype)
    below = logits - logits.amax(dim=-1, keepdim=True)  # 0 or less: the quotient cannot overflow
    return torch.softmax(below / temperature, dim=-1)
    ### END SOLUTION


# %% check="temperature_value" points=1
logits = torch.tensor([[2.0, 1.0, 0.0], [-1.0, 0.5, 3.0]])
got = checks.run(temperature_probs, logits, 2.0)
checks.shape("temperature_probs(logits, 2)", got, batch=2, V=3)
plain = logits.softmax(dim=-1)
half = torch.tensor([[2.7183, 1.6487, 1.0], [0.6065, 1.2840, 4.4817]])  # exp(logit / 2)
slips = {
    "the temperature multiplies the logits; it divides them.": (2 * logits).softmax(dim=-1),
    "the temperature is not used.": plain,
    "the probabilities are divided, so they no longer sum to 1; divide the logits.": plain / 2,
    "the temperature is applied after the softmax; divide the logits.": (plain / 2).softmax(dim=-1),
    "the sum of each row is not 1: a power of probabilities needs a new sum.": plain.sqrt(),
    "exp is taken, but not divided by the sum of the row.": half,
    "the softmax runs over the batch; it runs over the tokens: dim=-1.": half / half.sum(dim=0),
    "the softmax runs over all rows together: dim=-1.": half / half.sum(),
    "these are logarithms of probabilities.": (half / half.sum(dim=-1, keepdim=True)).log(),
}
expected = torch.tensor([[0.50648, 0.30720, 0.18632], [0.09518, 0.20150, 0.70332]])
checks.close("2, 1, 0 and −1, ½, 3 at temperature 2", got, expected, atol=1e-4, slips=slips)
### BEGIN HIDDEN TESTS
logits = checks.normal(2, 5, 7, seed=1)
expected = torch.stack([torch.distributions.Categorical(logits=z / 0.3).probs for z in logits])
checks.close("temperature 0.3", checks.run(temperature_probs, logits, 0.3), expected)
checks.close("one row", checks.run(temperature_probs, logits[1, 2], 0.3), expected[1, 2])
### END HIDDEN TESTS
checks.passed("the temperature divides the logits")

# %% check="temperature_limits" points=1
logits = torch.tensor([[0.5, 2.0, -1.0, 1.9], [-3.0, -7.0, -2.5, -4.0]])
got = checks.run(temperature_probs, logits, 0)
checks.shape("temperature_probs(logits, 0)", got, batch=2, V=4)
checks.finite("temperature 0", got, "a division by zero: temperature 0 needs a line of its own.")
slips = {
    "the smallest logit got it; take the largest.": torch.eye(4)[[2, 1]],
    "that is temperature 1.": logits.softmax(dim=-1),
}
checks.close("temperature 0", got, torch.eye(4)[[1, 2]], slips=slips)
kind = f"temperature 0: the logits are torch.float32, the result is {got.dtype}; keep it."
checks.that(got.dtype == logits.dtype, kind)
got = checks.run(temperature_probs, torch.tensor([[2.0, 5.0, 5.0], [1.0, 1.0, 0.0]]), 0)
several = {"at a tie several tokens have 1; the row must sum to 1.": torch.full((2,), 2.0)}
checks.close(
    "the sum of each row, temperature 0 and a tie", got.sum(-1), torch.ones(2), slips=several
)
logits = torch.tensor([300.0, 299.0, 250.0, -300.0], dtype=torch.float16)
overflow = "300 / 0.001 does not fit in float16; subtract the largest logit first."
for temperature in (0.001, 0.5):
    got = checks.run(temperature_probs, logits, temperature)
    checks.finite(f"temperature {temperature} in float16", got, overflow)
    checks.that(
        got.dtype == logits.dtype, f"the logits are torch.float16, the result {got.dtype}: keep it."
    )
    expected = torch.tensor([1.0, 0, 0, 0] if temperature < 0.1 else [0.8808, 0.1192, 0, 0])
    checks.close(f"temperature {temperature} in float16", got.float(), expected, atol=2e-3)
rows = torch.tensor([[300.0, 299.0, 0.0], [-300.0, -299.0, -301.0]], dtype=torch.float16)
got = checks.run(temperature_probs, rows, 0.001)
apart = "one row is far below the other: subtract the largest logit of each row."
checks.finite("two rows in float16, temperature 0.001", got, apart)
checks.close("two rows, temperature 0.001", got.float(), torch.eye(3)[:2], atol=2e-3)
logits = torch.tensor([1.0, -torch.inf, 0.0, -torch.inf])
for temperature in (0, 2.0):
    got = checks.run(temperature_probs, logits, temperature)
    checks.finite("a row with −inf", got, "0 · inf, or inf − inf.")
    checks.close("the probability of a logit of −inf", got[[1, 3]], torch.zeros(2), rtol=0, atol=0)
    checks.any_device(temperature_probs, logits, temperature)
### BEGIN HIDDEN TESTS
got = checks.run(temperature_probs, torch.tensor([1.0, 3.0, -2.0, 3.0]), 0)
checks.close("the sum at a tie, temperature 0", got.sum(), 1.0)
checks.close("the other tokens at a tie", got[[0, 2]], torch.zeros(2))
got = checks.run(temperature_probs, checks.normal(2, 3, 5, seed=2), 0)
checks.close("rows of any leading dimensions", got.sum(dim=-1), torch.ones(2, 3).double())
### END HIDDEN TESTS
checks.passed("temperature 0 is greedy, and nothing overflows")

# %% [markdown]
# Thousands of unlikely tokens in the tail keep a little probability each, and it adds up. A filter cuts the tail off:
# it sets logits to −inf, and the softmax that comes after does the rest.
#
# - **Top-k** keeps the $k$ largest logits ([Fan et al., 2018](https://arxiv.org/abs/1805.04833)).
# - **Top-p**, or nucleus, keeps the most probable tokens until their sum reaches $p$ ([Holtzman et al.,
#   2020](https://arxiv.org/abs/1904.09751)).
#
# Take the probabilities 0.1, 0.4, 0.05, 0.25, 0.2. Top-2 keeps the second and the fourth token. Top-p with
# $p = 0.6$ begins with 0.4, which is too little, adds 0.25, reaches 0.65 and stops: the same two. With
# $p = 0.7$ the token of 0.2 comes in as well. Where the model is sure, top-p keeps few tokens; where it is
# not, many.


# %% given="check_filter"
def kept_tokens(rows: str) -> torch.Tensor:
    """Which tokens of each row stay: "01010 10001" → bool (2, 5)."""
    return torch.tensor([[c == "1" for c in row] for row in rows.split()])


def check_filter(name: str, got, logits: torch.Tensor, kept: torch.Tensor, slips=None) -> None:
    """Fails unless `got` is the logits where `kept` is True and −inf elsewhere; slips: cause → what it keeps."""
    checks.tensor(name, got)
    shapes = f"{tuple(logits.shape)}, got {tuple(got.shape)}"
    checks.that(got.shape == logits.shape, f"{name}: expected the shape of the logits, {shapes}.")
    checks.that(not got.isnan().any(), f"{name} contains NaN.")
    checks.that(got.any(), f"{name}: every value is zero.")
    dropped, came, V = got[~kept], got > -torch.inf, logits.shape[-1]
    zeros = dropped.numel() > 0 and not dropped.any() and torch.equal(got[kept], logits[kept])
    checks.that(not zeros, f"{name}: dropped logits are 0, and exp(0) is 1; make them −inf.")
    probs = "these are probabilities; return logits, the softmax comes later."
    checks.that(not (got >= 0).all() or (logits >= 0).all(), f"{name}: {probs}")
    low = dropped[dropped.isfinite()]
    large = low.numel() > 0 and low.max() <= -1e3
    number = f"{low.min():.3g}" if large else ""
    checks.that(not large, f"{name}: dropped logits are {number}; make them −inf.")
    order = "the right logits stay, but in the wrong places: undo the sorting."
    right = logits.masked_fill(~kept, -torch.inf)
    moved = not torch.equal(got, right) and torch.equal(got.sort().values, right.sort().values)
    checks.that(not moved or kept.all(dim=-1).any(), f"{name}: {order}")
    causes = [cause for cause, other in (slips or {}).items() if torch.equal(came, other)]
    row = int((came != kept).reshape(-1, V).any(dim=-1).nonzero()[0]) if (came != kept).any() else 0
    wanted, mine = (t.reshape(-1, V)[row].nonzero().flatten().tolist() for t in (kept, came))
    likely = f"\n  Likely cause: {causes[0]}" if causes else ""
    keeps = f"the tokens {wanted} should stay, yours keeps {mine}"
    checks.that(torch.equal(came, kept), f"{name}, row {row}: {keeps}.{likely}")
    changed = {"a softmax or a log-softmax? What stays keeps its value.": got[kept]}
    checks.close(f"{name}, the logits that stay", got[kept], logits[kept], slips=changed)
    checks.that(got.dtype == logits.dtype, f"{name}: expected {logits.dtype}, got {got.dtype}.")


# %% [markdown]
# ### Exercise 10 · Top-k (1 point · 8 min · ●○○)
#
# Return the logits `(..., V)` with −inf in place of all but the `k` largest of each row. The others keep their
# values and their places, and the logits that you were given stay as they are.
#
# - Logits equal to the `k`-th largest stay too, so at a tie there are more than `k`.
# - If `k` is `V` or more, nothing is dropped.
#
# <details><summary>Hint 1: the idea</summary>Find the k-th largest logit of each row; drop what is
# smaller.</details>
# <details><summary>Hint 2: the formula</summary>z_i stays if z_i ≥ the k-th largest z.</details>
# <details><summary>Hint 3: the line</summary><code>logits.topk(k).values[..., -1:]</code> is the k-th largest of
# each row, if k is not above V.</details>


# %% solution="top_k_filter"
def top_k_filter(logits: torch.Tensor, k: int) -> torch.Tensor:
    """Drops all but the k largest logits of each row (..., V); ties with the k-th stay. k is at least 1."""
    ### BEGIN SOLUTION
    k = min(k, logits.shape[-1])
    smallest = logits.topk(k, dim=-1).values[..., -1:]  # (..., 1)
    return logits.masked_fill(logits < smallest, -torch.inf)
    ### END SOLUTION


# %% check="top_k_kept" points=1
logits = torch.tensor([[-0.3, 2.5, -1.0, 1.5, -0.2], [4.0, -3.0, 0.5, -0.5, 2.7]])
rows = {
    "": "01010 10001",
    "it keeps the k smallest; keep the k largest.": "10100 01010",
    "one too few: the k-th largest stays.": "01000 10000",
    "one too many.": "01011 10101",
    "it keeps the k largest of the batch, not of each row.": "00000 10001",
    "it keeps the largest of each column; a row is a distribution: dim=-1.": "11111 11111",
    "the first k tokens stay, not the k largest: undo the sorting.": "11000 11000",
    "it keeps what is above 0.": "01010 10101",
}
kept = {cause: kept_tokens(text) for cause, text in rows.items()}
got = checks.run(top_k_filter, logits, 2)
check_filter("top_k_filter(logits, 2)", got, logits, kept.pop(""), kept)
with checks.hint("k may be above V: then all stay."):
    got = checks.run(top_k_filter, logits, 9)
check_filter("top_k_filter(logits, 9), k above V", got, logits, torch.ones(2, 5).bool())
logits = torch.tensor([1.0, 3.0, 2.0, 2.0, -1.0])
tie = {"a tie with the k-th is dropped; it stays too.": torch.tensor([0, 1, 1, 0, 0]).bool()}
tie |= {"a tie with the k-th is dropped, it stays too.": torch.tensor([0, 1, 0, 1, 0]).bool()}
tie |= {"the k-th largest and its tie are dropped.": torch.tensor([0, 1, 0, 0, 0]).bool()}
got = checks.run(top_k_filter, logits, 2)
check_filter("1, 3, 2, 2, −1 with k = 2", got, logits, logits > 1.5, tie)
### BEGIN HIDDEN TESTS
logits = checks.normal(2, 3, 11, seed=3).half()
for k in (1, 4, 11):
    kept = (logits[..., None] < logits[..., None, :]).sum(dim=-1) < k
    check_filter(f"{k} of 11", checks.run(top_k_filter, logits, k), logits, kept)
### END HIDDEN TESTS
checks.any_device(top_k_filter, logits, 2)
checks.passed("the k largest stay, ties with the last one too")

# %% [markdown]
# ### Exercise 11 · Top-p (2 points · 15 min · ●●○)
#
# Return the logits `(..., V)` with −inf outside the nucleus of each row: the smallest set of most probable
# tokens whose probabilities sum to at least `p`. Logits that stay keep their values and places.
#
# - The token that carries the sum across `p` stays.
# - At least one token stays, even for `p` = 0. For `p` = 1 all stay.
# - Of equally probable tokens at the border, any may stay, but no more than needed.
#
# <details><summary>Hint 1: the idea</summary>Sort, sum up, decide in the sorted order, and carry the decision back
# to the old order.</details>
# <details><summary>Hint 2: the formula</summary>A token stays if the sum of the tokens <em>before</em> it is below
# p: cumulative sum minus its own probability. Sums are rounded, so p = 1 needs a line of its own.</details>
# <details><summary>Hint 3: the line</summary>With <code>order</code> from <code>sort</code>:
# <code>torch.zeros_like(drop).scatter(-1, order, drop)</code> undoes the sorting of a mask.</details>


# %% solution="top_p_filter"
def top_p_filter(logits: torch.Tensor, p: float) -> torch.Tensor:
    """Drops what is outside the nucleus of each row (..., V) (Holtzman et al., 2020); p in [0, 1]."""
    ### BEGIN SOLUTION
    if p >= 1:
        return logits  # a rounded sum of many probabilities may pass 1 too early
    ordered, order = logits.sort(dim=-1, descending=True)
    probs = ordered.softmax(dim=-1)
    drop = probs.cumsum(dim=-1) - probs >= p  # the sum of the more probable tokens
    drop[..., 0] = False
    drop = torch.zeros_like(drop).scatter(-1, order, drop)  # in the order of the vocabulary
    return logits.masked_fill(drop, -torch.inf)
    ### END SOLUTION


# %% check="top_p_kept" points=1
probs = torch.tensor([[0.1, 0.4, 0.05, 0.25, 0.2], [0.07, 0.13, 0.2, 0.28, 0.32]])
logits = probs.log() + torch.tensor([[2.5], [1.5]])  # some are positive, some negative
rows = {
    "": "01010 00111",
    "the token that crosses p is cut; it stays.": "01000 00011",
    "one too many: stop when the sum has reached p.": "01011 01111",
    "the sum runs over unsorted probabilities; sort them first.": "11110 11110",
    "unsorted, and the token that crosses p is cut.": "11100 11100",
    "the mask is in sorted order: carry it back to the order of the vocabulary.": "11000 11100",
    "the mask is in sorted order, and the token that crosses p is cut.": "10000 11000",
    "the mask is carried back by the order; it needs the inverse: scatter it.": "10010 00111",
    "sorted upwards: the nucleus begins with the most probable token.": "11111 11110",
    "p is a bound for each probability; it is one for their sum.": "00000 00000",
    "1 − p is a bound for each probability; it is one for their sum.": "01000 00000",
    "the sum runs over the batch; a row is a distribution: dim=-1.": "11111 00100",
}
kept = {cause: kept_tokens(text) for cause, text in rows.items()}
got = checks.run(top_p_filter, logits, 0.62)
check_filter("top_p_filter(logits, 0.62)", got, logits, kept.pop(""), kept)
### BEGIN HIDDEN TESTS
logits = 2 * checks.normal(2, 3, 9, seed=4)
nucleus = torch.zeros(2, 3, 9, dtype=torch.bool)
for row, place_in in zip(logits.flatten(0, 1), nucleus.flatten(0, 1), strict=True):
    total = 0.0
    for token in row.argsort().flip(0).tolist():
        if total < 0.83:
            place_in[token] = True
        total += (row.exp() / row.exp().sum())[token].item()
check_filter("p = 0.83", checks.run(top_p_filter, logits, 0.83), logits, nucleus)
### END HIDDEN TESTS
checks.passed("the smallest set that reaches p, put back in its place")

# %% check="top_p_limits" points=1
logits = torch.tensor([[3.0, -1.0, 0.5, 1.0, -2.0, 0.0], [-3.0, 1.5, 0.0, -1.0, 2.0, 1.0]])
largest = logits == logits.amax(dim=-1, keepdim=True)
nothing = {"nothing stays; keep the most probable token at least.": torch.zeros(2, 6).bool()}
for p in (0.0, 0.01):
    got = checks.run(top_p_filter, logits, p)
    check_filter(f"p = {p:g}", got, logits, largest, nothing)
got = checks.run(top_p_filter, logits, 1.0)
check_filter("p = 1", got, logits, torch.ones(2, 6).bool())
checks.any_device(top_p_filter, logits, 0.5)
logits = torch.tensor([-1.0, 0.7, 0.7, 0.7, 0.7, -torch.inf])
got = checks.run(top_p_filter, logits[1:5], 0.5)
checks.tensor("four equal logits, p = 0.5", got)
slips = {"stop when the sum has reached p; it need not be above.": 3}
checks.close(
    "how many of four equal logits stay, p = 0.5", (got > -torch.inf).sum(), 2, slips=slips
)
got = checks.run(top_p_filter, logits, 0.99)
check_filter("a row with −inf, p = 0.99", got, logits, logits > -torch.inf)
many = 3 * checks.normal(4, 3000, seed=1).float()
got = checks.run(top_p_filter, many, 1.0)
checks.tensor("p = 1, 3,000 tokens", got)
lost = (got == -torch.inf).sum().item()
early = f"p = 1 should keep all 3,000 tokens; {lost} in 4 rows are lost: the sum is rounded and passes 1 too early."
checks.that(lost == 0, early)
### BEGIN HIDDEN TESTS
logits = checks.normal(4, 2, 5, seed=5)
got = checks.run(top_p_filter, logits, 1e-6)
check_filter("p = 1e-6", got, logits, logits == logits.amax(dim=-1, keepdim=True))
check_filter("one row", checks.run(top_p_filter, logits[1, 1], 1.0), logits[1, 1], logits[1, 1] < 9)
### END HIDDEN TESTS
checks.passed("one token at least, all of them for p = 1")

# %% [markdown]
# **Experiment.** The same next-token distribution of your model under six settings. Outlined: temperature 1,
# nothing dropped. Predict: which settings make the first bar longer?


# %% given="token_names"
def shown(token: int) -> str:
    """A token as text, with signs for white space."""
    text = tokenizer.decode([token]).replace(" ", "␣").replace("\n", "⏎").replace("$", r"\$")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text) or "∅"


def encoded(text: str) -> torch.Tensor:
    """The token ids of a text, (T,), on the lab's device."""
    return torch.tensor(tokenizer.encode(text).ids, device=place)


# %% given="distribution_experiment"
opening = "If the argument is not a string, a"
with torch.no_grad():
    logits = gpt(encoded(opening)[None])[0, -1].float().cpu()  # (VOCAB,)
settings_drawn = {
    "temperature 0.5": (logits, 0.5),
    "temperature 1": (logits, 1.0),
    "temperature 2": (logits, 2.0),
    "top-k, k = 3": (top_k_filter(logits, 3), 1.0),
    "top-p, p = 0.5": (top_p_filter(logits, 0.5), 1.0),
    "top-p, p = 0.9": (top_p_filter(logits, 0.9), 1.0),
}
best = logits.topk(10).indices
fig, axes = plt.subplots(2, 3, figsize=(10, 5.6), sharex=True, sharey=True, layout="constrained")
for ax, (title, (z, temperature)) in zip(axes.flat, settings_drawn.items(), strict=True):
    left = int((z > -torch.inf).sum())
    ax.barh(range(10), temperature_probs(z, temperature)[best], color=plots.COLORS[5], height=0.8)
    ax.barh(range(10), temperature_probs(logits, 1.0)[best], fill=False, edgecolor="black")
    ax.set(title=f"{title}: {left} token{'s' * (left > 1)} left", xlabel="probability")
    ax.set_yticks(range(10), [shown(i) for i in best.tolist()])
axes[0, 0].invert_yaxis()
fig.supylabel("next token")
plots.show(
    fig,
    alt="Six bar charts of the ten most probable next tokens. A low temperature lengthens the first bar, a high one "
    "levels all bars. Top-k and top-p with a small p leave a few longer bars and no others.",
    caption=f"After “{opening}”. A temperature reshapes all bars; a filter removes some and shares out what they had.",
)

# %% [markdown]
# Now the model writes. `generate` gives each new text to the model as a whole; section 7 does better. `sampler`
# puts your three functions together: filters first, then the temperature. (Other libraries may
# reverse the order. For top-k it makes no difference, for top-p it does.)


# %% given="generate"
@torch.no_grad()
def generate(
    model: nn.Module, tokens: torch.Tensor, n: int, choose: Callable[[torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """Appends n tokens: tokens (B, T) → (B, T + n); choose maps logits (B, V) to tokens (B, 1)."""
    context = model.position_embedding.num_embeddings
    for _ in range(n):
        logits = model(tokens[:, -context:])[:, -1].float()  # (B, V)
        tokens = torch.cat([tokens, choose(logits)], dim=1)
    return tokens


def sampler(
    temperature: float = 1.0, k: int | None = None, p: float | None = None
) -> Callable[[torch.Tensor], torch.Tensor]:
    """A function that draws a token for each row of logits: (B, V) → (B, 1)."""

    def choose(logits: torch.Tensor) -> torch.Tensor:
        logits = logits if k is None else top_k_filter(logits, k)
        logits = logits if p is None else top_p_filter(logits, p)
        return torch.multinomial(temperature_probs(logits, temperature), 1)

    return choose


# %% given="generate_experiment"
samplers = {
    "greedy": sampler(temperature=0),
    "temperature 0.7": sampler(temperature=0.7),
    "temperature 1": sampler(),
    "temperature 1.5": sampler(temperature=1.5),
    "top-k, k = 20": sampler(k=20),
    "top-p, p = 0.9": sampler(p=0.9),
}
device.seed_everything(0)
for name, choose in samplers.items():
    written = generate(gpt, encoded(opening)[None], scaled(full=60, smoke=8), choose)[0].tolist()
    print(f"── {name}\n{textwrap.fill(tokenizer.decode(written), 100)}\n")

# %% [markdown]
# **Experiment.** Read the greedy text again: does it go in circles? Count it: of all runs of four tokens, the
# share that stood in the same text before. The dashed line is what people wrote: held-out text of the same
# length.


# %% given="repeated_share"
def repeated_share(tokens: torch.Tensor, n: int = 4) -> float:
    """The share of runs of n tokens that stood earlier in their row, the mean over rows (B, T)."""
    shares = []
    for row in tokens.tolist():
        runs = [tuple(row[i : i + n]) for i in range(len(row) - n + 1)]
        shares.append(1 - len(set(runs)) / len(runs))
    return float(np.mean(shares))


print(
    "repeated in a b c d e a b c d:",
    round(repeated_share(torch.tensor([[*b"abcdeabcd"]])), 2),
)

# %% given="repetition_experiment"
length = scaled(full=72, smoke=12)
paragraphs = [ids for text in prose.held_out if len(ids := encoded(text)) >= length][:6]
starts = torch.stack([ids[:8] for ids in paragraphs])  # (6, 8)
temperatures, shares = [0, 0.3, 0.6, 1.0], []
device.seed_everything(0)
for temperature in temperatures:
    written = generate(gpt, starts, length - 8, sampler(temperature))  # (6, length)
    shares.append(repeated_share(written))
human = repeated_share(torch.stack([ids[:length] for ids in paragraphs]))
fig, ax = plt.subplots(figsize=(7, 3.2))
curves = {"the model": shares, "people": [human] * len(shares)}
words = {"xlabel": "temperature", "ylabel": "share of repeated 4-grams", "x": temperatures}
plots.curves(ax, curves, title="How much of a text has stood in it before", **words)
plots.show(
    fig,
    alt="The share of repeated runs of four tokens against the temperature: highest for greedy decoding, falling "
    "toward the low line of text by people.",
    caption="Greedy decoding, at the left, repeats itself most. With a higher temperature the share falls, to that "
    "of people or below.",
)
print(
    f"greedy {shares[0]:.0%}, temperature 1 {shares[temperatures.index(1.0)]:.0%}, people {human:.0%}"
)

# %% [markdown]
# Why does it loop? Greedy decoding has no chance to leave: what it writes depends on the text so far alone, and
# the recent words matter most. Once a phrase has come twice, the next words look like the last time. And a
# model that has learned to copy takes each repetition as evidence for the next. Measure it: give the model
# held-out sentences several times in a row. How probable is a token, the first time and later?

# %% given="loop_experiment"
sentences = torch.stack([ids[:12] for ids in paragraphs])  # (6, 12)
rows = sentences.repeat(1, 6)  # (6, 72)
with torch.no_grad():
    loss = F.cross_entropy(gpt(rows[:, :-1]).float().mT, rows[:, 1:], reduction="none")  # (6, 71)
parts = [loss[:, :11], *loss[:, 11:].split(12, dim=1)]  # nothing comes before the very first token
for time_, part in enumerate(parts, start=1):
    print(f"time {time_}: a token has probability {math.exp(-part.mean()):.3f} (geometric mean)")

# %% [markdown]
# **What you saw.** Text that takes the most probable word each time is dull, and it loops; people do not write so. How
# far your small model has learned to copy, the six probabilities say; large ones are quite sure of a repeated sentence
# ([Holtzman et al., 2020](https://arxiv.org/abs/1904.09751)). Remedies: draw, with a temperature or from a nucleus;
# lower the logits of tokens that have just been used (a *repetition penalty*: [Keskar et al.,
# 2019](https://arxiv.org/abs/1909.05858)), or forbid a run that would repeat; train a larger model on more text, which
# loops less. Each has its price. A penalty and chance both hurt where there is one right answer: translations and code
# are decoded at low temperature.

# %% [markdown]
# ## 7 · The KV cache
#
# To write token 101, `generate` sends 100 tokens through the model, though it computed 99 of them the step before.
# A causal model cannot change its mind: a token sees no later one, so what it has computed stays. Here are the logits
# of the first five tokens of a prompt, alone and with the rest behind them.

# %% given="nothing_changes"
with torch.no_grad():
    ids = encoded(opening)[None]
    change = gpt(ids)[:, :5] - gpt(ids[:, :5])
print(f"largest change: {change.abs().max():.1e}")

# %% [markdown]
# So keep each token's keys and values, and only the new token needs work. This store is the **KV cache**. Queries
# are not kept: the new token asks, nobody asks again.
#
# Sometimes several new tokens arrive after a cache, such as a user's next question. With 2 tokens cached and 3
# new ones, a query may attend to:
#
# | query | cached 1, 2 | new 3, 4, 5 |
# |---|---|---|
# | new 3 | 1 1 | 1 0 0 |
# | new 4 | 1 1 | 1 1 0 |
# | new 5 | 1 1 | 1 1 1 |
#
# The triangle must end in the lower right. PyTorch's `is_causal=True` puts it into the *upper left* corner. Equal
# scores show it: each row averages what it may see.

# %% given="upper_left"
q, k = torch.zeros(3, 4), torch.zeros(5, 4)  # equal scores
print(F.scaled_dot_product_attention(q, k, torch.eye(5), is_causal=True))

# %% [markdown]
# ### Exercise 12 · Attention with a cache (4 points · 25 min · ●●●)
#
# `x` `(B, T, d_model)` holds the new tokens only. `cache` is None at the start, else the pair `(k, v)` of the `S`
# tokens before them, each `(B, n_heads, S, d_head)`. Return
#
# - the output of the new tokens, `(B, T, d_model)`;
# - the new cache: `(k, v)` of all `S + T` tokens, oldest first.
#
# A new token attends to every cached token, to itself, and to the new ones before it. Use `attention.project`,
# `attention.out` and `F.scaled_dot_product_attention`. Store nothing elsewhere, and leave the old cache as it is:
# somebody may want to go on from it twice. Make new tensors on the device of `x`.
#
# <details><summary>Hint 1: the idea</summary>Project, join old and new keys and values, attend with a mask, merge
# the heads. Have a look at <code>Attention.forward</code>.</details>
# <details><summary>Hint 2: the formula</summary>mask[i, j] is True if j ≤ S + i, for new token i and key
# j.</details>
# <details><summary>Hint 3: the line</summary><code>torch.ones(T, S + T, dtype=torch.bool,
# device=x.device).tril(S)</code></details>


# %% given="cache_type"
Cache = tuple[torch.Tensor, torch.Tensor]  # k and v, each (B, n_heads, S, d_head)


# %% solution="attend_with_cache"
def attend_with_cache(
    attention: Attention, x: torch.Tensor, cache: Cache | None
) -> tuple[torch.Tensor, Cache]:
    """Causal attention for new tokens x (B, T, d_model) after the S tokens of a cache.

    Returns:
        output (B, T, d_model), and the cache of all S + T tokens.
    """
    ### BEGIN SOLUTION
    q, k, v = attention.project(x)  # (B, n_heads, T, d_head)
    if cache is not None:
        k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
    T, total = q.shape[2], k.shape[2]
    mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)
    ### END SOLUTION


# %% given="cache_referee"
def small_attention(seed: int) -> Attention:
    """Attention with d_model 12 and 3 heads, with weights that the seed decides."""
    attention = Attention(12, 3)
    with torch.no_grad():
        for i, p in enumerate(attention.parameters()):
            p.copy_(0.5 * checks.normal(*p.shape, seed=seed + i))
    return attention


def step(attention: Attention, x: torch.Tensor, cache: Cache | None) -> tuple[torch.Tensor, Cache]:
    """Your function on one piece, with the shapes checked."""
    result = checks.run(attend_with_cache, attention, x, cache)
    y, new = checks.unpack("attend_with_cache", result, "output", "cache")
    k, v = checks.unpack("the cache", new, "k", "v")
    B, T, _ = x.shape
    checks.shape("the output", y, B=B, T=T, d_model=12)
    had = 0 if cache is None else cache[0].shape[2]
    joined = f"{had} tokens were cached and {T} new ones came; the new cache holds"
    if isinstance(k, torch.Tensor) and k.shape[:2] == (B, 3) and k.dim() == 4:
        S = k.shape[2]
        checks.that(had + T == S, f"{joined} {S}: join old and new along the tokens.")
    S = had + T
    checks.shape("k of the new cache", k, B=B, n_heads=3, tokens=S, d_head=4)
    checks.shape("v of the new cache", v, B=B, n_heads=3, tokens=S, d_head=4)
    return y, (k, v)


def one_by_one(attention: Attention, x: torch.Tensor) -> tuple[torch.Tensor, Cache]:
    """Your function on one token of x after the other: all outputs, and the last cache."""
    outputs, cache = [], None
    for token in x.split(1, dim=1):
        y, cache = step(attention, token, cache)
        outputs.append(y)
    return torch.cat(outputs, dim=1), cache


def attended(attention: Attention, x: torch.Tensor, table: str, dtype=torch.bool) -> torch.Tensor:
    """What the last tokens of x get when each may attend as a row of the table says."""
    allowed = torch.tensor([[c == "1" for c in row] for row in table.split()]).to(dtype)
    q, k, v = attention.project(x)
    last = q[:, :, -len(allowed) :]
    joined = F.scaled_dot_product_attention(last, k, v, attn_mask=allowed).transpose(1, 2)
    return attention.out(joined.flatten(2))


# %% check="cache_start" points=1
attention, x = small_attention(10), checks.normal(2, 5, 12, seed=11).float()
merged = []  # what reaches attention.out
catch = attention.out.register_forward_pre_hook(lambda _, inputs: merged.append(inputs[0]))
expected = attention(x)
catch.remove()
y, cache = step(attention, x, None)
again = checks.run(attend_with_cache, attention, x, None)[1][0].shape
elsewhere = (
    "a second call with cache None goes on from the first: keep nothing outside the function."
)
checks.that(again == cache[0].shape, elsewhere)
slips = {
    "there is no mask: a token sees later ones.": attended(attention, x, "11111 " * 5),
    "a token does not see itself.": attended(attention, x, "11111 10000 11000 11100 11110"),
    "a token does not see itself: off by one.": attended(
        attention, x, "00000 10000 11000 11100 11110"
    ),
    "a token sees the next one.": attended(attention, x, "11000 11100 11110 11111 11111"),
    "attention.out is applied twice.": attention.out(attention(x)),
    "the mask holds numbers, which are added to the scores: make it boolean.": attended(
        attention, x, "10000 11000 11100 11110 11111", x.dtype
    ),
    "attention.out is missing.": merged[0],
    "the heads are merged without swapping them with the tokens first.": attention.out(
        merged[0].unflatten(-1, (3, 4)).transpose(1, 2).reshape(2, 5, 12)
    ),
}
checks.close("the output without a cache", y, expected, atol=1e-5, slips=slips)
for name, got, right in zip("kv", cache, attention.project(x)[1:], strict=True):
    slips = {"that is q.": attention.project(x)[0]}
    slips |= {"k and v are swapped.": attention.project(x)[2 if name == "k" else 1]}
    checks.close(f"{name} of the cache", got, right, slips=slips)
### BEGIN HIDDEN TESTS
x = checks.normal(3, 1, 12, seed=12).float()
checks.close("one token without a cache", step(attention, x, None)[0], attention(x))
### END HIDDEN TESTS
checks.passed("without a cache it is plain causal attention")

# %% check="cache_one_by_one" points=1
attention, x = small_attention(20), checks.normal(3, 6, 12, seed=21).float()
got, cache = one_by_one(attention, x)
slips = {
    "a token sees the cached ones, but not itself: off by one.": attended(
        attention, x, "000000 100000 110000 111000 111100 111110"
    ),
    "each token sees only itself: the cached keys and values are not used.": attended(
        attention, x, "100000 010000 001000 000100 000010 000001"
    ),
    "each token sees only the first one: is_causal=True aligns to the upper left.": attended(
        attention, x, "100000 " * 6
    ),
    "a token sees the cache, but not itself.": attended(
        attention, x, "100000 100000 110000 111000 111100 111110"
    ),
}
checks.close("six tokens, one at a time", got, attention(x), atol=1e-5, slips=slips)
for name, mine, right in zip("kv", cache, attention.project(x)[1:], strict=True):
    slips = {"new tokens stand before the old ones; they come last.": right.flip(2)}
    checks.close(f"{name} of the cache after six tokens", mine, right, slips=slips)
wide, x = Attention(20, 5), checks.normal(2, 4, 20, seed=22).float()
got = checks.run(attend_with_cache, wide, x, None)[0]
checks.close("another model, d_model 20 and 5 heads", got, wide(x))
meta = Attention(12, 3).to("meta")
new, old = torch.zeros(2, 3, 12), torch.zeros(2, 3, 5, 4)
checks.any_device(lambda x, k, v: attend_with_cache(meta, x, (k, v)), new, old, old)
checks.passed("token by token the same as all at once")

# %% check="cache_pieces" points=1
attention, x = small_attention(30), checks.normal(2, 5, 12, seed=31).float()
_, cache = step(attention, x[:, :2], None)
y, cache = step(attention, x[:, 2:], cache)
tables = {
    "is_causal=True aligns its triangle to the upper left; the new tokens see too little.": (
        "10000 11000 11100"
    ),
    "there is no mask: the first new token sees the later ones.": "11111 11111 11111",
    "a new token does not see itself: off by one.": "11000 11100 11110",
    "a new token sees the next one: off by one.": "11110 11111 11111",
    "the cached tokens are not attended to.": "00100 00110 00111",
    "a new token sees the cached ones only.": "11000 11000 11000",
    "the new keys stand before the cached ones, so the mask does not fit.": "00111 10111 11111",
    "a new token sees the cached ones and itself, but not the new ones before it.": (
        "11100 11010 11001"
    ),
}
slips = {cause: attended(attention, x, table) for cause, table in tables.items()}
checks.close("three new tokens after two", y, attention(x)[:, 2:], atol=1e-5, slips=slips)
k, v = attention.project(x)[1:]
first = {"new tokens stand before the old ones; they come last.": k.roll(-2, dims=2)}
checks.close("k of the cache after 2 + 3 tokens", cache[0], k, slips=first)
checks.close("v of the cache after 2 + 3 tokens", cache[1], v)


def in_pieces(x: torch.Tensor) -> torch.Tensor:
    outputs, cache = [], None
    for piece in x.split((1, 3, 2), dim=1):
        y, cache = attend_with_cache(attention, piece, cache)
        outputs.append(y)
    return torch.cat(outputs, dim=1)


checks.causal(
    "attention in pieces of 1, 3 and 2 tokens", in_pieces, checks.normal(2, 6, 12, seed=32).float()
)
### BEGIN HIDDEN TESTS
x = checks.normal(3, 9, 12, seed=33).float()
_, cache = step(attention, x[:, :4], None)
y, cache = step(attention, x[:, 4:6], cache)
checks.close("2 tokens after 4", y, attention(x)[:, 4:6])
checks.close("3 tokens after 6", step(attention, x[:, 6:], cache)[0], attention(x)[:, 6:])
### END HIDDEN TESTS
checks.passed("several new tokens see the cache, themselves and what came before")

# %% check="cache_apart" points=1
attention, (one, two) = small_attention(40), checks.normal(2, 2, 5, 12, seed=41).float()
alone_right = torch.allclose(one_by_one(attention, one)[0], attention(one), atol=1e-5)
cause = "alone each text is right, so something is kept outside: use the cache that comes in."
caches = [None, None]
for i in range(5):
    for j, x in enumerate((one, two)):
        y, caches[j] = step(attention, x[:, i : i + 1], caches[j])
        what, slips = f"two texts in turns, text {j + 1}, token {i + 1}", {cause: y}
        right = attention(x)[:, i : i + 1]
        checks.close(what, y, right, slips=slips if alone_right else None)
_, cache = step(attention, one[:, :3], None)
checks.run(attend_with_cache, attention, one[:, 3:], list(cache))  # must not change the list
for x in (one, torch.cat([one[:, :3], two[:, 3:]], dim=1)):
    y, _ = step(attention, x[:, 3:], cache)
    checks.close("two different ways on from one cache", y, attention(x)[:, 3:])
### BEGIN HIDDEN TESTS
other = small_attention(50)
_, first = step(attention, one[:, :2], None)
_, second = step(other, one[:, :2], None)
checks.close("layer 1 of two", step(attention, one[:, 2:], first)[0], attention(one)[:, 2:])
checks.close("layer 2 of two", step(other, one[:, 2:], second)[0], other(one)[:, 2:])
### END HIDDEN TESTS
checks.passed("each text has its own cache")

# %% [markdown]
# A block with a cache is the block that you know, with your attention in place of its own. What remains is the
# outside: embeddings, blocks, head. The first new token after 7 cached ones has position 7, since counting
# begins at 0.


# %% given="run_block"
def run_block(block: nn.Module, x: torch.Tensor, cache: Cache | None) -> tuple[torch.Tensor, Cache]:
    """A pre-LN block for new tokens x (B, T, d_model): its output, and its new cache."""
    y, cache = attend_with_cache(block.attention, block.norm1(x), cache)
    x = x + y
    return x + block.feed_forward(block.norm2(x)), cache


# %% [markdown]
# ### Exercise 13 · A model with caches (2 points · 15 min · ●●○)
#
# `tokens` `(B, T)` are new. `caches` is None at the start, else a list with the cache of each block, as you
# returned it the last time. Return the logits of the new tokens `(B, T, vocab_size)` and a new list with the new
# caches; leave the list that came in as it is.
#
# Use `model.token_embedding`, `model.position_embedding`, `model.blocks`, `model.norm`, the tied head, and
# `run_block(block, x, cache)`, which comes as an argument and returns the new `x` and the new cache. How many
# tokens are cached, the shape of any `k` says: `(B, n_heads, S, d_head)`. Make new tensors on the device of `tokens`.
#
# <details><summary>Hint 1: the idea</summary>The forward pass of your GPT, with positions that begin at S, and a
# list of caches that goes in and comes out.</details>
# <details><summary>Hint 2: the formula</summary>positions S, S + 1, …, S + T − 1; S = 0 without
# caches.</details>
# <details><summary>Hint 3: the line</summary><code>torch.arange(S, S + T, device=tokens.device)</code>, where
# <code>S = caches[0][0].shape[2]</code>.</details>


# %% solution="extend"
def extend(
    model: nn.Module,
    tokens: torch.Tensor,
    caches: list[Cache] | None,
    run_block: Callable[..., tuple[torch.Tensor, Cache]],
) -> tuple[torch.Tensor, list[Cache]]:
    """Reads new tokens (B, T) after those in the caches.

    Returns:
        logits (B, T, vocab_size) of the new tokens, and the new cache of each block.
    """
    ### BEGIN SOLUTION
    S = 0 if caches is None else caches[0][0].shape[2]
    T = tokens.shape[1]
    positions = torch.arange(S, S + T, device=tokens.device)
    x = model.token_embedding(tokens) + model.position_embedding(positions)  # (B, T, d_model)
    new = []
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks), strict=True):
        x, cache = run_block(block, x, cache)
        new.append(cache)
    return F.linear(model.norm(x), model.token_embedding.weight), new
    ### END SOLUTION


# %% given="glass_model"
class Glass(nn.Module):
    """A model to look into: token i has the vector (i, 0, 0, 1), position p has (0, p, 0, 0); three blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.token_embedding, self.position_embedding = nn.Embedding(11, 4), nn.Embedding(20, 4)
        self.blocks, self.norm = nn.ModuleList(nn.Identity() for _ in range(3)), nn.LayerNorm(4)
        with torch.no_grad():
            self.token_embedding.weight.copy_(torch.eye(4)[3] + 0 * self.token_embedding.weight)
            self.token_embedding.weight[:, 0] = torch.arange(11)
            self.position_embedding.weight.zero_()[:, 1] = torch.arange(20)
            self.norm.weight.copy_(torch.tensor([1.0, -2.0, 0.5, 3.0]))
            self.norm.bias.copy_(torch.tensor([0.1, 0.2, -0.3, 0.4]))


class Spy:
    """In place of `run_block`: notes what each block gets, and adds to feature 2 the number of the block."""

    def __init__(self, model: Glass) -> None:
        self.blocks, self.order, self.seen, self.cached = list(model.blocks), [], [], []

    def __call__(self, block, x, cache):
        number = next(i for i, other in enumerate(self.blocks) if other is block)
        self.order.append(number)
        self.seen.append(x.detach().clone())
        self.cached.append(cache)
        S = x.shape[1] + (0 if cache is None else cache[0].shape[2])
        k = torch.full((x.shape[0], 2, S, 9), float(number))
        return x + torch.tensor([0.0, 0.0, number + 1.0, 0.0]), (k, k.clone())


def spied(tokens: torch.Tensor, caches) -> tuple[torch.Tensor, list, Spy, Glass]:
    """Your function on the glass model: logits, caches, and what the spy saw."""
    model = Glass()
    spy = Spy(model)
    result = checks.run(extend, model, tokens, caches, spy)
    logits, new = checks.unpack("extend", result, "logits", "caches")
    checks.that(spy.seen, "run_block was not called: send x through it, one block after the other.")
    checks.that(
        isinstance(new, list | tuple) and len(new) == 3,
        "there are three blocks, so there should be a list of three new caches.",
    )
    return logits, new, spy, model


# %% check="extend_positions" points=1
tokens = torch.randint(11, (8, 9), generator=torch.Generator().manual_seed(60))
_, caches, spy, _ = spied(tokens[:, :5], None)
x = spy.seen[0]
checks.shape("what the first block gets", x, B=8, T=5, d_model=4)
checks.close("its token embeddings", x[..., 0], tokens[:, :5].float())
at = torch.arange(5.0).expand(8, 5)
slips = {
    "positions count from 0.": at + 1,
    "no positions are added, or position 0 to all: they count 0, 1, 2, …": 0 * at,
    "positions run along the batch.": torch.arange(8.0)[:, None].expand(8, 5),
}
checks.close("positions without caches", x[..., 1], at, slips=slips)
_, caches, spy, _ = spied(tokens[:, 5:6], caches)
_, _, spy_two, _ = spied(tokens[:, 6:8], caches)
for count, x in ((1, spy.seen[0]), (2, spy_two.seen[0])):
    checks.shape("what the first block gets", x, B=8, T=count, d_model=4)
    begin = 4 + count
    at = torch.arange(begin, begin + count).float().expand(8, count)
    wrong = {
        "positions begin at 0 again; they begin at the number of cached tokens.": 0,
        "off by one: after S tokens the next position is S.": begin + 1,
        "off by one, after S tokens the next position is S.": begin - 1,
        "that is the number of blocks; the tokens are in dimension 2 of k.": 3,
        "that is the number of heads; the tokens are in dimension 2 of k.": 2,
        "that is the batch size; the tokens are in dimension 2 of k.": 8,
        "that is d_head; the tokens are in dimension 2 of k.": 9,
    }
    slips = {cause: at - begin + start for cause, start in wrong.items()}
    slips["all new tokens get the same position."] = 0 * at + begin
    slips["all new tokens get the same position, that of the last."] = 0 * at + begin + count - 1
    slips["the position is not added."] = 0 * at
    checks.close(f"{count} new after {begin} cached, positions", x[..., 1], at, slips=slips)
meta = Glass().to("meta")
stands = (torch.zeros(8, 2, 5, 9, device="meta"),) * 2
checks.any_device(lambda x: extend(meta, x, [stands] * 3, lambda b, x, c: (x, c)), tokens)
checks.passed("the next position is the number of cached tokens")

# %% check="extend_blocks" points=1
tokens = torch.randint(11, (8, 9), generator=torch.Generator().manual_seed(60))
_, caches, spy, _ = spied(tokens[:, :3], None)
checks.that(spy.order == [0, 1, 2], f"the blocks ran in the order {spy.order}, not 0, 1, 2.")
checks.that(all(c is None for c in spy.cached), "without caches every block should get None.")
numbers = [int(cache[0].flatten()[0]) for cache in caches]
checks.that(numbers == [0, 1, 2], f"the list has the caches of the blocks {numbers}, not 0, 1, 2.")
logits, new, spy, model = spied(tokens[:, 3:5], caches)
numbers = [None if c is None else int(c[0].flatten()[0]) for c in spy.cached]
own = f"blocks 0, 1, 2 got the caches of the blocks {numbers}; each gets its own."
checks.that(numbers == [0, 1, 2], own)
sizes = [cache[0].shape[2] for cache in new]
checks.that(sizes == [5, 5, 5], f"3 cached and 2 new tokens: the new caches hold {sizes}, not 5.")
added = [(x - spy.seen[0])[..., 2].max().item() for x in spy.seen]
passing = "a block should get what the block before it returned."
checks.that(added == [0, 1, 3], passing)
checks.shape("the logits", logits, B=8, T=2, vocab_size=11)
last = spy.seen[2] + torch.tensor([0.0, 0, 3, 0])
table = model.token_embedding.weight


def dots(vectors: torch.Tensor) -> torch.Tensor:
    return torch.einsum("btd,vd->btv", vectors, table)


slips = {
    "the last norm is missing.": dots(last),
    "the last block's output is not used.": dots(model.norm(spy.seen[2])),
    "the logits are probabilities; leave them as they are.": dots(model.norm(last)).softmax(dim=-1),
}
checks.close("the logits", logits, dots(model.norm(last)), slips=slips)
### BEGIN HIDDEN TESTS
again, _, _, _ = spied(tokens[:, 3:5], caches)
checks.close("the same call a second time", again, logits)
checks.that(
    [cache[0].shape[2] for cache in caches] == [3, 3, 3], "the caches that went in were changed."
)
### END HIDDEN TESTS
checks.passed("each block has its own cache, and the logits are those of a GPT")

# %% [markdown]
# **Experiment.** Your model reads held-out text three ways: all at once, token by token with a cache, and in pieces
# of 7. How far apart are the logits?

# %% given="cache_error"
text = torch.stack([ids[:length] for ids in paragraphs])  # (6, length)


@torch.no_grad()
def logits_in_pieces(model: nn.Module, tokens: torch.Tensor, size: int) -> torch.Tensor:
    """The logits of tokens (B, T), read `size` at a time with a cache."""
    parts, caches = [], None
    for piece in tokens.split(size, dim=1):
        logits, caches = extend(model, piece, caches, run_block)
        parts.append(logits)
    return torch.cat(parts, dim=1)


with torch.no_grad():
    at_once = gpt(text)
largest = at_once.abs().max()
errors = {
    size: ((logits_in_pieces(gpt, text, size) - at_once).abs().max() / largest).item()
    for size in (1, 7)
}
kv_cache_max_error = max(errors.values())
for size, error in errors.items():
    print(f"{size} at a time: largest difference {error:.1e} of the largest logit")

# %% [markdown]
# The same but for rounding: float32 keeps about seven digits, and sums of other lengths are rounded in another order.
# Now the price. A model of 4 blocks
# with random weights writes 512 tokens, with and without the cache. Speed does not depend on what a model
# has learned. It runs on the CPU, where the arithmetic decides and not the start of many small kernels.


# %% given="cache_times"
@torch.no_grad()
def step_times(model: nn.Module, n: int, cached: bool) -> list[float]:
    """Seconds for each of n tokens, written greedily after one first token."""
    tokens, caches, seconds = torch.zeros(1, 1, dtype=torch.long), None, []
    for _ in range(n):
        start = time.perf_counter()
        if cached:
            logits, caches = extend(model, tokens[:, -1:], caches, run_block)
        else:
            logits = model(tokens)
        token = logits[:, -1].argmax(dim=-1, keepdim=True)
        seconds.append(time.perf_counter() - start)
        tokens = torch.cat([tokens, token], dim=1)
    return seconds


device.seed_everything(0)
slow = GPT(512, 512, *scaled(full=(256, 4, 4), smoke=(64, 1, 2))).eval()
times = {}
for name, cached in (("without a cache", False), ("with a cache", True)):
    step_times(slow, 20, cached)  # warms up
    times[name] = step_times(slow, 512, cached)
totals = {name: np.cumsum(seconds) for name, seconds in times.items()}

# %% given="cache_plot"
fig, axes = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
lengths = np.arange(16, 513, 16)
each = {  # the median over 16 tokens: one pause of the machine does not count
    name: 1e3 * np.median(np.reshape(seconds, (-1, 16)), axis=1) for name, seconds in times.items()
}
words = {"xlabel": "tokens in the text", "x": lengths}
plots.curves(axes[0], each, title="One token", ylabel="milliseconds", **words)
sums = {name: total[lengths - 1] for name, total in totals.items()}
plots.curves(axes[1], sums, title="All tokens so far", ylabel="seconds", **words)
for ax in axes:
    ax.set_ylim(bottom=0)
plots.show(
    fig,
    alt="Time against the number of tokens. Left, per token: without a cache a rising line, with a cache a level one. "
    "Right, in total: without a cache a curve that bends upwards, with a cache nearly a straight line.",
    caption="Left, one more token costs ever more without a cache, and about the same with it. Right, the sums: "
    "one bends upwards like n², the other grows like n.",
)
for name, total in totals.items():
    late = np.arange(128, 513)
    exponent = np.polyfit(np.log(late), np.log(total[late - 1]), 1)[0]
    print(f"{name}: {total[-1]:.2f} s for 512 tokens; from 128 on it grows like n^{exponent:.2f}")
kv_cache_speedup_at_512 = float(totals["without a cache"][-1] / totals["with a cache"][-1])
last = np.median(times["without a cache"][-16:]) / np.median(times["with a cache"][-16:])
print(f"512 tokens are {kv_cache_speedup_at_512:.1f} times faster, the last ones {last:.1f} times")

# %% [markdown]
# **What you saw.** Without a cache token $n$ costs work for $n$ tokens, and $1 + 2 + \dots + n \approx n^2 / 2$. Each
# call has a fixed cost too, so the exponent stays below 2 at such lengths. With a cache a token costs nearly
# the same at each length: only the attention over the stored keys grows, and it is a small part here.
#
# The cache has a price: memory. And it holds only while positions stay: when a text outgrows the context
# and the window slides, every token gets another position embedding, and all must be computed anew. With
# encodings that tell differences only (Lab 05: rotary) old keys stay good.

# %% [markdown]
# How much memory? Two tensors (k and v) per block, `d_model` numbers per token in each:
#
# $$\text{bytes} = 2 \cdot n_{layers} \cdot T \cdot d_{model} \cdot \text{bytes per number}$$

# %% given="cache_memory"
_, caches = extend(gpt, text[:1], None, run_block)
counted = sum(t.nbytes for cache in caches for t in cache)
n_layers, d_model = len(gpt.blocks), gpt.token_embedding.embedding_dim
formula = 2 * n_layers * length * d_model * 4
print(f"this model, {length} tokens, float32: formula {formula:,} bytes, counted {counted:,}")
large = 2 * 32 * 4096 * 4096 * 2
print(
    f"7 billion parameters (32 blocks, d_model 4096), 4096 tokens, 16 bits: {large / 2**30:.1f} GiB"
)
print(f"32 such texts: {32 * large / 2**30:.0f} GiB; the weights: {7e9 * 2 / 2**30:.0f} GiB")

# %% [markdown]
# A server that answers many people holds more cache than weights. So newer models shrink it: several query heads share
# one pair of key and value heads (*grouped-query attention*: [Ainslie et al., 2023](https://arxiv.org/abs/2305.13245)),
# and numbers of 8 bits or fewer are stored.

# %% [markdown]
# ## 8 · Prompts
#
# A language model does one thing: it continues text. A **template** turns another task into that. `[X]` is the
# input, `[Z]` what the model should fill in:
#
# | task | template | answers |
# |---|---|---|
# | sentiment | [X] The movie is [Z]. | great, terrible |
# | aspect | [X] What about service? [Z]. | good, bad |
# | topic | [X] The text is about [Z]. | sports, science |
# | question type | [X] The question is about [Z]. | quantity, city |
# | sentence pair | [X1]? [Z], [X2] | yes, no |
# | named entity | [X1] [X2] is a [Z] entity. | person, place |
# | summary | [X] TL;DR: [Z] | free text |
# | translation | French: [X] English: [Z] | free text |
#
# Free text is generated. For a choice you need no generation: score each answer, and take the best one. The score
# is the probability that the model continues the prompt with this answer, token by token:
#
# $$\ln P(\text{answer} \mid \text{prompt}) = \sum_i \ln P(a_i \mid \text{prompt}, a_1, \dots, a_{i-1})$$

# %% [markdown]
# ### Exercise 14 · The score of an answer (2 points · 15 min · ●●○)
#
# `model` takes tokens `(1, T)` and returns logits `(1, T, V)`; those at place $t$ are for token $t + 1$.
# `prompt` `(P,)` and `answer` `(A,)` are token ids, one or more in each. Return the log-probability of the
# answer after the prompt, a number or a tensor without dimensions: the *sum* over its tokens.
#
# Two tokens with probabilities ½ and ¼ have the score ln ½ + ln ¼ = −2.08.
#
# <details><summary>Hint 1: the idea</summary>One call of the model with prompt and answer joined gives all that you
# need. Which logits speak about the first token of the answer?</details>
# <details><summary>Hint 2: the formula</summary>Answer token i is token P + i of the whole (counted from 0), so the
# logits at place P + i − 1 are its own: the last prompt token's for i = 0.</details>
# <details><summary>Hint 3: the line</summary><code>log_probs.gather(-1, answer[:, None])</code> picks one number
# from each row of (A, V).</details>


# %% solution="answer_log_prob"
def answer_log_prob(
    model: Callable[[torch.Tensor], torch.Tensor], prompt: torch.Tensor, answer: torch.Tensor
) -> torch.Tensor:
    """The log-probability of the answer (A,) after the prompt (P,), summed over its tokens: a scalar."""
    ### BEGIN SOLUTION
    logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]  # (A, V)
    return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
    ### END SOLUTION


# %% given="table_model"
class TableModel:
    """Knows a table: row i holds the logits of the next token after token i, whatever came before."""

    def __init__(self, table: torch.Tensor) -> None:
        self.table = table  # (V, V)

    def __call__(self, tokens: torch.Tensor) -> torch.Tensor:
        one = tokens.dim() == 2 and len(tokens) == 1
        checks.that(one, f"the model takes tokens (1, T), not {tuple(tokens.shape)}.")
        return self.table[tokens]


class MemoryModel(TableModel):
    """Adds to the row of the table a bonus for tokens that have come before: all of the text matters."""

    def __call__(self, tokens: torch.Tensor) -> torch.Tensor:
        logits = super().__call__(tokens)
        return logits + 0.7 * F.one_hot(tokens, len(self.table)).cumsum(dim=1)


# %% check="answer_log_prob_table" points=1
chances = torch.tensor(
    [
        [0.50, 0.25, 0.05, 0.20],
        [0.10, 0.30, 0.40, 0.20],
        [0.15, 0.45, 0.05, 0.35],
        [0.25, 0.15, 0.55, 0.05],
    ]
)  # row: this token, column: the next one
model = TableModel(
    chances.log() + torch.tensor([[1.0], [-2.0], [0.5], [3.0]])
)  # softmax undoes this
prompt, answer = torch.tensor([1, 3, 0]), torch.tensor([1, 2, 2])
got = checks.run(answer_log_prob, model, prompt, answer)
words = {  # which of the numbers of the table a mistake takes
    "these are the logits at the answer's own places; those at place t are for token t + 1.": (
        0.30, 0.05, 0.05,
    ),
    "each row gives all tokens of the answer: take one number from each row, as gather does.": (
        0.25, 0.05, 0.05, 0.30, 0.40, 0.40, 0.45, 0.05, 0.05,
    ),
    "the prompt's own tokens are scored too.": (0.20, 0.25, 0.25, 0.40, 0.05),
    "the last token of the answer is missing.": (0.25, 0.40),
    "the first token of the answer is missing: the prompt's last logits speak about it.": (
        0.40, 0.05,
    ),
    "only the first token of the answer is scored.": (0.25,),
    "only the last token of the answer is scored.": (0.05,),
    "the prompt is scored, not the answer.": (0.20, 0.25),
    "off by one: the logits begin one place too early.": (0.15, 0.05, 0.40),
}  # fmt: skip
right = math.log(0.25 * 0.40 * 0.05)
slips = {cause: sum(math.log(c) for c in row) for cause, row in words.items()}
slips |= {
    "that is the mean over the tokens; take the sum.": right / 3,
    "that is a probability; take its logarithm.": 0.25 * 0.40 * 0.05,
    "probabilities are added; add their logarithms.": 0.25 + 0.40 + 0.05,
    "logits are added; they need a log-softmax first.": right + 1.0 - 2.0 + 0.5,
    "that is in bits: use the natural logarithm.": right / math.log(2),
    "the softmax runs over the places; it runs over the vocabulary: dim=-1.": -12.335,
    "the softmax runs over the places, it runs over the vocabulary: dim=-1.": -3.578,
    "the sign is flipped: a log-probability is negative.": -right,
}
checks.close("ln (0.25 · 0.40 · 0.05)", got, torch.tensor(right), rtol=1e-3, slips=slips)
checks.passed("the sum of the logarithms, from the right places")

# %% check="answer_log_prob_memory" points=1
model = MemoryModel(2 * checks.normal(5, 5, seed=70))
prompt, answer = torch.tensor([4, 0, 0, 2]), torch.tensor([3, 0])
got = checks.run(answer_log_prob, model, prompt, answer)
alone = {}
for cause, before in {
    "": [4, 0, 0, 2],
    "the model does not get the prompt, only its last token.": [2],
    "the model does not get the first token of the prompt.": [0, 0, 2],
}.items():
    total = 0.0
    for i, token in enumerate((3, 0)):
        z = model(torch.tensor([before + [3, 0][:i]]))[0, -1].tolist()
        total += z[token] - math.log(sum(math.exp(value) for value in z))
    alone[cause] = total
z = model(torch.tensor([[4, 0, 0, 2]]))[0, -1]
alone["every token is scored right after the prompt; the answer before it counts too."] = float(
    z[3] + z[0] - 2 * z.logsumexp(dim=0)
)
expected = torch.tensor(alone.pop("")).double()
checks.close("an answer that depends on all that came before", got, expected, slips=alone)
### BEGIN HIDDEN TESTS
model = MemoryModel(checks.normal(7, 7, seed=71))
for prompt, answer in (([6], [2]), ([1, 5], [5, 5, 0, 3]), ([2, 3, 2, 3], [1])):
    total = 0.0
    for i, token in enumerate(answer):
        z = model(torch.tensor([prompt + answer[:i]]))[0, -1]
        total += torch.distributions.Categorical(logits=z).log_prob(torch.tensor(token)).item()
    got = checks.run(answer_log_prob, model, torch.tensor(prompt), torch.tensor(answer))
    checks.close(f"{answer} after {prompt}", got, torch.tensor(total).double())
### END HIDDEN TESTS
checks.passed("each token is scored after the prompt and the answer so far")

# %% [markdown]
# **Which model answers?** The first of these that is there: a pretrained causal model in the folder `models` of your
# data folder (`$LABS_DATA/models/distilgpt2`, say), the same in the Hugging Face cache, a download of DistilGPT-2
# (full preset, 350 MB), or the model that you have trained above.


# %% given="causal_model"
@dataclass
class Causal:
    """A causal language model with its tokenizer; `logits` maps tokens (1, T) to (1, T, V)."""

    name: str
    logits: Callable[[torch.Tensor], torch.Tensor]
    encode: Callable[[str], list[int]]
    decode: Callable[[list[int]], str]


def read_pretrained(folder: Path, name: str) -> Causal:
    """A model and its tokenizer from a folder in the form of the hub; DataError if it cannot be read."""
    with stderr_to_stdout():
        from transformers import AutoModelForCausalLM, AutoTokenizer

        try:
            model = AutoModelForCausalLM.from_pretrained(folder).float().to(place).eval()
            words = AutoTokenizer.from_pretrained(folder)
        except Exception as error:
            reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
            raise datasets.DataError(f"{folder}: {reason}. Copy the folder again.") from error

    def encode(text: str) -> list[int]:
        return words(text, add_special_tokens=False).input_ids

    return Causal(name, lambda t: model(t).logits, encode, words.decode)


# %% given="find_model"
def load_causal_model() -> Causal:
    """A pretrained causal model from the data folder, the cache or the hub, else the lab's own; says which."""
    full = settings.preset() == "full"
    found = find_kind("ForCausalLM$|LMHeadModel$", "distilbert/distilgpt2", download=full)
    if found:
        chosen = read_pretrained(*found)
    else:
        chosen = Causal(
            "the lab's own GPT", gpt, lambda t: tokenizer.encode(t).ids, tokenizer.decode
        )
    print(f"The model that answers: {chosen.name}")
    return chosen


lm = load_causal_model()

# %% [markdown]
# **Experiment.** Twelve sentences, six about strings, six about numbers; none uses either word. The template asks,
# two answers are scored.

# %% given="sentences"
template, answers = "{} This text is about", [" strings", " numbers"]
sentences = [
    ("The method upper() returns a copy with every letter changed to a capital.", 0),
    ("The method split() cuts a line at each comma.", 0),
    ("The search begins at the left and returns the index of the first matching letter.", 0),
    ("The method strip() removes white space from both ends.", 0),
    ("The bytes are decoded with UTF-8, and wrong characters are replaced.", 0),
    ("The words are joined with a separator between them.", 0),
    ("The function abs() returns the distance from zero.", 1),
    ("The result is rounded to the nearest integer.", 1),
    ("The remainder of a division has the sign of the divisor.", 1),
    ("The function pow() raises x to the power of y.", 1),
    ("A float is stored with 53 bits of precision.", 1),
    ("The sum of two integers is exact, however large it is.", 1),
]


@torch.no_grad()
def answer_scores(text: str) -> torch.Tensor:
    """The log-probability of each answer after the template with this text, (2,)."""
    prompt = torch.tensor(lm.encode(template.format(text).strip()), device=place)
    ids = [torch.tensor(lm.encode(answer), device=place) for answer in answers]
    return torch.tensor([float(answer_log_prob(lm.logits, prompt, a)) for a in ids])


# %% given="classification_experiment"
empty = answer_scores("")
for answer, score in zip(answers, empty.tolist(), strict=True):
    print(f"without a text: ln P(“{answer}”) = {score:.2f}, tokens: {len(lm.encode(answer))}")
scores = torch.stack([answer_scores(text) for text, _ in sentences])  # (12, 2)
labels = torch.tensor([label for _, label in sentences])
print("\n numbers − strings: as it is, calibrated")
for (text, label), row in zip(sentences, scores, strict=True):
    plain, calibrated = (float(r[1] - r[0]) for r in (row, row - empty))
    print(f"{plain:+7.2f} {calibrated:+7.2f}   [{answers[label].strip()}] {text}")
for name, table in (("as it is", scores), ("calibrated", scores - empty)):
    right = int((table.argmax(dim=1) == labels).sum())
    luck = sum(math.comb(12, n) for n in range(right, 13)) / 2**12
    print(f"{name}: {right} of 12 right; a coin gets {right} or more with probability {luck:.2f}")

# %% [markdown]
# **What you saw.** A model has a favorite answer before it has read anything: the more frequent word, or the one with
# fewer tokens. The differences lean to that side. **Calibration** takes away the score under an empty text ([Zhao et
# al., 2021](https://arxiv.org/abs/2102.09690)). It removes the lean, not the ignorance: a small model trained on two
# megabytes hardly knows which words go together. Look at the last two lines: could a coin have done it? With twelve
# sentences, only a result near 12 says something.
#
# Chat models are trained on templates with roles: a *system* text that sets the manner ("speak as a pirate"), then
# what the *user* says, then the mark after which the *assistant* writes.
#
# Other pitfalls: a longer answer has a lower sum, so compare answers of equal length, or means; and the wording
# of the template matters, often more than anyone would like. Try others.

# %% given="summary_experiment"
fits = (text for text in prose.held_out if 40 <= len(lm.encode(text)) <= 90)
text = next(fits, prose.held_out[0][:200])
tokens = torch.tensor([lm.encode(text + "\nTL;DR:")], device=place)
device.seed_everything(0)
with torch.no_grad():
    for _ in range(scaled(full=30, smoke=5)):
        tokens = torch.cat([tokens, sampler(0.7, p=0.9)(lm.logits(tokens)[:, -1].float())], dim=1)
print(textwrap.fill(lm.decode(tokens[0].tolist()), 100))

# %% [markdown]
# Text from the web often has "TL;DR:" before a summary, so a large model that has read the web summarizes when it sees
# these letters ([Radford et al.,
# 2019](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf)). A small
# one goes on with the topic, more or less, and a model of documentation alone has never seen them. A prompt can only
# call up what training has put in.

# %% [markdown]
# ## 9 · Mixture of experts
#
# This section is a bonus, 3 of the 38 points. Most weights of a transformer sit in its feed-forward layers, and each
# token pays for all of them. A **mixture of experts** has several feed-forward networks and sends each token to a few.
# A **router**, one linear layer, gives each token a logit per expert. The $k$ best are taken, and a softmax over
# *their* logits gives the weights ([Shazeer et al., 2017](https://arxiv.org/abs/1701.06538); Mixtral does the same).
# The logits 2.0, 1.0, 0.5 with $k = 2$ give the experts 0 and 1, with these weights:

# %% given="routing_by_hand"
print(torch.tensor([2.0, 1.0]).softmax(dim=0))

# %% [markdown]
# Nothing makes the router fair. An expert chosen often learns faster, and is chosen more often. A **load-balancing
# term** works against it (Switch: [Fedus et al., 2021](https://arxiv.org/abs/2101.03961)):
#
# $$L = n_{experts} \sum_i f_i P_i$$
#
# $f_i$ is the share of all choices that fell on expert $i$, $P_i$ its mean probability (softmax over
# *all* logits). Perfect balance gives 1; with $k = 1$, one expert for all gives
# up to $n_{experts}$.

# %% [markdown]
# ### Exercise 15 · Routing and balance (3 points · 20 min · ●●○)
#
# These are bonus points. Write two functions.
#
# `route`: logits `(N, n_experts)` of N tokens → weights and indices of the experts with the `k` largest logits,
# both `(N, k)`, in any order. The weights of each token sum to 1, and their gradient reaches the logits.
#
# `load_balance_loss`: the router's probabilities `(N, n_experts)` and the indices `chosen` `(N, k)` → $L$, a
# scalar. The $f_i$ are counts of choices divided by $N \cdot k$. Counting has no gradient; through the
# probabilities it must flow.
#
# <details><summary>Hint 1: the idea</summary>Take the k best logits first, then the softmax. The loss is one sum over
# experts.</details>
# <details><summary>Hint 2: the formula</summary>f_i = count of i among the N · k choices / (N · k). P_i = mean of
# column i.</details>
# <details><summary>Hint 3: the line</summary><code>torch.bincount(chosen.flatten(), minlength=n_experts)</code>
# counts.</details>


# %% solution="moe"
def route(router_logits: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The k best experts of each token (Shazeer et al., 2017): logits (N, n_experts) → weights, indices (N, k)."""
    ### BEGIN SOLUTION
    best, indices = router_logits.topk(k, dim=-1)
    return best.softmax(dim=-1), indices
    ### END SOLUTION


def load_balance_loss(router_probs: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """n_experts · Σ f_i P_i (Fedus et al., 2021, equation 4): probs (N, n_experts), chosen (N, k) → scalar."""
    ### BEGIN SOLUTION
    n_experts = router_probs.shape[-1]
    share = torch.bincount(chosen.flatten(), minlength=n_experts) / chosen.numel()  # (n_experts,)
    return n_experts * (share * router_probs.mean(dim=0)).sum()
    ### END SOLUTION


# %% given="mixture_of"
def mixture_of(result, n_experts: int, k: int) -> torch.Tensor:
    """What `route` returned, as weights of all experts (N, n_experts): the order of the k does not matter."""
    weights, indices = checks.unpack("route", result, "weights", "indices")
    checks.tensor("the indices", indices)
    whole = not (indices.is_floating_point() or indices.dtype == torch.bool)
    checks.that(whole, f"the indices are {indices.dtype}: return weights, then indices.")
    N = len(indices)
    checks.shape("the indices", indices, tokens=N, k=k)
    checks.shape("the weights", weights, tokens=N, k=k)
    inside = bool(((indices >= 0) & (indices < n_experts)).all())
    checks.that(inside, f"an index is not between 0 and {n_experts - 1}.")
    distinct = all(len(set(row)) == k for row in indices.tolist())
    checks.that(distinct, "a token has the same expert twice.")
    return torch.zeros(N, n_experts, dtype=weights.dtype).scatter(1, indices, weights.detach())


# %% check="route_value" points=1
logits = torch.tensor(
    [[2.0, 0.5, -1.0, 1.0, 0.0], [-2.0, 1.5, 0.2, -0.5, 2.5], [0.3, -1.0, 3.0, 0.1, 2.0]]
)
got = mixture_of(checks.run(route, logits, 2), 5, 2)
near, far = 0.7311, 0.2689  # softmax of two logits that differ by 1
expected = torch.tensor([[near, 0, 0, far, 0], [0, far, 0, 0, near], [0, 0, near, 0, far]])
best = expected > 0
all_probs = logits.softmax(dim=-1)
slips = {
    "the softmax runs over all experts, so the weights do not sum to 1.": all_probs * best,
    "the k worst experts are chosen.": torch.tensor(
        [[0, 0, far, 0, near], [0.1824, 0, 0, 1 - 0.1824, 0], [0, 0.2497, 0, 1 - 0.2497, 0]]
    ),
    "the weights are equal; a softmax over the chosen logits is wanted.": 0.5 * best,
    "the weights are logits; they need a softmax.": logits * best,
    "softmax is taken twice: over probabilities, where logits belong.": torch.where(
        best, all_probs, -torch.inf
    ).softmax(dim=-1),
    "the weights are divided by their sum, but are logits: take their softmax.": logits
    * best
    / (logits * best).sum(dim=-1, keepdim=True),
    "the softmax runs over the tokens; it runs over the k experts of each: dim=-1.": best
    * torch.tensor([[0.1863], [0.3072], [0.5065]]),
    "the weights are swapped: the larger logit gets the larger weight.": (1 - expected) * best,
}
checks.close("the weights of 3 tokens, 2 of 5 experts", got, expected, atol=1e-3, slips=slips)
weights = checks.run(route, logits.clone().requires_grad_(), 2)[0]
cut = "no gradient reaches the logits through the weights, so the router could not learn."
checks.that(weights.requires_grad, cut)
got = mixture_of(checks.run(route, logits, 3), 5, 3)
checks.close("the weights with k = 3", got.sum(dim=1), torch.ones(3))
### BEGIN HIDDEN TESTS
logits = checks.normal(7, 4, seed=90)
for k in (1, 3, 4):
    kth = logits.sort(dim=-1, descending=True).values[:, k - 1 : k]
    expected = torch.where(logits >= kth, logits, -torch.inf).softmax(dim=-1)
    got = mixture_of(checks.run(route, logits, k), 4, k)
    checks.close(f"the weights of 7 tokens, {k} of 4 experts", got, expected)
### END HIDDEN TESTS
checks.passed("k experts for each token, with weights that sum to 1")

# %% check="load_balance_value" points=1
probs = torch.tensor(
    [
        [0.7, 0.1, 0.1, 0.1],
        [0.4, 0.3, 0.2, 0.1],
        [0.5, 0.05, 0.05, 0.4],
        [0.3, 0.5, 0.1, 0.1],
        [0.6, 0.2, 0.1, 0.1],
    ]
)
chosen = torch.tensor([[0, 1], [0, 1], [0, 3], [1, 0], [0, 1]])
f, P = [0.5, 0.4, 0.0, 0.1], [0.5, 0.23, 0.11, 0.16]  # by hand
right = 4 * sum(a * b for a, b in zip(f, P, strict=True))  # 1.432
first = [0.8, 0.2, 0.0, 0.0]  # shares of the first choices alone
slips = {
    "the factor n_experts is missing.": right / 4,
    "the counts are divided by N; each token makes k choices: N · k.": 2 * right,
    "the counts are not divided by anything.": 10 * right,
    "the probabilities are summed over the tokens; take their mean.": 5 * right,
    "the factor is N; it is the number of experts.": right * 5 / 4,
    "the factor is k; it is the number of experts.": right * 2 / 4,
    "the mean over the experts is taken; take the sum, times n_experts.": right / 16,
    "f_i must be counts, not probabilities.": 4 * sum(b * b for b in P),
    "P_i must be mean probabilities, not counts.": 4 * sum(a * a for a in f),
    "only the first choice of each token is counted.": 4
    * sum(a * b for a, b in zip(first, P, strict=True)),
    "only the second choice of each token is counted.": 4 * (0.2 * 0.5 + 0.6 * 0.23 + 0.2 * 0.16),
}
got = checks.run(load_balance_loss, probs, chosen)
checks.close("L for 5 tokens, 4 experts, k = 2", got, torch.tensor(right), atol=1e-4, slips=slips)
even = checks.run(load_balance_loss, torch.full((6, 3), 1 / 3), torch.tensor([[0], [1], [2]] * 2))
checks.close("L at perfect balance", even, torch.tensor(1.0))
collapsed = F.one_hot(torch.full((5,), 2), 6).float()
got = checks.run(load_balance_loss, collapsed, torch.full((5, 1), 2))
checks.close("L when one of six experts gets everything", got, torch.tensor(6.0))
checks.passed("1 at perfect balance, n_experts when one expert gets everything")

# %% check="load_balance_gradient" points=1
logits = checks.normal(6, 5, seed=91).float().requires_grad_()
chosen = torch.tensor([[4, 0], [4, 1], [4, 0], [0, 4], [4, 0], [4, 3]])
loss = checks.run(load_balance_loss, logits.softmax(dim=-1), chosen)
checks.tensor("L", loss)
blocked = "no gradient reaches the probabilities: P_i is cut off by .detach(), .item() or no_grad."
checks.that(loss.requires_grad, blocked)
(slope,) = checks.run(torch.autograd.grad, loss, logits)
checks.finite("the gradient", slope, "a division by a share that is 0.")
checks.that(
    (slope[:, 4] > 0).all() and (slope[:, 2] < 0).all(),
    "a step against the gradient should lower the overused expert 4 and lift the unused expert 2.",
)
### BEGIN HIDDEN TESTS
probs = checks.normal(6, 5, seed=92).float().softmax(dim=-1).requires_grad_()
(slope,) = torch.autograd.grad(checks.run(load_balance_loss, probs, chosen), probs)
counts = torch.tensor([4.0, 1.0, 0.0, 1.0, 6.0])
checks.close("∂L/∂p", slope, (5 / 6 * counts / 12).expand(6, 5), rtol=1e-4)
### END HIDDEN TESTS
checks.passed("its gradient takes tokens from a crowded expert")

# %% [markdown]
# The layer: each expert runs on its own tokens only, and its output is added in with its weight.


# %% given="moe_layer"
def expert(d_model: int) -> nn.Sequential:
    """A feed-forward network with d_ff = 4 · d_model."""
    return nn.Sequential(
        nn.Linear(d_model, 4 * d_model), nn.GELU(), nn.Linear(4 * d_model, d_model)
    )


class MoE(nn.Module):
    """A sparse feed-forward layer: each token goes through k of n_experts networks."""

    def __init__(self, d_model: int, n_experts: int, k: int) -> None:
        super().__init__()
        self.k, self.router = k, nn.Linear(d_model, n_experts, bias=False)
        self.experts = nn.ModuleList(expert(d_model) for _ in range(n_experts))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x (B, T, d_model) → (B, T, d_model); keeps what the router did in `probs` and `chosen`."""
        flat = x.flatten(0, 1)  # (N, d_model)
        logits = self.router(flat)  # (N, n_experts)
        weights, self.chosen = route(logits, self.k)  # (N, k)
        self.probs, y = logits.softmax(dim=-1), torch.zeros_like(flat)
        for i, network in enumerate(self.experts):
            token, slot = (self.chosen == i).nonzero(as_tuple=True)
            part = weights[token, slot, None] * network(flat[token])
            y = y.index_add(0, token, part.to(y.dtype))
        return y.view_as(x)


# %% given="moe_dense"
device.seed_everything(0)
layer, x = MoE(32, n_experts=4, k=4).double(), checks.normal(2, 10, 32, seed=95)
with torch.no_grad():
    gates = layer.router(x).softmax(dim=-1)  # (2, 10, 4)
    dense = sum(gates[..., i : i + 1] * network(x) for i, network in enumerate(layer.experts))
    print(f"k = n_experts against the full mixture: {(layer(x) - dense).abs().max():.1e}")


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


d, n_experts, k = scaled(full=128, smoke=32), 8, 2
layer, one = MoE(d, n_experts, k), 8 * d**2 + 5 * d  # two matrices d × 4d, biases 4d and d
router = d * n_experts
print(f"total parameters:  formula {n_experts * one + router:,}, counted {count(layer):,}")
active = k * count(layer.experts[0]) + count(layer.router)
print(f"active for a token: formula {k * one + router:,}, counted {active:,}")

# %% [markdown]
# Eight experts, two for each token: the layer holds four times what a token pays for. Mixtral 8x7B has 47 billion
# parameters, of which 13 billion work on a token ([Jiang et al., 2024](https://arxiv.org/abs/2401.04088)). The memory
# must hold all of them.
#
# **Experiment.** Two small GPTs with such layers, the same seed, trained with and without the balance term. How
# are the choices shared out?


# %% given="moe_training"
def moe_gpt(seed: int) -> nn.Module:
    """A GPT of two blocks whose feed-forward layers are mixtures."""
    device.seed_everything(seed)
    model = GPT(tokenizer.get_vocab_size(), 128, d, 2, 4)
    for block in model.blocks:
        block.feed_forward = MoE(d, n_experts, k)
    return model.to(place)


def moe_loss(balance: float) -> Callable[[nn.Module, Batch], torch.Tensor]:
    def loss(model: nn.Module, batch: Batch) -> torch.Tensor:
        prediction = gpt_loss(model, batch)
        layers = [block.feed_forward for block in model.blocks]
        unbalanced = sum(load_balance_loss(layer.probs, layer.chosen) for layer in layers)
        return prediction + balance * unbalanced

    return loss


stream = encoded("\n\n".join(prose.train[: scaled(full=None, smoke=40)]))
windows = stream[: len(stream) // 129 * 129].reshape(-1, 129)
batches = Batches(windows, batch_size=scaled(full=8, smoke=2))
mixtures = {}
for name, balance in (("without the term", 0.0), ("with the term", 0.02)):
    mixtures[name] = moe_gpt(seed=0)
    steps = scaled(full=120, smoke=2)
    history = fit(mixtures[name], batches, moe_loss(balance), steps=steps, lr=2e-3, show=False)
    print(f"{name}: {steps} steps in {history.seconds:.0f} s")

# %% given="moe_shares"
T = scaled(full=48, smoke=12)
held = torch.stack(
    [ids[:T] for text in prose.held_out if len(ids := encoded(text)) > T]
)  # (P, T + 1)
held = held[:300]
fig, axes = plt.subplots(1, 2, figsize=(10, 3.2), sharey=True, layout="constrained")
for j, (name, model) in enumerate(mixtures.items()):
    with torch.no_grad():
        loss = F.cross_entropy(model(held[:, :-1]).float().mT, held[:, 1:])
    print(f"{name}: held-out loss {loss:.2f} nats per token")
    for i, (ax, block) in enumerate(zip(axes, model.blocks, strict=True)):
        chosen = block.feed_forward.chosen.flatten()
        share = torch.bincount(chosen, minlength=n_experts).cpu() / chosen.numel()
        bars = {"color": plots.COLORS[j], "hatch": ("//", "")[j], "edgecolor": "white"}
        at = 1 + torch.arange(n_experts) + 0.4 * j - 0.2
        ax.bar(at, share.sort(descending=True).values, 0.4, label=name, **bars)
        ax.set(title=f"Block {i + 1}", xlabel="expert, busiest first", ylabel="share of choices")
        ax.axhline(1 / n_experts, color="black", linewidth=0.8)
axes[1].legend()
plots.show(
    fig,
    alt="Share of the choices that each of eight experts gets in two blocks, busiest first, and a line at one eighth. "
    "Without the balance term two experts get most of them; with it the shares are more even.",
    caption="The line is perfect balance. Without the term the busiest experts get more and the last ones less.",
)

# %% [markdown]
# **Experiment.** What goes where? The tokens that an expert of the last block gets more often than others, and
# then a wager: you may guess the first choice of a token from one clue. Which clue helps most?


# %% given="moe_tokens"
mixture, inputs = mixtures["with the term"], held[:, :-1]
with torch.no_grad():
    mixture(inputs)
tokens = inputs.flatten().cpu()
choices = [block.feed_forward.probs.argmax(dim=-1).cpu() for block in mixture.blocks]
counts = torch.bincount(tokens, minlength=tokenizer.get_vocab_size())
often = (counts >= scaled(full=15, smoke=2)).nonzero().flatten()
for e in range(n_experts):
    own = torch.bincount(tokens[choices[-1] == e], minlength=len(counts))
    share = own[often] / counts[often]
    best = often[share.argsort(descending=True)[:9]].tolist()
    print(
        f"expert {e + 1}:",
        "  ".join(f"{shown(t)} {own[t] / counts[t]:.0%}" for t in best if own[t]),
    )

# %% given="moe_clues"


def guessed(choice: torch.Tensor, clue: torch.Tensor) -> float:
    """How often the usual expert for a clue, counted on half of the tokens, is right on the other half."""
    half = torch.rand(len(clue), generator=torch.Generator().manual_seed(0)) < 0.5
    table = torch.zeros(int(clue.max()) + 1, n_experts)
    ones = torch.ones(int(half.sum()))
    table.index_put_((clue[half], choice[half]), ones, accumulate=True)
    table += 1e-3 * table.sum(dim=0) / len(ones)  # a clue never seen: the usual expert of all
    return (table[clue[~half]].argmax(dim=1) == choice[~half]).float().mean().item()


paragraph, position = (
    g.flatten() for g in torch.meshgrid(*map(torch.arange, inputs.shape), indexing="ij")
)
previous = inputs.roll(1, dims=1).flatten().cpu()
clues = {
    "nothing": torch.zeros_like(tokens),
    "the paragraph, that is the subject": paragraph,
    "the position": position,
    "the token before": previous,
    "the token itself": tokens,
}
print(f"{'clue':36} block 1  block 2")
for name, clue in clues.items():
    print(f"{name:36} {guessed(choices[0], clue):7.0%}  {guessed(choices[1], clue):7.0%}")

# %% [markdown]
# **What you saw.** The word *expert* misleads. Nobody here is the expert for files and nobody for numbers: knowing
# the paragraph hardly helps to guess the expert, knowing the token helps most. Experts share out tokens: endings,
# punctuation, frequent words, and much that nobody can read a rule from. The authors of Mixtral looked for
# subjects in a far larger model and found mostly syntax. The router is trained to lower the loss and
# to spread the load; nothing asks it for a division of knowledge.
#
# The balance term may cost a little loss, and buys even use. On one machine that is merely tidy; where each
# expert sits on a device of its own, the busiest one decides how long all wait.

# %% [markdown]
# ## Going further
#
# Ungraded. Put a novel into `data/`, as a `.txt` file, and train on it: does the model pick up the voice? Give the
# cache rotary positions (Lab 05), and let the window slide without computing anything anew. Train with a vocabulary
# of 260, bytes only: more tokens per text, fewer choices; which one wins in bits per byte?
#
# - [Radford et al.
#   (2018](https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf),
#   [2019)](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf): GPT
#   and GPT-2. [Brown et al. (2020)](https://arxiv.org/abs/2005.14165), GPT-3: what a larger one does with prompts.
# - [Devlin et al. (2019)](https://arxiv.org/abs/1810.04805), *BERT*; [Liu et al.
#   (2019)](https://arxiv.org/abs/1907.11692), *RoBERTa*: which parts of it were needed.
# - [Kaplan et al. (2020)](https://arxiv.org/abs/2001.08361) and [Hoffmann et al.
#   (2022)](https://arxiv.org/abs/2203.15556): scaling laws, and their correction.
# - [Holtzman et al. (2020)](https://arxiv.org/abs/1904.09751), *The Curious Case of Neural Text Degeneration*: why
#   greedy text is dull.
# - [Fedus et al. (2021)](https://arxiv.org/abs/2101.03961), *Switch Transformers*: experts at scale.
# - [Mikolov et al. (2013)](https://arxiv.org/abs/1301.3781), *word2vec*: vectors for words, learned by guessing
#   neighbors, before there were GPTs.
# - Bark ([Suno, 2023](https://github.com/suno-ai/bark)): a GPT whose tokens are sounds; it speaks, laughs and sings.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# A tokenizer cuts any text into frequent pieces. A GPT predicts the next one at every place at once, under a causal
# mask; BERT fills holes instead, and sees both sides. Bits per byte compares models with different tokenizers, and
# with compressors. How you draw the next token decides how a text reads; a cache makes the drawing cheap. A prompt
# calls up only what training has put in, and experts buy parameters that most tokens do not pay for.

# %% given="metrics"
report(
    "06_gpt",
    bits_per_byte=gpt_bits_per_byte,
    ngram_bits_per_byte=ngram_bits_per_byte,
    xz_bits_per_byte=xz_bits_per_byte,
    kv_cache_speedup_at_512=kv_cache_speedup_at_512,
    kv_cache_max_error=kv_cache_max_error,
    tokens_per_second=tokens_per_second,
)
