# %% [markdown]
# A block with a cache is the block that you know, with your attention in place of its own. What remains is the
# outside: embeddings, blocks, head. The first new token after 7 cached ones has position 7, since counting
# begins at 0.


# %% given="run_block"
def run_block(block: nn.Module, x: torch.Tensor, cache: Cache | None) -> tuple[torch.Tensor, Cache]:
    """A pre-LN block for new tokens x (B, T, d_model): its output, and its new cache."""
    y, cache = attend_with_cache(block.attention, block.norm1(x), cache)
    x = x + y
    return x + block.feed_forward(block.norm2(x)), cache


# %% [markdown]
# ### Exercise 6 · A model with caches (2 points · 15 min · ●●○)
#
# `tokens` `(B, T)` are new. `caches` is None at the start, else a list with the cache of each block, as you
# returned it the last time. Return the logits of the new tokens `(B, T, vocab_size)` and a new list with the new
# caches; leave the list that came in as it is.
#
# Use `model.token_embedding`, `model.position_embedding`, `model.blocks`, `model.norm`, the tied head, and
# `run_block(block, x, cache)`, which comes as an argument and returns the new `x` and the new cache. How many
# tokens are cached, the shape of any `k` says: `(B, n_heads, S, d_head)`. Make new tensors on the device of `tokens`.
#
# <details><summary>Hint 1: the idea</summary>The forward pass of your GPT, with positions that begin at S, and a
# list of caches that goes in and comes out.</details>
# <details><summary>Hint 2: the formula</summary>positions S, S + 1, …, S + T − 1; S = 0 without
# caches.</details>
# <details><summary>Hint 3: the line</summary><code>torch.arange(S, S + T, device=tokens.device)</code>, where
# <code>S = caches[0][0].shape[2]</code>.</details>


# %% solution="extend"
def extend(
    model: nn.Module,
    tokens: torch.Tensor,
    caches: list[Cache] | None,
    run_block: Callable[..., tuple[torch.Tensor, Cache]],
) -> tuple[torch.Tensor, list[Cache]]:
    """Reads new tokens (B, T) after those in the caches.

    Returns:
        logits (B, T, vocab_size) of the new tokens, and the new cache of each block.
    """
    ### BEGIN SOLUTION
    S = 0 if caches is None else caches[0][0].shape[2]
    T = tokens.shape[1]
    positions = torch.arange(S, S + T, device=tokens.device)
    x = model.token_embedding(tokens) + model.position_embedding(positions)  # (B, T, d_model)
    new = []
    for block, cache in zip(model.blocks, caches or [None] * len(model.blocks), strict=True):
        x, cache = run_block(block, x, cache)
        new.append(cache)
    return F.linear(model.norm(x), model.token_embedding.weight), new
    ### END SOLUTION


# %% data="glass_model"
# Data · A model to look into, for the checks
class Glass(nn.Module):
    """A model to look into: token i has the vector (i, 0, 0, 1), position p has (0, p, 0, 0); three blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.token_embedding, self.position_embedding = nn.Embedding(11, 4), nn.Embedding(20, 4)
        self.blocks, self.norm = nn.ModuleList(nn.Identity() for _ in range(3)), nn.LayerNorm(4)
        with torch.no_grad():
            self.token_embedding.weight.copy_(torch.eye(4)[3] + 0 * self.token_embedding.weight)
            self.token_embedding.weight[:, 0] = torch.arange(11)
            self.position_embedding.weight.zero_()[:, 1] = torch.arange(20)
            self.norm.weight.copy_(torch.tensor([1.0, -2.0, 0.5, 3.0]))
            self.norm.bias.copy_(torch.tensor([0.1, 0.2, -0.3, 0.4]))


class Spy:
    """In place of `run_block`: notes what each block gets, and adds to feature 2 the number of the block."""

    def __init__(self, model: Glass) -> None:
        self.blocks, self.order, self.seen, self.cached = list(model.blocks), [], [], []

    def __call__(self, block, x, cache):
        number = next(i for i, other in enumerate(self.blocks) if other is block)
        self.order.append(number)
        self.seen.append(x.detach().clone())
        self.cached.append(cache)
        S = x.shape[1] + (0 if cache is None else cache[0].shape[2])
        k = torch.full((x.shape[0], 2, S, 9), float(number))
        return x + torch.tensor([0.0, 0.0, number + 1.0, 0.0]), (k, k.clone())


def spied(tokens: torch.Tensor, caches) -> tuple[torch.Tensor, list, Spy, Glass]:
    """Your function on the glass model: logits, caches, and what the spy saw."""
    model = Glass()
    spy = Spy(model)
    result = checks.run(extend, model, tokens, caches, spy)
    logits, new = checks.unpack("extend", result, "logits", "caches")
    checks.that(spy.seen, "run_block was not called: send x through it, one block after the other.")
    checks.that(
        isinstance(new, list | tuple) and len(new) == 3,
        "there are three blocks, so there should be a list of three new caches.",
    )
    return logits, new, spy, model


# %% check="extend_positions" points=1
tokens = torch.randint(11, (8, 9), generator=torch.Generator().manual_seed(60))
_, caches, spy, _ = spied(tokens[:, :5], None)
x = spy.seen[0]
checks.shape("what the first block gets", x, B=8, T=5, d_model=4)
checks.close("its token embeddings", x[..., 0], tokens[:, :5].float())
at = torch.arange(5.0).expand(8, 5)
slips = {
    "positions count from 0.": at + 1,
    "no positions are added, or position 0 to all: they count 0, 1, 2, …": 0 * at,
    "positions run along the batch.": torch.arange(8.0)[:, None].expand(8, 5),
}
checks.close("positions without caches", x[..., 1], at, slips=slips)
_, caches, spy, _ = spied(tokens[:, 5:6], caches)
_, _, spy_two, _ = spied(tokens[:, 6:8], caches)
for count, x in ((1, spy.seen[0]), (2, spy_two.seen[0])):
    checks.shape("what the first block gets", x, B=8, T=count, d_model=4)
    begin = 4 + count
    at = torch.arange(begin, begin + count).float().expand(8, count)
    wrong = {
        "positions begin at 0 again; they begin at the number of cached tokens.": 0,
        "off by one: after S tokens the next position is S.": begin + 1,
        "off by one, after S tokens the next position is S.": begin - 1,
        "that is the number of blocks; the tokens are in dimension 2 of k.": 3,
        "that is the number of heads; the tokens are in dimension 2 of k.": 2,
        "that is the batch size; the tokens are in dimension 2 of k.": 8,
        "that is d_head; the tokens are in dimension 2 of k.": 9,
    }
    slips = {cause: at - begin + start for cause, start in wrong.items()}
    slips["all new tokens get the same position."] = 0 * at + begin
    slips["all new tokens get the same position, that of the last."] = 0 * at + begin + count - 1
    slips["the position is not added."] = 0 * at
    checks.close(f"{count} new after {begin} cached, positions", x[..., 1], at, slips=slips)
meta = Glass().to("meta")
stands = (torch.zeros(8, 2, 5, 9, device="meta"),) * 2
checks.any_device(lambda x: extend(meta, x, [stands] * 3, lambda b, x, c: (x, c)), tokens)
checks.passed("the next position is the number of cached tokens")

# %% check="extend_blocks" points=1
tokens = torch.randint(11, (8, 9), generator=torch.Generator().manual_seed(60))
_, caches, spy, _ = spied(tokens[:, :3], None)
checks.that(spy.order == [0, 1, 2], f"the blocks ran in the order {spy.order}, not 0, 1, 2.")
checks.that(all(c is None for c in spy.cached), "without caches every block should get None.")
numbers = [int(cache[0].flatten()[0]) for cache in caches]
checks.that(numbers == [0, 1, 2], f"the list has the caches of the blocks {numbers}, not 0, 1, 2.")
logits, new, spy, model = spied(tokens[:, 3:5], caches)
numbers = [None if c is None else int(c[0].flatten()[0]) for c in spy.cached]
own = f"blocks 0, 1, 2 got the caches of the blocks {numbers}; each gets its own."
checks.that(numbers == [0, 1, 2], own)
sizes = [cache[0].shape[2] for cache in new]
checks.that(sizes == [5, 5, 5], f"3 cached and 2 new tokens: the new caches hold {sizes}, not 5.")
added = [(x - spy.seen[0])[..., 2].max().item() for x in spy.seen]
passing = "a block should get what the block before it returned."
checks.that(added == [0, 1, 3], passing)
checks.shape("the logits", logits, B=8, T=2, vocab_size=11)
last = spy.seen[2] + torch.tensor([0.0, 0, 3, 0])
table = model.token_embedding.weight


def dots(vectors: torch.Tensor) -> torch.Tensor:
    return torch.einsum("btd,vd->btv", vectors, table)


slips = {
    "the last norm is missing.": dots(last),
    "the last block's output is not used.": dots(model.norm(spy.seen[2])),
    "the logits are probabilities; leave them as they are.": dots(model.norm(last)).softmax(dim=-1),
}
checks.close("the logits", logits, dots(model.norm(last)), slips=slips)
### BEGIN HIDDEN TESTS
again, _, _, _ = spied(tokens[:, 3:5], caches)
checks.close("the same call a second time", again, logits)
checks.that(
    [cache[0].shape[2] for cache in caches] == [3, 3, 3], "the caches that went in were changed."
)
### END HIDDEN TESTS
checks.passed("each block has its own cache, and the logits are those of a GPT")

# %% [markdown]
# **Experiment.** The model reads held-out text three ways: all at once, token by token with a cache, and in pieces
# of 7. How far apart are the logits?

# %% experiment="cache_error"
# Experiment · Logits in pieces and at once
six_texts = torch.stack([ids[:length] for ids in paragraphs[:6]])  # (6, length)


@torch.no_grad()
def logits_in_pieces(model: nn.Module, tokens: torch.Tensor, size: int) -> torch.Tensor:
    """The logits of tokens (B, T), read `size` at a time with a cache."""
    parts, caches = [], None
    for piece in tokens.split(size, dim=1):
        logits, caches = extend(model, piece, caches, run_block)
        parts.append(logits)
    return torch.cat(parts, dim=1)


with torch.no_grad():
    at_once = gpt(six_texts)
largest = at_once.abs().max()
errors = {
    size: ((logits_in_pieces(gpt, six_texts, size) - at_once).abs().max() / largest).item()
    for size in (1, 7)
}
kv_cache_max_error = max(errors.values())
for size, error in errors.items():
    print(f"{size} at a time: largest difference {error:.1e} of the largest logit")

# %% [markdown]
# The same but for rounding: sums of other lengths are rounded in another order. Now the price. First what does not
# depend on any machine: the multiplications and additions of all matrix products, counted while one more token is
# written, for texts of many lengths. (Tensors on the device `meta` have shapes and no numbers; counting needs no more.)

# %% experiment="cache_operations"
# Experiment · Operations for one more token, counted
empty = GPT(**gpt_sizes).to("meta")
d_head = gpt_sizes["d_model"] // gpt_sizes["n_heads"]
lengths = sorted({1, 2, 4, 8, *range(context // 16, context + 1, context // 16)})
operations = {"without a cache": [], "with a cache": []}
for T in lengths:
    tokens = torch.zeros(1, T, dtype=torch.long, device="meta")
    stored = torch.zeros(1, gpt_sizes["n_heads"], T - 1, d_head, device="meta")
    caches = [(stored, stored) for _ in empty.blocks] if T > 1 else None
    with FlopCounterMode(display=False) as whole, torch.no_grad():
        empty(tokens)
    with FlopCounterMode(display=False) as one, torch.no_grad():
        extend(empty, tokens[:, -1:], caches, run_block)
    operations["without a cache"].append(whole.get_total_flops() / 1e6)
    operations["with a cache"].append(one.get_total_flops() / 1e6)
every = range(1, context + 1)  # between the lengths that were counted, a line
totals = {name: np.interp(every, lengths, counts).sum() for name, counts in operations.items()}
cache_operations_ratio = totals["without a cache"] / totals["with a cache"]
for name, counts in operations.items():
    print(
        f"{name}: {counts[0]:.1f} million for token 1, {counts[-1]:.1f} million for token {context}"
    )
print(f"a text of {context} tokens: {cache_operations_ratio:.0f} times fewer with the cache")

# %% figure="cache_operations_curves"
# Figure · Operations for one more token
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
words = {"xlabel": "tokens in the text", "ylabel": "million operations", "x": lengths}
plots.curves(ax, operations, title="The work for one more token", **words)
ax.set_yscale("log")
plots.show(
    fig,
    alt="Operations for one token against the length of the text, on a logarithmic axis. With a cache a nearly level "
    "line; without one a curve that starts at the same point and rises to hundreds of times as much.",
    caption="Without a cache, token n costs the work of n tokens. With one it costs that of a single token, and a "
    "little more for each key that it looks at.",
)

# %% [markdown]
# Without a cache a text of $n$ tokens costs $1 + 2 + \dots + n \approx n^2 / 2$ times the work of one token. How many
# seconds is that? Less than the operations promise: a call has a price of its own, however little it computes, and a
# processor works best on many tokens at once. Try it, on the CPU. Other work on the machine changes these seconds, so
# take them as one measurement.


# %% experiment="cache_times"
# Experiment · Seconds for a text, with and without a cache
@torch.no_grad()
def seconds_for(model: nn.Module, n: int, cached: bool) -> float:
    """The time in which n tokens are written greedily after one first token."""
    tokens, caches = torch.full((1, 1), end_id), None
    start = time.perf_counter()
    for _ in range(n):
        if cached:
            logits, caches = extend(model, tokens[:, -1:], caches, run_block)
        else:
            logits = model(tokens)
        tokens = torch.cat([tokens, greedy(logits[:, -1])], dim=1)
    return time.perf_counter() - start


on_cpu, n = copy.deepcopy(gpt).cpu(), scaled(full=context, smoke=24)
seconds_for(on_cpu, 5, cached=True)  # the first calls are slower
seconds = {name: seconds_for(on_cpu, n, name == "with a cache") for name in operations}
print(", ".join(f"{name} {s:.2f} s" for name, s in seconds.items()), f"for {n} tokens")
print(f"that is {seconds['without a cache'] / seconds['with a cache']:.1f} times as fast")

# %% [markdown]
# The cache has a price: memory. Two tensors (k and v) per block, `d_model` numbers per token in each:
#
# $$\text{bytes} = 2 \cdot n_{layers} \cdot T \cdot d_{model} \cdot \text{bytes per number}$$

# %% experiment="cache_memory"
# Experiment · The bytes of a cache
_, caches = extend(gpt, six_texts[:1], None, run_block)
counted = sum(t.nbytes for cache in caches for t in cache)
formula = 2 * gpt_sizes["n_layers"] * length * gpt_sizes["d_model"] * 4
print(f"this model, {length} tokens, float32: formula {formula:,} bytes, counted {counted:,}")
large = 2 * 32 * 4096 * 4096 * 2
print(
    f"7 billion parameters (32 blocks, d_model 4,096), 4,096 tokens, 16 bits: {large / 2**30:.1f} GiB"
)
print(f"32 such texts: {32 * large / 2**30:.0f} GiB; the weights: {7e9 * 2 / 2**30:.0f} GiB")

# %% [markdown]
# A server that answers many people holds more cache than weights. So newer models shrink it: several query heads share
# one pair of key and value heads (*grouped-query attention*: [Ainslie et al., 2023](https://arxiv.org/abs/2305.13245)),
# and numbers of 8 bits or fewer are stored.
#
# And the cache holds only while positions stay. When a text outgrows the context and the window of your loop slides,
# every token gets another position embedding, and all must be computed anew. With encodings that tell differences only
# (Lab 05: rotary) old keys can be kept, though in deeper layers they still carry what they read of tokens that have
# left the window.
