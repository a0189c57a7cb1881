# %%
# accept: view and permute
def split_heads(x, n_heads):
    B, T, d_model = x.shape
    return x.view(B, T, n_heads, d_model // n_heads).permute(0, 2, 1, 3)


def merge_heads(x):
    B, n_heads, T, d_head = x.shape
    return x.permute(0, 2, 1, 3).contiguous().view(B, T, n_heads * d_head)


# %%
# accept: chunk and cat
def split_heads(x, n_heads):
    return torch.stack(x.chunk(n_heads, dim=-1), dim=1)


def merge_heads(x):
    return torch.cat(x.unbind(dim=1), dim=-1)


# %%
# accept: einsum-like reshapes
def split_heads(x, n_heads):
    return x.reshape(*x.shape[:2], n_heads, -1).swapaxes(1, 2)


def merge_heads(x):
    return x.swapaxes(1, 2).reshape(x.shape[0], x.shape[2], -1)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: split by a reshape alone · expects "gets features of several tokens"
# - return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)  # (B, n_heads, T, d_head)
# + B, T, d_model = x.shape
# + return x.reshape(B, n_heads, T, d_model // n_heads)

# %%
# reject: merged by a reshape alone · expects "tokens and heads are mixed up"
# - return x.transpose(1, 2).flatten(2)  # (B, T, d_model)
# + B, n_heads, T, d_head = x.shape
# + return x.reshape(B, T, n_heads * d_head)

# %%
# reject: the transpose is missing · expects "Are n_heads and tokens swapped?"
# - return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)  # (B, n_heads, T, d_head)
# + return x.unflatten(-1, (n_heads, -1))

# %%
# reject: features dealt out in turn · expects "head 1 gets the first d_head ones"
# - return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)  # (B, n_heads, T, d_head)
# + return x.unflatten(-1, (-1, n_heads)).permute(0, 3, 1, 2)

# %%
# reject: heads alternate when merged · expects "they stand side by side"
# - return x.transpose(1, 2).flatten(2)  # (B, T, d_model)
# + return x.permute(0, 2, 3, 1).flatten(2)

# %%
# reject: n_heads taken as d_head · expects "split_heads(x, 3): expected"
# - return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)  # (B, n_heads, T, d_head)
# + return x.unflatten(-1, (-1, n_heads)).transpose(1, 2)

# %%
# reject: the mean over the heads · expects "merge_heads(heads): expected (batch, tokens, d_model) = (5, 2, 12)"
# - return x.transpose(1, 2).flatten(2)  # (B, T, d_model)
# + return x.mean(dim=1)
