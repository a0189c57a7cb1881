# %%
# accept: gathered
class RewardModel(nn.Module):
    def __init__(self, trunk, d_model):
        super().__init__()
        self.trunk = trunk
        self.score = nn.Linear(d_model, 1)

    def forward(self, tokens, lengths):
        scores = self.score(self.trunk.states(tokens))[..., 0]  # (B, T)
        return scores.gather(1, (lengths - 1)[:, None])[:, 0]


# %%
# accept: a mask, and two parameters
class RewardModel(nn.Module):
    def __init__(self, trunk, d_model):
        super().__init__()
        self.body = trunk
        self.w = nn.Parameter(torch.zeros(d_model))
        self.b = nn.Parameter(torch.zeros(()))

    def forward(self, tokens, lengths):
        states = self.body.states(tokens)
        place = torch.arange(tokens.shape[1], device=tokens.device)
        last = (states * (place == lengths[:, None] - 1)[..., None]).sum(dim=1)
        return last @ self.w + self.b


# %%
# reject: zeros · expects "zero"
# - return self.head(last).squeeze(-1)
# + return 0 * self.head(last).squeeze(-1)

# %%
# reject: the first token · expects "that is the first token's state"
# - last = self.trunk.states(tokens)[rows, lengths - 1]  # (B, d_model)
# + last = self.trunk.states(tokens)[:, 0]  # (B, d_model)

# %%
# reject: the mean · expects "that is the mean of all states"
# - last = self.trunk.states(tokens)[rows, lengths - 1]  # (B, d_model)
# + last = self.trunk.states(tokens).mean(dim=1)  # (B, d_model)

# %%
# reject: one place too early · expects "that is the last token but one"
# - last = self.trunk.states(tokens)[rows, lengths - 1]  # (B, d_model)
# + last = self.trunk.states(tokens)[rows, lengths - 2]  # (B, d_model)

# %%
# reject: without a bias · expects "beside the trunk there are 3 weights and a bias"
# - self.trunk, self.head = trunk, nn.Linear(d_model, 1)
# + self.trunk, self.head = trunk, nn.Linear(d_model, 1, bias=False)

# %%
# reject: two numbers a text · expects "beside the trunk there are 3 weights and a bias"
# - self.trunk, self.head = trunk, nn.Linear(d_model, 1)
# + self.trunk, self.head = trunk, nn.Linear(d_model, 2)

# %%
# reject: the last place of the row · expects "what fills a row is read"
# - last = self.trunk.states(tokens)[rows, lengths - 1]  # (B, d_model)
# + last = self.trunk.states(tokens)[:, -1]  # (B, d_model)

# %%
# reject: one place too late · expects "at lengths stands the token after the text"
# - last = self.trunk.states(tokens)[rows, lengths - 1]  # (B, d_model)
# + last = self.trunk.states(tokens)[rows, lengths]  # (B, d_model)

# %%
# reject: one place too late, where there is none · expects "Of n tokens the last one stands at n − 1"
# - last = self.trunk.states(tokens)[rows, lengths - 1]  # (B, d_model)
# + last = self.trunk.states(tokens)[rows, lengths + 0]  # (B, d_model)

# %%
# reject: all places of all rows · expects "a colon takes all rows"
# - last = self.trunk.states(tokens)[rows, lengths - 1]  # (B, d_model)
# + last = self.trunk.states(tokens)[:, lengths - 1]  # (B, d_model)

# %%
# reject: what fills has a gradient · expects "token 4 only fills, and has a gradient"
# - last = self.trunk.states(tokens)[rows, lengths - 1]  # (B, d_model)
# + last = self.trunk.states(tokens)[rows, -1]  # (B, d_model)

# %%
# reject: cut off from the gradients · expects "no gradient flows back"
# - return self.head(last).squeeze(-1)
# + return self.head(last).squeeze(-1).detach()

# %%
# reject: one length for all · expects "every row is read up to the length of one of them"
# - last = self.trunk.states(tokens)[rows, lengths - 1]  # (B, d_model)
# + last = self.trunk.states(tokens)[:, lengths[0] - 1]  # (B, d_model)

# %%
# reject: a column · expects "rewards"
# - return self.head(last).squeeze(-1)
# + return self.head(last)

# %%
# reject: the trunk is no part · expects "the trunk is no part of the module"
# - self.trunk, self.head = trunk, nn.Linear(d_model, 1)
# + self.__dict__["trunk"] = trunk
# + self.head = nn.Linear(d_model, 1)

# %%
# reject: the trunk is frozen · expects "no gradient reaches the trunk"
# - return self.head(last).squeeze(-1)
# + return self.head(last.detach()).squeeze(-1)
