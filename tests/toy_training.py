"""A small model and its data, for trainings of a second."""

import torch
from torch import nn

from utils.batches import Batches


def parts(seed: int = 0):
    """A small model with dropout, so that a resumed run needs the random numbers too."""
    torch.manual_seed(seed)
    x = torch.randn(200, 4)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 2))
    return model, Batches(x, (x[:, 0] > 0).long(), batch_size=16)


def loss(model, batch):
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


def accuracy(model):
    _, data = parts()
    x, y = data[0]
    return {"accuracy": (model(x).argmax(1) == y).float().mean().item()}


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])
