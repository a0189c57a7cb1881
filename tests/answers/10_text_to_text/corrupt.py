# %%
# accept: from the right
def corrupt(tokens, spans, first):
    source, target = list(tokens), [first + len(spans)]
    for i in reversed(range(len(spans))):
        start, stop = spans[i]
        target = [first + i] + source[start:stop] + target
        source[start:stop] = [first + i]
    return source, target


# %%
# accept: token by token, with a table
def corrupt(tokens, spans, first):
    at = {j: i for i, (a, b) in enumerate(spans) for j in range(a, b)}
    source, target, open_span = [], [], None
    for j, token in enumerate(tokens):
        span = at.get(j)
        if span is None:
            source.append(token)
        else:
            if span != open_span:
                source.append(first + span)
                target.append(first + span)
            target.append(token)
        open_span = span
    target.append(first + len(spans))
    return source, target


# %%
# reject: nothing · expects "the source is []"
def corrupt(tokens, spans, first):
    return [], []


# %%
# reject: swapped · expects "source and target are swapped"
# - return source + tokens[end:], [*target, first + len(spans)]
# + return [*target, first + len(spans)], source + tokens[end:]

# %%
# reject: the rest is missing · expects "what stands after the last span is missing"
# - return source + tokens[end:], [*target, first + len(spans)]
# + return source, [*target, first + len(spans)]

# %%
# reject: no last sentinel · expects "the last sentinel is missing"
# - return source + tokens[end:], [*target, first + len(spans)]
# + return source + tokens[end:], target

# %%
# reject: one sentinel for all · expects "a sentinel of its own"
# - source += [*tokens[end:start], first + i]
# - target += [first + i, *tokens[start:stop]]
# + source += [*tokens[end:start], first]
# + target += [first, *tokens[start:stop]]

# %%
# reject: sentinels missing from the target · expects "the sentinels are missing from the target"
# - target += [first + i, *tokens[start:stop]]
#   end = stop
# + target += tokens[start:stop]
#
# - return source + tokens[end:], [*target, first + len(spans)]
# + return source + tokens[end:], target

# %%
# reject: the sentinel after what it hides · expects "the sentinel stands before what it hides"
# - target += [first + i, *tokens[start:stop]]
# + target += [*tokens[start:stop], first + i]

# %%
# reject: begins at the start again · expects "go on where the last span stopped"
# - end = stop
# + end = 0

# %%
# reject: a sentinel for each token · expects "one sentinel for each span"
# - source += [*tokens[end:start], first + i]
# + source += [*tokens[end:start], *[first + i] * (stop - start)]

# %%
# reject: nested lists · expects "join them, do not nest them"
# - target += [first + i, *tokens[start:stop]]
# + target += [first + i, tokens[start:stop]]


# %%
# reject: cuts a text that has moved · expects "the places have moved"
def corrupt(tokens, spans, first):
    source, target = list(tokens), []
    for i, (start, stop) in enumerate(spans):
        target += [first + i, *source[start:stop]]
        source[start:stop] = [first + i]
    return source, [*target, first + len(spans)]


# %%
# accept: NumPy's integers
def corrupt(tokens, spans, first):
    import numpy as np

    source, target, end = [], [], 0
    for i, (start, stop) in enumerate(spans):
        source += [*np.array(tokens[end:start], dtype=int), first + i]
        target += [first + i, *np.array(tokens[start:stop], dtype=int)]
        end = stop
    return source + tokens[end:], [*target, first + len(spans)]
