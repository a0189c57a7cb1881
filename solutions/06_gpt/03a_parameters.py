# %% [markdown]
# ## 3 · A decoder-only transformer
#
# The tiny model has one layer. A real one has a stack of **blocks**, each with attention and a feed-forward
# network, both with a residual connection and a normalization in front (pre-LN: Lab 05). There is no encoder
# and no cross-attention: GPT is a decoder alone.
#
# Why the **feed-forward network**? Attention carries: a head's output is a weighted mean of values, and a value is
# linear in its token. The feed-forward network works on what was carried together, each token alone, and it bends: a
# hidden layer of $4 d_{model}$ units, each of which can answer to a pattern.
#
# Here are the block's parts, on PyTorch's fused kernel.


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
# 3. a last layer normalization: in a pre-LN stack every block *adds* to the vectors and none scales the sum, so their
#    length grows with depth; the last normalization gives the head vectors of one size;
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
cases = ((29, 17, 10, 3), (53, 11, 14, 2))
# What a mistake adds in the first and in the second case.
slips = {
    "the head is counted on its own; it is tied to the embedding.": (290, 742),
    "the head is counted on its own, with a bias; it is tied, and has none.": (319, 795),
    "a bias of the head is counted; it has none.": (29, 53),
    "the token embedding is missing: the head is tied to it, but one of the two counts.": (
        -290,
        -742,
    ),
    "the position embedding is missing.": (-170, -154),
    "the last normalization is missing.": (-20, -28),
    "a normalization has a weight and a bias: 2 d_model, not d_model.": (-70, -70),
    "the normalizations of the blocks, or the biases of attention, are missing.": (-120, -112),
    "all normalizations are missing.": (-140, -140),
    "a block has two normalizations, and the bias of qkv has 3 d_model numbers.": (-60, -56),
    "the biases of the linear layers are missing.": (-270, -252),
    "the biases and the normalizations are missing.": (-410, -392),
    "the biases of the feed-forward network are missing.": (-150, -140),
    "attention has a fourth matrix, its output layer.": (-330, -420),
    "the bias of qkv is missing: 3 d_model.": (-90, -84),
    "the two embeddings are missing.": (-460, -896),
    "only the blocks are counted.": (-480, -924),
    "the embeddings have vocab_size and context rows, not their product.": (33, -313),
    "the feed-forward network is missing.": (-2_550, -3_276),
    "the feed-forward network has two matrices of 4 d_model².": (-1_230, -1_596),
    "only one block is counted.": (-2_660, -2_534),
    "the rows of the position embedding are counted, not their d_model numbers.": (-153, -143),
}
for case, expected in enumerate((4_470, 5_992)):
    vocab_size, context, d, n_layers = cases[case]
    got = checks.run(gpt_parameters, *cases[case])
    number = isinstance(got, int | float)
    checks.that(number, f"return a number, not a {type(got).__name__}.")
    checks.that(got == int(got), f"a number of parameters is whole; got {got}.")
    more = got - expected
    cause = next((f" Likely cause: {c}" for c, by in slips.items() if more == by[case]), "")
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
