"""The stub is what nbgrader releases, and an answer of zeros has the form of the reference."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from course.answers import made

REFERENCE = """\
def double(n):
    \"\"\"Twice a number.\"\"\"
    ### BEGIN SOLUTION
    return 2 * n
    ### END SOLUTION"""


def test_the_stub_is_what_a_student_finds():
    assert (
        made.stub(REFERENCE)
        == """\
def double(n):
    \"\"\"Twice a number.\"\"\"
    # YOUR CODE HERE
    raise NotImplementedError("not written yet")"""
    )


def test_the_answer_of_zeros_runs_in_place_of_the_reference():
    namespace: dict = {}
    exec(made.zeros(made.without_markers(REFERENCE)), namespace)
    assert namespace["double"](3) == 0
    assert namespace["double"].__name__ == "double"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.5, 0.0),
        (True, False),
        ("word", ""),
        ([1, (2, b"3")], [0, (0, b"")]),
        ({"w": 2}, {"w": 0}),
        (SimpleNamespace(n=3), SimpleNamespace(n=0)),
        (None, None),
    ],
)
def test_a_result_keeps_its_form_and_loses_what_it_holds(value, expected):
    result = made.emptied(lambda: value)()
    assert result == expected
    assert type(result) is type(expected)


def test_tensors_keep_shape_dtype_and_gradient():
    x = torch.tensor([1.0, float("inf")], requires_grad=True)
    zero = made.emptied(lambda: x * 2)()
    assert zero.tolist() == [0.0, 0.0]
    assert zero.requires_grad
    assert made.emptied(lambda: torch.ones(2, 3, dtype=torch.int64))().dtype == torch.int64


def test_of_a_module_class_the_forward_is_emptied_and_of_a_module_its_parameters():
    class Model(nn.Linear):
        pass

    empty = made.emptied(Model)(2, 3)
    assert empty.weight.any()
    assert not empty(torch.ones(4, 2)).any()
    assert not made.emptied(lambda: nn.Linear(2, 3))().weight.any()
