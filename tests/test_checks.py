"""Each check fails on what is wrong, says why, and lets pass what is right."""

import math
import os
import re
import signal
import statistics
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from utils import checks
from utils.checks import CheckFailed


def fails(words: str):
    return pytest.raises(CheckFailed, match=words)


def test_a_hint_is_added_to_a_message_and_only_to_one():
    with fails(r"^too large\n  Is it squared\?$"), checks.hint("Is it squared?"):
        checks.that(False, "too large")
    with checks.hint("Is it squared?"):
        checks.that(True, "too large")


def test_the_checks_cannot_be_replaced():
    with pytest.raises(AttributeError, match=r"checks\.close cannot be replaced"):
        checks.close = lambda *args, **kwargs: None
    with pytest.raises(AttributeError, match="cannot be replaced"):
        checks.SECONDS = 1e9


def test_the_name_of_the_checks_is_given_back(monkeypatch, capsys):
    shell = SimpleNamespace(user_ns={"checks": [1, 2]})
    monkeypatch.setitem(vars(checks), "_notebook", lambda: shell)
    checks._keep_name()
    assert shell.user_ns == {"checks": checks}
    assert "`checks` is the book's own name" in capsys.readouterr().out
    checks._keep_name()
    assert not capsys.readouterr().out


def test_a_number_is_a_float_and_the_rest_is_told_apart():
    checks.number("the share", 0.5)
    with fails("the share: got None"):
        checks.number("the share", None)
    with fails(r"return a float, not a Tensor: use \.item\(\)"):
        checks.number("the share", torch.tensor(0.5))
    with fails(r"not a int\.$"):
        checks.number("the share", 2)


def test_a_constant_from_float32_is_right_in_float64():
    x = checks.normal(500, seed=1)
    checks.close("scaled", x / torch.sqrt(torch.tensor(6)), x / math.sqrt(6))
    with fails("scaled"):
        checks.close("scaled", x / 2.4495, x / math.sqrt(6))


# run


def test_a_function_that_ends_the_program_is_told():
    with fails(r"quits ends the program: take out exit\(\)"):
        checks.run(quits)


def quits() -> None:
    sys.exit()


def test_run_returns_what_the_function_returns():
    assert checks.run(lambda a, b: a + b, 2, b=3) == 5


def stub(x):
    raise NotImplementedError


def test_a_stub_is_not_written_yet():
    with fails("stub is not written yet"):
        checks.run(stub, 1)


def inverts(mask):
    return 1 - mask


def test_a_missing_operator_of_torch_is_not_a_stub():
    with fails("inverts raised .*bool tensor"):
        checks.run(inverts, torch.tensor([True]))


def breaks(x):
    return x @ x


def test_an_error_names_the_students_line_and_gives_advice():
    with fails(r"breaks raised RuntimeError.*\n  in breaks, line \d+: return x @ x\n.*transpose"):
        checks.run(breaks, torch.zeros(2, 3))


@pytest.mark.parametrize("container", [lambda x: x, lambda x: {"a": x}, lambda x: [1, (x,)]])
def test_a_changed_input_fails(container):
    x = torch.zeros(3)
    with fails("changes its input in place"):
        checks.run(lambda _: x.add_(1), container(x))


@pytest.mark.parametrize("new", [None, 1.5, [], torch.zeros(3, dtype=torch.int64)])
def test_an_input_that_became_something_else_is_a_change(new):
    def replaces(items):
        items[0] = new
        return 1

    for items in ([torch.zeros(3)], {0: torch.zeros(3)}, [{"a": 1}], [[2.5, 1.5]]):
        with fails("changes its input in place"):
            checks.run(replaces, items)


def test_numbers_sorted_in_place_are_a_change_and_nan_is_none():
    with fails("changes its input in place"):
        checks.run(lambda x: (x.sort(), x), [2.5, 1.5])
    assert checks.run(len, [float("nan"), 1.5]) == 2


def test_an_error_inside_a_library_names_the_students_line():
    with fails(r"in averages, line \d+: return statistics\.mean\(x\)$"):
        checks.run(averages, [])


def averages(x):
    return statistics.mean(x)


def test_a_changed_dict_fails():
    with fails("changes its input in place"):
        checks.run(lambda d: (d.update(b=1), d), {"a": torch.zeros(1)})


@pytest.mark.parametrize(
    ("change", "argument"),
    [(list.sort, ["b", "a"]), (list.reverse, [1, 2]), (lambda s: s.add("c"), {"a"})],
)
def test_a_changed_list_or_set_fails(change, argument):
    with fails("changes its input in place"):
        checks.run(lambda x: (change(x), x), argument)
    assert checks.run(len, argument) == len(argument)


def test_an_input_with_nan_that_stays_as_it_is_is_no_change():
    x = torch.tensor([1.0, torch.nan])
    assert checks.run(lambda x: x.nansum(), x) == 1
    with fails("changes its input in place"):
        checks.run(lambda x: x.nan_to_num_(), x)


def test_a_function_without_return_is_told():
    with fails("nothing is returned, got None. Does your function end with `return`?"):
        checks.run(list.sort, [2, 1])


def test_a_change_may_be_allowed():
    x = torch.zeros(3)
    checks.run(list.sort, [2, 1], may_change=True)
    checks.run(lambda x: x.add_(1), x, may_change=True)
    assert x.tolist() == [1, 1, 1]


def forever():
    while True:
        pass


def test_a_call_that_does_not_end_is_stopped():
    with fails("forever was stopped after 0.2 s"):
        checks.run(forever, seconds=0.2)


def test_a_call_is_stopped_in_a_program_that_ignores_interrupts():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as for `pytest &`
    try:
        with fails("forever was stopped after 0.2 s"):
            checks.run(forever, seconds=0.2)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def stubborn():
    while True:
        try:
            forever()
        except BaseException:
            stubborn.caught += 1
            if stubborn.caught == 2:
                raise


def test_a_call_that_swallows_the_interrupt_is_stopped_later():
    stubborn.caught = 0
    with fails("was stopped"):
        checks.run(stubborn, seconds=0.2)


def test_an_interrupt_by_the_user_stays_an_interrupt():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checks.run(interrupted)


NOISY = """
import logging, os, sys, warnings
from utils import checks

def noisy():
    warnings.warn("by warnings")
    print("by print", file=sys.stderr)
    logging.warning("by logging")
    os.write(2, b"by C++\\n")
    return 1

checks.run(noisy)
"""


def test_nothing_reaches_stderr():
    done = subprocess.run([sys.executable, "-c", NOISY], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    for words in ("by warnings", "by print", "by logging", "by C++"):
        assert words in done.stdout


def test_stderr_is_restored(capfd):
    checks.run(lambda: 1)
    os.write(2, b"after\n")
    print("after, too", file=sys.stderr)
    err = capfd.readouterr().err
    assert "after\n" in err
    assert "after, too" in err


# shape


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            torch.zeros(3, 5),
            r"expected \(batch, classes\) = \(5, 3\), got \(3, 5\). Are batch and classes swapped",
        ),
        (torch.zeros(3), "Is the batch dimension lost"),
        (torch.zeros(5, 1, 3), "extra dimension of size 1"),
        (torch.zeros(5, 4), r"got \(5, 4\)"),
        (None, "Does your function end with `return`"),
        ([1.0], "got a list"),
    ],
)
def test_shape_says_what_is_wrong(value, words):
    with fails(words):
        checks.shape("probs", value, batch=5, classes=3)


def test_a_right_shape_passes():
    checks.shape("probs", torch.zeros(5, 3), batch=5, classes=3)
    checks.shape("loss", torch.tensor(1.0))


def test_unpack_counts_what_a_function_returned():
    assert checks.unpack("forward", (1, 2), "probs", "h") == (1, 2)
    with fails("forward returns 2 values, probs, h; yours returns a Tensor"):
        checks.unpack("forward", torch.zeros(2), "probs", "h")
    with fails("yours returns 3 values"):
        checks.unpack("forward", (1, 2, 3), "probs", "h")


# close and tensors


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (torch.zeros(2, 2), "every value is zero"),
        (torch.tensor([[-1.0, -2], [-3, -4]]), "the sign is flipped"),
        (torch.tensor([[1.0, 3], [2, 4]]), "the matrix is transposed"),
        (torch.tensor([[7.0, 14], [21, 28]]), "a factor: every value is 7 times what it should be"),
        (torch.tensor([[1.0, 2], [3, torch.nan]]), "contains inf or NaN"),
        (torch.tensor([[1.0, 2], [3, 9]]), r"expected 4 at \[1, 1\], got 9"),
        (torch.tensor([[2.0, 3], [4, 5]]), "Likely cause: one is added"),
        (torch.zeros(2), r"expected shape \(2, 2\), got \(2,\)"),
        (None, "got None"),
        ("four", "expected numbers, got a str"),
    ],
)
def test_close_names_the_slip(got, words):
    expected = torch.tensor([[1.0, 2], [3, 4]])
    with fails(words):
        checks.close("the result", got, expected, slips={"one is added": expected + 1})


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8),
    st.floats(1e-3, 1e3),
)
def test_close_accepts_itself_and_nothing_shifted(values, shift):
    expected = torch.tensor(values, dtype=torch.float64)
    checks.close("x", expected.clone(), expected)
    with fails("x: expected"):
        checks.close("x", expected + shift + 1e-5 * expected.abs(), expected)


def test_tensors_names_the_one_that_differs():
    right = {"W": torch.ones(2, 3), "b": torch.ones(2)}
    checks.tensors("the gradient of", {**right, "more": 1}, right)
    with fails("the gradient of b is missing"):
        checks.tensors("the gradient of", {"W": right["W"]}, right)
    with fails(r"the gradient of W: expected shape \(2, 3\), got \(3, 2\). Is it transposed"):
        checks.tensors("the gradient of", {**right, "W": torch.ones(3, 2)}, right)
    with fails("expected a dict"):
        checks.tensors("the gradient of", [torch.ones(2)], right)


def test_tensors_names_a_slip_only_if_all_its_values_agree():
    right = {"W": torch.tensor([1.0, 2.0]), "b": torch.tensor([3.0, 5.0])}
    slips = {"both doubled": {name: 2 * value for name, value in right.items()}}
    with fails("both doubled"):
        checks.tensors("", {name: 2 * value for name, value in right.items()}, right, slips=slips)
    with pytest.raises(CheckFailed) as failure:
        checks.tensors("", {"W": 2 * right["W"], "b": right["b"]}, right, slips=slips)
    assert "both doubled" not in str(failure.value)


def test_finite_and_that():
    checks.finite("x", torch.ones(2), "a cause")
    with fails("x contains inf. Likely cause: a cause"):
        checks.finite("x", torch.tensor([1.0, torch.inf]), "a cause")
    checks.that(torch.tensor(True), "never said")
    with fails("said"):
        checks.that(False, "said")


def test_the_tolerance_is_that_of_the_coarser_dtype():
    exact = torch.tensor([1.0, 2.0], dtype=torch.float64)
    checks.close("x", (exact * (1 + 5e-5)).float(), exact)
    checks.close("x", (exact * 1.01).bfloat16(), exact)
    with fails("expected"):
        checks.close("x", exact * (1 + 5e-5), exact)
    with fails("expected"):
        checks.close("x", (exact * 1.01).float(), exact)


# behavior

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


def test_permutations():
    checks.equivariant("attention", attend, X)
    with fails("nothing"):
        checks.equivariant("nothing", lambda x: None, X)
    checks.invariant("the mean", lambda x: x.mean(1), X)
    with fails("permuted tokens should give the permuted output"):
        checks.equivariant("a sum", lambda x: x.cumsum(1), X)
    with fails("permuted tokens should give the permuted output"):
        checks.equivariant("a circular convolution", lambda x: x + x.roll(1, 1), X)
    for i in range(5):
        with fails("Is one token picked"):
            checks.invariant("one token", lambda x, i=i: x[:, i], X)


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


def test_jupyter_shows_the_message_alone():
    assert CheckFailed("in words")._render_traceback_() == ["\x1b[31m✗ in words\x1b[0m"]


def test_numbers_that_print_alike_are_shown_with_more_digits():
    with fails(r"expected -1\.80878123, got -1\.80878456"):
        got, expected = torch.tensor([-1.80878456, -1.80878123], dtype=torch.float64)
        checks.close("x", got, expected)
    with fails(r"expected 1e-05 at \[1\], got 1\.3e-05"):
        checks.close("x", torch.tensor([2.0, 1.3e-5]), torch.tensor([2.0, 1e-5]), atol=1e-7)


def test_a_result_on_another_device_is_told():
    with fails("expected it on cpu, where the inputs are, got it on meta"):
        checks.close("x", torch.ones(3, device="meta"), torch.ones(3))


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


def test_no_factor_is_named_where_rounding_is_the_cause():
    with fails("expected") as caught:
        checks.close("f", torch.tensor([0.5, 0.25]) * 1.0004, torch.tensor([0.5, 0.25]), rtol=1e-4)
    assert "a factor" not in str(caught.value)


@pytest.mark.parametrize("function", [made_beside_x, needs_the_numbers])
def test_code_that_cannot_be_shown_wrong_passes_on_any_device(function):
    checks.any_device(function, torch.ones(3))


def adds_in_place(x):
    x += 1
    return x


def test_a_change_in_place_is_named_where_causality_is_measured():
    with fails("your code changes its input in place"):
        checks.causal("f", lambda x: adds_in_place(x), torch.ones(2, 3, 4))


@pytest.mark.parametrize(
    ("function", "advice"),
    [
        (lambda x: torch.nn.functional.linear(x > 0, x), "hand it over by name, mask=mask"),
        (lambda x: x > 0 and x < 1, "write &, |, ~ and torch.where"),
        (lambda x: math.sqrt(x), "functions of `math` take one number"),
    ],
)
def test_common_errors_come_with_advice(function, advice):
    with fails(re.escape(advice)):
        checks.run(function, torch.ones(2, 2))
