# %% [markdown]
# ## 2 · Three tokens through a GPT
#
# What does a GPT do with its tokens? Here is a tiny one: six words, vectors of $d_{model} = 10$ numbers, and a single
# attention layer between the embedding and the output. Feed-forward networks, residual connections and normalizations
# come in section 3. The numbers are those of a lecture: its slides take the text "Answer the following" through every
# step, to two decimals. You need no slides: all that they print is in the cells below, and you compute it again.
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
# The slides print what comes next too: queries, keys and values, the output of attention, and the **logits**, one
# score for each word of the vocabulary. They do not print the matrices in between: $W_q$, $W_k$, $W_v$ and the
# **head** $W_{head}$, which turns an output of attention into logits.
#
# `minimum_norm` finds some. $X W_q = Q$ has $3 \cdot 10$ equations for $10 \cdot 10$ unknowns, so infinitely many
# matrices give the printed $Q$; it takes the one whose sum of squares is the least.

# %% data="deck_printed"
# Data · The numbers of the lecture
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


# %% given="minimum_norm"
def minimum_norm(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The matrix W (d, m) of least norm with x @ W = y, for x (T, d) with independent rows and y (T, m)."""
    return torch.linalg.pinv(x) @ y


W_q, W_k, W_v = (minimum_norm(X, printed) for printed in (Q, K, V))  # (10, 10) each
W_head = minimum_norm(deck_outputs, deck_logits)  # (10, 6)
for name, x, W, printed in (("Q", X, W_q, Q), ("logits", deck_outputs, W_head, deck_logits)):
    print(f"{name} again, largest difference {(x @ W - printed).abs().max():.0e}")

# %% [markdown]
# ### Exercise 3 · The whole pass (2 points · 20 min · ●●○)
#
# `tiny_gpt` turns ids $(T,)$ into probabilities $(T, \text{vocabulary})$: embedding plus
# `position_encoding`; queries, keys, values; causal attention, scores divided by $\sqrt{d_k}$, where $d_k$ is
# the width of a query; logits; softmax.
#
# If you build a boolean mask, mind who reads it: `masked_fill` writes where it is True, while in
# `F.scaled_dot_product_attention` True means *may attend*.
#
# <details><summary>Hint 1: the idea</summary>The pass is Lab 04's attention between a lookup and one more
# matrix.</details>
# <details><summary>Hint 2: the formula</summary>The probabilities are softmax(attention(Q, K, V) W_head), row by
# row.</details>
# <details><summary>Hint 3: the line</summary>You may use
# <code>F.scaled_dot_product_attention(q, k, v, is_causal=True)</code>.</details>


# %% solution="tiny_gpt"
def tiny_gpt(
    tokens: torch.Tensor,
    embedding: torch.Tensor,
    W_q: torch.Tensor,
    W_k: torch.Tensor,
    W_v: torch.Tensor,
    W_head: torch.Tensor,
) -> torch.Tensor:
    """Probabilities of the next token at each position.

    Args:
        tokens: ids (T,). embedding: (vocab_size, d_model).
        W_q, W_k: (d_model, d_k). W_v: (d_model, d_v). W_head: (d_v, vocab_size).

    Returns:
        (T, vocab_size), rows sum to 1.
    """
    ### BEGIN SOLUTION
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])  # (T, d_model)
    scores = (x @ W_q) @ (x @ W_k).T / math.sqrt(W_q.shape[1])  # (T, T)
    future = torch.ones_like(scores, dtype=torch.bool).triu(diagonal=1)
    weights = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
    return (weights @ (x @ W_v) @ W_head).softmax(dim=-1)  # (T, vocab_size)
    ### END SOLUTION


# %% data="deck_weights"
# Data · Other matrices that lead to the printed numbers
def from_columns(x: torch.Tensor, y: torch.Tensor, columns: list[int]) -> torch.Tensor:
    """A W with x @ W = y that reads three columns of x."""
    W = torch.zeros(x.shape[1], y.shape[1])
    W[columns] = torch.linalg.solve(x[:, columns], y)
    return W


# The check must hold for any such matrices, not for those of minimum_norm alone.
deck_model = (deck_embedding, *(from_columns(X, y, [0, 6, 9]) for y in (Q, K, V)))
deck_model += (from_columns(deck_outputs, deck_logits, [0, 1, 8]),)


# %% check="tiny_gpt_deck" points=1
got = checks.run(tiny_gpt, deck_tokens, *deck_model)
checks.shape("probabilities", got, tokens=3, words=6)
blind = got[0].isnan().any() and got[2:].isfinite().all()
checks.that(
    not blind, "the first row is NaN: a token must see itself, so the mask begins one to the right."
)
# What known mistakes make of the first three words of the second row.
slips = {
    "these are the logits: softmax is missing.": [0.4432, -0.1126, -0.8513],
    "the logarithm of the probabilities is returned.": [-1.2896, -1.8454, -2.5840],
    "softmax runs over the tokens; each row should sum to 1: dim=-1.": [0.3427, 0.3149, 0.3145],
    "the positions are not added.": [0.2264, 0.1511, 0.1213],
    "yours begin at position 1; positions count from 0.": [0.2894, 0.1628, 0.0654],
    "a position is chosen by place, not by the id of the token.": [0.2226, 0.1745, 0.0858],
    "the first rows of the embedding are taken, not those of the ids: embedding[tokens].": [
        0.2193,
        0.1810,
        0.0873,
    ],
    "there is no causal mask: a token sees later ones.": [0.2447, 0.1760, 0.0833],
    "the mask is inverted: a token sees itself and later ones.": [0.2512, 0.1757, 0.0827],
    "the mask is inverted: masked_fill forbids where True, PyTorch's attention allows where True.": [
        0.2162,
        0.1883,
        0.0884,
    ],
    "forbidden scores become 0, and exp(0) is 1.": [0.2551, 0.1705, 0.0809],
    "the mask comes after the softmax, so the weights do not sum to 1.": [0.2145, 0.1662, 0.1185],
    "the scores are not divided by √d_k.": [0.2806, 0.1561, 0.0745],
    "the scores are divided by d_k: take its square root.": [0.2737, 0.1586, 0.0758],
    "queries and keys are swapped.": [0.2917, 0.1520, 0.0724],
    "the embedding is multiplied by √d_model; this model does not.": [0.3217, 0.1283, 0.0348],
    "this model has no residual connection: the input is not added.": [0.4349, 0.1026, 0.0267],
}
slips = {cause: torch.tensor(wrong) for cause, wrong in slips.items()}
other = checks.run(
    tiny_gpt, deck_tokens.flip(0)[[2, 2, 0]], *deck_model
)  # other tokens after the first
if not torch.allclose(other[0], got[0], atol=1e-4):
    also = "the first row changes with later tokens, and something else is wrong too: first mend the mask."
    slips[also] = got[1, :3]
elif not torch.allclose(got.sum(dim=1), torch.ones(3), atol=1e-3):
    slips["the rows do not sum to 1, and something else is wrong too: end with a softmax."] = got[
        1, :3
    ]
second = torch.tensor([0.2754, 0.1580, 0.0755])
near = {"rtol": 0, "atol": 2e-4}
checks.close("three words after the second token", got[1, :3], second, slips=slips, **near)
checks.close("the probabilities on the slides", got, deck_probabilities, rtol=0, atol=0.011)
checks.passed("the probabilities that the slides print")

# %% check="tiny_gpt_other" points=1
sizes = ((9, 8), (8, 6), (8, 6), (8, 5), (5, 9))  # embedding, W_q, W_k, W_v, W_head
random = [
    0.5 * checks.normal(*size, seed=30 + i, dtype=torch.float32) for i, size in enumerate(sizes)
]
ids = torch.tensor([4, 0, 7, 4])
got = checks.run(tiny_gpt, ids, *random)
checks.shape("probabilities", got, tokens=4, words=9)
blind = got[3].isnan().any() and got[0].isfinite().all()
checks.that(not blind, "the last token may attend to nothing: is the mask inverted?")
slips = {
    "d_k is the width of a query, W_q.shape[1], not d_model.": [0.1436, 0.0465, 0.0849],
    "the mask is inverted: the last token sees nothing; True means may attend.": [0.1111] * 3,
    "d_k is the width of a query, not of a value.": [0.1430, 0.0486, 0.0885],
    "d_k is the width of a query, not the number 10 of the slides.": [0.1437, 0.0457, 0.0835],
    "the scores are divided by the root of the number of tokens; take that of d_k.": [
        0.1426,
        0.0498,
        0.0905,
    ],
}
slips = {cause: torch.tensor(wrong) for cause, wrong in slips.items()}
last, near = torch.tensor([0.1433, 0.0477, 0.0870]), {"rtol": 0, "atol": 2e-4}
checks.close("the last row of a random model", got[3, :3], last, slips=slips, **near)


### BEGIN HIDDEN TESTS
def by_loops(tokens, embedding, W_q, W_k, W_v, W_head):
    rows = []  # one position at a time
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    for t in range(len(tokens)):
        scores = torch.stack([(x[t] @ W_q).dot(one @ W_k) for one in x[: t + 1]])
        share = F.softmax(scores / W_q.shape[1] ** 0.5, dim=0)
        mixed = sum(s * (one @ W_v) for s, one in zip(share, x, strict=False))
        rows.append(mixed @ W_head)
    return torch.stack(rows).softmax(dim=1)


checks.close("the probabilities of a random model", got, by_loops(ids, *random), rtol=1e-3)
ids = torch.tensor([3, 8, 8, 1, 0, 2])
got = checks.run(tiny_gpt, ids, *random)
checks.close("the probabilities of six tokens", got, by_loops(ids, *random), rtol=1e-3)
got = checks.run(tiny_gpt, deck_tokens, *deck_model)
right = by_loops(deck_tokens, *deck_model)
checks.close("the probabilities of the deck", got, right, rtol=0, atol=1e-4)
### END HIDDEN TESTS
checks.passed("the same for other sizes")

# %% [markdown]
# **Experiment.** The chain with every number: how far is each step from what the slides print?

# %% experiment="deck_chain"
# Experiment · Every number of the lecture, computed again
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
mine |= {"outputs": attend(v), "logits": attend(v) @ W_head}
mine["probabilities"] = tiny_gpt(deck_tokens, deck_embedding, W_q, W_k, W_v, W_head)
for name, value in mine.items():
    print(
        f"{name}, largest difference from the print {(value - in_the_deck[name]).abs().max():.4f}"
    )
    print(value)

# %% [markdown]
# **What you saw.** Every number agrees with the print to within a hundredth or so. The slides round each step,
# so the last decimal may differ. The matrices are not the lecture's own, whose layers may have had biases too. On
# these three tokens they do the same; on other words they would not.
#
# Now read the last matrix. Check one number: the logits after "Answer" are 0.27, 0.04, −0.69, 0.35, −0.04 and
# −0.38; their exponentials are 1.31, 1.04, 0.50, 1.42, 0.96 and 0.68, together 5.91. So *Answer* has
# $1.31 / 5.91 = 0.22$.
#
# A row is one **prediction**: given all tokens up to here, how probable is each word as the next one?

# %% figure="deck_probabilities"
# Figure · What the model expects to come next
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
