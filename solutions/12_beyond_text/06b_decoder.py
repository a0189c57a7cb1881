# %% [markdown]
# ### Both ways
#
# The decoder's tokens are four **outputs**, learned vectors that will become three masks and their ratings, and the
# prompt's tokens. In a **two-way block** they talk to each other, ask the image tokens, think, and then the image
# tokens ask them: patch by patch, *am I part of what was clicked?* Without the way back, the image would stay as it was
# encoded, the same for every click.

# %% [markdown]
# ![Tokens attend among each other, then ask the image tokens, then go through a small network; then image tokens ask
# the tokens](figures/two_way.svg)
#
# *One block. Each arrow from the side carries keys and values; each sum goes through a norm.*


# %% given="two_layers"
def two_layers(d_in: int, d_hidden: int, d_out: int) -> nn.Sequential:
    """A small network with one hidden layer."""
    return nn.Sequential(nn.Linear(d_in, d_hidden), nn.GELU(), nn.Linear(d_hidden, d_out))


def image_block(d_model: int, n_heads: int) -> nn.Module:
    """A block of the image encoder, as in Lab 07; here PyTorch's own."""
    return nn.TransformerEncoderLayer(
        d_model,
        n_heads,
        4 * d_model,
        dropout=0.0,
        activation="gelu",
        batch_first=True,
        norm_first=True,
    )


# %% [markdown]
# ### Exercise 13 · A two-way block (3 points · 15 min · ●●●)
#
# `among`, `ask` and `answer` are PyTorch's attention: `self.ask(q, k, v, need_weights=False)[0]` is what the queries
# get. In `forward`:
#
# 1. the tokens attend among each other;
# 2. they ask the image tokens `x`;
# 3. each goes through `feed_forward`;
# 4. the image tokens ask the tokens, as they are by now.
#
# Each time, add what comes out to what went in, and apply the next of the four `norms` to the sum.
#
# Whoever asks or is asked should be known by its place: add `start` to tokens, `places` to image tokens, wherever they
# are **queries or keys**. Values stay as they are.
#
# <details><summary>Hint 1: the idea</summary>Four lines of the same form: norm(what was there + what came). Only the
# last one changes x.</details>
# <details><summary>Hint 2: the formula</summary>tokens ← norm(tokens + attention(tokens + start, x + places,
# x)).</details>
# <details><summary>Hint 3: the line</summary>In the fourth, <code>x + places</code> asks, <code>tokens + start</code>
# are the keys, <code>tokens</code> the values, and <code>self.norms[3]</code> is left.</details>


# %% solution="two_way"
class TwoWay(nn.Module):
    """Tokens and image tokens attend to each other, both ways (Kirillov et al., 2023).

    Args:
        d_model, n_heads: of both kinds of tokens.
    """

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.among, self.ask, self.answer = (
            nn.MultiheadAttention(d_model, n_heads, batch_first=True) for _ in range(3)
        )
        self.feed_forward = two_layers(d_model, 2 * d_model, d_model)
        self.norms = nn.ModuleList(nn.LayerNorm(d_model) for _ in range(4))

    def forward(
        self, tokens: torch.Tensor, x: torch.Tensor, start: torch.Tensor, places: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """One exchange.

        Args:
            tokens: (B, T, d_model), of outputs and prompts.
            x: (B, N, d_model), of the image.
            start: (B, T, d_model), the tokens as they were before the first block.
            places: (N, d_model), Fourier features of the patches.

        Returns:
            both, of the same shapes.
        """
        ### BEGIN SOLUTION
        q = tokens + start
        tokens = self.norms[0](tokens + self.among(q, q, tokens, need_weights=False)[0])
        q, k = tokens + start, x + places
        tokens = self.norms[1](tokens + self.ask(q, k, x, need_weights=False)[0])
        tokens = self.norms[2](tokens + self.feed_forward(tokens))
        q = tokens + start
        x = self.norms[3](x + self.answer(k, q, tokens, need_weights=False)[0])
        return tokens, x
        ### END SOLUTION


# %% data="two_way_referee"
# Data · Attention that answers with given numbers, for the checks
class Scripted(nn.Module):
    """In place of an attention: remembers who asked whom, and says what it was told to."""

    def __init__(self, says: torch.Tensor) -> None:
        super().__init__()
        self.says, self.heard = says, None

    def forward(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, **options: object
    ) -> tuple[torch.Tensor, None]:
        self.heard = {"queries": query, "keys": key, "values": value}
        return self.says, None


class Tripled(nn.Module):
    """In place of the small network."""

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return 3 * tokens.flip(-1)


# %% data="two_way_script"
# Data · Your block between scripted parts, for the checks
def own_bias(i: int) -> torch.Tensor:
    """What norm i adds, (4,)."""
    return checks.normal(4, seed=20 + i)


def normed(summed: torch.Tensor, i: int) -> torch.Tensor:
    """Sums (..., 4), through norm i of the scripted block."""
    return F.layer_norm(summed, (4,)) + own_bias(i)


def scripted_block() -> tuple[TwoWay, list[torch.Tensor], list[torch.Tensor]]:
    """Your block between scripted parts; what goes in; what its four steps make of the tokens and of x.

    Each norm adds numbers of its own, so that no other can stand in for it.
    """
    block = TwoWay(4, 2).double()
    tokens, x, start, places = (
        checks.normal(*shape, seed=i)
        for i, shape in enumerate([(2, 3, 4), (2, 5, 4), (2, 3, 4), (5, 4)])
    )
    said = [checks.normal(2, n, 4, seed=n + i) for i, n in enumerate((3, 3, 5))]
    for name, says in zip(("among", "ask", "answer"), said, strict=True):
        setattr(block, name, Scripted(says))
    block.feed_forward = Tripled()
    with torch.no_grad():
        for i, norm in enumerate(block.norms):
            norm.bias.copy_(own_bias(i))
    steps = [normed(tokens + said[0], 0)]
    steps.append(normed(steps[0] + said[1], 1))
    steps.append(normed(steps[1] + 3 * steps[1].flip(-1), 2))
    steps.append(normed(x + said[2], 3))
    return block, [tokens, x, start, places], steps


def told(name: str, part: Scripted, expected: dict[str, tuple[torch.Tensor, torch.Tensor]]) -> None:
    """Fails unless a part was asked with these queries, keys and values: each a tensor, and its place."""
    checks.that(part.heard is not None, f"self.{name} is not called.")
    for role, (what, place) in expected.items():
        wanted = what if role == "values" else what + place
        slips = {
            "queries and keys know their place: something is not added.": what,
            "values stay as they are; nothing is added to them.": what + place,
        }
        checks.close(f"the {role} of {name}", part.heard[role], wanted, slips=slips)


# %% check="two_way_tokens" points=1
block, (tokens, x, start, places), steps = scripted_block()
result = checks.unpack("forward", checks.run(block, tokens, x, start, places), "tokens", "x")
checks.shape("tokens", result[0], B=2, T=3, d_model=4)
told("among", block.among, dict.fromkeys(("queries", "keys", "values"), (tokens, start)))
with checks.hint("Among comes first; its sum goes through the first norm."):
    told("ask", block.ask, {"queries": (steps[0], start)})
told("ask", block.ask, {"keys": (x, places), "values": (x, places)})
slips = {
    "the last norm of the tokens is missing.": steps[1] + 3 * steps[1].flip(-1),
    "what goes into feed_forward is added to what comes out.": normed(3 * steps[1].flip(-1), 2),
    "feed_forward is missing.": normed(steps[1], 2),
}
for second, third in product(range(4), repeat=2):
    if (second, third) != (1, 2):
        cause = f"use the next of the four norms each time; yours are 0, {second} and {third}."
        asked_sum = normed(steps[0] + block.ask.says, second)
        slips[cause] = normed(asked_sum + 3 * asked_sum.flip(-1), third)
checks.close("the tokens that come out", result[0], steps[2], slips=slips)
checks.passed("the tokens attend among each other, ask the image and think")

# %% check="two_way_image" points=1
block, (tokens, x, start, places), steps = scripted_block()
result = checks.unpack("forward", checks.run(block, tokens, x, start, places), "tokens", "x")
checks.shape("x", result[1], B=2, N=5, d_model=4)
told("answer", block.answer, {"queries": (x, places)})
with checks.hint(
    "The image tokens ask last; the tokens that answer have been through three norms, one after the other."
):
    told("answer", block.answer, {"keys": (steps[2], start), "values": (steps[2], start)})
others = {
    f"use the next of the four norms; norms[{i}] is for tokens.": normed(x + block.answer.says, i)
    for i in range(3)
}
slips = others | {
    "x is added to what it gets.": normed(block.answer.says, 3),
    "the norm of x is missing.": x + block.answer.says,
    "x stays as it was; the image tokens ask, too.": x,
    "places are only added for asking; x itself stays without them.": (
        normed(x + places + block.answer.says, 3)
    ),
}
checks.close("the image tokens that come out", result[1], steps[3], slips=slips)
checks.passed("the image tokens ask the new tokens")

# %% check="two_way_real" points=1
torch.manual_seed(0)
block = TwoWay(8, 2).double()
tokens, start = checks.normal(3, 4, 8, seed=1), checks.normal(3, 4, 8, seed=2)
x, places = checks.normal(3, 6, 8, seed=3), checks.normal(6, 8, seed=4)
both = checks.unpack("forward", checks.run(block, tokens, x, start, places), "tokens", "x")
order = torch.tensor([2, 0, 5, 1, 4, 3])
moved = checks.run(block, tokens, x[:, order], start, places[order])
checks.close("the tokens, when the patches come in another order", moved[0], both[0])
checks.close("the patches, when they come in another order", moved[1], both[1][:, order])
alone = checks.run(block, tokens[1:2], x[1:2], start[1:2], places)
checks.close("the tokens of one image without the others", alone[0], both[0][1:2])
other_image = checks.run(block, tokens, x + 1, start, places)
checks.that(not torch.allclose(other_image[0], both[0]), "the tokens do not ask the image.")
other_tokens = checks.run(block, tokens.flip(1), x, start, places)
checks.that(not torch.allclose(other_tokens[1], both[1]), "the image does not ask the tokens.")
### BEGIN HIDDEN TESTS
with torch.no_grad():
    for i, norm in enumerate(block.norms):
        norm.weight.copy_(1 + 0.3 * checks.normal(8, seed=10 + i))
        norm.bias.copy_(0.3 * checks.normal(8, seed=20 + i))


def given_attention(layer: nn.MultiheadAttention, *qkv: torch.Tensor) -> torch.Tensor:
    return layer(*qkv)[0]


first = block.norms[0](
    tokens + given_attention(block.among, tokens + start, tokens + start, tokens)
)
second = block.norms[1](first + given_attention(block.ask, first + start, x + places, x))
third = block.norms[2](second + block.feed_forward(second))
fourth = block.norms[3](x + given_attention(block.answer, x + places, third + start, third))
got = checks.run(block, tokens, x, start, places)
checks.close("the tokens of a block with norms of its own", got[0], third)
checks.close("the image tokens of a block with norms of its own", got[1], fourth)
### END HIDDEN TESTS
checks.passed("with real attention: patches may come in any order, images stay apart")

# %% [markdown]
# ### From tokens to masks
#
# An output token becomes a mask without another layer: a small network makes of it one **weight** for each feature of a
# pixel, and the mask's logit at a pixel is their dot product. By hand: pixels (2, 1), (0, 3) and weights (1, −1) give
# logits 1 and −3; the first pixel belongs to the mask, the second does not. So the token says what to look for, and
# every pixel is looked at.

# %% [markdown]
# ### Exercise 14 · Three masks, one chosen (2 points · 8 min · ●○○)
#
# `mask_logits`: weights `(B, M, channels)` of M masks, pixels `(B, channels, H, W)` → logits `(B, M, H, W)`.
#
# `rated_best`: of logits `(B, M, H, W)`, and `predicted` `(B, M)`, what the model thinks of each mask, return for each
# image the mask that it rates best: `(B, H, W)` bool, True where the logit is above 0.
#
# <details><summary>Hint 1: the idea</summary>A sum over the channels; and an index for each image.</details>
# <details><summary>Hint 2: the formula</summary>logit[b, m, h, w] = Σ_c weights[b, m, c] · pixels[b, c, h,
# w].</details>
# <details><summary>Hint 3: the line</summary><code>torch.einsum</code> takes that formula as it stands; two index
# tensors of length B, <code>torch.arange(B)</code> and the argmax, pick one mask each.</details>


# %% solution="mask_logits"
def mask_logits(weights: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
    """Weights (B, M, channels) of masks, pixels (B, channels, H, W) → logits (B, M, H, W)."""
    ### BEGIN SOLUTION
    return torch.einsum("bmc,bchw->bmhw", weights, pixels)
    ### END SOLUTION


# %% check="mask_logits_values" points=1
weights = torch.tensor([[[1.0, -1], [0, 2], [1, 1]], [[0.0, 0], [1, 0], [0, 1]]])
pixels = torch.tensor([[[2.0, 0], [1, 3]], [[4, 5], [-1, 7]]])[:, :, None]
got = checks.run(mask_logits, weights, pixels)
checks.shape("mask_logits", got, B=2, M=3, H=1, W=2)
right = torch.tensor([[[1.0, -3], [2, 6], [3, 3]], [[0, 0], [4, 5], [-1, 7]]])[:, :, None]
one_weights, one_pixels = right.clone(), right.clone()
one_weights[1] = torch.tensor([[5.0, -2], [-2, 14], [3, 12]])[:, None]
one_pixels[1] = torch.tensor([[0.0, 0], [2, 0], [1, 3]])[:, None]
slips = {
    "each image has weights of its own.": one_weights,
    "each image has pixels of its own.": one_pixels,
    "the logit is a sum over the channels, not a mean.": right / 2,
    "no sigmoid here: logits are asked for.": right.sigmoid(),
    "no softmax here: logits are asked for.": right.softmax(dim=1),
}
checks.close("two images of two pixels, three masks", got, right, slips=slips)
w, p = checks.normal(3, 4, 6, seed=0), checks.normal(3, 6, 5, 7, seed=1)
got = checks.run(mask_logits, w, p)
checks.shape("of 4 masks and 5 × 7 pixels", got, B=3, M=4, H=5, W=7)
### BEGIN HIDDEN TESTS
kernels = [F.conv2d(one[None], rows[:, :, None, None])[0] for one, rows in zip(p, w, strict=True)]
checks.close("a convolution of 1 × 1 does the same", got, torch.stack(kernels))
### END HIDDEN TESTS
checks.passed("a dot product at each pixel")


# %% solution="rated_best"
def rated_best(logits: torch.Tensor, predicted: torch.Tensor) -> torch.Tensor:
    """Logits (B, M, H, W), predicted IoUs (B, M) → the mask rated best, (B, H, W) bool."""
    ### BEGIN SOLUTION
    best = predicted.argmax(dim=1)  # (B,)
    return logits[torch.arange(len(logits), device=logits.device), best] > 0
    ### END SOLUTION


# %% check="rated_best_values" points=1
logits = checks.normal(2, 3, 4, 5, seed=0)
predicted = torch.tensor([[0.2, 0.9, 0.4], [0.3, 0.1, 0.8]], dtype=torch.float64)
got = checks.run(rated_best, logits, predicted)
checks.shape("rated_best", got, B=2, H=4, W=5)
checks.that(got.dtype == torch.bool, f"expected bool, got {got.dtype}: which logits are above 0?")
right = torch.stack([logits[0, 1], logits[1, 2]]) > 0
slips = {
    "the mask with the lowest rating; take the highest.": logits[[0, 1], [0, 1]] > 0,
    "always the first mask.": logits[:, 0] > 0,
    "each image has ratings of its own.": logits[:, 1] > 0,
    "a probability above 0.5 is a logit above 0.": logits[[0, 1], [1, 2]] > 0.5,
    "True is inside, where the logit is above 0.": ~right,
}
differ = {cause: wrong.double() for cause, wrong in slips.items()}
checks.close("the masks rated best", got.double(), right.double(), slips=differ)
### BEGIN HIDDEN TESTS
logits, predicted = checks.normal(7, 4, 3, 6, seed=1), checks.normal(7, 4, seed=2)
got = checks.run(rated_best, logits, predicted)
wanted = torch.stack(
    [m[int(r.topk(1).indices)] > 0 for m, r in zip(logits, predicted, strict=True)]
)
checks.that(torch.equal(got, wanted), "seven images, four masks: not the masks rated best.")
### END HIDDEN TESTS
checks.passed("one mask for each image, the one rated best")

# %% [markdown]
# Now all parts together. `encode` runs once for each image: a few convolutions give features of **pixels**, and a ViT
# reads them patch by patch. `decode` runs at each click. Two things differ from the paper. A click's token also gets
# what the encoder saw at that place. And a rating **sees its mask**: what it covers, what it leaves out, how the three
# overlap. Ratings made of a token alone could not know which mask came out well, and said almost the same of every box.


# %% given="encoder"
class ImageEncoder(nn.Module):
    """What runs once for each image: a ViT on the features of a few convolutions.

    Args:
        d_model, n_heads: of all tokens.
        n_layers: blocks.
        channels: features of a pixel.
        patch: side of a patch, which divides WINDOW.
    """

    def __init__(
        self, d_model: int, n_layers: int, n_heads: int, channels: int, patch: int
    ) -> None:
        super().__init__()
        self.patch, self.side = patch, WINDOW // patch  # of the grid of tokens
        self.register_buffer("frequencies", torch.randn(2, d_model // 2))
        sizes = (3, channels, channels, channels)
        first, *others = (nn.Conv2d(a, b, 3, padding=1) for a, b in pairwise(sizes))
        self.pixels = nn.Sequential(first, *(m for conv in others for m in (nn.ReLU(), conv)))
        self.patches = nn.Conv2d(channels, d_model, patch, stride=patch)
        self.blocks = nn.ModuleList(image_block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)

    def places(self) -> torch.Tensor:
        """Fourier features of the middles of the patches, (N, d_model)."""
        middle = (torch.arange(self.side, device=self.frequencies.device) + 0.5) / self.side
        xy = torch.cartesian_prod(middle, middle).flip(1)  # (N, 2), row by row
        return fourier_features(xy, self.frequencies)

    def encode(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Images (B, 3, H, W) from 0 to 1 → image tokens (B, N, d_model), pixels (B, channels, H, W)."""
        pixels = self.pixels(images)
        x = self.patches(F.relu(pixels)).flatten(2).mT + self.places()
        for block in self.blocks:
            x = block(x)
        return self.norm(x), pixels


# %% given="covered"
def covered(logits: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
    """What a rating sees of each mask: what it covers, what it leaves out, how the three overlap.

    Args:
        logits: (B, 3, H, W), of the masks.
        features: (B, channels, H, W), of the pixels.

    Returns:
        (B, 3, 2 · channels + 6); its gradient does not reach the masks: a rating should not change what it rates.
    """
    inside = logits.detach().sigmoid()
    means = []
    for share in (inside, 1 - inside):
        total = torch.einsum("bmhw,bchw->bmc", share, features)
        means.append(total / (share.sum(dim=(2, 3)) + 1)[..., None])  # (B, 3, channels)
    both = torch.einsum("bmhw,bnhw->bmn", inside, inside)
    lies_in = (
        both / (inside.sum(dim=(2, 3)) + 1)[..., None]
    )  # (B, 3, 3), of the first in the second
    return torch.cat([*means, lies_in, lies_in.mT], dim=-1)


# %% given="segmenter"
class Segmenter(ImageEncoder):
    """The encoder, and what runs at each click; the arguments are the encoder's."""

    def __init__(
        self, d_model: int, n_layers: int, n_heads: int, channels: int, patch: int
    ) -> None:
        super().__init__(d_model, n_layers, n_heads, channels, patch)
        self.kinds = nn.Parameter(torch.randn(5, d_model))  # of prompt tokens
        self.under = nn.Linear(d_model + channels, d_model)
        self.outputs = nn.Parameter(torch.randn(4, d_model))  # three masks, their IoUs
        self.two_way = nn.ModuleList(TwoWay(d_model, n_heads) for _ in range(2))
        self.enlarge = nn.ConvTranspose2d(d_model, channels, patch, stride=patch)
        self.to_weights = nn.ModuleList(two_layers(d_model, d_model, channels) for _ in range(3))
        self.to_iou = two_layers(2 * channels + 6 + d_model, d_model, 1)

    def prompts(
        self, x: torch.Tensor, pixels: torch.Tensor, points: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        """Prompt tokens (B, K, d_model); those of clicks also say what the encoder saw there."""
        tokens = prompt_tokens(fourier_features(points, self.frequencies), labels, self.kinds)
        column, row = (points * WINDOW).long().clamp(0, WINDOW - 1).unbind(-1)  # (B, K)
        one = torch.arange(len(x), device=x.device)[:, None]
        token = x[one, row // self.patch * self.side + column // self.patch]
        under = self.under(torch.cat([token, pixels[one, :, row, column]], dim=-1))
        is_click = (labels == 0) | (labels == 1)
        return tokens + under * is_click[..., None]

    def decode(
        self, x: torch.Tensor, pixels: torch.Tensor, points: torch.Tensor, labels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What encode returns, points (B, K, 2), labels (B, K) → logits (B, 3, H, W), IoUs (B, 3)."""
        prompts = self.prompts(x, pixels, points, labels)
        start = torch.cat([self.outputs.expand(len(x), -1, -1), prompts], dim=1)
        tokens, places = start, self.places()
        for block in self.two_way:
            tokens, x = block(tokens, x, start, places)
        large = self.enlarge(x.mT.unflatten(2, (self.side, self.side)))  # (B, channels, H, W)
        features = F.relu(large + pixels)
        weights = [layer(tokens[:, i]) for i, layer in enumerate(self.to_weights)]
        logits = mask_logits(torch.stack(weights, dim=1), features)
        seen = covered(logits, features), tokens[:, 3:4].expand(-1, 3, -1)
        return logits, self.to_iou(torch.cat(seen, dim=-1)).squeeze(-1).sigmoid()
