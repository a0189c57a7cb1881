# %%
# accept: the end moves backwards in a while loop
def wordpiece(word, vocabulary):
    pieces = []
    start = 0
    while start < len(word):
        end = len(word)
        piece = None
        while end > start:
            candidate = word[start:end]
            if start > 0:
                candidate = "##" + candidate
            if candidate in vocabulary:
                piece = candidate
                break
            end -= 1
        if piece is None:
            return ["[UNK]"]
        pieces.append(piece)
        start = end
    return pieces


# %%
# accept: recursion
def wordpiece(word, vocabulary):
    def cut(rest, prefix):
        if not rest:
            return []
        fits = (n for n in range(len(rest), 0, -1) if prefix + rest[:n] in vocabulary)
        n = next(fits, None)
        after = None if n is None else cut(rest[n:], "##")
        return None if after is None else [prefix + rest[:n], *after]

    pieces = cut(word, "")
    return ["[UNK]"] if pieces is None else pieces


# %%
# accept: the longest of all pieces that fit
def wordpiece(word, vocabulary):
    pieces, rest = [], word
    while rest:
        if pieces:
            fits = [
                p for p in vocabulary if len(p) > 2 and p[:2] == "##" and rest.startswith(p[2:])
            ]
        else:
            fits = [p for p in vocabulary if p and rest.startswith(p)]
        if not fits:
            return ["[UNK]"]
        longest = max(fits, key=len)
        rest = rest[len(longest) - (2 if pieces else 0) :]
        pieces.append(longest)
    return pieces


# %%
# accept: the rest carries its ## along
def wordpiece(word, vocabulary):
    pieces = []
    while word not in ("", "##"):
        piece = word
        while piece not in vocabulary and piece not in ("", "##"):
            piece = piece[:-1]
        if piece in ("", "##"):
            return ["[UNK]"]
        pieces.append(piece)
        word = "##" + word[len(piece) :]
    return pieces


# %%
# reject: every result is zero · expects "yours ['']"


# %%
# reject: no pieces · expects "expected ['film'], got []"
def wordpiece(word, vocabulary):
    return []


# %%
# reject: nothing returned · expects "got None"
def wordpiece(word, vocabulary):
    [word[:end] for end in range(len(word), 0, -1)]


# %%
# reject: always unknown · expects "the first piece is the longest that the word begins with"
def wordpiece(word, vocabulary):
    return ["[UNK]"]


# %%
# reject: only whole words · expects "pieces inside the word begin with ##"
def wordpiece(word, vocabulary):
    return [word] if word in vocabulary else ["[UNK]"]


# %%
# reject: shortest first · expects "the first piece is the longest that the word begins with"
# - for end in range(len(word), start, -1):
# + for end in range(start + 1, len(word) + 1):

# %%
# reject: longest only at the start, then shortest · expects "inside the word too, the longest piece"
# - for end in range(len(word), start, -1):
# + ends = range(start + 1, len(word) + 1)
# + for end in ends if start else reversed(ends):

# %%
# reject: no ## in the look-up · expects "pieces inside the word begin with ##"
# - piece = ("##" if start else "") + word[start:end]
# - if piece in vocabulary:
# -     pieces.append(piece)
# + if word[start:end] in vocabulary:
# +     pieces.append(word[start:end])

# %%
# reject: ## is looked up and not returned · expects "pieces inside the word begin with ##"
# - piece = ("##" if start else "") + word[start:end]
# - if piece in vocabulary:
# -     pieces.append(piece)
# + if ("##" if start else "") + word[start:end] in vocabulary:
# +     pieces.append(word[start:end])

# %%
# reject: ## in front of the first piece too · expects "that the word begins with, without ##"
# - piece = ("##" if start else "") + word[start:end]
# - if piece in vocabulary:
# -     pieces.append(piece)
# + if "##" + word[start:end] in vocabulary:
# +     pieces.append("##" + word[start:end])

# %%
# reject: letters without a piece are skipped · expects "no letter is skipped"
# - return ["[UNK]"]
# + start += 1

# %%
# reject: [UNK] for the rest alone · expects "and the whole is [UNK]"
# - return ["[UNK]"]
# + return [*pieces, "[UNK]"]

# %%
# reject: what was found so far · expects "and the whole is [UNK]"
# - return ["[UNK]"]
# + break


# %%
# reject: shorter beginnings are tried again · expects "no shorter beginning is tried again"
def wordpiece(word, vocabulary):
    def cut(start):
        if start == len(word):
            return []
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            after = cut(end) if piece in vocabulary else None
            if after is not None:
                return [piece, *after]
        return None

    pieces = cut(0)
    return ["[UNK]"] if pieces is None else pieces


# %%
# reject: a string instead of a list · expects "got '[UNK]'"
# - return ["[UNK]"]
# + return "[UNK]"

# %%
# reject: never ends when no piece fits · expects "Is there a loop that never ends"
# - else:
# -     return ["[UNK]"]

# %%
# reject: no piece is longer than 14 letters · expects "however long, is one piece"
# - for end in range(len(word), start, -1):
# + for end in range(min(len(word), start + 14), start, -1):

# %%
# reject: adds to the vocabulary · expects "changes its input in place"
# + vocabulary.add("[UNK]")
#   pieces, start = [], 0
