# %%
# accept: one expression
def learning_rate_factor(step, warmup, steps):
    if step + 1 <= warmup:
        return (1 + step) / warmup
    return 0.5 + 0.5 * math.cos(math.pi * (step - warmup) / (steps - warmup))


# %%
# accept: the squared cosine of half the angle
def learning_rate_factor(step, warmup, steps):
    rest = max(0, step - warmup) / (steps - warmup)
    return (
        min((step + 1) / max(warmup, 1), 1.0) * math.cos(math.pi / 2 * rest) ** 2
        if step < warmup
        else math.cos(math.pi / 2 * rest) ** 2
    )


# %%
# accept: torch tensors inside, a float outside
def learning_rate_factor(step, warmup, steps):
    at = torch.tensor(float(step), dtype=torch.float64)
    if step < warmup:
        return ((at + 1) / warmup).item()
    return (0.5 * (1 + torch.cos(torch.pi * (at - warmup) / (steps - warmup)))).item()


# %%
# reject: zero · expects "every value is zero"


# %%
# reject: first factor 0 · expects "the first factor should not be 0"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return step / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


# %%
# reject: warm-up divided by steps · expects "divide by warmup, not by steps"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / steps
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


# %%
# reject: no warm-up · expects "there is no warm-up"
def learning_rate_factor(step, warmup, steps):
    return 0.5 * (1 + math.cos(math.pi * step / steps))


# %%
# reject: warm-up one step too long · expects "one step too long"
def learning_rate_factor(step, warmup, steps):
    if step <= warmup:
        return (step + 1) / (warmup + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


# %%
# reject: cosine not halved · expects "halve it"
# - progress = (step - warmup) / (steps - warmup)
# - return 0.5 * (1 + math.cos(math.pi * progress))
# + return math.cos(math.pi * (step - warmup) / (steps - warmup))

# %%
# reject: a straight line · expects "a straight line"
# - progress = (step - warmup) / (steps - warmup)
# - return 0.5 * (1 + math.cos(math.pi * progress))
# + return 1 - (step - warmup) / (steps - warmup)

# %%
# reject: a quarter turn · expects "a quarter turn"
# - progress = (step - warmup) / (steps - warmup)
# - return 0.5 * (1 + math.cos(math.pi * progress))
# + return math.cos(math.pi / 2 * (step - warmup) / (steps - warmup))

# %%
# reject: p counts from step 0 · expects "p starts at the end of the warm-up"
# - progress = (step - warmup) / (steps - warmup)
# - return 0.5 * (1 + math.cos(math.pi * progress))
# + return 0.5 * (1 + math.cos(math.pi * step / steps))

# %%
# reject: p divides by steps · expects "only steps − warmup of them"
# - progress = (step - warmup) / (steps - warmup)
# - return 0.5 * (1 + math.cos(math.pi * progress))
# + return 0.5 * (1 + math.cos(math.pi * (step - warmup) / steps))

# %%
# reject: constant after the warm-up · expects "stays 1"
# - progress = (step - warmup) / (steps - warmup)
# - return 0.5 * (1 + math.cos(math.pi * progress))
# + return 1.0

# %%
# reject: degrees instead of radians · expects "the angle in degrees"
# - progress = (step - warmup) / (steps - warmup)
# - return 0.5 * (1 + math.cos(math.pi * progress))
# + return 0.5 * (1 + math.cos(math.radians((step - warmup) / (steps - warmup))))


# %%
# reject: both branches computed first · expects "ZeroDivisionError"
def learning_rate_factor(step, warmup, steps):
    up = (step + 1) / warmup
    down = 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))
    return up if step < warmup else down


# %%
# reject: whole-number division · expects "cut to a whole number"
# - progress = (step - warmup) / (steps - warmup)
# + progress = (step - warmup) // (steps - warmup)

# %%
# reject: warm-up with one step too many · expects "it is the steps below warmup"
# - if step < warmup:
# + if step <= warmup:

# %%
# reject: no pi · expects "π is missing"
# - return 0.5 * (1 + math.cos(math.pi * progress))
# + return 0.5 * (1 + math.cos(progress))

# %%
# reject: brackets missing · expects "put both in parentheses"
# - return 0.5 * (1 + math.cos(math.pi * progress))
# + return 0.5 * 1 + math.cos(math.pi * progress)

# %%
# reject: p one step ahead · expects "p is 0 at step = warmup"
# - progress = (step - warmup) / (steps - warmup)
# + progress = (step + 1 - warmup) / (steps - warmup)

# %%
# reject: the cosine ends at 0 · expects "no − 1"
# - progress = (step - warmup) / (steps - warmup)
# + progress = (step - warmup) / (steps - warmup - 1)

# %%
# reject: nothing returned after the warm-up · expects "nothing is returned"
# - return 0.5 * (1 + math.cos(math.pi * progress))
# + 0.5 * (1 + math.cos(math.pi * progress))
