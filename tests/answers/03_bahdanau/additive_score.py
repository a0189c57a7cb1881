# %%
# accept: F.linear and einsum
def additive_score(s, uh, W, v):
    z = torch.tanh(F.linear(s, W).unsqueeze(1) + uh)
    return torch.einsum("bsa,a->bs", z, v)


# %%
# accept: token by token
def additive_score(s, uh, W, v):
    ws = torch.einsum("bd,ad->ba", s, W)
    return torch.stack([(torch.tanh(ws + uh[:, j]) * v).sum(-1) for j in range(uh.shape[1])], dim=1)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: tanh missing · expects "tanh is missing"
# - return torch.tanh((s @ W.T)[:, None] + uh) @ v
# + return ((s @ W.T)[:, None] + uh) @ v

# %%
# reject: tanh outside · expects "tanh comes after v"
# - return torch.tanh((s @ W.T)[:, None] + uh) @ v
# + return torch.tanh(((s @ W.T)[:, None] + uh) @ v)

# %%
# reject: v missing · expects "v is missing"
# - return torch.tanh((s @ W.T)[:, None] + uh) @ v
# + return torch.tanh((s @ W.T)[:, None] + uh).sum(dim=2)

# %%
# reject: tanh of each part · expects "take it of the sum"
# - return torch.tanh((s @ W.T)[:, None] + uh) @ v
# + return (torch.tanh(s @ W.T)[:, None] + torch.tanh(uh)) @ v

# %%
# reject: without the query · expects "W s is missing"
# - return torch.tanh((s @ W.T)[:, None] + uh) @ v
# + return torch.tanh(uh) @ v

# %%
# reject: without the keys · expects "U h is missing"
# - return torch.tanh((s @ W.T)[:, None] + uh) @ v
# + return (torch.tanh(s @ W.T) @ v)[:, None].expand(uh.shape[:2])

# %%
# reject: a product of the parts · expects "they are added"
# - return torch.tanh((s @ W.T)[:, None] + uh) @ v
# + return torch.tanh((s @ W.T)[:, None] * uh) @ v

# %%
# reject: sigmoid · expects "that is the sigmoid"
# - return torch.tanh((s @ W.T)[:, None] + uh) @ v
# + return torch.sigmoid((s @ W.T)[:, None] + uh) @ v

# %%
# reject: W not transposed · expects "additive_score raised RuntimeError"
# - return torch.tanh((s @ W.T)[:, None] + uh) @ v
# + return torch.tanh((s @ W)[:, None] + uh) @ v

# %%
# reject: the query broadcast over the batch · expects "additive_score raised RuntimeError"
# - return torch.tanh((s @ W.T)[:, None] + uh) @ v
# + return torch.tanh((s @ W.T) + uh) @ v

# %%
# reject: softmax · expects "the scores: expected"
# - return torch.tanh((s @ W.T)[:, None] + uh) @ v
# + return (torch.tanh((s @ W.T)[:, None] + uh) @ v).softmax(dim=1)

# %%
# reject: not summed over d_att · expects "multiply by v and sum over d_att"
# - return torch.tanh((s @ W.T)[:, None] + uh) @ v
# + return torch.tanh((s @ W.T)[:, None] + uh) * v

# %%
# reject: the gradient is cut · expects "no gradient reaches the input"
# - return torch.tanh((s @ W.T)[:, None] + uh) @ v
# + return (torch.tanh((s @ W.T)[:, None] + uh) @ v).detach()

# %%
# reject: a column too many · expects "There is an extra dimension of size 1"
# - return torch.tanh((s @ W.T)[:, None] + uh) @ v
# + return torch.tanh((s @ W.T)[:, None] + uh) @ v[:, None]
