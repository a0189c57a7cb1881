# %%
# accept: counts of markers
def answer_labels(tokens, markers):
    T = tokens.shape[1]
    at = torch.arange(T, device=tokens.device).expand_as(tokens)
    last_start = at.where(tokens == markers.assistant, -1).cummax(dim=1).values
    last_end = at.where(tokens == markers.end, -1).cummax(dim=1).values
    last_end = F.pad(last_end, (1, -1), value=-1)  # of the tokens before
    inside = (last_start > last_end) & (tokens != markers.assistant)
    return tokens.where(inside, -100)


# %%
# accept: rows as lists
def answer_labels(tokens, markers):
    rows = []
    for row in tokens.tolist():
        labels, on = [], False
        for token in row:
            labels.append(token if on else -100)
            if token == markers.assistant:
                on = True
            if token == markers.end:
                on = False
        rows.append(labels)
    return torch.tensor(rows, device=tokens.device)


# %%
# reject: nothing is learned · expects "■"
def answer_labels(tokens, markers):
    return torch.full_like(tokens, -100)


# %%
# reject: everything is learned · expects "what the user says is not learned"
def answer_labels(tokens, markers):
    return tokens.clone()


# %%
# reject: without the end · expects "the end of an answer is learned too"
# - speaks = token == markers.assistant or (speaks and token != markers.end)
# + speaks = token == markers.assistant or (speaks and row[t + 1 : t + 2] != [markers.end])

# %%
# reject: with the marker · expects "the marker of the assistant is given, not learned"
# - if speaks:
# + if speaks or token == markers.assistant:

# %%
# reject: never switched off · expects "padding is no text"
# - speaks = token == markers.assistant or (speaks and token != markers.end)
# + speaks = token == markers.assistant or speaks

# %%
# reject: the user's turns · expects "it is the user's turns that you learn"
# - speaks = token == markers.assistant or (speaks and token != markers.end)
# + speaks = token == markers.user or (speaks and token != markers.end)

# %%
# reject: switched off by the user · expects "after the end of an answer nothing is learned"
# - speaks = token == markers.assistant or (speaks and token != markers.end)
# + speaks = token == markers.assistant or (speaks and token != markers.user)

# %%
# reject: shifted · expects "the shift comes later"
# - return labels
# + return torch.cat([labels[:, 1:], labels[:, :1]], dim=1)

# %%
# reject: the last answer only · expects "not only the last one"
# - speaks = token == markers.assistant or (speaks and token != markers.end)
# + if token == markers.assistant:
# +     labels[b] = -100
# + speaks = token == markers.assistant or (speaks and token != markers.end)

# %%
# reject: the first answer only · expects "not only the first one"
# - speaks = token == markers.assistant or (speaks and token != markers.end)
# + speaks = (token == markers.assistant and markers.end not in labels[b]) or (speaks and token != markers.end)

# %%
# reject: the user's later turns too · expects "the user's later turns are not learned"
# - speaks = token == markers.assistant or (speaks and token != markers.end)
# + later = markers.assistant in row[t + 1 :]
# + speaks = token == markers.assistant or (speaks and (later or token != markers.end))

# %%
# reject: on the CPU · expects "device"
# in: rows as lists
# - return torch.tensor(rows, device=tokens.device)
# + return torch.tensor(rows)

# %%
# reject: a row goes on with the last one's state · expects "each row begins anew"
# - for b, row in enumerate(tokens.tolist()):
# -     speaks = False
# + speaks = False
# + for b, row in enumerate(tokens.tolist()):

# %%
# reject: switches first, then copies · expects "first copy the token, then switch"
# - if speaks:
# -     labels[b, t] = token
# - speaks = token == markers.assistant or (speaks and token != markers.end)
# + speaks = token == markers.assistant or (speaks and token != markers.end)
# + if speaks:
# +     labels[b, t] = token
