"""Tensors of any type become arrays, and white space can be seen."""

import pytest
import torch

from utils.plots import inputs


@pytest.mark.parametrize(
    "values",
    [
        [1, 2],
        torch.tensor([1, 2]),
        torch.tensor([1.0, 2.0], dtype=torch.bfloat16, requires_grad=True),
    ],
)
def test_numbers_of_any_kind_become_an_array(values):
    assert inputs.array(values).tolist() == [1, 2]


def test_white_space_is_made_visible():
    assert inputs.visible(" a\n\t\x00") == "␣a⏎⇥\\x00"
    assert inputs.visible("") == "∅"
