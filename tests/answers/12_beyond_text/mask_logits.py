# %%
# accept: a matrix product over flat pixels
def mask_logits(weights, pixels):
    B, _, H, W = pixels.shape
    return (weights @ pixels.flatten(2)).view(B, -1, H, W)


# %%
# accept: products and a sum
def mask_logits(weights, pixels):
    return (weights[..., None, None] * pixels[:, None]).sum(2)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the first image's weights for all · expects "each image has weights of its own"
# - return torch.einsum("bmc,bchw->bmhw", weights, pixels)
# + return torch.einsum("mc,bchw->bmhw", weights[0], pixels)

# %%
# reject: a mean over the channels · expects "not a mean"
# - return torch.einsum("bmc,bchw->bmhw", weights, pixels)
# + return torch.einsum("bmc,bchw->bmhw", weights, pixels) / pixels.shape[1]

# %%
# reject: probabilities · expects "no sigmoid here"
# - return torch.einsum("bmc,bchw->bmhw", weights, pixels)
# + return torch.einsum("bmc,bchw->bmhw", weights, pixels).sigmoid()

# %%
# reject: a softmax over the masks · expects "no softmax here"
# - return torch.einsum("bmc,bchw->bmhw", weights, pixels)
# + return torch.einsum("bmc,bchw->bmhw", weights, pixels).softmax(dim=1)

# %%
# reject: width before height · expects "swapped"
# - return torch.einsum("bmc,bchw->bmhw", weights, pixels)
# + return torch.einsum("bmc,bchw->bmwh", weights, pixels)

# %%
# reject: flat pixels · expects "H"
# - return torch.einsum("bmc,bchw->bmhw", weights, pixels)
# + return weights @ pixels.flatten(2)

# %%
# reject: the first image's pixels for all · expects "each image has pixels of its own"
# - return torch.einsum("bmc,bchw->bmhw", weights, pixels)
# + return torch.einsum("bmc,chw->bmhw", weights, pixels[0])
