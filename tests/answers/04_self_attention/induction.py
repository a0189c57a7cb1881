# %%
# accept: a roll instead of the first mask, and a bias for the second
def induction(tokens):
    T, V = tokens.shape
    one = torch.ones(T, T, dtype=torch.bool)
    shift = torch.diag(torch.ones(T - 1), -1).bool()
    q = torch.zeros(T, 3)
    previous = F.scaled_dot_product_attention(q, q, tokens, shift)
    bias = torch.zeros(T, T).masked_fill(one.triu(1), -torch.inf)
    return F.scaled_dot_product_attention(tokens, previous, tokens, bias, scale=30.0)


# %%
# accept: matrix products by hand
def induction(tokens):
    previous = torch.cat([torch.zeros_like(tokens[:1]), tokens[:-1]])
    scores = 40 * tokens @ previous.T
    future = torch.ones_like(scores).triu(1).bool()
    return scores.masked_fill(future, -torch.inf).softmax(-1) @ tokens


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: one layer, keys are the tokens · expects "has the tokens before as keys"
# - return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, previous, tokens, causal)
# + return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, tokens, tokens, causal.tril(-1))

# %%
# reject: the values are the predecessors · expects "and the tokens as values"
# - return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, previous, tokens, causal)
# + return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, previous, previous, causal)

# %%
# reject: the shift goes the other way · expects "goes the other way"
# - shift = causal.tril(-1).triu(-1)  # True just below the diagonal
# + shift = causal.tril(-1).triu(-1).T

# %%
# reject: the first token is its own predecessor · expects "the first token should have no predecessor"
# - shift = causal.tril(-1).triu(-1)  # True just below the diagonal
# + shift = causal.tril(-1).triu(-1)
# + shift[0, 0] = True

# %%
# reject: scores of at most 1 · expects "make the scores of layer 2 larger"
# - return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, previous, tokens, causal)
# + return F.scaled_dot_product_attention(tokens, previous, tokens, causal)

# %%
# reject: the division by √V is forgotten · expects "are divided by √V"
# - return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, previous, tokens, causal)
# + return F.scaled_dot_product_attention(20 * tokens, previous, tokens, causal)

# %%
# reject: looks ahead · expects "it looks ahead"
# - return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, previous, tokens, causal)
# + return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, previous, tokens)


# %%
# accept: the first token takes up the mean of all, and sharper scores make up for it
def induction(tokens):
    T, V = tokens.shape
    shift = torch.ones(T, T).tril(-1).triu(-1).bool()
    pattern = 20 * math.sqrt(T) * shift.float()
    previous = F.scaled_dot_product_attention(pattern, torch.eye(T), tokens)
    causal = torch.ones(T, T).tril().bool()
    return F.scaled_dot_product_attention(60 * math.sqrt(V) * tokens, previous, tokens, causal)


# %%
# reject: layer 2 does not look at its own place · expects "a token may look at its own place"
# - return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, previous, tokens, causal)
# + return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, previous, tokens, causal.tril(-1))

# %%
# reject: the root of T · expects "d_k is V here, not T"
# - return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, previous, tokens, causal)
# + return F.scaled_dot_product_attention(20 * math.sqrt(T) * tokens, previous, tokens, causal)

# %%
# reject: keys and values swapped · expects "keys and values are swapped in layer 2"
# - return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, previous, tokens, causal)
# + return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, tokens, previous, causal)

# %%
# reject: the predecessor asks · expects "yours is its predecessor"
# - return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, previous, tokens, causal)
# + return F.scaled_dot_product_attention(20 * math.sqrt(V) * previous, tokens, tokens, causal)
