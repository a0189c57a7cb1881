# %%
# accept: a masked softmax, one-hot counts
def route(router_logits, k):
    indices = router_logits.argsort(dim=-1, descending=True)[:, :k]
    weights = router_logits.gather(-1, indices).softmax(-1)
    return weights, indices


def load_balance_loss(router_probs, chosen):
    f = F.one_hot(chosen, router_probs.shape[-1]).sum(dim=(0, 1)) / chosen.numel()
    return router_probs.shape[1] * torch.dot(f.to(router_probs), router_probs.mean(0))


# %%
# accept: softmax over all, then renormalized; worst of the chosen first
def route(router_logits, k):
    probs = router_logits.softmax(-1)
    best, indices = probs.topk(k)
    best, indices = best.flip(-1), indices.flip(-1)
    return best / best.sum(-1, keepdim=True), indices


def load_balance_loss(router_probs, chosen):
    N, E = router_probs.shape
    f = torch.stack([(chosen == e).float().mean() for e in range(E)])
    return (f * router_probs.sum(0)).sum() * E / N


# %%
# accept: loops
def route(router_logits, k):
    weights, indices = [], []
    for row in router_logits:
        best = sorted(range(len(row)), key=lambda i: -row[i].item())[:k]
        indices.append(best)
        weights.append(torch.stack([row[i] for i in best]).softmax(0))
    return torch.stack(weights), torch.tensor(indices)


def load_balance_loss(router_probs, chosen):
    E, total = router_probs.shape[1], 0
    for e in range(E):
        total = total + (chosen == e).sum() / chosen.numel() * router_probs[:, e].mean()
    return E * total


# %%
# accept: a dot product of f and P
def route(router_logits, k):
    best, indices = router_logits.topk(k, dim=-1)
    return best.softmax(dim=-1), indices


def load_balance_loss(router_probs, chosen):
    n_experts = router_probs.shape[-1]
    f = torch.bincount(chosen.flatten(), minlength=n_experts) / chosen.numel()
    return n_experts * f @ router_probs.mean(dim=0)


# %%
# reject: all zeros · expects "got 0."

# %%
# reject: softmax over all experts · expects "the softmax runs over all experts"
# - best, indices = router_logits.topk(k, dim=-1)
# - return best.softmax(dim=-1), indices
# + return router_logits.softmax(-1).topk(k, dim=-1)

# %%
# reject: the worst experts · expects "the k worst experts are chosen"
# - best, indices = router_logits.topk(k, dim=-1)
# + best, indices = router_logits.topk(k, largest=False)

# %%
# reject: equal weights · expects "the weights are equal"
# - return best.softmax(dim=-1), indices
# + return torch.full_like(best, 1 / k), indices

# %%
# reject: logits as weights · expects "they need a softmax"
# - best, indices = router_logits.topk(k, dim=-1)
# - return best.softmax(dim=-1), indices
# + return router_logits.topk(k, dim=-1)

# %%
# reject: softmax twice · expects "softmax is taken twice"
# - best, indices = router_logits.topk(k, dim=-1)
# + best, indices = router_logits.softmax(-1).topk(k, dim=-1)

# %%
# reject: softmax over the tokens · expects "the softmax runs over the tokens"
# - return best.softmax(dim=-1), indices
# + return best.softmax(0), indices

# %%
# reject: indices first · expects "return weights, then indices"
# - return best.softmax(dim=-1), indices
# + return indices, best.softmax(-1)

# %%
# reject: weights sorted, indices not · expects "the larger logit gets the larger weight"
# - return best.softmax(dim=-1), indices
# + return best.softmax(-1).flip(-1), indices

# %%
# reject: weights of all experts · expects "the weights: expected (tokens, k) = (3, 2), got (3, 5)"
# - return best.softmax(dim=-1), indices
# + dense = torch.zeros_like(router_logits).scatter(1, indices, best.softmax(-1))
# + return dense, indices

# %%
# reject: the factor is missing · expects "the factor n_experts is missing"
# - return n_experts * (share * router_probs.mean(dim=0)).sum()
# + return (share * router_probs.mean(dim=0)).sum()

# %%
# reject: divided by N alone · expects "each token makes k choices"
# - share = torch.bincount(chosen.flatten(), minlength=n_experts) / chosen.numel()  # (n_experts,)
# + share = torch.bincount(chosen.flatten(), minlength=n_experts) / len(chosen)

# %%
# reject: counts are not divided · expects "the counts are not divided"
# - share = torch.bincount(chosen.flatten(), minlength=n_experts) / chosen.numel()  # (n_experts,)
# + share = torch.bincount(chosen.flatten(), minlength=n_experts)

# %%
# reject: the mean over the experts · expects "the mean over the experts is taken"
# - return n_experts * (share * router_probs.mean(dim=0)).sum()
# + return (share * router_probs.mean(dim=0)).mean()

# %%
# reject: probabilities squared · expects "f_i must be counts"
# - return n_experts * (share * router_probs.mean(dim=0)).sum()
# + return n_experts * (router_probs.mean(dim=0) ** 2).sum()

# %%
# reject: counts squared, no gradient · expects "P_i must be mean probabilities"
# - return n_experts * (share * router_probs.mean(dim=0)).sum()
# + return n_experts * (share * share).sum()

# %%
# reject: the first choice alone · expects "only the first choice"
# - share = torch.bincount(chosen.flatten(), minlength=n_experts) / chosen.numel()  # (n_experts,)
# + share = torch.bincount(chosen[:, 0], minlength=n_experts) / len(chosen)

# %%
# reject: experts without tokens are forgotten · expects "minlength=n_experts adds the zeros"
# - share = torch.bincount(chosen.flatten(), minlength=n_experts) / chosen.numel()  # (n_experts,)
# + share = torch.bincount(chosen.flatten()) / chosen.numel()

# %%
# reject: detached · expects "no gradient reaches the probabilities"
# - return n_experts * (share * router_probs.mean(dim=0)).sum()
# + return n_experts * (share * router_probs.mean(dim=0).detach()).sum()

# %%
# reject: weights without a gradient · expects "no gradient reaches the logits"
# - return best.softmax(dim=-1), indices
# + return best.detach().softmax(dim=-1), indices

# %%
# reject: always two experts · expects "expected (tokens, k) = (3, 3)"
# - best, indices = router_logits.topk(k, dim=-1)
# + best, indices = router_logits.topk(2, dim=-1)

# %%
# reject: two slips, the worst experts and a softmax over all · expects "two slips: the k worst experts are chosen"
# - best, indices = router_logits.topk(k, dim=-1)
# - return best.softmax(dim=-1), indices
# + return router_logits.softmax(-1).topk(k, dim=-1, largest=False)

# %%
# reject: two slips, a softmax over all experts and over the tokens · expects "over all experts, and over the tokens"
# - best, indices = router_logits.topk(k, dim=-1)
# - return best.softmax(dim=-1), indices
# + indices = router_logits.topk(k, dim=-1).indices
# + return router_logits.softmax(0).gather(-1, indices), indices

# %%
# reject: two slips, no factor and raw counts · expects "And the counts are not divided by anything"
# - share = torch.bincount(chosen.flatten(), minlength=n_experts) / chosen.numel()  # (n_experts,)
# - return n_experts * (share * router_probs.mean(dim=0)).sum()
# + share = torch.bincount(chosen.flatten(), minlength=n_experts)
# + return (share * router_probs.mean(dim=0)).sum()

# %%
# reject: two slips, the mean over experts and raw counts · expects "two slips: the mean over the experts is taken"
# - share = torch.bincount(chosen.flatten(), minlength=n_experts) / chosen.numel()  # (n_experts,)
# - return n_experts * (share * router_probs.mean(dim=0)).sum()
# + share = torch.bincount(chosen.flatten(), minlength=n_experts)
# + return (share * router_probs.mean(dim=0)).mean()
