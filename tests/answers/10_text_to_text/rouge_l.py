# %%
# accept: one row at a time
def rouge_l(machine, reference):
    row = [0] * (len(reference) + 1)
    for a in machine:
        new = [0]
        for j, b in enumerate(reference):
            new.append(row[j] + 1 if a == b else max(new[j], row[j + 1]))
        row = new
    return 2.0 * row[-1] / max(1, len(machine) + len(reference))


# %%
# accept: a dictionary, from the end
def rouge_l(machine, reference):
    L = collections.defaultdict(int)
    for i in reversed(range(len(machine))):
        for j in reversed(range(len(reference))):
            same = machine[i] == reference[j]
            L[i, j] = 1 + L[i + 1, j + 1] if same else max(L[i + 1, j], L[i, j + 1])
    if L[0, 0] == 0:
        return 0.0
    P, R = L[0, 0] / len(machine), L[0, 0] / len(reference)
    return 2 * P * R / (P + R)


# %%
# reject: zero · expects "got 0."

# %%
# reject: recall · expects "that is the recall"
# - return 2 * longest / (len(machine) + len(reference)) if longest else 0.0
# + return longest / len(reference) if longest else 0.0

# %%
# reject: precision · expects "that is the precision"
# - return 2 * longest / (len(machine) + len(reference)) if longest else 0.0
# + return longest / len(machine) if longest else 0.0

# %%
# reject: without the 2 · expects "the 2 is missing"
# - return 2 * longest / (len(machine) + len(reference)) if longest else 0.0
# + return longest / (len(machine) + len(reference)) if longest else 0.0


# %%
# reject: words in any order · expects "the order counts"
def rouge_l(machine, reference):
    shared = (collections.Counter(machine) & collections.Counter(reference)).total()
    return 2 * shared / (len(machine) + len(reference)) if shared else 0.0


# %%
# reject: the longest run without a gap · expects "gaps are allowed"
# - L[i][j] = L[i - 1][j - 1] + 1 if a == b else max(L[i - 1][j], L[i][j - 1])
# + L[i][j] = L[i - 1][j - 1] + 1 if a == b else 0
#
# - longest = L[-1][-1]
# + longest = max(map(max, L))

# %%
# reject: a word matches twice · expects "matches once"
# - L[i][j] = L[i - 1][j - 1] + 1 if a == b else max(L[i - 1][j], L[i][j - 1])
# + L[i][j] = max(L[i - 1][j], L[i][j - 1]) + (a == b)

# %%
# reject: divides by nothing · expects "rouge_l"
# - return 2 * longest / (len(machine) + len(reference)) if longest else 0.0
# + return 2 * longest / (len(machine) + len(reference))


# %%
# reject: greedy from the left · expects "greedy matching from the left"
def rouge_l(machine, reference):
    j = longest = 0
    for word in machine:
        if word in reference[j:]:
            j += reference[j:].index(word) + 1
            longest += 1
    return 2 * longest / (len(machine) + len(reference)) if longest else 0.0


# %%
# reject: all rows are one list · expects "one and the same list"
# - L = [[0] * (len(reference) + 1) for _ in range(len(machine) + 1)]
# + L = [[0] * (len(reference) + 1)] * (len(machine) + 1)


# %%
# reject: sets of words · expects "sets lose that"
def rouge_l(machine, reference):
    shared = len(set(machine) & set(reference))
    return 2 * shared / (len(machine) + len(reference)) if shared else 0.0
