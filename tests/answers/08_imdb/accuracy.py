# %%
# accept: all answers gathered, then compared
@torch.no_grad()
def accuracy(model, batches):
    mode = model.training
    model.eval()
    guesses, truths = [], []
    for tokens, mask, labels in batches:
        guesses.append(model(tokens, mask).max(dim=1).indices)
        truths.append(labels)
    model.train(mode)
    return (torch.cat(guesses) == torch.cat(truths)).double().mean().item()


# %%
# accept: inference_mode, and try … finally
def accuracy(model, batches):
    was_training = model.training
    model.eval()
    hits = []
    try:
        with torch.inference_mode():
            for tokens, mask, labels in batches:
                hits += (model(tokens, mask).softmax(-1).argmax(-1) == labels).tolist()
    finally:
        if was_training:
            model.train()
    return sum(hits) / len(hits)


# %%
# accept: the means of the batches, weighted by their sizes
def accuracy(model, batches):
    was_training = model.training
    model.train(False)
    shares, sizes = [], []
    with torch.no_grad():
        for batch in batches:
            guess = model(batch[0], batch[1]).topk(1).indices[:, 0]
            shares.append(guess.eq(batch[2]).float().mean().item())
            sizes.append(batch[2].shape[0])
    model.train(was_training)
    return float(np.average(shares, weights=sizes))


# %%
# accept: the mode of each module is kept
def accuracy(model, batches):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    right = total = 0
    previous = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    for tokens, mask, labels in batches:
        for logits, label in zip(model(tokens, mask).tolist(), labels.tolist(), strict=True):
            right += logits.index(max(logits)) == label
            total += 1
    torch.set_grad_enabled(previous)
    for module, mode in modes.items():
        module.training = mode
    return right / total


# %%
# reject: zero · expects "got 0."

# %%
# reject: nothing returned · expects "end with `return`"
# - return right / total


# %%
# reject: the mean over the batches · expects "the smaller batch counts too much"
def accuracy(model, batches):
    was_training, shares = model.training, []
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            shares.append((model(tokens, mask).argmax(-1) == labels).double().mean().item())
    model.train(was_training)
    return sum(shares) / len(shares)


# %%
# reject: the count · expects "that is the number of right answers"
# - was_training, right, total = model.training, 0, 0
# + was_training, right = model.training, 0.0
#
# - total += len(labels)
#
# - return right / total
# + return right

# %%
# reject: divided by the number of batches · expects "that is divided by the number of batches; divide"
# - was_training, right, total = model.training, 0, 0
# + was_training, right = model.training, 0
#
# - total += len(labels)
#
# - return right / total
# + return right / len(batches)

# %%
# reject: divided by batches times batch size · expects "the number of batches times their size"
# - was_training, right, total = model.training, 0, 0
# + was_training, right = model.training, 0
#
# - total += len(labels)
#
# - return right / total
# + return right / (len(batches) * batches.batch_size)

# %%
# reject: only the last batch · expects "only the last batch is counted"
# - was_training, right, total = model.training, 0, 0
# + was_training = model.training
#
# - right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
# - total += len(labels)
# + right = (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
# + total = len(labels)

# %%
# reject: only the first batch · expects "does return stand inside the loop?"
# - model.train(was_training)
# - return right / total
# +         model.train(was_training)
# +         return right / total

# %%
# reject: a tensor · expects "return a float, not a Tensor"
# - right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
# + right += (model(tokens, mask).argmax(dim=-1) == labels).sum()

# %%
# reject: two classes taken for granted · expects "there may be more than two classes"
# - right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
# + right += ((model(tokens, mask)[:, 1] > 0) == labels).sum().item()

# %%
# reject: the smallest logit · expects "the class with the largest logit"
# - right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
# + right += (model(tokens, mask).argmin(dim=-1) == labels).sum().item()

# %%
# reject: no eval mode · expects "call model.eval() first"
# - was_training, right, total = model.training, 0, 0
# - model.eval()
# + right, total = 0, 0
#
# - model.train(was_training)

# %%
# reject: stays in eval mode · expects "model.training was True before and is False after"
# - was_training, right, total = model.training, 0, 0
# + right, total = 0, 0
#
# - model.train(was_training)

# %%
# reject: always ends in train mode · expects "model.training was False before and is True after"
# - was_training, right, total = model.training, 0, 0
# + right, total = 0, 0
#
# - model.train(was_training)
# + model.train()

# %%
# reject: the mode is asked for after eval · expects "put the model back into its mode"
# - was_training, right, total = model.training, 0, 0
# + right, total = 0, 0
#
# + was_training = model.training
#   with torch.no_grad():

# %%
# reject: gradients are recorded · expects "use `with torch.no_grad():`"
# - with torch.no_grad():
# -     for tokens, mask, labels in batches:
# -         right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
# -         total += len(labels)
# + for tokens, mask, labels in batches:
# +     right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
# +     total += len(labels)

# %%
# reject: gradients stay switched off · expects "gradients stay switched off after accuracy"
# - with torch.no_grad():
# -     for tokens, mask, labels in batches:
# -         right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
# -         total += len(labels)
# + torch.set_grad_enabled(False)
# + for tokens, mask, labels in batches:
# +     right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
# +     total += len(labels)

# %%
# reject: the mask is not handed over · expects "missing 1 required positional argument: 'mask'"
# - right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
# + right += (model(tokens).argmax(dim=-1) == labels).sum().item()

# %%
# reject: the mode of the parts is not restored · expects "model.train(mode) sets them all"
# - model.train(was_training)
# + model.training = was_training

# %%
# reject: all tokens are taken for real · expects "each batch brings its own mask"
# - right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
# + everywhere = torch.ones_like(tokens, dtype=torch.bool)
# + right += (model(tokens, everywhere).argmax(dim=-1) == labels).sum().item()
