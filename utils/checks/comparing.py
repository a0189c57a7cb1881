"""Compares what came with what was expected, and names the slip that would explain the difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from utils.checks.running import CheckFailed

Slips = Mapping[str, torch.Tensor | float]

# dtype → relative and absolute tolerance of a comparison: a few hundred roundings; in float64, room for a constant that
# came in float32, such as torch.sqrt(torch.tensor(d_k)).
TOLERANCE = {
    torch.float64: (1e-6, 1e-7),
    torch.float32: (1e-4, 1e-5),
    torch.float16: (1e-2, 1e-3),
    torch.bfloat16: (3e-2, 1e-2),
}


def unpack(name: str, result: Any, *parts: str) -> tuple[Any, ...]:
    """Fails unless a function returned a tuple of these parts: `probs, h = unpack("forward", result, "probs", "h")`."""
    if not isinstance(result, tuple | list) or len(result) != len(parts):
        got = (
            f"{len(result)} values"
            if isinstance(result, tuple | list)
            else f"a {type(result).__name__}"
        )
        raise CheckFailed(
            f"{name} returns {len(parts)} values, {', '.join(parts)}; yours returns {got}."
        )
    return tuple(result)


def _something(name: str, value: Any) -> None:
    """Fails if the value, one part of what was returned, is None."""
    if value is None:
        raise CheckFailed(
            f"{name}: got None. Does your function end with `return`? If this is a gradient, was backward() called?"
        )


def tensor(name: str, value: Any) -> None:
    """Fails unless the value is a tensor."""
    _something(name, value)
    if not isinstance(value, torch.Tensor):
        raise CheckFailed(f"{name}: expected a torch.Tensor, got a {type(value).__name__}.")


def number(name: str, value: Any) -> None:
    """Fails unless the value is a Python float."""
    _something(name, value)
    if not isinstance(value, float):
        mend = ": use .item()." if isinstance(value, torch.Tensor) else "."
        raise CheckFailed(f"{name}: return a float, not a {type(value).__name__}{mend}")


def shape(name: str, value: Any, **expected: int) -> None:
    """Fails unless the value is a tensor of this shape: `shape("probs", probs, batch=5, classes=3)`."""
    tensor(name, value)
    axes, sizes, got = tuple(expected), tuple(expected.values()), tuple(value.shape)
    if got == sizes:
        return
    cause = ""
    if len(got) == len(sizes) and sorted(got) == sorted(sizes):
        swapped = [axis for axis, a, b in zip(axes, sizes, got, strict=True) if a != b]
        cause = f" Are {' and '.join(swapped)} swapped?"
    elif len(got) < len(sizes):
        missing = [axis for axis, size in expected.items() if size not in got]
        cause = f" Is the {missing[0]} dimension lost?" if missing else ""
    elif len(got) == len(sizes) + 1 and 1 in got:
        cause = " There is an extra dimension of size 1."
    wanted = f"{_shape(axes)} = {_shape(sizes)}" if sizes else "one number, of shape ()"
    raise CheckFailed(f"{name}: expected {wanted}, got {_shape(got)}.{cause}")


def finite(name: str, value: torch.Tensor, cause: str) -> None:
    """Fails with the cause if the tensor holds inf or NaN."""
    tensor(name, value)
    bad = "NaN" if value.isnan().any() else "inf" if value.isinf().any() else None
    if bad:
        raise CheckFailed(f"{name}: a number is {bad}. Likely cause: {cause}")


def close(
    name: str,
    got: torch.Tensor | float,
    expected: torch.Tensor | float,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    slips: Slips | None = None,
) -> None:
    """Fails unless two tensors or numbers agree, and names the slip that would explain the difference.

    Args:
        name: what is compared, in the student's words.
        got: what the student's code returned.
        expected: the right value.
        rtol, atol: relative and absolute tolerance; by default that of the coarser dtype in `TOLERANCE`.
        slips: likely cause → the wrong value that this slip leads to.
    """
    _something(name, got)
    try:
        got = torch.as_tensor(got).detach()
    except (TypeError, ValueError, RuntimeError):
        raise CheckFailed(f"{name}: expected numbers, got a {type(got).__name__}.") from None
    expected = torch.as_tensor(expected).detach()
    if got.device != expected.device:
        raise CheckFailed(
            f"{name}: expected it on {expected.device}, where the inputs are, got it on {got.device}. "
            "Make new tensors on the device of those you got, with device=x.device."
        )
    if got.shape != expected.shape:
        raise CheckFailed(
            f"{name}: expected shape {_shape(tuple(expected.shape))}, got {_shape(tuple(got.shape))}."
        )

    limits = [TOLERANCE.get(t.dtype, TOLERANCE[torch.float64]) for t in (got, expected)]
    rtol = max(limits)[0] if rtol is None else rtol
    atol = max(limits)[1] if atol is None else atol

    def agree(value: torch.Tensor | float) -> bool:
        value = torch.as_tensor(value).detach().double()
        return value.shape == got.shape and torch.allclose(
            got.double(), value, rtol=rtol, atol=atol
        )

    if agree(expected):
        return
    causes = [cause for cause, value in (slips or {}).items() if agree(value)]
    causes += _general_slips(got.double(), expected.double(), agree)
    likely = f"\n  Likely cause: {causes[0]}" if causes else ""
    raise CheckFailed(f"{name}: expected {_numbers(expected, got)}.{likely}")


def _general_slips(
    got: torch.Tensor, expected: torch.Tensor, agree: Callable[[torch.Tensor], bool]
) -> list[str]:
    """Causes that can be seen from the numbers alone, whatever the exercise."""
    if not got.isfinite().all():
        return ["it contains inf or NaN: a division by zero, or an exp or log out of range."]
    if not got.any():  # of one number, the message says that already
        return ["every value is zero."] if got.numel() > 1 else []
    if agree(-expected):
        return ["the sign is flipped."]
    if expected.dim() == 2 and expected.shape[0] == expected.shape[1] and agree(expected.T):
        return ["the matrix is transposed."]
    if expected.numel() > 1 and expected.any():
        factor = float((got * expected).sum() / (expected * expected).sum())
        if abs(factor - 1) > 0.001 and agree(factor * expected):
            return [f"a factor: every value is {factor:.4g} times what it should be."]
    return []


def _shape(sizes: tuple[object, ...]) -> str:
    return f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"


def _numbers(expected: torch.Tensor, got: torch.Tensor) -> str:
    """The two values side by side; for larger tensors the entry that differs most."""
    if expected.dim() == 0:
        return _pair(expected.item(), "", got.item())
    if expected.dim() == 1 and expected.numel() <= 5:
        wanted, came = ([round(v, 4) for v in t.tolist()] for t in (expected, got))
        if wanted != came:
            return f"{wanted}, got {came}"
    difference = (got.double() - expected.double()).abs().nan_to_num(nan=torch.inf)
    index = tuple((difference == difference.max()).nonzero()[0].tolist())
    position = ", ".join(map(str, index))
    return _pair(expected[index].item(), f" at [{position}]", got[index].item())


def _pair(wanted: float, position: str, came: float) -> str:
    """Two numbers with as many digits as it takes to tell them apart."""
    digits = 6 if f"{wanted:.6g}" != f"{came:.6g}" else 12
    return f"{wanted:.{digits}g}{position}, got {came:.{digits}g}"


def tensors(
    what: str,
    got: Any,
    expected: Mapping[str, torch.Tensor],
    *,
    rtol: float = 1e-6,
    atol: float = 1e-7,
    slips: Mapping[str, Mapping[str, torch.Tensor]] | None = None,
) -> None:
    """Fails unless a dict holds these named tensors: parameters, or one gradient for each of them.

    Args:
        what: what the tensors are, as in "the gradient of W1".
        got: what the student's code returned; other names in it are ignored.
        expected: name → right value.
        rtol, atol: relative and absolute tolerance.
        slips: likely cause → the values, by name, that this slip leads to; it is named if all of them agree.
    """
    if not isinstance(got, dict):
        raise CheckFailed(f"expected a dict with {', '.join(expected)}, got {type(got).__name__}.")
    missing = [name for name in expected if name not in got]
    if missing:
        raise CheckFailed(f"{what} {missing[0]} is missing from the returned dict.")
    for name, value in expected.items():
        tensor(f"{what} {name}", got[name])
        if got[name].shape != value.shape:
            shapes = f"{_shape(tuple(value.shape))}, got {_shape(tuple(got[name].shape))}"
            transposed = value.dim() == 2 and got[name].shape == value.T.shape
            cause = " Is it transposed?" if transposed else ""
            raise CheckFailed(
                f"{what} {name}: expected shape {shapes}.{cause} It has the shape of {name} itself."
            )

    def agree(name: str, value: torch.Tensor) -> bool:
        mine = got[name].detach().double()
        return mine.shape == value.shape and torch.allclose(
            mine, value.double(), rtol=rtol, atol=atol
        )

    causes = [
        cause
        for cause, values in (slips or {}).items()
        if all(agree(n, v) for n, v in values.items())
    ]
    for name, value in expected.items():
        slip = {causes[0]: got[name].detach()} if causes else None
        close(f"{what} {name}", got[name], value, rtol=rtol, atol=atol, slips=slip)
