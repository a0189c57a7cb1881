# %% [markdown]
# ### Where is the other token?
#
# Attention is blind to order (Lab 04). T5 adds no positions to the tokens. It adds a learned number to each *score*,
# and the number depends on one thing: how far the key is from the query.
#
# $$\text{score}_{ts} = \frac{q_t \cdot k_s}{\sqrt{d_\text{head}}} + b_{\,\text{bucket}(s - t)}$$
#
# A number for each distance would be wasteful: whether a key is 61 or 62 tokens away hardly matters. So distances share
# *buckets*: near ones have a bucket each, farther ones share buckets that get wider and wider, and the last takes all
# that is farther still. Each head has its own table of numbers.

# %% [markdown]
# ![Offsets from minus 8 to 8 in a row, and below each its bucket of eight: 0 for offset 0, 1 and 5 for the neighbors,
# 2 and 6 for distances 2 to 5, 3 and 7 from 6 on](figures/buckets.svg)
#
# *Eight buckets, four a side: two exact, two that share. Distances 2 to 5 are one bucket, all from 6 on the last.*

# %% [markdown]
# ### Exercise 6 · Buckets (3 points · 15 min · ●●○)
#
# `offset` holds integers of any shape: place of the key minus place of the query. Return their buckets, int64, same
# shape. Begin with one side: `n` buckets for distances $d \ge 0$. With `exact = n // 2`:
#
# $$\text{bucket} = \begin{cases} d & d < \text{exact} \\ \min\!\left(n - 1,\; \text{exact} + \left\lfloor
# \frac{\ln(d / \text{exact})}{\ln(\text{max\_distance} / \text{exact})} (n - \text{exact}) \right\rfloor\right) &
# \text{else} \end{cases}$$
#
# With `two_ways`, each side has half of the buckets: $d = |\text{offset}|$, and *later* keys (offset > 0) use the
# second half. Without it, only earlier keys are ever seen: $d = -\text{offset}$, and 0 for the
# others.
#
# <details><summary>Hint 1: the idea</summary>Compute both lines for every entry, and let <code>torch.where</code>
# choose.</details>
# <details><summary>Hint 2: the formula</summary>The logarithm of 0 is −∞, which is no integer. Clamp d to at least
# <code>exact</code> before you take it.</details>
# <details><summary>Hint 3: the line</summary><code>torch.where(d &lt; exact, d, far.clamp(max=n - 1))</code>, plus
# <code>n * (offset &gt; 0)</code> for two ways.</details>


# %% solution="relative_bucket"
def relative_bucket(
    offset: torch.Tensor, n_buckets: int, max_distance: int, two_ways: bool
) -> torch.Tensor:
    """T5's buckets of relative positions (Raffel et al., 2020).

    Args:
        offset: place of the key minus place of the query, int64, any shape.
        n_buckets: in all; with `two_ways` half of them a side.
        max_distance: from here on all distances share the last bucket of their side.
        two_ways: whether later keys are seen too.

    Returns:
        Buckets from 0 to n_buckets - 1, int64, in the shape of offset.
    """
    ### BEGIN SOLUTION
    n = n_buckets // 2 if two_ways else n_buckets
    d = offset.abs() if two_ways else (-offset).clamp(min=0)
    exact = n // 2
    far = (d.clamp(min=exact) / exact).log() / math.log(max_distance / exact) * (n - exact)
    bucket = torch.where(d < exact, d, (exact + far.long()).clamp(max=n - 1))
    return bucket + n * (offset > 0) if two_ways else bucket
    ### END SOLUTION


# %% check="bucket_near" points=1
offset = torch.arange(0, -8, -1)[:, None].expand(8, 3)
got = checks.run(relative_bucket, offset, 16, 50, False)
checks.shape("the buckets", got, queries=8, keys=3)
checks.that(got.dtype == torch.int64, f"buckets are indices: int64, not {got.dtype}.")
slips = {
    "without two_ways all 16 buckets serve the earlier keys: exact is 8.": torch.tensor(
        [0, 1, 2, 3, 4, 4, 4, 4]
    )[:, None].expand(8, 3),
    "earlier keys have negative offsets; the distance is their negative.": 0 * offset,
}
checks.close("offsets 0 to −7, 16 buckets", got, -offset, slips=slips)
later = checks.run(relative_bucket, torch.tensor([1, 2, 30]), 16, 50, False)
cause = "one way: later keys are never seen, and all of them have the bucket of distance 0."
checks.that(later.eq(0).all(), cause)
checks.passed("near keys have a bucket each")

# %% check="bucket_far" points=1
offset = torch.tensor([[-5, -8, -9, -11], [-13, -21, -47, -300]])
got = checks.run(relative_bucket, offset, 16, 50, False)
far = [math.log(d / 8) / math.log(50 / 8) * 8 for d in (8, 9, 11, 13, 21, 47, 300)]
rounded = [[5, 8, 8 + round(far[1]), 8 + round(far[2])], [8 + round(far[3]), 12, 15, 15]]
unlimited = [[5, 8, 8, 9], [10, 12, 15, 8 + int(far[-1])]]
slips = {
    "the last bucket is n − 1: clamp.": torch.tensor(unlimited),
    "round down, not to the nearest.": torch.tensor(rounded),
    "the far buckets begin at exact: add it.": torch.tensor([[5, 0, 0, 1], [2, 4, 7, 15]]),
    "far distances share buckets, by the logarithm.": torch.tensor(
        [[5, 8, 9, 11], [13, 15, 15, 15]]
    ),
}
checks.close("offsets −5 to −300", got, torch.tensor([[5, 8, 8, 9], [10, 12, 15, 15]]), slips=slips)
### BEGIN HIDDEN TESTS
got = checks.run(relative_bucket, torch.tensor([-1, -2, -3, -5, -40]), 6, 20, False)
checks.close("6 buckets up to 20", got, torch.tensor([1, 2, 3, 3, 5]))
### END HIDDEN TESTS
checks.passed("far keys share buckets, and the last takes the rest")

# %% check="bucket_both" points=1
offset = torch.tensor([-30, -7, -4, -2, -1, 0, 1, 2, 4, 7, 30])
got = checks.run(relative_bucket, offset, 8, 16, True)
right = torch.tensor([3, 3, 2, 2, 1, 0, 5, 6, 6, 7, 7])
slips = {
    "later keys are the second half; these are the first.": right.flip(0)
    - 4 * (right.flip(0) == 4),
    "offset 0 is in the first half: the second is for offset > 0.": right + 4 * (offset == 0),
    "both sides have the same buckets; later keys use the second half.": right % 4,
    "each side has half of the buckets; then later keys follow.": torch.tensor(
        [7, 5, 4, 2, 1, 0, 9, 10, 12, 13, 15]
    ),
}
checks.close("eight buckets, as in the picture", got, right, slips=slips)
### BEGIN HIDDEN TESTS
got = checks.run(relative_bucket, torch.tensor([[-3, 3], [90, -90]]), 32, 128, True)
checks.close("32 buckets", got, torch.tensor([[3, 19], [30, 14]]))
### END HIDDEN TESTS
checks.any_device(relative_bucket, offset, 8, 16, True)
checks.passed("two ways: later keys have buckets of their own")

# %% [markdown]
# **The rest you know.** Blocks, cross-attention and causal masks are those of Lab 05. One thing is new, `RMSNorm`: a
# layer norm that subtracts no mean. It divides a token's vector by its root mean square and multiplies it by learned
# numbers. `forbid` turns True and False into 0 and −∞, and the bias is added to those.


# %% given="attention"
class Attention(nn.Module):
    """Multi-head attention of x (B, T, d_model) to a context (B, S, d_model)."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.q, self.kv = nn.Linear(d_model, d_model), nn.Linear(d_model, 2 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(
        self, x: torch.Tensor, context: torch.Tensor, mask: torch.Tensor, keep: list | None = None
    ) -> torch.Tensor:
        """mask is added to the scores (B, n_heads, T, S); the weights go into the list `keep`."""
        q, k, v = (
            t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)  # (B, n_heads, T or S, d_head)
            for t in (self.q(x), *self.kv(context).chunk(2, dim=-1))
        )
        if keep is not None:
            keep.append((q @ k.mT / math.sqrt(q.shape[-1]) + mask).softmax(-1).detach())
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask.to(q.dtype))
        return self.out(y.transpose(1, 2).flatten(2))  # (B, T, d_model)


class RelativeBias(nn.Module):
    """A number for each head and bucket; all layers of a stack share it."""

    def __init__(self, n_heads: int, two_ways: bool) -> None:
        super().__init__()
        self.table, self.two_ways = nn.Embedding(32, n_heads), two_ways
        nn.init.zeros_(self.table.weight)

    def forward(self, T: int) -> torch.Tensor:
        """What is added to the scores of T tokens to each other, (n_heads, T, T)."""
        place = torch.arange(T, device=self.table.weight.device)
        buckets = relative_bucket(place - place[:, None], 32, 128, self.two_ways)
        return self.table(buckets).permute(2, 0, 1)


# %% given="block"
def forbid(allowed: torch.Tensor) -> torch.Tensor:
    """0 where allowed, −∞ elsewhere."""
    return torch.zeros(allowed.shape, device=allowed.device).masked_fill(~allowed, -math.inf)


class Block(nn.Module):
    """Pre-norm: self-attention, in a decoder cross-attention, and a feed-forward network."""

    def __init__(self, d_model: int, n_heads: int, d_ff: int, cross: bool, dropout: float) -> None:
        super().__init__()
        self.attend = Attention(d_model, n_heads)
        self.cross = Attention(d_model, n_heads) if cross else None
        self.feed = nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model))
        self.norms = nn.ModuleList(nn.RMSNorm(d_model) for _ in range(3))
        self.drop = nn.Dropout(dropout)

    def forward(self, x, mask, memory=None, memory_mask=None, keep=None) -> torch.Tensor:
        normed = self.norms[0](x)
        x = x + self.drop(self.attend(normed, normed, mask))
        if self.cross is not None:
            x = x + self.drop(self.cross(self.norms[1](x), memory, memory_mask, keep))
        return x + self.drop(self.feed(self.norms[2](x)))


# %% given="encoder"
class Encoder(nn.Module):
    """Reads vectors, in both directions."""

    def __init__(
        self, d_model: int, n_heads: int, n_layers: int, d_ff: int, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.bias = RelativeBias(n_heads, two_ways=True)
        self.blocks = nn.ModuleList(
            Block(d_model, n_heads, d_ff, False, dropout) for _ in range(n_layers)
        )
        self.norm = nn.RMSNorm(d_model)

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """states (B, S, d_model), mask (B, S) bool, True = may attend → (B, S, d_model)."""
        mask = self.bias(states.shape[1]) + forbid(mask)[:, None, None]  # (B, n_heads, S, S)
        for block in self.blocks:
            states = block(states, mask)
        return self.norm(states)


# %% given="decoder"
class Decoder(nn.Module):
    """Writes tokens, each from those before it and from a memory (B, S, d_model)."""

    def __init__(
        self,
        vocab_size: int,
        d_model: int,
        n_heads: int,
        n_layers: int,
        d_ff: int,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab_size, d_model)
        self.bias = RelativeBias(n_heads, two_ways=False)
        self.blocks = nn.ModuleList(
            Block(d_model, n_heads, d_ff, True, dropout) for _ in range(n_layers)
        )
        self.norm = nn.RMSNorm(d_model)
        self.keep_weights, self.cross_weights = False, []

    def forward(
        self, tokens: torch.Tensor, memory: torch.Tensor, memory_mask: torch.Tensor
    ) -> torch.Tensor:
        """tokens (B, T), memory_mask (B, S) bool → logits (B, T, vocab_size)."""
        T = tokens.shape[1]
        causal = torch.ones(T, T, dtype=torch.bool, device=tokens.device).tril()
        mask = (self.bias(T) + forbid(causal))[None]  # (1, n_heads, T, T)
        memory_mask = forbid(memory_mask)[:, None, None]  # (B, 1, 1, S)
        x, self.cross_weights = self.embed(tokens), []
        keep = self.cross_weights if self.keep_weights else None  # of each layer (B, n_heads, T, S)
        for block in self.blocks:
            x = block(x, mask, memory, memory_mask, keep)
        return self.norm(x) @ self.embed.weight.T / math.sqrt(x.shape[-1])
