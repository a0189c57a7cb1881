# %%
# accept: PyTorch's attention
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_head):
    x = F.embedding(tokens, embedding) + position_encoding(len(tokens), embedding.shape[1])
    y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True)
    return F.softmax(y @ W_head, dim=-1)


# %%
# accept: one prediction at a time
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_head):
    rows = []
    for t in range(1, len(tokens) + 1):
        x = embedding[tokens[:t]] + position_encoding(t, embedding.shape[1])
        weights = torch.softmax(x[-1] @ W_q @ (x @ W_k).T / W_k.shape[1] ** 0.5, 0)
        rows.append(torch.softmax(weights @ x @ W_v @ W_head, 0))
    return torch.stack(rows)


# %%
# accept: one-hot rows, exponentials, a lower triangle
def tiny_gpt(tokens, embedding, W_q, W_k, W_v, W_head):
    x = F.one_hot(tokens, len(embedding)).float() @ embedding
    x = x + position_encoding(x.shape[0], x.shape[1])
    q, k, v = x @ W_q, x @ W_k, x @ W_v
    exp = torch.einsum("td,sd->ts", q / math.sqrt(q.shape[-1]), k).exp().tril()
    logits = (exp / exp.sum(dim=1, keepdim=True)) @ v @ W_head
    logits = logits - logits.amax(dim=1, keepdim=True)
    return logits.exp() / logits.exp().sum(dim=1, keepdim=True)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: logits · expects "these are the logits"
# - return (weights @ (x @ W_v) @ W_head).softmax(dim=-1)  # (T, vocab_size)
# + return weights @ (x @ W_v) @ W_head

# %%
# reject: log-probabilities · expects "the logarithm of the probabilities"
# - return (weights @ (x @ W_v) @ W_head).softmax(dim=-1)  # (T, vocab_size)
# + return (weights @ (x @ W_v) @ W_head).log_softmax(dim=-1)

# %%
# reject: no positions · expects "the positions are not added"
# - x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])  # (T, d_model)
# + x = embedding[tokens]

# %%
# reject: positions from 1 · expects "yours begin at position 1"
# - x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])  # (T, d_model)
# + x = embedding[tokens] + position_encoding(len(tokens) + 1, embedding.shape[1])[1:]

# %%
# reject: positions by token id · expects "a position is chosen by place, not by the id"
# - x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])  # (T, d_model)
# + x = embedding[tokens] + position_encoding(len(embedding), embedding.shape[1])[tokens]

# %%
# reject: no mask · expects "there is no causal mask"
# - weights = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
# + weights = scores.softmax(dim=-1)

# %%
# reject: mask inverted · expects "the mask is inverted"
# - future = torch.ones_like(scores, dtype=torch.bool).triu(diagonal=1)
# + future = torch.ones_like(scores, dtype=torch.bool).tril(diagonal=-1)

# %%
# reject: forbidden scores become 0 · expects "forbidden scores become 0, and exp(0) is 1"
# - weights = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
# + weights = scores.masked_fill(future, 0).softmax(dim=-1)

# %%
# reject: not scaled · expects "not divided by √d_k"
# - scores = (x @ W_q) @ (x @ W_k).T / math.sqrt(W_q.shape[1])  # (T, T)
# + scores = (x @ W_q) @ (x @ W_k).T

# %%
# reject: scaled by d_model · expects "the width of a query, W_q.shape[1], not d_model"
# - scores = (x @ W_q) @ (x @ W_k).T / math.sqrt(W_q.shape[1])  # (T, T)
# + scores = (x @ W_q) @ (x @ W_k).T / math.sqrt(embedding.shape[1])

# %%
# reject: scaled by 10 as in the deck · expects "not the number 10"
# - scores = (x @ W_q) @ (x @ W_k).T / math.sqrt(W_q.shape[1])  # (T, T)
# + scores = (x @ W_q) @ (x @ W_k).T / math.sqrt(10)

# %%
# reject: softmax over the tokens · expects "each row should sum to 1"
# - return (weights @ (x @ W_v) @ W_head).softmax(dim=-1)  # (T, vocab_size)
# + return (weights @ (x @ W_v) @ W_head).softmax(dim=0)

# %%
# reject: only the last prediction · expects "expected (tokens, words) = (3, 6), got (6,)"
# - return (weights @ (x @ W_v) @ W_head).softmax(dim=-1)  # (T, vocab_size)
# + return (weights @ (x @ W_v) @ W_head)[-1].softmax(dim=-1)

# %%
# reject: queries and keys swapped · expects "queries and keys are swapped"
# - scores = (x @ W_q) @ (x @ W_k).T / math.sqrt(W_q.shape[1])  # (T, T)
# + scores = (x @ W_k) @ (x @ W_q).T / math.sqrt(W_q.shape[1])

# %%
# reject: the embedding scaled · expects "multiplied by √d_model"
# - x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])  # (T, d_model)
# + x = embedding[tokens] * math.sqrt(embedding.shape[1])
# + x = x + position_encoding(len(tokens), embedding.shape[1])

# %%
# reject: a residual connection · expects "no residual connection"
# - return (weights @ (x @ W_v) @ W_head).softmax(dim=-1)  # (T, vocab_size)
# + y = weights @ (x @ W_v)
# + y = y + (x if y.shape == x.shape else x @ W_v)
# + return (y @ W_head).softmax(dim=-1)

# %%
# reject: the mask after the softmax · expects "the mask comes after the softmax"
# - weights = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
# + weights = scores.softmax(dim=-1).masked_fill(future, 0)

# %%
# reject: a token does not see itself · expects "a token must see itself"
# - scores = (x @ W_q) @ (x @ W_k).T / math.sqrt(W_q.shape[1])  # (T, T)
# - future = torch.ones_like(scores, dtype=torch.bool).triu(diagonal=1)
# + scores = (x @ W_q) @ (x @ W_k).T / W_q.shape[1] ** 0.5
# + future = torch.ones_like(scores, dtype=torch.bool).triu(0)

# %%
# reject: no mask and no positions · expects "first mend the mask"
# - x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])  # (T, d_model)
# + x = embedding[tokens]
#
# - weights = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
# + weights = scores.softmax(dim=-1)

# %%
# reject: no positions and no softmax · expects "end with a softmax"
# - x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])  # (T, d_model)
# + x = embedding[tokens]
#
# - return (weights @ (x @ W_v) @ W_head).softmax(dim=-1)  # (T, vocab_size)
# + return weights @ (x @ W_v) @ W_head

# %%
# reject: the habit of masked_fill with PyTorch's attention · expects "the mask is inverted"
# in: PyTorch's attention
# - y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, is_causal=True)
# + future = torch.ones(len(x), len(x)).triu(1).bool()
# + y = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, attn_mask=future)

# %%
# reject: the habit of PyTorch's attention with masked_fill · expects "masked_fill forbids where True"
# - future = torch.ones_like(scores, dtype=torch.bool).triu(diagonal=1)
# + future = torch.ones_like(scores, dtype=torch.bool).tril()

# %%
# reject: the last token sees nothing · expects "the last token may attend to nothing"
# - future = torch.ones_like(scores, dtype=torch.bool).triu(diagonal=1)
# + future = torch.ones_like(scores, dtype=torch.bool).tril()

# %%
# reject: the first rows of the embedding · expects "the first rows of the embedding are taken"
# - x = embedding[tokens] + position_encoding(len(tokens), embedding.shape[1])  # (T, d_model)
# + T = len(tokens)
# + x = embedding[:T] + position_encoding(T, embedding.shape[1])
