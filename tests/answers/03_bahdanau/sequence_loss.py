# %%
# accept: gather and boolean index
def sequence_loss(logits, targets, pad):
    log_probs = torch.log_softmax(logits, dim=-1).gather(2, targets[..., None])[..., 0]
    return -log_probs[targets != pad].mean()


# %%
# accept: weights for every place
def sequence_loss(logits, targets, pad):
    real = (targets != pad).to(logits.dtype)
    each = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
    return (each * real).sum() / real.sum()


# %%
# accept: a loop over the lines
def sequence_loss(logits, targets, pad):
    total, count = 0.0, 0
    for scores, line in zip(logits, targets):
        keep = line != pad
        total = total + F.cross_entropy(scores[keep], line[keep], reduction="sum")
        count += int(keep.sum())
    return total / count


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: padding counted · expects "padding is counted"
# - return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
# + return F.cross_entropy(logits.flatten(0, 1), targets.flatten())

# %%
# reject: divided by all places · expects "you divide by all places"
# - return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
# + each = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none", ignore_index=pad)
# + return each.mean()

# %%
# reject: a sum · expects "you sum"
# - return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
# + return F.cross_entropy(
# +     logits.flatten(0, 1), targets.flatten(), ignore_index=pad, reduction="sum"
# + )

# %%
# reject: divided by the batch size · expects "you divide by the batch size"
# - return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
# + total = F.cross_entropy(
# +     logits.flatten(0, 1), targets.flatten(), ignore_index=pad, reduction="sum"
# + )
# + return total / len(targets)

# %%
# reject: mean of the means of lines · expects "tokens of short lines then weigh more"
# - return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
# + lines = [F.cross_entropy(a, b, ignore_index=pad) for a, b in zip(logits, targets)]
# + return torch.stack(lines).mean()

# %%
# reject: only padding counts · expects "only padding counts"
# - return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
# + return F.cross_entropy(logits[targets == pad], targets[targets == pad])

# %%
# reject: softmax twice · expects "do not apply softmax first"
# - return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
# + probs = logits.softmax(dim=2)
# + return F.cross_entropy(probs.flatten(0, 1), targets.flatten(), ignore_index=pad)

# %%
# reject: padding taken for 0 · expects "the loss with pad = 3"
# - return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
# + return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=0)

# %%
# reject: without a gradient · expects "the loss has no gradient"
# - return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
# + return F.cross_entropy(logits.detach().mT, targets, ignore_index=pad)

# %%
# reject: a reshape where a transpose is needed · expects "transpose with logits.mT"
# - return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
# + B, T, V = logits.shape
# + return F.cross_entropy(logits.reshape(B, V, T), targets, ignore_index=pad)

# %%
# reject: no logarithm · expects "the logarithm is missing"
# - return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
# + chosen = logits.softmax(dim=2).gather(2, targets[:, :, None])[:, :, 0]
# + return -chosen[targets != pad].mean()

# %%
# reject: one loss per line · expects "expected one number, of shape ()"
# - return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
# + return torch.stack([F.cross_entropy(a, b, ignore_index=pad) for a, b in zip(logits, targets)])

# %%
# reject: a reshape that mixes the tokens and the vocabulary · expects "sequence_loss raised"
# - return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
# + return F.cross_entropy(logits, targets, ignore_index=pad)
