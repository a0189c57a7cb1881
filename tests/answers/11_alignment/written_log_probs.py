# %%
# accept: cross-entropy with a minus, cut afterwards
def written_log_probs(logits, tokens, P):
    losses = F.cross_entropy(logits[:, :-1].transpose(1, 2), tokens[:, 1:], reduction="none")
    return -losses[:, P - 1 :]


# %%
# accept: the chosen logit less logsumexp, by index
def written_log_probs(logits, tokens, P):
    z, answers = logits[:, P - 1 : tokens.shape[1] - 1], tokens[:, P:]
    rows = torch.arange(len(z), device=z.device)[:, None]
    places = torch.arange(z.shape[1], device=z.device)
    return z[rows, places, answers] - torch.logsumexp(z, dim=-1)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the logits of the same place · expects "belong to tokens from P on"
# - log_probs = logits[:, P - 1 : -1].log_softmax(dim=-1)  # (B, T - P, V)
# + log_probs = logits[:, P:].log_softmax(dim=-1)

# %%
# reject: probabilities · expects "take logarithms"
# - log_probs = logits[:, P - 1 : -1].log_softmax(dim=-1)  # (B, T - P, V)
# + log_probs = logits[:, P - 1 : -1].softmax(dim=-1)

# %%
# reject: logits as they are · expects "not normalized"
# - log_probs = logits[:, P - 1 : -1].log_softmax(dim=-1)  # (B, T - P, V)
# + log_probs = logits[:, P - 1 : -1]

# %%
# reject: the prompt is scored too · expects "answer"
# - log_probs = logits[:, P - 1 : -1].log_softmax(dim=-1)  # (B, T - P, V)
# - return log_probs.gather(-1, tokens[:, P:, None]).squeeze(-1)
# + log_probs = logits[:, :-1].log_softmax(dim=-1)
# + return log_probs.gather(-1, tokens[:, 1:, None]).squeeze(-1)

# %%
# reject: summed over the answer · expects "answer"
# - return log_probs.gather(-1, tokens[:, P:, None]).squeeze(-1)
# + return log_probs.gather(-1, tokens[:, P:, None]).squeeze(-1).sum(dim=1)

# %%
# reject: the last dimension stays · expects "answer"
# - return log_probs.gather(-1, tokens[:, P:, None]).squeeze(-1)
# + return log_probs.gather(-1, tokens[:, P:, None])

# %%
# reject: the sign of a loss · expects "the sign is flipped"
# - return log_probs.gather(-1, tokens[:, P:, None]).squeeze(-1)
# + return -log_probs.gather(-1, tokens[:, P:, None]).squeeze(-1)

# %%
# reject: cut off from the gradients · expects "no gradient flows back"
# - return log_probs.gather(-1, tokens[:, P:, None]).squeeze(-1)
# + return log_probs.detach().gather(-1, tokens[:, P:, None]).squeeze(-1)

# %%
# reject: the token before · expects "belong to tokens from P on"
# - return log_probs.gather(-1, tokens[:, P:, None]).squeeze(-1)
# + return log_probs.gather(-1, tokens[:, P - 1 : -1, None]).squeeze(-1)

# %%
# reject: a softmax over the places · expects "the softmax runs over the places"
# - log_probs = logits[:, P - 1 : -1].log_softmax(dim=-1)  # (B, T - P, V)
# + log_probs = logits[:, P - 1 : -1].log_softmax(dim=1)

# %%
# reject: a softmax over all places · expects "it runs over the vocabulary"
# - log_probs = logits[:, P - 1 : -1].log_softmax(dim=-1)  # (B, T - P, V)
# + log_probs = logits.log_softmax(dim=1)[:, P - 1 : -1]
