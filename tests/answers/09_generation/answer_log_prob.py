# %%
# accept: a loop, one call of the model for each token
def answer_log_prob(model, prompt, answer):
    tokens, total = prompt, 0.0
    for token in answer:
        total = total + torch.log_softmax(model(tokens[None])[0, -1], -1)[token]
        tokens = torch.cat([tokens, token[None]])
    return total


# %%
# accept: cross-entropy, a float
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer]).unsqueeze(0)).squeeze(0)
    P, A = prompt.numel(), answer.numel()
    return -F.cross_entropy(logits[P - 1 : P + A - 1], answer, reduction="sum").item()


# %%
# accept: shifted labels, the prompt masked, logsumexp
def answer_log_prob(model, prompt, answer):
    tokens = torch.cat([prompt, answer])
    z = model(tokens[None, :-1])[0]
    every = z[torch.arange(len(z)), tokens[1:]] - z.logsumexp(-1)
    return every[len(prompt) - 1 :].sum()


# %%
# reject: zero · expects "got 0."

# %%
# reject: the logits of the next place · expects "those at place t are for token t + 1"
# - logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]  # (A, V)
# + logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) :]


# %%
# reject: the prompt is scored too · expects "the prompt's own tokens are scored too"
def answer_log_prob(model, prompt, answer):
    tokens = torch.cat([prompt, answer])
    logs = model(tokens[None])[0, :-1].log_softmax(-1)
    return logs.gather(-1, tokens[1:, None]).sum()


# %%
# reject: the last token is missing · expects "the last token of the answer is missing"
# + answer = answer[:-1]
#   logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]  # (A, V)

# %%
# reject: the first token is missing · expects "the first token of the answer is missing"
# + prompt, answer = torch.cat([prompt, answer[:1]]), answer[1:]
#   logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]  # (A, V)


# %%
# reject: the first token only · expects "only the first token"
def answer_log_prob(model, prompt, answer):
    return model(prompt[None])[0, -1].log_softmax(-1)[answer[0]]


# %%
# reject: the last token only · expects "only the last token"
def answer_log_prob(model, prompt, answer):
    logits = model(torch.cat([prompt, answer])[None])[0, -2]
    return logits.log_softmax(-1)[answer[-1]]


# %%
# reject: one place too early · expects "one place too early"
# - logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]  # (A, V)
# + logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 2 : -2]

# %%
# reject: the mean · expects "that is the mean over the tokens"
# - return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
# + return -F.cross_entropy(logits, answer)

# %%
# reject: the probability · expects "that is a probability"
# - return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
# + return logits.softmax(-1).gather(-1, answer[:, None]).prod()

# %%
# reject: sum of probabilities · expects "probabilities are added"
# - return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
# + return logits.softmax(-1).gather(-1, answer[:, None]).sum()

# %%
# reject: no softmax · expects "logits are added"
# - return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
# + return logits.gather(-1, answer[:, None]).sum()

# %%
# reject: softmax over the places · expects "the softmax runs over the places"
# - logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]  # (A, V)
# - return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
# + logits = model(torch.cat([prompt, answer])[None])[0].log_softmax(dim=0)
# + return logits[len(prompt) - 1 : -1].gather(-1, answer[:, None]).sum()

# %%
# reject: softmax over the answer's places · expects "the softmax runs over the places"
# - return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
# + return logits.log_softmax(0).gather(-1, answer[:, None]).sum()

# %%
# reject: the loss · expects "the sign is flipped"
# - return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
# + return F.cross_entropy(logits, answer, reduction="sum")

# %%
# reject: without the prompt · expects "only its last token"
# + prompt = prompt[-1:]
#   logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]  # (A, V)


# %%
# reject: every token right after the prompt · expects "the answer before it counts too"
def answer_log_prob(model, prompt, answer):
    logs = model(prompt[None])[0, -1].log_softmax(-1)
    return logs[answer].sum()


# %%
# reject: no batch dimension · expects "the model takes tokens (1, T)"
# - logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]  # (A, V)
# + logits = model(torch.cat([prompt, answer]))[len(prompt) - 1 : -1]

# %%
# reject: one number per token · expects "expected shape (), got (3,)"
# - return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
# + return logits.log_softmax(-1).gather(-1, answer[:, None])[:, 0]

# %%
# reject: all tokens of the answer in every row · expects "take one number from each row"
# - return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
# + return logits.log_softmax(dim=-1)[:, answer].sum()

# %%
# reject: the model reads the answer alone · expects "the answer's own places"
# - logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]  # (A, V)
# + logits = model(answer[None])[0]

# %%
# reject: two slips, the wrong places and the mean · expects "two slips: these are the logits at the answer's"
# - logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]  # (A, V)
# - return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
# + logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) :]
# + return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).mean()


# %%
# reject: two slips, the prompt too and the loss · expects "scored too. And the sign is flipped"
def answer_log_prob(model, prompt, answer):
    tokens = torch.cat([prompt, answer])
    logits = model(tokens[None])[0, :-1]
    return F.cross_entropy(logits, tokens[1:], reduction="sum")


# %%
# reject: two slips, one too early and a probability · expects "one place too early. And a probability"
# - logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]  # (A, V)
# - return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
# + logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 2 : -2]
# + return logits.softmax(dim=-1).gather(-1, answer[:, None]).prod()

# %%
# reject: each token of the answer alone · expects "without what stands before"
# - logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]  # (A, V)
# + before = torch.cat([prompt, answer])[len(prompt) - 1 : -1]
# + logits = torch.stack([model(token[None, None])[0, 0] for token in before])

# %%
# reject: all from the prompt's last logits · expects "the answer before it counts too"
# - logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]  # (A, V)
# - return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
# + return model(prompt[None])[0, -1].log_softmax(dim=-1).gather(-1, answer).sum()

# %%
# reject: the logarithm of the sum · expects "then the logarithm is taken; add logarithms"
# - return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
# + return logits.softmax(dim=-1).gather(-1, answer[:, None]).sum().log()
