# %%
# accept: new tokens kept apart, joined at the end
@torch.no_grad()
def generate(model, tokens, n, choose, context):
    new = []
    for _ in range(n):
        text = torch.cat([tokens, *new], dim=1)
        if text.shape[1] > context:
            text = text[:, text.shape[1] - context :]
        new.append(choose(model(text)[:, -1, :]))
    return torch.cat([tokens, *new], dim=1)


# %%
# accept: room for all tokens from the start
@torch.no_grad()
def generate(model, tokens, n, choose, context):
    B, T = tokens.shape
    text = torch.zeros(B, T + n, dtype=tokens.dtype, device=tokens.device)
    text[:, :T] = tokens
    for t in range(T, T + n):
        logits = model(text[:, max(0, t - context) : t])
        text[:, t] = choose(logits[:, -1])[:, 0]
    return text


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the text does not grow · expects "append it before the next round"
# + start = tokens
#   for _ in range(n):
# -     logits = model(tokens[:, -context:])[:, -1]  # (B, V)
# +     logits = model(start[:, -context:])[:, -1]  # (B, V)

# %%
# reject: the first logits · expects "the logits of the first place are used"
# - logits = model(tokens[:, -context:])[:, -1]  # (B, V)
# + logits = model(tokens[:, -context:])[:, 0]

# %%
# reject: the last token alone · expects "the model reads the last token alone"
# - logits = model(tokens[:, -context:])[:, -1]  # (B, V)
# + logits = model(tokens[:, -1:])[:, -1]

# %%
# reject: in front · expects "new tokens stand in front"
# - tokens = torch.cat([tokens, choose(logits)], dim=1)
# + tokens = torch.cat([choose(logits), tokens], dim=1)

# %%
# reject: one draw for all texts · expects "chosen for the first one"
# - tokens = torch.cat([tokens, choose(logits)], dim=1)
# + tokens = torch.cat([tokens, choose(logits[:1]).expand(len(tokens), 1)], dim=1)

# %%
# reject: one draw, of the last text · expects "chosen for the last one"
# - tokens = torch.cat([tokens, choose(logits)], dim=1)
# + tokens = torch.cat([tokens, choose(logits[-1:]).expand(len(tokens), 1)], dim=1)

# %%
# reject: the new tokens alone · expects "these are the new tokens alone"
# - return tokens
# + return tokens[:, -n:]

# %%
# reject: joined along the batch · expects "append along the tokens, dim=1"
# - tokens = torch.cat([tokens, choose(logits)], dim=1)
# + tokens = torch.cat([tokens, choose(logits).expand_as(tokens)], dim=0)

# %%
# reject: one token too many · expects "expected (B, tokens)"
# - for _ in range(n):
# + for _ in range(n + 1):

# %%
# reject: choose sees all places · expects "choose should get the logits of 2 texts"
# - logits = model(tokens[:, -context:])[:, -1]  # (B, V)
# - tokens = torch.cat([tokens, choose(logits)], dim=1)
# + logits = model(tokens[:, -context:])
# + tokens = torch.cat([tokens, choose(logits)[:, -1]], dim=1)

# %%
# reject: no window · expects "give it the last ones"
# - logits = model(tokens[:, -context:])[:, -1]  # (B, V)
# + logits = model(tokens)[:, -1]

# %%
# reject: the first tokens · expects "the model gets the first tokens"
# - logits = model(tokens[:, -context:])[:, -1]  # (B, V)
# + logits = model(tokens[:, :context])[:, -1]

# %%
# reject: a window one too short · expects "one token too few"
# - logits = model(tokens[:, -context:])[:, -1]  # (B, V)
# + logits = model(tokens[:, 1 - context :])[:, -1]

# %%
# reject: the text is cut, too · expects "the text itself stays whole"
# + tokens = tokens[:, -context:]
#   for _ in range(n):

# %%
# reject: one token is chosen by the loop itself · expects "choose was never called"
# - tokens = torch.cat([tokens, choose(logits)], dim=1)
# + tokens = torch.cat([tokens, logits.argmax(dim=-1, keepdim=True)], dim=1)

# %%
# reject: probabilities for choose · expects "as the model gives them, not probabilities"
# - tokens = torch.cat([tokens, choose(logits)], dim=1)
# + tokens = torch.cat([tokens, choose(logits.softmax(dim=-1))], dim=1)

# %%
# reject: the text is cut in every round · expects "the text itself stays whole"
#   for _ in range(n):
# +     tokens = tokens[:, -context:]

# %%
# reject: all places · expects "Of all places take the last one, [:, -1]"
# - logits = model(tokens[:, -context:])[:, -1]  # (B, V)
# + logits = model(tokens[:, -context:])

# %%
# reject: the last place as a slice · expects "Of all places take the last one, [:, -1]"
# - logits = model(tokens[:, -context:])[:, -1]  # (B, V)
# + logits = model(tokens[:, -context:])[:, -1:]

# %%
# reject: the last text · expects "[-1] is the last text"
# - logits = model(tokens[:, -context:])[:, -1]  # (B, V)
# + logits = model(tokens[:, -context:])[-1]

# %%
# reject: one dimension more · expects "fits beside the tokens as it is"
# - tokens = torch.cat([tokens, choose(logits)], dim=1)
# + tokens = torch.cat([tokens, choose(logits).unsqueeze(1)], dim=1)

# %%
# reject: joined along dimension 0 · expects "append along the tokens: torch.cat"
# - tokens = torch.cat([tokens, choose(logits)], dim=1)
# + tokens = torch.cat([tokens, choose(logits)])
