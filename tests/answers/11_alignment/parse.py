# %%
# accept: one pass with a state
def parse(ids, decode, markers):
    messages, role, text = [], None, []
    for token in [*ids, markers.end]:
        if token == markers.end and role:
            messages.append(Message(role, decode(text)))
            role = None
        elif token in (markers.user, markers.assistant):
            role, text = ("user", "assistant")[token == markers.assistant], []
        else:
            text.append(token)
    return messages


# %%
# accept: a loop over places
def parse(ids, decode, markers):
    found, at = [], 0
    while at < len(ids):
        if ids[at] in (markers.user, markers.assistant):
            stop = at + 1
            while stop < len(ids) and ids[stop] != markers.end:
                stop += 1
            role = "user" if ids[at] == markers.user else "assistant"
            found.append(Message(role, decode(ids[at + 1 : stop])))
            at = stop
        at += 1
    return found


# %%
# reject: no messages · expects "got      []"
def parse(ids, decode, markers):
    return []


# %%
# reject: the first turn only · expects "the first turn only"
# - return messages
# + return messages[:1]

# %%
# reject: up to the last end · expects "it is no text"
# - stop = rest.index(markers.end) if markers.end in rest else len(rest)
# + stop = len(rest) - rest[::-1].index(markers.end) - 1 if markers.end in rest else len(rest)

# %%
# reject: the last letter is cut · expects "the last letter of a text is missing"
# - stop = rest.index(markers.end) if markers.end in rest else len(rest)
# + stop = max(0, rest.index(markers.end) - 1) if markers.end in rest else len(rest)

# %%
# reject: empty turns are skipped · expects "a turn without words is a turn as well"
# - messages.append(Message(roles[token], decode(rest[:stop])))
# + messages += [Message(roles[token], decode(rest[:stop]))] if stop else []

# %%
# reject: needs an end · expects "an answer that was cut off is a message too"
# - stop = rest.index(markers.end) if markers.end in rest else len(rest)
# - messages.append(Message(roles[token], decode(rest[:stop])))
# + if markers.end in rest:
# +     messages.append(Message(roles[token], decode(rest[: rest.index(markers.end)])))


# %%
# reject: cut at every end · expects "more ends are no messages"
def parse(ids, decode, markers):
    roles = {markers.user: "user", markers.assistant: "assistant"}
    messages, role, text = [], "user", []
    for token in ids:
        if token == markers.end:
            messages.append(Message(role, decode(text)))
            text = []
        elif token in roles:
            role, text = roles[token], []
        else:
            text.append(token)
    return messages + ([Message(role, decode(text))] if text else [])


# %%
# reject: only markers of roles cut · expects "what stands after an end, before the next marker"
def parse(ids, decode, markers):
    roles = {markers.user: "user", markers.assistant: "assistant"}
    messages, role, text = [], None, []
    for token in [*ids, markers.user]:
        if token in roles:
            if role:
                messages.append(Message(role, decode(text)))
            role, text = roles[token], []
        elif token != markers.end:
            text.append(token)
    return messages


# %%
# reject: the numbers of the roles · expects "a role is 'user' or 'assistant'"
# - messages.append(Message(roles[token], decode(rest[:stop])))
# + messages.append(Message(token, decode(rest[:stop])))

# %%
# reject: the first end of all · expects "not from the start of ids"
# - stop = rest.index(markers.end) if markers.end in rest else len(rest)
# - messages.append(Message(roles[token], decode(rest[:stop])))
# + stop = ids.index(markers.end) if markers.end in ids else len(ids)
# + messages.append(Message(roles[token], decode(ids[place + 1 : stop])))
