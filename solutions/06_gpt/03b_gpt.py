# %% [markdown]
# ### Exercise 4 · GPT (4 points · 25 min · ●●○)
#
# Build the model from the four parts above. `forward` turns ids `(B, T)`, for any `T` up to `context`, into
# logits `(B, T, vocab_size)`. Name the parts as the later sections do:
#
# | attribute | what |
# |---|---|
# | `token_embedding`, `position_embedding` | `nn.Embedding` |
# | `blocks` | `nn.ModuleList` of `Block` |
# | `norm` | `nn.LayerNorm` |
#
# PyTorch draws embeddings with standard deviation 1. The head then gives huge logits. Draw both embeddings
# with **standard deviation 0.02**, so that an untrained model finds all words about equally probable. Make
# the positions on the device of the tokens. Longer inputs than `context` must raise an error.
#
# <details><summary>Hint 1: the idea</summary>The embedding of positions 0 … T − 1 is (T, d_model); it broadcasts
# over the batch.</details>
# <details><summary>Hint 2: the formula</summary>logits = LayerNorm(x) Eᵀ, where E is the matrix of the token
# embedding, (vocab_size, d_model).</details>
# <details><summary>Hint 3: the line</summary><code>nn.init.normal_(self.token_embedding.weight,
# std=0.02)</code>; <code>torch.arange(T, device=tokens.device)</code>;
# <code>self.norm(x) @ self.token_embedding.weight.T</code>.</details>


# %% solution="gpt"
class GPT(nn.Module):
    """A decoder-only transformer (Radford et al., 2019), pre-LN, with learned positions and a tied head.

    Args:
        vocab_size, context: the number of words, and of positions. d_model, n_layers, n_heads: the blocks.

    Raises:
        An error from `forward` when an input is longer than `context`.
    """

    def __init__(
        self, vocab_size: int, context: int, d_model: int, n_layers: int, n_heads: int
    ) -> None:
        ### BEGIN SOLUTION
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        for embedding in (self.token_embedding, self.position_embedding):
            nn.init.normal_(embedding.weight, std=0.02)
        ### END SOLUTION

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """tokens (B, T) int64 → logits (B, T, vocab_size)."""
        ### BEGIN SOLUTION
        T, context = tokens.shape[1], self.position_embedding.num_embeddings
        if context < T:
            raise ValueError(f"{T} tokens are longer than the context of {context}")
        positions = torch.arange(T, device=tokens.device)
        x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, d_model)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
        ### END SOLUTION


# %% data="gpt_for_check"
# Data · Your model with parameters drawn anew, for the checks
def gpt_for_check(seed: int, **sizes: int) -> nn.Module:
    """A student's model with the parts that it needs, every parameter drawn anew, so that each of them matters."""
    small = {"vocab_size": 23, "context": 9, "d_model": 12, "n_layers": 3, "n_heads": 2}
    model = checks.run(GPT, **(small | sizes))
    kinds = {
        "token_embedding": nn.Embedding,
        "position_embedding": nn.Embedding,
        "norm": nn.LayerNorm,
    }
    for name, kind in (kinds | {"blocks": (nn.ModuleList, nn.Sequential, list)}).items():
        checks.that(
            hasattr(model, name), f"the model has no attribute {name}; later sections need it."
        )
        found = getattr(model, name)
        checks.that(isinstance(found, kind), f"{name} is a {type(found).__name__}; see the table.")
    n_heads = (small | sizes)["n_heads"]
    for block in model.blocks:
        found = block.attention.n_heads
        checks.that(found == n_heads, f"a block has {found} heads; n_heads is {n_heads}.")
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.4 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


def logits_of(model: nn.Module, tokens: torch.Tensor) -> torch.Tensor:
    """A student's logits (B, T, 23) for tokens (B, T), their shape checked."""
    try:
        got = checks.run(model, tokens)
    except checks.CheckFailed as failure:
        if "index out of range" not in str(failure):
            raise
        cause = "positions are 0 … T − 1, and are not the ids of the tokens"
        raise checks.CheckFailed(f"{failure}\n  Likely cause: {cause}.") from None
    vocab_size = model.token_embedding.num_embeddings
    B, T = tokens.shape
    checks.shape(f"the logits of {T} tokens", got, batch=B, tokens=T, vocab_size=vocab_size)
    return got


# %% data="gpt_referee"
# Data · PyTorch's layers with your weights, for the checks
def by_torch(model, tokens, *wrong, blocks=None, head=None):
    """The model's logits, computed by PyTorch's layers from its weights; the other arguments make mistakes."""
    words, (B, T) = model.token_embedding.weight, tokens.shape
    places = model.position_embedding.weight
    added = {"none": 0, "one": places[T - 1], "end": places[:T].flip(0), "batch": places[:B, None]}
    added["late"] = places[1 : T + 1] if len(places) > T else 0
    layers = []
    for block in model.blocks if blocks is None else blocks:
        gelu = partial(F.gelu, approximate="tanh")
        options = {"activation": gelu, "batch_first": True, "norm_first": True}
        n_heads, d_ff = block.attention.n_heads, 4 * words.shape[1]
        layer = nn.TransformerEncoderLayer(words.shape[1], n_heads, d_ff, 0.0, **options)
        first, second = block.feed_forward[0], block.feed_forward[2]
        pairs = [(layer.self_attn.out_proj, block.attention.out), (layer.linear1, first)]
        pairs += [(layer.linear2, second), (layer.norm1, block.norm1), (layer.norm2, block.norm2)]
        for theirs, ours in pairs:
            theirs.load_state_dict(ours.state_dict())
        layer.self_attn.in_proj_weight.data = block.attention.qkv.weight.data
        layer.self_attn.in_proj_bias.data = block.attention.qkv.bias.data
        layers.append(layer)
    scale = words.shape[1] ** 0.5 if "scale" in wrong else 1
    at = next((added[w] for w in wrong if w in added), places[None, :T])
    y = F.embedding(tokens, words) * scale + at
    y = model.norm(y) if {"norm first", "norm twice"} & {*wrong} else y
    mask = None if "mask" in wrong else torch.full((T, T), -torch.inf).triu(1)
    for layer in layers:
        y = layer(y, src_mask=mask) + (y if "twice" in wrong else 0)
    y = y if {"no norm", "norm first"} & {*wrong} else model.norm(y)
    return torch.einsum("btd,vd->btv", y, words if head is None else head).detach()


# %% check="gpt_shape_and_count" points=1
model = gpt_for_check(1)
for T in (9, 4, 1):
    tokens = torch.randint(23, (5, T), generator=torch.Generator().manual_seed(T))
    logits_of(model, tokens)
logits_of(model.to(place), tokens.to(place))
block = sum(p.numel() for p in Block(12, 2).parameters())
expected = sum(n * 12 for n in (23, 9, 2)) + 3 * block
slips = {
    "the head has a matrix of its own; use the token embedding's.": expected + 23 * 12,
    "the head has a matrix and a bias of its own; use the token embedding's matrix alone.": expected
    + 23 * 12
    + 23,
    "the head has a bias; leave it out.": expected + 23,
    "the blocks are not registered: a plain list hides them. Use nn.ModuleList.": expected
    - 3 * block,
    "all layers share one block; make n_layers of them.": expected - 2 * block,
    "there is no last normalization.": expected - 24,
    "there is no position embedding.": expected - 9 * 12,
    "there are more positions than context.": expected + 12,
}
checks.parameter_count("GPT(23, 9, 12, 3, 2)", model, expected, slips)
try:
    gpt_for_check(1)(torch.zeros(2, 10, dtype=torch.int64))
    raised = False
except Exception:
    raised = True
checks.that(
    raised, "10 tokens and a context of 9: the model should raise an error, but it returns logits."
)
checks.passed("logits for every length up to the context, and the right number of parameters")

# %% check="gpt_causal" points=1
model = gpt_for_check(2)
tokens = torch.tensor([[3, 17, 8, 21, 0, 11, 5]])
others = [i for i in range(23) if i not in tokens[0].tolist()]
sums = logits_of(model, tokens).sum(dim=-1)
alike = torch.allclose(sums, torch.ones(1, 7))
checks.that(not alike, "the logits sum to 1: softmax belongs in the loss, not into the model.")
logs = logits_of(model, tokens).logsumexp(dim=-1).abs().max() < 1e-4
checks.that(
    not logs, "these are log-probabilities: softmax belongs in the loss, not into the model."
)
(model(tokens) * checks.normal(7, 23, seed=12).float()).sum().backward()
for name, parameter in model.named_parameters():
    learns = parameter.grad is not None and parameter.grad.any()
    checks.that(
        learns, f"no gradient reaches {name}: it is never used, or cut off by .data or .detach()."
    )
tied = model.token_embedding.weight.grad[others].any(dim=1).all()
checks.that(tied, "the head gives no gradient to the embedding: no .data, .detach() or copy.")


def logits_of_vectors(x: torch.Tensor) -> torch.Tensor:
    weight = model.token_embedding.weight.detach().to(x).index_copy(0, tokens[0], x[0])
    replaced = {"token_embedding.weight": weight}
    logits = torch.func.functional_call(model, replaced, (tokens,))[..., others]
    return logits


vectors = model.token_embedding.weight[tokens].detach()  # (1, T, d_model)
checks.causal("the logits", logits_of_vectors, vectors)
### BEGIN HIDDEN TESTS
model = gpt_for_check(3, context=30)
tokens = torch.randint(23, (4, 30), generator=torch.Generator().manual_seed(5))
changed = tokens.clone()
changed[:, 20:] = (tokens[:, 20:] + 7) % 23
before, after = logits_of(model, tokens), logits_of(model, changed)
checks.close("the logits before a changed token", after[:, :20], before[:, :20])
checks.that(
    not torch.allclose(before[:, 20:], after[:, 20:]),
    "the logits at a changed token should change.",
)
### END HIDDEN TESTS
checks.passed("a token's logits depend on the tokens up to it, and on no later one")

# %% check="gpt_like_torch" points=1
model = gpt_for_check(4)
tokens = torch.randint(23, (5, 7), generator=torch.Generator().manual_seed(6))
got, expected = logits_of(model, tokens), by_torch(model, tokens)
once = {"blocks": list(model.blocks)[:1]}
backward = {"blocks": list(model.blocks)[::-1]}
thrice = {"blocks": [model.blocks[0]] * 3}
slips = {
    "these are probabilities: softmax belongs in the loss.": expected.softmax(dim=-1),
    "these are log-probabilities: softmax belongs in the loss.": expected.log_softmax(dim=-1),
    "only the first block is used.": by_torch(model, tokens, **once),
    "the first block is used n_layers times.": by_torch(model, tokens, **thrice),
    "the blocks are used from last to first.": by_torch(model, tokens, **backward),
    "no block is used.": by_torch(model, tokens, blocks=[]),
    "each block should get the output of the one before it.": by_torch(
        model, tokens, blocks=list(model.blocks)[-1:]
    ),
}
causes = {
    "mask": "the causal mask is missing.",
    "none": "the positions are not added.",
    "one": "every token gets the same position.",
    "end": "the positions are counted from the end.",
    "late": "yours begin at position 1; positions count from 0.",
    "batch": "positions belong to the tokens, dimension 1; here each text of the batch gets one.",
    "no norm": "the last normalization is not used.",
    "norm first": "the normalization belongs after the blocks, not before them.",
    "norm twice": "the normalization is used before the blocks, too.",
    "twice": "the residual connections are inside the blocks: write x = block(x).",
    "scale": "the embedding is multiplied by √d_model; GPT does not.",
}
slips |= {cause: by_torch(model, tokens, wrong) for wrong, cause in causes.items()}
heads = [expected]
for own in [*model.parameters(), *model.buffers()]:
    if own.shape == (23, 12) and own is not model.token_embedding.weight:
        heads.append(by_torch(model, tokens, head=own))
        slips["the head has a matrix of its own; use the token embedding's."] = heads[-1]
for own in model.parameters():
    if own.shape == (23,):
        slips["the head has a bias; leave it out."] = heads[-1] + own.detach()
if not torch.allclose(got, expected, rtol=1e-3, atol=1e-4):
    for a, b in combinations(causes, 2):
        slips[f"two slips: {causes[a]} And {causes[b]}"] = by_torch(model, tokens, a, b)
checks.close("the logits", got, expected, rtol=1e-3, atol=1e-4, slips=slips)
### BEGIN HIDDEN TESTS
model = gpt_for_check(7, vocab_size=31, context=12, d_model=20, n_layers=2, n_heads=5)
tokens = torch.randint(31, (3, 12), generator=torch.Generator().manual_seed(8))
got = logits_of(model, tokens)
checks.close("the logits of another model", got, by_torch(model, tokens), rtol=1e-3, atol=1e-4)
### END HIDDEN TESTS
checks.passed("equal to PyTorch's own layers with your weights")

# %% check="gpt_first_loss" points=1
torch.manual_seed(0)
model = checks.run(GPT, vocab_size=300, context=32, d_model=64, n_layers=2, n_heads=4)
tokens = torch.randint(300, (8, 32), generator=torch.Generator().manual_seed(9))
answers = torch.randint(300, (8, 32), generator=torch.Generator().manual_seed(10))
before = logits_of(model, tokens)
checks.that(before.any(), "every logit is zero.")
first = F.cross_entropy(before.flatten(0, 1), answers.flatten()).item()
for name in ("token_embedding", "position_embedding"):
    std, mean = (f(getattr(model, name).weight).item() for f in (torch.std, torch.mean))
    swapped = std > 0.5 and abs(mean - 0.02) < 0.01
    checks.that(not swapped, f"{name}: the second argument of normal_ is the mean; write std=0.02.")
    checks.that(
        0.018 < std < 0.022,
        f"{name}: expected numbers with a standard deviation of 0.02, got {std:.3f}. "
        f"The first loss is {first:.2f}, and ln 300 = {math.log(300):.2f}.",
    )
checks.that(
    abs(first - math.log(300)) < 0.1,
    f"the first loss is {first:.2f}; all words about equally probable would give ln 300 = "
    f"{math.log(300):.2f}. Is the head the token embedding, after the last normalization?",
)
for module in model.modules():
    if isinstance(module, nn.LayerNorm):
        kept = (module.weight == 1).all() and not module.bias.any()
        checks.that(
            kept, "draw the embeddings only: the normalizations begin with weight 1 and bias 0."
        )
head = model.token_embedding.weight
with torch.no_grad():
    head[299] += checks.normal(64, seed=11).to(head)
    untouched = (tokens != 299).all(dim=1)
    after = checks.run(model, tokens)
checks.that(
    not torch.allclose(before[untouched][..., 299], after[untouched][..., 299]),
    "the head is not tied: the vector of word 299 changes, its logits do not. Is the embedding copied?",
)
checks.passed("an untrained model finds all words about equally probable, and its head is tied")

# %% [markdown]
# **Experiment.** The first loss against the size of the vocabulary, with your initialization and with
# PyTorch's own.

# %% experiment="first_loss_experiment"
# Experiment · The loss before training, for two starts
sizes, spreads = [64, 256, 1024, 4096], {"std 0.02, yours": 1.0, "std 1, PyTorch's own": 50.0}
first_loss = {name: [] for name in spreads}
for vocab_size in sizes:
    torch.manual_seed(vocab_size)
    tokens, answers = torch.randint(vocab_size, (2, 16, 64))
    for name, factor in spreads.items():
        model = GPT(vocab_size, context=64, d_model=64, n_layers=2, n_heads=4)
        with torch.no_grad():
            model.token_embedding.weight.mul_(factor)
            model.position_embedding.weight.mul_(factor)
            found = F.cross_entropy(model(tokens).flatten(0, 1), answers.flatten())
        first_loss[name].append(found.item())
first_loss["ln(vocabulary)"] = [math.log(vocab_size) for vocab_size in sizes]
print({name: [round(x, 2) for x in values] for name, values in first_loss.items()})

# %% figure="first_loss_curves"
# Figure · The first loss against the vocabulary
fig, ax = plt.subplots(figsize=(7, 3.4))
named = {"xlabel": "vocabulary", "ylabel": "loss (nats)", "x": sizes}
plots.curves(ax, first_loss, title="The loss before training", **named)
ax.set_xscale("log", base=2)
ax.set_ylim(0)
plots.show(
    fig,
    alt="Loss against vocabulary. With std 0.02 the curve covers that of ln(vocabulary); with std 1 it lies far above.",
    caption="Your untrained model guesses: its curve lies under that of ln(vocabulary). With PyTorch's initialization "
    "it is sure of itself, and wrong.",
)

# %% [markdown]
# **What you saw.** With small embeddings the first loss is $\ln(\text{vocabulary})$. To look at it costs one
# batch, and a wrong initialization shows at once. There are mistakes that the first loss cannot show (Question 1);
# that is why a check above asks the gradients, not the loss.
