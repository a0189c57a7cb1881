"""How a student's function behaves: as an operator of torch, causally, with masks, and on any device."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from utils.checks.comparing import Slips, close, finite, tensor
from utils.checks.running import CheckFailed, describe_error, name_of, normal, run
from utils.notebook import stderr_to_stdout


def agrees(
    name: str,
    function: Callable[..., Any],
    reference: Callable[..., torch.Tensor],
    *args: Any,
    gradients: bool = False,
    slips: Slips | None = None,
) -> None:
    """Fails unless a student's function returns what a reference returns, such as torch's own operator.

    Args:
        name: what is compared, in the student's words.
        function, reference: called with the same arguments.
        args: tensors and other values.
        gradients: also compare the gradients for every floating-point tensor among `args`.
        slips: likely cause → the wrong value that this slip leads to.
    """
    inputs = [_leaf(arg) if gradients else arg for arg in args]
    got, expected = run(function, *inputs), reference(*inputs)
    close(name, got, expected, slips=slips)
    if not gradients:
        return
    leaves = {
        i: x for i, x in enumerate(inputs, 1) if isinstance(x, torch.Tensor) and x.requires_grad
    }
    weights = normal(*expected.shape, seed=97).to(expected)
    wanted = torch.autograd.grad((expected * weights).sum(), list(leaves.values()))
    came = _gradients(name, (got * weights).sum(), list(leaves.values()))
    for i, mine, right in zip(leaves, came, wanted, strict=True):
        close(f"the gradient of {name} for argument {i}", mine, right)


def causal(name: str, function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> None:
    """Fails unless the output at token i depends on the inputs at tokens 0 … i, on each of them, and on no later one.

    Args:
        name: the function, in the student's words.
        function: x (B, T, d) → (B, T, ...).
        x: the input; the dependence is measured by gradients.
    """
    x = _leaf(x)
    y = run(function, x * 1)  # not a leaf: a change in place is then seen for what it is
    tensor(name, y)
    weights = normal(*y.shape, seed=98).to(y)
    for i in range(x.shape[1]):
        (gradient,) = _gradients(name, (y[:, i] * weights[:, i]).sum(), [x])
        reach = gradient.abs().flatten(2).sum((0, 2))  # (T,)
        for j in range(x.shape[1]):
            if j > i and reach[j] != 0:
                raise CheckFailed(
                    f"{name}: the output at token {i} depends on token {j}, which comes later. "
                    "Is the causal mask missing, inverted, transposed, or applied after the softmax?"
                )
            if j <= i and reach[j] == 0:
                raise CheckFailed(
                    f"{name}: the output at token {i} does not depend on token {j}, which it may see. "
                    "Is the mask inverted, or one token too strict?"
                )


def ignores(
    name: str,
    function: Callable[[torch.Tensor], torch.Tensor],
    x: torch.Tensor,
    hidden: torch.Tensor,
) -> None:
    """Fails unless the tokens that are masked leave no trace in the output for the other ones.

    Args:
        name: the function, in the student's words.
        function: x (B, T, ...) → an output that begins with (B, T), or one without tokens, (B, ...).
        x: the input.
        hidden: (B, T) bool, True for tokens that must not matter.
    """
    noise = normal(*x.shape, seed=99).to(x) * 10
    before = run(function, x)
    after = run(
        function, torch.where(hidden.reshape(*hidden.shape, *[1] * (x.dim() - 2)), noise, x)
    )
    tensor(name, before)
    if before.shape[:2] == hidden.shape:
        before, after = before[~hidden], after[~hidden]
    finite(name, after, "a row in which everything is masked: softmax then divides zero by zero.")
    if not torch.allclose(before, after, rtol=1e-4, atol=1e-6):
        raise CheckFailed(
            f"{name} changes when a masked token changes. Is the mask applied before the softmax, "
            "to the keys' dimension, and with True = may attend?"
        )


def any_device(function: Callable[..., Any], *args: Any) -> None:
    """Fails if a function makes a tensor on the CPU where its input lives elsewhere, also on a machine without a GPU.

    The function is called with tensors on PyTorch's device `meta`, which have shapes and no numbers. Code that needs
    the numbers, such as a loop over `.tolist()`, cannot run there; it is called with its own input, and `meta` is where
    new tensors go by default. Code that runs in neither way is taken for right.
    """
    advice = (
        "\n  It would fail on a GPU: make new tensors on the device of those you got, with device=x.device, or with "
        "x.new_zeros(...)."
    )
    name = name_of(function)
    elsewhere = [arg.to("meta") if isinstance(arg, torch.Tensor) else arg for arg in args]
    for inputs, default, stray in ((elsewhere, "cpu", "cpu"), (args, "meta", "meta")):
        try:
            with stderr_to_stdout(), torch.device(default):
                result = function(*inputs)
        except Exception as error:
            signs = ("expected device", "same device", "to numpy")
            if default == "cpu" and any(sign in str(error) for sign in signs):
                said = describe_error(name, error)
                raise CheckFailed(said + advice) from None
            continue
        for part in result if isinstance(result, tuple | list) else [result]:
            if isinstance(part, torch.Tensor) and part.dim() and part.device.type == stray:
                raise CheckFailed(f"{name} returns a tensor made on the CPU.{advice}")
        return


def parameter_count(
    name: str, model: torch.nn.Module, expected: int, slips: Mapping[str, int] | None = None
) -> None:
    """Fails unless a model has this many trainable numbers; `slips` maps a likely cause to the count it leads to."""
    got = sum(p.numel() for p in model.parameters() if p.requires_grad)
    if got != expected:
        cause = next((f" Likely cause: {c}" for c, n in (slips or {}).items() if n == got), "")
        raise CheckFailed(f"{name}: expected {expected:,} parameters, got {got:,}.{cause}")


def _leaf(value: Any) -> Any:
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        return value.detach().clone().requires_grad_()
    return value


def _gradients(
    name: str, scalar: torch.Tensor, inputs: list[torch.Tensor]
) -> tuple[torch.Tensor, ...]:
    """The gradients of a scalar, zero where an input does not matter."""
    if not scalar.requires_grad:
        raise CheckFailed(
            f"{name}: no gradient reaches the input. Is it cut by .detach(), .item(), .data, torch.tensor(...) "
            "or torch.no_grad()?"
        )
    found = torch.autograd.grad(scalar, inputs, retain_graph=True, allow_unused=True)
    return tuple(
        torch.zeros_like(x) if g is None else g for g, x in zip(found, inputs, strict=True)
    )
