# %% [markdown]
# ## 7 · Other ways to score
#
# Additive attention is one way to say how well a query fits a key. Here are the others, with $s$ the
# query and $h_j$ a key:
#
# | name | score | trained |
# |---|---|---|
# | content-based ([Graves et al., 2014](https://arxiv.org/abs/1410.5401)) | $\cos(s, h_j)$ | nothing |
# | additive ([Bahdanau et al., 2015](https://arxiv.org/abs/1409.0473)) | $v^\top \tanh(W s + U h_j)$ | $W, U, v$ |
# | location-based ([Luong et al., 2015](https://arxiv.org/abs/1508.04025)) | $(W_a s)_j$ | $W_a$ |
# | general ([Luong et al., 2015](https://arxiv.org/abs/1508.04025)) | $s^\top W_a h_j$ | $W_a$ |
# | dot product ([Luong et al., 2015](https://arxiv.org/abs/1508.04025)) | $s^\top h_j$ | nothing |
# | scaled dot product ([Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)) | $s^\top h_j / \sqrt{d}$ | nothing |
#
# In the last four there is nothing but matrix products. That is why they are fast, and why the last one will
# carry the Transformer.

# %% [markdown]
# ### Exercise 8 · Five scores (6 points · 20 min · ●●○)
#
# Write the five other scores of the table, each for one query per line, `s` `(B, d)`, and all keys of
# that line, `h` `(B, S, d)`. All return `(B, S)`.
#
# - In `general_score`, query and keys may differ in size: `s` `(B, d_dec)`, `h` `(B, S, d_enc)`, `W`
#   `(d_dec, d_enc)`.
# - `location_score` does not look at the keys at all: instead of `h` it gets their number, `S`. `W` `(max_len, d_dec)`
#   has one row per place; the first `S` rows count.
# - In `scaled_dot_score`, `d` is the number of entries of a key.
# - In `content_score`, a key of zeros has the score 0, not NaN: padding may hold one.
#
# <details><summary>Hint 1: the idea</summary>The keys have one more dimension than the query. Give the
# query one too, <code>s[:, :, None]</code>, and multiply.</details>
# <details><summary>Hint 2: the formula</summary>(B, S, d) times (B, d, 1) is (B, S, 1). For general: s W
# is a query of size d_enc. For cosine: divide both by their length first, and mind a length of 0.</details>
# <details><summary>Hint 3: the line</summary><code>torch.einsum("bd,bsd->bs", s, h)</code>,
# <code>F.cosine_similarity(a, b, dim=2)</code>, <code>(s @ W.T)[:, :S]</code></details>


# %% solution="dot_score"
def dot_score(s: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    """Dot product of a query (B, d) with all keys (B, S, d): (B, S)."""
    ### BEGIN SOLUTION
    return (h @ s[:, :, None])[:, :, 0]
    ### END SOLUTION


# %% data="score_input"
# Data · The scores of known mistakes, for the checks
def each_product(s: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    """Products of queries (B, d) and their keys (B, S, d): (B, S). |q + k|² − |q − k|² is four times q · k."""
    long, short = (s[:, None] + h).norm(dim=2), (s[:, None] - h).norm(dim=2)
    return (long**2 - short**2) / 4


def score_slips(s: torch.Tensor, h: torch.Tensor) -> dict[str, torch.Tensor]:
    """What is named when a score of queries (B, d) and keys (B, S, d) is another one of the table."""
    dots = each_product(s, h)
    d, S = h.shape[2], h.shape[1]
    lengths = s.norm(dim=1)[:, None], h.norm(dim=2)
    return {
        "that is the dot product, as it is.": dots,
        "that is the dot product divided by √d.": dots / math.sqrt(d),
        "that is the dot product divided by d: take the square root.": dots / d,
        "that is the dot product multiplied by √d: divide.": dots * math.sqrt(d),
        "that is the dot product divided by √S: d is the size of a key, not the number of keys.": dots
        / math.sqrt(S),
        "that is the dot product divided by √B.": dots / math.sqrt(len(s)),
        "that is the cosine.": dots / (lengths[0] * lengths[1]),
        "norm() without dim is one number for the whole batch: give it the last dimension.": dots
        / (s.norm() * h.norm()),
        "F.normalize runs over dimension 1 unless it is told otherwise; for the keys that is S.": (
            each_product(F.normalize(s), F.normalize(h))
        ),
        "only the query is divided by its length; the keys must be too.": dots / lengths[0],
        "only the keys are divided by their lengths; the query must be too.": dots / lengths[1],
        "the squares of the lengths are divided by; take the lengths.": dots
        / (lengths[0] * lengths[1]) ** 2,
        "all lines use the query of line 0.": each_product(s[:1].expand_as(s), h),
        "softmax is not part of the score.": dots.softmax(dim=1),
        "the queries of all lines are mixed: each line has its own.": each_product(
            s.sum(dim=0, keepdim=True).expand_as(s), h
        ),
    }


def other_slips(s: torch.Tensor, h: torch.Tensor, right: torch.Tensor) -> dict[str, torch.Tensor]:
    """The slips above, without the one that is right here."""
    return {cause: v for cause, v in score_slips(s, h).items() if not torch.allclose(v, right)}


queries, memory = checks.normal(3, 6, seed=60), checks.normal(3, 4, 6, seed=61)
products = each_product(queries, memory)

# %% check="dot_score_value" points=1
scores = checks.run(dot_score, queries, memory)
checks.shape("the scores", scores, batch=3, S=4)
checks.close("the scores", scores, products, slips=other_slips(queries, memory, products))
single = checks.run(dot_score, queries[:1], memory[:1])
checks.shape("the scores of a single line", single, batch=1, S=4)
### BEGIN HIDDEN TESTS
s, h = checks.normal(5, 5, seed=62), checks.normal(5, 5, 5, seed=63)
right = torch.einsum("bd,bsd->bs", s, h)
checks.close(
    "the scores when all sizes are 5",
    checks.run(dot_score, s, h),
    right,
    slips=other_slips(s, h, right),
)
### END HIDDEN TESTS
checks.passed("dot product: one number per key")


# %% solution="scaled_dot_score"
def scaled_dot_score(s: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    """Scaled dot product of a query (B, d) with all keys (B, S, d): (B, S) (Vaswani et al., 2017)."""
    ### BEGIN SOLUTION
    return (h @ s[:, :, None])[:, :, 0] / math.sqrt(s.shape[1])
    ### END SOLUTION


# %% check="scaled_dot_score_value" points=1
scores = checks.run(scaled_dot_score, queries, memory)
checks.shape("the scores", scores, batch=3, S=4)
right = products / math.sqrt(6)
checks.close("the scores", scores, right, slips=other_slips(queries, memory, right))
single = checks.run(scaled_dot_score, queries[:1], memory[:1])
checks.shape("the scores of a single line", single, batch=1, S=4)
### BEGIN HIDDEN TESTS
s, h = checks.normal(4, 9, seed=64), checks.normal(4, 7, 9, seed=65)
right = torch.einsum("bd,bsd->bs", s, h) / 3
checks.close(
    "the scores for d = 9",
    checks.run(scaled_dot_score, s, h),
    right,
    slips=other_slips(s, h, right),
)
### END HIDDEN TESTS
checks.passed("scaled dot product: divided by √d")

# %% check="scaled_dot_score_spread" points=1
for d in (16, 400):
    scores = checks.run(
        scaled_dot_score, checks.normal(30, d, seed=66), checks.normal(30, 40, d, seed=67)
    )
    checks.shape("the scores", scores, batch=30, S=40)
    spread = scores.std().item()
    checks.that(
        abs(spread - math.sqrt(d)) > 0.2 * math.sqrt(d),
        f"for d = {d} the scores spread by {spread:.2f}, which is √d: are they divided by √d?",
    )
    checks.that(
        abs(spread - 1) < 0.15,
        f"for d = {d} the scores spread by {spread:.3f}; divided by √d they spread by about 1.",
    )
checks.passed("scores of normal queries and keys spread by about 1, whatever d is")


# %% solution="content_score"
def content_score(s: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    """Cosine of the angle between a query (B, d) and all keys (B, S, d): (B, S) (Graves et al., 2014)."""
    ### BEGIN SOLUTION
    return F.cosine_similarity(s[:, None], h, dim=2)
    ### END SOLUTION


# %% check="content_score_value" points=1
scores = checks.run(content_score, queries, memory)
checks.shape("the scores", scores, batch=3, S=4)
right = products / (queries.norm(dim=1)[:, None] * memory.norm(dim=2))
checks.close("the scores", scores, right, slips=other_slips(queries, memory, right))
longer = checks.run(content_score, 5 * queries, 0.1 * memory)
checks.close("the scores of longer queries and shorter keys", longer, right)
### BEGIN HIDDEN TESTS
s, h = checks.normal(2, 3, seed=68), checks.normal(2, 7, 3, seed=69)
h[:, 2] = 3 * s
h[:, 4] = -s
scores = checks.run(content_score, s, h)
checks.close("the score of a key along the query", scores[:, 2], torch.ones(2))
checks.close("the score of a key against the query", scores[:, 4], -torch.ones(2))
h[:, 5] = 0
scores = checks.run(content_score, s, h)
checks.finite("the scores with a key of zeros", scores, "0 / 0: padding may hold zeros.")
checks.close("the score of a key of zeros", scores[:, 5], torch.zeros(2))
### END HIDDEN TESTS
checks.passed("cosine: from −1 to 1, whatever the lengths")


# %% solution="general_score"
def general_score(s: torch.Tensor, h: torch.Tensor, W: torch.Tensor) -> torch.Tensor:
    """s W h for a query (B, d_dec), all keys (B, S, d_enc) and W (d_dec, d_enc): (B, S) (Luong et al., 2015)."""
    ### BEGIN SOLUTION
    return (h @ (s @ W)[:, :, None])[:, :, 0]
    ### END SOLUTION


# %% check="general_score_value" points=1
s, h, W = (
    checks.normal(3, 5, seed=70),
    checks.normal(3, 4, 6, seed=71),
    checks.normal(5, 6, seed=72),
)
scores = checks.run(general_score, s, h, W)
checks.shape("the scores", scores, batch=3, S=4)
queries_again = s[:, None].expand(3, 4, 5).contiguous()  # a query beside each key
right = F.bilinear(queries_again, h, W[None])[:, :, 0]
slips = {
    "that is divided by √d_enc; the general score has no such factor.": right / math.sqrt(6),
    "that is divided by √d_dec; the general score has no such factor.": right / math.sqrt(5),
    "softmax is not part of the score.": right.softmax(dim=1),
    "all lines use the query of line 0.": F.bilinear(
        queries_again[:1].expand(3, 4, 5).contiguous(), h, W[None]
    )[:, :, 0],
}
checks.close("the scores", scores, right, slips=slips)
### BEGIN HIDDEN TESTS
s, h, W = (
    checks.normal(4, 4, seed=73),
    checks.normal(4, 5, 4, seed=74),
    checks.normal(4, 4, seed=75),
)
slips = {
    "query and keys are swapped: W has one row per entry of the query.": torch.einsum(
        "be,de,bsd->bs", s, W, h
    ),
    "W is missing.": torch.einsum("bd,bsd->bs", s, h),
}
right = torch.einsum("bd,de,bse->bs", s, W, h)
checks.close(
    "the scores when d_dec = d_enc", checks.run(general_score, s, h, W), right, slips=slips
)
### END HIDDEN TESTS
checks.passed("general: a matrix between query and key")


# %% solution="location_score"
def location_score(s: torch.Tensor, S: int, W: torch.Tensor) -> torch.Tensor:
    """Scores of S places from the query (B, d_dec) alone; W (max_len, d_dec): (B, S) (Luong et al., 2015)."""
    ### BEGIN SOLUTION
    return s @ W[:S].T
    ### END SOLUTION


# %% check="location_score_value" points=1
s = torch.tensor([[1.0, 2.0], [0.0, -1.0], [3.0, 1.0], [2.0, 2.0]])
W = torch.tensor([[1.0, 0.0], [2.0, -1.0], [0.0, 1.0], [1.0, 1.0], [-2.0, 3.0]])
scores = checks.run(location_score, s, 3, W)
checks.that(
    not (torch.is_tensor(scores) and scores.shape == (4, 5)),
    "there are scores for all max_len = 5 places; the line has S = 3: keep the first S.",
)
checks.shape("the scores", scores, batch=4, S=3)
right = torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0], [3.0, 5.0, 1.0], [2.0, 2.0, 2.0]])
last = torch.tensor([[2.0, 3.0, 4.0], [-1.0, -1.0, -3.0], [1.0, 4.0, -3.0], [2.0, 4.0, 2.0]])
all_places = torch.cat([right, last[:, 1:]], dim=1)
slips = {
    "those are the last S places; keep the first.": last,
    "softmax is not part of the score: it comes later, with the mask.": right.softmax(dim=1),
    "the softmax over all places comes before the cut: it does not belong here.": (
        all_places.softmax(dim=1)[:, :3]
    ),
    "that is divided by √d; the location score has no such factor.": right / math.sqrt(2),
    "all lines use the query of line 0.": right[:1].expand(4, 3),
}
checks.close("the scores", scores, right, slips=slips)
### BEGIN HIDDEN TESTS
s, W = checks.normal(6, 6, seed=78), checks.normal(6, 6, seed=79)
slips = {"W is transposed: it has one row per place.": s @ W}
checks.close(
    "the scores when all sizes are 6",
    checks.run(location_score, s, 6, W),
    torch.einsum("bd,sd->bs", s, W),
    slips=slips,
)
### END HIDDEN TESTS
checks.passed("location: the query alone says where to look")

# %% [markdown]
# **Experiment.** All six scores in the same model, on lines of one date. Which one is best depends on how it
# starts: scores that are all small begin with equal weights everywhere, large ones begin with a choice. So
# each score is multiplied by one number, its *strength*, that is learned with the rest. It starts where the
# scores of a line spread by 1, the same for all six. (Graves and colleagues give their cosine such a strength
# too.) Each is trained three times: one run says little.


# %% experiment="six_scores"
# Experiment · Six scores with one strength each
class Scored(nn.Module):
    """One of the six scores, with the matrices that it needs, times a strength that is learned."""

    def __init__(self, name: str, max_len: int) -> None:
        super().__init__()
        self.name, self.strength = name, nn.Parameter(torch.ones(()))
        rows = {"general": D_MODEL, "location": max_len}.get(name)
        self.W = nn.Linear(D_MODEL, rows, bias=False).weight if rows else None
        self.additive = Additive() if name == "additive" else None

    def keys(self, h: torch.Tensor) -> torch.Tensor:
        return self.additive.keys(h) if self.additive else h

    def forward(self, s: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        if self.additive:
            return self.strength * self.additive(s, keys)
        if self.name == "general":
            return self.strength * general_score(s, keys, self.W)
        if self.name == "location":
            return self.strength * location_score(s, keys.shape[1], self.W)
        plain = {"content": content_score, "dot": dot_score, "scaled dot": scaled_dot_score}
        return self.strength * plain[self.name](s, keys)


@torch.no_grad()
def spread_by_one(model: RNNSearch, batch: tuple) -> None:
    """Sets the strength so that the scores of the first step have a standard deviation of 1 on each line."""
    x, mask, _ = batch
    _, keys, _, s, _ = model.start(x, mask)
    each = [scores[real].std() for scores, real in zip(model.score(s, keys), mask, strict=True)]
    model.score.strength /= torch.stack(each).mean()


# %% experiment="compare_scores"
# Experiment · Six scores, three trainings each
one_date = make_batches([line for line in train_lines if len(line[1]) == 10], 32)
one_date_test = draw_lines(scaled(full=1_000, smoke=20), test_years, seed=20, dates=(1,))
max_len = max(len(source) for source, _ in train_lines + test_lines)
score_match = {}
for name in ("content", "additive", "location", "general", "dot", "scaled dot"):
    score_match[name] = []
    for seed in range(scaled(full=3, smoke=1)):
        seed_everything(seed)
        model = RNNSearch(Scored(name, max_len)).to(device)
        spread_by_one(model, one_date[0])
        fit(
            model,
            one_date,
            training_loss,
            steps=scaled(full=250, smoke=2),
            show=False,
            **options,
        )
        score_match[name].append(exact_match(model, one_date_test)[1])
    found = ", ".join(f"{match:.3f}" for match in score_match[name])
    print(f"{name:>10}: exact match {found}; strength at the end {model.score.strength.item():.2f}")

# %% figure="score_plot"
# Figure · Exact match of the six scores
fig, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
for row, found in enumerate(score_match.values()):
    ax.plot(found, [row] * len(found), "o", color=plots.COLORS[0], alpha=0.7)
    ax.plot(sum(found) / len(found), row, "|", color="black", markersize=18)
ax.set_yticks(range(len(score_match)), list(score_match))
ax.invert_yaxis()
ax.set(
    title="Six scores with equal starts, lines of one date",
    xlabel="exact match",
    xlim=(-0.03, 1.03),
)
ax.grid(alpha=0.3)
plots.show(
    fig,
    alt="A row of dots for each score, one dot per training. Content, additive, dot and scaled dot lie close together "
    "at the right and overlap; general and location lie clearly to their left.",
    caption="A dot: one training. A bar: the mean. Four of the six cannot be told apart by three trainings.",
)

# %% [markdown]
# **What you saw.** Content, additive, dot and scaled dot overlap: three trainings do not say which is best. General and
# location stay behind after these few steps. The location score does not see the keys at all: where a digit
# stands depends on the length of the words before it.
#
# Dot and scaled dot are now the same function with the same start. What $\sqrt{d}$ does in practice is to
# choose that start; Lab 04 shows what happens without it.
