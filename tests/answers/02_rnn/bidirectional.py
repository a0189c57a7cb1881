# %%
# accept: indices instead of flip
def bidirectional(forward_layer, backward_layer, x, mask):
    turn = torch.arange(x.shape[1] - 1, -1, -1)
    a, a_last = forward_layer(x, mask)
    b, b_last = backward_layer(x[:, turn], mask[:, turn])
    return torch.cat([a, b[:, turn]], dim=2), torch.cat([a_last, b_last], dim=1)


# %%
# accept: row by row, on the real tokens alone
def bidirectional(forward_layer, backward_layer, x, mask):
    outputs, lasts = [], []
    for row, real in zip(x, mask, strict=True):
        whole = real[real][None]
        a, a_last = forward_layer(row[None, real], whole)
        b, b_last = backward_layer(row[None, real].flip(1), whole)
        both = a.new_zeros(len(row), 2 * a.shape[2])
        both[real] = torch.cat([a, b.flip(1)], dim=2)[0]
        outputs.append(both)
        lasts.append(torch.cat([a_last, b_last], dim=1)[0])
    return torch.stack(outputs), torch.stack(lasts)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the outputs are not turned back · expects "the backward outputs are not turned back"
# - outputs = torch.cat([ahead, back.flip(1)], dim=-1)  # (B, T, 2 * d_out)
# + outputs = torch.cat([ahead, back], dim=-1)

# %%
# reject: both directions read forwards · expects "the backward layer reads from left to right"
# - back, back_last = backward_layer(x.flip(1), mask.flip(1))
# - outputs = torch.cat([ahead, back.flip(1)], dim=-1)  # (B, T, 2 * d_out)
# + back, back_last = backward_layer(x, mask)
# + outputs = torch.cat([ahead, back], dim=-1)

# %%
# reject: the same weights in both directions · expects "used for both directions"
# - back, back_last = backward_layer(x.flip(1), mask.flip(1))
# + back, back_last = forward_layer(x.flip(1), mask.flip(1))

# %%
# reject: the backward direction first · expects "the forward direction comes first"
# - outputs = torch.cat([ahead, back.flip(1)], dim=-1)  # (B, T, 2 * d_out)
# + outputs = torch.cat([back.flip(1), ahead], dim=-1)

# %%
# reject: the batch is turned, not the time · expects "the backward layer reads from left to right"
# - back, back_last = backward_layer(x.flip(1), mask.flip(1))
# - outputs = torch.cat([ahead, back.flip(1)], dim=-1)  # (B, T, 2 * d_out)
# + back, back_last = backward_layer(x.flip(0), mask.flip(0))
# + outputs = torch.cat([ahead, back.flip(0)], dim=-1)

# %%
# reject: the features are turned, not the tokens · expects "flip(-1) turns the features around"
# - back, back_last = backward_layer(x.flip(1), mask.flip(1))
# - outputs = torch.cat([ahead, back.flip(1)], dim=-1)  # (B, T, 2 * d_out)
# + back, back_last = backward_layer(x.flip(-1), mask)
# + outputs = torch.cat([ahead, back.flip(-1)], dim=-1)

# %%
# reject: last states with the backward direction first · expects "the forward direction comes first"
# - return outputs, torch.cat([ahead_last, back_last], dim=-1)
# + return outputs, torch.cat([back_last, ahead_last], dim=-1)

# %%
# reject: the backward outputs at the last step · expects "do not read them from the outputs"
# - return outputs, torch.cat([ahead_last, back_last], dim=-1)
# + return outputs, outputs[:, -1]

# %%
# reject: no mask for the backward layer · expects "the backward direction starts in the padding"
# - back, back_last = backward_layer(x.flip(1), mask.flip(1))
# + back, back_last = backward_layer(x.flip(1), torch.ones_like(mask))

# %%
# reject: the mask is not turned around · expects "turned around together with the tokens"
# - back, back_last = backward_layer(x.flip(1), mask.flip(1))
# + back, back_last = backward_layer(x.flip(1), mask)

# %%
# reject: the forward outputs at the last step, the backward ones at the first · expects "do not read them"
# - return outputs, torch.cat([ahead_last, back_last], dim=-1)
# + return outputs, torch.cat([ahead[:, -1], back.flip(1)[:, 0]], dim=-1)

# %%
# reject: both outputs at the last step of their layer · expects "do not read them from the outputs"
# - return outputs, torch.cat([ahead_last, back_last], dim=-1)
# + return outputs, torch.cat([ahead[:, -1], back[:, -1]], dim=-1)

# %%
# reject: both last states taken at the last real token · expects "do not read them from the outputs"
# - return outputs, torch.cat([ahead_last, back_last], dim=-1)
# + return outputs, outputs[torch.arange(len(x)), mask.sum(1) - 1]

# %%
# reject: directions added instead of joined · expects "expected (batch, tokens, features)"
# - outputs = torch.cat([ahead, back.flip(1)], dim=-1)  # (B, T, 2 * d_out)
# - return outputs, torch.cat([ahead_last, back_last], dim=-1)
# + return ahead + back.flip(1), ahead_last + back_last
