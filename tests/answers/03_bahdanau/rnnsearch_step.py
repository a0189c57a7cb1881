# %%
# accept: names for everything
def rnnsearch_step(y, s, attend, cell, output):
    context, alpha = attend(s)
    new = cell(torch.concat((y, context), dim=-1), s)
    logits = output(torch.concat((y, new, context), dim=-1))
    return logits, new, alpha


# %%
# accept: the inputs built by writing into empty tensors
def rnnsearch_step(y, s, attend, cell, output):
    c, weights = attend(s)
    d_y, d_s = y.shape[1], s.shape[1]
    x = y.new_empty(len(y), d_y + c.shape[1])
    x[:, :d_y], x[:, d_y:] = y, c
    s = cell(x, s)
    z = y.new_empty(len(y), d_y + d_s + c.shape[1])
    z[:, :d_y], z[:, d_y : d_y + d_s], z[:, d_y + d_s :] = y, s, c
    return [output(z), s, weights]


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the query is the state after the step · expects "Bahdanau's query is s before it"
# + c, _ = attend(s)
# + s = cell(torch.cat([y, c], dim=1), s)
#   c, weights = attend(s)  # (B, d_enc), (B, S)
#
# - s = cell(torch.cat([y, c], dim=1), s)

# %%
# reject: Luong's order, the cell moves without a context · expects "Bahdanau's query is s before it"
# + c, _ = attend(s)
# + s = cell(torch.cat([y, torch.zeros_like(c)], dim=1), s)
#   c, weights = attend(s)  # (B, d_enc), (B, S)
#
# - s = cell(torch.cat([y, c], dim=1), s)

# %%
# reject: the old state comes back · expects "the state comes back as it was"
# - s = cell(torch.cat([y, c], dim=1), s)
# - return output(torch.cat([y, s, c], dim=1)), s, weights
# + new = cell(torch.cat([y, c], dim=1), s)
# + return output(torch.cat([y, new, c], dim=1)), s, weights

# %%
# reject: the context does not enter the cell · expects "the context does not enter the cell"
# - s = cell(torch.cat([y, c], dim=1), s)
# + s = cell(torch.cat([y, torch.zeros_like(c)], dim=1), s)

# %%
# reject: the cell gets c, y · expects "the order of the cell's input is y, then c"
# - s = cell(torch.cat([y, c], dim=1), s)
# + s = cell(torch.cat([c, y], dim=1), s)

# %%
# reject: the cell begins from zeros · expects "the cell begins from zeros"
# - s = cell(torch.cat([y, c], dim=1), s)
# + s = cell(torch.cat([y, c], dim=1), torch.zeros_like(s))

# %%
# reject: the output sees the old state · expects "the output is given the old state"
# - s = cell(torch.cat([y, c], dim=1), s)
# - return output(torch.cat([y, s, c], dim=1)), s, weights
# + new = cell(torch.cat([y, c], dim=1), s)
# + return output(torch.cat([y, s, c], dim=1)), new, weights

# %%
# reject: the output does not see the context · expects "the context does not enter the output"
# - return output(torch.cat([y, s, c], dim=1)), s, weights
# + return output(torch.cat([y, s, torch.zeros_like(c)], dim=1)), s, weights

# %%
# reject: the output in another order · expects "the order of the output's input is y, s, c"
# - return output(torch.cat([y, s, c], dim=1)), s, weights
# + return output(torch.cat([s, c, y], dim=1)), s, weights

# %%
# reject: probabilities · expects "these are probabilities"
# - return output(torch.cat([y, s, c], dim=1)), s, weights
# + return output(torch.cat([y, s, c], dim=1)).softmax(dim=1), s, weights

# %%
# reject: asks twice · expects "attention is asked a second time"
# - return output(torch.cat([y, s, c], dim=1)), s, weights
# + return output(torch.cat([y, s, attend(s)[0]], dim=1)), s, weights

# %%
# reject: the context in place of the weights · expects "the weights: expected (batch, S) = (2, 6)"
# - return output(torch.cat([y, s, c], dim=1)), s, weights
# + return output(torch.cat([y, s, c], dim=1)), s, c

# %%
# reject: no weights · expects "rnnsearch_step returns 3 values"
# - return output(torch.cat([y, s, c], dim=1)), s, weights
# + return output(torch.cat([y, s, c], dim=1)), s

# %%
# reject: the results of attend swapped · expects "the input of cell, [y; c],"
# - c, weights = attend(s)  # (B, d_enc), (B, S)
# + weights, c = attend(s)

# %%
# reject: the output without the token before · expects "the input of output, [y; s; c],"
# - return output(torch.cat([y, s, c], dim=1)), s, weights
# + return output(torch.cat([s, c], dim=1)), s, weights

# %%
# reject: the context alone for the cell · expects "the input of cell, [y; c],"
# - s = cell(torch.cat([y, c], dim=1), s)
# + s = cell(c, s)
