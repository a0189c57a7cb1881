# ---
# jupyter:
#   accelerator: GPU
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 05 · The transformer
#
# Attention lets tokens talk to each other. To train many layers of it, three plain parts are missing:
# normalization, a small network for each token, and connections that skip both. You put them together,
# train an encoder to reverse sequences in a second or two, and read its algorithm off one picture. Then
# you build the full encoder–decoder, and find out where it stops working.
#
# | | |
# |---|---|
# | **You need** | Lab 04: attention, masks, heads, encodings; teacher forcing (Lab 03) |
# | **Time** | 200 minutes; the whole notebook runs in about five minutes on two CPU cores, no GPU needed |
# | **Worth** | **28 points**: 27 graded by checks, 1 by a person |
# | **Data** | random digits, no download |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import math
import time
from collections.abc import Callable

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from utils import checks, device, plots
from utils.batches import Batch, Batches
from utils.report import report
from utils.settings import scaled
from utils.training import fit

place = device.get_device()

# %% [markdown]
# This lab begins with working versions of what you wrote in Lab 04, on PyTorch's fused kernel, which
# does all of attention in one operation. Have a look, then fold the cells.


# %% given="attention"
class Attention(nn.Module):
    """Multi-head attention; with `rotary`, queries and keys are turned by their positions (exercise 8)."""

    def __init__(self, d_model: int, n_heads: int, rotary: bool = False) -> None:
        super().__init__()
        self.n_heads, self.rotary = n_heads, rotary
        self.qkv, self.out = nn.Linear(d_model, 3 * d_model), nn.Linear(d_model, d_model)

    def forward(
        self,
        x: torch.Tensor,
        context: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        positions: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> torch.Tensor:
        """x (B, T, d_model), context (B, S, d_model) or x, mask that broadcasts to (B, T, S) → (B, T, d_model)."""
        q, k, v = self._project(x, context, positions)
        mask = None if mask is None else mask.unsqueeze(-3)  # (B, 1, T, S)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
        return self.out(y.transpose(1, 2).flatten(2))  # (B, T, d_model)

    def weights(
        self,
        x: torch.Tensor,
        context: torch.Tensor | None = None,
        positions: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> torch.Tensor:
        """The attention weights without a mask, (B, n_heads, T, S), for pictures."""
        q, k, _ = self._project(x, context, positions)
        return (q @ k.mT / math.sqrt(q.shape[-1])).softmax(dim=-1)

    def _project(self, x, context, positions) -> list[torch.Tensor]:
        d_model = x.shape[-1]
        weight, bias = self.qkv.weight, self.qkv.bias
        q = F.linear(x, weight[:d_model], bias[:d_model])
        context = x if context is None else context
        k, v = F.linear(context, weight[d_model:], bias[d_model:]).chunk(2, dim=-1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in (q, k, v))
        if self.rotary:
            q, k = rotate(q, positions[0]), rotate(k, positions[1])
        return [q, k, v]  # (B, n_heads, T or S, d_head)


# %% given="masks_and_positions"
def causal_mask(x: torch.Tensor) -> torch.Tensor:
    """(T, T) bool for x (B, T, ...): True where a query may attend to a key, itself or earlier."""
    T = x.shape[1]
    return torch.ones(T, T, dtype=torch.bool, device=x.device).tril()


def sinusoidal_encoding(T: int, d_model: int) -> torch.Tensor:
    """Sines in the even columns, cosines in the odd ones: (T, d_model)."""
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


def feed_forward(d_model: int, d_ff: int) -> nn.Sequential:
    """The small network that each token passes through on its own: (B, T, d_model) → (B, T, d_model)."""
    return nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model))


# %% [markdown]
# ## 1 · Layer normalization
#
# A deep network multiplies many matrices; its activations drift. Layer normalization brings each token back:
# subtract the mean of its features, divide by their standard deviation, then let the network choose a new
# scale $\gamma$ (gain) and shift $\beta$ (bias) for each feature:
#
# $$y = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta \qquad
# \mu = \frac{1}{d}\sum_i x_i \qquad \sigma^2 = \frac{1}{d}\sum_i (x_i - \mu)^2$$
#
# For $x = (1, 3, 5, 7)$: $\mu = 4$, $\sigma^2 = 5$, and $y = (-1.34, -0.45, 0.45, 1.34)$.

# %% [markdown]
# ### Exercise 1 · Layer normalization (3 points · 10 min · ●○○)
#
# Return $y$ for `x` `(..., d)`, `gain` `(d,)` and `bias` `(d,)`. The mean and the variance run over the
# last dimension only. The variance divides by $d$, as in the formula, and $\varepsilon$ stands inside the
# root.
#
# Use `mean` and a square root, not PyTorch's finished layer.
#
# <details><summary>Hint 1: the idea</summary>Every token is normalized on its own. Keep the last dimension, so
# that the means broadcast.</details>
# <details><summary>Hint 2: the formula</summary><code>x.var(dim=-1)</code> divides by d − 1 unless it is told
# otherwise.</details>
# <details><summary>Hint 3: the line</summary><code>x.var(dim=-1, keepdim=True, correction=0)</code></details>


# %% solution="layer_norm"
def layer_norm(
    x: torch.Tensor, gain: torch.Tensor, bias: torch.Tensor, eps: float = 1e-5
) -> torch.Tensor:
    """Normalizes the last dimension of x (..., d) (Ba et al., 2016); gain and bias are (d,)."""
    ### BEGIN SOLUTION
    centered = x - x.mean(dim=-1, keepdim=True)
    variance = (centered**2).mean(dim=-1, keepdim=True)
    return gain * centered / torch.sqrt(variance + eps) + bias
    ### END SOLUTION


# %% check="layer_norm_by_hand" points=1
x = torch.tensor([[1.0, 3.0, 5.0, 7.0], [0.0, 0.0, 0.0, 8.0]], dtype=torch.float64)
ones, zeros = torch.ones(4, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
y = checks.run(layer_norm, x, ones, zeros)
checks.shape("layer_norm(x)", y, batch=2, d=4)
by_hand = torch.tensor([-1.3416, -0.4472, 0.4472, 1.3416]).double()
slips = {
    "yours divides the variance by d − 1; divide by d (correction=0).": by_hand * math.sqrt(3 / 4),
    "divide by the standard deviation, not by the variance.": by_hand / math.sqrt(5),
    "the mean is not subtracted.": x[0] / math.sqrt(5),
    "the division is missing.": x[0] - 4,
    "the mean is not subtracted, from x or before the squares.": x[0] / math.sqrt(21),
    "the deviations are not squared, so their mean is 0.": (x[0] - 4) / math.sqrt(1e-5),
    "square the deviations; their absolute values are something else.": (x[0] - 4) / math.sqrt(2),
    "mean and variance run over the batch: use the last dimension.": torch.tensor(
        [1.0, 1.0, 1.0, -1.0]
    ).double(),
    "mean and variance run over all tokens together: use the last dimension only.": (x[0] - 3)
    / math.sqrt(9.5),
}
checks.close("layer_norm of (1, 3, 5, 7)", y[0], by_hand, rtol=1e-3, slips=slips)
checks.passed("(1, 3, 5, 7) as computed by hand")

# %% check="layer_norm_torch" points=1
x = 3 * checks.normal(2, 5, 6, seed=1) + 2
gain, bias = checks.normal(6, seed=2), checks.normal(6, seed=3)
expected = F.layer_norm(x, (6,), gain, bias)
slips = {
    "gain and bias are not used.": F.layer_norm(x, (6,)),
    "the bias is not added.": F.layer_norm(x, (6,), gain),
    "the gain is not applied.": F.layer_norm(x, (6,), None, bias),
    "the bias is scaled by the gain: it is added last.": gain * (F.layer_norm(x, (6,)) + bias),
    "gain and bias are swapped.": F.layer_norm(x, (6,), bias, gain),
    "eps is added after the root: it belongs inside, √(σ² + ε).": gain
    * (x - x.mean(dim=-1, keepdim=True))
    / (x.std(dim=-1, keepdim=True, correction=0) + 1e-5)
    + bias,
    "mean and variance run over the tokens as well: use the last dimension only.": F.layer_norm(
        x, (5, 6)
    )
    * gain
    + bias,
    "mean and variance run over the tokens: use the last dimension.": F.layer_norm(x.mT, (5,)).mT
    * gain
    + bias,
}
checks.close("layer_norm(x)", checks.run(layer_norm, x, gain, bias), expected, slips=slips)
### BEGIN HIDDEN TESTS
x = checks.normal(7, 9, seed=4)
gain, bias = checks.normal(9, seed=5), checks.normal(9, seed=6)
expected = F.layer_norm(x, (9,), gain, bias)
checks.close("layer_norm of (7, 9)", checks.run(layer_norm, x, gain, bias), expected)
### END HIDDEN TESTS
checks.passed("equal to PyTorch's layer norm")

# %% check="layer_norm_small" points=1
x = 0.01 * checks.normal(3, 6, seed=7)
x[0] = 5.0  # no variance at all
ones, zeros = torch.ones(6).double(), torch.zeros(6).double()
y = checks.run(layer_norm, x, ones, zeros, 1e-3)
checks.finite("layer_norm of equal numbers", y, "0 / 0: eps belongs inside the root.")
variance = x.var(dim=-1, keepdim=True, correction=0)
outside = (x - x.mean(dim=-1, keepdim=True)) / (variance.sqrt() + 1e-3)
slips = {
    "eps is added after the root: it belongs inside, √(σ² + ε).": outside,
    "eps is not the one that was passed in.": F.layer_norm(x, (6,), eps=1e-5),
    "eps is not used.": F.layer_norm(x, (6,), eps=1e-30),
}
checks.close("layer_norm with eps = 0.001", y, F.layer_norm(x, (6,), eps=1e-3), slips=slips)
checks.passed("eps keeps the root away from zero")

# %% [markdown]
# **Experiment.** Batch normalization takes mean and variance over the batch instead. Then what comes out
# for one sample depends on which others are in its batch. How much, for batches of different sizes? The
# cell puts one fixed sample into 200 random batches of each size.

# %% given="norm_experiment"
device.seed_everything(0)
sizes = [2, 4, 8, 16, 32, 64, 128]
sample, others = torch.randn(1, 32), torch.randn(200, 128, 32)
wobble = {"batch norm": [], "layer norm": []}
for size in sizes:
    batch = torch.cat([sample.expand(200, 1, 32), others[:, : size - 1]], dim=1)  # (200, size, 32)
    mean, std = batch.mean(dim=1, keepdim=True), batch.std(dim=1, keepdim=True, correction=0)
    wobble["batch norm"].append(((batch - mean) / std)[:, 0].std(dim=0).mean().item())
    same = layer_norm(batch, torch.ones(32), torch.zeros(32))  # yours
    wobble["layer norm"].append(same[:, 0].std(dim=0).mean().item())
fig, ax = plt.subplots(figsize=(7, 3))
words = {
    "title": "One sample in many batches",
    "xlabel": "batch size",
    "ylabel": "std of its output",
}
plots.curves(ax, wobble, x=sizes, **words)
ax.set_xscale("log", base=2)
plots.show(
    fig,
    alt="Spread of one sample's normalized features against batch size. Batch norm falls from about 0.8 at two "
    "samples to 0.1 at 128, layer norm is zero everywhere.",
    caption="With batch norm a sample's output depends on its neighbors, the more the smaller the batch.",
)

# %% [markdown]
# **What you saw.** Layer norm looks at one token alone: any batch size, any length, the same in training
# and in use. Batch norm needs large batches, and running averages for later.

# %% [markdown]
# ## 2 · The encoder block
#
# A block has two parts, attention and feed-forward. Each is wrapped in a **residual connection** ([He et al.,
# 2015](https://arxiv.org/abs/1512.03385)): its result is *added* to what came in. So the gradient has a free path
# through, and a layer only has to learn a correction. Where does the norm go?
#
# | post-LN (2017) | pre-LN (today) |
# |---|---|
# | $x \leftarrow \text{norm}_1(x + \text{attention}(x))$ | $x \leftarrow x + \text{attention}(\text{norm}_1(x))$ |
# | $x \leftarrow \text{norm}_2(x + \text{ff}(x))$ | $x \leftarrow x + \text{ff}(\text{norm}_2(x))$ |
#
# Dropout, if any, acts on the result of each part before it is added.

# %% [markdown]
# ### Exercise 2 · The encoder block (5 points · 20 min · ●●○)
#
# The layers are given; write `forward`: `x` `(B, T, d_model)` → `(B, T, d_model)`, pre-LN if `self.norm_first`,
# else post-LN. Hand `mask` (True = may attend) and `positions` (for section 7) over to the attention as they are,
# **by name**: its second argument is something else. Apply `self.dropout` to the result of each part, before it is
# added.
#
# <details><summary>Hint 1: the idea</summary>Two lines for each order, straight from the table.</details>
# <details><summary>Hint 2: the formula</summary>pre-LN: x = x + dropout(attention(norm1(x))). The second line
# starts from the new x.</details>
# <details><summary>Hint 3: the line</summary><code>y = self.attention(x, mask=mask, positions=positions)</code>; then,
# for post-LN, <code>x = self.norm1(x + self.dropout(y))</code></details>


# %% solution="encoder_block"
class EncoderBlock(nn.Module):
    """Self-attention and a feed-forward network, each with a norm and a residual connection."""

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        d_ff: int,
        norm_first: bool = True,
        dropout: float = 0.0,
        rotary: bool = False,
    ) -> None:
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(
        self,
        x: torch.Tensor,
        mask: torch.Tensor | None = None,
        positions: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> torch.Tensor:
        """x (B, T, d_model) → (B, T, d_model); mask and positions go to the attention as they are."""
        ### BEGIN SOLUTION
        if self.norm_first:
            y = self.attention(self.norm1(x), mask=mask, positions=positions)
            x = x + self.dropout(y)
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        y = self.attention(x, mask=mask, positions=positions)
        x = self.norm1(x + self.dropout(y))
        return self.norm2(x + self.dropout(self.feed_forward(x)))
        ### END SOLUTION


# %% given="block_peer"
# For the checks: PyTorch's layers with the weights of yours. Nothing to do here.
def copy_attention(mine: Attention, theirs: nn.MultiheadAttention) -> None:
    """Copies the weights of PyTorch's attention."""
    mine.qkv.weight.copy_(theirs.in_proj_weight)
    mine.qkv.bias.copy_(theirs.in_proj_bias)
    mine.out.load_state_dict(theirs.out_proj.state_dict())


def copy_rest(mine: nn.Module, theirs: nn.Module, norms: int) -> None:
    """Copies the weights of the feed-forward network and of the norms."""
    mine.feed_forward[0].load_state_dict(theirs.linear1.state_dict())
    mine.feed_forward[2].load_state_dict(theirs.linear2.state_dict())
    for i in range(1, norms + 1):
        getattr(mine, f"norm{i}").load_state_dict(getattr(theirs, f"norm{i}").state_dict())


def shaken(module: nn.Module, seed: int) -> nn.Module:
    """The module in float64, in eval mode, with weights, norms and biases that the seed decides."""
    with torch.no_grad():
        for i, p in enumerate(module.double().parameters()):
            p.copy_((p == 1) + 0.4 * checks.normal(*p.shape, seed=seed + i))  # gains are near 1
    return module.eval()


def positions_seen(attention: Attention) -> list:
    """From now on, every call of the attention adds the positions that reach it to this list."""
    seen, forward = [], attention.forward

    def spy(x, context=None, mask=None, positions=None) -> torch.Tensor:
        seen.append(positions)
        return forward(x, context, mask, positions)

    attention.forward = spy
    return seen


def encoder_pair(norm_first: bool, seed: int, d: int = 12) -> tuple[nn.Module, nn.Module]:
    """PyTorch's encoder layer, and your block with its weights."""
    theirs = nn.TransformerEncoderLayer(d, 3, 20, 0.0, batch_first=True, norm_first=norm_first)
    theirs, mine = shaken(theirs, seed), EncoderBlock(d, 3, 20, norm_first).double().eval()
    with torch.no_grad():
        copy_attention(mine.attention, theirs.self_attn)
        copy_rest(mine, theirs, norms=2)
    return theirs, mine


# %% check="encoder_block_residual" points=1
x = checks.normal(2, 5, 12, seed=10)
_, block = encoder_pair(True, seed=20)
with torch.no_grad():
    for layer in (block.attention.out, block.feed_forward[2]):
        layer.weight.zero_()
        layer.bias.zero_()
y = checks.run(block, x)
checks.shape("the output of the block", y, batch=2, tokens=5, d_model=12)
checks.close(
    "a pre-LN block whose two parts are silent",
    y,
    x,
    slips={
        "a residual connection is missing.": torch.zeros_like(x),
        "that is norm2(norm1(x)): post-LN, or a sum that starts from the normalized x; add to x itself.": (
            block.norm2(block.norm1(x))
        ),
        "x is added twice.": 2 * x,
        "the norm stands on the residual path: add x itself.": block.norm1(x),
    },
)
_, block = encoder_pair(False, seed=20)
with torch.no_grad():
    for norm in (block.norm1, block.norm2):
        norm.load_state_dict(nn.LayerNorm(12).state_dict())
y = checks.run(block, x)
checks.that(
    y.mean(dim=-1).abs().max() < 1e-6,
    "a post-LN block ends with a norm: each token of its output should have mean 0.",
)
checks.passed("the residual path is free")

# %% check="encoder_block_pre" points=1
theirs, mine = encoder_pair(True, seed=30)
x = checks.normal(2, 5, 12, seed=11)
post, _ = encoder_pair(False, seed=30)
with torch.no_grad():
    half = theirs.self_attn(theirs.norm1(x), *2 * [theirs.norm1(x)])[0]
slips = {
    "this is the post-LN order.": post(x),
    "the feed-forward part is missing.": x + half,
    "norm1 is used for both parts.": x + half + mine.feed_forward(mine.norm1(x + half)),
    "the feed-forward part reads the sum without a norm.": x + half + mine.feed_forward(x + half),
    "the attention part is missing.": x + mine.feed_forward(mine.norm2(x)),
    "the feed-forward part reads the block's input: it reads the sum after the attention.": x
    + half
    + mine.feed_forward(mine.norm2(x)),
    "the second sum starts from the block's input: it starts from the new x.": x
    + mine.feed_forward(mine.norm2(x + half)),
}
with torch.no_grad():
    second = x + theirs.self_attn(*3 * [mine.norm2(x)])[0]
    slips["norm1 and norm2 are swapped."] = second + mine.feed_forward(mine.norm1(second))
checks.close("the pre-LN block", checks.run(mine, x), theirs(x), slips=slips)
### BEGIN HIDDEN TESTS
theirs, mine = encoder_pair(True, seed=31, d=18)
x = checks.normal(3, 4, 18, seed=12)
checks.close("the pre-LN block of other sizes", checks.run(mine, x), theirs(x))
### END HIDDEN TESTS
checks.passed("pre-LN: equal to PyTorch's encoder layer")

# %% check="encoder_block_post" points=1
theirs, mine = encoder_pair(False, seed=40)
x = checks.normal(2, 5, 12, seed=13)
pre, _ = encoder_pair(True, seed=40)
with torch.no_grad():
    half = mine.norm1(x + theirs.self_attn(x, x, x)[0])
    inner = mine.norm1(x + theirs.self_attn(*3 * [mine.norm1(x)])[0])
slips = {
    "this is the pre-LN order.": pre(x),
    "the second sum starts from the block's input: it starts from the new x.": mine.norm2(
        x + mine.feed_forward(half)
    ),
    "this is the pre-LN order, with norms after it.": mine.norm2(
        inner + mine.feed_forward(mine.norm2(inner))
    ),
}
with torch.no_grad():
    y, ff = theirs.self_attn(x, x, x)[0], mine.feed_forward
    late, early = x + mine.norm1(y), mine.norm1(x) + y
    slips["the norm stands on the part; it stands on the sum."] = late + mine.norm2(ff(late))
    slips["the norm stands on x; it stands on the sum."] = mine.norm2(early) + ff(early)
    half = mine.norm2(x + y)
    slips["norm1 and norm2 are swapped."] = mine.norm1(half + ff(half))
checks.close("the post-LN block", checks.run(mine, x), theirs(x), slips=slips)
### BEGIN HIDDEN TESTS
theirs, mine = encoder_pair(False, seed=41, d=18)
x = checks.normal(3, 4, 18, seed=14)
checks.close("the post-LN block of other sizes", checks.run(mine, x), theirs(x))
### END HIDDEN TESTS
checks.passed("post-LN: equal to PyTorch's encoder layer")

# %% check="encoder_block_mask" points=1
x = checks.normal(2, 5, 12, seed=15)
mask = torch.ones(5, 5).tril().bool()
mask[3, 0] = False
for norm_first in (True, False):
    theirs, mine = encoder_pair(norm_first, seed=50)
    expected = theirs(x, src_mask=~mask)
    flipped = checks.run(mine, x, ~mask)
    checks.tensor("the output of the block", flipped)
    checks.that(
        not torch.allclose(flipped, expected),
        "the mask is inverted: hand it over as it is, True means may attend.",
    )
    slips = {"the mask does not reach the attention.": theirs(x)}
    name = f"the {'pre' if norm_first else 'post'}-LN block with a mask"
    checks.close(name, checks.run(mine, x, mask), expected, slips=slips)
    seen = positions_seen(mine.attention)
    checks.run(mine, x, None, "positions")
    checks.that(seen == ["positions"], "hand `positions` over to the attention, as they are.")
checks.passed("the mask and the positions reach the attention")

# %% check="encoder_block_dropout" points=1
x = checks.normal(2, 5, 12, seed=16)
for norm_first in (True, False):
    _, mine = encoder_pair(norm_first, seed=51)

    def with_dropout(p: float, silent: str = "") -> nn.Module:
        block = EncoderBlock(12, 3, 20, norm_first, dropout=p).double()
        block.load_state_dict(mine.state_dict())
        outputs = {"attention": block.attention.out, "feed-forward": block.feed_forward[2]}
        for p in (p for name in silent.split() for p in outputs[name].parameters()):
            p.data.zero_()
        return block

    again = [checks.run(with_dropout(0.5).eval(), x) for _ in range(2)]
    checks.tensor("the output of the block", again[0])
    checks.that(
        torch.equal(*again) and torch.allclose(again[0], checks.run(mine, x)),
        "in eval mode dropout must do nothing: use self.dropout, which knows the mode.",
    )
    for silent, other in (("attention", "feed-forward"), ("feed-forward", "attention")):
        block = with_dropout(0.5, silent).train()
        checks.that(
            not torch.equal(checks.run(block, x), checks.run(block, x)),
            f"in training mode dropout should act on the {other} part.",
        )
    nothing = checks.run(with_dropout(0.0, "attention feed-forward"), x)
    checks.that(
        torch.allclose(checks.run(with_dropout(1.0).train(), x), nothing),
        "with dropout=1 in training mode, the block should do what it does when both parts are silent. "
        "Does dropout act on the sum, or on what goes into a part? "
        "It acts on the result of each part, before it is added.",
    )
checks.passed("dropout acts on the result of both parts, in training mode only")

# %% [markdown]
# **Experiment.** Twenty-four blocks, freshly initialized as in 2017 (Xavier), in both orders. How large is the
# gradient that reaches the feed-forward weights of each block? The cell takes the mean over three
# initializations. Guess: which blocks get the most?

# %% given="depth_experiment"
sizes_of = {}
for name, norm_first in (("pre-LN", True), ("post-LN", False)):
    runs = []
    for seed in range(scaled(full=3, smoke=1)):
        device.seed_everything(seed)
        blocks = nn.ModuleList(EncoderBlock(64, 4, 256, norm_first) for _ in range(24))
        for p in (p for p in blocks.parameters() if p.dim() > 1):
            nn.init.xavier_uniform_(p)
        y, target = torch.randn(8, 20, 64), torch.randint(10, (160,))
        for block in blocks:
            y = block(y)
        logits = F.layer_norm(y, (64,)).flatten(0, 1) @ torch.randn(64, 10) / 8
        F.cross_entropy(logits, target).backward()
        runs.append([block.feed_forward[2].weight.grad.norm().item() for block in blocks])
    sizes_of[name] = torch.tensor(runs).mean(dim=0).tolist()
fig, ax = plt.subplots(figsize=(7, 3))
axis_words = {
    "title": "Gradient at initialization",
    "xlabel": "block",
    "ylabel": "norm of the gradient",
}
plots.curves(ax, sizes_of, **axis_words)
ax.set_ylim(bottom=0)
plots.show(
    fig,
    alt="Norm of the gradient in each of 24 blocks. With pre-LN it falls from the first block to the last; with "
    "post-LN it rises, and the last blocks get the most.",
    caption="Pre-LN: less and less towards the last blocks. Post-LN: the last blocks get the most.",
)
for name, norms in sizes_of.items():
    print(f"{name}: block 24 gets {norms[-1] / norms[0]:.2f} times the gradient of block 1")
print(
    f"block 24: post-LN gets {sizes_of['post-LN'][-1] / sizes_of['pre-LN'][-1]:.1f} times as much as pre-LN"
)

# %% [markdown]
# **What you saw.** With pre-LN every block adds to a growing sum, so a late block matters less and gets less. With
# post-LN each norm scales the sum back: the late blocks get the largest gradients, and what goes back to the early ones
# has passed all the norms. This is one explanation ([Xiong et al., 2020](https://arxiv.org/abs/2002.04745)) why the
# first transformers needed a **warm-up**: begin with tiny steps until the weights, and Adam's running averages, have
# settled.

# %% [markdown]
# ## 3 · A schedule for the learning rate
#
# Linear warm-up, then half a cosine, nearly down to zero. You train the encoder–decoder of section 6 with it.
# With a warm-up of 4 steps out of 12, the factors on the peak learning rate begin with $\frac14, \frac24,
# \frac34, 1$. The cosine then starts at 1 and reaches $\frac12$ in the middle of the rest.

# %% [markdown]
# ### Exercise 3 · Warm-up and cosine (2 points · 8 min · ●○○)
#
# Return the factor for `step`, counted from 0. In the first `warmup` steps it is $(\text{step} + 1) /
# \text{warmup}$. After that, with $p = (\text{step} - \text{warmup}) / (\text{steps} - \text{warmup})$, it
# is $\frac12 (1 + \cos \pi p)$. `warmup` may be 0.
#
# <details><summary>Hint 1: the idea</summary>An if and two formulas.</details>
# <details><summary>Hint 2: the formula</summary>At step = warmup, p is 0 and the factor is 1; at step = steps it
# would be 0.</details>
# <details><summary>Hint 3: the line</summary><code>0.5 * (1 + math.cos(math.pi * p))</code></details>


# %% solution="learning_rate_factor"
def learning_rate_factor(step: int, warmup: int, steps: int) -> float:
    """The factor on the peak learning rate at a step from 0 to steps − 1."""
    ### BEGIN SOLUTION
    if step < warmup:
        return (step + 1) / warmup
    progress = (step - warmup) / (steps - warmup)
    return 0.5 * (1 + math.cos(math.pi * progress))
    ### END SOLUTION


# %% given="factors"
def factors(chosen: list[int], warmup: int, steps: int) -> torch.Tensor:
    """Your factors at the chosen steps, for the checks."""
    got = [checks.run(learning_rate_factor, step, warmup, steps) for step in chosen]
    return torch.tensor([float(factor) for factor in got])


# %% check="learning_rate_warmup" points=1
got = factors([0, 1, 2, 3], 4, 12)
slips = {
    "the first factor should not be 0: count (step + 1) / warmup.": torch.arange(4) / 4,
    "divide by warmup, not by steps.": torch.arange(1, 5) / 12,
    "there is no warm-up.": torch.tensor(
        [0.5 * (1 + math.cos(math.pi * s / 12)) for s in range(4)]
    ),
    "the warm-up lasts one step too long.": torch.arange(1, 5) / 5,
}
checks.close("the factors of steps 0 to 3", got, torch.tensor([0.25, 0.5, 0.75, 1.0]), slips=slips)
checks.close("the factor of step 0 without a warm-up", factors([0], 0, 50), torch.ones(1))
### BEGIN HIDDEN TESTS
checks.close("steps 0, 4, 9 of 10", factors([0, 4, 9], 10, 100), torch.tensor([0.1, 0.5, 1.0]))
### END HIDDEN TESTS
checks.passed("a linear warm-up")

# %% check="learning_rate_cosine" points=1
got = factors([4, 6, 8, 10, 11], 4, 12)
expected = torch.tensor([1.0, 0.8536, 0.5, 0.1464, 0.0381])
raw = torch.tensor([0.0, 0.25, 0.5, 0.75, 0.875])
slips = {
    "the cosine goes on from 1 to −1: halve it, and add 1 first.": torch.cos(math.pi * raw),
    "that is a straight line, not a cosine.": 1 - raw,
    "the cosine runs over a quarter turn: π p.": torch.cos(math.pi / 2 * raw),
    "p starts at the end of the warm-up: (step − warmup) / (steps − warmup).": 0.5
    * (1 + torch.cos(math.pi * torch.tensor([4, 6, 8, 10, 11]) / 12)),
    "p divides by steps; the cosine has only steps − warmup of them.": 0.5
    * (1 + torch.cos(math.pi * torch.tensor([0, 2, 4, 6, 7]) / 12)),
    "the factor stays 1 after the warm-up: is p cut to a whole number (//), or the angle in degrees?": (
        torch.ones(5)
    ),
    "the warm-up lasts one step too long: it is the steps below warmup.": torch.tensor(
        [1.25, *expected[1:]]
    ),
    "π is missing.": 0.5 * (1 + torch.cos(raw)),
    "the half belongs to 1 and to the cosine: put both in parentheses.": 0.5
    + torch.cos(math.pi * raw),
    "p is 0 at step = warmup: no + 1.": 0.5 * (1 + torch.cos(math.pi * (raw + 0.125))),
    "the cosine lasts steps − warmup steps: no − 1.": 0.5 * (1 + torch.cos(math.pi * raw * 8 / 7)),
}
checks.close("the factors of steps 4, 6, 8, 10, 11", got, expected, rtol=1e-3, slips=slips)
### BEGIN HIDDEN TESTS
expected = torch.tensor([1.0, 0.853553, 0.5, 0.146447])
checks.close("steps 10, 35, 60, 85", factors([10, 35, 60, 85], 10, 110), expected, rtol=1e-4)
### END HIDDEN TESTS
checks.passed("then half a cosine")

# %% [markdown]
# ## 4 · An encoder that reverses
#
# The task: 16 random digits go in, the same digits come out in reverse order. The first output depends on
# the last input: token $t$ must look at token $15 - t$, and nowhere else.
#
# *Solved* means solved: **every** digit of **every** one of 10,000 sequences that training has never seen.
# A model that gets 99% of the digits right, one by one, gets only $0.99^{16} = 85\%$ of the sequences.

# %% [markdown]
# ### Exercise 4 · Exact match (2 points · 6 min · ●○○)
#
# Return the share of sequences, as a float, in which every real token is predicted right. `predicted` and
# `target` are `(B, T)`; `mask` `(B, T)` is True at real tokens. What is predicted at padding does not
# matter, and a sequence without any real token counts as right.
#
# <details><summary>Hint 1: the idea</summary>A sequence counts if at each place the token is right or the place
# is padding.</details>
# <details><summary>Hint 2: the formula</summary>right = (predicted == target) | ~mask, where | is "or" and ~ is
# "not"; then all over T, then the mean over B.</details>
# <details><summary>Hint 3: the line</summary><code>.all(dim=1).float().mean().item()</code></details>


# %% solution="exact_match"
def exact_match(predicted: torch.Tensor, target: torch.Tensor, mask: torch.Tensor) -> float:
    """The share of sequences without a single error at real tokens; all are (B, T)."""
    ### BEGIN SOLUTION
    right = (predicted == target) | ~mask  # (B, T)
    return right.all(dim=1).float().mean().item()
    ### END SOLUTION


# %% check="exact_match_value" points=1
target = torch.tensor([[3, 1, 4], [1, 5, 9], [2, 6, 5], [3, 5, 8], [9, 7, 9]])
predicted = torch.tensor([[3, 1, 4], [1, 5, 0], [0, 0, 0], [3, 0, 0], [9, 7, 9]])
every = torch.ones(5, 3, dtype=torch.bool)
got = checks.run(exact_match, predicted, target, every)
checks.number("the share", got)
slips = {
    "that is the share of right tokens; a sequence counts only if all are right.": 9 / 15,
    "a sequence counts although only some of its tokens are right: all, not any.": 4 / 5,
    "return the share of sequences, not their number.": 2.0,
    "the mask is inverted: True is a real token.": 1.0,
    "one error makes the whole batch wrong, or the result is always 0.": 0.0,
}
checks.close("two right sequences of five", got, 0.4, slips=slips)
checks.passed("only whole sequences count")

# %% check="exact_match_mask" points=1
right = "111 111 110 010 100 011 011 000 001 110"
mask = "111 110 110 110 100 110 111 000 001 100"
right, mask = (torch.tensor([[int(c) for c in row] for row in t.split()]) for t in (right, mask))
mask = mask.bool()
target = torch.arange(30).reshape(10, 3)
predicted = target + 1 - right  # wrong by one where `right` is 0
got = checks.run(exact_match, predicted, target, mask)
slips = {
    "padding is compared as well.": 2 / 10,
    "the mask is inverted: True is a real token.": 4 / 10,
    "padding makes a sequence wrong; it should not matter: | ~mask, not & mask.": 1 / 10,
    "a sequence without real tokens counts as right.": 6 / 10,
    "that is the share of right tokens; a sequence counts only if all are right.": 14 / 17,
    "all runs over the sequences; it runs over the tokens of each: dim=1.": 2 / 3,
}
checks.close("ten sequences with padding", got, 7 / 10, slips=slips)
### BEGIN HIDDEN TESTS
target = torch.randint(9, (500, 7), generator=torch.Generator().manual_seed(0))
mask = torch.arange(7) < torch.randint(1, 8, (500, 1), generator=torch.Generator().manual_seed(1))
predicted = torch.where(mask, target, 9)
predicted[:100, 0] = 9
checks.close("100 wrong of 500", checks.run(exact_match, predicted, target, mask), 0.8)
predicted[100:110, 6] = 8
late = ((predicted == target) | ~mask).all(dim=1).sum().item() / 500
checks.close("some wrong at the end", checks.run(exact_match, predicted, target, mask), late)
### END HIDDEN TESTS
checks.passed("padding does not matter")

# %% [markdown]
# The whole model: an embedding of the digits, learned positions, **one** block with **one** head, and a
# linear layer. It has about 10,000 parameters.


# %% given="encoder_model"
class ReversingEncoder(nn.Module):
    """Logits (B, 16, 10) from digits (B, 16)."""

    def __init__(self, d_model: int = 32) -> None:
        super().__init__()
        self.digits = nn.Embedding(10, d_model)
        self.positions = nn.Parameter(torch.randn(16, d_model))
        self.block = EncoderBlock(d_model, n_heads=1, d_ff=2 * d_model)
        self.norm, self.head = nn.LayerNorm(d_model), nn.Linear(d_model, 10)

    def embed(self, digits: torch.Tensor) -> torch.Tensor:
        return self.digits(digits) + self.positions  # (B, 16, d_model)

    def forward(self, digits: torch.Tensor) -> torch.Tensor:
        return self.head(self.norm(self.block(self.embed(digits))))


def token_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy over all tokens."""
    digits, target = batch
    return F.cross_entropy(model(digits).flatten(0, 1), target.flatten())


def random_digits(count: int, seed: int) -> torch.Tensor:
    return torch.randint(10, (count, 16), generator=torch.Generator().manual_seed(seed))


# %% given="encoder_training"
train, test = random_digits(6_400, seed=0), random_digits(10_000, seed=1).to(place)
seen = {tuple(row) for row in train.tolist()}
assert not any(tuple(row) in seen for row in test.tolist()), (
    "a test sequence is in the training set"
)
device.seed_everything(0)
encoder = ReversingEncoder().to(place)
batches = Batches(train, train.flip(1), batch_size=64, device=place)
history = fit(
    encoder, batches, token_loss, steps=scaled(full=100, smoke=10), lr=1e-2, title="Encoder"
)
encoder_seconds_to_solve = history.seconds
with torch.no_grad():
    predicted = encoder(test).argmax(dim=-1)
every = torch.ones_like(test, dtype=torch.bool)
encoder_exact_match = exact_match(predicted, test.flip(1), every)
print(f"exact match on 10,000 unseen sequences: {encoder_exact_match:.2%}")
print(f"after {history.steps} steps and {encoder_seconds_to_solve:.2f} s of training")

# %% [markdown]
# **Experiment.** Read the algorithm off the picture. Predict the pattern before you run the cell.

# %% given="encoder_map"
with torch.no_grad():
    weights = encoder.block.attention.weights(encoder.block.norm1(encoder.embed(test[:1])))[0, 0]
names = [str(digit) for digit in test[0].tolist()]
fig = plots.attention(weights, names, names, title="Attention of the encoder, one sequence")
plots.show(
    fig,
    alt="A 16 by 16 map of attention weights. The bright cells form the anti-diagonal, from the upper right to the "
    "lower left.",
    caption="Each token looks at its mirror image: the first at the last, the second at the last but one.",
)
with torch.no_grad():
    many = encoder.block.attention.weights(encoder.block.norm1(encoder.embed(test[:500])))[:, 0]
at_mirror = many.flip(-1).diagonal(dim1=1, dim2=2)  # (500, 16)
print(f"weight on the mirror token, 500 sequences: mean {at_mirror.mean():.2f}")

# %% [markdown]
# **What you saw.** The place decides where a token looks, whatever digits stand there; the digit found there is
# what it brings back. *Look at 15 − t and copy*: the model has found the program, not memorized examples. All 16
# outputs come out at once.

# %% [markdown]
# ## 5 · The decoder block
#
# An encoder that answers in one go must know how long the answer is. A **decoder** writes it token by token:
# it reads what it has written so far, and the encoder's output, the **memory**. Its block has three parts,
# each with a norm and a residual connection, pre-LN:
#
# | part | queries | keys and values | mask |
# |---|---|---|---|
# | self-attention | $\text{norm}_1(x)$ | the same | causal |
# | cross-attention | $\text{norm}_2(x)$ | the memory | the memory's padding |
# | feed-forward | $\text{norm}_3(x)$ | | |
#
# Causal, because at training time the whole answer lies in front of the decoder. Token $t$ must not copy
# from token $t + 1$. The source, on the other hand, is all known: nothing is causal there.

# %% [markdown]
# ### Exercise 5 · The decoder block (5 points · 20 min · ●●●)
#
# The layers are given; write `forward`, pre-LN only, no dropout. `x` `(B, T, d_model)` are the decoder's
# tokens, `memory` `(B, S, d_model)` is the encoder's output, already normalized. `memory_mask` broadcasts to
# `(B, T, S)`, True where a token may attend. Hand `positions` to the self-attention and `cross_positions` to
# the cross-attention, as they are.
#
# `causal_mask(x)` and `Attention` are defined at the top of this lab. Call the attentions with names: `context=`,
# `mask=`, `positions=`.
#
# <details><summary>Hint 1: the idea</summary>Three lines, in the order of the table. Each adds to the x that the
# line before it left.</details>
# <details><summary>Hint 2: the formula</summary>In cross-attention the decoder asks and the memory answers:
# <code>context=memory</code>, without a norm of its own.</details>
# <details><summary>Hint 3: the lines</summary>The mask of the first part is <code>mask=causal_mask(x)</code>,
# that of the second is <code>mask=memory_mask</code>.</details>


# %% solution="decoder_block"
class DecoderBlock(nn.Module):
    """Causal self-attention, cross-attention over a memory, and a feed-forward network; pre-LN."""

    def __init__(self, d_model: int, n_heads: int, d_ff: int, rotary: bool = False) -> None:
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(
        self,
        x: torch.Tensor,
        memory: torch.Tensor,
        memory_mask: torch.Tensor | None = None,
        positions: tuple[torch.Tensor, torch.Tensor] | None = None,
        cross_positions: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> torch.Tensor:
        """x (B, T, d_model), memory (B, S, d_model), memory_mask to (B, T, S) → (B, T, d_model)."""
        ### BEGIN SOLUTION
        y = self.attention(self.norm1(x), mask=causal_mask(x), positions=positions)
        x = x + y
        y = self.cross_attention(
            self.norm2(x), context=memory, mask=memory_mask, positions=cross_positions
        )
        x = x + y
        return x + self.feed_forward(self.norm3(x))
        ### END SOLUTION


# %% given="decoder_peer"
# For this check and the next cells: PyTorch's decoder layer beside yours. Nothing to do here.
def decoder_pair(seed: int, d: int = 12) -> tuple[nn.Module, nn.Module]:
    """PyTorch's decoder layer, and your block with its weights."""
    theirs = nn.TransformerDecoderLayer(d, 3, 20, 0.0, batch_first=True, norm_first=True)
    theirs, mine = shaken(theirs, seed), DecoderBlock(d, 3, 20).double().eval()
    with torch.no_grad():
        copy_attention(mine.attention, theirs.self_attn)
        copy_attention(mine.cross_attention, theirs.multihead_attn)
        copy_rest(mine, theirs, norms=3)
    return theirs, mine


def silence(*layers: nn.Linear) -> None:
    """Makes layers return zeros."""
    with torch.no_grad():
        for p in (p for layer in layers for p in layer.parameters()):
            p.zero_()


def forbidden(T: int, first: int = 1) -> torch.Tensor:
    """PyTorch's causal mask (T, T): True where a token may NOT attend, `first` places ahead and more."""
    return torch.ones(T, T, dtype=torch.bool).triu(first)


# %% given="decoder_parts"
# For the checks: known mistakes, as orders of a norm (1, 2, 3, or - for none) and a part: s self-attention (S strict,
# I inverted, T transposed, N mask of numbers), c cross-attention (W with the other's weights), f feed-forward.
WRONG_ORDERS = {
    "the mask is one token too strict: each token sees itself too.": "1S 2c 3f",
    "the cross-attention comes before the self-attention.": "2c 1s 3f",
    "the feed-forward part comes before the cross-attention.": "1s 3f 2c",
    "norm1 and norm2 are swapped.": "2s 1c 3f",
    "norm2 and norm3 are swapped.": "1s 3c 2f",
    "norm1 is used for all three parts.": "1s 1c 1f",
    "norm2 is used twice: the feed-forward part has norm3.": "1s 2c 2f",
    "the self-attention reads x without its norm: norm1.": "-s 2c 3f",
    "the causal mask is inverted: True means may attend.": "1I 2c 3f",
    "the causal mask is transposed: each token sees itself and later ones.": "1T 2c 3f",
    "a mask of numbers is added to the scores: it must be bool.": "1N 2c 3f",
    "the queries of the cross-attention are not normalized: norm2.": "1s -c 3f",
    "the feed-forward part reads the sum without a norm: norm3.": "1s 2c -f",
    "the cross-attention uses the weights of the self-attention.": "1s 2W 3f",
}


def decoder_parts(theirs: nn.Module, x: torch.Tensor, memory: torch.Tensor) -> dict[str, Callable]:
    """The parts of PyTorch's layer, right and wrong ones, by the letters above."""
    T = x.shape[1]
    blind, inverted, numbers = forbidden(T, 0), ~forbidden(T), (~forbidden(T)).to(x)
    blind[0, 0] = inverted[-1, -1] = False
    empty = theirs.self_attn.out_proj.bias.expand_as(x[:, :1])  # of a token that sees nothing
    own = theirs._sa_block
    return {
        "s": lambda y: own(y, forbidden(T), None),
        "S": lambda y: torch.cat([empty, own(y, blind, None)[:, 1:]], dim=1),
        "I": lambda y: torch.cat([own(y, inverted, None)[:, :-1], empty], dim=1),
        "T": lambda y: own(y, forbidden(T).T, None),
        "N": lambda y: own(y, numbers, None),
        "c": lambda y: theirs._mha_block(y, memory, None, None),
        "W": lambda y: theirs.self_attn(y, memory, memory)[0],
        "f": theirs._ff_block,
    }


# %% given="decoder_slips"
def decoder_slips(
    theirs: nn.Module, x: torch.Tensor, memory: torch.Tensor
) -> dict[str, torch.Tensor]:
    """What known mistakes lead to: likely cause → wrong output. For the checks, too."""
    parts = decoder_parts(theirs, x, memory)
    norms = {"1": theirs.norm1, "2": theirs.norm2, "3": theirs.norm3, "-": nn.Identity()}
    slips = {"the causal mask is missing.": theirs(x, memory)}
    wide = forbidden(x.shape[1], 2)
    slips["the mask lets each token see one token too many."] = theirs(x, memory, wide)
    for cause, order in WRONG_ORDERS.items():
        y = x
        for norm, part in order.split():
            y = y + parts[part](norms[norm](y))
        slips[cause] = y
    for i in "123":
        cause = f"the memory goes through norm{i}; it is used as it is."
        slips[cause] = theirs(x, norms[i](memory), forbidden(x.shape[1]))
    s, c, f = (lambda y, n=n, p=p: parts[p](norms[n](y)) for n, p in ("1s", "2c", "3f"))
    apart = "all three parts read the block's input: each reads the x that the line before left."
    slips[apart] = x + s(x) + c(x) + f(x)
    y = x + s(x)
    again = "each line should add to the x that the line before left, not to the block's input."
    slips[again] = x + f(x + c(y))
    y = theirs.norm2(y) + c(y)
    slips["norm2 stands on the residual path: add x itself."] = y + f(y)
    return slips


# %% check="decoder_block_residual" points=1
x, memory = checks.normal(2, 5, 12, seed=60), checks.normal(2, 7, 12, seed=61)
_, block = decoder_pair(seed=70)
silence(block.attention.out, block.cross_attention.out, block.feed_forward[2])
y = checks.run(block, x, memory)
checks.shape("the output of the block", y, batch=2, T=5, d_model=12)
slips = {
    "a residual connection is missing.": torch.zeros_like(x),
    "x is added twice.": 2 * x,
    "the norm stands on the residual path: add x itself.": block.norm1(x),
    "norm2 stands on the residual path: add x itself.": block.norm2(x),
    "the last norm stands on the residual path: add x itself.": block.norm3(x),
    "a norm comes after the sum, which is post-LN: nothing comes after it here.": block.norm3(
        block.norm2(block.norm1(x))
    ),
}
checks.close("a block whose three parts are silent", y, x, slips=slips)
parts = {"self-attention": 0, "cross-attention": 1, "feed-forward": 2}
for name, loud in parts.items():  # one part speaks, two are silent
    _, block = decoder_pair(seed=71)
    outputs = [block.attention.out, block.cross_attention.out, block.feed_forward[2]]
    silence(*outputs[:loud], *outputs[loud + 1 :])
    y = checks.run(block, x, memory)
    used = "is self.cross_attention used, and " if loud == 1 else "is "
    lost = f"{used}its result added to the x that the line before left?"
    checks.that(not torch.allclose(y, x), f"the {name} part is missing, or lost again: {lost}")
checks.passed("three parts, each with a residual connection")

# %% check="decoder_block_torch" points=2
x, memory = checks.normal(2, 5, 12, seed=62), checks.normal(2, 7, 12, seed=63)
theirs, mine = decoder_pair(seed=72)
got, other = (checks.run(mine, x, m) for m in (memory, checks.normal(2, 7, 12, seed=64)))
checks.shape("the output of the block", got, batch=2, T=5, d_model=12)
checks.that(
    (got - other).abs().max() > 1e-9,
    "the output does not depend on the memory: keys and values of the cross-attention come from it.",
)
expected = theirs(x, memory, forbidden(5))
slips = decoder_slips(theirs, x, memory)
checks.close("the decoder block", got, expected, slips=slips)
### BEGIN HIDDEN TESTS
theirs, mine = decoder_pair(seed=73, d=18)
x, memory = checks.normal(3, 6, 18, seed=64), checks.normal(3, 2, 18, seed=65)
expected = theirs(x, memory, forbidden(6))
checks.close("the decoder block of other sizes", checks.run(mine, x, memory), expected)
### END HIDDEN TESTS
checks.passed("equal to PyTorch's decoder layer")

# %% check="decoder_block_causal" points=1
x, memory = checks.normal(2, 5, 12, seed=66), checks.normal(2, 5, 12, seed=67).requires_grad_()
_, mine = decoder_pair(seed=74)
_, alone = decoder_pair(seed=74)
silence(alone.cross_attention.out)
checks.causal("the decoder block", lambda x: alone(x, memory), x)
y = checks.run(mine, x, memory)
for t in (0, 4):
    (slope,) = torch.autograd.grad(
        y[:, t].pow(2).sum(), memory, retain_graph=True, allow_unused=True
    )
    checks.that(
        slope is not None and (slope.abs().sum(dim=(0, 2)) > 0).all(),
        f"token {t} does not see the whole memory. Does the cross-attention read it (context=memory)? "
        "The causal mask is for the self-attention alone.",
    )
checks.passed("no token sees a later one, and each sees the whole memory")

# %% check="decoder_block_memory" points=1
x, memory = checks.normal(2, 5, 12, seed=68), checks.normal(2, 7, 12, seed=69)
theirs, mine = decoder_pair(seed=75)
real = torch.arange(7) < torch.tensor([[4], [6]])  # (B, S)
got, plain = checks.run(mine, x, memory, real[:, None]), theirs(x, memory, forbidden(5))
slips = {
    "the memory mask does not reach the cross-attention.": plain,
    "the memory mask is inverted: True means may attend.": theirs(
        x, memory, forbidden(5), memory_key_padding_mask=real
    ),
}
expected = theirs(x, memory, forbidden(5), memory_key_padding_mask=~real)
checks.close("the decoder block with padding in the memory", got, expected, slips=slips)
checks.ignores("the decoder block", lambda m: mine(x, m, real[:, None]), memory, ~real)
own, cross = positions_seen(mine.attention), positions_seen(mine.cross_attention)
checks.run(mine, x, memory, None, "own", "cross")
checks.that(
    own == ["own"] and cross == ["cross"],
    f"positions went to the self-attention as {own} and to the cross-attention as {cross}; "
    "hand over positions and cross_positions as they are.",
)
### BEGIN HIDDEN TESTS
each = torch.arange(7) <= torch.arange(5)[:, None]  # another row for each token, (T, S)
theirs, mine = decoder_pair(seed=76)
expected = theirs(x, memory, forbidden(5), memory_mask=~each)
checks.close("a mask of (T, S)", checks.run(mine, x, memory, each), expected)
### END HIDDEN TESTS
checks.passed("padding in the memory leaves no trace, and positions arrive")

# %% [markdown]
# ## 6 · Teacher forcing and decoding
#
# The answer to the source `4 2 7` is `7 2 4 END`. Three symbols are added to the ten digits: BEGIN, END and
# PAD. At training time the decoder reads the right answer, moved by one place, and learns to write the next
# token:
#
# | place | 0 | 1 | 2 | 3 |
# |---|---|---|---|---|
# | input | BEGIN | 7 | 2 | 4 |
# | label | 7 | 2 | 4 | END |
#
# This is **teacher forcing**: all places at once, in parallel, whatever the model would have written. If the
# input is not moved, each token only has to copy itself. The loss falls to 0 and nothing is learned.

# %% given="symbols"
BEGIN, END, PAD = 10, 11, 12
N_SYMBOLS = 13


def spell(tokens: torch.Tensor) -> list[str]:
    """Digits as they are, the other symbols by their names."""
    names = {BEGIN: "BEGIN", END: "END", PAD: "PAD"}
    return [names.get(token, str(token)) for token in tokens.tolist()]


# %% [markdown]
# ### Exercise 6 · Teacher forcing (3 points · 10 min · ●●○)
#
# `target` `(B, T)` holds answers, filled with PAD; `lengths` `(B,)` says how many tokens of each are real.
# Return `inputs` and `labels`, both `(B, T + 1)`:
#
# - `inputs`: BEGIN, then the target as it is, PAD included.
# - `labels`: the target, END right after its last real token, PAD after that.
#
# So the loss can skip the labels that are PAD. Keep the dtype of `target`, int64: embeddings need whole numbers. Make
# new tensors on its device.
#
# <details><summary>Hint 1: the idea</summary>One column of BEGIN on the left for the inputs, one column of PAD on
# the right for the labels. Then write END into one place of each row.</details>
# <details><summary>Hint 2: the formula</summary>labels[b, lengths[b]] = END</details>
# <details><summary>Hint 3: the line</summary><code>target.new_full((len(target), 1), BEGIN)</code> is a column;
# <code>torch.cat([...], dim=1)</code> joins; <code>scatter(1, lengths[:, None], END)</code> writes.</details>


# %% solution="teacher_forcing"
def teacher_forcing(
    target: torch.Tensor, lengths: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Decoder inputs and labels (B, T + 1) from answers (B, T), padded with PAD, and lengths (B,)."""
    ### BEGIN SOLUTION
    first, last = (target.new_full((len(target), 1), symbol) for symbol in (BEGIN, PAD))
    inputs = torch.cat([first, target], dim=1)  # (B, T + 1)
    labels = torch.cat([target, last], dim=1).scatter(1, lengths[:, None], END)  # (B, T + 1)
    return inputs, labels
    ### END SOLUTION


# %% given="forced"
def forced(target: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Your inputs and labels, with their shapes and dtypes checked."""
    result = checks.run(teacher_forcing, target, lengths)
    inputs, labels = checks.unpack("teacher_forcing", result, "inputs", "labels")
    for name, got in (("inputs", inputs), ("labels", labels)):
        checks.shape(name, got, batch=len(target), places=target.shape[1] + 1)
        kept = f"{name} are {got.dtype}; target is {target.dtype}: keep its dtype."
        checks.that(got.dtype == target.dtype, kept)
    return inputs, labels


# %% check="teacher_forcing_inputs" points=1
target, lengths = torch.tensor([[7, 2, 4], [5, PAD, PAD]]), torch.tensor([3, 1])
inputs, _ = forced(target, lengths)
ended = torch.tensor([[7, 2, 4, END], [5, END, PAD, PAD]])
slips = {
    "these are the labels: the order is inputs, labels.": ended,
    "the input is not shifted: begin with BEGIN, so that place t shows the answer up to t − 1.": (
        torch.tensor([[7, 2, 4, PAD], [5, PAD, PAD, PAD]])
    ),
    "the input must not end with END: it only ever has to be written.": torch.tensor(
        [[BEGIN, 7, 2, 4], [BEGIN, 5, END, PAD]]
    ),
}
expected = torch.tensor([[BEGIN, 7, 2, 4], [BEGIN, 5, PAD, PAD]])
checks.close("inputs", inputs, expected, slips=slips)
checks.passed("BEGIN, then the answer")

# %% check="teacher_forcing_labels" points=1
target, lengths = torch.tensor([[7, 2, 4], [5, PAD, PAD]]), torch.tensor([3, 1])
_, labels = forced(target, lengths)
slips = {
    "END stands after the padding; it follows the last real token.": torch.tensor(
        [[7, 2, 4, END], [5, PAD, PAD, END]]
    ),
    "END is missing: the model would never learn to stop.": torch.tensor(
        [[7, 2, 4, PAD], [5, PAD, PAD, PAD]]
    ),
    "the labels should not begin with BEGIN: nobody has to write it.": torch.tensor(
        [[BEGIN, 7, 2, 4], [BEGIN, 5, PAD, PAD]]
    ),
    "END replaces the last real token; it comes after it.": torch.tensor(
        [[7, 2, END, PAD], [END, PAD, PAD, PAD]]
    ),
    "all the padding became END; only the first place after the answer is.": torch.tensor(
        [[7, 2, 4, END], [5, END, END, END]]
    ),
}
expected = torch.tensor([[7, 2, 4, END], [5, END, PAD, PAD]])
checks.close("labels", labels, expected, slips=slips)
checks.passed("the answer, then END, then padding")

# %% check="teacher_forcing_shift" points=1
g = torch.Generator().manual_seed(0)
lengths = torch.randint(1, 7, (30,), generator=g)
target = torch.randint(10, (30, 6), generator=g)
target = target.where(torch.arange(6) < lengths[:, None], PAD)
inputs, labels = forced(target, lengths)
checks.that((inputs[:, 0] == BEGIN).all(), "every input begins with BEGIN.")
checks.that(
    ((labels == END).sum(dim=1) == 1).all(), "every answer has exactly one END among its labels."
)
checks.close("the number of labels that count", (labels != PAD).sum(dim=1), lengths + 1)
digits = labels[:, :-1] < 10
checks.any_device(teacher_forcing, target, lengths)
checks.close("inputs, one place later", inputs[:, 1:][digits], labels[:, :-1][digits])
### BEGIN HIDDEN TESTS
target, lengths = torch.tensor([[3], [9]]), torch.tensor([1, 1])
inputs, labels = forced(target, lengths)
checks.close("inputs of one token", inputs, torch.tensor([[BEGIN, 3], [BEGIN, 9]]))
checks.close("labels of one token", labels, torch.tensor([[3, END], [9, END]]))
### END HIDDEN TESTS
checks.passed("each label is the next input, for any lengths")

# %% [markdown]
# In use nobody knows the answer. The model writes one token, reads it, writes the next: **greedy decoding**
# takes the most likely token each time. The sequences of a batch end at different steps.

# %% [markdown]
# ### Exercise 7 · Greedy decoding (3 points · 15 min · ●●○)
#
# `next_logits` is a function: tokens `(B, t)`, beginning with BEGIN → logits of the next token
# `(B, N_SYMBOLS)`. `start` `(B, 1)` holds BEGIN. Return the tokens that were written, `(B, L)`, without
# BEGIN:
#
# - At each step append the most likely token, and hand over **all** tokens so far.
# - After its END a sequence gets PAD only, whatever the logits say.
# - Stop when every sequence has ended, at the latest after `max_length` tokens. Call `next_logits` once per step.
# - Make new tensors on the device of `start`, and keep its dtype.
#
# <details><summary>Hint 1: the idea</summary>A loop over max_length steps, and a boolean (B,) that remembers who
# has ended.</details>
# <details><summary>Hint 2: the formula</summary>next = PAD where ended, argmax elsewhere; then
# ended = ended or next == END.</details>
# <details><summary>Hint 3: the line</summary><code>token = next_logits(tokens).argmax(dim=-1).where(~ended,
# PAD)</code></details>


# %% solution="greedy_decode"
def greedy_decode(
    next_logits: Callable[[torch.Tensor], torch.Tensor], start: torch.Tensor, max_length: int
) -> torch.Tensor:
    """Writes the most likely token, step by step: start (B, 1) → tokens (B, L), L ≤ max_length."""
    ### BEGIN SOLUTION
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
    for _ in range(max_length):
        token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)  # (B,)
        tokens = torch.cat([tokens, token[:, None]], dim=1)  # (B, 1 + step)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:]
    ### END SOLUTION


# %% given="toy_model"
class Toy:
    """A model without weights: its answers stand in `rows`; after them it keeps saying `after`."""

    def __init__(self, rows: list[list[int]], after: int) -> None:
        self.rows, self.after, self.seen = rows, after, []

    def __call__(self, tokens: torch.Tensor) -> torch.Tensor:
        self.seen.append(tokens.clone())
        step = tokens.shape[1] - 1
        best = [row[step] if step < len(row) else self.after for row in self.rows]
        logits = -checks.normal(len(self.rows), N_SYMBOLS, seed=step).abs()
        return logits.scatter(1, torch.tensor(best)[:, None], 0.1)  # (B, N_SYMBOLS)


# %% check="greedy_decode_feeds" points=1
toy, begin = Toy([[4, 7, 1, END], [9, 3, 0, END]], after=5), torch.full((2, 1), BEGIN)
got = checks.run(greedy_decode, toy, begin, 9)
checks.tensor("the tokens", got)
checks.that(
    toy.seen and torch.equal(toy.seen[0], begin), "the first call should get `start` as it is."
)
expected = torch.tensor([[BEGIN, 4, 7], [BEGIN, 9, 3]])
checks.that(
    len(toy.seen) > 2 and toy.seen[2].shape == (2, 3),
    "the third call should get three tokens per sequence, BEGIN and the two that were written; "
    f"calls got the shapes {[tuple(t.shape) for t in toy.seen]}.",
)
other = Toy(toy.rows, after=5)
worst = [other(torch.zeros(2, n)).argmin(dim=-1) for n in (1, 2)]
slips = {
    "the least likely token was taken.": torch.stack([begin[:, 0], *worst], dim=1),
    "PAD is written before the end: tokens.where(c, PAD) keeps tokens where c is True.": torch.tensor(
        [[BEGIN, PAD, PAD]] * 2
    ),
}
checks.close("what the third call gets", toy.seen[2], expected, slips=slips)
checks.that(
    not (got[:, :1] == BEGIN).all(), "the result begins with BEGIN; return only what was written."
)
expected = torch.tensor([[4, 7, 1, END], [9, 3, 0, END]])
checks.that(
    got.shape != (2, 3) or not torch.equal(got, expected[:, :3]),
    "END is cut off; it was written, so return it.",
)
checks.close("the first four tokens", got[:, :4], expected)
checks.that(
    got.dtype == begin.dtype, f"the tokens are {got.dtype}; keep {begin.dtype}, as in start."
)
checks.any_device(greedy_decode, lambda tokens: F.one_hot(tokens[:, -1], N_SYMBOLS), begin, 3)
checks.passed("each token is read again to write the next one")

# %% check="greedy_decode_pads" points=1
rows = [[4, END], [9, 3, 0, 2, END], [END], [6, 6, 6, END]]
got = checks.run(greedy_decode, Toy(rows, after=5), torch.full((4, 1), BEGIN), 9)
checks.tensor("the tokens", got)
expected = torch.tensor([row + [PAD] * (5 - len(row)) for row in rows])
on = torch.tensor([row + [5] * (5 - len(row)) for row in rows])
checks.that(
    got.shape[1] >= 5,
    f"there are {got.shape[1]} columns where the longest answer has 5 tokens: go on until all have ended.",
)
slips = {
    "a sequence goes on after its END: write PAD from there.": on,
    "END is repeated after the end: write PAD from there.": expected.where(expected != PAD, END),
    "END itself became PAD.": expected.where(expected != END, PAD),
    "only the last token is asked whether it is END: remember the earlier ends too.": torch.tensor(
        [(row + [PAD] + 4 * [5])[:5] for row in rows]
    ),
}
checks.close("the first five columns", got[:, :5], expected, slips=slips)
### BEGIN HIDDEN TESTS
rows = [[1, END], [1, 2, END], [END]]
got = checks.run(greedy_decode, Toy(rows, after=END), torch.full((3, 1), BEGIN), 7)
expected = torch.tensor([[1, END, PAD], [1, 2, END], [END, PAD, PAD]])
checks.close("a model that repeats END", got, expected)
### END HIDDEN TESTS
checks.passed("after END there is only PAD")

# %% check="greedy_decode_stops" points=1
toy = Toy([[4, END], [9, 3, END]], after=5)
got = checks.run(greedy_decode, toy, torch.full((2, 1), BEGIN), 30)
calls = len(toy.seen)
checks.that(calls <= 3, f"all had ended after 3 steps, but there were {calls} calls: stop then.")
checks.shape("the tokens", got, batch=2, written=3)
toy = Toy([[4, 4, 4], [END]], after=5)
got = checks.run(greedy_decode, toy, torch.full((2, 1), BEGIN), 6)
slips = f"max_length is 6, and {got.shape[1]} tokens were written by {len(toy.seen)} calls"
checks.that(
    got.shape[1] == 6 and len(toy.seen) == 6, f"{slips}: write max_length, BEGIN not counted."
)
expected = torch.tensor([[4, 4, 4, 5, 5, 5], [END, *[PAD] * 5]])
checks.close("a sequence that never ends", got, expected)
### BEGIN HIDDEN TESTS
got = checks.run(greedy_decode, Toy([[1, 2, END]], after=5), torch.full((1, 1), BEGIN), 3)
checks.close("END at the last step", got, torch.tensor([[1, 2, END]]))
got = checks.run(greedy_decode, Toy([[1, 2, END]], after=5), torch.full((1, 1), BEGIN), 1)
checks.close("one step", got, torch.tensor([[1]]))
### END HIDDEN TESTS
checks.passed("it stops when all have ended, and at max_length")

# %% [markdown]
# ### The whole model
#
# One encoder block, one decoder block, width 64. The source begins with BEGIN too: read backwards, it comes
# last, just where END belongs. Places and steps count from 0: BEGIN has place 0, $n$ digits have the places 1 to
# $n$, and at step $t$ the decoder needs place $n - t$. `scheme` says how positions come in; the rotary ones wait
# for section 7.


# %% given="transformer"
class Transformer(nn.Module):
    """An encoder–decoder of one block each; `scheme` says how it knows positions."""

    def __init__(self, scheme: str, d_model: int = 64, n_heads: int = 4, longest: int = 42) -> None:
        super().__init__()
        self.scheme, rotary = scheme, scheme.startswith("rotary")
        self.symbols = nn.Embedding(N_SYMBOLS, d_model)
        if scheme == "learned":
            self.table = nn.Parameter(torch.randn(longest, d_model))
        elif not rotary:
            self.register_buffer("table", sinusoidal_encoding(longest, d_model))
        self.encoder = EncoderBlock(d_model, n_heads, 2 * d_model, rotary=rotary)
        self.decoder = DecoderBlock(d_model, n_heads, 2 * d_model, rotary=rotary)
        self.memory_norm, self.norm = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, N_SYMBOLS)

    def positions(self, tokens: torch.Tensor, source: bool) -> torch.Tensor:
        """Places counted from the start, (T,), or, in a source, from its end, (B, T)."""
        place = torch.arange(tokens.shape[1], device=tokens.device)
        if source and self.scheme.endswith("from the end"):
            return (tokens != PAD).sum(dim=1, keepdim=True) - 1 - place
        return place

    def embed(self, tokens: torch.Tensor, source: bool) -> torch.Tensor:
        x = self.symbols(tokens)  # (B, T, d_model)
        if self.scheme.startswith("rotary"):
            return x
        return x + self.table[self.positions(tokens, source).clamp(min=0)]

    def encode(self, source: torch.Tensor) -> torch.Tensor:
        """source (B, S) → memory (B, S, d_model)."""
        at, mask = self.positions(source, True), (source != PAD)[:, None]  # (B, 1, S)
        x = self.encoder(self.embed(source, True), mask, (at, at))
        return self.memory_norm(x)

    def decode(
        self, target: torch.Tensor, memory: torch.Tensor, source: torch.Tensor
    ) -> torch.Tensor:
        """target (B, T) → logits of each next token (B, T, N_SYMBOLS)."""
        at, mask = self.positions(target, False), (source != PAD)[:, None]  # (B, 1, S)
        cross = (at, self.positions(source, True))
        x = self.decoder(self.embed(target, False), memory, mask, (at, at), cross)
        return self.head(self.norm(x))

    def forward(self, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return self.decode(target, self.encode(source), source)


# %% given="reversal_data"
def reversals(
    count: int, seed: int, low: int = 2, high: int = 20
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Sources (count, high + 1) with BEGIN, reversed answers (count, high), lengths (count,); padded."""
    g = torch.Generator().manual_seed(seed)
    lengths = torch.randint(low, high + 1, (count,), generator=g)
    digits, place = torch.randint(10, (count, high), generator=g), torch.arange(high)
    real = place < lengths[:, None]
    source = F.pad(digits.where(real, PAD), (1, 0), value=BEGIN)
    backwards = digits.gather(1, (lengths[:, None] - 1 - place).clamp(min=0))
    return source, backwards.where(real, PAD), lengths


def seq2seq_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy over the labels that are not padding."""
    source, inputs, labels = batch
    return F.cross_entropy(model(source, inputs).flatten(0, 1), labels.flatten(), ignore_index=PAD)


source, target, _ = reversals(1, seed=3, low=3, high=6)
print(spell(source[0]), "→", spell(target[0]))


# %% given="seq2seq_decoding"
@torch.no_grad()
def answers(model: nn.Module, source: torch.Tensor, max_length: int) -> torch.Tensor:
    """Greedy answers of a model with `encode` and `decode`, (B, max_length), padded."""
    memory = model.encode(source)
    start = source.new_full((len(source), 1), BEGIN)
    tokens = greedy_decode(
        lambda tokens: model.decode(tokens, memory, source)[:, -1], start, max_length
    )
    return F.pad(tokens, (0, max_length - tokens.shape[1]), value=PAD)


def right_answers(
    model: nn.Module, source: torch.Tensor, target: torch.Tensor, lengths: torch.Tensor
) -> torch.Tensor:
    """(N,) bool: is the whole answer right, END included? Decodes 1000 at a time, short ones first."""
    _, labels = teacher_forcing(target, lengths)
    right = torch.zeros(len(source), dtype=torch.bool)
    for some in lengths.argsort().split(1000):
        written = answers(model, source[some].to(place), labels.shape[1]).cpu()
        right[some] = (written == labels[some]).all(dim=1)
    return right


# %% given="seq2seq_training"
def train_reversal(model: nn.Module, steps: int, title: str, seed: int = 0, show: bool = False):
    """Trains on fresh sequences of lengths 2 to 20, each seen once; returns the history."""
    source, target, lengths = reversals(64 * steps, seed)
    batches = Batches(source, *teacher_forcing(target, lengths), batch_size=64, device=place)

    def schedule(progress: float) -> float:  # exercise 3
        return learning_rate_factor(int(progress * steps), steps // 10, steps)

    return fit(
        model,
        batches,
        seq2seq_loss,
        steps=steps,
        lr=1e-2,
        schedule=schedule,
        title=title,
        show=show,
    )


device.seed_everything(0)
models, steps = {"sinusoidal": Transformer("sinusoidal").to(place)}, scaled(full=1000, smoke=4)
history = train_reversal(models["sinusoidal"], steps, "Encoder–decoder", show=True)
histories = {"sinusoidal": history}

# %% given="seq2seq_test"
unseen = reversals(scaled(full=10_000, smoke=60), seed=10**6)
source, target, lengths = unseen
right = right_answers(models["sinusoidal"], *unseen)
seq2seq_exact_match = right.float().mean().item()
seq2seq_seconds = histories["sinusoidal"].seconds
print(
    f"exact match on {len(right):,} unseen sequences of 2 to 20 digits: {seq2seq_exact_match:.2%}"
)
print(f"after {histories['sinusoidal'].steps} steps and {seq2seq_seconds:.0f} s of training")
short = answers(models["sinusoidal"], source[:3].to(place), 21).cpu()
for s, a in zip(source[:3], short, strict=True):
    print(" ".join(spell(s[s != PAD])), "→", " ".join(spell(a[a != PAD])))

# %% [markdown]
# **Experiment.** Watch it write. For each token the cross-attention says which places of the source it reads;
# one frame per step, the mean over the four heads. Predict: in which direction does the bright cell move?


# %% given="cross_maps"
@torch.no_grad()
def cross_weights(model: nn.Module, source: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Weights of the cross-attention for one source (1, S) and its answer so far (1, T): (n_heads, T, S)."""
    caught = {}

    def catch(_, args: tuple, kwargs: dict) -> None:
        caught.update(zip(("x", "context", "mask", "positions"), args, strict=False), **kwargs)

    attention = model.decoder.cross_attention
    handle = attention.register_forward_pre_hook(catch, with_kwargs=True)
    model(source, tokens)
    handle.remove()
    return attention.weights(caught["x"], caught["context"], caught["positions"])[0].cpu()


# %% given="cross_animation"
source, _, _ = reversals(1, seed=5, low=9, high=9)
answer = answers(models["sinusoidal"], source.to(place), 10).cpu()
tokens = torch.cat([torch.tensor([[BEGIN]]), answer], dim=1)[:, :-1]  # (1, 10), what it reads
weights = cross_weights(models["sinusoidal"], source.to(place), tokens.to(place)).mean(dim=0)
figures, moments, written = [], [], spell(answer[0])
rows = [str(step) for step in range(len(written))]
for step in range(len(written)):
    seen = weights.clone()
    seen[step + 1 :] = 0
    title = f"It has {' '.join(spell(tokens[0, : step + 1]))} and writes {written[step]}"
    figures.append(plots.attention(seen, rows, spell(source[0]), title=title))
    moments.append(f"step {step}, writes {written[step]}")
plots.animate(
    figures,
    labels=moments,
    alt="Cross-attention weights, one more row at each step. The bright band of the first step lies on the last "
    "digits of the source; it moves one place to the left at each step and ends at BEGIN.",
    caption="Press Play or move the slider. The decoder reads the source from right to left; rows that are not "
    "written yet are dark.",
)

# %% [markdown]
# **What you saw.** The decoder knows that it is at step $t$, and it must read place $n - t$. It has learned to
# find the end of the source, which differs from sequence to sequence, and to count back from there. The four
# heads do not agree on one cell, their mean is a band, but the band moves one place per step. When it
# arrives at BEGIN, the decoder writes END.

# %% [markdown]
# ## 7 · Honest limits
#
# Solved, for 2 to 20 digits. What about 21 to 40, which it has never seen? That may depend on how positions
# come in. Learned positions have no vectors for places never trained. Sinusoidal ones exist for every place,
# but nothing has ever used the far ones.
#
# **Rotary** positions are not added to anything. Query and key are *turned*: the pair of numbers
# $(x_{2i}, x_{2i+1})$ of a token at position $p$ is rotated by the angle $p\,\omega_i$, with
# $\omega_i = 10000^{-2i/d}$, where $d$ is `d_head` and $i$ runs from 0 to $d/2 - 1$:
#
# $$\begin{pmatrix} x_{2i}' \\ x_{2i+1}' \end{pmatrix} = \begin{pmatrix} \cos p\omega_i & -\sin p\omega_i \\
# \sin p\omega_i & \cos p\omega_i \end{pmatrix} \begin{pmatrix} x_{2i} \\ x_{2i+1} \end{pmatrix}$$
#
# Turn two vectors by the same angle, and their dot product stays the same. So a score depends only on the
# *difference* of two positions.

# %% [markdown]
# ### Exercise 8 · Rotary positions (4 points · 20 min · ●●●)
#
# Return `x` with each pair of neighbors turned. `x` is `(B, n_heads, T, d_head)` with an even `d_head`.
# `positions` is `(T,)`, the same for all, or `(B, T)`, with a row for each sequence; they may be negative.
# Keep shape and dtype, and make new tensors on the device of `x`.
#
# For $d = 2$, $\omega_0 = 1$: $(3, 4)$ at position 1 becomes $(3 \cos 1 - 4 \sin 1,\ 3 \sin 1 + 4 \cos 1) =
# (-1.745, 4.686)$.
#
# <details><summary>Hint 1: the idea</summary>Take the even and the odd entries apart, turn them, and weave them
# together again.</details>
# <details><summary>Hint 2: the formula</summary>angles = positions × ω has the shape (T, d/2) or (B, T, d/2).
# It lacks the dimension of the heads.</details>
# <details><summary>Hint 3: the line</summary><code>angles.unsqueeze(-3)</code> fits both;
# <code>torch.stack([first, second], dim=-1).flatten(-2)</code> weaves.</details>


# %% solution="rotate"
def rotate(x: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Turns pairs of neighbors by position times frequency (Su et al., 2021).

    Args:
        x: queries or keys (B, n_heads, T, d_head), d_head even.
        positions: (T,) or (B, T).
    """
    ### BEGIN SOLUTION
    d_head = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d_head, 2, device=x.device) / d_head)  # (d_head / 2,)
    angles = (positions[..., None] * omega).unsqueeze(-3)  # (1 or B, 1, T, d_head / 2)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
    return turned.flatten(-2)  # (B, n_heads, T, d_head)
    ### END SOLUTION


# %% check="rotate_by_hand" points=1
x = torch.tensor([[3.0, 4.0]]).expand(1, 1, 3, 2).clone()
got = checks.run(rotate, x, torch.arange(3))
checks.shape("rotate(x, positions)", got, B=1, n_heads=1, T=3, d_head=2)
c, s = math.cos(1), math.sin(1)
expected = torch.tensor([3 * c - 4 * s, 3 * s + 4 * c])
slips = {
    "it turns the other way: check the signs of the sines.": torch.tensor(
        [3 * c + 4 * s, 4 * c - 3 * s]
    ),
    "sine and cosine are swapped.": torch.tensor([3 * s - 4 * c, 3 * c + 4 * s]),
    "both sines are positive; a rotation has one with a minus.": torch.tensor(
        [3 * c + 4 * s, 3 * s + 4 * c]
    ),
    "positions count from 0: that is the angle of position 2.": torch.tensor(
        [3 * math.cos(2) - 4 * math.sin(2), 3 * math.sin(2) + 4 * math.cos(2)]
    ),
    "x comes back as it was; or is there a 2π in the angle?": torch.tensor([3.0, 4.0]),
    "the second entry is computed from the new first one: keep the old values.": torch.tensor(
        [3 * c - 4 * s, (3 * c - 4 * s) * s + 4 * c]
    ),
    "sine and cosine are added, not turned.": torch.tensor([3 + s, 4 + c]),
}
checks.close("(3, 4) at position 1", got[0, 0, 1], expected, slips=slips)
x = torch.tensor([1.0, 2.0, 3.0, 4.0]).expand(1, 1, 2, 4).clone()
got = checks.run(rotate, x, torch.arange(2))[0, 0, 1]


def turned(a: float, b: float, angle: float) -> list[float]:
    return [
        a * math.cos(angle) - b * math.sin(angle),
        a * math.sin(angle) + b * math.cos(angle),
    ]


halves = torch.tensor([*turned(1, 3, 1), *turned(2, 4, 0.01)])
slips = {
    "the pairs are neighbors, (0, 1) and (2, 3); yours are (0, 2) and (1, 3).": halves[
        [0, 2, 1, 3]
    ],
    "pairs are read as halves but put back as neighbors; they are (0, 1) and (2, 3).": halves,
    "the pairs are right, but they are not woven together again: stack, then flatten.": torch.tensor(
        [*turned(1, 2, 1), *turned(3, 4, 0.01)]
    )[[0, 2, 1, 3]],
    "the exponent is −2i / d with i = 0, 1, …; yours is −i / d.": torch.tensor(
        [*turned(1, 2, 1), *turned(3, 4, 0.1)]
    ),
    "the exponent is −2i / d with i = 0, 1, …; yours is −4i / d: arange(0, d, 2) is 2i already.": torch.tensor(
        [*turned(1, 2, 1), *turned(3, 4, 0.0001)]
    ),
    "all pairs turn at the same speed; ω falls with i.": torch.tensor(
        [*turned(1, 2, 1), *turned(3, 4, 1)]
    ),
    "the exponent has no minus: ω falls with i.": torch.tensor(
        [*turned(1, 2, 1), *turned(3, 4, 100)]
    ),
}
expected = torch.tensor([*turned(1, 2, 1), *turned(3, 4, 0.01)])
checks.close("(1, 2, 3, 4) at position 1", got, expected, slips=slips)
checks.passed("each pair of neighbors is turned, the first fast, the last slowly")

# %% check="rotate_norm" points=1
x = checks.normal(2, 3, 5, 8, seed=80, dtype=torch.float32)
got = checks.run(rotate, x, torch.arange(5))
checks.shape("rotate(x, positions)", got, B=2, n_heads=3, T=5, d_head=8)
checks.that(got.dtype == x.dtype, f"x is {x.dtype}, the result {got.dtype}: keep the dtype.")
checks.close("the norm of each token", got.norm(dim=-1), x.norm(dim=-1))
pairs = got.unflatten(-1, (4, 2)), x.unflatten(-1, (4, 2))
checks.close("the norm of each pair", pairs[0].norm(dim=-1), pairs[1].norm(dim=-1))
checks.close("a token at position 0", got[:, :, 0], x[:, :, 0])
checks.that(not torch.allclose(got[:, :, 1:], x[:, :, 1:]), "the other tokens are not turned.")
back = checks.run(rotate, got, -torch.arange(5))
slips = {
    "a negative position turns as far as the positive one.": checks.run(
        rotate, got, torch.arange(5)
    ),
    "a negative position counts as 0.": got,
}
checks.close("x turned forth by 0 … 4 and back by −0 … −4", back, x, slips=slips)
recorded = checks.run(rotate, x.requires_grad_(), torch.arange(5)).requires_grad
checks.that(recorded, "no gradient reaches x: is it cut by .detach(), .data or torch.no_grad()?")
checks.any_device(rotate, x, torch.arange(5))
checks.passed("lengths are kept, and position 0 changes nothing")

# %% check="rotate_relative" points=1
q, k = (checks.normal(2, 3, 5, 6, seed=s, dtype=torch.float32) for s in (81, 82))
at = torch.tensor([0, 3, 4, 9, 11])
scores = [
    checks.run(rotate, q, at + shift) @ checks.run(rotate, k, at + shift).mT for shift in (0, 7)
]
checks.close("the scores when all positions grow by 7", scores[1], scores[0])
moved = checks.run(rotate, q, at + 7) @ checks.run(rotate, k, at).mT
checks.that(
    not torch.allclose(moved, scores[0], rtol=1e-2),
    "the scores do not change when only the queries move: they must depend on the difference.",
)
### BEGIN HIDDEN TESTS
same = q[:, :, :1].expand(2, 3, 5, 6)
scores = checks.run(rotate, same, at) @ checks.run(rotate, same, at).mT
other = checks.run(rotate, same, at + 2) @ checks.run(rotate, same, at + 2).mT
checks.close("the scores of equal tokens", other, scores)
checks.close("scores of one difference", scores[:, :, 1, 0], scores[:, :, 0, 1])
### END HIDDEN TESTS
checks.passed("scores depend on the difference of two positions")

# %% check="rotate_batch" points=1
x = checks.normal(3, 3, 5, 8, seed=84, dtype=torch.float32)  # as many heads as sequences
positions = torch.arange(15).reshape(3, 5)
got = checks.run(rotate, x, positions)
alone = checks.run(rotate, x[2:], positions[2])
slips = {
    "each head, not each sequence, got a row of positions.": torch.cat(
        [checks.run(rotate, x[2:, h : h + 1], positions[h]) for h in range(3)], dim=1
    ),
    "every sequence gets the positions of the first one.": checks.run(rotate, x[2:], positions[0]),
}
checks.close("sequence 2 of three", got[2:], alone, slips=slips)
x = checks.normal(2, 3, 5, 8, seed=83, dtype=torch.float32)
positions = torch.tensor([[0, 1, 2, 3, 4], [4, 3, 2, 1, -7]])
got = checks.run(rotate, x, positions)
checks.shape("rotate with positions (B, T)", got, B=2, n_heads=3, T=5, d_head=8)
for row in (0, 1):
    alone = checks.run(rotate, x[row : row + 1], positions[row])
    name = f"sequence {row} with its own positions"
    checks.close(name, got[row : row + 1], alone)
### BEGIN HIDDEN TESTS
x = checks.normal(2, 4, 6, 10, seed=85, dtype=torch.float32)
positions = torch.tensor([[5, 0, 19, 2, 33, -1], [1, 1, 2, 3, 5, 8]])
turn = positions[:, None, :, None] * 10000 ** (-torch.arange(5) / 5)
complex_x = torch.view_as_complex(x.unflatten(-1, (5, 2)).contiguous())
expected = torch.view_as_real(complex_x * torch.polar(torch.ones_like(turn), turn)).flatten(-2)
checks.close("rotate as a complex product", checks.run(rotate, x, positions), expected)
got = checks.run(rotate, x, positions[1])
checks.close("one row for all sequences", got[1], expected[1])
### END HIDDEN TESTS
checks.passed("one row of positions for all sequences, or a row for each")

# %% [markdown]
# **Experiment.** The decoder's token $t$ needs the digit at place $n - t$: a *sum* that depends on the length.
# If the places of the source are counted from its end, the digit that it needs has the number $t$ too: the
# difference is 0, at every length. So there are two questions. Does the way positions come in matter? Does it
# matter where counting begins? Four more models, trained on 2 to 20 digits exactly like the first,
# tested on 2 to 40. Predict which of the five stay near 100% beyond 20.

# %% given="schemes_experiment"
schemes = ("rotary", "learned", "sinusoidal from the end", "rotary from the end")
for scheme in schemes:
    device.seed_everything(0)
    models[scheme] = Transformer(scheme).to(place)
    histories[scheme] = train_reversal(models[scheme], scaled(full=1000, smoke=4), scheme)
source, target, lengths = reversals(scaled(full=1950, smoke=60), seed=10**6 + 1, high=40)
shares, longer = {}, {}
for scheme, model in models.items():
    right = right_answers(model, source, target, lengths).float()
    shares[scheme] = [right[lengths == n].mean().item() for n in range(2, 41)]
    longer[scheme] = right[lengths > 20].mean().item()
    print(f"{scheme:24} 2–20: {right[lengths <= 20].mean():7.2%}   21–40: {longer[scheme]:7.2%}")
longer_exact_match = max(longer.values())

# %% given="schemes_plot"
fig, axes = plt.subplots(1, 2, figsize=(10, 3.2), sharey=True, layout="constrained")
for ax, end in zip(axes, ("", " from the end"), strict=True):
    chosen = {k.removesuffix(end): v for k, v in shares.items() if k.endswith("end") == bool(end)}
    title = "Counted from the end" if end else "Counted from the start"
    axis_words = {"title": title, "xlabel": "digits", "ylabel": "exact match"}
    plots.curves(ax, chosen, x=range(2, 41), **axis_words)
    ax.axvline(20.5, color="gray", linewidth=1)
    ax.set_ylim(-0.03, 1.08)
    ax.text(21, 1.02, "never trained")
    ax.legend(loc="lower left")
plots.show(
    fig,
    alt="Exact match against length, two panels. Counted from the start, all three schemes fall to 0 beyond 20 digits: "
    "sinusoidal and learned at once, rotary more slowly. Counted from the end, sinusoidal falls to 0 as well; "
    "rotary alone stays high up to 40 digits.",
    caption="Only one of five carries on beyond the lengths of training: rotary positions counted from the end.",
)

# %% [markdown]
# **What you saw.** The *learned* table has nothing to offer beyond its training: the vectors of far places are
# still random. *Sinusoidal* vectors exist there, and still the model fails: it has learned pairs of vectors
# that belong together, not a rule. Counting from the end makes the pairs simpler, and does not help with
# pairs never seen. *Rotary* scores know differences only; from the start, the difference that it needs depends
# on the length, and large ones never occurred. It fades instead of breaking.
#
# With both, one rule, "difference 0", serves every length. It is still learned, not proven. And a choice of
# positions is a claim about the task: on a task in which the claim is false, it would not have helped.

# %% [markdown]
# ## 8 · Beside a recurrent network
#
# The model before the transformer: a GRU reads the source from both sides, another GRU writes, and additive attention
# ([Bahdanau et al., 2015](https://arxiv.org/abs/1409.0473)) connects them. It has the same width and batches, and 500
# steps instead of 1000, because each takes longer.


# %% given="recurrent"
class Recurrent(nn.Module):
    """A GRU encoder–decoder with additive attention."""

    def __init__(self, d: int = 64) -> None:
        super().__init__()
        self.symbols = nn.Embedding(N_SYMBOLS, d)
        self.reader = nn.GRU(d, d // 2, batch_first=True, bidirectional=True)
        self.writer = nn.GRUCell(2 * d, d)
        self.query, self.key = nn.Linear(d, d, bias=False), nn.Linear(d, d)
        self.score, self.head = nn.Linear(d, 1, bias=False), nn.Linear(2 * d, N_SYMBOLS)

    def encode(self, source: torch.Tensor) -> torch.Tensor:
        """source (B, S) → memory (B, S, d); packed, so that the way back begins at the last digit."""
        pack, unpack = nn.utils.rnn.pack_padded_sequence, nn.utils.rnn.pad_packed_sequence
        lengths = (source != PAD).sum(dim=1).cpu()
        packed = pack(self.symbols(source), lengths, batch_first=True, enforce_sorted=False)
        return unpack(self.reader(packed)[0], batch_first=True, total_length=source.shape[1])[0]

    def decode(
        self, target: torch.Tensor, memory: torch.Tensor, source: torch.Tensor
    ) -> torch.Tensor:
        """target (B, T) → logits of each next token (B, T, N_SYMBOLS), one step after the other."""
        mask, keys, state, outputs = source != PAD, self.key(memory), memory[:, 0], []
        for x in self.symbols(target).unbind(dim=1):  # (B, d)
            scores = self.score(torch.tanh(keys + self.query(state)[:, None]))[..., 0]  # (B, S)
            weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=1)
            context = (weights[:, None] @ memory)[:, 0]  # (B, d)
            state = self.writer(torch.cat([x, context], dim=1), state)
            outputs.append(torch.cat([state, context], dim=1))
        return self.head(torch.stack(outputs, dim=1))

    def forward(self, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return self.decode(target, self.encode(source), source)


# %% given="recurrent_training"
device.seed_everything(0)
models["recurrent"] = Recurrent().to(place)
histories["recurrent"] = train_reversal(models["recurrent"], scaled(full=500, smoke=4), "Recurrent")
few = [t[: scaled(full=2000, smoke=40)] for t in unseen]
print("model                 parameters  steps  seconds  exact match  tokens/s in training")
for name in ("sinusoidal", "rotary from the end", "recurrent"):
    size = sum(p.numel() for p in models[name].parameters())
    history, right = histories[name], right_answers(models[name], *few).float().mean()
    speed = history.samples * (unseen[2].float().mean() + 1) / history.seconds  # END counts
    print(
        f"{name:20} {size:11,} {history.steps:6} {history.seconds:8.0f} {right:12.2%} {speed:21,.0f}"
    )

# %% [markdown]
# Where does the difference come from? Count what must be done **one after the other** in a training step on
# $n$ digits. The GRUs take $n + 1$ steps to read and $n + 1$ to write, each waiting for the one before. The
# transformer takes two blocks, however long the sequence: all places are computed side by side. The cell
# times training steps with a small batch, where a machine waits more than it computes.

# %% given="parallel_experiment"
lengths_tried, milliseconds = [5, 10, 20, 40], {}
for name in ("sinusoidal", "recurrent"):
    milliseconds[name] = []
    for n in lengths_tried:
        source, target, lengths = (t.to(place) for t in reversals(4, seed=7, low=n, high=n))
        batch = (source, *teacher_forcing(target, lengths))
        fastest = math.inf
        for _ in range(scaled(full=15, smoke=3)):
            began = time.perf_counter()
            seq2seq_loss(models[name], batch).backward()
            device.synchronize(place)
            fastest = min(fastest, time.perf_counter() - began)
        milliseconds[name].append(1000 * fastest)
fig, ax = plt.subplots(figsize=(7, 3))
axis_words = {"title": "Forward and backward, batches of 4", "xlabel": "digits", "ylabel": "ms"}
plots.curves(ax, milliseconds, x=lengths_tried, **axis_words)
plots.show(
    fig,
    alt="Milliseconds of a forward and backward pass against length. The recurrent model's time grows with the "
    "length; the transformer's stays almost flat.",
    caption="The recurrent model's time grows with the length. The transformer hardly notices.",
)
for name, values in milliseconds.items():
    print(f"{name:12} 40 digits take {values[-1] / values[0]:.1f} times as long as 5")

# %% [markdown]
# **What you saw.** Both solve the task; the recurrent network is even smaller. But it waits: in training, its time
# grows with the length, while a transformer's waiting depends on its depth alone. Hardware that computes
# thousands of places at once shortens the work, not the waiting. In *decoding* the transformer has no such
# advantage: there it too writes one token after the other.

# %% [markdown]
# ## 9 · Two hops
#
# Reversal needs one look: the place is known, go and read it. Now a treasure hunt. There are 16 places. Each
# holds a digit and a **pointer** to some place. The answer of place $i$: go where its pointer says, read the
# pointer *there*, go where that one says, and read the digit.
#
# With the pointers `2 0 1 …` and the digits `7 4 9 …`, place 0 points to place 2, which points to place 1:
# the answer of place 0 is 4.
#
# A model with one layer of attention; the same with four heads and twice the width; a model with two layers.
# **Predict** what each of them reaches. Guessing gets 10% right.


# %% given="hops_model"
class Hunter(nn.Module):
    """Digits (B, 16, 10) as logits, from pointers and digits (B, 16)."""

    def __init__(self, layers: int, n_heads: int = 1, d_model: int = 64) -> None:
        super().__init__()
        self.pointers, self.digits = nn.Embedding(16, d_model), nn.Embedding(10, d_model)
        self.positions = nn.Parameter(torch.randn(16, d_model))
        blocks = (EncoderBlock(d_model, n_heads, 2 * d_model) for _ in range(layers))
        self.blocks = nn.Sequential(*blocks)
        self.norm, self.head = nn.LayerNorm(d_model), nn.Linear(d_model, 10)

    def forward(self, pointers: torch.Tensor, digits: torch.Tensor) -> torch.Tensor:
        x = self.pointers(pointers) + self.digits(digits) + self.positions  # (B, 16, d_model)
        return self.head(self.norm(self.blocks(x)))


def hunts(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pointers, digits and answers, all (count, 16)."""
    g = torch.Generator().manual_seed(seed)
    pointers = torch.randint(16, (count, 16), generator=g)
    digits = torch.randint(10, (count, 16), generator=g)
    return pointers, digits, digits.gather(1, pointers.gather(1, pointers))


def hunt_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    pointers, digits, answer = batch
    return F.cross_entropy(model(pointers, digits).flatten(0, 1), answer.flatten())


# %% given="hops_experiment"
steps = scaled(full=200, smoke=3)
pointers, digits, answer = (t.to(place) for t in hunts(1000, 99))
end, here = pointers.gather(1, pointers), torch.arange(16, device=place)
far = (end != pointers) & (end != here)  # the hunt ends at a place not yet visited
kinds = {
    "1 layer": {"layers": 1},
    "1 layer, 4 heads, width 128": {"layers": 1, "n_heads": 4, "d_model": 128},
    "2 layers": {"layers": 2},
}
for name, options in kinds.items():
    print(f"{name}:")
    for seed in range(scaled(full=2, smoke=1)):
        device.seed_everything(seed)
        hunter = Hunter(**options).to(place)
        batches = Batches(*hunts(64 * steps, seed), batch_size=64, device=place)
        fit(hunter, batches, hunt_loss, steps=steps, lr=1e-2, show=False)
        with torch.no_grad():
            right = hunter(pointers, digits).argmax(dim=-1) == answer
        every, third = right.float().mean(), right[far].float().mean()
        print(f"  all answers {every:.1%}, those that end at a third place {third:.1%}")

# %% [markdown]
# **What you saw.** A layer makes all its queries *before* it reads anything. Place $i$ can ask "what stands
# where my pointer points?", not "what stands where the pointer that I am about to read points?". That second
# question needs a second layer, whose queries contain what the first one brought. More heads ask more
# questions at once, but none that builds on an answer. Depth is the number of questions in a row; chains of
# thought in language models buy more of it, one token at a time.

# %% [markdown]
# ### Question 1 · What did you build in? (1 point · 8 min · ●●○)
#
# Rotary positions counted from the end of the source make reversal work at twice the length. Say in three to
# five sentences: Which fact about the task was built into this model? Why can a learned table not know place 30,
# wherever counting begins? Name a task on which the same choice would be of no help, and say why.

# %% [markdown] manual="built_in" points=1
# The model was told that the answer's token $t$ belongs to the source's token $t$ when the source is counted
# from its end, so the rule it has to learn is "look at difference 0", the same at every length. (½ point)
#
# The learned table has one vector per place; the vectors for places after 20 never got a gradient, so they are
# still random, and nothing ties the rule for place 21 to the rule for place 20. The model learned 20 separate
# look-ups. Copying a sequence forward would not profit: there step $t$ needs place $t + 1$ counted from the
# start, the same difference at every length; counted from the end that place has the number $n - t - 1$, and the
# difference depends on the length. (½ point for one such task with a reason.)

# %% [markdown]
# ## Going further
#
# Ungraded. Train the rotary model of section 7 for 700 steps instead of 1000: what do the long sequences say? Train
# on copying, or on sorting: which positions carry which task to longer sequences? Give the
# hunt three pointers: do two layers do it, and three?
#
# - [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762), *Attention Is All You Need*: the model, post-LN, with
#   warm-up. It translated into German with 28.4 BLEU and into French with 41.8. Its training took $2.3 \cdot 10^{19}$
#   floating-point operations; the ensembles that it beat had taken $7.7 \cdot 10^{19}$ to $1.2 \cdot 10^{21}$.
# - [Raffel et al. (2020)](https://arxiv.org/abs/1910.10683), *T5*: an encoder and a decoder for every task that can be
#   written as text. [Radford et al. (2022)](https://arxiv.org/abs/2212.04356), *Whisper*: the same, with speech as the
#   source.
# - [Rombach et al. (2022)](https://arxiv.org/abs/2112.10752), *Latent Diffusion Models* (Stable Diffusion):
#   cross-attention between a picture in the making, which asks, and a text, which answers.
# - [Xiong et al. (2020)](https://arxiv.org/abs/2002.04745), *On Layer Normalization in the Transformer Architecture*:
#   section 2 as a theorem.
# - [Su et al. (2021)](https://arxiv.org/abs/2104.09864), *RoFormer*: rotary positions.
# - [Press et al. (2022)](https://arxiv.org/abs/2108.12409), *Train Short, Test Long*: another relative scheme, and how
#   to test lengths.
# - [Sanford et al. (2024)](https://arxiv.org/abs/2402.09268), *Transformers, parallel computation, and logarithmic
#   depth*: hops and layers.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# A transformer block is attention and a small network per token, each with a norm and a residual connection.
# Pre-LN keeps the residual path free, and a warm-up protects the first steps. An encoder reverses in one look;
# a decoder writes token by token, trained all at once by teacher forcing and a causal mask. What it does on
# lengths never seen depends on how positions come in, that is, on what you build in. One layer asks one
# question; a question about an answer takes another layer.

# %% given="metrics"
report(
    "05_transformer",
    encoder_exact_match=encoder_exact_match,
    encoder_seconds_to_solve=encoder_seconds_to_solve,
    seq2seq_exact_match=seq2seq_exact_match,
    seq2seq_seconds=seq2seq_seconds,
    longer_exact_match=longer_exact_match,
)
