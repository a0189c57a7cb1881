# %% [markdown]
# ## 3 · Translation
#
# The data are real: what the translators of JupyterLab, Django, Superset and others wrote for their menus and
# messages, and phrases that the Unicode Consortium's CLDR gives in both languages. Some messages are translated
# wrongly, as in the programs themselves. Messages that differ only in case, numbers or punctuation are in the same
# part, so that nothing of the test was seen in training.

# %% given="pairs"
messages = datasets.load_messages()
phrases = datasets.cldr_phrases(scaled(full=10_000, smoke=400))
for pair in (*messages.train[100:900:200], *phrases.train[:4]):
    print(f"{pair.source:30.30}  {pair.english:40.40}  {pair.french:.50}")

# %% [markdown]
# **How good is a translation?** There is more than one right answer, so a person should judge. *BLEU* ([Papineni et
# al., 2002](https://aclanthology.org/P02-1040)) is the cheap stand-in: how many words, pairs, triples and runs of four
# does the machine share with a reference?
#
# - machine: `the the file` · reference: `save the file`
#
# `the` stands once in the reference, so only one of the machine's two counts: it is *clipped*. Two of three words
# match; of two pairs one, `the file`. The *precision* $p_n$ is matches over runs of length $n$, of all lines together.
# A machine that writes little could have high precisions. So being shorter than the references costs:
#
# $$\text{BLEU} = 100 \cdot \min\!\left(1,\; e^{1 - R/M}\right) \cdot (p_1\, p_2\, p_3\, p_4)^{1/4}$$
#
# $M$ and $R$ are the words of all machine lines and of all references.

# %% [markdown]
# ![The machine's line the the file above the reference save the file; the second the and file are joined to the
# reference, the first the is clipped; below: two of three words, one of two pairs](figures/bleu.svg)
#
# *Clipping: a word of the reference can be matched once.*

# %% [markdown]
# ### Exercise 7 · BLEU (4 points · 20 min · ●●○)
#
# `machine` and `references` are lists of the same length, and each entry is a list of words. Return BLEU, a float from
# 0 to 100. Add up matches and runs over *all* lines before you divide. When a precision is 0, BLEU is 0.
#
# <details><summary>Hint 1: the idea</summary>A <code>collections.Counter</code> of all runs of n words, as tuples, for
# the machine's line, and one for its reference.</details>
# <details><summary>Hint 2: the formula</summary>Clipping takes the smaller of two counts, for each run. The
# intersection of two counters does just that: <code>a &amp; b</code>, and <code>.total()</code> adds
# up.</details>
# <details><summary>Hint 3: the line</summary><code>collections.Counter(zip(*(line[i:] for i in
# range(n))))</code> counts all runs of n words.</details>


# %% solution="bleu"
def bleu(machine: list[list[str]], references: list[list[str]]) -> float:
    """The BLEU of all lines together (Papineni et al., 2002), with runs of 1 to 4 words, between 0 and 100.

    Args:
        machine: the words of each line that a machine wrote.
        references: the words of each line as it should be; as many as in machine.
    """
    ### BEGIN SOLUTION
    score = 1.0
    for n in range(1, 5):
        matches = runs = 0
        for line, reference in zip(machine, references, strict=True):
            mine, right = (
                collections.Counter(zip(*(words[i:] for i in range(n)), strict=False))
                for words in (line, reference)
            )
            matches += (mine & right).total()
            runs += mine.total()
        score *= (matches / runs if runs else 0.0) ** 0.25
    M, R = sum(map(len, machine)), sum(map(len, references))
    return 100 * score * min(1.0, math.exp(1 - R / M)) if M else 0.0
    ### END SOLUTION


# %% data="bleu_lines"
# Data · Lines of letters, and BLEU of them
def bleu_of(machine: str, references: str) -> float:
    """Your BLEU of lines of letters, which commas set apart."""
    lines = [[list(line) for line in text.split(",")] for text in (machine, references)]
    result = checks.run(bleu, *lines)
    result = float(result) if type(result) is int else result  # 0 is as good as 0.0
    checks.number("BLEU", result)
    return result


def from_counts(*matches_and_runs: int, M: int = 1, R: int = 1) -> float:
    """100 times the fourth root of a product of fractions, with the penalty for M words in place of R."""
    tops, bottoms = matches_and_runs[::2], matches_and_runs[1::2]
    return 100 * (math.prod(tops) / math.prod(bottoms)) ** 0.25 * math.exp(min(0, 1 - R / M))


# %% check="bleu_precisions" points=1
got = bleu_of("abcdefg", "abcdexg")
slips = {
    "the range is from 0 to 100: multiply by 100.": from_counts(6, 7, 4, 6, 3, 5, 2, 4) / 100,
    "it is the geometric mean: the product to the power of ¼.": 100
    * (6 * 4 * 3 * 2)
    / (7 * 6 * 5 * 4),
    "that is the mean of the precisions; take the fourth root of their product.": 25
    * (6 / 7 + 4 / 6 + 3 / 5 + 2 / 4),
    "runs of one to four words; the longest is missing.": 100 * (6 / 7 * 4 / 6 * 3 / 5) ** (1 / 3),
    "only single words are counted.": 600 / 7,
    "each line has 7 − n + 1 runs of n words, not 7.": from_counts(6, 7, 4, 7, 3, 7, 2, 7),
}
checks.close("6/7, 4/6, 3/5 and 2/4", got, from_counts(6, 7, 4, 6, 3, 5, 2, 4), slips=slips)
checks.passed("runs of one to four words")

# %% check="bleu_clipping" points=1
got = bleu_of("abcdaaaa", "xabcdayz")
slips = {
    "a run that stands once in the reference is matched once: clip the counts.": from_counts(
        8, 8, 4, 7, 3, 6, 2, 5
    ),
    "a word that repeats counts each time it stands: use counters, not sets.": from_counts(
        4, 4, 4, 5, 3, 5, 2, 5
    ),
}
checks.close("5/8, 4/7, 3/6 and 2/5", got, from_counts(5, 8, 4, 7, 3, 6, 2, 5), slips=slips)
checks.passed("what the reference has once is matched once")

# %% check="bleu_brevity" points=1
got = bleu_of("abcde", "abcdefgh")
slips = {
    "short lines must cost: the factor e^(1 − R/M).": 100.0,
    "the penalty divides by the wrong length: R / M.": 100 * math.exp(1 - 5 / 8),
    "the penalty is e^(1 − R/M), not M/R.": 100 * 5 / 8,
}
checks.close("five words for eight", got, 100 * math.exp(1 - 8 / 5), slips=slips)
longer = bleu_of("abcdefgh", "abcde")
slips = {
    "a line that is too long has no bonus: min(1, …).": from_counts(5, 8, 4, 7, 3, 6, 2, 5)
    * math.exp(3 / 8),
    "that divides by the runs of the reference; a precision divides by the machine's own.": 100.0,
}
checks.close("eight words for five", longer, from_counts(5, 8, 4, 7, 3, 6, 2, 5), slips=slips)
checks.passed("short costs, long has no bonus")

# %% check="bleu_corpus" points=1
got = bleu_of("abcdef,ghij,k", "abcdxf,ghij,kl")
right = from_counts(10, 11, 6, 8, 4, 6, 2, 4, M=11, R=12)
single = [bleu_of("abcdef", "abcdxf"), 100.0, 0.0]
slips = {
    "that is the mean of the lines' BLEU; add up counts first.": sum(single) / 3,
    "the penalty compares all words, 11 with 12.": from_counts(10, 11, 6, 8, 4, 6, 2, 4),
}
checks.close("three lines", got, right, slips=slips)
turned = bleu_of("abcdef,ghijkl", "ghijkl,abcdef")
checks.that(
    turned == 0,
    f"two lines, each the other's reference: expected 0, got {turned:.2f}. Clip each line by its own reference, then "
    "add up.",
)
what = "no run of four matches, so BLEU is 0; got {:.2f}."
none = bleu_of("abcx", "abcd")
checks.that(abs(none) < 1e-9, what.format(none))
short = bleu_of("ab", "ab")
checks.that(abs(short) < 1e-9, "two words have no run of four: that precision is 0, not 1.")
### BEGIN HIDDEN TESTS
draw = random.Random(7)
lines = [["".join(draw.choices("abcd", k=draw.randint(1, 12))) for _ in range(40)] for _ in "MR"]
got = bleu_of(*(",".join(text) for text in lines))
spaced = [[" ".join(line) for line in text] for text in lines]
known = sacrebleu.corpus_bleu(
    spaced[0], [spaced[1]], smooth_method="none", tokenize="none", force=True
)
checks.close("forty random lines, against sacrebleu", got, known.score, rtol=1e-4)
### END HIDDEN TESTS
checks.passed("counts of all lines together")

# %% [markdown]
# **Published figures.** Is `l'axe` one word or three? BLEU changes with it, so papers use one program, *sacrebleu*
# ([Post, 2018](https://arxiv.org/abs/1804.08771)); from here on, so do you. It also has *chrF*: runs of letters in
# place of words, which forgives a wrong ending.
#
# **The bar to clear** is a dictionary. *IBM Model 1* ([Brown et al., 1993](https://aclanthology.org/J93-2003)) learns
# it from the pairs alone. Each French word shares itself among the English words of its line. Of all that an English
# word got, the part from one French word is the chance, in the next round, that it means that word. The shares are
# weights that sum to 1, as in attention, but one for each pair of words, wherever they stand.


# %% given="dictionary"
def words(line: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", line.lower())


def learn_dictionary(pairs: Sequence[datasets.Pair], rounds: int = 5) -> dict[str, str]:
    """The likeliest French word of each English one, by IBM Model 1."""
    lines = [(words(pair.english), words(pair.french)) for pair in pairs]
    chance = collections.defaultdict(lambda: 1.0)
    for _ in range(rounds):
        share, total = collections.Counter(), collections.Counter()
        for english, french in lines:
            for f in french:
                all_of_line = sum(chance[e, f] for e in english)
                for e in english:
                    share[e, f] += chance[e, f] / all_of_line
                    total[e] += chance[e, f] / all_of_line
        chance = collections.defaultdict(
            float, {(e, f): c / total[e] for (e, f), c in share.items()}
        )
    best = {}
    for (e, f), c in chance.items():
        if c > chance.get((e, best.get(e)), 0.0):
            best[e] = f
    return best


# %% experiment="dictionary_scores"
# Experiment · A dictionary translates word by word
dictionary = learn_dictionary(messages.train + phrases.train, rounds=scaled(full=5, smoke=1))
held_out = {
    "messages": messages.test[: scaled(full=None, smoke=20)],
    "phrases": phrases.test[: scaled(full=500, smoke=20)],
}
results: dict[str, dict[str, float]] = {}
written: dict[str, dict[str, list[str]]] = {}


def judge(name: str, translate: Callable[[list[str]], list[str]]) -> None:
    """Translates what is held out, and keeps the lines and their scores."""
    results[name], written[name] = {}, {}
    for part, pairs in held_out.items():
        lines = translate([pair.english for pair in pairs])
        references = [pair.french for pair in pairs]
        exact = sum(a == b for a, b in zip(lines, references, strict=True)) / len(pairs)
        score = sacrebleu.corpus_bleu(lines, [references], force=True).score
        letters = sacrebleu.corpus_chrf(lines, [references]).score
        results[name] |= {f"{part}, BLEU": score, f"{part}, chrF": letters}
        results[name][f"{part}, exact"] = 100 * exact
        written[name][part] = lines
    print(f"{name}:", ", ".join(f"{key} {value:.1f}" for key, value in results[name].items()))


def word_by_word(lines: list[str]) -> list[str]:
    """Each word by the dictionary; a word that it does not know stays, and so does the capital of a line."""
    found = (" ".join(dictionary.get(word, word) for word in words(line)) for line in lines)
    return [
        a[:1].upper() + a[1:] if b[0].isupper() else a for a, b in zip(found, lines, strict=True)
    ]


judge("dictionary", word_by_word)
for english in ("file", "chart", "delete", "thursday"):
    print(f"{english:10} {dictionary.get(english)}")
