# %% [markdown]
# ## 3 · A decoder-only transformer
#
# The tiny model has one layer. A real one has a stack of **blocks**, each with attention and a feed-forward
# network, both with a residual connection and a normalization in front (pre-LN: Lab 05). There is no encoder
# and no cross-attention: GPT is a decoder alone. Here are the block's parts, on PyTorch's fused kernel.


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
        self.feed_forward = nn.Sequential(
            nn.Linear(d_model, 4 * d_model), nn.GELU(), nn.Linear(4 * d_model, d_model)
        )

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
# 3. a last layer normalization;
# 4. the **head**, which turns each vector into logits. It is **tied**: no matrix of its own, but the token
#    embedding once more. The logit of a word is the dot product of its vector with the output.
#
# Tying saves the largest matrix of a small model, and means that a word is read and written with one vector.

# %% [markdown]
# ### Exercise 4 · How many parameters? (1 point · 12 min · ●●○)
#
# Return the number of parameters of such a GPT, as a formula. Count the given cells by hand: an
# `nn.Linear(a, b)` has a bias; an `nn.LayerNorm(d)` has a weight and a bias for each feature. The tied head has
# neither a matrix nor a bias. Build no model.
#
# <details><summary>Hint 1: the idea</summary>Four linear layers and two normalizations per block. Write d for
# d_model and count in multiples of d² and of d.</details>
# <details><summary>Hint 2: the formula</summary>qkv has 3d² + 3d, out has d² + d, the two layers of the
# feed-forward network have 4d² + 4d and 4d² + d, each normalization 2d.</details>
# <details><summary>Hint 3: the line</summary>A block has 12d² + 13d. Outside the blocks there are two embeddings
# and one normalization.</details>


# %% solution="gpt_parameters"
def gpt_parameters(vocab_size: int, context: int, d_model: int, n_layers: int) -> int:
    """The number of trainable parameters of a GPT with a tied head."""
    ### BEGIN SOLUTION
    embeddings = (vocab_size + context) * d_model
    block = 12 * d_model**2 + 13 * d_model
    return embeddings + n_layers * block + 2 * d_model
    ### END SOLUTION


# %% check="gpt_parameters_value" points=1
def numbers_in(*parts: nn.Module) -> int:
    return sum(p.numel() for part in parts for p in part.parameters())


for sizes in ((29, 17, 10, 3), (53, 11, 14, 2)):
    vocab_size, context, d, n_layers = sizes
    parts = [nn.Embedding(vocab_size, d), nn.Embedding(context, d), nn.LayerNorm(d)]
    expected = numbers_in(*parts, *(Block(d, 2) for _ in range(n_layers)))
    got = checks.run(gpt_parameters, *sizes)
    number = isinstance(got, int | float)
    checks.that(number, f"return a number, not a {type(got).__name__}.")
    checks.that(got == int(got), f"a number of parameters is whole; got {got}.")
    head = vocab_size * d
    # (vocabulary, context, layers) → how much a mistake adds or takes away
    slips = {
        "the head is counted on its own; it is tied to the embedding.": head,
        "the head is counted on its own, with a bias; it is tied, and has none.": head + vocab_size,
        "a bias of the head is counted; it has none.": vocab_size,
        "the token embedding is missing: the head is tied to it, but one of the two counts.": -head,
        "the position embedding is missing.": -context * d,
        "the last normalization is missing.": -2 * d,
        "a normalization has a weight and a bias: 2 d_model, not d_model.": -d * (2 * n_layers + 1),
        "the normalizations of the blocks, or the biases of attention, are missing.": -4
        * d
        * n_layers,
        "all normalizations are missing.": -4 * d * n_layers - 2 * d,
        "a block has two normalizations, and the bias of qkv has 3 d_model numbers.": -2
        * d
        * n_layers,
        "the biases of the linear layers are missing.": -9 * d * n_layers,
        "the biases and the normalizations are missing.": -13 * d * n_layers - 2 * d,
        "the biases of the feed-forward network are missing.": -5 * d * n_layers,
        "attention has a fourth matrix, its output layer.": -(d * d + d) * n_layers,
        "the bias of qkv is missing: 3 d_model.": -3 * d * n_layers,
        "the two embeddings are missing.": -(vocab_size + context) * d,
        "only the blocks are counted.": -(vocab_size + context + 2) * d,
        "the embeddings have vocab_size and context rows, not their product.": vocab_size * context
        - (vocab_size + context) * d,
        "the feed-forward network is missing.": -(8 * d * d + 5 * d) * n_layers,
        "the feed-forward network has two matrices of 4 d_model².": -(4 * d * d + d) * n_layers,
        "only one block is counted.": numbers_in(Block(d, 2)) * (1 - n_layers) or None,
        "the rows of the position embedding are counted, not their d_model numbers.": context
        - context * d,
    }
    cause = next((f" Likely cause: {c}" for c, more in slips.items() if got - expected == more), "")
    checks.that(
        got == expected,
        f"vocabulary {vocab_size}, context {context}, d_model {d}, {n_layers} blocks: "
        f"expected {expected:,}, got {got:,}.{cause}",
    )
### BEGIN HIDDEN TESTS
got = checks.run(gpt_parameters, 50257, 1024, 768, 12)
checks.that(got == 124_439_808, f"GPT-2 (small): expected 124,439,808, got {got:,}.")
### END HIDDEN TESTS
checks.passed("your formula counts what PyTorch counts")

# %% [markdown]
# **Experiment.** The four models of GPT-2 have exactly this form. What share of each is embeddings?

# %% experiment="gpt2_sizes"
# Experiment · The sizes of GPT-2, and of this lab's model
for name, d_model, n_layers in (
    ("small", 768, 12),
    ("medium", 1024, 24),
    ("large", 1280, 36),
    ("XL", 1600, 48),
):
    total = gpt_parameters(50257, 1024, d_model, n_layers)
    share = (50257 + 1024) * d_model / total
    print(f"GPT-2 {name:<6} {total / 1e6:7.1f} million, {share:.0%} of them embeddings")
mine = gpt_parameters(VOCAB, 128, 128, 4)
print(
    f"this lab     {mine / 1e6:7.1f} million, {(VOCAB + 128) * 128 / mine:.0%} of them embeddings"
)
