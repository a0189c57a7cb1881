# %%
# accept: narrow
def next_token(tokens):
    T = tokens.shape[1] - 1
    return tokens.narrow(1, 0, T), tokens.narrow(1, 1, T)


# %%
# accept: copies, as a list
def next_token(tokens):
    return [tokens[:, :-1].clone(), tokens[..., 1:].contiguous()]


# %%
# accept: a window
def next_token(tokens):
    windows = tokens.unfold(1, 2, 1)  # (B, T, 2)
    return windows[..., 0], windows[..., 1]


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: not shifted · expects "the targets are the inputs"
# - return tokens[:, :-1], tokens[:, 1:]
# + return tokens[:, :-1], tokens[:, :-1]

# %%
# reject: swapped · expects "inputs and targets are swapped"
# - return tokens[:, :-1], tokens[:, 1:]
# + return tokens[:, 1:], tokens[:, :-1]

# %%
# reject: nothing cut off · expects "the last one is no input"
# - return tokens[:, :-1], tokens[:, 1:]
# + return tokens, tokens.roll(-1, dims=1)

# %%
# reject: the inputs not cut · expects "the last one is no input"
# - return tokens[:, :-1], tokens[:, 1:]
# + return tokens, tokens[:, 1:]

# %%
# reject: rows instead of columns · expects "expected (batch, T)"
# - return tokens[:, :-1], tokens[:, 1:]
# + return tokens[:-1], tokens[1:]

# %%
# reject: both are the targets · expects "these are the targets"
# - return tokens[:, :-1], tokens[:, 1:]
# + return tokens[:, 1:], tokens[:, 1:]

# %%
# reject: only the last token as target · expects "expected (batch, T)"
# - return tokens[:, :-1], tokens[:, 1:]
# + return tokens[:, :-1], tokens[:, -1:].squeeze(1)

# %%
# reject: comes round · expects "nothing comes round"
# - return tokens[:, :-1], tokens[:, 1:]
# + inputs = tokens[:, :-1]
# + return inputs, inputs.roll(-1, dims=1)

# %%
# reject: one value · expects "returns 2 values"
# - return tokens[:, :-1], tokens[:, 1:]
# + return tokens[:, 1:]

# %%
# reject: floats · expects "should stay int64"
# - return tokens[:, :-1], tokens[:, 1:]
# + return tokens[:, :-1].float(), tokens[:, 1:].float()

# %%
# reject: shifted by two · expects "expected (batch, T)"
# - return tokens[:, :-1], tokens[:, 1:]
# + return tokens[:, :-2], tokens[:, 2:]
