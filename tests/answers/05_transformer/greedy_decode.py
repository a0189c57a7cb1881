# %%
# accept: a table that is filled
def greedy_decode(next_logits, start, max_length):
    B = len(start)
    written = start.new_full((B, max_length), PAD)
    running = torch.ones(B, dtype=torch.bool, device=start.device)
    for step in range(max_length):
        logits = next_logits(torch.cat([start, written[:, :step]], dim=1))
        written[running, step] = logits.argmax(dim=-1)[running]
        running &= written[:, step] != END
        if not running.any():
            return written[:, : step + 1]
    return written


# %%
# accept: ended is read off the tokens
def greedy_decode(next_logits, start, max_length):
    tokens = start
    while tokens.shape[1] <= max_length and not (tokens == END).any(dim=1).all():
        best = next_logits(tokens).max(dim=1).indices
        best = torch.where((tokens == END).any(dim=1), PAD, best)
        tokens = torch.hstack([tokens, best.unsqueeze(1)])
    return tokens[:, 1:]


# %%
# accept: lists of columns, padding at the end
def greedy_decode(next_logits, start, max_length):
    columns = [start]
    for _ in range(max_length):
        columns.append(next_logits(torch.cat(columns, 1)).topk(1, dim=-1).indices)
        if (torch.cat(columns, 1) == END).any(1).all():
            break
    tokens = torch.cat(columns[1:], 1)
    after = (tokens == END).cumsum(1) - (tokens == END).long()
    return tokens.masked_fill(after > 0, PAD)


# %%
# reject: every result is zero · expects "every value is zero"


# %%
# reject: zeros · expects "should get `start`"
def greedy_decode(next_logits, start, max_length):
    return torch.zeros(len(start), max_length, dtype=torch.long)


# %%
# reject: BEGIN returned · expects "the result begins with BEGIN"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# + ended = torch.zeros(len(start), dtype=torch.bool)
#
# - return tokens[:, 1:]
# + return tokens

# %%
# reject: only the last token handed over · expects "the third call should get three tokens"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# + ended = torch.zeros(len(start), dtype=torch.bool)
#
# - token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)  # (B,)
# + token = next_logits(tokens[:, -1:]).argmax(dim=-1).where(~ended, PAD)


# %%
# reject: without BEGIN · expects "should get `start` as it is"
def greedy_decode(next_logits, start, max_length):
    tokens = start[:, :0]
    for _ in range(max_length):
        tokens = torch.cat([tokens, next_logits(tokens).argmax(dim=-1, keepdim=True)], dim=1)
    return tokens


# %%
# reject: new tokens in front · expects "what the third call gets"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# + ended = torch.zeros(len(start), dtype=torch.bool)
#
# - tokens = torch.cat([tokens, token[:, None]], dim=1)  # (B, 1 + step)
# + tokens = torch.cat([tokens[:, :1], token[:, None], tokens[:, 1:]], dim=1)

# %%
# reject: END cut off · expects "END is cut off"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# + ended = torch.zeros(len(start), dtype=torch.bool)
#
# - return tokens[:, 1:]
# + return tokens[:, 1:-1]

# %%
# reject: goes on after END · expects "a sequence goes on after its END"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# + ended = torch.zeros(len(start), dtype=torch.bool)
#
# - token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)  # (B,)
# + token = next_logits(tokens).argmax(dim=-1)

# %%
# reject: END repeated · expects "END is repeated"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# + ended = torch.zeros(len(start), dtype=torch.bool)
#
# - token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)  # (B,)
# + token = next_logits(tokens).argmax(dim=-1).where(~ended, END)

# %%
# reject: END becomes PAD · expects "END itself became PAD"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# + ended = torch.zeros(len(start), dtype=torch.bool)
# + seen = start
#
# - token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)  # (B,)
# - tokens = torch.cat([tokens, token[:, None]], dim=1)  # (B, 1 + step)
# + token = next_logits(seen).argmax(dim=-1).where(~ended, PAD)
# + seen = torch.cat([seen, token[:, None]], dim=1)
#
# + tokens = torch.cat([tokens, token.where(~ended, PAD)[:, None]], dim=1)
#   if ended.all():

# %%
# reject: stops at the first END · expects "go on until all have ended"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# + ended = torch.zeros(len(start), dtype=torch.bool)
#
# - if ended.all():
# + if ended.any():

# %%
# reject: never stops early · expects "stop then"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# + ended = torch.zeros(len(start), dtype=torch.bool)
#
# - if ended.all():
# -     break

# %%
# reject: one step too many · expects "BEGIN not counted"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# - for _ in range(max_length):
# + ended = torch.zeros(len(start), dtype=torch.bool)
# + for _ in range(max_length + 1):

# %%
# reject: BEGIN counted · expects "BEGIN not counted"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# - for _ in range(max_length):
# + ended = torch.zeros(len(start), dtype=torch.bool)
# + for _ in range(max_length - 1):

# %%
# reject: samples instead of the best · expects "what the third call gets"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# + ended = torch.zeros(len(start), dtype=torch.bool)
#
# - token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)  # (B,)
# + token = torch.multinomial(next_logits(tokens).softmax(-1), 1)[:, 0].where(~ended, PAD)

# %%
# reject: the least likely token · expects "the least likely token was taken"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# + ended = torch.zeros(len(start), dtype=torch.bool)
#
# - token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)  # (B,)
# + token = next_logits(tokens).argmin(dim=-1).where(~ended, PAD)

# %%
# reject: argmax over the batch · expects "what the third call gets"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# + ended = torch.zeros(len(start), dtype=torch.bool)
#
# - token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)  # (B,)
# + token = next_logits(tokens).argmax(dim=0)[: len(start)].where(~ended, PAD)

# %%
# reject: float tokens · expects "keep torch.int64"
# - tokens = start
# + tokens = start.float()

# %%
# reject: ended on the CPU · expects "It would fail on a GPU"
# - ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
# + ended = torch.zeros(len(start), dtype=torch.bool)

# %%
# reject: where the wrong way round · expects "keeps tokens where c is True"
# - token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)  # (B,)
# + token = next_logits(tokens).argmax(dim=-1).where(ended, PAD)

# %%
# reject: forgets earlier ends · expects "remember the earlier ends too"
# - ended = ended | (token == END)
# + ended = token == END
