# %%
# accept: with where and an embedding
def prompt_tokens(features, labels, kinds):
    rows = torch.where(labels < 0, 4, labels)
    placed = torch.where(labels.unsqueeze(-1) < 0, torch.zeros_like(features), features)
    return placed + F.embedding(rows, kinds)


# %%
# accept: a copy, prompt by prompt
def prompt_tokens(features, labels, kinds):
    tokens = []
    for rows, marks in zip(features, labels, strict=True):
        one = [
            kinds[4] if mark == -1 else row + kinds[mark]
            for row, mark in zip(rows, marks.tolist(), strict=True)
        ]
        tokens.append(torch.stack(one))
    return torch.stack(tokens)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: fillers keep their place · expects "a filler has no place"
# - return features * there + kinds[labels]
# + return features + kinds[labels]

# %%
# reject: features left out · expects "the features are missing"
# - return features * there + kinds[labels]
# + return kinds[labels]

# %%
# reject: fillers are zero · expects "a filler still has its label's vector"
# - return features * there + kinds[labels]
# + return (features + kinds[labels]) * there

# %%
# reject: clicks beside the thing taken for fillers · expects "only −1 is a filler"
# - there = (labels >= 0)[..., None]  # (B, K, 1)
# + there = (labels > 0)[..., None]  # (B, K, 1)

# %%
# reject: rows shifted by one · expects "kinds begins with the vector of 0"
# - return features * there + kinds[labels]
# + return features * there + kinds[labels + 1]

# %%
# reject: labels' vectors left out · expects "the vector of the label is missing"
# - return features * there + kinds[labels]
# + return features * there

# %%
# reject: fillers in place · expects "changes its input in place"
# - return features * there + kinds[labels]
# + features[labels < 0] = 0
# + return features + kinds[labels]
