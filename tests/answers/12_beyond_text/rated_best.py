# %%
# accept: gather
def rated_best(logits, predicted):
    _, _, H, W = logits.shape
    index = predicted.max(1).indices.view(-1, 1, 1, 1).expand(-1, 1, H, W)
    return logits.gather(1, index).squeeze(1) > 0


# %%
# accept: image by image
def rated_best(logits, predicted):
    return torch.stack([masks[row.argmax()] > 0 for masks, row in zip(logits, predicted)])


# %%
# reject: all zeros · expects "the masks rated best"

# %%
# reject: the lowest rating · expects "take the highest"
# - best = predicted.argmax(dim=1)  # (B,)
# + best = predicted.argmin(dim=1)  # (B,)

# %%
# reject: always the first · expects "always the first mask"
# - best = predicted.argmax(dim=1)  # (B,)
# + best = 0 * predicted.argmax(dim=1)  # (B,)

# %%
# reject: the first image's choice for all · expects "each image has ratings of its own"
# - best = predicted.argmax(dim=1)  # (B,)
# + best = predicted.argmax(dim=1)[0]  # (B,)

# %%
# reject: above a half · expects "a probability above 0.5 is a logit above 0"
# - return logits[torch.arange(len(logits), device=logits.device), best] > 0
# + return logits[torch.arange(len(logits), device=logits.device), best] > 0.5

# %%
# reject: inside out · expects "True is inside"
# - return logits[torch.arange(len(logits), device=logits.device), best] > 0
# + return logits[torch.arange(len(logits), device=logits.device), best] < 0

# %%
# reject: logits · expects "expected bool"
# - return logits[torch.arange(len(logits), device=logits.device), best] > 0
# + return logits[torch.arange(len(logits), device=logits.device), best]

# %%
# reject: all images by all choices · expects "rated_best"
# - return logits[torch.arange(len(logits), device=logits.device), best] > 0
# + return logits[:, best] > 0
