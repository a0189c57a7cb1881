# %% [markdown]
# ## 5 · Looking elsewhere, and with several heads
#
# In **self-attention**, queries, keys and values come from the same sequence. In **cross-attention**, the
# queries come from one sequence and the keys and values from another. A translator's words look at the
# words of the source; a word looks at the patches of a picture.
#
# Here is a picture of 6 × 8 patches. A patch's key is its mean color, and each word's query is the color
# it names, 60 times as long; both are measured from mid-gray, 0.5. Nothing is trained. Where does each word look?

# %% data="picture"
# Data · A small picture and the colors of four words
picture = torch.zeros(3, 48, 64)
picture[:, :30] = torch.tensor([0.45, 0.70, 0.95])[:, None, None]  # sky
picture[:, 30:] = torch.tensor([0.30, 0.60, 0.25])[:, None, None]  # grass
picture[:, 24:40, 40:56] = torch.tensor([0.80, 0.25, 0.20])[:, None, None]  # house
rows, columns = torch.meshgrid(torch.arange(48), torch.arange(64), indexing="ij")
sun = (rows - 11) ** 2 + (columns - 12) ** 2 < 49
picture[:, sun] = torch.tensor([0.98, 0.85, 0.20])[:, None]
color_words = ["sky", "grass", "house", "sun"]
word_colors = torch.tensor(
    [[0.45, 0.70, 0.95], [0.30, 0.60, 0.25], [0.80, 0.25, 0.20], [0.98, 0.85, 0.20]]
)

# %% experiment="cross_attention"
# Experiment · Four words attend to 48 patches
patches = picture.unfold(1, 8, 8).unfold(2, 8, 8).mean(dim=(-2, -1))  # (3, 6, 8)
keys = patches.flatten(1).T - 0.5  # (48, 3)
queries = 60 * (word_colors - 0.5)  # (4, 3)
_, patch_weights = attention(queries, keys, keys)  # (4, 48)

# %% figure="cross_attention_maps"
# Figure · Where each word looks in the picture
fig, axes = plt.subplots(1, 5, figsize=(11, 2.2), layout="constrained")
axes[0].imshow(picture.permute(1, 2, 0))
axes[0].set(title="the picture", xticks=[], yticks=[], xlabel="64 pixels", ylabel="48 pixels")
for ax, word, row in zip(axes[1:], color_words, patch_weights, strict=True):
    ax.imshow(row.reshape(6, 8), cmap=plots.SHARES, vmin=0)
    ax.set(title=f"“{word}”", xticks=[], yticks=[], xlabel=f"largest weight {row.max():.2f}")
plots.show(
    fig,
    alt="A drawing of sky, sun, grass and a house, and four maps of 6 by 8 patches. Each word's weight lies on the "
    "patches that show it.",
    caption="Cross-attention from four words to 48 patches: bright patches have weight. Each word finds its "
    "part of the picture.",
)

# %% figure="cross_attention_explorer"
# Figure · Point at a word
plots.explore_patches(
    patch_weights,
    picture.permute(1, 2, 0),
    (6, 8),
    color_words,
    alt="A drawing of sky, sun, grass and a house; patches with little weight are dark.",
    caption="Point at a word: the patches that it attends to stay bright.",
)

# %% [markdown]
# One row of weights is one way of looking. A word may need several at once: its verb, its article, the word before.
# **Multi-head attention** first projects `x` to `q`, `k` and `v`. Each of them is then split into `n_heads` parts of
# size `d_head = d_model / n_heads`. Each part attends on its own, and the results are joined. No loop is needed: the
# heads become a leading dimension, and attention takes any.
#
# Splitting is a reshape *and* a transpose: `(B, T, d_model)` → `(B, T, n_heads, d_head)` →
# `(B, n_heads, T, d_head)`. Head 1 gets the first `d_head` features of every token, head 2 the next.

# %% [markdown]
# ![The queries of three tokens, six features each, are split for two heads: head 1 gets the features 0 to 2 of every
# token, head 2 the features 3 to 5, (B, n_heads, T, d_head). Each attends alone, and merge_heads puts the parts side by
# side again.](figures/heads.svg)
#
# *Follow `b4` through the split: it stays in row b, and moves to head 2. Keys and values are split in the same way.*

# %% [markdown]
# ### Exercise 6 · Splitting and merging heads (2 points · 10 min · ●○○)
#
# Write `split_heads`: `(B, T, d_model)` → `(B, n_heads, T, d_head)`, and its inverse `merge_heads`:
# `(B, n_heads, T, d_head)` → `(B, T, d_model)`.
#
# <details><summary>Hint 1: the idea</summary>A reshape alone never moves numbers past each other. Cut the last
# dimension in two first, then swap two dimensions.</details>
# <details><summary>Hint 2: the formula</summary>merge_heads goes back the same way: swap, then
# reshape.</details>
# <details><summary>Hint 3: the line</summary><code>x.unflatten(-1, (n_heads, -1)).transpose(1, 2)</code></details>


# %% solution="heads"
def split_heads(x: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Gives each head its part of the features: (B, T, d_model) → (B, n_heads, T, d_head)."""
    ### BEGIN SOLUTION
    return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)  # (B, n_heads, T, d_head)
    ### END SOLUTION


def merge_heads(x: torch.Tensor) -> torch.Tensor:
    """Puts the heads' features side by side again: (B, n_heads, T, d_head) → (B, T, d_model)."""
    ### BEGIN SOLUTION
    return x.transpose(1, 2).flatten(2)  # (B, T, d_model)
    ### END SOLUTION


# %% check="split_heads" points=1
x = torch.arange(2 * 5 * 12).reshape(2, 5, 12).double()
heads = checks.run(split_heads, x, 3)
checks.shape("split_heads(x, 3)", heads, batch=2, n_heads=3, tokens=5, d_head=4)
slips = {
    "you reshape without transposing, so a head gets features of several tokens.": x.reshape(
        2, 3, 5, 4
    ),
    "the features are dealt out in turn; head 1 gets the first d_head ones.": torch.stack(
        [x[..., h::3] for h in range(3)], dim=1
    ),
}
# x counts 0, 1, 2, …, 12 to a token: the last head has the numbers 8 to 11, 20 to 23, … of the first sequence.
start = torch.tensor([[[0], [4], [8]], [[60], [64], [68]]])[..., None]  # (2, 3, 1, 1)
expected = start + 12 * torch.arange(5)[:, None] + torch.arange(4)
checks.close("split_heads(x, 3)", heads, expected.double(), slips=slips)
### BEGIN HIDDEN TESTS
x = checks.normal(3, 2, 10, seed=90)
heads = checks.run(split_heads, x, 5)
checks.shape("split_heads(x, 5)", heads, batch=3, n_heads=5, tokens=2, d_head=2)
checks.close("split_heads(x, 5)[:, 3]", heads[:, 3], x[..., 6:8])
### END HIDDEN TESTS
checks.passed("each head gets its own features of every token")

# %% check="merge_heads" points=1
# The number htj is feature j of token t of head h, from 1 on; sequence n is n + 1 times the first.
first = torch.tensor(
    [
        [[100, 101, 102, 103], [110, 111, 112, 113]],
        [[200, 201, 202, 203], [210, 211, 212, 213]],
        [[300, 301, 302, 303], [310, 311, 312, 313]],
    ]
).double()  # (3, 2, 4)
heads = torch.stack([first * n for n in range(1, 6)])  # (5, 3, 2, 4)
merged = checks.run(merge_heads, heads)
checks.shape("merge_heads(heads)", merged, batch=5, tokens=2, d_model=12)
rows = [
    [100, 101, 102, 103, 200, 201, 202, 203, 300, 301, 302, 303],
    [110, 111, 112, 113, 210, 211, 212, 213, 310, 311, 312, 313],
]
expected = torch.tensor(rows).double()
slips = {
    "you reshape without transposing: tokens and heads are mixed up.": heads.reshape(5, 2, 12),
    "the features of the heads alternate; they stand side by side.": torch.stack(
        [expected.reshape(2, 3, 4).mT.reshape(2, 12) * n for n in range(1, 6)]
    ),
}
expected = torch.stack([expected * n for n in range(1, 6)])
checks.close("merge_heads(heads)", merged, expected, slips=slips)
### BEGIN HIDDEN TESTS
heads = checks.normal(3, 5, 2, 2, seed=92)
expected = torch.cat([heads[:, h] for h in range(5)], dim=-1)
checks.close("merge_heads of other sizes", checks.run(merge_heads, heads), expected)
### END HIDDEN TESTS
checks.passed("merge_heads undoes the split")

# %% [markdown]
# ### Exercise 7 · Multi-head attention (5 points · 25 min · ●●●)
#
# Write the module. `qkv` is one linear layer from `d_model` to `3 * d_model`: its first `d_model` outputs
# are the queries of all heads, the next the keys, the last the values. `out` is a linear layer from
# `d_model` to `d_model`, applied to the merged heads. Both have biases.
#
# `forward` takes `x` `(B, T, d_model)` and returns `(B, T, d_model)`. With a `context` `(B, S, d_model)`,
# keys and values come from it (cross-attention); without one, from `x`. `mask` `(B, T, S)` holds for all
# heads.
#
# Attend with `F.scaled_dot_product_attention(q, k, v, attn_mask=mask)`. You have matched it; it needs far less
# memory, as section 8 shows. It divides by $\sqrt{d_{head}}$.
#
# <details><summary>Hint 1: the idea</summary>Project, split each of q, k, v into heads, attend, merge,
# project. The mask needs one more dimension, for the heads.</details>
# <details><summary>Hint 2: the formula</summary>q = x W_qᵀ + b_q with the first d_model rows of the weight
# and of the bias of <code>qkv</code>; k and v come from the context with the other rows.</details>
# <details><summary>Hint 3: the line</summary>Without a context:
# <code>q, k, v = self.qkv(x).chunk(3, dim=-1)</code>. With one: <code>self.qkv(x)</code> for q and
# <code>self.qkv(context)</code> for k and v is right, only slower.</details>


# %% solution="multi_head_attention"
class MultiHeadAttention(nn.Module):
    """Attention in n_heads subspaces at once (Vaswani et al., 2017, section 3.2.2)."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)
        ### END SOLUTION

    def forward(
        self, x: torch.Tensor, context: torch.Tensor | None = None, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """x (B, T, d_model), context (B, S, d_model) or x itself, mask (B, T, S) → (B, T, d_model)."""
        ### BEGIN SOLUTION
        context = x if context is None else context
        d_model = x.shape[-1]
        weight, bias = self.qkv.weight, self.qkv.bias
        q = F.linear(x, weight[:d_model], bias[:d_model])  # (B, T, d_model)
        k, v = F.linear(context, weight[d_model:], bias[d_model:]).chunk(2, dim=-1)
        q, k, v = (split_heads(part, self.n_heads) for part in (q, k, v))
        if mask is not None:
            mask = mask[:, None]  # (B, 1, T, S)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
        return self.out(merge_heads(y))  # (B, T, d_model)
        ### END SOLUTION


# %% data="multi_head_peer"
# Data · PyTorch's attention with your weights, for the checks
def with_weights_of(peer: nn.MultiheadAttention) -> nn.Module:
    """Your module with the weights of PyTorch's, each put where its shape fits."""
    d_model, n_heads = peer.embed_dim, peer.num_heads
    mine = checks.run(MultiHeadAttention, d_model, n_heads).double()
    shapes = sorted(tuple(p.shape) for p in mine.parameters())
    wanted = sorted(tuple(p.shape) for p in peer.parameters())
    checks.that(
        shapes == wanted, f"the parameters should have the shapes {wanted}, yours {shapes}."
    )
    with torch.no_grad():
        for parameter in mine.parameters():
            parameter.copy_(next(p for p in peer.parameters() if p.shape == parameter.shape))
    return mine


def torch_attention(d_model: int, n_heads: int, seed: int) -> nn.MultiheadAttention:
    """PyTorch's multi-head attention with random weights and biases."""
    peer = nn.MultiheadAttention(d_model, n_heads, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for i, parameter in enumerate(peer.parameters()):
            parameter.copy_(checks.normal(*parameter.shape, seed=seed + i) / d_model**0.5)
    return peer


# %% check="multi_head_shape" points=1
module = checks.run(MultiHeadAttention, 12, 3).double()
checks.parameter_count(
    "MultiHeadAttention(12, 3)",
    module,
    624,
    slips={
        "the last layer, out, is missing.": 468,
        "the biases are missing.": 576,
        "the bias of qkv is missing.": 588,
        "the bias of out is missing.": 612,
        "each head should get d_head features, not d_model.": 3 * 468 + 36 * 12 + 12,
    },
)
y = checks.run(module, checks.normal(2, 5, 12, seed=100))
checks.shape("the output", y, batch=2, tokens=5, d_model=12)
y = checks.run(module, checks.normal(2, 5, 12, seed=100), checks.normal(2, 7, 12, seed=101))
checks.shape("the output with a context of 7 tokens", y, batch=2, tokens=5, d_model=12)
checks.passed("the right parameters and shapes")


# %% check="multi_head_self" points=2
# The peer with one thing wrong.
def altered(peer: nn.MultiheadAttention, change: str) -> nn.MultiheadAttention:
    other = nn.MultiheadAttention(
        12, 1 if change == "heads" else 3, batch_first=True, dtype=torch.float64
    )
    other.load_state_dict(peer.state_dict())
    with torch.no_grad():
        if change == "out":
            other.out_proj.weight.copy_(torch.eye(12))
            other.out_proj.bias.zero_()
        elif change == "scale":
            other.in_proj_weight[:12] *= 3**-0.5
            other.in_proj_bias[:12] *= 3**-0.5
        elif change == "order":
            for p in (other.in_proj_weight, other.in_proj_bias):
                p.copy_(
                    torch.cat([p.unflatten(0, (3, 3, 4))[:, i].flatten(0, 1) for i in range(3)])
                )
        elif change in ("kv", "qk", "first"):
            order = {"kv": [0, 2, 1], "qk": [1, 0, 2], "first": [0, 0, 1]}[change]
            for p in (other.in_proj_weight, other.in_proj_bias):
                p.copy_(torch.cat([p.chunk(3)[i] for i in order]))
    return other


peer = torch_attention(12, 3, seed=110)
x = checks.normal(2, 5, 12, seed=120)
joined = torch.stack(altered(peer, "out")(x, x, x)[0].chunk(3, -1), dim=1).reshape(2, 5, 12)
slips = {
    "the last layer, out, is not applied.": altered(peer, "out")(x, x, x)[0],
    "there is only one head.": altered(peer, "heads")(x, x, x)[0],
    "the scores are divided by √d_model; each head has d_head features.": altered(peer, "scale")(
        x, x, x
    )[0],
    "keys and values are swapped.": altered(peer, "kv")(x, x, x)[0],
    "queries and keys are swapped.": altered(peer, "qk")(x, x, x)[0],
    "k and v are the last two of the three parts of qkv; yours are the first two.": altered(
        peer, "first"
    )(x, x, x)[0],
    "the rows of qkv are taken head by head; first come the queries of all heads.": altered(
        peer, "order"
    )(x, x, x)[0],
    "the heads are merged without transposing.": peer.out_proj(joined),
}
mine = with_weights_of(peer)
checks.close("the output", checks.run(mine, x), peer(x, x, x)[0], slips=slips)
### BEGIN HIDDEN TESTS
peer = torch_attention(20, 5, seed=130)
x = checks.normal(3, 4, 20, seed=140)
checks.close("the output for other sizes", checks.run(with_weights_of(peer), x), peer(x, x, x)[0])
### END HIDDEN TESTS
checks.passed("equal to nn.MultiheadAttention with the same weights")

# %% check="multi_head_mask" points=1
peer = torch_attention(12, 3, seed=150)
x = checks.normal(2, 5, 12, seed=160)
mask = checks.normal(2, 5, 5, seed=161) > -0.3
mask |= torch.eye(5).bool()
forbidden = (~mask).repeat_interleave(3, dim=0)  # PyTorch's module wants True = may not attend
expected = peer(x, x, x, attn_mask=forbidden)[0]
slips = {
    "the mask is not used.": peer(x, x, x)[0],
    "the mask is inverted: True means may attend.": peer(x, x, x, attn_mask=~forbidden)[0],
    "queries and keys are swapped in the mask.": peer(x, x, x, attn_mask=forbidden.mT)[0],
    "the mask of another batch row is used: it needs a dimension for the heads after the batch.": peer(
        x, x, x, attn_mask=(~mask).repeat(3, 1, 1)
    )[0],
}
checks.close(
    "the output with a mask", checks.run(with_weights_of(peer), x, mask=mask), expected, slips=slips
)
checks.passed("the mask holds for every head")

# %% check="multi_head_cross" points=1
peer = torch_attention(12, 3, seed=170)
x, context = checks.normal(2, 5, 12, seed=180), checks.normal(2, 7, 12, seed=181)
mask = torch.tensor([[1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1, 0]]).bool()
mask = torch.stack([mask] * 5, dim=1)  # (2, 5, 7)
expected = peer(x, context, context, attn_mask=(~mask).repeat_interleave(3, dim=0))[0]
slips = {
    "the mask is not used.": peer(x, context, context)[0],
    "the context is not used.": peer(
        x, x, x, attn_mask=(~mask[..., :5]).repeat_interleave(3, dim=0)
    )[0],
    "keys come from the context, values do not.": peer(x, context[:, :5], x)[0],
    "x and the context are swapped.": peer(context, x, x)[0],
}
got = checks.run(with_weights_of(peer), x, context, mask)
checks.close("the output with a context", got, expected, slips=slips)
checks.passed("cross-attention reads from the context")

# %% [markdown]
# **Experiment.** What do separate heads buy? The task: token $i$ must output the first half of token $i -
# 1$ and the second half of token $i + 1$ (the ends wrap around). The features are random, with variance 1. One head has
# one row of weights per token. It can look left or right, or mix the two. Two models with the same number of
# parameters, one with a single head and one with two, three seeds each; both add a learned vector to each place, as
# attention alone does not know places (section 6). Predict the mean squared errors; always answering 0 has an error
# of 1.
#
# <details><summary>Compare your prediction</summary>One half for one head, close to 0 for two. The text below the
# figure derives the one half.</details>


# %% given="neighbors_task"
class Neighbors(nn.Module):
    """Learned positions, then your multi-head attention."""

    def __init__(self, n_heads: int) -> None:
        super().__init__()
        self.embed = nn.Linear(8, 32)
        self.positions = nn.Parameter(torch.randn(10, 32))
        self.attention = MultiHeadAttention(32, n_heads)
        self.head = nn.Linear(32, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.attention(self.embed(x) + self.positions))  # (B, 10, 8)


def neighbors(x: torch.Tensor) -> torch.Tensor:
    """The first half of the token to the left, the second half of the one to the right: (B, 10, 8)."""
    return torch.cat([x.roll(1, dims=1)[..., :4], x.roll(-1, dims=1)[..., 4:]], dim=-1)


# %% experiment="neighbors_training"
# Experiment · One head and two heads learn the same task
numbers = torch.randn(4000, 10, 8, generator=torch.Generator().manual_seed(0))
losses, trained = {}, {}
for n_heads in (1, 2):
    for seed in (0, 1, 2):
        device.seed_everything(seed)
        model = trained[n_heads] = Neighbors(n_heads).to(place)
        neighbors_history = fit(
            model,
            Batches(numbers, neighbors(numbers), batch_size=100, device=place, seed=seed),
            lambda model, batch: F.mse_loss(model(batch[0]), batch[1]),
            steps=scaled(full=600, smoke=20),
            lr=1e-2,
            show=False,
        )
        losses[n_heads, seed] = neighbors_history.loss
        last = sum(neighbors_history.loss[-20:]) / 20
        print(f"{n_heads} head(s), seed {seed}: error {last:.2g}")

# %% figure="neighbors_curves"
# Figure · Error of one head and of two heads
fig, ax = plt.subplots(figsize=(8, 3.2))
for (n_heads, seed), loss in losses.items():
    style = {"color": plots.COLORS[n_heads - 1], "linestyle": plots.DASHES[n_heads - 1]}
    ax.plot(loss, **style, label=None if seed else ("one head", "two heads")[n_heads - 1])
ax.set(title="Left and right at once", xlabel="step", ylabel="mean squared error", yscale="log")
ax.legend()
plots.show(
    fig,
    alt="Error against training step, on a logarithmic scale. Three runs with one head level off at one half. Three "
    "with two heads fall far below.",
    caption="Three seeds each, 600 steps. One head stays at one half. Two heads solve the task. (A quick run of 20 "
    "steps shows nothing yet.)",
)

# %% [markdown]
# **What you saw.** Let one head put the weight $a$ on the left token and $1 - a$ on the right one. All that comes out
# is the mix $m = a\,l + (1 - a)\,r$: for each feature one number, made of two. From it, the best guess of the left is
# $c\,m$ with $c = a / q$ and $q = a^2 + (1 - a)^2$. Its error is $1 - a^2 / q$; that of the right is $1 - (1 - a)^2 /
# q$. Half of the features want the one, half the other: the mean is one half, whatever $a$ is. More heads add no
# parameters, but rows of weights.
#
# (If all features were $\pm 1$, a mix with $a = 0.6$ would have a value for each pair, and a small network could
# tell them apart.)
#
# What do the two heads look at?

# %% experiment="head_weights"
# Experiment · The weights of the two trained heads
peer = nn.MultiheadAttention(32, 2, batch_first=True)  # PyTorch's can return its weights
mine = trained[2].attention.cpu()
with torch.no_grad():
    for parameter in peer.parameters():
        parameter.copy_(next(p for p in mine.parameters() if p.shape == parameter.shape))
    model = trained[2].cpu()
    h = model.embed(numbers[:200]) + model.positions  # (200, 10, 32)
    _, weights = peer(h, h, h, average_attn_weights=False)  # (200, 2, 10, 10)
head_weights = weights.mean(dim=0)  # (2, 10, 10)

# %% figure="head_maps"
# Figure · Where the two trained heads look
numbered = [str(i) for i in range(10)]
plots.show(
    plots.attention(head_weights, numbered, numbered, title="The two heads, mean over 200 inputs"),
    alt="Two maps of ten queries by ten keys. In one, the weight lies one place left of the diagonal, in the other one "
    "place right of it; at the ends it wraps around.",
    caption="One head looks at the token before, the other at the token after. Nobody told them who does what.",
)
