# %% [markdown]
# ## 3 · The Vision Transformer
#
# A transformer reads vectors. Your patches are vectors already, of $3 \cdot 4^2 = 48$ numbers each. What is missing?
#
# 1. A **patch embedding**: one linear layer from 48 to `d_model` numbers.
# 2. A place to collect the answer. Either a learned vector, the **class token**, is put in front of the
#    patches, and its output is read at the end. Or there is none, and the outputs of all patches are averaged.
# 3. **Positions**: one learned vector per token, added once. Nothing else tells the model where a patch was.
# 4. Blocks as in Lab 05, without a mask: each patch may attend to all. A last normalization and a linear head.
#
# There is no convolution in it, and no word about neighbors: locality must be learned ([Dosovitskiy et al.,
# 2021](https://arxiv.org/abs/2010.11929)).

# %% [markdown]
# ![From the patches up: patch_embedding, class_token, positions, blocks, norm, pooling, head](figures/vit.svg)
#
# *The names are those of the attributes that you write. Each block adds what attention and feed_forward give to what
# came in. The positions are numbered for `pool="token"`; with `pool="mean"` there is no class token, and T = N.*


# %% given="attention"
class Attention(nn.Module):
    """Multi-head self-attention on PyTorch's fused kernel; every token may attend to every token."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.qkv, self.out = nn.Linear(d_model, 3 * d_model), nn.Linear(d_model, d_model)

    def project(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """x (B, T, d_model) → q, k, v, each (B, n_heads, T, d_head)."""
        parts = self.qkv(x).chunk(3, dim=-1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in parts)
        return q, k, v

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.scaled_dot_product_attention(*self.project(x))  # (B, n_heads, T, d_head)
        return self.out(y.transpose(1, 2).flatten(2))  # (B, T, d_model)


# %% given="block"
class Block(nn.Module):
    """A pre-LN transformer block."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.attention = Attention(d_model, n_heads)
        self.feed_forward = nn.Sequential(
            nn.Linear(d_model, 4 * d_model), nn.GELU(), nn.Linear(4 * d_model, d_model)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.norm1(x))  # (B, T, d_model)
        return x + self.feed_forward(self.norm2(x))


def patches_of(x: torch.Tensor, patch: int) -> torch.Tensor:
    """What `patchify` returns, made by PyTorch: x (B, C, H, W) → (B, N, C · patch · patch)."""
    return F.pixel_unshuffle(x, patch).flatten(2).mT


# %% [markdown]
# ### Exercise 5 · The Vision Transformer (4 points · 25 min · ●●○)
#
# Write the model. `forward` turns normalized images `(B, 3, H, W)` of `image` × `image` pixels into logits
# `(B, n_classes)`. Cut them with `patches_of`. Name the parts as the later sections do:
#
# | attribute | what |
# |---|---|
# | `patch_embedding` | `nn.Linear`, with a bias |
# | `class_token` | `nn.Parameter` `(d_model,)`, at first zero or small; the first token; only if `pool="token"` |
# | `position_embedding` | `nn.Parameter` `(T, d_model)`: a row for every token, the class token too |
# | `blocks`, `norm`, `head` | `nn.ModuleList` of `Block`, `nn.LayerNorm`, `nn.Linear` |
#
# Draw the positions with standard deviation 0.02. After the blocks comes `norm`, then the pooling: the class
# token's vector, or for `pool="mean"` the average over the tokens. Then the head. No dropout.
#
# <details><summary>Hint 1: the idea</summary>Embed, put the class token in front, add the positions, run the
# blocks, normalize, pool, classify.</details>
# <details><summary>Hint 2: the formula</summary>N = (image / patch)²; T = N + 1 with a class token, otherwise N. The
# class token is the same vector for all B images.</details>
# <details><summary>Hint 3: the line</summary><code>self.class_token.expand(len(x), 1, -1)</code> is
# (B, 1, d_model); <code>torch.cat([…], dim=1)</code> joins along the tokens.</details>


# %% solution="vit"
class ViT(nn.Module):
    """A Vision Transformer (Dosovitskiy et al., 2021).

    Args:
        d_model, n_layers, n_heads: the blocks.
        patch, image: side of a patch and of an image, in pixels; the first divides the second.
        n_classes: how many logits.
        pool: "token" reads the class token, "mean" averages over the patches.
    """

    def __init__(
        self,
        d_model: int,
        n_layers: int,
        n_heads: int,
        patch: int = 4,
        image: int = 32,
        n_classes: int = 10,
        pool: str = "token",
    ) -> None:
        ### BEGIN SOLUTION
        super().__init__()
        self.patch, self.pool = patch, pool
        T = (image // patch) ** 2 + (pool == "token")
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
        self.patch_embedding = nn.Linear(3 * patch**2, d_model)
        self.position_embedding = nn.Parameter(0.02 * torch.randn(T, d_model))
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm, self.head = nn.LayerNorm(d_model), nn.Linear(d_model, n_classes)
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalized images x (B, 3, image, image) → logits (B, n_classes)."""
        ### BEGIN SOLUTION
        x = self.patch_embedding(patches_of(x, self.patch))  # (B, N, d_model)
        if self.pool == "token":
            x = torch.cat([self.class_token.expand(len(x), 1, -1), x], dim=1)  # (B, T, d_model)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        pooled = x[:, 0] if self.pool == "token" else x.mean(dim=1)  # (B, d_model)
        return self.head(pooled)
        ### END SOLUTION


# %% data="vit_for_check"
# Data · Your model with parameters drawn anew, for the checks
def vit_for_check(seed: int, **sizes: int | str) -> nn.Module:
    """A student's model with the parts that it needs, every parameter drawn anew, so that each of them matters."""
    small = {"d_model": 12, "n_layers": 3, "n_heads": 2, "patch": 4, "image": 12, "n_classes": 7}
    model = checks.run(ViT, **(small | sizes))
    kinds = {"patch_embedding": nn.Linear, "position_embedding": nn.Parameter, "head": nn.Linear}
    kinds |= {"norm": nn.LayerNorm, "blocks": (nn.ModuleList, nn.Sequential, list)}
    token = (small | sizes).get("pool", "token") == "token"
    for name, kind in (kinds | ({"class_token": nn.Parameter} if token else {})).items():
        missing = f"the model has no attribute {name}; later sections need it."
        checks.that(hasattr(model, name), missing)
        found = getattr(model, name)
        checks.that(isinstance(found, kind), f"{name} is a {type(found).__name__}; see the table.")
    sizes = small | sizes
    wanted, got = (
        (sizes["d_model"], 3 * sizes["patch"] ** 2),
        tuple(model.patch_embedding.weight.shape),
    )
    patches = f"patch_embedding with patch={sizes['patch']}"
    checks.that(got == wanted, f"{patches}: expected a weight of {wanted}, got {got}.")
    rows = tuple(model.position_embedding.shape)
    checks.that(len(rows) == 2, f"position_embedding: expected (T, d_model), got {rows}.")
    if token:
        got = tuple(model.class_token.shape)
        wanted = f"class_token: expected (d_model,) = ({sizes['d_model']},), got {got}."
        checks.that(got == (sizes["d_model"],), wanted)
    heads = {block.attention.n_heads for block in model.blocks}
    cause = (
        f"n_heads={sizes['n_heads']}: the blocks have {heads} heads. Hand n_heads over to Block."
    )
    checks.that(heads == {sizes["n_heads"]}, cause)
    left_over = not token and isinstance(getattr(model, "class_token", None), nn.Parameter)
    checks.that(not left_over, 'with pool="mean" there is no class token.')
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.4 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


# %% data="vit_referee"
# Data · PyTorch's layers with your weights, for the checks
def vit_by_torch(model, x, wrong="", pool="token", patch=4, blocks=None):
    """The model's logits, computed by PyTorch's layers from its weights; `wrong` and `blocks` make mistakes."""
    weight, bias = model.patch_embedding.weight, model.patch_embedding.bias
    d, places, layers = len(weight), model.position_embedding, []
    for block in model.blocks if blocks is None else blocks:
        options = {"activation": "gelu", "batch_first": True, "norm_first": True}
        layer = nn.TransformerEncoderLayer(d, block.attention.n_heads, 4 * d, 0.0, **options)
        first, second = block.feed_forward[0], block.feed_forward[2]
        pairs = [(layer.self_attn.out_proj, block.attention.out), (layer.linear1, first)]
        pairs += [(layer.linear2, second), (layer.norm1, block.norm1), (layer.norm2, block.norm2)]
        for theirs, ours in pairs:
            theirs.load_state_dict(ours.state_dict())
        layer.self_attn.in_proj_weight.data = block.attention.qkv.weight.data
        layer.self_attn.in_proj_bias.data = block.attention.qkv.bias.data
        layers.append(layer)
    kernel = weight.view(d, x.shape[1], patch, patch)
    y = F.conv2d(x, kernel, bias, stride=patch).flatten(2)
    y = y.unflatten(2, (x.shape[2] // patch, -1)).mT.flatten(2).mT if wrong == "columns" else y.mT
    wanted = y.shape[1] + (pool == "token")
    positions = f"position_embedding: expected {wanted} positions, got {len(places)}."
    checks.that(len(places) == wanted, positions)
    if pool == "token":
        token = model.class_token.view(1, 1, d).expand(len(y), 1, d)
        ahead = [y, token] if wrong in ("last", "last first") else [token, y]
        late = wrong == "patches only"  # positions are added before the class token comes
        y = torch.cat([token, y + places[1:]], 1) if late else torch.cat(ahead, 1) + places
        y = y - places if wrong == "no positions" else y
        y = y + places if wrong == "twice" else y
    else:
        y = y + (0 if wrong == "no positions" else places)
    for layer in layers:
        y = layer(y)
    y = y if wrong in ("no norm", "norm after") else model.norm(y)
    reads = {"last": y[:, -1], "last first": y[:, 0], "reads last": y[:, -1], "mean": y.mean(1)}
    reads |= {"sum": y.sum(1), "max": y.amax(1), "first": y[:, 0], "no token": y[:, 1:].mean(1)}
    y = reads.get(wrong, y[:, 0] if pool == "token" else y.mean(1))
    y = model.norm(y) if wrong == "norm after" else y
    return F.linear(y, model.head.weight, model.head.bias).detach()


# %% check="vit_shape_and_count" points=1
block = sum(p.numel() for p in Block(12, 2).parameters())
for kind, T, p, image in (("token", 10, 4, 12), ("mean", 9, 4, 12), ("mean", 16, 2, 8)):
    model = vit_for_check(1, pool=kind, patch=p, image=image)
    got = tuple(model.position_embedding.shape)
    causes = {
        (9, 12): "the class token needs a position too.",
        (10, 12): "there is no class token here.",
    } | dict.fromkeys(
        [(64, 12), (65, 12)], "these are the patches of 32 × 32 pixels; use `image` and `patch`."
    )
    cause = f" Likely cause: {causes[got]}" if got in causes else ""
    N = (image // p) ** 2
    wanted = f'position_embedding with pool="{kind}", {N} patches: expected ({T}, 12), got {got}.'
    checks.that(got == (T, 12), wanted + cause)
    for B in (5, 1):
        got = checks.run(model, checks.normal(B, 3, image, image, seed=B).float())
        checks.shape(f'the logits with pool="{kind}"', got, batch=B, n_classes=7)
    expected = (3 * p**2 + 1 + T + (kind == "token")) * 12 + 3 * block + 24 + 12 * 7 + 7
    slips = {
        "the blocks are not registered: a plain list hides them. Use nn.ModuleList.": expected
        - 3 * block,
        "all layers share one block; make n_layers of them.": expected - 2 * block,
        "the patch embedding lacks its bias.": expected - 12,
        "the head lacks its bias.": expected - 7,
    }
    name = f'ViT(12, 3, 2, patch={p}, image={image}, n_classes=7, pool="{kind}")'
    checks.parameter_count(name, model, expected, slips)
checks.run(model.to(place), checks.normal(2, 3, image, image, seed=3).float().to(place))
checks.passed("logits for both ways of pooling, and the right number of parameters")

# %% check="vit_class_token" points=1
model, x = vit_for_check(2), checks.normal(5, 3, 12, 12, seed=4).float()
got, expected = checks.run(model, x), vit_by_torch(model, x)
checks.shape("the logits", got, batch=5, n_classes=7)
slips = {
    "these are probabilities: softmax belongs in the loss.": expected.softmax(dim=-1),
    "these are log-probabilities: softmax belongs in the loss.": expected.log_softmax(dim=-1),
    "only the first block is used.": vit_by_torch(model, x, blocks=list(model.blocks)[:1]),
    "the blocks are used from last to first.": vit_by_torch(
        model, x, blocks=list(model.blocks)[::-1]
    ),
    "no block is used.": vit_by_torch(model, x, blocks=[]),
    "each block should get the output of the one before it.": vit_by_torch(
        model, x, blocks=list(model.blocks)[-1:]
    ),
}
causes = {
    "last": "the class token stands last; it comes first, and has the first position.",
    "last first": "the class token stands last, and the first patch is read.",
    "reads last": "the last patch is read; the class token comes first.",
    "patches only": "the class token gets no position: join first, then add the positions.",
    "no positions": "the positions are not added.",
    "twice": "the positions are added twice.",
    "mean": 'with pool="token" the class token alone is read, not the mean.',
    "no token": 'with pool="token" the class token is read, not the mean of the patches.',
    "no norm": "the last normalization is not used.",
    "columns": "the patches run column by column; `patches_of` has them row by row.",
}
slips |= {cause: vit_by_torch(model, x, wrong) for wrong, cause in causes.items()}
checks.close("the logits of 5 images", got, expected, rtol=1e-3, atol=1e-4, slips=slips)
### BEGIN HIDDEN TESTS
sizes = {"d_model": 20, "n_layers": 2, "n_heads": 5, "patch": 2, "image": 8, "n_classes": 3}
model, x = vit_for_check(5, **sizes), checks.normal(4, 3, 8, 8, seed=6).float()
expected = vit_by_torch(model, x, patch=2)
checks.close("another model", checks.run(model, x), expected, rtol=1e-3, atol=1e-4)
### END HIDDEN TESTS
checks.passed("the class token reads the image as PyTorch's own layers do with your weights")

# %% check="vit_mean" points=1
model, x = vit_for_check(7, pool="mean"), checks.normal(5, 3, 12, 12, seed=8).float()
got, expected = checks.run(model, x), vit_by_torch(model, x, pool="mean")
checks.shape("the logits", got, batch=5, n_classes=7)
causes = {
    "first": 'with pool="mean" all patches are averaged; here the first one is read.',
    "no token": 'with pool="mean" there is no class token to leave out: average over all tokens.',
    "sum": "the patches are summed, not averaged.",
    "max": "the largest value over the patches is taken, not the average.",
    "no positions": "the positions are not added.",
    "no norm": "the last normalization is not used.",
    "norm after": "the normalization comes before the pooling, not after it.",
    "columns": "the patches run column by column; `patches_of` has them row by row.",
}
slips = {cause: vit_by_torch(model, x, wrong, "mean") for wrong, cause in causes.items()}
slips["these are probabilities: softmax belongs in the loss."] = expected.softmax(dim=-1)
checks.close("the logits of 5 images", got, expected, rtol=1e-3, atol=1e-4, slips=slips)
### BEGIN HIDDEN TESTS
sizes = {"d_model": 8, "n_layers": 1, "n_heads": 4, "patch": 3, "image": 9, "pool": "mean"}
model, x = vit_for_check(9, **sizes), checks.normal(2, 3, 9, 9, seed=10).float()
expected = vit_by_torch(model, x, pool="mean", patch=3)
checks.close("another model", checks.run(model, x), expected, rtol=1e-3, atol=1e-4)
### END HIDDEN TESTS
checks.passed("the average over the patches, too")

# %% check="vit_start" points=1
vit_for_check(12)  # names a part that is missing or of another kind
torch.manual_seed(0)
model = checks.run(ViT, d_model=64, n_layers=2, n_heads=4, pool="token")
largest = model.class_token.abs().max().item()
small = f"class_token should be zero at the start or small, as the positions are; its largest entry is {largest:.3g}."
checks.that(largest < 0.2, small)
spread = model.position_embedding.std().item()
checks.that(
    0.018 < spread < 0.022,
    f"the positions should have a standard deviation of 0.02, theirs is {spread:.3f}.",
)
x = checks.normal(6, 3, 32, 32, seed=11).float()
logits = checks.run(model, x)
together = torch.cat([checks.run(model, one[None]) for one in x])
checks.close("the images one by one", together, logits, rtol=1e-3, atol=1e-4)
loss = F.cross_entropy(logits, torch.tensor([3, 1, 4, 1, 5, 9]))
loss.backward()
for name, parameter in model.named_parameters():
    reached = parameter.grad is not None and parameter.grad.isfinite().all()
    checks.that(reached, f"no gradient reaches {name}: it is never used, or cut off.")
### BEGIN HIDDEN TESTS
moved = checks.run(model, x.roll(4, dims=3))
checks.that(
    not torch.allclose(moved, logits, atol=1e-5), "patches at other places: the same logits."
)
### END HIDDEN TESTS
checks.passed("small positions and class token, images apart, and a gradient for every parameter")

# %% [markdown]
# Is it the model of the paper? Made in the sizes of ViT-B/16, your class should have as many parameters
# as the one that torchvision offers: 86,567,656. On the device `meta` tensors have a shape and no numbers, so that
# even the large ones are there at once.

# %% experiment="vit_sizes"
# Experiment · The sizes of three vision transformers
with torch.device("meta"):
    large = {
        "ViT-B/16, 224 × 224": ViT(768, 12, 12, patch=16, image=224, n_classes=1000),
        "ViT-L/16, 224 × 224": ViT(1024, 24, 16, patch=16, image=224, n_classes=1000),
        "the next section's": ViT(64, 4, 4),
    }
for name, model in large.items():
    tokens, total = len(model.position_embedding), sum(p.numel() for p in model.parameters())
    print(f"{name:20} {tokens:4} tokens, {total:11,} parameters")

# %% [markdown]
# ### Question 1 · Shuffled patches (1 point · 5 min · ●○○)
#
# Take a ViT without position embeddings, and shuffle the patches of an image. Answer in three or four sentences: *does
# the prediction change, and why?* Does it matter whether the class token is read or the mean? And now a ViT *with*
# positions: if the rows of `position_embedding` are shuffled as the patches are, does its prediction change?

# %% [markdown] manual="shuffled_patches" points=1
# It does not change. Attention and the feed-forward network treat all tokens alike, so the outputs of the patches are
# shuffled as the inputs are, and their average is the same: without positions the image is a bag of patches. (½
# point) The class token makes no difference: it takes weighted sums over all patches, and a sum does not depend on
# the order. (¼ point) With positions shuffled alike each patch keeps the vector of its old place, so every sum of
# patch and position is what it was, only in another order: nothing changes. (¼ point) Shuffling the patches alone
# gives each one the vector of another place, and with it another prediction.
