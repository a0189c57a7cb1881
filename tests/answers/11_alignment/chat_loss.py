# %%
# accept: by hand
def chat_loss(model, tokens, labels):
    logs = model(tokens).log_softmax(dim=-1)[:, :-1]
    wanted = labels[:, 1:]
    learned = wanted != -100
    picked = logs.gather(-1, wanted.clamp(min=0)[..., None])[..., 0]
    return -picked[learned].mean()


# %%
# accept: classes second
def chat_loss(model, tokens, labels):
    logits = model(tokens[:, :-1]).transpose(1, 2)
    return F.cross_entropy(logits, labels[:, 1:])


# %%
# accept: only what is learned
def chat_loss(model, tokens, labels):
    b, t = (labels[:, 1:] != -100).nonzero(as_tuple=True)
    return F.cross_entropy(model(tokens)[b, t], labels[b, t + 1])


# %%
# reject: zero · expects "got 0."

# %%
# reject: no shift · expects "the logits at place t are for token t + 1"
# - logits = model(tokens)[:, :-1]  # (B, T - 1, V)
# + logits = model(tokens)[:, 1:]

# %%
# reject: the sum · expects "take the mean"
# - return F.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten())
# + return F.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten(), reduction="sum")

# %%
# reject: a loss for each token · expects "the loss is a scalar"
# - return F.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten())
# + return F.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten(), reduction="none")

# %%
# reject: the labels are ignored · expects "the user's tokens count too"
# - return F.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten())
# + return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())

# %%
# reject: mean over all tokens · expects "divide by the tokens that are learned"
# - return F.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten())
# + return F.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten(), reduction="none").mean()

# %%
# reject: mean over all places · expects "not by all places"
# - return F.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten())
# + return F.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten(), reduction="sum") / tokens.numel()


# %%
# reject: mean of the rows' means · expects "each token counts the same, whatever its row"
def chat_loss(model, tokens, labels):
    logits = model(tokens)[:, :-1]
    rows = [F.cross_entropy(row, label) for row, label in zip(logits, labels[:, 1:], strict=True)]
    return torch.stack(rows).mean()
