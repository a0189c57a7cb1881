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
# - embeddings = (vocab_size + context) * d_model
# + embeddings = (2 * vocab_size + context) * d_model

# %%
# reject: a head with a bias · expects "on its own, with a bias"
# - embeddings = (vocab_size + context) * d_model
# + embeddings = (vocab_size + context) * d_model + vocab_size * (d_model + 1)

# %%
# reject: no biases · expects "the biases of the linear layers are missing"
# - block = 12 * d_model**2 + 13 * d_model
# + block = 12 * d_model**2 + 4 * d_model

# %%
# reject: weights only · expects "the biases and the normalizations are missing"
# - block = 12 * d_model**2 + 13 * d_model
# - return embeddings + n_layers * block + 2 * d_model
# + return embeddings + n_layers * 12 * d_model**2

# %%
# reject: no normalizations · expects "all normalizations are missing"
# - block = 12 * d_model**2 + 13 * d_model
# - return embeddings + n_layers * block + 2 * d_model
# + block = 12 * d_model**2 + 9 * d_model
# + return embeddings + n_layers * block

# %%
# reject: no last normalization · expects "the last normalization is missing"
# - return embeddings + n_layers * block + 2 * d_model
# + return embeddings + n_layers * block

# %%
# reject: normalizations of d numbers · expects "a weight and a bias"
# - block = 12 * d_model**2 + 13 * d_model
# - return embeddings + n_layers * block + 2 * d_model
# + block = 12 * d_model**2 + 11 * d_model
# + return embeddings + n_layers * block + d_model

# %%
# reject: no positions · expects "the position embedding is missing"
# - embeddings = (vocab_size + context) * d_model
# + embeddings = vocab_size * d_model

# %%
# reject: no token embedding · expects "one of the two counts"
# - embeddings = (vocab_size + context) * d_model
# + embeddings = context * d_model

# %%
# reject: no output layer in attention · expects "a fourth matrix"
# - block = 12 * d_model**2 + 13 * d_model
# + block = 11 * d_model**2 + 12 * d_model

# %%
# reject: one block · expects "only one block is counted"
# - return embeddings + n_layers * block + 2 * d_model
# + return embeddings + block + 2 * d_model

# %%
# reject: no feed-forward network · expects "the feed-forward network is missing"
# - block = 12 * d_model**2 + 13 * d_model
# + block = 4 * d_model**2 + 8 * d_model

# %%
# reject: one number per position · expects "not their d_model numbers"
# - embeddings = (vocab_size + context) * d_model
# + embeddings = vocab_size * d_model + context

# %%
# reject: a string · expects "return a number, not a str"
# - return embeddings + n_layers * block + 2 * d_model
# + return str(n_layers * block)

# %%
# reject: no bias in qkv · expects "the bias of qkv is missing"
# - block = 12 * d_model**2 + 13 * d_model
# + block = 12 * d_model**2 + 10 * d_model

# %%
# reject: one bias of d_model in qkv · expects "the bias of qkv has 3 d_model numbers"
# - block = 12 * d_model**2 + 13 * d_model
# + block = 12 * d_model**2 + 11 * d_model

# %%
# reject: no embeddings · expects "the two embeddings are missing"
# - return embeddings + n_layers * block + 2 * d_model
# + return n_layers * block + 2 * d_model

# %%
# reject: the blocks alone · expects "only the blocks are counted"
# - return embeddings + n_layers * block + 2 * d_model
# + return n_layers * block

# %%
# reject: vocabulary times context · expects "not their product"
# - embeddings = (vocab_size + context) * d_model
# + embeddings = vocab_size * context
