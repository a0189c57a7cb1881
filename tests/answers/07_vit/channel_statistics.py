# %%
# accept: counts of the 256 bytes
def channel_statistics(images):
    values = torch.arange(256, dtype=torch.float64, device=images.device) / 255
    means, stds = [], []
    for c in range(images.shape[1]):
        share = torch.bincount(images[:, c].flatten().int(), minlength=256).double()
        share = share / share.sum()
        mean = (share * values).sum()
        means.append(mean)
        stds.append((share * (values - mean) ** 2).sum().sqrt())
    return torch.stack(means).float(), torch.stack(stds).float()


# %%
# accept: sums over chunks of images
def channel_statistics(images):
    total, squares, n = 0, 0, 0
    for chunk in images.split(4):
        x = chunk.double() / 255
        total = total + x.sum((0, 2, 3))
        squares = squares + (x * x).sum((0, 2, 3))
        n += x[:, 0].numel()
    mean = total / n
    return mean.float(), (squares / n - mean**2).sqrt().float()


# %%
# accept: one float32 copy
def channel_statistics(images):
    x = images.float() / 255.0
    return x.mean(dim=(0, 2, 3)), x.std(dim=(0, 2, 3))


# %%
# accept: two passes, mean first
def channel_statistics(images):
    mean = torch.stack([images[:, c].float().mean() for c in range(3)]) / 255
    var = torch.stack([((images[:, c] / 255 - mean[c]) ** 2).mean() for c in range(3)])
    return mean, var.sqrt()


# %%
# reject: the mean alone · expects "returns 2 values, mean, std"
def channel_statistics(images):
    return (images / 255).mean((0, 2, 3))


# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: not scaled · expects "divide by 255"
def channel_statistics(images):
    x = images.float()
    return x.mean((0, 2, 3)), x.std((0, 2, 3))


# %%
# reject: divided by 256 · expects "the largest byte is 255"
def channel_statistics(images):
    x = images.float() / 256
    return x.mean((0, 2, 3)), x.std((0, 2, 3))


# %%
# reject: swapped · expects "mean and standard deviation are swapped"
def channel_statistics(images):
    x = images.float() / 255
    std, mean = torch.std_mean(x, dim=(0, 2, 3))
    return std, mean


# %%
# reject: swapped, divided by n · expects "mean and standard deviation are swapped"
def channel_statistics(images):
    x = images.float() / 255
    return x.std((0, 2, 3), correction=0), x.mean((0, 2, 3))


# %%
# reject: over all channels · expects "mean: expected (channels,) = (3,), got ()"
def channel_statistics(images):
    x = images / 255
    return x.mean(), x.std()


# %%
# reject: over all channels, three times · expects "one mean for all channels"
def channel_statistics(images):
    x = images / 255
    return x.mean().repeat(3), x.std().repeat(3)


# %%
# reject: for each pixel · expects "got (3, 5, 7)"
def channel_statistics(images):
    x = images / 255
    return x.mean(0), x.std(0)


# %%
# reject: for each image · expects "got (6, 3)"
def channel_statistics(images):
    x = images / 255
    return x.mean((2, 3)), x.std((2, 3))


# %%
# reject: the variance · expects "that is the variance: take the square root"
def channel_statistics(images):
    x = images / 255
    return x.mean((0, 2, 3)), x.var((0, 2, 3))


# %%
# reject: how the means of the images spread · expects "how the means of the images spread"
def channel_statistics(images):
    x = (images / 255).mean((2, 3))
    return x.mean(0), x.std(0)


# %%
# reject: mean of a std per image · expects "a standard deviation per image"
def channel_statistics(images):
    x = images / 255
    return x.mean((0, 2, 3)), x.std((2, 3)).mean(0)


# %%
# reject: the mean is not subtracted · expects "root of the mean square"
def channel_statistics(images):
    x = images / 255
    return x.mean((0, 2, 3)), (x**2).mean((0, 2, 3)).sqrt()


# %%
# reject: squares of bytes overflow · expects "std: expected"
def channel_statistics(images):
    mean = (images / 255).mean((0, 2, 3))
    squares = (images * images).float().mean((0, 2, 3)) / 255**2
    return mean, (squares - mean**2).abs().sqrt()


# %%
# reject: the mean of bytes · expects "could not infer output dtype"
def channel_statistics(images):
    return images.mean((0, 2, 3)) / 255, images.std((0, 2, 3)) / 255


# %%
# reject: float64 · expects "expected float32, got torch.float64"
def channel_statistics(images):
    x = images.double() / 255
    return x.mean((0, 2, 3)), x.std((0, 2, 3))


# %%
# reject: lists · expects "expected a torch.Tensor, got a list"
def channel_statistics(images):
    x = images / 255
    return x.mean((0, 2, 3)).tolist(), x.std((0, 2, 3)).tolist()


# %%
# reject: known numbers of CIFAR-10 · expects "mean: expected"
def channel_statistics(images):
    return torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.2470, 0.2435, 0.2616])


# %%
# reject: the mean of a std per chunk · expects "Is a mean of the chunks' results taken?"
def channel_statistics(images):
    parts = [part / 255 for part in images.split(500)]
    means = torch.stack([x.mean((0, 2, 3)) for x in parts])
    stds = torch.stack([x.std((0, 2, 3)) for x in parts])
    return means.mean(0), stds.mean(0)
