# %% [markdown]
# ## 3 · A decoder-only transformer
#
# The tiny model has one layer. A real one has a stack of **blocks**, each with attention and a feed-forward network,
# both with a residual connection and a normalization in front (pre-LN: Lab 05). There is no encoder and no
# cross-attention: GPT is a decoder alone.

# %% [markdown]
# ![Left, a GPT from bottom to top: two embeddings are added, blocks with two branches each follow, then a last norm
# and the head. Right, the mask for four tokens, a triangle of True, and the target of each row.](figures/gpt_block.svg)
#
# *The blue line is the residual path: every part reads it and adds to it. A row of the mask is a query; True says which
# tokens it may attend to.*

# %% [markdown]
# What is each part for?
#
# - **Attention** carries. A head's output is a weighted mean of values, and a value is linear in its token.
# - The **feed-forward network** works on what was carried together, each token alone, and it bends: a hidden layer of
#   $4 d_{model}$ units, each of which can answer to a pattern. Its GELU is the formula that GPT-2 computes, with a
#   tanh.
# - The **last normalization**: in a pre-LN stack every part *adds* to the vectors and none scales the sum, so their
#   length grows with depth. The last norm gives the head vectors of one size.
#
# Here they are, on PyTorch's fused kernel.


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
        wide, gelu = nn.Linear(d_model, 4 * d_model), nn.GELU(approximate="tanh")
        self.feed_forward = nn.Sequential(wide, gelu, nn.Linear(4 * d_model, d_model))

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
# 3. the last layer normalization;
# 4. the **head**, which turns each vector into logits. It is **tied**: no matrix of its own, but the token
#    embedding once more. The logit of a word is the dot product of its vector with the output.
#
# Tying saves the largest matrix of a small model, and means that a word is read and written with one vector.

# %% [markdown]
# **How many parameters?** Count a block by hand, with $d = d_{model}$. `qkv` has $3d^2 + 3d$ numbers, `out` $d^2 + d$,
# the two layers of `feed_forward` $4d^2 + 4d$ and $4d^2 + d$, each norm $2d$: together $12d^2 + 13d$. Outside of the
# blocks there are two embeddings and a norm. The four models of GPT-2 have exactly this form.


# %% experiment="gpt2_sizes"
# Experiment · The sizes of GPT-2, and of this lab's model
def gpt_parameters(vocab_size: int, context: int, d_model: int, n_layers: int) -> int:
    """The number of trainable parameters of a GPT with a tied head."""
    embeddings = (vocab_size + context) * d_model
    return embeddings + n_layers * (12 * d_model**2 + 13 * d_model) + 2 * d_model


counted = sum(p.numel() for p in Block(64, 2).parameters())
print(f"a block with d_model 64: {12 * 64**2 + 13 * 64:,} by the formula, {counted:,} counted")
gpt2 = {"small": (768, 12), "medium": (1024, 24), "large": (1280, 36), "XL": (1600, 48)}
models_of = {f"GPT-2 {name}": (50257, 1024, *sizes) for name, sizes in gpt2.items()}
for name, (vocab, places, d_model, n_layers) in (
    models_of | {"this lab": (VOCAB, 128, 128, 4)}
).items():
    total = gpt_parameters(vocab, places, d_model, n_layers)
    share = (vocab + places) * d_model / total
    print(f"{name:<12} {total / 1e6:7.1f} million parameters, {share:.0%} of them embeddings")
