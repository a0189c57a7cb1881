# %%
# accept: list by list
def render(messages, encode, markers, reply=False):
    starts = {"user": [markers.user], "assistant": [markers.assistant]}
    turns = [starts[role] + list(encode(text)) + [markers.end] for role, text in messages]
    return sum(turns, []) + (starts["assistant"] if reply else [])


# %%
# accept: token by token
def render(messages, encode, markers, reply=False):
    ids = []
    for role, text in messages:
        ids.append(markers.user if role == "user" else markers.assistant)
        ids.extend(encode(text))
        ids.append(markers.end)
    if reply:
        ids.append(markers.assistant)
    return ids


# %%
# reject: no end · expects "each turn ends with the marker end."
# - ids += [getattr(markers, message.role), *encode(message.text), markers.end]
# + ids += [getattr(markers, message.role), *encode(message.text)]

# %%
# reject: one end for all · expects "not only the last one"
# - ids += [getattr(markers, message.role), *encode(message.text), markers.end]
# + ids += [getattr(markers, message.role), *encode(message.text)]
#
# - return [*ids, markers.assistant] if reply else ids
# + return [*ids, markers.end, markers.assistant] if reply else [*ids, markers.end]

# %%
# reject: everybody is the user · expects "the marker of its own role"
# - ids += [getattr(markers, message.role), *encode(message.text), markers.end]
# + ids += [markers.user, *encode(message.text), markers.end]

# %%
# reject: always a reply · expects "without reply=True"
# - return [*ids, markers.assistant] if reply else ids
# + return [*ids, markers.assistant]

# %%
# reject: never a reply · expects "with reply=True the marker of the assistant comes last"
# - return [*ids, markers.assistant] if reply else ids
# + return ids

# %%
# reject: a reply that has ended · expects "the answer is still to be written"
# - return [*ids, markers.assistant] if reply else ids
# + return [*ids, markers.assistant, markers.end] if reply else ids


# %%
# reject: markers spelled as text · expects "the markers were encoded as text"
def render(messages, encode, markers, reply=False):
    text = "".join(f"<|{role}|>{text}<|end|>" for role, text in messages)
    return encode(text + "<|assistant|>" * reply)


# %%
# reject: markers found in the pasted text · expects "a text that spells <|end|> ended a turn"
def render(messages, encode, markers, reply=False):
    text = "".join(f"<|{role}|>{text}<|end|>" for role, text in messages)
    parts = re.split(r"<\|(user|assistant|end)\|>", text + "<|assistant|>" * reply)
    ids = encode(parts[0])
    for name, letters in zip(parts[1::2], parts[2::2], strict=True):
        ids += [getattr(markers, name), *encode(letters)]
    return ids


# %%
# reject: a list of lists · expects "all entries are ids"
def render(messages, encode, markers, reply=False):
    return [[getattr(markers, role), *encode(text), markers.end] for role, text in messages]


# %%
# reject: returns inside of the loop · expects "is the return inside of the loop"
# - return [*ids, markers.assistant] if reply else ids
# +     return [*ids, markers.assistant] if reply else ids
# + return []

# %%
# reject: begins as a review does · expects "no <|endoftext|> stands before"
# - ids = []
# + ids = [markers.endoftext]
