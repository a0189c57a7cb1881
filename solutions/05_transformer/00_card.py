# ---
# jupyter:
#   accelerator: GPU
#   headline: >-
#     unseen sequences reversed without a mistake: encoder {encoder_exact_match:%} after
#     100 steps of training, encoder–decoder {seq2seq_exact_match:%} after
#     1,000; longer than any in training {longer_exact_match:%}
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 05 · The transformer
#
# Attention lets tokens talk to each other. To train many layers of it, three plain parts are missing:
# normalization, a small network for each token, and connections that skip both. You put them together,
# train an encoder to reverse sequences in 100 steps, and read its algorithm off one picture. You stack twelve blocks,
# and measure what the order of the norms and a warm-up are good for. Then you build the full encoder–decoder, and
# find out where it stops working.
#
# | | |
# |---|---|
# | **You need** | Lab 04: attention, masks, heads, encodings; teacher forcing (Lab 03) |
# | **Time** | 200 minutes; the whole notebook runs in about four minutes on two CPU cores, no GPU needed |
# | **Worth** | **28 points**: 27 graded by checks, 1 by a person |
# | **Data** | random digits, no download |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import copy
import math
from collections.abc import Callable

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from utils import checks, device, plots
from utils.batches import Batch, Batches
from utils.report import report
from utils.settings import scaled
from utils.training import fit

place = device.get_device()

# %% [markdown]
# This lab begins with working versions of what you wrote in Lab 04, on PyTorch's fused kernel, which
# does all of attention in one operation. Have a look, then fold the cells.


# %% given="attention"
class Attention(nn.Module):
    """Multi-head attention; with `rotary`, queries and keys are turned by their positions (Exercise 8)."""

    def __init__(self, d_model: int, n_heads: int, rotary: bool = False) -> None:
        super().__init__()
        self.n_heads, self.rotary = n_heads, rotary
        self.qkv, self.out = nn.Linear(d_model, 3 * d_model), nn.Linear(d_model, d_model)

    def forward(
        self,
        x: torch.Tensor,
        context: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        positions: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> torch.Tensor:
        """x (B, T, d_model), context (B, S, d_model) or x, mask that broadcasts to (B, T, S) → (B, T, d_model)."""
        q, k, v = self._project(x, context, positions)
        mask = None if mask is None else mask.unsqueeze(-3)  # (B, 1, T, S)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
        return self.out(y.transpose(1, 2).flatten(2))  # (B, T, d_model)

    def weights(
        self,
        x: torch.Tensor,
        context: torch.Tensor | None = None,
        positions: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> torch.Tensor:
        """The attention weights without a mask, (B, n_heads, T, S), for pictures."""
        q, k, _ = self._project(x, context, positions)
        return (q @ k.mT / math.sqrt(q.shape[-1])).softmax(dim=-1)

    def _project(self, x, context, positions) -> list[torch.Tensor]:
        d_model = x.shape[-1]
        weight, bias = self.qkv.weight, self.qkv.bias
        q = F.linear(x, weight[:d_model], bias[:d_model])
        context = x if context is None else context
        k, v = F.linear(context, weight[d_model:], bias[d_model:]).chunk(2, dim=-1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in (q, k, v))
        if self.rotary:
            q, k = rotate(q, positions[0]), rotate(k, positions[1])
        return [q, k, v]  # (B, n_heads, T or S, d_head)


# %% given="masks_and_positions"
def causal_mask(x: torch.Tensor) -> torch.Tensor:
    """(T, T) bool for x (B, T, ...): True where a query may attend to a key, itself or earlier."""
    T = x.shape[1]
    return torch.ones(T, T, dtype=torch.bool, device=x.device).tril()


def sinusoidal_encoding(T: int, d_model: int) -> torch.Tensor:
    """Sines in the even columns, cosines in the odd ones: (T, d_model)."""
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


def feed_forward(d_model: int, d_ff: int) -> nn.Sequential:
    """The small network that each token passes through on its own: (B, T, d_model) → (B, T, d_model)."""
    return nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model))
