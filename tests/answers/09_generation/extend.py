# %%
# accept: length from the values, head by matmul
def extend(model, tokens, caches, run_block):
    n = len(model.blocks)
    S = caches[-1][1].size(-2) if caches else 0
    place_of = S + torch.arange(tokens.shape[1], device=tokens.device)
    x = model.token_embedding(tokens) + model.position_embedding(place_of)
    fresh = []
    for i in range(n):
        x, c = run_block(model.blocks[i], x, caches[i] if caches else None)
        fresh.append(c)
    return model.norm(x) @ model.token_embedding.weight.T, fresh


# %%
# accept: positions as (B, T), a tuple of caches
def extend(model, tokens, caches, run_block):
    B, T = tokens.shape
    S = 0
    if caches is not None:
        S = caches[0][0].shape[2]
    positions = torch.arange(S, S + T, device=tokens.device).expand(B, T)
    x = model.token_embedding(tokens)
    x = x + model.position_embedding(positions)
    out = []
    for block, cache in zip(model.blocks, [None] * 99 if caches is None else caches):
        x, cache = run_block(block, x, cache)
        out.append(cache)
    return torch.einsum("btd,vd->btv", model.norm(x), model.token_embedding.weight), tuple(out)


# %%
# accept: rows of the position table
def extend(model, tokens, caches, run_block):
    caches = [None] * len(model.blocks) if caches is None else list(caches)
    S = 0 if caches[0] is None else caches[0][0].shape[2]
    x = model.token_embedding(tokens) + model.position_embedding.weight[S : S + tokens.shape[1]]
    for i, block in enumerate(model.blocks):
        x, caches[i] = run_block(block, x, caches[i])
    return F.linear(model.norm(x), model.token_embedding.weight), caches


# %%
# reject: every result is zero · expects "has the caches of the blocks [0, 0, 0], not 0, 1, 2"


# %%
# reject: all zeros · expects "run_block was not called"
def extend(model, tokens, caches, run_block):
    return torch.zeros(*tokens.shape, model.token_embedding.num_embeddings), [None] * 3


# %%
# reject: positions always from 0 · expects "positions begin at 0 again"
# - positions = torch.arange(S, S + T, device=tokens.device)
# + positions = torch.arange(T, device=tokens.device)

# %%
# reject: one too far · expects "off by one: after S tokens the next position is S"
# - S = 0 if caches is None else caches[0][0].shape[2]
# + S = 0 if caches is None else caches[0][0].shape[2] + 1

# %%
# reject: one too short · expects "off by one, after S tokens the next position is S"
# - S = 0 if caches is None else caches[0][0].shape[2]
# + S = 0 if caches is None else caches[0][0].shape[2] - 1

# %%
# reject: the number of blocks · expects "that is the number of blocks"
# - S = 0 if caches is None else caches[0][0].shape[2]
# + S = 0 if caches is None else len(caches)

# %%
# reject: the number of heads · expects "that is the number of heads"
# - S = 0 if caches is None else caches[0][0].shape[2]
# + S = 0 if caches is None else caches[0][0].shape[1]

# %%
# reject: the batch size · expects "that is the batch size"
# - S = 0 if caches is None else caches[0][0].shape[2]
# + S = 0 if caches is None else len(caches[0][0])

# %%
# reject: one position for all new tokens · expects "all new tokens get the same position"
# - S = 0 if caches is None else caches[0][0].shape[2]
# - T = tokens.shape[1]
# - positions = torch.arange(S, S + T, device=tokens.device)
# + if caches is None:
# +     positions = torch.arange(tokens.shape[1])
# + else:
# +     positions = torch.tensor([caches[0][0].shape[2]])
#
# - for block, cache in zip(model.blocks, caches or [None] * len(model.blocks), strict=True):
# + for block, cache in zip(model.blocks, caches or [None] * len(model.blocks)):

# %%
# reject: no position · expects "no positions are added"
# - x = model.token_embedding(tokens) + model.position_embedding(positions)  # (B, T, d_model)
# + x = model.token_embedding(tokens)

# %%
# reject: one cache for all blocks · expects "each gets its own"
# - for block, cache in zip(model.blocks, caches or [None] * len(model.blocks), strict=True):
# -     x, cache = run_block(block, x, cache)
# + for block in model.blocks:
# +     x, cache = run_block(block, x, caches[0] if caches else None)

# %%
# reject: the cache of a block goes into the next one · expects "without caches every block should get None"
# - new = []
# - for block, cache in zip(model.blocks, caches or [None] * len(model.blocks), strict=True):
# -     x, cache = run_block(block, x, cache)
# + new, cache = [], None
# + for i, block in enumerate(model.blocks):
# +     x, cache = run_block(block, x, caches[i] if caches else cache)

# %%
# reject: every block gets the embeddings · expects "what the block before it returned"
# - x, cache = run_block(block, x, cache)
# + y, cache = run_block(block, x, cache)
#
# - return F.linear(model.norm(x), model.token_embedding.weight), new
# + return F.linear(model.norm(y), model.token_embedding.weight), new

# %%
# reject: the old caches come back · expects "the new caches hold"
# - return F.linear(model.norm(x), model.token_embedding.weight), new
# + return F.linear(model.norm(x), model.token_embedding.weight), caches or new

# %%
# reject: the norm is forgotten · expects "the last norm is missing"
# - return F.linear(model.norm(x), model.token_embedding.weight), new
# + return F.linear(x, model.token_embedding.weight), new

# %%
# reject: the last logits only · expects "expected (B, T, vocab_size) = (8, 2, 11), got (8, 11)"
# - return F.linear(model.norm(x), model.token_embedding.weight), new
# + return F.linear(model.norm(x), model.token_embedding.weight)[:, -1], new

# %%
# reject: the last cache instead of a list · expects "a list of three new caches"
# - new = []
#
# -     new.append(cache)
# - return F.linear(model.norm(x), model.token_embedding.weight), new
# + return F.linear(model.norm(x), model.token_embedding.weight), cache

# %%
# reject: the list that came in is overwritten · expects "changes its input in place"
# in: rows of the position table
# - caches = [None] * len(model.blocks) if caches is None else list(caches)
# + caches = [None] * len(model.blocks) if caches is None else caches

# %%
# reject: the list that came in is filled · expects "changes its input in place"
#   new.append(cache)
# + if caches is not None:
# +     caches[len(new) - 1] = cache

# %%
# reject: the first position for all tokens · expects "position 0 to all"
# - positions = torch.arange(S, S + T, device=tokens.device)
# + positions = torch.full((T,), S, device=tokens.device)
