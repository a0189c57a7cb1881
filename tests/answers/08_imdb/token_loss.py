# %%
# accept: the classes in dimension 1
def token_loss(logits, labels):
    return F.cross_entropy(logits.transpose(1, 2), labels)


# %%
# accept: by hand, picked with gather
def token_loss(logits, labels):
    kept = labels != -100
    log_probs = logits.log_softmax(dim=-1)
    each = -log_probs.gather(-1, labels.clamp(min=0).unsqueeze(-1)).squeeze(-1)  # (B, T)
    return each.masked_fill(~kept, 0).sum() / kept.sum()


# %%
# accept: the labeled tokens are taken out first
def token_loss(logits, labels):
    chosen, truth = logits[labels != -100], labels[labels != -100]  # (N, n_classes), (N,)
    return (torch.logsumexp(chosen, 1) - chosen[torch.arange(len(truth)), truth]).mean()


# %%
# accept: sentence by sentence, summed
def token_loss(logits, labels):
    total, count = 0.0, 0
    for x, y in zip(logits, labels):
        total = total + F.cross_entropy(x, y, reduction="sum")
        count += int((y >= 0).sum())
    return total / count


# %%
# accept: log_softmax twice does no harm
def token_loss(logits, labels):
    log_probs = F.log_softmax(logits, dim=-1)
    return nn.CrossEntropyLoss()(log_probs.reshape(-1, logits.shape[-1]), labels.reshape(-1))


# %%
# reject: zero · expects "every value is zero"

# %%
# reject: the mean over the sentences · expects "take it over all tokens"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + return torch.stack([F.cross_entropy(x, y) for x, y in zip(logits, labels)]).mean()

# %%
# reject: the sum · expects "take the mean over labeled tokens"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="sum")

# %%
# reject: divided by all places · expects "divided by all places, ignored ones too"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").mean()

# %%
# reject: divided by the sentences · expects "divided by the number of sentences"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + total = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="sum")
# + return total / len(labels)

# %%
# reject: −100 is class 0 · expects "−100 is taken for class 0"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + return F.cross_entropy(logits.flatten(0, 1), labels.flatten().clamp(min=0))

# %%
# reject: class 0 is ignored too · expects "class 0 is left out"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + return F.cross_entropy(logits[labels > 0], labels[labels > 0])

# %%
# reject: class 0 is ignored instead · expects "Target -100 is out of bounds"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=0)

# %%
# reject: −100 picks a log-probability · expects "says that there is none"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + picked = logits.log_softmax(-1).gather(-1, labels[..., None])[..., 0]
# + return -picked[labels != -100].mean()

# %%
# reject: softmax first · expects "F.cross_entropy applies softmax itself"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + return F.cross_entropy(logits.softmax(dim=-1).flatten(0, 1), labels.flatten())

# %%
# reject: nll_loss of raw logits · expects "F.nll_loss wants log-probabilities"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + return F.nll_loss(logits.flatten(0, 1), labels.flatten())

# %%
# reject: classes and places are mixed · expects "a reshape mixes places and classes"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + B, T, n_classes = logits.shape
# + return F.cross_entropy(logits.reshape(B, n_classes, T), labels)

# %%
# reject: nothing is flattened · expects "looks for the classes in dimension 1"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + return F.cross_entropy(logits, labels)

# %%
# reject: label smoothing · expects "label smoothing was not asked for"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), label_smoothing=0.1)

# %%
# reject: no reduction · expects "expected one number, the mean over the labeled tokens"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")

# %%
# reject: detached · expects "has no graph behind it"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + return F.cross_entropy(logits.detach().flatten(0, 1), labels.flatten())

# %%
# reject: a Python number · expects "Return the tensor itself, without .item()"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + return F.cross_entropy(logits.flatten(0, 1), labels.flatten()).item()

# %%
# reject: the first place is left out · expects "token_loss: expected"
# - return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
# + return F.cross_entropy(logits[:, 1:].flatten(0, 1), labels[:, 1:].flatten())
