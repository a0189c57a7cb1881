# %% [markdown]
# ## 2 · The encoder block
#
# A block has two parts. **Attention** brings tokens together, but what it returns is an average of values. The
# **feed-forward network** works out what to make of it, for each token alone, with a ReLU in the middle. With the
# usual $d_{ff} = 4\,d_{model}$ it holds two thirds of a block's weights.
#
# Each part is wrapped in a **residual connection** ([He et al., 2015](https://arxiv.org/abs/1512.03385)): its
# result is *added* to what came in. So the gradient has a free path through, and a part only has to learn a
# correction. Where does the norm go?
#
# | post-LN (2017) | pre-LN (today) |
# |---|---|
# | $x \leftarrow \text{norm}_1(x + \text{attention}(x))$ | $x \leftarrow x + \text{attention}(\text{norm}_1(x))$ |
# | $x \leftarrow \text{norm}_2(x + \text{ff}(x))$ | $x \leftarrow x + \text{ff}(\text{norm}_2(x))$ |
#
# Dropout, if any, acts on the result of each part before it is added.

# %% [markdown]
# ![Two blocks. Post-LN: the norms stand on the residual path, after each sum. Pre-LN: the norms stand on the
# branches, before attention and feed_forward, and the residual path meets nothing but two
# sums.](figures/norm_order.svg)
#
# *Follow the blue line from `x` to the top: left it passes two norms, right none.*

# %% [markdown]
# With pre-LN nothing ever scales the sum on the blue line, and it grows with each block. That is why a pre-LN model has
# one more norm, before its last linear layer.
#
# By hand: let $\text{norm}_1(x) = 2x + 1$, $\text{attention}(x) = x + 3$, $\text{norm}_2(x) = 2x + 2$,
# $\text{ff}(x) = 2x$. Pre-LN makes of 1: $\text{norm}_1$ 3, attention 6, sum **7**; $\text{norm}_2$ 16, ff 32, sum
# **39**. Post-LN makes 68 of it. Do you get there, too?

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


# %% data="block_peer"
# Data · PyTorch's layers with your weights, for the checks
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


# %% data="block_spies"
# Data · Blocks that can be watched, for the checks
def calls_of(attention: Attention) -> list[dict]:
    """From now on, every call of the attention adds what it gets by the way to this list: mask and positions."""
    calls, forward = [], attention.forward

    def spy(x, context=None, mask=None, positions=None) -> torch.Tensor:
        calls.append({"mask": mask, "positions": positions})
        return forward(x, context, mask, positions)

    attention.forward = spy
    return calls


def in_numbers(block: nn.Module, **parts: Callable) -> nn.Module:
    """The block with parts that are small formulas, so that a number can be followed through it by hand."""
    for name, part in parts.items():
        getattr(block, name).forward = part
    return block.eval()


def toy_encoder(norm_first: bool) -> nn.Module:
    """An encoder block whose four parts are the formulas under the diagram."""
    return in_numbers(
        EncoderBlock(1, 1, 1, norm_first),
        norm1=lambda x: 2 * x + 1,
        attention=lambda x, context=None, mask=None, positions=None: x + 3,
        norm2=lambda x: 2 * x + 2,
        feed_forward=lambda x: 2 * x,
    )


# %% data="encoder_peer"
# Data · PyTorch's encoder layer beside yours, for the checks
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
y = checks.run(toy_encoder(True), torch.ones(1, 1, 1))
slips = {
    "this is the post-LN order.": 68.0,
    "the feed-forward part is missing.": 7.0,
    "norm1 is used for both parts.": 37.0,
    "the feed-forward part reads the sum without a norm.": 21.0,
    "the attention part reads x without its norm.": 29.0,
    "the attention part is missing.": 9.0,
    "the feed-forward part reads the block's input: it reads the sum after the attention.": 15.0,
    "the second sum starts from the block's input: it starts from the new x.": 33.0,
    "the second sum starts from the normalized x: add to x itself.": 48.0,
    "norm1 and norm2 are swapped.": 42.0,
    "a norm comes after the last sum: pre-LN ends with the sum.": 80.0,
}
checks.close("what a pre-LN block of small formulas makes of 1", y.sum(), 39.0, slips=slips)
theirs, mine = encoder_pair(True, seed=30)
x = checks.normal(2, 5, 12, seed=11)
checks.close("the pre-LN block", checks.run(mine, x), theirs(x))
### BEGIN HIDDEN TESTS
theirs, mine = encoder_pair(True, seed=31, d=18)
x = checks.normal(3, 4, 18, seed=12)
checks.close("the pre-LN block of other sizes", checks.run(mine, x), theirs(x))
### END HIDDEN TESTS
checks.passed("pre-LN: equal to PyTorch's encoder layer")

# %% check="encoder_block_post" points=1
y = checks.run(toy_encoder(False), torch.ones(1, 1, 1))
slips = {
    "this is the pre-LN order.": 39.0,
    "the second sum starts from the block's input: it starts from the new x.": 48.0,
    "the feed-forward part reads the block's input: it reads the new x.": 28.0,
    "this is the pre-LN order, with norms after it.": 160.0,
    "the norm stands on the part; it stands on the sum.": 52.0,
    "the norm stands on x; it stands on the sum.": 30.0,
    "norm1 and norm2 are swapped.": 73.0,
    "norm1 is used for both sums.": 67.0,
    "the first norm is missing.": 32.0,
    "the last norm is missing.": 33.0,
    "the attention part is missing.": 8.0,
    "the feed-forward part is missing.": 24.0,
}
checks.close("what a post-LN block of small formulas makes of 1", y.sum(), 68.0, slips=slips)
theirs, mine = encoder_pair(False, seed=40)
x = checks.normal(2, 5, 12, seed=13)
checks.close("the post-LN block", checks.run(mine, x), theirs(x))
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
    calls = calls_of(mine.attention)
    checks.run(mine, x, None, "positions")
    kept = [call["positions"] for call in calls] == ["positions"]
    checks.that(kept, "hand `positions` over to the attention, as they are.")
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

# %% experiment="depth_experiment"
# Experiment · Gradients of 24 blocks, pre-LN and post-LN
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
for name, norms in sizes_of.items():
    print(f"{name}: block 24 gets {norms[-1] / norms[0]:.2f} times the gradient of block 1")
print(
    f"block 24: post-LN gets {sizes_of['post-LN'][-1] / sizes_of['pre-LN'][-1]:.1f} times as much as pre-LN"
)

# %% figure="depth_curves"
# Figure · The gradient of each of 24 blocks
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
    caption="Pre-LN: less and less toward the last blocks. Post-LN: the last blocks get the most.",
)

# %% [markdown]
# **What you saw.** With pre-LN every block adds to a growing sum, so a late block matters less and gets less. With
# post-LN each norm scales the sum back: the late blocks get the largest gradients, and what goes back to the early ones
# has passed all the norms. [Xiong et al. (2020)](https://arxiv.org/abs/2002.04745) explain with it why the first
# transformers needed a **warm-up**. Section 4 trains such stacks, with and without.
