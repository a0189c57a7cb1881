# %% [markdown]
# ## 4 · Summaries
#
# A summary is text to text, too. Most functions of Python's library begin their description with one line that sums it
# up, and then say more. So a model can learn to write the first line from the rest. *ROUGE-L* ([Lin,
# 2004](https://aclanthology.org/W04-1013)) judges it: the longest list of words that both lines have *in the same
# order*, with gaps allowed. That is their longest common subsequence, of length $L$.
#
# - machine: `return a new list` · reference: `return the list of names as a new list`
#
# `return a new list` is a subsequence of the reference, so $L = 4$. Precision $4/4$, recall $4/9$. ROUGE-L is their
# harmonic mean, $F = \frac{2 \cdot 4}{4 + 9} = 0.615$.

# %% [markdown]
# ### Exercise 8 · ROUGE-L (3 points · 15 min · ●●○)
#
# `machine` and `reference` are lists of words. Return $F = 2L / (m + r)$, where $m$ and $r$ are the lengths: a float
# between 0 and 1, and 0 when no word is shared.
#
# $L$ comes from a table. $L_{ij}$ is the length for the first $i$ words of one and the first $j$ of the other. If the
# two last words are equal, $L_{ij} = L_{i-1,j-1} + 1$, else it is the larger of $L_{i-1,j}$ and $L_{i,j-1}$. The
# lines have up to a few hundred words: fill the table, do not call a function within itself.
#
# <details><summary>Hint 1: the idea</summary>A table with one row and one column more than there are words; the first
# ones are 0.</details>
# <details><summary>Hint 2: the formula</summary>Go through i from 1 to m, and within it through j from 1 to r. The
# answer stands in the last corner.</details>
# <details><summary>Hint 3: the line</summary><code>L = [[0] * (len(reference) + 1) for _ in range(len(machine) +
# 1)]</code></details>


# %% solution="rouge_l"
def rouge_l(machine: list[str], reference: list[str]) -> float:
    """The F score of the longest common subsequence (Lin, 2004), between 0 and 1.

    Args:
        machine, reference: the words of the two texts.
    """
    ### BEGIN SOLUTION
    L = [[0] * (len(reference) + 1) for _ in range(len(machine) + 1)]
    for i, a in enumerate(machine, 1):
        for j, b in enumerate(reference, 1):
            L[i][j] = L[i - 1][j - 1] + 1 if a == b else max(L[i - 1][j], L[i][j - 1])
    longest = L[-1][-1]
    return 2 * longest / (len(machine) + len(reference)) if longest else 0.0
    ### END SOLUTION


# %% check="rouge_order" points=1
lines = [text.split() for text in ("return a new list", "return the list of names as a new list")]
got = checks.run(rouge_l, *lines)
checks.number("ROUGE-L", got)
slips = {
    "that is the recall, L / r; F needs the precision, too.": 4 / 9,
    "that is the precision, L / m; F needs the recall, too.": 1.0,
    "2L over m + r: the 2 is missing.": 4 / 13,
    "gaps are allowed; this is the longest run without one.": 6 / 13,
}
checks.close("the example of the text", got, 8 / 13, slips=slips)
got = checks.run(rouge_l, list("abcd"), list("dcbax"))
slips = {
    "the order counts: here no two words stand in the same order.": 8 / 9,
    "the table starts at 0, where one of the texts is empty.": 4 / 9,
}
checks.close("a line read backward", got, 2 / 9, slips=slips)
checks.passed("words in the same order, gaps allowed")

# %% check="rouge_repeats" points=1
got = checks.run(rouge_l, list("aaa"), list("ba"))
slips = {"one word of the reference matches once: go back in both texts after a match.": 6 / 5}
checks.close("a word that repeats", got, 2 / 5, slips=slips | {"it matches once.": 4 / 5})
for pair in ((["a"], ["b"]), ([], ["a", "b"]), ([], [])):
    got = checks.run(rouge_l, *pair)
    checks.that(got == 0, f"nothing is shared by {pair[0]} and {pair[1]}: 0, not {got}.")
checks.passed("words that repeat, and nothing shared")

# %% check="rouge_table" points=1
got = checks.run(rouge_l, list("eabcd"), list("abcde"))
slips = {"greedy matching from the left takes e and misses abcd; fill the table.": 2 / 10}
checks.close("e moved from the end to the front", got, 8 / 10, slips=slips)
draw = random.Random(5)
one, other = (draw.choices("abcdef", k=n) for n in (60, 80))
there, back = checks.run(rouge_l, one, other), checks.run(rouge_l, other, one)
checks.that(abs(there - back) < 1e-9, "F is the same when the two texts change places.")
### BEGIN HIDDEN TESTS
import difflib

for k in (3, 7, 10):
    kept = sorted(draw.sample(range(80), k))
    part = [other[i] for i in kept]
    checks.close(f"{k} words of 80", checks.run(rouge_l, part, other), 2 * k / (k + 80))
low = sum(
    block.size for block in difflib.SequenceMatcher(None, one, other, False).get_matching_blocks()
)
checks.that(there >= 2 * low / 140 - 1e-9, "a longer common subsequence exists.")
### END HIDDEN TESTS
checks.passed("the longest of all, filled in by a table")

# %% [markdown]
# **Data.** Descriptions from the library, dealt by module, so that no module stands in two parts. The model reads
# forty pieces, the name and the beginning of the rest, and writes the first line.
#
# **The rival** needs no training: take the first words of the text, as many as a summary usually has. For news that is
# hard to beat. Is it here?


# %% given="docstrings"
def described(source: Path) -> list[tuple[str, str]]:
    """Name and rest of each description in a file, as one text, and its first line."""
    documented = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    try:
        nodes = ast.walk(ast.parse(source.read_bytes()))
    except (SyntaxError, ValueError):
        return []
    found = []
    for node in (node for node in nodes if isinstance(node, documented)):
        first, _, rest = (ast.get_docstring(node) or "").partition("\n\n")
        first, rest = (" ".join(text.split()) for text in (first, rest))
        if 3 <= len(first.split()) <= 15 and len(rest.split()) >= 8:
            found.append((f"{node.name.strip('_').replace('_', ' ')}: {rest}", first))
    return found


library = Path(sysconfig.get_path("stdlib"))
sources = sorted([*library.glob("*.py"), *library.glob("[a-z]*/*.py")])
sources = [
    p for p in sources if p.parent.name not in ("test", "idlelib", "lib2to3", "site-packages")
]
random.Random(0).shuffle(sources)
described_files = [described(source) for source in sources[:: scaled(full=1, smoke=12)]]
tenth = len(described_files) // 10
test_summaries = list(dict.fromkeys(pair for file in described_files[:tenth] for pair in file))
train_summaries = [pair for file in described_files[tenth:] for pair in file]
known = {first for _, first in train_summaries}
test_summaries = [pair for pair in test_summaries if pair[1] not in known]
print(f"{len(train_summaries):,} + {len(test_summaries)} descriptions")
print(test_summaries[0])

# %% experiment="summary_training"
# Experiment · A translator learns to sum up
most_read = 40  # pieces of a description that are read


def cut(text: str) -> str:
    """The beginning of a description, as many pieces as are read."""
    return pieces.decode(pieces.encode(text).ids[:most_read])


seed_everything(0)
summarizer = copy.deepcopy(translators[best])
sum_pairs = [
    (read(SUM, cut(text)), [*pieces.encode(first).ids, END]) for text, first in train_summaries
]
train(summarizer, sum_pairs, scaled(full=200, smoke=2), "Summing up")
whole = [text for text, _ in test_summaries[: scaled(full=None, smoke=8)]]
by_people = [first for _, first in test_summaries[: len(whole)]]

# %% experiment="summary_scores"
# Experiment · Who sums up best?
n_words = round(sum(len(first.split()) for _, first in train_summaries) / len(train_summaries))
bag = TfidfVectorizer(sublinear_tf=True).fit([text for text, _ in train_summaries])
likeness = bag.transform(whole) @ bag.transform([text for text, _ in train_summaries]).T
summaries = {
    f"the first {n_words} words": [
        " ".join(text.split(": ", 1)[1].split()[:n_words]) for text in whole
    ],
    "the most similar one's": [train_summaries[int(i)][1] for i in likeness.toarray().argmax(1)],
    "the model's": write(summarizer, SUM, [cut(text) for text in whole]),
}
summary_scores = {}
for name, lines in summaries.items():
    scores = [rouge_l(words(a), words(b)) for a, b in zip(lines, by_people, strict=True)]
    summary_scores[name] = sum(scores) / len(scores)
    print(f"ROUGE-L {summary_scores[name]:.3f}  {name}")
for i in range(0, len(whole), max(1, len(whole) // 4)):
    print(f"\n{whole[i]:.100}\n  people: {by_people[i]:.90}\n  model:  {summaries[name][i]:.90}")
