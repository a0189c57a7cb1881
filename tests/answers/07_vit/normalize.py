# %%
# accept: view and float first
def normalize(images, mean, std):
    x = images.float().div(255)
    return x.sub(mean.view(1, 3, 1, 1)).div(std.view(1, 3, 1, 1))


# %%
# accept: channels moved to the end
def normalize(images, mean, std):
    x = images.to(torch.float32).permute(0, 2, 3, 1) / 255
    return ((x - mean) / std).permute(0, 3, 1, 2)


# %%
# accept: in bytes, the statistics scaled up
def normalize(images, mean, std):
    scale, shift = 1 / (255 * std), -mean / std
    return images.float() * scale[:, None, None] + shift[:, None, None]


# %%
# accept: torchvision's functional form written out for each channel
def normalize(images, mean, std):
    return torch.stack([(images[:, c] / 255 - mean[c]) / std[c] for c in range(3)], dim=1)


# %%
# accept: the 255 as a tensor
def normalize(images, mean, std):
    return (images / torch.tensor(255.0) - mean[:, None, None]) / std[:, None, None]


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: statistics of the batch · expects "are normalized by their own statistics"
# - return (images / 255 - mean[:, None, None]) / std[:, None, None]
# + x = images / 255
# + mean, std = x.mean((0, 2, 3)), x.std((0, 2, 3))
# + return (x - mean[:, None, None]) / std[:, None, None]

# %%
# reject: batch normalization · expects "is normalized by its own statistics"
# - return (images / 255 - mean[:, None, None]) / std[:, None, None]
# + return F.batch_norm(images / 255, None, None, training=True, eps=1e-12)

# %%
# reject: statistics of each image · expects "each image is normalized by its own statistics"
# - return (images / 255 - mean[:, None, None]) / std[:, None, None]
# + x = images / 255
# + return (x - x.mean((2, 3), keepdim=True)) / x.std((2, 3), keepdim=True)

# %%
# reject: always those of the training images · expects "that are handed over are not used"
# + mean, std = torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.2470, 0.2435, 0.2616])
#   return (images / 255 - mean[:, None, None]) / std[:, None, None]

# %%
# reject: not scaled · expects "divide by 255"
# - return (images / 255 - mean[:, None, None]) / std[:, None, None]
# + return (images - mean[:, None, None]) / std[:, None, None]

# %%
# reject: divided by 256 · expects "the largest byte is 255"
# - return (images / 255 - mean[:, None, None]) / std[:, None, None]
# + return (images / 256 - mean[:, None, None]) / std[:, None, None]

# %%
# reject: no mean · expects "the mean is not subtracted"
# - return (images / 255 - mean[:, None, None]) / std[:, None, None]
# + return images / 255 / std[:, None, None]

# %%
# reject: no std · expects "not divided by the standard deviation"
# - return (images / 255 - mean[:, None, None]) / std[:, None, None]
# + return images / 255 - mean[:, None, None]

# %%
# reject: multiplied by std · expects "the standard deviation is multiplied"
# - return (images / 255 - mean[:, None, None]) / std[:, None, None]
# + return (images / 255 - mean[:, None, None]) * std[:, None, None]

# %%
# reject: no brackets · expects "use parentheses"
# - return (images / 255 - mean[:, None, None]) / std[:, None, None]
# + return images / 255 - mean[:, None, None] / std[:, None, None]

# %%
# reject: divided by the variance · expects "divides by the variance"
# - return (images / 255 - mean[:, None, None]) / std[:, None, None]
# + return (images / 255 - mean[:, None, None]) / std[:, None, None] ** 2

# %%
# reject: the statistics meet the columns · expects "they do not broadcast"
# - return (images / 255 - mean[:, None, None]) / std[:, None, None]
# + return (images / 255 - mean) / std

# %%
# reject: double · expects "expected float32, got torch.float64"
# - return (images / 255 - mean[:, None, None]) / std[:, None, None]
# + return (images.double() / 255 - mean[:, None, None]) / std[:, None, None]

# %%
# reject: new tensors on the CPU · expects "It would fail on a GPU"
# - return (images / 255 - mean[:, None, None]) / std[:, None, None]
# + out = torch.zeros(images.shape)
# + return out + (images / 255 - mean[:, None, None]) / std[:, None, None]
