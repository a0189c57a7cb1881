# %%
# accept: the formula of least squares
def fitted_exponent(lengths, costs):
    x, y = np.log(np.array(lengths)), np.log(np.array(costs))
    x = x - x.mean()
    return float((x * (y - y.mean())).sum() / (x * x).sum())


# %%
# accept: torch.linalg.lstsq
def fitted_exponent(lengths, costs):
    x = torch.tensor(lengths, dtype=torch.float64).log()
    design = torch.stack([x, torch.ones_like(x)], dim=1)
    y = torch.tensor(costs, dtype=torch.float64).log()[:, None]
    return torch.linalg.lstsq(design, y).solution[0].item()


# %%
# accept: the ratio of covariance and variance, logarithms to base 2
def fitted_exponent(lengths, costs):
    covariance = np.cov(np.log2(lengths), np.log2(costs))
    return covariance[0, 1] / covariance[0, 0]


# %%
# reject: always zero · expects "every value is zero"


# %%
# reject: swapped · expects "lengths and costs are swapped"
def fitted_exponent(lengths, costs):
    return float(np.polyfit(np.log(costs), np.log(lengths), 1)[0])


# %%
# reject: no logarithm of the costs · expects "the costs need a logarithm"
def fitted_exponent(lengths, costs):
    return float(np.polyfit(np.log(lengths), costs, 1)[0])


# %%
# reject: no logarithm of the lengths · expects "the lengths need a logarithm"
def fitted_exponent(lengths, costs):
    return float(np.polyfit(lengths, np.log(costs), 1)[0])


# %%
# reject: no logarithm at all · expects "take logarithms of both"
def fitted_exponent(lengths, costs):
    return float(np.polyfit(lengths, costs, 1)[0])


# %%
# reject: the intercept · expects "the slope is wanted"
def fitted_exponent(lengths, costs):
    return float(np.polyfit(np.log(lengths), np.log(costs), 1)[1])


# %%
# reject: from the first and the last point · expects "not just the first and the last"
def fitted_exponent(lengths, costs):
    return math.log(costs[-1] / costs[0]) / math.log(lengths[-1] / lengths[0])


# %%
# reject: logarithms to different bases · expects "use the same logarithm for both"
def fitted_exponent(lengths, costs):
    return float(np.polyfit(np.log2(lengths), np.log(costs), 1)[0])


# %%
# reject: a parabola · expects "the exponent of 1, 5, 6, 90"
def fitted_exponent(lengths, costs):
    return float(np.polyfit(np.log(lengths), np.log(costs), 2)[0])
