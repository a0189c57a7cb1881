# %%
# accept: a while loop, peaks in a dict, plain cosine by hand
def train(take_step, optimizers, steps, evaluate, every):
    peaks = {}
    for i, optimizer in enumerate(optimizers):
        for j, group in enumerate(optimizer.param_groups):
            peaks[i, j] = group["lr"]
    losses, seen, k = [], [], 0
    while k < steps:
        factor = warmup_cosine((2 * k + 1) / (2 * steps))
        for (i, j), peak in peaks.items():
            optimizers[i].param_groups[j]["lr"] = factor * peak
        losses += [take_step(k)]
        k += 1
        if not k % every:
            seen += [evaluate()]
    return losses, seen


# %%
# accept: the peaks kept in the groups, counted from 1
def train(take_step, optimizers, steps, evaluate, every):
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group.setdefault("peak", group["lr"])
    losses, evaluations = [], []
    for done in range(1, steps + 1):
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * warmup_cosine((done - 0.5) / steps)
        losses.append(take_step(done - 1))
        if done % every == 0:
            evaluations.append(evaluate())
    return losses, evaluations


# %%
# accept: PyTorch's own scheduler
def train(take_step, optimizers, steps, evaluate, every):
    def factor(k):
        return warmup_cosine((k + 0.5) / steps)

    schedules = [torch.optim.lr_scheduler.LambdaLR(o, factor) for o in optimizers]
    losses, evaluations = [], []
    for k in range(steps):
        losses.append(take_step(k))
        for schedule in schedules:
            schedule.step()
        if k % every == every - 1:
            evaluations.append(evaluate())
    return losses, evaluations


# %%
# reject: the rates never change · expects "the rates never change"
# -         group["lr"] = peak * warmup_cosine((k + 0.5) / steps)
# +         group["lr"] = peak

# %%
# reject: the factors pile up · expects "the factors pile up"
# -         group["lr"] = peak * warmup_cosine((k + 0.5) / steps)
# +         group["lr"] *= warmup_cosine((k + 0.5) / steps)

# %%
# reject: k / steps · expects "the progress is (k + 0.5) / steps, not k / steps"
# -         group["lr"] = peak * warmup_cosine((k + 0.5) / steps)
# +         group["lr"] = peak * warmup_cosine(k / steps)

# %%
# reject: (k + 1) / steps · expects "not (k + 1) / steps"
# -         group["lr"] = peak * warmup_cosine((k + 0.5) / steps)
# +         group["lr"] = peak * warmup_cosine((k + 1) / steps)

# %%
# reject: the rate after the step · expects "set them before it"
# -     for group, peak in zip(groups, peaks, strict=True):
# -         group["lr"] = peak * warmup_cosine((k + 0.5) / steps)
# -     losses.append(take_step(k))
# +     losses.append(take_step(k))
# +     for group, peak in zip(groups, peaks, strict=True):
# +         group["lr"] = peak * warmup_cosine((k + 0.5) / steps)

# %%
# reject: the peak is forgotten · expects "the peaks are lost"
# -         group["lr"] = peak * warmup_cosine((k + 0.5) / steps)
# +         group["lr"] = warmup_cosine((k + 0.5) / steps)

# %%
# reject: one peak for all · expects "all groups get the peak of the first one"
# -         group["lr"] = peak * warmup_cosine((k + 0.5) / steps)
# +         group["lr"] = peaks[0] * warmup_cosine((k + 0.5) / steps)

# %%
# reject: the first optimizer alone · expects "the groups of the first optimizer alone are changed"
# - groups = [group for optimizer in optimizers for group in optimizer.param_groups]
# + groups = optimizers[0].param_groups

# %%
# reject: the first group of each optimizer · expects "only its first is changed"
# - groups = [group for optimizer in optimizers for group in optimizer.param_groups]
# + groups = [optimizer.param_groups[0] for optimizer in optimizers]

# %%
# reject: evaluated before the steps · expects "Evaluate after a step"
# -     if (k + 1) % every == 0:
# +     if k % every == 0:

# %%
# reject: evaluated at the end alone · expects "Is it after the loop?"
# -     if (k + 1) % every == 0:
# -         evaluations.append(evaluate())
# - return losses, evaluations
# + evaluations.append(evaluate())
# + return losses, evaluations

# %%
# reject: evaluate is kept, not called · expects "expected step 0, step 1, step 2, evaluate"
# -         evaluations.append(evaluate())
# +         evaluations.append(evaluate)

# %%
# reject: one step too few · expects "expected take_step(0) … take_step(6), each once"
# - for k in range(steps):
# + for k in range(steps - 1):

# %%
# reject: steps from 1 · expects "steps count from 0"
# -     losses.append(take_step(k))
# +     losses.append(take_step(k + 1))

# %%
# reject: the last loss alone · expects "losses: expected a list, got a float"
# -     losses.append(take_step(k))
# +     losses = take_step(k)

# %%
# reject: nothing returned · expects "yours returns a NoneType"
# - return losses, evaluations

# %%
# reject: one peak for an optimizer · expects "all groups of an optimizer get the peak of its first one"
# - groups = [group for optimizer in optimizers for group in optimizer.param_groups]
# - peaks = [group["lr"] for group in groups]
# + groups = [group for optimizer in optimizers for group in optimizer.param_groups]
# + peaks = [o.param_groups[0]["lr"] for o in optimizers for _ in o.param_groups]

# %%
# reject: the rates of the defaults · expects "defaults hold a rate for groups that name none"
# - peaks = [group["lr"] for group in groups]
# + peaks = [o.defaults["lr"] for o in optimizers for _ in o.param_groups]

# %%
# reject: the losses alone · expects "return two lists; yours returns one list of 7"
# - return losses, evaluations
# + return losses

# %%
# reject: the evaluations alone · expects "return two lists; yours returns one list of 2"
# - return losses, evaluations
# + return evaluations
