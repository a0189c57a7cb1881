# %%
# accept: a loop over the bins
def calibration_error(confidence, right, bins=10):
    error = 0.0
    for b in range(bins):
        inside = (confidence >= b / bins) & (confidence < (b + 1) / bins)
        if b == bins - 1:
            inside = confidence >= b / bins
        if inside.any():
            gap = right[inside].double().mean() - confidence[inside].double().mean()
            error += inside.double().mean().item() * abs(gap.item())
    return error


# %%
# accept: numpy's bincount
def calibration_error(confidence, right, bins=10):
    p, hit = confidence.numpy().astype(float), right.numpy().astype(float)
    which = np.minimum((p * bins).astype(int), bins - 1)
    return float(np.abs(np.bincount(which, weights=hit - p)).sum() / len(p))


# %%
# accept: bucketize, and lists of answers
def calibration_error(confidence, right, bins=10):
    inner = torch.linspace(0, 1, bins + 1, dtype=confidence.dtype)[1:-1]
    members = {}
    for which, p, hit in zip(
        torch.bucketize(confidence, inner, right=True).tolist(), confidence.tolist(), right.tolist()
    ):
        members.setdefault(which, []).append((p, hit))
    error = 0
    for pairs in members.values():
        share = sum(hit for _, hit in pairs) / len(pairs)
        mean = sum(p for p, _ in pairs) / len(pairs)
        error += len(pairs) * abs(share - mean)
    return error / len(confidence)


# %%
# accept: one-hot membership
def calibration_error(confidence, right, bins=10):
    which = torch.floor(confidence * bins).clamp(0, bins - 1).to(torch.int64)
    member = F.one_hot(which, bins).to(confidence)  # (N, bins)
    counts = member.sum(0)
    shares = right.to(confidence) @ member / counts.clamp(min=1)
    means = confidence @ member / counts.clamp(min=1)
    return ((counts / counts.sum()) @ (shares - means).abs()).item()


# %%
# reject: always zero · expects "got 0."

# %%
# reject: the bins are not weighted · expects "each bin counts the same; weight it"
# in: one-hot membership
# - return ((counts / counts.sum()) @ (shares - means).abs()).item()
# + return (shares - means)[counts > 0].abs().mean().item()

# %%
# reject: the gaps are added up · expects "without their weights n_b / n"
# in: a loop over the bins
# - error += inside.double().mean().item() * abs(gap.item())
# + error += abs(gap.item())

# %%
# reject: divided by the number of bins · expects "weight each gap with n_b / n, its share"
# in: a loop over the bins
# -         error += inside.double().mean().item() * abs(gap.item())
# - return error
# +         error += abs(gap.item())
# + return error / bins

# %%
# reject: the sum is not divided · expects "is not divided by the number of answers"
# - return gaps.abs().sum().item() / len(confidence)
# + return gaps.abs().sum().item()

# %%
# reject: no absolute values · expects "the gaps have signs that cancel"
# - return gaps.abs().sum().item() / len(confidence)
# + return gaps.sum().item() / len(confidence)


# %%
# reject: the absolute value of the sum · expects "take absolute values before you add"
def calibration_error(confidence, right, bins=10):
    return abs(right.to(confidence).mean() - confidence.mean()).item()


# %%
# reject: the gap of each answer · expects "first take the means of a bin"
def calibration_error(confidence, right, bins=10):
    return (right.to(confidence) - confidence).abs().mean().item()


# %%
# reject: squares · expects "the gaps are squared"
# in: a loop over the bins
# - error += inside.double().mean().item() * abs(gap.item())
# + error += inside.double().mean().item() * gap.item() ** 2

# %%
# reject: the largest gap · expects "that is the largest gap"
# in: a loop over the bins
# - error += inside.double().mean().item() * abs(gap.item())
# + error = max(error, abs(gap.item()))

# %%
# reject: empty bins have a mean · expects "Leave empty bins out"
# in: a loop over the bins
# - if inside.any():
# -     gap = right[inside].double().mean() - confidence[inside].double().mean()
# -     error += inside.double().mean().item() * abs(gap.item())
# + gap = right[inside].double().mean() - confidence[inside].double().mean()
# + error += inside.double().mean().item() * abs(gap.item())

# %%
# reject: confidence 1 has a bin that is not there · expects "confidence 1 belongs to the last bin"
# - which = (confidence * bins).long().clamp(max=bins - 1)  # (N,)
# + which = (confidence * bins).long()

# %%
# reject: confidence 1 stands in no bin · expects "confidence 1 belongs to the last bin"
# in: a loop over the bins
# - if b == bins - 1:
# -     inside = confidence >= b / bins

# %%
# reject: confidence 1 has a bin of its own · expects "confidence 1 belongs to the last bin"
# - which = (confidence * bins).long().clamp(max=bins - 1)  # (N,)
# - gaps = confidence.new_zeros(bins).index_add(0, which, right.to(confidence) - confidence)
# + which = (confidence * bins).long()
# + gaps = confidence.new_zeros(bins + 1).index_add(0, which, right.to(confidence) - confidence)

# %%
# reject: bins without their lower edge, 0 is lost · expects "confidence 0 counts too"
# in: a loop over the bins
# - inside = (confidence >= b / bins) & (confidence < (b + 1) / bins)
# - if b == bins - 1:
# -     inside = confidence >= b / bins
# + inside = (confidence > b / bins) & (confidence <= (b + 1) / bins)

# %%
# reject: an edge belongs to the lower bin · expects "on an edge belongs to the upper bin"
# - which = (confidence * bins).long().clamp(max=bins - 1)  # (N,)
# + inner = torch.linspace(0, 1, bins + 1, dtype=confidence.dtype)[1:-1]
# + which = torch.bucketize(confidence, inner)

# %%
# reject: always ten bins · expects "with 4 bins"
# + bins = 10
#   which = (confidence * bins).long().clamp(max=bins - 1)  # (N,)

# %%
# reject: bins over the upper half · expects "they must cover [0, 1]"
# - which = (confidence * bins).long().clamp(max=bins - 1)  # (N,)
# + which = ((confidence - 0.5) * 2 * bins).long().clamp(0, bins - 1)

# %%
# reject: bins from the least to the largest confidence · expects "they must cover [0, 1]"
# - which = (confidence * bins).long().clamp(max=bins - 1)  # (N,)
# + low, high = confidence.min(), confidence.max()
# + which = ((confidence - low) / (high - low) * bins).long().clamp(max=bins - 1)

# %%
# reject: rounded to the nearest bin · expects "round down"
# - which = (confidence * bins).long().clamp(max=bins - 1)  # (N,)
# + which = (confidence * bins).round().long().clamp(max=bins - 1)

# %%
# reject: the middle of the bin · expects "take the mean confidence of its answers"
# in: a loop over the bins
# - gap = right[inside].double().mean() - confidence[inside].double().mean()
# + gap = right[inside].double().mean() - (b + 0.5) / bins

# %%
# reject: a tensor · expects "return a float, not a Tensor"
# - return gaps.abs().sum().item() / len(confidence)
# + return gaps.abs().sum() / len(confidence)

# %%
# reject: bool and float are subtracted · expects "with a bool tensor is not supported"
# - gaps = confidence.new_zeros(bins).index_add(0, which, right.to(confidence) - confidence)
# + gaps = confidence.new_zeros(bins).index_add(0, which, right - confidence)

# %%
# reject: the first bin is joined with the second · expects "the first two bins are two"
# - which = (confidence * bins).long().clamp(max=bins - 1)  # (N,)
# + which = (confidence * bins).long().clamp(1, bins - 1)

# %%
# reject: the mean of bools · expects "true and false have no mean"
# in: a loop over the bins
# - gap = right[inside].double().mean() - confidence[inside].double().mean()
# + gap = right[inside].mean() - confidence[inside].mean()
