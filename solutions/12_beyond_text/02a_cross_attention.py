# %% [markdown]
# ## 2 · Words steer it
#
# Real images have no formula for their velocity, so a network learns it. What loss? The velocity of one image and one
# noise is known, you computed it in Exercise 2. Given only $x_t$, many pairs are possible, and the least squared
# error picks the mean over all of them. That is what a step back needs: it was the mean in the Gaussian of section 1,
# too.
#
# And how do words get in? As in the decoder of Lab 05: one side asks, the other answers. Here the **image tokens ask,
# the words answer**. An image token looks for what belongs at its place, and takes from the words what fits. Stable
# Diffusion does it so in most blocks of its network ([Rombach et al., 2022](https://arxiv.org/abs/2112.10752)).

# %% [markdown]
# ![An image cut into patches on the left gives queries, the words of a prompt on the right give keys and values; the
# weights form a table of patches by words](figures/cross_attention.svg)
#
# *Each row of weights sums to 1: what a patch takes from the words.*

# %% [markdown]
# ### Exercise 5 · Image tokens ask, words answer (3 points · 15 min · ●●○)
#
# Return what each image token gets from the words, and the weights, which you look at in section 3.
#
# - `x` `(B, N, d_model)` are image tokens, `words` `(B, S, d_model)` are word vectors.
# - The four matrices are (d_model, d_model): q = x W_qᵀ, k = words W_kᵀ, v = words W_vᵀ, as in `F.linear`. Each head
#   has d_model / n_heads neighboring features. The heads are joined again, and go through W_o.
# - The weights are `(B, n_heads, N, S)`, the result `(B, N, d_model)`.
#
# <details><summary>Hint 1: the idea</summary>Self-attention, but keys and values come from elsewhere, so that the
# table of weights is not square.</details>
# <details><summary>Hint 2: the formula</summary>weights = softmax(q kᵀ / √d_head), over the words; result = weights ·
# v, heads joined, times W_oᵀ.</details>
# <details><summary>Hint 3: the line</summary><code>q.unflatten(2, (n_heads, -1)).transpose(1, 2)</code> is (B,
# n_heads, N, d_head).</details>


# %% solution="cross_attention"
def cross_attention(
    x: torch.Tensor,
    words: torch.Tensor,
    W_q: torch.Tensor,
    W_k: torch.Tensor,
    W_v: torch.Tensor,
    W_o: torch.Tensor,
    n_heads: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Image tokens ask and words answer.

    Args:
        x: (B, N, d_model), image tokens.
        words: (B, S, d_model).
        W_q, W_k, W_v, W_o: (d_model, d_model), applied as F.linear does.
        n_heads: divides d_model.

    Returns:
        what each image token gets (B, N, d_model), and the weights (B, n_heads, N, S).
    """
    ### BEGIN SOLUTION
    q, k, v = (
        F.linear(tokens, W).unflatten(2, (n_heads, -1)).transpose(1, 2)  # (B, n_heads, …, d_head)
        for tokens, W in ((x, W_q), (words, W_k), (words, W_v))
    )
    weights = (q @ k.mT / q.shape[-1] ** 0.5).softmax(dim=-1)  # (B, n_heads, N, S)
    mixed = (weights @ v).transpose(1, 2).flatten(2)  # (B, N, d_model)
    return F.linear(mixed, W_o), weights
    ### END SOLUTION


# %% data="cross_attention_referee"
# Data · Tokens, words and matrices, for the checks
def asking(
    B: int = 2, N: int = 5, S: int = 3, d_model: int = 8
) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
    """Image tokens (B, N, d_model), words (B, S, d_model), and four matrices (d_model, d_model)."""
    matrices = [checks.normal(d_model, d_model, seed=seed) / 2 for seed in range(4)]
    return checks.normal(B, N, d_model, seed=4), checks.normal(B, S, d_model, seed=5), matrices


# %% check="cross_attention_shapes" points=1
x, words, matrices = asking()
got = checks.run(cross_attention, x, words, *matrices, 2)
result, weights = checks.unpack("cross_attention", got, "the result", "the weights")
checks.shape("the weights", weights, B=2, n_heads=2, N=5, S=3)
checks.shape("the result", result, B=2, N=5, d_model=8)
total = weights.sum(dim=-1)
slips = {"the softmax runs over the image tokens; it runs over the words.": total.detach()}
flat = weights.sum(dim=-2)
checks.close(
    "the sum of a token's weights over the words",
    total,
    torch.ones_like(total),
    slips=slips if torch.allclose(flat, torch.ones_like(flat)) else None,
)
checks.passed("each image token's weights over the words sum to 1")

# %% check="cross_attention_values" points=1
x, words, matrices = asking()
attention = nn.MultiheadAttention(8, 2, bias=False, batch_first=True, dtype=torch.float64)
with torch.no_grad():
    attention.in_proj_weight.copy_(torch.cat(matrices[:3]))
    attention.out_proj.weight.copy_(matrices[3])
    right, right_weights = attention(x, words, words, average_attn_weights=False)
    asked_itself = attention(x, x, x)[0]
    attention.out_proj.weight.copy_(torch.eye(8))
    not_projected = attention(x, words, words)[0]
    attention.in_proj_weight.copy_(torch.cat([matrix.mT for matrix in matrices[:3]]))
    turned_weights = attention(x, words, words, average_attn_weights=False)[1]
q, k = (x @ matrices[0].mT).view(2, 2, 5, 4), (words @ matrices[1].mT).view(2, 2, 3, 4)
scrambled = not_projected.unflatten(2, (2, 4)).transpose(1, 2).reshape(2, 5, 8)
got = checks.run(cross_attention, x, words, *matrices, 2)
result, weights = checks.unpack("cross_attention", got, "the result", "the weights")
slips = {
    "the scores are not divided by √d_head.": F.softmax(right_weights.log() * 2, dim=-1),
    "the scores are divided by √d_model; a head has d_head features.": F.softmax(
        right_weights.log() / 2**0.5, dim=-1
    ),
    "the matrices are applied as in F.linear: x W.T, not x W.": turned_weights,
    "split d_model into heads first, then move the heads forward with transpose.": F.softmax(
        q @ k.mT / 2, dim=-1
    ),
}
checks.close("the weights", weights, right_weights, slips=slips)
slips = {
    "the image asked itself: keys and values come from the words.": asked_itself,
    "W_o is missing.": not_projected,
    "before the heads are joined, they go back behind the tokens with transpose.": scrambled
    @ matrices[3].mT,
    "W_o is applied as in F.linear: x W_o.T.": not_projected @ matrices[3],
}
checks.close("the result", result, right, slips=slips)
### BEGIN HIDDEN TESTS
x, words, matrices = asking(3, 4, 7, 6)
attention = nn.MultiheadAttention(6, 3, bias=False, batch_first=True, dtype=torch.float64)
with torch.no_grad():
    attention.in_proj_weight.copy_(torch.cat(matrices[:3]))
    attention.out_proj.weight.copy_(matrices[3])
    right = attention(x, words, words)[0]
checks.close(
    "three heads, seven words", checks.run(cross_attention, x, words, *matrices, 3)[0], right
)
### END HIDDEN TESTS
checks.passed("weights and result are those of PyTorch's own module")

# %% check="cross_attention_properties" points=1
x, words, matrices = asking()
got = checks.run(cross_attention, x, words, *matrices, 4)
result, weights = checks.unpack("cross_attention", got, "the result", "the weights")
order = torch.tensor([2, 0, 1])
other = checks.run(cross_attention, x, words[:, order], *matrices, 4)
checks.close("the result for words in another order", other[0], result)
checks.close("their weights", other[1], weights[..., order])
same = checks.run(cross_attention, x, words[:, :1].repeat(1, 3, 1), *matrices, 4)
alone = (words[:, :1] @ matrices[2].mT @ matrices[3].mT).expand(2, 5, 8)
checks.close("the result where all words are the same one", same[0], alone)
checks.that(result.abs().sum() > 0, "every value of the result is zero.")
checks.passed("the order of the words does not matter, and equal words answer alike")

# %% [markdown]
# The rest of a block you know: self-attention among the image tokens, so that they agree with each other, and a small
# network for each. What is new is the time $t$: the network must know how much noise there is. A vector made of it
# scales and shifts what goes into the first and the last part, and scales what comes out, much as in the **DiT** of
# [Peebles and Xie (2023)](https://arxiv.org/abs/2212.09748); Stable Diffusion 3 is of this kind.


# %% given="block"
class Asking(nn.Module):
    """The matrices of your cross_attention; `asked` keeps the last weights, (B, n_heads, N, S)."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.W = nn.ParameterList(torch.randn(d_model, d_model) / d_model**0.5 for _ in range(4))
        self.n_heads = n_heads

    def forward(self, x: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        result, weights = cross_attention(x, words, *self.W, self.n_heads)
        self.asked = weights.detach()
        return result


class Block(nn.Module):
    """Self-attention, words, feed-forward; the first and the last are scaled and shifted by the time."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(
            nn.LayerNorm(d_model, elementwise_affine=False) for _ in range(3)
        )
        self.qkv, self.out = nn.Linear(d_model, 3 * d_model), nn.Linear(d_model, d_model)
        self.words = Asking(d_model, n_heads)
        wide = nn.Linear(d_model, 4 * d_model), nn.GELU(), nn.Linear(4 * d_model, d_model)
        self.feed_forward = nn.Sequential(*wide)
        self.by_time = nn.Linear(d_model, 6 * d_model)
        nn.init.zeros_(self.by_time.weight)
        nn.init.zeros_(self.by_time.bias)

    def among(self, x: torch.Tensor) -> torch.Tensor:
        """Self-attention among the image tokens (B, N, d_model)."""
        heads = self.qkv(x).unflatten(2, (3, self.words.n_heads, -1)).permute(2, 0, 3, 1, 4)
        return self.out(F.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2))

    def forward(self, x: torch.Tensor, words: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Image tokens (B, N, d_model), words (B, S, d_model), the time as vectors (B, d_model)."""
        scale, shift, gate, scale2, shift2, gate2 = self.by_time(time)[:, None].chunk(6, dim=-1)
        x = x + (1 + gate) * self.among(self.norms[0](x) * (1 + scale) + shift)
        x = x + self.words(self.norms[1](x), words)
        return x + (1 + gate2) * self.feed_forward(self.norms[2](x) * (1 + scale2) + shift2)


# %% [markdown]
# Around the blocks stand two more parts. The words read each other before they answer, in one encoder layer of Lab
# 05: *red* alone does not know which of two shapes it belongs to; Stable Diffusion has a whole text encoder for that.
# And the head says what *image* it sees behind the noise, which the circle turns into a velocity, $v = (\cos\varphi\;
# x_t - \hat x_0) / \sin\varphi$. Images are simpler than noise, so a small network predicts them better ([Li and He,
# 2025](https://arxiv.org/abs/2511.13720)). The code holds the divisor at 0.15 or above: near $t = 0$ it would blow a
# small error of the image up, and the loss with it. The price: of 20 steps the last one, at $t = 0.05$, leaves some
# of the noise, faint speckles on white.


# %% given="denoiser"
class Denoiser(nn.Module):
    """A small diffusion transformer: noisy images, times and prompts → velocities.

    Args:
        channels, side: of the images. They are cut into patches of patch × patch.
        n_words, vocabulary: words of a prompt, and how many words there are; id 0 is "nothing".
    """

    def __init__(
        self,
        channels: int,
        side: int,
        patch: int,
        n_words: int,
        vocabulary: int,
        d_model: int,
        n_layers: int,
        n_heads: int,
    ) -> None:
        super().__init__()
        self.patch, self.side = patch, side // patch  # of the grid of tokens
        self.patches = nn.Linear(channels * patch**2, d_model)
        self.places = nn.Parameter(0.02 * torch.randn(self.side**2, d_model))
        self.words = nn.Embedding(vocabulary, d_model)
        self.word_places = nn.Parameter(0.5 * torch.randn(n_words, d_model))
        self.reader = nn.TransformerEncoderLayer(
            d_model, n_heads, 4 * d_model, dropout=0.0, batch_first=True, norm_first=True
        )
        frequencies = torch.exp(torch.linspace(0, math.log(100), d_model // 2))
        self.register_buffer("frequencies", frequencies, persistent=False)
        hidden = nn.Linear(d_model, d_model), nn.SiLU(), nn.Linear(d_model, d_model), nn.SiLU()
        self.time = nn.Sequential(*hidden)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm, self.head = nn.LayerNorm(d_model), nn.Linear(d_model, channels * patch**2)
        nn.init.zeros_(self.head.weight)

    def forward(self, x: torch.Tensor, t: torch.Tensor, prompts: torch.Tensor) -> torch.Tensor:
        """x (B, channels, side, side), t (B,) and prompts (B, n_words) of ids → v, as x."""
        waves = t[:, None] * self.frequencies
        time = self.time(torch.cat([waves.sin(), waves.cos()], dim=1))  # (B, d_model)
        words = self.reader(self.words(prompts) + self.word_places)  # (B, n_words, d_model)
        tokens = self.patches(F.pixel_unshuffle(x, self.patch).flatten(2).mT) + self.places
        for block in self.blocks:
            tokens = block(tokens, words, time)  # (B, N, d_model)
        pixels = self.head(self.norm(tokens)).mT.unflatten(2, (self.side, self.side))
        image = F.pixel_shuffle(pixels, self.patch)  # what it sees behind the noise
        phi = t[:, None, None, None] * math.pi / 2
        return (phi.cos() * x - image) / phi.sin().clamp(min=0.15)
