# %%
# accept: softmax by hand, mask from positions
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k = torch.cat((cache[0], k), -2)
        v = torch.cat((cache[1], v), -2)
    S = k.shape[-2] - q.shape[-2]
    rows = S + torch.arange(q.shape[-2], device=x.device)
    allowed = torch.arange(k.shape[-2], device=x.device) <= rows[:, None]
    scores = (q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(~allowed, -torch.inf)
    y = scores.softmax(-1) @ v
    return attention.out(y.transpose(1, 2).reshape(x.shape)), (k, v)


# %%
# accept: is_causal without a cache, no mask for one token, a list as cache
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is None:
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    else:
        S, T = cache[0].shape[2], x.shape[1]
        k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
        old = torch.ones(T, S, dtype=torch.bool, device=x.device)
        new = torch.ones(T, T, dtype=torch.bool, device=x.device).tril()
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=torch.cat([old, new], dim=1))
    return attention.out(y.transpose(1, 2).flatten(2)), [k, v]


# %%
# accept: a loop over the new tokens, an additive mask is not needed
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    S = 0
    if cache is not None:
        S = cache[0].size(2)
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    outs = []
    for i in range(x.size(1)):
        end = S + i + 1
        outs.append(
            F.scaled_dot_product_attention(q[:, :, i : i + 1], k[:, :, :end], v[:, :, :end])
        )
    y = torch.cat(outs, dim=2).permute(0, 2, 1, 3)
    return attention.out(y.reshape(x.shape)), (k, v)


# %%
# accept: PyTorch's own mask for the lower right
def attend_with_cache(attention, x, cache):
    from torch.nn.attention.bias import causal_lower_right

    q, k, v = attention.project(x)
    past_k, past_v = cache if cache else (k[:, :, :0], v[:, :, :0])
    k, v = torch.cat([past_k, k], -2), torch.cat([past_v, v], -2)
    y = F.scaled_dot_product_attention(
        q, k, v, attn_mask=causal_lower_right(q.shape[-2], k.shape[-2])
    )
    return attention.out(torch.einsum("bhtd->bthd", y).flatten(2)), (k, v)


# %%
# accept: an additive mask
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    T, S = q.shape[2], k.shape[2]
    bias = torch.full((T, S), -torch.inf, dtype=x.dtype, device=x.device).triu(S - T + 1)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
    return attention.out(y.transpose(1, 2).reshape(*x.shape)), (k, v)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: is_causal after a cache · expects "aligns its triangle to the upper left"
# - y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
# + y = F.scaled_dot_product_attention(q, k, v, is_causal=True)

# %%
# reject: is_causal unless there is one token · expects "the new tokens see too little"
# - y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
# + y = F.scaled_dot_product_attention(q, k, v, is_causal=T > 1)

# %%
# reject: no mask after a cache · expects "the first new token sees the later ones"
# - y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
# + y = F.scaled_dot_product_attention(q, k, v, is_causal=cache is None)

# %%
# reject: no mask at all · expects "there is no mask: a token sees later ones"
# - y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
# + y = F.scaled_dot_product_attention(q, k, v)

# %%
# reject: the diagonal one too far · expects "a token sees the next one"
# - k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# + k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
#
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# + mask = torch.ones(T, total, dtype=torch.bool).tril(total - T + 1)

# %%
# reject: the diagonal one too short after a cache · expects "a token sees the cache, but not itself"
# + off = 0
#   if cache is not None:
#
# - k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# + off = 1
# + k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
#
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# + mask = torch.ones(T, total, dtype=torch.bool).tril(total - T - off)

# %%
# reject: new before old · expects "new tokens stand before the old ones"
# - k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# + k, v = torch.cat([k, cache[0]], 2), torch.cat([v, cache[1]], 2)
#
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# + mask = torch.ones(T, total, dtype=torch.bool).tril(total - T)

# %%
# reject: values not joined · expects "old and new values, along the tokens"
# - k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# + k = torch.cat([cache[0], k], 2)
#
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# + mask = torch.ones(T, total, dtype=torch.bool).tril(total - T)

# %%
# reject: joined along the heads by mistake · expects "along the tokens: dimension 2"
# - k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# + k, v = torch.cat([cache[0], k], 1), torch.cat([cache[1], v], 1)
#
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# + mask = torch.ones(T, total, dtype=torch.bool).tril(total - T)


# %%
# reject: heads and tokens swapped in the cache · expects "Are n_heads and tokens swapped?"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    if cache is not None:
        k, v = torch.cat([cache[0], k], 1), torch.cat([cache[1], v], 1)
    y = F.scaled_dot_product_attention(q, k[:, : q.shape[1]], v[:, : q.shape[1]])
    return attention.out(y.transpose(1, 2).flatten(2)), (k.transpose(1, 2), v.transpose(1, 2))


# %%
# reject: joined along the batch · expects "k of the new cache: expected"
# - k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# + k, v = (torch.cat([old, new], dim=0) for old, new in zip(cache, (k, v), strict=True))
#
# - y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
# + y = F.scaled_dot_product_attention(q, k[: len(x)], v[: len(x)], is_causal=True)

# %%
# reject: attends to the new tokens only · expects "the cached keys and values are not used"
#   q, k, v = attention.project(x)  # (B, n_heads, T, d_head)
# + y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
#
# - y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)

# %%
# reject: returns the new keys and values only · expects "join old and new along the tokens"
#   q, k, v = attention.project(x)  # (B, n_heads, T, d_head)
# + new = k, v
#
# - return attention.out(y.transpose(1, 2).flatten(2)), (k, v)
# + return attention.out(y.transpose(1, 2).flatten(2)), new

# %%
# reject: returns the old cache · expects "join old and new along the tokens"
# - return attention.out(y.transpose(1, 2).flatten(2)), (k, v)
# + return attention.out(y.transpose(1, 2).flatten(2)), cache or (k, v)

# %%
# reject: k and v swapped in the cache · expects "k and v are swapped"
# - k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# + k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache[::-1], (k, v), strict=True))
#
# - return attention.out(y.transpose(1, 2).flatten(2)), (k, v)
# + return attention.out(y.transpose(1, 2).flatten(2)), (v, k)

# %%
# reject: kept on the module · expects "keep nothing outside the function"
# - if cache is not None:
# -     k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# + if hasattr(attention, "cache"):
# +     k, v = torch.cat([attention.cache[0], k], 2), torch.cat([attention.cache[1], v], 2)
# + attention.cache = (k, v)
#
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# + mask = torch.ones(T, total, dtype=torch.bool).tril(total - T)

# %%
# reject: kept on the module, fresh for None · expects "something is kept outside"
# -     k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# - T, total = q.shape[2], k.shape[2]
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# +     S = cache[0].shape[2]
# +     k = torch.cat([attention.cache[0][:, :, :S], k], 2)
# +     v = torch.cat([attention.cache[1][:, :, :S], v], 2)
# + attention.cache = (k, v)
# + T, S = q.shape[2], k.shape[2]
# + mask = torch.ones(T, S, dtype=torch.bool).tril(S - T)


# %%
# reject: a buffer that all share, written in place · expects "changes its input in place"
def attend_with_cache(attention, x, cache):
    q, k, v = attention.project(x)
    S, T = 0 if cache is None else cache[0].shape[2], x.shape[1]
    buffer = attention.__dict__.get("buffer")
    if buffer is None or len(buffer[0]) != len(x):
        B, H, _, d = k.shape
        buffer = attention.__dict__["buffer"] = torch.zeros(2, B, H, 64, d, dtype=x.dtype)
    with torch.no_grad():
        buffer[0, :, :, S : S + T], buffer[1, :, :, S : S + T] = k, v
    k, v = buffer[:, :, :, : S + T]
    mask = torch.ones(T, S + T, dtype=torch.bool).tril(S)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    if cache is not None:
        cache[0].mul_(1.5)
    return attention.out(y.transpose(1, 2).flatten(2)), (k, v)


# %%
# reject: the output layer is forgotten · expects "the output: expected"
# in: an additive mask
# - bias = torch.full((T, S), -torch.inf, dtype=x.dtype, device=x.device).triu(S - T + 1)
# + bias = torch.ones(T, S, dtype=torch.bool).tril(S - T)
#
# - return attention.out(y.transpose(1, 2).reshape(*x.shape)), (k, v)
# + return y, (k, v)

# %%
# reject: the output layer is forgotten after the merge · expects "attention.out is missing"
# in: an additive mask
# - bias = torch.full((T, S), -torch.inf, dtype=x.dtype, device=x.device).triu(S - T + 1)
# + bias = torch.ones(T, S, dtype=torch.bool).tril(S - T)
#
# - return attention.out(y.transpose(1, 2).reshape(*x.shape)), (k, v)
# + return y.transpose(1, 2).flatten(2), (k, v)

# %%
# reject: heads merged without a transpose · expects "merged without swapping"
# in: an additive mask
# - bias = torch.full((T, S), -torch.inf, dtype=x.dtype, device=x.device).triu(S - T + 1)
# + bias = torch.ones(T, S, dtype=torch.bool).tril(S - T)
#
# - return attention.out(y.transpose(1, 2).reshape(*x.shape)), (k, v)
# + return attention.out(y.reshape(x.shape)), (k, v)

# %%
# reject: the cached keys are projected again · expects "Tensors must have same number of dimensions"
# + if cache is not None:
# +     x = torch.cat([cache[0], x], dim=1)
#   q, k, v = attention.project(x)  # (B, n_heads, T, d_head)

# %%
# reject: new tokens see the cache and themselves alone · expects "but not the new ones before it"
#   mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# + if cache is not None:
# +     mask[:, total - T :] = torch.eye(T).bool()

# %%
# reject: a float mask of 0 and 1 is added to the scores · expects "make it boolean"
# - k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# + k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
#
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# + mask = torch.ones(T, total, dtype=x.dtype).tril(total - T)


# %%
# reject: the output alone · expects "returns 2 values, output, cache"
def attend_with_cache(attention, x, cache):
    return attention(x)


# %%
# reject: a list that came in is filled · expects "changes its input in place"
# - k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# + k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
# + if isinstance(cache, list):
# +     cache[0], cache[1] = k, v

# %%
# reject: the batch of the check · expects "shape '[2, -1, 12]' is invalid"
# - k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# + k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
#
# - return attention.out(y.transpose(1, 2).flatten(2)), (k, v)
# + return attention.out(y.transpose(1, 2).reshape(2, -1, 12)), (k, v)

# %%
# reject: the width of the check · expects "is invalid for input of size 160"
# - k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# + k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
#
# - return attention.out(y.transpose(1, 2).flatten(2)), (k, v)
# + return attention.out(y.transpose(1, 2).reshape(len(x), -1, 12)), (k, v)

# %%
# reject: the triangle one to the left · expects "a token does not see itself: off by one"
# - k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# + k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
#
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# + mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T - 1)

# %%
# reject: an inverted mask, as masked_fill has it · expects "True means that a query may attend"
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# + mask = torch.ones(T, total, device=x.device).triu(total - T + 1).bool()

# %%
# reject: an inverted mask, the diagonal too · expects "and a token sees itself"
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# + mask = torch.ones(T, total, device=x.device).triu(total - T).bool()

# %%
# reject: an inverted mask and a softmax by hand give NaN · expects "a softmax over nothing"
# in: softmax by hand, mask from positions
# - scores = (q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(~allowed, -torch.inf)
# + scores = (q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(allowed, -torch.inf)

# %%
# reject: no mask and queries for keys · expects "something else is wrong too"
# - y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
# + y = F.scaled_dot_product_attention(q if cache else k, k, v)

# %%
# reject: two slips, an inverted mask and new before old · expects "That may be one of two slips"
# -     k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# +     k, v = (torch.cat([new, old], dim=2) for old, new in zip(cache, (k, v), strict=True))
#
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# + mask = ~torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)

# %%
# reject: two slips, kept outside and a mask off by one · expects "one text, token by token, is wrong already"
# -     k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# - T, total = q.shape[2], k.shape[2]
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# +     S = cache[0].shape[2]
# +     k = torch.cat([attention.cache[0][:, :, :S], k], 2)
# +     v = torch.cat([attention.cache[1][:, :, :S], v], 2)
# + attention.cache = (k, v)
# + T, total = q.shape[2], k.shape[2]
# + mask = torch.ones(T, total, dtype=torch.bool).tril(total - T - (total > T))

# %%
# reject: S is the number of heads · expects "S is dimension 2 of k"
# + S = 0 if cache is None else cache[0].shape[1]
#   q, k, v = attention.project(x)  # (B, n_heads, T, d_head)
#
# - T, total = q.shape[2], k.shape[2]
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# + T = q.shape[2]
# + mask = torch.ones(T, S + T, dtype=torch.bool, device=x.device).tril(S)

# %%
# reject: a square mask · expects "the mask must be (T, S + T)"
# - k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache, (k, v), strict=True))
# + k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
#
# - mask = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
# + mask = torch.ones(total, total, dtype=torch.bool, device=x.device).tril()
