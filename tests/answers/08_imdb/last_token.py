# %%
# accept: a loop over the rows
def last_token(states, mask):
    return torch.stack([row[keep][-1] for row, keep in zip(states, mask)])


# %%
# accept: turned around, the first real one
def last_token(states, mask):
    from_the_end = mask.flip(1).int().argmax(dim=1)
    last = mask.shape[1] - 1 - from_the_end
    index = last[:, None, None].expand(-1, 1, states.shape[2])
    return states.gather(1, index).squeeze(1)


# %%
# accept: the token after which no real one comes
def last_token(states, mask):
    count = mask.cumsum(dim=1)
    return states[mask & (count == mask.sum(dim=1, keepdim=True))]


# %%
# accept: the largest place, picked by a one-hot product
def last_token(states, mask):
    T = mask.shape[1]
    places = torch.arange(T, device=mask.device).expand_as(mask).masked_fill(~mask, -1)
    chosen = F.one_hot(places.amax(dim=1), T).to(states.dtype)
    return torch.einsum("bt,btd->bd", chosen, states)


# %%
# accept: token by token, a later one takes the place
def last_token(states, mask):
    found = states[:, 0]
    for t in range(1, states.shape[1]):
        found = torch.where(mask[:, t].unsqueeze(1), states[:, t], found)
    return found


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the last place · expects "that is the last place, which may be padding"
# - return states[torch.arange(len(states), device=mask.device), last]
# + return states[:, -1]

# %%
# reject: the first token · expects "that is the first token, [CLS]"
# - return states[torch.arange(len(states), device=mask.device), last]
# + return states[:, 0]

# %%
# reject: counted, good for padding on the right · expects "only when the padding is on the right"
# - last = (places * mask).argmax(dim=1)  # (B,)
# + last = mask.sum(dim=1) - 1

# %%
# reject: counted, without − 1 · expects "the first place of padding, one too far"
# - last = (places * mask).argmax(dim=1)  # (B,)
# + last = mask.sum(dim=1)

# %%
# reject: one too early · expects "one place too early"
# - last = (places * mask).argmax(dim=1)  # (B,)
# + last = (places * mask).argmax(dim=1) - 1


# %%
# reject: the mean · expects "that is the mean over the tokens; take one"
def last_token(states, mask):
    return states.masked_fill(~mask[..., None], 0).sum(dim=1) / mask.sum(dim=1, keepdim=True)


# %%
# reject: the maximum · expects "that is the largest state"
def last_token(states, mask):
    return states.masked_fill(~mask[..., None], -torch.inf).amax(dim=1)


# %%
# reject: argmax of the mask, the first real token · expects "that is the first token, [CLS]"
# - last = (places * mask).argmax(dim=1)  # (B,)
# + last = mask.int().argmax(dim=1)

# %%
# reject: argmax of a bool tensor · expects "does not support bool input"
# - last = (places * mask).argmax(dim=1)  # (B,)
# + last = mask.argmax(dim=1)

# %%
# reject: counted from the end · expects "counted from the end"
# - last = (places * mask).argmax(dim=1)  # (B,)
# + last = mask.flip(1).int().argmax(dim=1)

# %%
# reject: before the first place of padding · expects "wherever the padding stands"
# - last = (places * mask).argmax(dim=1)  # (B,)
# + last = (~mask).int().argmax(dim=1) - 1

# %%
# reject: every place of every row · expects "takes every place from every row"
# - return states[torch.arange(len(states), device=mask.device), last]
# + return states[:, last]

# %%
# reject: the places are returned · expects "Is the d_model dimension lost?"
# - return states[torch.arange(len(states), device=mask.device), last]
# + return last

# %%
# reject: gather leaves a dimension · expects "There is an extra dimension of size 1"
# - return states[torch.arange(len(states), device=mask.device), last]
# + return states.gather(1, last[:, None, None].expand(-1, 1, states.shape[2]))

# %%
# reject: the places lie on the CPU · expects "It would fail on a GPU"
# - places = torch.arange(mask.shape[1], device=mask.device)  # (T,)
# + places = torch.arange(mask.shape[1])

# %%
# reject: the graph is cut · expects "no gradient reaches the input"
# - return states[torch.arange(len(states), device=mask.device), last]
# + return states.detach()[torch.arange(len(states), device=mask.device), last]

# %%
# reject: places counted in bytes · expects "a text of 300 tokens"
# - places = torch.arange(mask.shape[1], device=mask.device)  # (T,)
# + places = torch.arange(mask.shape[1], device=mask.device).to(torch.uint8)
