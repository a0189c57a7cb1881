# %%
# accept: classes in dimension 1, gradients cleared after the step
def train_step(model, inputs, targets, optimizers):
    logits = model(inputs).transpose(1, 2)
    loss = F.cross_entropy(logits, targets)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad()
    return float(loss.detach())


# %%
# accept: log-probabilities and clipping by hand, the model clears
def train_step(model, inputs, targets, optimizers):
    model.zero_grad()
    log_probs = model(inputs).log_softmax(dim=-1)
    loss = -log_probs.gather(-1, targets.unsqueeze(-1)).mean()
    loss.backward()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    length = torch.cat([g.flatten() for g in grads]).norm()
    if length > 1:
        for g in grads:
            g /= length
    [optimizer.step() for optimizer in optimizers]
    return loss.item()


# %%
# accept: the list backward, the parameters from the optimizers
def train_step(model, inputs, targets, optimizers):
    V = model(inputs).shape[-1]
    loss = nn.CrossEntropyLoss()(model(inputs).reshape(-1, V), targets.reshape(-1))
    for optimizer in reversed(optimizers):
        optimizer.zero_grad(set_to_none=False)
    loss.backward()
    parameters = [p for o in optimizers for group in o.param_groups for p in group["params"]]
    nn.utils.clip_grad_norm_(parameters, 1.0)
    for optimizer in reversed(optimizers):
        optimizer.step()
    return loss.item()


# %%
# reject: zero, and no step · expects "no parameter has moved"
def train_step(model, inputs, targets, optimizers):
    return 0.0


# %%
# reject: no backward · expects "after backward(), with its gradients still there?"
# - loss.backward()

# %%
# reject: cleared between backward and step · expects "with its gradients still there?"
# - for optimizer in optimizers:
# -     optimizer.zero_grad()
# - loss.backward()
# + loss.backward()
# + for optimizer in optimizers:
# +     optimizer.zero_grad()

# %%
# reject: gradients pile up · expects "gradients of the first step are still there"
# - for optimizer in optimizers:
# -     optimizer.zero_grad()
# - loss.backward()
# + loss.backward()

# %%
# reject: only the first optimizer · expects "only the first optimizer steps"
#   nn.utils.clip_grad_norm_(model.parameters(), 1.0)
# - for optimizer in optimizers:
# -     optimizer.step()
# - return loss.item()
# + optimizers[0].step()
# + return loss.item()

# %%
# reject: only the last optimizer · expects "only the last optimizer steps"
# -     optimizer.step()
# - return loss.item()
# +     pass
# + optimizer.step()
# + return loss.item()

# %%
# reject: the sum of the losses · expects "added up; take their mean"
# - loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
# + loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten(), reduction="sum")

# %%
# reject: the loss after the step · expects "that is the loss after the step"
# - return loss.item()
# + return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten()).item()

# %%
# reject: a tensor · expects "return a float, not a Tensor"
# - return loss.item()
# + return loss

# %%
# reject: nothing returned · expects "the loss: got None"
# - return loss.item()

# %%
# reject: classes in the last dimension · expects "give it logits (N, classes)"
# - loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
# + loss = F.cross_entropy(model(inputs), targets)

# %%
# reject: uphill · expects "the step goes uphill"
# - loss.backward()
# + (-loss).backward()

# %%
# reject: two steps each · expects "makes its step twice"
# -     optimizer.step()
# - return loss.item()
# +     optimizer.step()
# +     optimizer.step()
# + return loss.item()

# %%
# reject: the last place alone · expects "row 0 of the table after one step"
# - loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
# + loss = F.cross_entropy(model(inputs)[:, -1], targets[:, -1])

# %%
# reject: not clipped · expects "the gradient is not clipped when the optimizers step"
# - nn.utils.clip_grad_norm_(model.parameters(), 1.0)

# %%
# reject: clipped after the step · expects "the gradient is not clipped when the optimizers step"
# - nn.utils.clip_grad_norm_(model.parameters(), 1.0)
#
# -     optimizer.step()
# - return loss.item()
# +     optimizer.step()
# + nn.utils.clip_grad_norm_(model.parameters(), 1.0)
# + return loss.item()

# %%
# reject: clipped before backward · expects "the gradient is not clipped when the optimizers step"
# - loss.backward()
# - nn.utils.clip_grad_norm_(model.parameters(), 1.0)
# + nn.utils.clip_grad_norm_(model.parameters(), 1.0)
# + loss.backward()

# %%
# reject: each parameter clipped by itself · expects "each parameter is clipped by itself"
# - nn.utils.clip_grad_norm_(model.parameters(), 1.0)
# + for parameter in model.parameters():
# +     nn.utils.clip_grad_norm_(parameter, 1.0)

# %%
# reject: each number clipped · expects "each number is clipped"
# - nn.utils.clip_grad_norm_(model.parameters(), 1.0)
# + nn.utils.clip_grad_value_(model.parameters(), 1.0)

# %%
# reject: every gradient made length 1 · expects "yours is made longer"
# - nn.utils.clip_grad_norm_(model.parameters(), 1.0)
# + length = sum(p.grad.norm() ** 2 for p in model.parameters()) ** 0.5
# + for parameter in model.parameters():
# +     parameter.grad /= length

# %%
# reject: softmax before cross_entropy · expects "here softmax is applied twice"
# - loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
# + loss = F.cross_entropy(model(inputs).softmax(dim=-1).flatten(0, 1), targets.flatten())

# %%
# reject: turned, then flattened · expects "logits and targets are of different places"
# - loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
# + logits = model(inputs)
# + logits = logits.transpose(1, 2).reshape(-1, logits.shape[-1])
# + loss = F.cross_entropy(logits, targets.flatten())


# %%
# reject: a forward pass for each optimizer · expects "one loss, one backward(), then all steps"
def train_step(model, inputs, targets, optimizers):
    for optimizer in optimizers:
        loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return loss.item()
