# %%
# accept: term by term
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# accept: a float that is whole
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image / patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# accept: a block by its layers
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    def linear(a, b):
        return a * b + b

    d = d_model
    block = linear(d, 3 * d) + linear(d, d) + linear(d, 4 * d) + linear(4 * d, d) + 4 * d
    total = linear(3 * patch * patch, d) + d * (image // patch) ** 2 + n_layers * block
    if pool == "token":
        total += 2 * d
    return total + 2 * d + linear(d, n_classes)


# %%
# reject: a class token without a position · expects "needs two rows"
# in: term by term
# - T = N + (pool == "token")
# + T = N

# %%
# reject: no class token · expects "the class token and its position are missing"
# in: term by term
# - T = N + (pool == "token")
# - token = d_model if pool == "token" else 0
# + T = N
# + token = 0

# %%
# reject: a position without a class token · expects "needs two rows"
# in: term by term
# - token = d_model if pool == "token" else 0
# + token = 0

# %%
# reject: a class token always · expects "there is no class token, nor a position"
# in: term by term
# - token = d_model if pool == "token" else 0
# + token = d_model

# %%
# reject: a class token and its position always · expects "there is no class token."
# in: term by term
# - T = N + (pool == "token")
# - token = d_model if pool == "token" else 0
# + T = N + 1
# + token = d_model

# %%
# reject: no bias in the embedding · expects "the bias of the patch embedding"
# in: term by term
# - embedding = 3 * patch**2 * d_model + d_model
# + embedding = 3 * patch**2 * d_model

# %%
# reject: one channel · expects "images have three channels"
# in: term by term
# - embedding = 3 * patch**2 * d_model + d_model
# + embedding = patch**2 * d_model + d_model

# %%
# reject: patch for patch squared · expects "patch² pixels"
# in: term by term
# - embedding = 3 * patch**2 * d_model + d_model
# + embedding = 3 * patch * d_model + d_model

# %%
# reject: patches along one side · expects "(image / patch)² patches"
# in: term by term
# - N = (image // patch) ** 2
# + N = image // patch

# %%
# reject: no positions · expects "the positions are missing"
# in: term by term
# - positions = T * d_model
# + positions = (T - N) * d_model

# %%
# reject: a position for each pixel · expects "one position per pixel"
# in: term by term
# - positions = T * d_model
# + positions = (image**2 + T - N) * d_model

# %%
# reject: no last normalization · expects "the last normalization is missing"
# in: term by term
# - return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes
# + return embedding + positions + token + blocks + n_classes * d_model + n_classes

# %%
# reject: half a normalization · expects "that of the last normalization"
# in: term by term
# - return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes
# + return embedding + positions + token + blocks + d_model + n_classes * d_model + n_classes

# %%
# reject: no bias in the head · expects "the bias of the head"
# in: term by term
# - return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes
# + return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model

# %%
# reject: no head · expects "the head is missing"
# in: term by term
# - return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes
# + return embedding + positions + token + blocks + 2 * d_model

# %%
# reject: one block · expects "only one block is counted"
# in: term by term
# - blocks = n_layers * (12 * d_model**2 + 13 * d_model)
# + blocks = 1 * (12 * d_model**2 + 13 * d_model)

# %%
# reject: blocks without biases · expects "13 d_model each"
# in: term by term
# - blocks = n_layers * (12 * d_model**2 + 13 * d_model)
# + blocks = n_layers * (12 * d_model**2)

# %%
# reject: no return · expects "return"
# in: term by term
# - return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes
# + total = embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes

# %%
# reject: not whole · expects "is whole"
# in: term by term
# - return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes
# + return (
# +     0.5 + embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes
# + )

# %%
# reject: zero · expects "got 0"
