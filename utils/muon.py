"""Muon, with matrix products that are fast on every CPU."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch

__all__ = ["Muon"]

# Five rounds of x ↦ 3.4445 x − 4.775 x³ + 2.0315 x⁵ bring singular values from 0.01 to 1 near 1 (Jordan et al., 2024).
ROUNDS, COEFFICIENTS = 5, (3.4445, -4.7750, 2.0315)


class Muon(torch.optim.Optimizer):
    """Momentum whose steps have all singular values near 1 (Jordan et al., 2024), for matrices.

    `torch.optim.Muon` rounds its products to bfloat16. A GPU is faster so; a CPU without arithmetic for bfloat16 takes
    20 to 40 times as long, most of a training step. Here a CPU computes in the precision of the parameters.

    Args:
        parameters: matrices.
        lr: learning rate.
        weight_decay: share of the learning rate by which each step shrinks the parameters.
        momentum: decay rate of the running mean of gradients; a step looks ahead by it, as Nesterov's does.

    Raises:
        ValueError: a parameter is not a matrix.
    """

    def __init__(
        self,
        parameters: Iterable[torch.nn.Parameter],
        lr: float,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})
        for parameter in self._parameters():
            if parameter.dim() != 2:
                raise ValueError(f"Muon is for matrices, not for shape {tuple(parameter.shape)}.")

    def _parameters(self) -> Iterable[torch.Tensor]:
        for group in self.param_groups:
            yield from group["params"]

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step of all parameters that have a gradient.

        Args:
            closure: computes the loss and its gradients anew.

        Returns:
            The closure's loss.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, parameter.grad, group)
        return loss

    def _move(self, parameter: torch.Tensor, gradient: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(gradient)
        mean = state["momentum_buffer"].lerp_(gradient, 1 - group["momentum"])
        direction = _with_even_singular_values(gradient.lerp(mean, group["momentum"]))
        rows, columns = parameter.shape
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.add_(direction, alpha=-group["lr"] * math.sqrt(max(1.0, rows / columns)))


def _with_even_singular_values(matrix: torch.Tensor) -> torch.Tensor:
    """The matrix with its singular vectors, and all singular values between about 0.7 and 1.2."""
    a, b, c = COEFFICIENTS
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix  # the smaller products
    x = wide.to(torch.bfloat16) if matrix.is_cuda else wide
    x = x / x.norm().clamp(min=1e-7)  # no singular value above 1
    for _ in range(ROUNDS):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.T if wide is not matrix else x).to(matrix.dtype)
