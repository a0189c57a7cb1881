# %% [markdown]
# ## 4 · The KV cache
#
# To write token 101, your loop sends 100 tokens through the model, though it computed 99 of them the step before.
# A causal model cannot change its mind: a token sees no later one, so what it has computed stays. Here are the logits
# of the first five tokens of a prompt, alone and with the rest behind them.

# %% experiment="nothing_changes"
# Experiment · What a new token changes in the old outputs
with torch.no_grad():
    ids = encoded(opening)[None]
    change = gpt(ids)[:, :5] - gpt(ids[:, :5])
print(f"largest change: {change.abs().max():.1e}")

# %% [markdown]
# So keep each token's keys and values, and only the new token needs work. This store is the **KV cache**.

# %% [markdown]
# ![Three steps. In each, a new token brings its query, its key and its value; the key and the value are appended to the
# cache, which grows by one, and the query asks all keys in it.](figures/kv_cache.svg)
#
# *The cache fills from the left. Queries are not kept: the new token asks, and nobody asks again.*

# %% [markdown]
# Sometimes several new tokens arrive after a cache, such as a user's next question. With 2 tokens cached and 3
# new ones, a query may attend to:
#
# | query | cached 1, 2 | new 3, 4, 5 |
# |---|---|---|
# | new 3 | 1 1 | 1 0 0 |
# | new 4 | 1 1 | 1 1 0 |
# | new 5 | 1 1 | 1 1 1 |
#
# The triangle must end in the lower right. PyTorch's `is_causal=True` puts it into the *upper left* corner. Equal
# scores show it: each row averages what it may see.

# %% given="upper_left"
q, k = torch.zeros(3, 4), torch.zeros(5, 4)  # equal scores
print(F.scaled_dot_product_attention(q, k, torch.eye(5), is_causal=True))

# %% [markdown]
# ### Exercise 5 · Attention with a cache (4 points · 25 min · ●●●)
#
# `x` `(B, T, d_model)` holds the new tokens only. `cache` is None at the start, else the pair `(k, v)` of the `S`
# tokens before them, each `(B, n_heads, S, d_head)`. Return
#
# - the output of the new tokens, `(B, T, d_model)`;
# - the new cache: `(k, v)` of all `S + T` tokens, oldest first.
#
# A new token attends to every cached token, to itself, and to the new ones before it. Use `attention.project`,
# `attention.out` and `F.scaled_dot_product_attention`. In its boolean mask **True means: may attend**; `masked_fill`
# writes where a mask is True, so there it is the other way round. Store nothing elsewhere, and leave the old cache as
# it is: somebody may want to go on from it twice. Make new tensors on the device of `x`.
#
# <details><summary>Hint 1: the idea</summary>Project, join old and new keys and values, attend with a mask, merge
# the heads. Have a look at <code>Attention.forward</code>.</details>
# <details><summary>Hint 2: the formula</summary>mask[i, j] is True if j ≤ S + i, for new token i and key
# j.</details>
# <details><summary>Hint 3: the line</summary><code>torch.ones(T, S + T, dtype=torch.bool,
# device=x.device).tril(S)</code></details>


# %% given="cache_type"
Cache = tuple[torch.Tensor, torch.Tensor]  # k and v, each (B, n_heads, S, d_head)


# %% solution="attend_with_cache"
def attend_with_cache(
    attention: Attention, x: torch.Tensor, cache: Cache | None
) -> tuple[torch.Tensor, Cache]:
    """Causal attention for new tokens x (B, T, d_model) after the S tokens of a cache.

    Returns:
        output (B, T, d_model), and the cache of all S + T tokens.
    """
    ### BEGIN SOLUTION
    q, k, v = attention.project(x)  # (B, n_heads, T, d_head)
    if cache is not None:
        k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
    T, total = q.shape[2], k.shape[2]
    mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)
    ### END SOLUTION


# %% data="cache_referee"
# Data · Attention without a cache, as a referee for the checks
def small_attention(seed: int) -> Attention:
    """Attention with d_model 12 and 3 heads, with weights that the seed decides."""
    attention = Attention(12, 3)
    with torch.no_grad():
        for i, p in enumerate(attention.parameters()):
            p.copy_(0.5 * checks.normal(*p.shape, seed=seed + i))
    return attention


def step(attention: Attention, x: torch.Tensor, cache: Cache | None) -> tuple[torch.Tensor, Cache]:
    """Your function on one piece, with the shapes checked."""
    try:
        result = checks.run(attend_with_cache, attention, x, cache)
    except checks.CheckFailed as failure:
        what = str(failure).split("\n  Likely cause")[0]
        if cache is None or not ("must match" in what or "broadcast shape" in what):
            raise
        joined = "join old and new keys, and old and new values, along the tokens: dimension 2."
        mask = "the mask must be (T, S + T), and S is dimension 2 of k; or"
        raise checks.CheckFailed(f"{what}\n  Likely cause: {mask} {joined}") from None
    y, new = checks.unpack("attend_with_cache", result, "output", "cache")
    k, v = checks.unpack("the cache", new, "k", "v")
    B, T, _ = x.shape
    checks.shape("the output", y, B=B, T=T, d_model=12)
    blind = "a row of the mask that allows no key, a softmax over nothing. True means: may attend."
    checks.finite("the output", y, blind)
    had = 0 if cache is None else cache[0].shape[2]
    joined = f"{had} tokens were cached and {T} new ones came; the new cache holds"
    if isinstance(k, torch.Tensor) and k.shape[:2] == (B, 3) and k.dim() == 4:
        S = k.shape[2]
        checks.that(had + T == S, f"{joined} {S}: join old and new along the tokens.")
    S = had + T
    checks.shape("k of the new cache", k, B=B, n_heads=3, tokens=S, d_head=4)
    checks.shape("v of the new cache", v, B=B, n_heads=3, tokens=S, d_head=4)
    return y, (k, v)


def one_by_one(attention: Attention, x: torch.Tensor) -> tuple[torch.Tensor, Cache]:
    """Your function on one token of x after the other: all outputs, and the last cache."""
    outputs, cache = [], None
    for token in x.split(1, dim=1):
        y, cache = step(attention, token, cache)
        outputs.append(y)
    return torch.cat(outputs, dim=1), cache


def attended(attention: Attention, x: torch.Tensor, table: str, dtype=torch.bool) -> torch.Tensor:
    """What the last tokens of x get when each may attend as a row of the table says."""
    allowed = torch.tensor([[c == "1" for c in row] for row in table.split()]).to(dtype)
    q, k, v = attention.project(x)
    last = q[:, :, -len(allowed) :]
    joined = F.scaled_dot_product_attention(last, k, v, attn_mask=allowed).transpose(1, 2)
    return attention.out(joined.flatten(2))


# %% check="cache_start" points=1
attention, x = small_attention(10), checks.normal(2, 5, 12, seed=11).float()
merged = []  # what reaches attention.out
catch = attention.out.register_forward_pre_hook(lambda _, inputs: merged.append(inputs[0]))
expected = attention(x)
catch.remove()
y, cache = step(attention, x, None)
again = checks.run(attend_with_cache, attention, x, None)[1][0].shape
elsewhere = (
    "a second call with cache None goes on from the first: keep nothing outside the function."
)
checks.that(again == cache[0].shape, elsewhere)
slips = {
    "the mask is inverted: in a boolean attn_mask True means that a query may attend.": attended(
        attention, x, "01111 00111 00011 00001 00000"
    ),
    "the mask is inverted: True means that a query may attend, and a token sees itself.": attended(
        attention, x, "11111 01111 00111 00011 00001"
    ),
    "there is no mask: a token sees later ones.": attended(attention, x, "11111 " * 5),
    "a token does not see itself.": attended(attention, x, "11111 10000 11000 11100 11110"),
    "a token does not see itself: off by one.": attended(
        attention, x, "00000 10000 11000 11100 11110"
    ),
    "a token sees the next one.": attended(attention, x, "11000 11100 11110 11111 11111"),
    "attention.out is applied twice.": attention.out(attention(x)),
    "the mask holds numbers, which are added to the scores: make it boolean.": attended(
        attention, x, "10000 11000 11100 11110 11111", x.dtype
    ),
    "attention.out is missing.": merged[0],
    "the heads are merged without swapping them with the tokens first.": attention.out(
        merged[0].unflatten(-1, (3, 4)).transpose(1, 2).reshape(2, 5, 12)
    ),
}
later = torch.cat([x[:, :4], x[:, 4:] + 1], dim=1)  # another last token
if not torch.allclose(step(attention, later, None)[0][:, :4], y[:, :4], atol=1e-5):
    slips["a token sees later ones, and something else is wrong too; mend the mask first."] = y
checks.close("the output without a cache", y, expected, atol=1e-5, slips=slips)
for name, got, right in zip("kv", cache, attention.project(x)[1:], strict=True):
    slips = {"that is q.": attention.project(x)[0]}
    slips |= {"k and v are swapped.": attention.project(x)[2 if name == "k" else 1]}
    checks.close(f"{name} of the cache", got, right, slips=slips)
### BEGIN HIDDEN TESTS
x = checks.normal(3, 1, 12, seed=12).float()
checks.close("one token without a cache", step(attention, x, None)[0], attention(x))
### END HIDDEN TESTS
checks.passed("without a cache it is plain causal attention")

# %% check="cache_one_by_one" points=1
attention, x = small_attention(20), checks.normal(3, 6, 12, seed=21).float()
got, cache = one_by_one(attention, x)
slips = {
    "the mask is inverted, so a token alone sees nothing: True means may attend.": attended(
        attention, x, "000000 " * 6
    ),
    "a token sees the cached ones, but not itself: off by one.": attended(
        attention, x, "000000 100000 110000 111000 111100 111110"
    ),
    "each token sees only itself: the cached keys and values are not used.": attended(
        attention, x, "100000 010000 001000 000100 000010 000001"
    ),
    "each token sees only the first one: is_causal=True aligns to the upper left.": attended(
        attention, x, "100000 " * 6
    ),
    "a token sees the cache, but not itself.": attended(
        attention, x, "100000 100000 110000 111000 111100 111110"
    ),
}
checks.close("six tokens, one at a time", got, attention(x), atol=1e-5, slips=slips)
for name, mine, right in zip("kv", cache, attention.project(x)[1:], strict=True):
    slips = {"new tokens stand before the old ones; they come last.": right.flip(2)}
    checks.close(f"{name} of the cache after six tokens", mine, right, slips=slips)
wide, x = Attention(20, 5), checks.normal(2, 4, 20, seed=22).float()
got = checks.run(attend_with_cache, wide, x, None)[0]
checks.close("another model, d_model 20 and 5 heads", got, wide(x))
meta = Attention(12, 3).to("meta")
new, old = torch.zeros(2, 3, 12), torch.zeros(2, 3, 5, 4)
checks.any_device(lambda x, k, v: attend_with_cache(meta, x, (k, v)), new, old, old)
checks.passed("token by token the same as all at once")

# %% check="cache_pieces" points=1
attention, x = small_attention(30), checks.normal(2, 5, 12, seed=31).float()
_, cache = step(attention, x[:, :2], None)
y, cache = step(attention, x[:, 2:], cache)
tables = {
    "is_causal=True aligns its triangle to the upper left; the new tokens see too little.": (
        "10000 11000 11100"
    ),
    "there is no mask: the first new token sees the later ones.": "11111 11111 11111",
    "the mask is inverted: in a boolean attn_mask True means that a query may attend.": (
        "00011 00001 00000"
    ),
    "a new token does not see itself: off by one.": "11000 11100 11110",
    "a new token sees the next one: off by one.": "11110 11111 11111",
    "the cached tokens are not attended to.": "00100 00110 00111",
    "a new token sees the cached ones only.": "11000 11000 11000",
    "the new keys stand before the cached ones, so the mask does not fit.": "00111 10111 11111",
    "a new token sees the cached ones and itself, but not the new ones before it.": (
        "11100 11010 11001"
    ),
}
slips = {cause: attended(attention, x, table) for cause, table in tables.items()}


def in_pieces(x: torch.Tensor) -> torch.Tensor:
    outputs, cache = [], None
    for piece in x.split((1, 3, 2), dim=1):
        y, cache = attend_with_cache(attention, piece, cache)
        outputs.append(y)
    return torch.cat(outputs, dim=1)


right = attention(x)[:, 2:]
if not any(torch.allclose(y, known, atol=1e-5) for known in (right, *slips.values())):
    with checks.hint("That may be one of two slips. Mend it first, then run this check again."):
        checks.causal("attention in pieces", in_pieces, checks.normal(2, 6, 12, seed=32).float())
checks.close("three new tokens after two", y, right, atol=1e-5, slips=slips)
k, v = attention.project(x)[1:]
first = {"new tokens stand before the old ones; they come last.": k.roll(-2, dims=2)}
checks.close("k of the cache after 2 + 3 tokens", cache[0], k, slips=first)
checks.close("v of the cache after 2 + 3 tokens", cache[1], v)
checks.causal(
    "attention in pieces of 1, 3 and 2 tokens", in_pieces, checks.normal(2, 6, 12, seed=32).float()
)
### BEGIN HIDDEN TESTS
x = checks.normal(3, 9, 12, seed=33).float()
_, cache = step(attention, x[:, :4], None)
y, cache = step(attention, x[:, 4:6], cache)
checks.close("2 tokens after 4", y, attention(x)[:, 4:6])
checks.close("3 tokens after 6", step(attention, x[:, 6:], cache)[0], attention(x)[:, 6:])
### END HIDDEN TESTS
checks.passed("several new tokens see the cache, themselves and what came before")

# %% check="cache_apart" points=1
attention, (one, two) = small_attention(40), checks.normal(2, 2, 5, 12, seed=41).float()
alone_right = torch.allclose(one_by_one(attention, one)[0], attention(one), atol=1e-5)
first = "one text, token by token, is wrong already: mend what the checks above name. Then this one tells more."
checks.that(alone_right, first)
cause = "alone each text is right, so something is kept outside: use the cache that comes in."
caches = [None, None]
for i in range(5):
    for j, x in enumerate((one, two)):
        y, caches[j] = step(attention, x[:, i : i + 1], caches[j])
        what, right = f"two texts in turns, text {j + 1}, token {i + 1}", attention(x)[:, i : i + 1]
        checks.close(what, y, right, slips={cause: y})
_, cache = step(attention, one[:, :3], None)
checks.run(attend_with_cache, attention, one[:, 3:], list(cache))  # must not change the list
for x in (one, torch.cat([one[:, :3], two[:, 3:]], dim=1)):
    y, _ = step(attention, x[:, 3:], cache)
    left = {"the first way on has left something behind, in the cache or outside.": y}
    right, slips = attention(x)[:, 3:], None if x is one else left
    checks.close("two different ways on from one cache", y, right, slips=slips)
### BEGIN HIDDEN TESTS
other = small_attention(50)
_, first = step(attention, one[:, :2], None)
_, second = step(other, one[:, :2], None)
checks.close("layer 1 of two", step(attention, one[:, 2:], first)[0], attention(one)[:, 2:])
checks.close("layer 2 of two", step(other, one[:, 2:], second)[0], other(one)[:, 2:])
### END HIDDEN TESTS
checks.passed("each text has its own cache")
