# %% [markdown]
# ## 5 · The decoder block
#
# An encoder that answers in one go must know how long the answer is. A **decoder** writes it token by token:
# it reads what it has written so far, and the encoder's output, the **memory**. Its block has three parts,
# each with a norm and a residual connection, pre-LN: self-attention, cross-attention, whose keys and values come from
# the memory, and feed-forward.
#
# Causal, because at training time the whole answer lies in front of the decoder. Token $t$ must not copy
# from token $t + 1$. The source, on the other hand, is all known: nothing is causal there.

# %% [markdown]
# ![The decoder block: three branches leave the residual path and are added to it, norm1 and attention with a
# causal mask, norm2 and cross_attention over the memory with the memory's mask, norm3 and
# feed_forward.](figures/decoder_block.svg)
#
# *Three parts, each with a norm and a sum. Dashed: the masks, one causal, one for the padding of the source.*

# %% [markdown]
# By hand: let the norms add 1, 2 and 3, let attention double, cross-attention multiply by the memory, here 3,
# and the feed-forward network multiply by 4. Then 1 becomes 5, then 26, then 142.

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
# <details><summary>Hint 1: the idea</summary>Three lines, in the order of the diagram. Each adds to the x that the
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


# %% data="decoder_peer"
# Data · PyTorch's decoder layer beside yours, for the checks
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


def toy_decoder() -> nn.Module:
    """A decoder block whose six parts are the formulas under the diagram."""
    return in_numbers(
        DecoderBlock(1, 1, 1),
        norm1=lambda x: x + 1,
        attention=lambda x, context=None, mask=None, positions=None: 2 * x,
        norm2=lambda x: x + 2,
        cross_attention=lambda x, context=None, mask=None, positions=None: (
            x * (x if context is None else context)
        ),
        norm3=lambda x: x + 3,
        feed_forward=lambda x: 4 * x,
    )


def forbidden(T: int, first: int = 1) -> torch.Tensor:
    """PyTorch's causal mask (T, T): True where a token may NOT attend, `first` places ahead and more."""
    return torch.ones(T, T, dtype=torch.bool).triu(first)


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

# %% check="decoder_block_order" points=1
y = checks.run(toy_decoder(), torch.ones(1, 1, 1), torch.full((1, 1, 1), 3.0))
slips = {
    "the cross-attention comes before the self-attention.": 172.0,
    "the feed-forward part comes before the cross-attention.": 154.0,
    "norm1 and norm2 are swapped.": 167.0,
    "norm2 and norm3 are swapped.": 153.0,
    "norm1 is used for all three parts.": 119.0,
    "norm1 is used twice: the cross-attention has norm2.": 127.0,
    "norm2 is used twice: the feed-forward part has norm3.": 138.0,
    "the self-attention reads x without its norm: norm1.": 102.0,
    "the queries of the cross-attention are not normalized: norm2.": 112.0,
    "the feed-forward part reads the sum without a norm: norm3.": 130.0,
    "the cross-attention uses the weights of the self-attention.": 107.0,
    "the output does not depend on the memory: hand it to the cross-attention, context=memory.": 282.0,
    "the memory goes through norm1; it is used as it is.": 177.0,
    "the memory goes through norm2; it is used as it is.": 212.0,
    "the memory goes through norm3; it is used as it is.": 247.0,
    "all three parts read the block's input: each reads the x that the line before left.": 30.0,
    "each line should add to the x that the line before left, not to the block's input.": 101.0,
    "norm1 stands on the residual path: add x itself.": 162.0,
    "norm2 stands on the residual path: add x itself.": 152.0,
    "norm3 stands on the residual path: add x itself.": 145.0,
}
name = "what a decoder block of small formulas makes of x = 1 and memory = 3"
checks.close(name, y.sum(), 142.0, slips=slips)
checks.passed("three parts in their order, each with its own norm")

# %% check="decoder_block_torch" points=1
x, memory = checks.normal(2, 5, 12, seed=62), checks.normal(2, 7, 12, seed=63)
theirs, mine = decoder_pair(seed=72)
calls = calls_of(mine.attention)
got = checks.run(mine, x, memory)
checks.shape("the output of the block", got, batch=2, T=5, d_model=12)
mask = calls[0]["mask"] if calls else None
checks.that(mask is not None, "the causal mask is missing: mask= of the self-attention.")
allowed = mask if mask.dtype == torch.bool else ~mask.isneginf()  # numbers are added to scores
lower = torch.ones(5, 5).tril().bool()
slips = {
    "a mask of numbers is added to the scores: it must be bool.": torch.ones_like(lower),
    "the mask lets each token see one token too many.": torch.ones(5, 5).tril(1).bool(),
    "the mask is one token too strict: each token sees itself too.": torch.ones(5, 5)
    .tril(-1)
    .bool(),
    "the causal mask is inverted: True means may attend.": ~lower,
    "the causal mask is transposed: each token sees itself and later ones.": lower.mT,
}
seen = allowed.expand(2, 5, 5)[0]
checks.close("the mask of the self-attention", seen, lower, slips=slips)
checks.close("the decoder block", got, theirs(x, memory, forbidden(5)))
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
both = calls_of(mine.attention), calls_of(mine.cross_attention)
checks.run(mine, x, memory, None, "own", "cross")
own, cross = ([call["positions"] for call in calls] for calls in both)
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
