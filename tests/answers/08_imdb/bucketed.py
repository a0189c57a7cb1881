# %%
# accept: sorted and random.shuffle-like, in plain Python
def bucketed(lengths, batch_size, generator):
    order = sorted(range(len(lengths)), key=lambda i: int(lengths[i]))
    batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    result = []
    while batches:
        k = torch.randint(len(batches), (1,), generator=generator).item()
        result.append(torch.tensor(batches.pop(k)))
    return result


# %%
# accept: the longest first, and an order from random keys
def bucketed(lengths, batch_size, generator):
    order = torch.argsort(lengths, descending=True)
    keys = torch.rand(math.ceil(len(order) / batch_size), generator=generator)
    return [order[k * batch_size : (k + 1) * batch_size] for k in keys.argsort().tolist()]


# %%
# accept: ties and the order inside a batch are drawn too
def bucketed(lengths, batch_size, generator):
    order = torch.randperm(len(lengths), generator=generator)
    order = order[torch.sort(lengths[order], stable=True).indices]
    batches = []
    for batch in torch.split(order, batch_size):
        batches.append(batch[torch.randperm(len(batch), generator=generator)])
    return tuple(batches[i] for i in torch.randperm(len(batches), generator=generator).tolist())


# %%
# accept: the batch with the rest stands where it was drawn
def bucketed(lengths, batch_size, generator):
    order, n = lengths.argsort(), len(lengths)
    sizes = [batch_size] * (n // batch_size) + ([n % batch_size] if n % batch_size else [])
    sizes = [sizes[i] for i in torch.randperm(len(sizes), generator=generator)]
    batches = order.split(sizes)
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]


# %%
# reject: nothing returned · expects "end with `return`"
# - return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
# + [batches[i] for i in torch.randperm(len(batches), generator=generator)]


# %%
# reject: no batches · expects "got sizes []"
def bucketed(lengths, batch_size, generator):
    return []


# %%
# reject: zeros · expects "each index from 0 to 52 must appear in exactly one batch"


# %%
# reject: one tensor · expects "expected a list of tensors, got a Tensor"
def bucketed(lengths, batch_size, generator):
    order = lengths.argsort()
    return order[torch.randperm(len(order), generator=generator)]


# %%
# reject: lists of indices · expects "a batch: expected a torch.Tensor, got a list"
# - return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
# + return [batches[i].tolist() for i in torch.randperm(len(batches), generator=generator)]

# %%
# reject: not sorted · expects "Sort by length before you cut"
# - batches = lengths.argsort().split(batch_size)
# + batches = torch.arange(len(lengths)).split(batch_size)

# %%
# reject: all sequences shuffled after sorting · expects "Sort by length before you cut"
# - batches = lengths.argsort().split(batch_size)
# - return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
# + order = lengths.argsort()[torch.randperm(len(lengths), generator=generator)]
# + return list(order.split(batch_size))


# %%
# reject: sorted inside the batches alone · expects "Sort by length before you cut"
def bucketed(lengths, batch_size, generator):
    order = torch.randperm(len(lengths), generator=generator)
    return [batch[lengths[batch].argsort()] for batch in order.split(batch_size)]


# %%
# reject: argsort twice gives ranks · expects "Sort by length before you cut"
# - batches = lengths.argsort().split(batch_size)
# + batches = lengths.argsort().argsort().split(batch_size)

# %%
# reject: not shuffled · expects "Draw the order with generator"
# - return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
# + return list(batches)

# %%
# reject: shuffled inside the batches alone · expects "Draw the order with generator"
# - return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
# + return [b[torch.randperm(len(b), generator=generator)] for b in batches]

# %%
# reject: the same order each time · expects "Draw the order with generator"
# - return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
# + fixed = torch.Generator().manual_seed(0)
# + return [batches[i] for i in torch.randperm(len(batches), generator=fixed)]

# %%
# reject: the rest is dropped · expects "Is the rest dropped?"
# - batches = lengths.argsort().split(batch_size)
# + whole = len(lengths) // batch_size
# + batches = lengths.argsort()[: whole * batch_size].split(batch_size)

# %%
# reject: the rest is spread over the batches · expects "expected six of 8 and one of 5"
# - batches = lengths.argsort().split(batch_size)
# + batches = lengths.argsort().tensor_split(-(-len(lengths) // batch_size))

# %%
# reject: batch_size batches · expects "expected six of 8 and one of 5"
# - batches = lengths.argsort().split(batch_size)
# + batches = lengths.argsort().chunk(batch_size)

# %%
# reject: torch's own generator · expects "not with torch's own"
# - return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
# + return [batches[i] for i in torch.randperm(len(batches))]

# %%
# reject: the shuffle of Python · expects "not with torch's own"
# - batches = lengths.argsort().split(batch_size)
# - return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
# + import random
# + batches = list(lengths.argsort().split(batch_size))
# + random.shuffle(batches)
# + return batches

# %%
# reject: lengths · expects "Those are the lengths; return the indices"
# - batches = lengths.argsort().split(batch_size)
# + batches = lengths.sort().values.split(batch_size)

# %%
# reject: seven batches, whatever the lengths · expects "sequences in batches of 3: expected sizes"
# - batches = lengths.argsort().split(batch_size)
# + batches = (
# +     lengths.argsort().split(batch_size) if len(lengths) > 50 else lengths.argsort().chunk(7)
# + )

# %%
# reject: an empty batch at the end · expects "expected sizes [3, 3], got [0, 3, 3]"
# - batches = lengths.argsort().split(batch_size)
# + order = lengths.argsort()
# + batches = [
# +     order[k * batch_size : (k + 1) * batch_size] for k in range(len(order) // batch_size + 1)
# + ]

# %%
# reject: the rest always comes last · expects "Every order should be possible"
# - return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
# + order = torch.randperm(len(batches) - 1, generator=generator).tolist()
# + return [batches[i] for i in [*order, len(batches) - 1]]

# %%
# reject: forward or backward · expects "Every order should be possible"
# - return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
# + return batches[:: 1 if torch.rand((), generator=generator) < 0.5 else -1]

# %%
# reject: another generator with the same seed · expects "do not make another one of it"
# + generator = torch.Generator().manual_seed(generator.initial_seed())
#   batches = lengths.argsort().split(batch_size)
