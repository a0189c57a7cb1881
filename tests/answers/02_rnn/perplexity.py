# %%
# accept: log_softmax and gather
def perplexity(batches):
    losses = []
    for logits, targets, mask in batches:
        picked = logits.log_softmax(dim=-1).gather(2, targets[..., None])[..., 0]
        losses.append(-picked[mask])
    return torch.cat(losses).mean().exp().item()


# %%
# accept: a product with the mask
def perplexity(batches):
    total = count = 0
    for logits, targets, mask in batches:
        losses = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
        total, count = total + float((losses * mask).sum()), count + int(mask.sum())
    return float(torch.tensor(total / count, dtype=torch.float64).exp())


# %%
# reject: zero · expects "got 0."


# %%
# reject: padding counts · expects "padding counts in the loss"
def perplexity(batches):
    total = count = 0
    for logits, targets, mask in batches:
        total += F.cross_entropy(logits.mT, targets, reduction="sum").item()
        count += targets.numel()
    return math.exp(total / count)


# %%
# reject: padding in the count · expects "you divide by all places"
# - total, count = 0.0, 0
# + total = count = 0
#
# - count += mask.sum().item()
# + count += mask.numel()


# %%
# reject: the mean of the perplexities · expects "you average the perplexities of the batches"
def perplexity(batches):
    each = [math.exp(F.cross_entropy(a[m], b[m]).item()) for a, b, m in batches]
    return sum(each) / len(each)


# %%
# reject: the mean of the batch means · expects "each batch has the same weight"
def perplexity(batches):
    each = [F.cross_entropy(a[m], b[m]).item() for a, b, m in batches]
    return math.exp(sum(each) / len(each))


# %%
# reject: returns in the loop · expects "only the first batch counts"
def perplexity(batches):
    for logits, targets, mask in batches:
        return math.exp(F.cross_entropy(logits[mask], targets[mask]).item())


# %%
# reject: no exp · expects "take exp of it"
# - total, count = 0.0, 0
# + total = count = 0
#
# - return math.exp(total / count)
# + return total / count

# %%
# reject: the sign is flipped · expects "the sign is flipped"
# - total, count = 0.0, 0
# + total = count = 0
#
# - total += F.cross_entropy(logits[mask], targets[mask], reduction="sum").item()
# + total -= F.cross_entropy(logits[mask], targets[mask], reduction="sum").item()

# %%
# reject: walks through the batches twice · expects "can be walked through only once"
# - total, count = 0.0, 0
# - for logits, targets, mask in batches:
# -     total += F.cross_entropy(logits[mask], targets[mask], reduction="sum").item()
# -     count += mask.sum().item()
# + total = sum(F.cross_entropy(a[m], b[m], reduction="sum").item() for a, b, m in batches)
# + count = sum(m.sum().item() for _, _, m in batches)

# %%
# reject: the id of pad in the place of the mask · expects "a real target may have the id of pad"
# - total += F.cross_entropy(logits[mask], targets[mask], reduction="sum").item()
# - count += mask.sum().item()
# + total += F.cross_entropy(logits.mT, targets, ignore_index=0, reduction="sum").item()
# + count += (targets != 0).sum().item()

# %%
# reject: a power of two · expects "a loss in nats"
# - total, count = 0.0, 0
# + total = count = 0
#
# - return math.exp(total / count)
# + return 2 ** (total / count)

# %%
# reject: the mean, divided once more · expects "cross_entropy took the mean already"
# - total += F.cross_entropy(logits[mask], targets[mask], reduction="sum").item()
# + total += F.cross_entropy(logits[mask], targets[mask]).item()

# %%
# reject: softmax before cross_entropy · expects "do not apply softmax first"
# - total += F.cross_entropy(logits[mask], targets[mask], reduction="sum").item()
# + probs = logits[mask].softmax(dim=-1)
# + total += F.cross_entropy(probs, targets[mask], reduction="sum").item()

# %%
# reject: classes in the last dimension · expects "cross_entropy looks for the classes in dimension 1"
# - total += F.cross_entropy(logits[mask], targets[mask], reduction="sum").item()
# + total += (F.cross_entropy(logits, targets, reduction="none") * mask).sum().item()


# %%
# reject: a tensor · expects "return a float"
def perplexity(batches):
    losses = [F.cross_entropy(a[m], b[m], reduction="none") for a, b, m in batches]
    return torch.cat(losses).mean().exp()
