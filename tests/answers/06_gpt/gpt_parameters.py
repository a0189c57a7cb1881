# %%
# accept: block by block
def gpt_parameters(vocab_size, context, d_model, n_layers):
    total = vocab_size * d_model + context * d_model
    for _ in range(n_layers):
        total += 2 * d_model + (3 * d_model * d_model + 3 * d_model) + d_model * d_model + d_model
        total += (
            2 * d_model + (4 * d_model * d_model + 4 * d_model) + 4 * d_model * d_model + d_model
        )
    return total + 2 * d_model


# %%
# accept: factored
def gpt_parameters(vocab_size, context, d_model, n_layers):
    return d_model * (vocab_size + context + 2 + n_layers * (12 * d_model + 13))


# %%
# accept: a helper for linear layers
def gpt_parameters(vocab_size, context, d_model, n_layers):
    def linear(a, b):
        return a * b + b

    d, norm = d_model, 2 * d_model
    block = norm + linear(d, 3 * d) + linear(d, d) + norm + linear(d, 4 * d) + linear(4 * d, d)
    return vocab_size * d + context * d + n_layers * block + norm


# %%
# reject: zero · expects "got 0"


# %%
# reject: nothing returned · expects "end with `return`"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    pass


# %%
# reject: the head counted twice · expects "the head is counted on its own; it is tied"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (2 * vocab_size + context) * d + n_layers * (12 * d * d + 13 * d) + 2 * d


# %%
# reject: a head with a bias · expects "on its own, with a bias"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    head = vocab_size * d + vocab_size
    return (vocab_size + context) * d + n_layers * (12 * d * d + 13 * d) + 2 * d + head


# %%
# reject: no biases · expects "the biases of the linear layers are missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (vocab_size + context) * d + n_layers * (12 * d * d + 4 * d) + 2 * d


# %%
# reject: weights only · expects "the biases and the normalizations are missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    return (vocab_size + context) * d_model + n_layers * 12 * d_model**2


# %%
# reject: no normalizations · expects "all normalizations are missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (vocab_size + context) * d + n_layers * (12 * d * d + 9 * d)


# %%
# reject: no last normalization · expects "the last normalization is missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (vocab_size + context) * d + n_layers * (12 * d * d + 13 * d)


# %%
# reject: normalizations of d numbers · expects "a weight and a bias"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (vocab_size + context) * d + n_layers * (12 * d * d + 11 * d) + d


# %%
# reject: no positions · expects "the position embedding is missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return vocab_size * d + n_layers * (12 * d * d + 13 * d) + 2 * d


# %%
# reject: no token embedding · expects "one of the two counts"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return context * d + n_layers * (12 * d * d + 13 * d) + 2 * d


# %%
# reject: no output layer in attention · expects "a fourth matrix"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (vocab_size + context) * d + n_layers * (11 * d * d + 12 * d) + 2 * d


# %%
# reject: one block · expects "only one block is counted"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (vocab_size + context) * d + 12 * d * d + 13 * d + 2 * d


# %%
# reject: no feed-forward network · expects "the feed-forward network is missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return (vocab_size + context) * d + n_layers * (4 * d * d + 8 * d) + 2 * d


# %%
# reject: one number per position · expects "not their d_model numbers"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    d = d_model
    return vocab_size * d + context + n_layers * (12 * d * d + 13 * d) + 2 * d


# %%
# reject: a string · expects "return a number, not a str"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    block = 12 * d_model**2 + 13 * d_model
    return str(n_layers * block)


# %%
# reject: no bias in qkv · expects "the bias of qkv is missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    block = 12 * d_model**2 + 10 * d_model
    return (vocab_size + context) * d_model + n_layers * block + 2 * d_model


# %%
# reject: one bias of d_model in qkv · expects "the bias of qkv has 3 d_model numbers"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    block = 12 * d_model**2 + 11 * d_model
    return (vocab_size + context) * d_model + n_layers * block + 2 * d_model


# %%
# reject: no embeddings · expects "the two embeddings are missing"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    block = 12 * d_model**2 + 13 * d_model
    return n_layers * block + 2 * d_model


# %%
# reject: the blocks alone · expects "only the blocks are counted"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    block = 12 * d_model**2 + 13 * d_model
    return n_layers * block


# %%
# reject: vocabulary times context · expects "not their product"
def gpt_parameters(vocab_size, context, d_model, n_layers):
    block = 12 * d_model**2 + 13 * d_model
    return vocab_size * context + n_layers * block + 2 * d_model
