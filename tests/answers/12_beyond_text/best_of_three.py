# %%
# accept: min, and the error by hand
def best_of_three(losses, predicted, actual):
    best = losses.min(dim=-1).values
    return best.mean() + (predicted - actual).pow(2).mean()


# %%
# accept: by the index of the best
def best_of_three(losses, predicted, actual):
    index = losses.detach().argmin(1)
    best = losses[torch.arange(losses.shape[0]), index]
    return best.sum() / len(best) + nn.MSELoss()(predicted, actual.detach())


# %%
# reject: all zeros · expects "two targets"

# %%
# reject: all three are taught · expects "all three masks are taught"
# - return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)
# + return losses.mean() + F.mse_loss(predicted, actual)

# %%
# reject: one minimum for the batch · expects "the smallest loss of the whole batch"
# - return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)
# + return losses.min() + F.mse_loss(predicted, actual)

# %%
# reject: minimum over the targets · expects "take it over the three masks"
# - return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)
# + return losses.amin(dim=0).mean() + F.mse_loss(predicted, actual)

# %%
# reject: no ratings · expects "the error of the predicted IoUs is missing"
# - return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)
# + return losses.amin(dim=1).mean() + 0 * predicted.sum()

# %%
# reject: a sum over the targets · expects "a mean over the targets"
# - return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)
# + return losses.amin(dim=1).sum() + F.mse_loss(predicted, actual)

# %%
# reject: a sum of squares · expects "the mean squared error, not the sum"
# - return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)
# + return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual, reduction="sum")

# %%
# reject: absolute errors · expects "not the absolute one"
# - return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)
# + return losses.amin(dim=1).mean() + F.l1_loss(predicted, actual)

# %%
# reject: the largest loss · expects "the largest loss"
# - return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)
# + return losses.amax(dim=1).mean() + F.mse_loss(predicted, actual)

# %%
# reject: only the best mask's rating · expects "the predicted IoUs of all masks"
# - return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)
# + best = torch.arange(len(losses)), losses.argmin(dim=1)
# + return losses.amin(dim=1).mean() + F.mse_loss(predicted[best], actual[best])

# %%
# reject: a number · expects "expected a torch.Tensor"
# - return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)
# + return (losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)).item()

# %%
# reject: ratings without a gradient · expects "the predicted IoUs get no gradient"
# - return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)
# + return losses.amin(dim=1).mean() + F.mse_loss(predicted.detach(), actual)

# %%
# reject: the highest IoU · expects "the loss of the mask with the highest IoU"
# - return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)
# + best = torch.arange(len(losses)), actual.argmax(dim=1)
# + return losses[best].mean() + F.mse_loss(predicted, actual)

# %%
# reject: the best rated · expects "the loss of the mask that is rated best"
# - return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)
# + best = torch.arange(len(losses)), predicted.argmax(dim=1)
# + return losses[best].mean() + F.mse_loss(predicted, actual)
