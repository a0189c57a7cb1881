# %%
# accept: strings of on and off, counted
def morse_runs(message):
    line = "_______".join(
        "___".join("_".join("#" if s == "." else "###" for s in MORSE[c]) for c in word)
        for word in message.split(" ")
    )
    return [len(run) for run in line.replace("#_", "# _").replace("_#", "_ #").split(" ")]


# %%
# accept: letters of all words, the gap after each
def morse_runs(message):
    out = []
    for i, letter in enumerate(message):
        if letter == " ":
            out[-1] = 7
            continue
        for sign in MORSE[letter]:
            out.extend([{".": 1, "-": 3}[sign], 1])
        out[-1] = 3
    return out[:-1]


# %%
# accept: groupby over samples
def morse_runs(message):
    import itertools

    words = []
    for word in message.split():
        letters = ["0".join({".": "1", "-": "111"}[s] for s in MORSE[c]) for c in word]
        words.append("000".join(letters))
    return [sum(1 for _ in run) for _, run in itertools.groupby("0000000".join(words))]


# %%
# reject: dots and dashes swapped · expects "dots and dashes are swapped"
# - runs += [gap, 1 if sign == "." else 3]
# + runs += [gap, 3 if sign == "." else 1]

# %%
# reject: begins with a gap · expects "it begins with a gap"
# - return runs[1:]
# + return runs

# %%
# reject: no gaps · expects "the gap inside a letter, 1, is missing"
# - gap = 1 if j else 3 if i else 7
# - runs += [gap, 1 if sign == "." else 3]
# + runs += [1 if sign == "." else 3]
#
# - return runs[1:]
# + return runs

# %%
# reject: gaps between letters are 1 · expects "all gaps are 1"
# - gap = 1 if j else 3 if i else 7
# + gap = 1 if j or i else 7

# %%
# reject: gaps inside a letter are 3 · expects "the gap inside a letter is 1"
# - gap = 1 if j else 3 if i else 7
# + gap = 3 if j or i else 7

# %%
# reject: a word begins like a letter · expects "between two words the gap is 7, not 3"
# - gap = 1 if j else 3 if i else 7
# + gap = 1 if j else 3

# %%
# reject: 7 between letters · expects "the gap between letters is 3, not 7"
# - gap = 1 if j else 3 if i else 7
# + gap = 1 if j else 7


# %%
# reject: gaps of letters on top · expects "it takes its place"
def morse_runs(message):
    out = []
    for i, letter in enumerate(message):
        if letter == " ":
            out[-1] += 4
            continue
        for sign in MORSE[letter]:
            out.extend([1 if sign == "." else 3, 1])
        out[-1] += 3
    return out[:-1]


# %%
# reject: the gap of words on top of that of letters · expects "does not come on top"
def morse_runs(message):
    out = []
    for letter in message:
        if letter == " ":
            out[-1] += 7
            continue
        for sign in MORSE[letter]:
            out.extend([1 if sign == "." else 3, 1])
        out[-1] = 3
    return out[:-1]


# %%
# reject: a tensor · expects "return a list of numbers, not a Tensor"
# - return runs[1:]
# + return torch.tensor(runs[1:])

# %%
# reject: the last gap stays · expects "the last is a mark"
# in: letters of all words, the gap after each
# - return out[:-1]
# + return out

# %%
# reject: seconds · expects "whole numbers of dots"
# - return runs[1:]
# + return [0.04 * n for n in runs[1:]]


# %%
# reject: a gap of 7 at the end · expects "the last is a mark"
# - return runs[1:]
# + return [*runs[1:], 7]


# %%
# reject: a gap of 1 after each mark · expects "the last is a mark"
def morse_runs(message):
    return [
        n for c in message.replace(" ", "") for s in MORSE[c] for n in (1 if s == "." else 3, 1)
    ]


# %%
# reject: the gaps of letter and word, both · expects "both gaps stand there"
def morse_runs(message):
    out = []
    for word in message.split():
        out += [7] if out else []
        for letter in word:
            out += [n for s in MORSE[letter] for n in (1 if s == "." else 3, 1)]
            out[-1] = 3
    return out[:-1]


# %%
# accept: NumPy's integers
def morse_runs(message):
    import numpy as np

    words = [
        "3".join("1".join("1" if s == "." else "3" for s in MORSE[c]) for c in w)
        for w in message.split()
    ]
    return list(np.array(list("7".join(words)), dtype=int))
