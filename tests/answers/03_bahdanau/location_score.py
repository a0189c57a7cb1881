# %%
# accept: F.linear, then cut
def location_score(s, S, W):
    return F.linear(s, W)[:, :S]


# %%
# accept: place by place
def location_score(s, S, W):
    return torch.stack([(s * W[j]).sum(dim=1) for j in range(S)], dim=1)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: all places · expects "keep the first S"
# - return s @ W[:S].T
# + return s @ W.T

# %%
# reject: the last places · expects "those are the last S places"
# - return s @ W[:S].T
# + return (s @ W.T)[:, -S:]

# %%
# reject: softmax · expects "it comes later, with the mask"
# - return s @ W[:S].T
# + return (s @ W[:S].T).softmax(dim=1)

# %%
# reject: softmax before the cut · expects "the softmax over all places comes before the cut"
# - return s @ W[:S].T
# + return (s @ W.T).softmax(dim=1)[:, :S]

# %%
# reject: W not transposed · expects "location_score raised RuntimeError"
# - return s @ W[:S].T
# + return (s @ W)[:, :S]

# %%
# reject: W the wrong way round where the shapes allow it · expects "it has one row per place"
# - return s @ W[:S].T
# + return (s @ W if W.shape[0] == W.shape[1] else s @ W.T)[:, :S]

# %%
# reject: scaled · expects "the location score has no such factor"
# - return s @ W[:S].T
# + return s @ W[:S].T / math.sqrt(s.shape[1])

# %%
# reject: one query for all lines · expects "all lines use the query of line 0"
# - return s @ W[:S].T
# + return (W[:S] @ s[0]).expand(len(s), S)
