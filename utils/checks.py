"""What a graded cell calls: runs a student's code safely and says what is wrong in words that teach.

Every function returns None or what the student's code returned, and raises CheckFailed with three things: what was
expected, what came, and the likely cause. None of them prints to stderr, since nbgrader scores a cell that does 0.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import sysconfig
import threading
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

Slips = Mapping[str, torch.Tensor | float]

# Where code lies that no student wrote.
LIBRARIES = (sysconfig.get_path("stdlib"), str(Path(torch.__file__).parents[1]))

SECONDS = 10.0  # how long one call of a student's function may last

# dtype → relative and absolute tolerance of a comparison: a few hundred roundings; in float64, room for a constant that
# came in float32, such as torch.sqrt(torch.tensor(d_k)).
TOLERANCE = {
    torch.float64: (1e-6, 1e-7),
    torch.float32: (1e-4, 1e-5),
    torch.float16: (1e-2, 1e-3),
    torch.bfloat16: (3e-2, 1e-2),
}


class CheckFailed(AssertionError):
    """A check that did not pass. Jupyter shows its message alone, without the check's own source."""

    def _render_traceback_(self) -> list[str]:
        return [f"\x1b[31m✗ {self}\x1b[0m"]


def passed(what: str) -> None:
    """Prints the line that ends a check cell."""
    print(f"✓ {what}")


def that(condition: bool | torch.Tensor, otherwise: str) -> None:
    """Fails with the message `otherwise` unless the condition holds."""
    if not bool(condition):
        raise CheckFailed(otherwise)


def normal(*shape: int, seed: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Input for a check: standard normal numbers of this shape, the same for the same seed."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


# Running a student's code


def run(
    function: Callable[..., Any],
    *args: Any,
    may_change: bool = False,
    seconds: float = SECONDS,
    **kwargs: Any,
) -> Any:
    """Calls a student's function and turns everything that can go wrong into a CheckFailed.

    Warnings and whatever is written to stderr, by Python or by C++, go to stdout. The call is stopped after
    `seconds`. Unless `may_change`, something must be returned, and tensors, dicts, lists and sets among the arguments
    must not change.

    Returns:
        What the function returned.
    """
    name = _name(function)
    before = _clone((args, kwargs))
    try:
        with stderr_to_stdout(), _time_limit(name, seconds):
            result = function(*args, **kwargs)
    except CheckFailed:
        raise
    except NotImplementedError as error:
        # torch raises it too, for a missing operator, and says why
        if str(error) not in ("", "not written yet"):
            raise CheckFailed(_describe_error(name, error)) from None
        raise CheckFailed(
            f"{name} is not written yet. Replace the line `raise NotImplementedError(...)` with your code, "
            "run that cell, then run this one again."
        ) from None
    except SystemExit:
        raise CheckFailed(f"{name} ends the program: take out exit() or sys.exit().") from None
    except Exception as error:
        raise CheckFailed(_describe_error(name, error)) from None
    if result is None and not may_change:
        raise CheckFailed(
            f"{name}: nothing is returned, got None. Does your function end with `return`?"
        )
    if not may_change and not _same(before, (args, kwargs)):
        raise CheckFailed(
            f"{name} changes its input in place. Work on new values or on a copy (x.clone() of a tensor, list(x), "
            "dict(x)): write `a = a + b`, not `a += b`, and avoid functions of a tensor that end in an underscore."
        )
    return result


def _name(function: Callable[..., Any]) -> str:
    """What a message calls a function, a module or a lambda of the check itself."""
    name = getattr(function, "__name__", type(function).__name__)
    return "your code" if name == "<lambda>" else name


@contextlib.contextmanager
def hint(text: str) -> Iterator[None]:
    """Adds a line to the message of a check that fails inside the block."""
    try:
        yield
    except CheckFailed as failure:
        raise CheckFailed(f"{failure}\n  {text}") from None


@contextlib.contextmanager
def stderr_to_stdout() -> Iterator[None]:
    """Sends sys.stderr, Python warnings and file descriptor 2 (where C++ writes) to stdout."""

    def print_warning(message: Warning | str, category: type[Warning], *_: Any) -> None:
        print(f"{category.__name__}: {message}")

    sys.stdout.flush()
    saved = os.dup(2)
    try:
        os.dup2(1, 2)
        with contextlib.redirect_stderr(sys.stdout), warnings.catch_warnings():
            warnings.showwarning = print_warning
            yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


@contextlib.contextmanager
def _time_limit(name: str, seconds: float) -> Iterator[None]:
    """Interrupts the main thread when its block lasts too long. No limit in other threads."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    finished, expired = threading.Event(), threading.Event()

    def watch() -> None:
        if finished.wait(seconds):
            return
        expired.set()
        while not finished.wait(0.5):  # again, in case a bare `except:` swallowed the first one
            _thread.interrupt_main()

    def stop() -> None:
        finished.set()
        watcher.join()

    watcher = threading.Thread(target=watch, daemon=True)
    # A program started in the background ignores interrupts, and would ignore this one.
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    too_long = CheckFailed(
        f"{name} was stopped after {seconds:g} s. Is there a loop that never ends, "
        "or a Python loop over numbers where one tensor operation would do?"
    )
    watcher.start()
    try:
        yield
        stop()
    except KeyboardInterrupt:
        stop()
        if expired.is_set():
            raise too_long from None
        raise
    finally:
        finished.set()
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


# What PyTorch says → what a student should look at.
ADVICE = {
    "a leaf Variable that requires grad is being used in an in-place operation": (
        "the update is being recorded: put it inside `with torch.no_grad():`."
    ),
    "shapes cannot be multiplied": (
        "print both shapes; the inner two must agree. Is a transpose missing, or one too many?"
    ),
    "must match the size of tensor": (
        "print both shapes; they do not broadcast. Is a dimension missing (keepdim=True, or [:, None]), "
        "or the wrong one summed or transposed?"
    ),
    "modified by an inplace operation": (
        "an assignment such as a[...] = 0 overwrites what the gradient needs: use masked_fill or torch.where."
    ),
    "Half without overflow": (
        "a value such as -1e9 does not fit in float16; use torch.finfo(scores.dtype).min or -inf."
    ),
    "must have the same dtype, but got Bool": (
        "a boolean mask stands where features are expected: hand it over by name, mask=mask."
    ),
    "Boolean value of Tensor with more than one value": (
        "`and`, `or`, `not` and `if` take a single value; for tensors write &, |, ~ and torch.where."
    ),
    "cannot be converted to Scalar": "functions of `math` take one number; use those of torch.",
    "only one element tensors can be converted": "functions of `math` take one number; use those of torch.",
    "Expected target size": (
        "cross_entropy looks for the classes in dimension 1: give it logits (N, classes) and targets (N,)."
    ),
    "grad can be implicitly created only for scalar outputs": (
        "a gradient is that of one number: take the sum of several, or their mean."
    ),
    "only integer tensors of a single element can be converted to an index": (
        "a tuple or a list stands where a tensor is expected. torch.autograd.grad, for one, returns a tuple."
    ),
    "index -100 is out of bounds": (
        "the label -100 says that there is none: leave those places out, or let cross_entropy ignore them."
    ),
    "no attribute 'pooler_output'": (
        "the states are in last_hidden_state, (B, T, d_model); the first token's are [:, 0]."
    ),
    "does not require grad and does not have a grad_fn": (
        "nothing was recorded: was the loss computed inside no_grad, or from detached tensors?"
    ),
    "unsupported operand type(s) for *: 'float' and 'NoneType'": ".grad is None: was backward() called?",
    "torch.return_types": (
        "max and min along a dimension return values and indices: take .values, or use amax and amin."
    ),
    "expected scalar type": (
        "two dtypes meet in one operation: keep the dtype of the input, and convert what you make to it, .to(x.dtype)."
    ),
}


def _describe_error(name: str, error: Exception) -> str:
    """Says which line of the student's own code raised, since the check's traceback would hide it."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__
        and not frame.filename.startswith(LIBRARIES)
        and "site-packages" not in frame.filename
    ]
    where = ""
    if frames and frames[-1].line:
        where = f"\n  in {frames[-1].name}, line {frames[-1].lineno}: {frames[-1].line}"
    cause = next((f"\n  Likely cause: {a}" for sign, a in ADVICE.items() if sign in str(error)), "")
    return f"{name} raised {type(error).__name__}: {error}{where}{cause}"


def _clone(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: _clone(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clone(item) for item in value]
    if isinstance(value, set):
        return set(value)
    return value if isinstance(value, str | int | float) else None


def _same(before: Any, after: Any) -> bool:
    if before is None:  # something that is not compared
        return True
    if isinstance(before, torch.Tensor):
        if not isinstance(after, torch.Tensor) or before.dtype != after.dtype:
            return False
        exactly = {"rtol": 0, "atol": 0, "equal_nan": True}
        return before.shape == after.shape and bool(torch.isclose(before, after, **exactly).all())
    if isinstance(before, dict):
        return isinstance(after, dict) and (
            before.keys() == after.keys() and all(_same(v, after[k]) for k, v in before.items())
        )
    if isinstance(before, list):
        return isinstance(after, list | tuple) and (
            len(before) == len(after) and all(map(_same, before, after))
        )
    return before == after or (before != before and after != after)  # NaN differs from itself


# Comparing what came with what was expected


def unpack(name: str, result: Any, *parts: str) -> tuple:
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
        raise CheckFailed(f"{name} contains {bad}. Likely cause: {cause}")


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

    def agree(value: torch.Tensor) -> bool:
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
    if not got.any():
        return ["every value is zero."]
    if agree(-expected):
        return ["the sign is flipped."]
    if expected.dim() == 2 and expected.shape[0] == expected.shape[1] and agree(expected.T):
        return ["the matrix is transposed."]
    if expected.numel() > 1 and expected.any():
        factor = float((got * expected).sum() / (expected * expected).sum())
        if abs(factor - 1) > 0.001 and agree(factor * expected):
            return [f"a factor: every value is {factor:.4g} times what it should be."]
    return []


def _shape(sizes: tuple) -> str:
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
    place = ", ".join(map(str, index))
    return _pair(expected[index].item(), f" at [{place}]", got[index].item())


def _pair(wanted: float, place: str, came: float) -> str:
    """Two numbers with as many digits as it takes to tell them apart."""
    digits = 6 if f"{wanted:.6g}" != f"{came:.6g}" else 12
    return f"{wanted:.{digits}g}{place}, got {came:.{digits}g}"


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


# How a function behaves


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
    wanted = torch.autograd.grad((expected * weights).sum(), leaves.values())
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


def equivariant(
    name: str, function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor
) -> None:
    """Fails unless permuting the tokens, dimension 1, permutes the output in the same way."""
    order = _permutation(x.shape[1])
    got, expected = run(function, x[:, order]), run(function, x)
    tensor(name, got)
    if not torch.allclose(got, expected[:, order], rtol=1e-4, atol=1e-6):
        raise CheckFailed(
            f"{name} depends on the order of the tokens: permuted tokens should give the permuted output. "
            "Is something mixed along the wrong dimension, or a position added?"
        )


def _permutation(tokens: int) -> torch.Tensor:
    """An order of at least four tokens that leaves none in place and is no cyclic shift."""
    order = torch.arange(tokens)
    order[:2] = order[:2].flip(0)
    return order.roll(2)


def invariant(name: str, function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> None:
    """Fails unless permuting the tokens, dimension 1, leaves the output as it is."""
    order = _permutation(x.shape[1])
    got, expected = run(function, x[:, order]), run(function, x)
    tensor(name, got)
    if not torch.allclose(got, expected, rtol=1e-4, atol=1e-6):
        raise CheckFailed(
            f"{name} depends on the order of the tokens, and should not. "
            "Is one token picked where a mean or a sum over all is wanted?"
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
    name = _name(function)
    elsewhere = [arg.to("meta") if isinstance(arg, torch.Tensor) else arg for arg in args]
    for inputs, default, stray in ((elsewhere, "cpu", "cpu"), (args, "meta", "meta")):
        try:
            with stderr_to_stdout(), torch.device(default):
                result = function(*inputs)
        except Exception as error:
            signs = ("expected device", "same device", "to numpy")
            if default == "cpu" and any(sign in str(error) for sign in signs):
                said = _describe_error(name, error)
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


# Keeping the checks what they are


class _Sealed(types.ModuleType):
    """A module whose names cannot be given other values, by accident or to please a grader."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"checks.{name} cannot be replaced.")


def _notebook() -> Any:
    """IPython's shell, or None outside of a notebook."""
    ipython = sys.modules.get("IPython")
    return ipython and ipython.get_ipython()


def _keep_name(*_: Any) -> None:
    """Before each cell of a notebook: gives the name `checks` back to this module, whatever was called so."""
    names = _notebook().user_ns
    if names.get("checks", _this) is not _this:
        print(
            "`checks` is the book's own name, and stands for its checks again. Call yours another."
        )
        names["checks"] = _this


_this = sys.modules[__name__]
_this.__class__ = _Sealed
if _notebook() is not None:
    _notebook().events.register("pre_run_cell", _keep_name)
