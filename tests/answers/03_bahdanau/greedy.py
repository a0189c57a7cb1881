# %%
# accept: a for loop with a break
def greedy(step, state, first, end, pad, max_len):
    out = first.new_full((len(first), max_len), pad)
    alive = torch.ones(len(first), dtype=torch.bool)
    last = first
    for t in range(max_len):
        logits, state = step(last, state)
        last = logits.max(dim=-1).indices
        out[alive, t] = last[alive]
        alive &= last != end
        if not alive.any():
            return out[:, : t + 1]
    return out


# %%
# accept: recursion, tidied up at the end
def greedy(step, state, first, end, pad, max_len):
    columns, ended = [], set()

    def go(token, state):
        logits, state = step(token, state)
        token = torch.argmax(logits, dim=1)
        columns.append(token)
        ended.update((token == end).nonzero().flatten().tolist())
        if len(columns) < max_len and len(ended) < len(first):
            go(token, state)

    go(first, state)
    tokens = torch.stack(columns, dim=1)
    before = (tokens == end).long().cumsum(dim=1) - (tokens == end).long()
    return tokens.masked_fill(before > 0, pad)


# %%
# reject: all zeros · expects "got 0"

# %%
# reject: feeds begin again and again · expects "fed again and again"
# - token, tokens = first, []
# - done = torch.zeros_like(first, dtype=torch.bool)
# + tokens, done = [], torch.zeros_like(first, dtype=torch.bool)
#
# - logits, state = step(token, state)
# + logits, state = step(first, state)

# %%
# reject: feeds a truth that is not there · expects "zeros are fed"
# - token, tokens = first, []
# - done = torch.zeros_like(first, dtype=torch.bool)
# + tokens, done, truth = [], torch.zeros_like(first, dtype=torch.bool), torch.zeros_like(first)
#
# - logits, state = step(token, state)
# + logits, state = step(truth, state)

# %%
# reject: feeds the token before the last one · expects "the tokens that were fed to step"
# - token, tokens = first, []
# + feed, token, tokens = first, first, []
#
# - logits, state = step(token, state)
# + logits, state = step(feed, state)
# + feed = token

# %%
# reject: the state is not carried · expects "every step should get the state"
# - logits, state = step(token, state)
# + logits, _ = step(token, state)

# %%
# reject: does not stop at end · expects "it does not stop"
# - while len(tokens) < max_len and not done.all():
# + for _ in range(max_len):

# %%
# reject: stops at the first line that ends · expects "it stops at the first line that ends"
# - while len(tokens) < max_len and not done.all():
# + while len(tokens) < max_len and not done.any():

# %%
# reject: a line goes on after its end · expects "goes on talking"
# - token = torch.where(done, pad, logits.argmax(dim=1))
# + token = logits.argmax(dim=1)

# %%
# reject: end is repeated · expects "a line repeats end"
# - token = torch.where(done, pad, logits.argmax(dim=1))
# + token = torch.where(done, end, logits.argmax(dim=1))

# %%
# reject: only the token right after end is padded · expects "once it has ended, it stays ended"
# - token = torch.where(done, pad, logits.argmax(dim=1))
# + token = torch.where(token == end, pad, logits.argmax(dim=1))

# %%
# reject: the end token is padded away · expects "the end token belongs to the result"
# - token = torch.where(done, pad, logits.argmax(dim=1))
# + token = logits.argmax(dim=1)
#
# - tokens.append(token)
# + tokens.append(torch.where(done, pad, token))


# %%
# reject: argmax over the batch · expects "tokens: expected (batch, T) = (3, 4)"
def greedy(step, state, first, end, pad, max_len):
    token, tokens = first, []
    for _ in range(max_len):
        logits, state = step(token, state)
        token = logits.argmax(dim=0)
        tokens.append(token)
    return torch.stack(tokens, dim=1)


# %%
# reject: the first tokens come along · expects "there is one token too many"
# - token, tokens = first, []
# + token, tokens = first, [first]
#
# - while len(tokens) < max_len and not done.all():
# + while len(tokens) <= max_len and not done.all():

# %%
# reject: max_len is not obeyed · expects "max_len is 4"
# - while len(tokens) < max_len and not done.all():
# + while len(tokens) <= max_len and not done.all():

# %%
# reject: no limit at all · expects "stop after max_len steps"
# - while len(tokens) < max_len and not done.all():
# + while not done.all():

# %%
# reject: time in the first dimension · expects "Are batch and T swapped?"
# - return torch.stack(tokens, dim=1)  # (B, T)
# + return torch.stack(tokens)
