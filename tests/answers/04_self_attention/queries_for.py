# %%
# accept: a large negative number where nothing is wanted
def queries_for(pattern):
    return torch.where(pattern, 0.0, -1000.0)


# %%
# accept: twice as sharp, in float64
def queries_for(pattern):
    return pattern.double() * 50 * pattern.shape[0] ** 0.5


# %%
# accept: logarithms of the wanted weights
def queries_for(pattern):
    wanted = pattern / pattern.sum(dim=1, keepdim=True)
    return (wanted + 1e-9).log() * math.sqrt(pattern.shape[1])


# %%
# accept: just below a millionth
def queries_for(pattern):
    return 14 * math.sqrt(len(pattern)) * pattern


# %%
# reject: all zeros · expects "the weights: expected"

# %%
# reject: the pattern itself · expects "the queries are too small: the weights are nearly equal"
# - return 20 * math.sqrt(len(pattern)) * pattern.float()
# + return pattern.float()

# %%
# reject: the division by √T is forgotten · expects "the scores are divided by √T"
# - return 20 * math.sqrt(len(pattern)) * pattern.float()
# + return 50 * pattern.float()

# %%
# reject: sharp, but not sharp enough · expects "nearly right, but a False entry has more than a millionth"
# - return 20 * math.sqrt(len(pattern)) * pattern.float()
# + return 20 * pattern.float()

# %%
# reject: inverted · expects "the pattern is inverted"
# - return 20 * math.sqrt(len(pattern)) * pattern.float()
# + return 200 * (~pattern).float()

# %%
# reject: transposed · expects "rows of the pattern are queries"
# - return 20 * math.sqrt(len(pattern)) * pattern.float()
# + return 20 * math.sqrt(len(pattern)) * pattern.T.float()

# %%
# reject: minus infinity · expects "a finite difference is enough"
# - return 20 * math.sqrt(len(pattern)) * pattern.float()
# + return torch.where(pattern, 0.0, -torch.inf)

# %%
# reject: the weights themselves · expects "the weights: expected"
# - return 20 * math.sqrt(len(pattern)) * pattern.float()
# + return pattern / pattern.sum(dim=1, keepdim=True)

# %%
# reject: divided by √T once more · expects "the scores are divided by √T"
# - return 20 * math.sqrt(len(pattern)) * pattern.float()
# + return 120 * pattern.float() / math.sqrt(len(pattern))

# %%
# reject: unequal scores within a row · expects "the moving average over three tokens of 300: expected"
# - return 20 * math.sqrt(len(pattern)) * pattern.float()
# + return 20 * math.sqrt(len(pattern)) * pattern.float().cumsum(dim=1) * pattern

# %%
# reject: scaled, but a difference of 13 is too small · expects "make the difference larger than ln 10⁶"
# - return 20 * math.sqrt(len(pattern)) * pattern.float()
# + return 13 * math.sqrt(len(pattern)) * pattern.float()
