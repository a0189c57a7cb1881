"""What differs is named, with the slip that explains it; what is right passes, however it came about."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from utils import checks
from utils.checks import CheckFailed


def fails(words: str):
    return pytest.raises(CheckFailed, match=words)


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


def test_a_number_is_a_float_and_the_rest_is_told_apart():
    checks.number("the share", 0.5)
    with fails("the share: got None"):
        checks.number("the share", None)
    with fails(r"return a float, not a Tensor: use \.item\(\)"):
        checks.number("the share", torch.tensor(0.5))
    with fails(r"not a int\.$"):
        checks.number("the share", 2)


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


@pytest.mark.parametrize("zero", [0.0, torch.zeros(1)])
def test_of_one_number_zero_is_said_once(zero):
    with fails(r"got \[?0(\.0\])?\.$"):
        checks.close("the loss", zero, torch.full_like(torch.as_tensor(zero), 1.6))


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8),
    st.floats(1e-3, 1e3),
)
def test_close_accepts_itself_and_nothing_shifted(values, shift):
    expected = torch.tensor(values, dtype=torch.float64)
    checks.close("x", expected.clone(), expected)
    with fails("x: expected"):
        checks.close("x", expected + shift + 1e-5 * expected.abs(), expected)


def test_a_constant_from_float32_is_right_in_float64():
    x = checks.normal(500, seed=1)
    checks.close("scaled", x / torch.sqrt(torch.tensor(6)), x / math.sqrt(6))
    with fails("scaled"):
        checks.close("scaled", x / 2.4495, x / math.sqrt(6))


def test_the_tolerance_is_that_of_the_coarser_dtype():
    exact = torch.tensor([1.0, 2.0], dtype=torch.float64)
    checks.close("x", (exact * (1 + 5e-5)).float(), exact)
    checks.close("x", (exact * 1.01).bfloat16(), exact)
    with fails("expected"):
        checks.close("x", exact * (1 + 5e-5), exact)
    with fails("expected"):
        checks.close("x", (exact * 1.01).float(), exact)


def test_no_factor_is_named_where_rounding_is_the_cause():
    with fails("expected") as caught:
        checks.close("f", torch.tensor([0.5, 0.25]) * 1.0004, torch.tensor([0.5, 0.25]), rtol=1e-4)
    assert "a factor" not in str(caught.value)


def test_numbers_that_print_alike_are_shown_with_more_digits():
    with fails(r"expected -1\.80878123, got -1\.80878456"):
        got, expected = torch.tensor([-1.80878456, -1.80878123], dtype=torch.float64)
        checks.close("x", got, expected)
    with fails(r"expected 1e-05 at \[1\], got 1\.3e-05"):
        checks.close("x", torch.tensor([2.0, 1.3e-5]), torch.tensor([2.0, 1e-5]), atol=1e-7)


def test_a_result_on_another_device_is_told():
    with fails("expected it on cpu, where the inputs are, got it on meta"):
        checks.close("x", torch.ones(3, device="meta"), torch.ones(3))


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
    with fails("x: a number is inf. Likely cause: a cause"):
        checks.finite("x", torch.tensor([1.0, torch.inf]), "a cause")
    checks.that(torch.tensor(True), "never said")
    with fails("said"):
        checks.that(False, "said")
