# %%
# accept: slices
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    model.train(was_training)
    return right / len(labels)


# %%
# accept: predictions collected, inference mode
def accuracy(model, images, labels, normalized, batch_size=500):
    training = model.training
    model.eval()
    with torch.inference_mode():
        guesses = torch.cat([model(normalized(x)).argmax(-1) for x in images.split(batch_size)])
    if training:
        model.train()
    return (guesses == labels).float().mean().item()


# %%
# accept: means weighted by the size of the batch, a decorator
@torch.no_grad()
def accuracy(model, images, labels, normalized, batch_size=500):
    before, total = model.training, 0.0
    model.eval()
    for x, y in zip(images.split(batch_size), labels.split(batch_size)):
        total += float((model(normalized(x)).argmax(dim=-1) == y).double().mean()) * len(x)
    model.train(before)
    return total / len(images)


# %%
# accept: a copy of the model is judged
def accuracy(model, images, labels, normalized, batch_size=500):
    import copy

    judged = copy.deepcopy(model).eval()
    with torch.no_grad():
        pieces = [judged(normalized(x)).argmax(1) for x in images.split(batch_size)]
    return float((torch.cat(pieces) == labels).float().mean())


# %%
# reject: the mean over batches · expects "batches of unequal size"
# in: slices
# + means = []
#   for start in range(0, len(images), batch_size):
#
# - right += (predicted == labels[start : start + batch_size]).sum().item()
# + means.append((predicted == labels[start : start + batch_size]).float().mean().item())
#
# - return right / len(labels)
# + return sum(means) / len(means)

# %%
# reject: the last batch left out · expects "the last, smaller batch is left out"
# in: slices
# - for start in range(0, len(images), batch_size):
# + for start in range(0, len(images) - batch_size + 1, batch_size):
#
# - return right / len(labels)
# + return right / (len(labels) // batch_size * batch_size)

# %%
# reject: returns inside the loop · expects "only the first batch counts"
# in: slices
# - model.train(was_training)
# - return right / len(labels)
# +         model.train(was_training)
# +         return right / len(some)

# %%
# reject: wrong answers counted · expects "share of wrong answers"
# in: slices
# - right += (predicted == labels[start : start + batch_size]).sum().item()
# + right += (predicted != labels[start : start + batch_size]).sum().item()

# %%
# reject: a count · expects "divide by the number of images"
# in: slices
# - return right / len(labels)
# + return float(right)

# %%
# reject: percent · expects "return a share"
# in: slices
# - return right / len(labels)
# + return 100 * right / len(labels)

# %%
# reject: divided by the batch size · expects "divided by the batch size"
# in: slices
# - return right / len(labels)
# + return right / batch_size

# %%
# reject: the mode not changed · expects "in training mode while it is judged"
# in: slices
# - model.eval()

# %%
# reject: left in evaluation mode · expects "must leave in it"
# in: slices
# - model.train(was_training)

# %%
# reject: always back to training · expects "came in evaluation mode"
# in: slices
# - model.train(was_training)
# + model.train()

# %%
# reject: gradients recorded · expects "no_grad"
# in: slices
# - with torch.no_grad():
# + if True:

# %%
# reject: not normalized · expects "normalized"
# in: slices
# - some = normalized(images[start : start + batch_size])
# + some = images[start : start + batch_size].float()

# %%
# reject: raw bytes · expects "call `normalized` first"
# in: slices
# - some = normalized(images[start : start + batch_size])
# + some = images[start : start + batch_size]

# %%
# reject: augmented by flips · expects "the last batch that the model got"
# in: slices
# - some = normalized(images[start : start + batch_size])
# + some = normalized(images[start : start + batch_size].flip(-1))

# %%
# reject: everything at once · expects "at most 5 at a time"
# in: slices
# - for start in range(0, len(images), batch_size):
# -     some = normalized(images[start : start + batch_size])
# + for start in range(0, len(images), len(images)):
# +     some = normalized(images[start : start + len(images)])
#
# - right += (predicted == labels[start : start + batch_size]).sum().item()
# + right += (predicted == labels[start : start + len(images)]).sum().item()

# %%
# reject: a tensor · expects "return a float"
# in: slices
# - right += (predicted == labels[start : start + batch_size]).sum().item()
# + right += (predicted == labels[start : start + batch_size]).sum()

# %%
# reject: batches of 500 whatever is asked · expects "at most 5 at a time"
# in: slices
# + batch_size = 500
#   was_training = model.training

# %%
# reject: gradients switched off for good · expects "gradients stay off after the function"
# in: slices
# - with torch.no_grad():
# + torch.set_grad_enabled(False)
# + if True:

# %%
# reject: zero · expects "expected 0.636"

# %%
# reject: all images normalized at once, then cut · expects "cut first, then normalize"
# in: slices
# + ready = normalized(images)
#   was_training = model.training
#
# - some = normalized(images[start : start + batch_size])
# + some = ready[start : start + batch_size]
