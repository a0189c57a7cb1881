"""Causality, masks, gradients and devices are checked by what a function does."""

import pytest
import torch

from utils import checks
from utils.checks import CheckFailed


def fails(words: str):
    return pytest.raises(CheckFailed, match=words)


X = checks.normal(2, 5, 3, seed=0)


def attend(x, mask=None):
    scores = x @ x.transpose(1, 2)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return scores.softmax(-1) @ x


def before(shift: int = 0):
    return torch.ones(5, 5, dtype=torch.bool).tril(shift)


def test_causal_looks_at_gradients():
    checks.causal("attention", lambda x: attend(x, before()), X)
    checks.causal(
        "the prefix sum, normalized", lambda x: x.cumsum(1) - x.cumsum(1).mean(-1, keepdim=True), X
    )
    with fails("the output at token 0 depends on token 1, which comes later"):
        checks.causal("attention", attend, X)
    with fails("the output at token 0 depends on token 1"):
        checks.causal("attention", lambda x: attend(x, before(1)), X)
    with fails("the output at token 1 does not depend on token 0, which it may see"):
        checks.causal("attention", lambda x: x * 2, X)
    with fails("no gradient reaches the input"):
        checks.causal("attention", lambda x: attend(x.detach(), before()), X)


def adds_in_place(x):
    x += 1
    return x


def test_a_change_in_place_is_named_where_causality_is_measured():
    with fails("your code changes its input in place"):
        checks.causal("f", lambda x: adds_in_place(x), torch.ones(2, 3, 4))


HIDDEN = torch.tensor([[False, False, True, False, True], [False, False, False, True, True]])


def test_masked_tokens_leave_no_trace():
    checks.ignores("attention", lambda x: attend(x, ~HIDDEN[:, None]), X, HIDDEN)
    checks.ignores("the mean", lambda x: (x * ~HIDDEN[..., None]).sum(1), X, HIDDEN)
    with fails("attention changes when a masked token changes"):
        checks.ignores("attention", attend, X, HIDDEN)
    with fails("attention changes when a masked token changes"):
        checks.ignores("attention", lambda x: attend(x, HIDDEN[:, None]), X, HIDDEN)
    with fails("everything is masked"):
        checks.ignores(
            "attention", lambda x: attend(x, torch.zeros(2, 1, 5, dtype=torch.bool)), X, HIDDEN
        )


def test_agreement_with_an_operator_and_its_gradients():
    softmax = torch.nn.functional.softmax
    checks.agrees(
        "softmax", lambda x, dim: x.exp() / x.exp().sum(dim, True), softmax, X, -1, gradients=True
    )
    with fails("Likely cause: the wrong axis"):
        slips = {"the wrong axis": softmax(X, 1)}
        checks.agrees("softmax", lambda x, dim: softmax(x, 1), softmax, X, -1, slips=slips)
    with fails("the gradient of softmax for argument 1"):
        checks.agrees(
            "softmax",
            lambda x, d: x.exp() / x.exp().sum(d, True).detach(),
            softmax,
            X,
            -1,
            gradients=True,
        )
    with fails("no gradient reaches the input"):
        checks.agrees(
            "softmax", lambda x, d: softmax(x.detach(), d), softmax, X, -1, gradients=True
        )


def test_parameters_are_counted():
    model = torch.nn.Linear(3, 4)
    checks.parameter_count("the layer", model, 16)
    with fails(r"expected 12 parameters, got 16\. Likely cause: a bias too many"):
        checks.parameter_count("the layer", model, 12, {"a bias too many": 16})
    with fails(r"expected 15 parameters, got 16\.$"):
        checks.parameter_count("the layer", model, 15)


def made_on_the_cpu(x):
    return x + torch.arange(3)


def made_beside_x(x):
    return x + torch.arange(3, device=x.device)


def needs_the_numbers(x):
    return torch.tensor([v + 1 for v in x.tolist()], device=x.device)


def fills_a_tensor_on_the_cpu(x):
    filled = torch.zeros(3)
    filled[:] = x
    return filled


def test_a_tensor_made_on_the_cpu_is_found_without_a_gpu():
    with fails("It would fail on a GPU: make new tensors on the device"):
        checks.any_device(made_on_the_cpu, torch.ones(3))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x, torch.zeros(len(x)).fill_(1.0)),
        fills_a_tensor_on_the_cpu,
        lambda x: torch.tensor(x.tolist()),
    ],
)
def test_a_result_that_is_made_on_the_cpu_is_found_without_a_gpu(function):
    name = "your code" if function.__name__ == "<lambda>" else function.__name__
    with fails(f"{name} returns a tensor made on the CPU"):
        checks.any_device(function, torch.ones(3))


def test_a_tensor_read_by_numpy_is_found_without_a_gpu():
    with fails("It would fail on a GPU"):
        checks.any_device(lambda x: torch.from_numpy(x.numpy() + 1), torch.ones(3))


def test_a_single_number_on_the_cpu_may_meet_a_tensor_on_any_device():
    checks.any_device(lambda x: x / torch.tensor(255.0), torch.ones(3))


@pytest.mark.parametrize("function", [made_beside_x, needs_the_numbers])
def test_code_that_cannot_be_shown_wrong_passes_on_any_device(function):
    checks.any_device(function, torch.ones(3))
