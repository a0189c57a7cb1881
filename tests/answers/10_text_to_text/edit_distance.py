# %%
# accept: a whole table
def edit_distance(a, b):
    D = [[max(i, j) if 0 in (i, j) else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            same = 0 if a[i - 1] == b[j - 1] else 1
            D[i][j] = min(D[i - 1][j] + 1, D[i][j - 1] + 1, D[i - 1][j - 1] + same)
    return D[len(a)][len(b)]


# %%
# accept: recursion with a memory
def edit_distance(a, b):
    import functools

    @functools.cache
    def rest(i, j):
        if i == len(a) or j == len(b):
            return len(a) - i + len(b) - j
        if a[i] == b[j]:
            return rest(i + 1, j + 1)
        return 1 + min(rest(i + 1, j), rest(i, j + 1), rest(i + 1, j + 1))

    return rest(0, 0)


# %%
# accept: breadth first, by the number of steps
def edit_distance(a, b):
    frontier, steps = {(0, 0)}, 0
    seen = set()
    while True:
        reach = set()
        for i, j in frontier:
            while i < len(a) and j < len(b) and a[i] == b[j]:
                i, j = i + 1, j + 1
            reach.add((i, j))
        if (len(a), len(b)) in reach:
            return steps
        seen |= reach
        frontier = {(i + x, j + y) for i, j in reach for x, y in ((1, 0), (0, 1), (1, 1))}
        frontier = {(i, j) for i, j in frontier if i <= len(a) and j <= len(b)} - seen
        steps += 1


# %%
# reject: always 0 · expects "a sign replaced counts 1"
def edit_distance(a, b):
    return 0


# %%
# reject: sign by sign · expects "shifts the rest"
def edit_distance(a, b):
    return sum(x != y for x, y in zip(a, b)) + abs(len(a) - len(b))


# %%
# reject: the difference of the lengths · expects "a sign replaced counts 1"
def edit_distance(a, b):
    return abs(len(a) - len(b))


# %%
# reject: replacing costs 2 · expects "counts 1, not 2"
# - row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
# + row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + 2 * (x != y)))

# %%
# reject: row 0 of zeros · expects "row 0 is 0, 1, 2"
# - above = list(range(len(b) + 1))
# + above = [0] * (len(b) + 1)

# %%
# reject: rows begin with 0 · expects "each row begins with the signs of a used so far"
# - row = [i]
# + row = [0]

# %%
# reject: counted from 0 · expects "its row begins with 1"
# - for i, x in enumerate(a, start=1):
# + for i, x in enumerate(a):


# %%
# reject: swapping is a step · expects "swapping is not one of the three steps"
def edit_distance(a, b):
    D = [[max(i, j) if 0 in (i, j) else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            D[i][j] = min(
                D[i - 1][j] + 1, D[i][j - 1] + 1, D[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            )
            if i > 1 and j > 1 and a[i - 2 : i] == b[j - 2 : j][::-1]:
                D[i][j] = min(D[i][j], D[i - 2][j - 2] + 1)
    return D[-1][-1]


# %%
# reject: a share · expects "return a whole number"
# - return above[-1]
# + return above[-1] / max(1, len(a))


# %%
# reject: equal signs cost, too · expects "equal signs cost nothing"
# - row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
# + row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + 1))


# %%
# reject: what is equal costs, what differs is free · expects "add 1 where the two differ"
# - row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
# + row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x == y)))


# %%
# accept: NumPy's integers
def edit_distance(a, b):
    import numpy as np

    D = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    D[:, 0], D[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            D[i + 1, j + 1] = min(D[i, j + 1] + 1, D[i + 1, j] + 1, D[i, j] + (x != y))
    return D[-1, -1]


# %%
# reject: a table of floats · expects "int(…)"
# in: NumPy's integers
# - D = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
# + D = np.zeros((len(a) + 1, len(b) + 1))
