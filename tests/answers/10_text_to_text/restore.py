# %%
# accept: the target cut at its sentinels
def restore(source, target, first):
    cuts = [i for i, t in enumerate(target) if t >= first] + [len(target)]
    hidden = {target[a]: target[a + 1 : b] for a, b in zip(cuts, cuts[1:], strict=False)}
    return [t for s in source for t in (hidden.get(s, []) if s >= first else [s])]


# %%
# accept: looks each sentinel up anew
def restore(source, target, first):
    text = []
    for token in source:
        if token < first:
            text.append(token)
        elif token in target:
            for later in target[target.index(token) + 1 :]:
                if later >= first:
                    break
                text.append(later)
    return text


# %%
# reject: an empty text · expects "the text is []"
def restore(source, target, first):
    return []


# %%
# reject: the sentinels stay · expects "the sentinels stay"
# - text += hidden.get(token, []) if token >= first else [token]
# + text += [token, *hidden.get(token, [])] if token >= first else [token]

# %%
# reject: nothing comes in their places · expects "nothing comes in their places"
# - text += hidden.get(token, []) if token >= first else [token]
# + text += [] if token >= first else [token]

# %%
# reject: one token for a sentinel · expects "all tokens up to the next sentinel"
# - text += hidden.get(token, []) if token >= first else [token]
# + text += hidden.get(token, [])[:1] if token >= first else [token]

# %%
# reject: nested · expects "join what is hidden"
# - text += hidden.get(token, []) if token >= first else [token]
# + text.append(hidden.get(token, []) if token >= first else token)

# %%
# reject: a sentinel that is missing breaks it · expects "that the target lacks hides nothing"
# - text += hidden.get(token, []) if token >= first else [token]
# + text += hidden[token] if token >= first else [token]

# %%
# reject: unknown sentinels do not end a span · expects "the source has no sentinel 74"
# - if token >= first:
# + if token in source:
#       last = hidden[token] = []


# %%
# reject: by order, not by sentinel · expects "sentinel 70 is missing from the target"
def restore(source, target, first):
    parts, text = [], []
    for token in target:
        if token >= first:
            parts.append([])
        elif parts:
            parts[-1].append(token)
    for token in source:
        text += (parts.pop(0) if parts else []) if token >= first else [token]
    return text


# %%
# reject: the first sentinel is none · expects "itself is a sentinel, too"
# - if token >= first:
# + if token > first:
#
# - text += hidden.get(token, []) if token >= first else [token]
# + text += hidden.get(token, []) if token > first else [token]

# %%
# reject: no list before the first sentinel · expects "before the first sentinel of the target"
# - last = []
#   for token in target:
