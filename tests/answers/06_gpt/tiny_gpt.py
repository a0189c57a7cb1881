# %%
# accept: PyTorch's attention
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = F.embedding(tokens, embedding) + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True)
    return F.softmax(y @ W_o, dim=-1)


# %%
# accept: one prediction at a time
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    rows = []
    for t in range(1, len(tokens) + 1):
        x = embedding[tokens[:t]] + position_encoding(t, embedding.shape[1])
        weights = torch.softmax(x[-1] @ W_q @ (x @ W_k).T / W_k.shape[1] ** 0.5, 0)
        rows.append(torch.softmax(weights @ x @ W_v @ W_o, 0))
    return torch.stack(rows)


# %%
# accept: one-hot rows, exponentials, a lower triangle
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = F.one_hot(tokens, len(embedding)).float() @ embedding
    x = x + position_encoding(x.shape[0], x.shape[1])
    q, k, v = x @ W_q, x @ W_k, x @ W_v
    exp = torch.einsum("td,sd->ts", q / math.sqrt(q.shape[-1]), k).exp().tril()
    logits = (exp / exp.sum(dim=1, keepdim=True)) @ v @ W_o
    logits = logits - logits.amax(dim=1, keepdim=True)
    return logits.exp() / logits.exp().sum(dim=1, keepdim=True)


# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: logits · expects "these are the logits"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    return F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o


# %%
# reject: log-probabilities · expects "the logarithm of the probabilities"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o
    return y.log_softmax(-1)


# %%
# reject: no positions · expects "the positions are not added"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens]
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o
    return y.softmax(-1)


# %%
# reject: positions from 1 · expects "yours begin at position 1"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens) + 1, embedding.shape[1])[1:]
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o
    return y.softmax(-1)


# %%
# reject: positions by token id · expects "by place"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(embedding), embedding.shape[1])[tokens]
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o
    return y.softmax(-1)


# %%
# reject: no mask · expects "there is no causal mask"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v) @ W_o
    return y.softmax(-1)


# %%
# reject: mask inverted · expects "the mask is inverted"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    mask = torch.ones(len(tokens), len(tokens), dtype=torch.bool).triu()
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, attn_mask=mask) @ W_o
    return y.softmax(-1)


# %%
# reject: forbidden scores become 0 · expects "exp(0) is 1"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    scores = ((x @ W_q) @ (x @ W_k).T / math.sqrt(W_q.shape[1])).tril()
    return (scores.softmax(-1) @ (x @ W_v) @ W_o).softmax(-1)


# %%
# reject: not scaled · expects "not divided by √d_k"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True, scale=1.0)
    return (y @ W_o).softmax(-1)


# %%
# reject: scaled by d_model · expects "not d_model"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    s = embedding.shape[1] ** -0.5
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True, scale=s)
    return (y @ W_o).softmax(-1)


# %%
# reject: scaled by 10 as in the deck · expects "not the number 10"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True, scale=10**-0.5)
    return (y @ W_o).softmax(-1)


# %%
# reject: softmax over the tokens · expects "each row should sum to 1"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o
    return y.softmax(0)


# %%
# reject: only the last prediction · expects "expected (tokens, words) = (3, 6), got (6,)"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o
    return y[-1].softmax(-1)


# %%
# reject: queries and keys swapped · expects "queries and keys are swapped"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_k, x @ W_q, x @ W_v, is_causal=True) @ W_o
    return y.softmax(-1)


# %%
# reject: the embedding scaled · expects "multiplied by √d_model"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] * math.sqrt(embedding.shape[1])
    x = x + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True) @ W_o
    return y.softmax(-1)


# %%
# reject: a residual connection · expects "no residual connection"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True)
    y = y + (x if y.shape == x.shape else x @ W_v)
    return (y @ W_o).softmax(-1)


# %%
# reject: the mask after the softmax · expects "the mask comes after the softmax"
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_o):
    x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])
    scores = (x @ W_q) @ (x @ W_k).T / W_q.shape[1] ** 0.5
    future = torch.ones_like(scores, dtype=torch.bool).triu(1)
    weights = scores.softmax(dim=-1).masked_fill(future, 0)
    return (weights @ (x @ W_v) @ W_o).softmax(dim=-1)


# %%
# reject: a token does not see itself · expects "a token must see itself"
# - scores = (x @ W_q) @ (x @ W_k).T / math.sqrt(W_q.shape[1])  # (T, T)
# - future = torch.ones_like(scores, dtype=torch.bool).triu(diagonal=1)
# + scores = (x @ W_q) @ (x @ W_k).T / W_q.shape[1] ** 0.5
# + future = torch.ones_like(scores, dtype=torch.bool).triu(0)
