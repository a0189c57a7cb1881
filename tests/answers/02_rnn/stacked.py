# %%
# accept: recursion
def stacked(layers, x, mask):
    states, last = layers[0](x, mask)
    if len(layers) == 1:
        return states, last[None]
    top, others = stacked(layers[1:], states, mask)
    return top, torch.cat([last[None], others])


# %%
# accept: lists of results
def stacked(layers, x, mask):
    results = [(x, None)]
    for layer in layers:
        results.append(layer(results[-1][0], mask))
    return results[-1][0], torch.stack([last for _, last in results[1:]], dim=0)


# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: each layer reads the input · expects "reads the outputs of the layer below"
def stacked(layers, x, mask):
    results = [layer(x, mask) for layer in layers]
    return results[-1][0], torch.stack([last for _, last in results])


# %%
# reject: one layer for all heights · expects "the lowest layer is run at every height"
# - x, last = layer(x, mask)
# + x, last = layers[0](x, mask)


# %%
# reject: only the first layer · expects "only the lowest layer is run"
def stacked(layers, x, mask):
    for layer in layers:
        states, last = layer(x, mask)
        return states, torch.stack([last] * len(layers))


# %%
# reject: from top to bottom · expects "the layers run in the wrong order"
# - for layer in layers:
# + for layer in layers[::-1]:


# %%
# reject: only the top layer's last state · expects "last: expected (layers, batch, features)"
def stacked(layers, x, mask):
    for layer in layers:
        x, last = layer(x, mask)
    return x, last


# %%
# reject: last states in the reverse order · expects "the top layer comes last"
# - lasts.append(last)
# + lasts.insert(0, last)
