# %%
# accept: zeroes after the step, functional loss
def train_step(model, optimizer, x, y):
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)
    return float(loss)


# %%
# accept: log-softmax and nll
def train_step(model, optimizer, x, y):
    optimizer.zero_grad()
    loss = F.nll_loss(torch.log_softmax(model(x), dim=-1), y)
    loss.backward()
    optimizer.step()
    return loss.detach().item()


# %%
# reject: every result is zero · expects "got 0."

# %%
# reject: gradients accumulate · expects "gradients pile up"
# - optimizer.zero_grad()

# %%
# reject: no step · expects "the weights did not change"
# - optimizer.step()

# %%
# reject: no backward · expects "the weights did not change"
# - loss.backward()

# %%
# reject: zeroes between backward and step · expects "the weights did not change"
# + loss.backward()
#   optimizer.zero_grad()
#
# - loss.backward()

# %%
# reject: softmax before the loss · expects "do not apply softmax first"
# - loss = nn.CrossEntropyLoss()(model(x), y)
# + loss = nn.CrossEntropyLoss()(torch.softmax(model(x), dim=1), y)

# %%
# reject: the loss of exercise 3, on logits · expects "the loss of exercise 3 takes probabilities"
# - loss = nn.CrossEntropyLoss()(model(x), y)
# + loss = cross_entropy(model(x), y)

# %%
# reject: sum over the batch · expects "the loss is a sum over the batch"
# - loss = nn.CrossEntropyLoss()(model(x), y)
# + loss = nn.CrossEntropyLoss(reduction="sum")(model(x), y)


# %%
# reject: the loss after the step · expects "that is the loss after the step"
def train_step(model, optimizer, x, y):
    optimizer.zero_grad()
    nn.CrossEntropyLoss()(model(x), y).backward()
    optimizer.step()
    return nn.CrossEntropyLoss()(model(x), y).item()


# %%
# reject: returns nothing · expects "got None"
# - return loss.item()

# %%
# reject: an optimizer of its own · expects "after one step, the"
# + optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
#   loss = nn.CrossEntropyLoss()(model(x), y)
