# %%
# accept: recursion
def decode(ids, merges):
    def spell(i):
        if i < 256:
            return bytes([i])
        left, right = merges[i - 256]
        return spell(left) + spell(right)

    return b"".join(map(spell, ids)).decode(errors="replace")


# %%
# accept: merges undone from the last to the first
def decode(ids, merges):
    ids = list(ids)
    for new in reversed(range(256, 256 + len(merges))):
        ids = [part for i in ids for part in (merges[new - 256] if i == new else (i,))]
    return str(bytes(ids), "utf-8", "replace")


# %%
# accept: a dict and a bytearray
def decode(ids, merges):
    table = {i: bytes((i,)) for i in range(256)}
    for i, pair in enumerate(merges):
        table[256 + i] = table[pair[0]] + table[pair[1]]
    data = bytearray()
    for i in ids:
        data += table[i]
    return data.decode("utf-8", "replace")


# %%
# reject: every result is zero · expects "got ''"


# %%
# reject: an empty string · expects "got ''"
def decode(ids, merges):
    return ""


# %%
# reject: bytes, not text · expects "expected a str, got a bytes"
# - return b"".join(spelled[i] for i in ids).decode("utf-8", errors="replace")
# + return b"".join(spelled[byte] for byte in ids)

# %%
# reject: token by token · expects "Join the bytes of all ids"
# - return b"".join(spelled[i] for i in ids).decode("utf-8", errors="replace")
# + return "".join(spelled[byte].decode(errors="replace") for byte in ids)


# %%
# reject: letters instead of bytes · expects "Each byte was turned into a letter"
def decode(ids, merges):
    spelled = [chr(i) for i in range(256)]
    for a, b in merges:
        spelled.append(spelled[a] + spelled[b])
    return "".join(spelled[i] for i in ids)


# %%
# reject: strict · expects "errors='replace'"
# - return b"".join(spelled[i] for i in ids).decode("utf-8", errors="replace")
# + return b"".join(spelled[byte] for byte in ids).decode()

# %%
# reject: bad bytes dropped · expects "should become �"
# - return b"".join(spelled[i] for i in ids).decode("utf-8", errors="replace")
# + return b"".join(spelled[byte] for byte in ids).decode(errors="ignore")

# %%
# reject: one merge too low · expects "257 is merge number 1"
# - return b"".join(spelled[i] for i in ids).decode("utf-8", errors="replace")
# + return b"".join(spelled[byte - (byte > 256)] for byte in ids).decode(errors="replace")

# %%
# reject: one id too high · expects "256 is merge number 0, not 1"
# - return b"".join(spelled[i] for i in ids).decode("utf-8", errors="replace")
# + return b"".join(spelled[byte + (byte > 255)] for byte in ids).decode(errors="replace")

# %%
# reject: halves swapped · expects "the wrong way round"
# -     spelled.append(spelled[left] + spelled[right])
# - return b"".join(spelled[i] for i in ids).decode("utf-8", errors="replace")
# +     spelled.append(spelled[right] + spelled[left])
# + return b"".join(spelled[byte] for byte in ids).decode(errors="replace")

# %%
# reject: spaces between tokens · expects "spaces are put between the tokens"
# - return b"".join(spelled[i] for i in ids).decode("utf-8", errors="replace")
# + return b" ".join(spelled[byte] for byte in ids).decode(errors="replace")

# %%
# reject: stripped · expects "nothing may be added, lost or changed"
# - return b"".join(spelled[i] for i in ids).decode("utf-8", errors="replace")
# + return b"".join(spelled[byte] for byte in ids).decode(errors="replace").strip()


# %%
# reject: bytes alone known · expects "bytes must be in range(0, 256)"
def decode(ids, merges):
    return bytes(ids).decode(errors="replace")


# %%
# reject: bytes(i) · expects "bytes(65) is 65 zeros"
def decode(ids, merges):
    spelled = [bytes(i) for i in range(256)]
    for a, b in merges:
        spelled.append(spelled[a] + spelled[b])
    return b"".join(spelled[i] for i in ids).decode(errors="replace")


# %%
# reject: Latin-1 · expects "Each byte was turned into a letter"
# - return b"".join(spelled[i] for i in ids).decode("utf-8", errors="replace")
# + return b"".join(spelled[i] for i in ids).decode("latin-1")
