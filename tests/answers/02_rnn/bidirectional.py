# %%
# accept: indices instead of flip
def bidirectional(forward_layer, backward_layer, x, mask):
    turn = torch.arange(x.shape[1] - 1, -1, -1)
    a = scan(forward_layer, x, mask)
    b = scan(backward_layer, x[:, turn], mask[:, turn])
    return torch.cat([a, b[:, turn]], dim=2), torch.cat([a[:, -1], b[:, -1]], dim=1)


# %%
# accept: row by row, on the real tokens alone
def bidirectional(forward_layer, backward_layer, x, mask):
    d = forward_layer.hidden_size
    states, last = x.new_zeros(*x.shape[:2], 2 * d), []
    for k, (row, real) in enumerate(zip(x, mask, strict=True)):
        a = forward_layer(row[real])[0]
        b = backward_layer(row[real].flip(0))[0].flip(0)
        states[k, real] = torch.cat([a, b], dim=1)
        last.append(torch.cat([a[-1], b[0]]))
    return states, torch.stack(last)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the states are not turned back · expects "the backward states are not turned back"
# - back = scan(backward_layer, x.flip(1), mask.flip(1)).flip(1)  # (B, T, d_hidden)
# - last = torch.cat([ahead[:, -1], back[:, 0]], dim=-1)  # (B, 2 * d_hidden)
# + back = scan(backward_layer, x.flip(1), mask.flip(1))
# + last = torch.cat([ahead[:, -1], back[:, -1]], dim=-1)

# %%
# reject: both directions read forwards · expects "the backward layer reads from left to right"
# - back = scan(backward_layer, x.flip(1), mask.flip(1)).flip(1)  # (B, T, d_hidden)
# - last = torch.cat([ahead[:, -1], back[:, 0]], dim=-1)  # (B, 2 * d_hidden)
# + back = scan(backward_layer, x, mask)
# + last = torch.cat([ahead[:, -1], back[:, -1]], dim=-1)

# %%
# reject: the same weights in both directions · expects "used for both directions"
# - back = scan(backward_layer, x.flip(1), mask.flip(1)).flip(1)  # (B, T, d_hidden)
# + back = scan(forward_layer, x.flip(1), mask.flip(1)).flip(1)

# %%
# reject: the backward direction first · expects "the forward direction comes first"
# - last = torch.cat([ahead[:, -1], back[:, 0]], dim=-1)  # (B, 2 * d_hidden)
# - return torch.cat([ahead, back], dim=-1), last
# + return torch.cat([back, ahead], dim=2), torch.cat([back[:, 0], ahead[:, -1]], dim=1)

# %%
# reject: the batch is turned, not the time · expects "the backward layer reads from left to right"
# - back = scan(backward_layer, x.flip(1), mask.flip(1)).flip(1)  # (B, T, d_hidden)
# + back = scan(backward_layer, x.flip(0), mask.flip(0)).flip(0)

# %%
# reject: the features are turned, not the tokens · expects "flip(-1) turns the features around"
# - back = scan(backward_layer, x.flip(1), mask.flip(1)).flip(1)  # (B, T, d_hidden)
# + back = scan(backward_layer, x.flip(-1), mask).flip(-1)

# %%
# reject: last states with the backward direction first · expects "the forward direction comes first"
# - last = torch.cat([ahead[:, -1], back[:, 0]], dim=-1)  # (B, 2 * d_hidden)
# - return torch.cat([ahead, back], dim=-1), last
# + return torch.cat([ahead, back], -1), torch.cat([back[:, 0], ahead[:, -1]], -1)

# %%
# reject: the last backward state before it is turned back · expects "turn its states back"
# - last = torch.cat([ahead[:, -1], back[:, 0]], dim=-1)  # (B, 2 * d_hidden)
# + last = torch.cat([ahead[:, -1], back[:, -1]], dim=-1)

# %%
# reject: no mask for the backward layer · expects "the backward direction starts in the padding"
# - back = scan(backward_layer, x.flip(1), mask.flip(1)).flip(1)  # (B, T, d_hidden)
# + back = scan(backward_layer, x.flip(1), torch.ones_like(mask)).flip(1)

# %%
# reject: the mask is not turned around · expects "turned around together with the tokens"
# - back = scan(backward_layer, x.flip(1), mask.flip(1)).flip(1)  # (B, T, d_hidden)
# + back = scan(backward_layer, x.flip(1), mask).flip(1)

# %%
# reject: both last states taken at the last step · expects "take it at step 0"
# - last = torch.cat([ahead[:, -1], back[:, 0]], dim=-1)  # (B, 2 * d_hidden)
# - return torch.cat([ahead, back], dim=-1), last
# + last = torch.cat([ahead, back], dim=2)
# + return last, last[:, -1]

# %%
# reject: both taken at the last real token · expects "has read one token only; take it at step 0"
# - last = torch.cat([ahead[:, -1], back[:, 0]], dim=-1)  # (B, 2 * d_hidden)
# - return torch.cat([ahead, back], dim=-1), last
# + last = torch.cat([ahead, back], dim=2)
# + return last, last[torch.arange(len(x)), mask.sum(1) - 1]

# %%
# reject: directions added instead of joined · expects "expected (batch, tokens, features)"
# - last = torch.cat([ahead[:, -1], back[:, 0]], dim=-1)  # (B, 2 * d_hidden)
# - return torch.cat([ahead, back], dim=-1), last
# + return ahead + back, ahead[:, -1] + back[:, 0]
