# %%
# accept: ranges over a permutation
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    order = torch.randperm(x.shape[0], generator=generator)
    for start in range(0, x.shape[0], batch_size):
        take = order[start : start + batch_size]
        params = sgd_step(params, gradients(params, x[take], y[take]), lr)
    return params


# %%
# accept: a DataLoader
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    from torch.utils.data import DataLoader, TensorDataset

    loader = DataLoader(
        TensorDataset(x, y), batch_size=batch_size, shuffle=True, generator=generator
    )
    for bx, by in loader:
        grads = gradients(params, bx, by)
        params = sgd_step(params, grads, lr)
    return params


# %%
# accept: shuffled copies, cut into chunks, without sgd_step
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    shuffled = torch.randperm(len(y), generator=generator)
    params = dict(params)
    for bx, by in zip(x[shuffled].split(batch_size), y[shuffled].split(batch_size)):
        grads = gradients(params, bx, by)
        params = {name: value - lr * grads[name] for name, value in params.items()}
    return params


# %%
# reject: every result is zero · expects "got [0.0]"

# %%
# reject: no shuffling · expects "shuffle them"
# - for batch in torch.randperm(len(x), generator=generator).split(batch_size):
# + for batch in torch.arange(len(x)).split(batch_size):

# %%
# reject: the last batch is dropped · expects "the last, smaller batch is dropped"
# - for batch in torch.randperm(len(x), generator=generator).split(batch_size):
# + order = torch.randperm(len(x), generator=generator)
# + for i in range(len(x) // batch_size):
# +     batch = order[i * batch_size : (i + 1) * batch_size]

# %%
# reject: labels not shuffled with the samples · expects "samples and labels are mixed up"
# - for batch in torch.randperm(len(x), generator=generator).split(batch_size):
# -     params = sgd_step(params, gradients(params, x[batch], y[batch]), lr)
# + order = torch.randperm(len(x), generator=generator)
# + for i, batch in enumerate(order.split(batch_size)):
# +     labels = y[i * batch_size : i * batch_size + len(batch)]
# +     params = sgd_step(params, gradients(params, x[batch], labels), lr)

# %%
# reject: samples drawn with replacement · expects "an epoch visits every sample once"
# - for batch in torch.randperm(len(x), generator=generator).split(batch_size):
# + for size in [batch_size] * (len(x) // batch_size) + [len(x) % batch_size]:
# +     batch = torch.randint(len(x), (size,), generator=generator)


# %%
# reject: gradients always at the first parameters · expects "pass the latest ones"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    new = params
    for take in torch.randperm(len(x), generator=generator).split(batch_size):
        new = sgd_step(new, gradients(params, x[take], y[take]), lr)
    return new


# %%
# reject: every step from the first parameters · expects "start each from what the step before returned"
# -     params = sgd_step(params, gradients(params, x[batch], y[batch]), lr)
# - return params
# +     new = sgd_step(params, gradients(params, x[batch], y[batch]), lr)
# + return new

# %%
# reject: the result of sgd_step is thrown away · expects "keep what sgd_step returns"
# - params = sgd_step(params, gradients(params, x[batch], y[batch]), lr)
# + sgd_step(params, gradients(params, x[batch], y[batch]), lr)

# %%
# reject: the generator is ignored · expects "pass generator=generator"
# - for batch in torch.randperm(len(x), generator=generator).split(batch_size):
# + for batch in torch.randperm(len(x)).split(batch_size):

# %%
# reject: the same order in every epoch · expects "both epochs have the same order"
# - for batch in torch.randperm(len(x), generator=generator).split(batch_size):
# + for batch in torch.randperm(len(x), generator=torch.Generator().manual_seed(0)).split(
# +     batch_size
# + ):


# %%
# reject: one step with the whole data · expects "expected batches of 5, 5, 5, 5 and 3"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    order = torch.randperm(len(x), generator=generator)
    return sgd_step(params, gradients(params, x[order], y[order]), lr)


# %%
# reject: one step per sample · expects "expected batches of 5, 5, 5, 5 and 3"
# - for batch in torch.randperm(len(x), generator=generator).split(batch_size):
# -     params = sgd_step(params, gradients(params, x[batch], y[batch]), lr)
# + for batch in torch.randperm(len(x), generator=generator):
# +     params = sgd_step(params, gradients(params, x[batch][None], y[batch][None]), lr)

# %%
# reject: returns after the first batch · expects "an epoch visits every sample once"
# - return params
# +     return params
