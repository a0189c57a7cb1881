# %%
# accept: the whole past read again at every step
def forecast(model, past, future):
    rows, values = past, []
    for k in range(future.shape[1]):
        values.append(model(rows, None)[0][:, -1])
        row = torch.cat([future[:, k, :3], values[-1][:, None]], dim=1)
        rows = torch.cat([rows, row[:, None]], dim=1)
    return torch.stack(values, dim=1)


# %%
# accept: a copy of the future that fills up
def forecast(model, past, future):
    rows = future.clone()
    rows[..., 3] = 0
    output, state = model(past, None)
    for k in range(rows.shape[1]):
        rows[:, k, 3] = output[:, -1].detach()
        output, state = model(rows[:, k : k + 1].clone(), state)
    return rows[..., 3]


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: true values are fed back · expects "true values are fed back"
# - for dates in future[:, :-1, :3].unbind(dim=1):
# -     row = torch.cat([dates, values[-1][:, None]], dim=1)[:, None]  # (B, 1, 4)
# -     predictions, state = model(row, state)
# + for dates in range(future.shape[1] - 1):
# +     predictions, state = model(future[:, dates : dates + 1], state)


# %%
# reject: teacher forcing in one call · expects "it peeks at column 3"
def forecast(model, past, future):
    return model(torch.cat([past, future], dim=1), None)[0][:, past.shape[1] - 1 : -1]


# %%
# reject: the state is lost · expects "the state is not carried"
def forecast(model, past, future):
    values = [model(past, None)[0][:, -1]]
    for k in range(future.shape[1] - 1):
        row = torch.cat([future[:, k, :3], values[-1][:, None]], dim=1)[:, None]
        values.append(model(row, None)[0][:, -1])
    return torch.stack(values, dim=1)


# %%
# reject: the last known value is repeated · expects "the last known value is fed back"
# - for dates in future[:, :-1, :3].unbind(dim=1):
# -     row = torch.cat([dates, values[-1][:, None]], dim=1)[:, None]  # (B, 1, 4)
# + for dates in range(future.shape[1] - 1):
# +     row = torch.cat([future[:, dates, :3], past[:, -1, 3:]], dim=1)[:, None]


# %%
# reject: the first day is predicted from its own date · expects "the past already predicts the first day"
def forecast(model, past, future):
    _, state = model(past, None)
    value, values = past[:, -1, 3], []
    for k in range(future.shape[1]):
        row = torch.cat([future[:, k, :3], value[:, None]], dim=1)[:, None]
        predictions, state = model(row, state)
        value = predictions[:, -1]
        values.append(value)
    return torch.stack(values, dim=1)


# %%
# reject: a row without its dimension of time · expects "a row must be (B, 1, 4)"
# - row = torch.cat([dates, values[-1][:, None]], dim=1)[:, None]  # (B, 1, 4)
# + row = torch.cat([dates, values[-1][:, None]], dim=1)

# %%
# reject: the last row of the past is read twice · expects "the last row of the past is read twice"
# - predictions, state = model(past, None)
# + _, state = model(past, None)
# + predictions, state = model(past[:, -1:], state)
#
# - for dates in future[:, :-1, :3].unbind(dim=1):
# -     row = torch.cat([dates, values[-1][:, None]], dim=1)[:, None]  # (B, 1, 4)
# + for dates in range(future.shape[1] - 1):
# +     row = torch.cat([future[:, dates, :3], values[-1][:, None]], dim=1)[:, None]


# %%
# reject: the whole future in one call · expects "the future is read in one call"
def forecast(model, past, future):
    _, state = model(past, None)
    return model(future, state)[0]


# %%
# reject: the dates of the day after · expects "the dates are one day late"
# - for dates in future[:, :-1, :3].unbind(dim=1):
# -     row = torch.cat([dates, values[-1][:, None]], dim=1)[:, None]  # (B, 1, 4)
# + for dates in range(1, future.shape[1]):
# +     row = torch.cat([future[:, dates, :3], values[-1][:, None]], dim=1)[:, None]

# %%
# reject: always the first date · expects "the dates do not move on"
# - for dates in future[:, :-1, :3].unbind(dim=1):
# -     row = torch.cat([dates, values[-1][:, None]], dim=1)[:, None]  # (B, 1, 4)
# + for dates in range(1, future.shape[1]):
# +     row = torch.cat([future[:, 0, :3], values[-1][:, None]], dim=1)[:, None]


# %%
# reject: the first prediction is dropped · expects "the first prediction is missing"
def forecast(model, past, future):
    output, state = model(past, None)
    v, values = output[:, -1], []
    for k in range(future.shape[1]):
        row = torch.cat([future[:, k, :3], v[:, None]], dim=1)[:, None]
        output, state = model(row, state)
        v = output[:, -1]
        values.append(v)
    return torch.stack(values, dim=1)


# %%
# reject: writes into the future · expects "changes its input in place"
def forecast(model, past, future):
    output, state = model(past, None)
    for k in range(future.shape[1]):
        future[:, k, 3] = output[:, -1].detach()
        output, state = model(future[:, k : k + 1].clone(), state)
    return future[..., 3]


# %%
# reject: one value too many · expects "the forecast: expected (batch, days)"
# - for dates in future[:, :-1, :3].unbind(dim=1):
# -     row = torch.cat([dates, values[-1][:, None]], dim=1)[:, None]  # (B, 1, 4)
# + for dates in range(future.shape[1]):
# +     row = torch.cat([future[:, dates, :3], values[-1][:, None]], dim=1)[:, None]
