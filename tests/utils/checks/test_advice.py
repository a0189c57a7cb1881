"""Common errors come with what to look at."""

import math
import re

import pytest
import torch
from transformers.modeling_outputs import BaseModelOutput

from utils import checks
from utils.checks import CheckFailed


def fails(words: str):
    return pytest.raises(CheckFailed, match=words)


@pytest.mark.parametrize(
    ("function", "advice"),
    [
        (lambda x: torch.nn.functional.linear(x > 0, x), "hand it over by name, mask=mask"),
        (lambda x: x > 0 and x < 1, "write &, |, ~ and torch.where"),
        (lambda x: math.sqrt(x), "functions of `math` take one number"),
        (lambda x: torch.eye(2) @ x.double(), "torch.eye(n, dtype=x.dtype)"),
        (lambda x: torch.nn.functional.linear(x, x.double()), "torch.eye(n, dtype=x.dtype)"),
        (lambda x: x.grad.norm(), "skip such a parameter"),
        (lambda x: x.grad**2, "skip such a parameter"),
        (
            lambda x: setattr(torch.nn.Module.__new__(torch.nn.Module), "a", torch.nn.ReLU()),
            "super()",
        ),
        (
            lambda x: torch.nn.functional.unfold(x.long()[None, None], 1),
            "F.unfold takes floats only",
        ),
        (lambda x: [a for a, b, c in [x.chunk(3)]], "dim=1 cuts the features"),
        (lambda x: (x > 0).mean(), "x.double().mean()"),
        (lambda x: BaseModelOutput(x)[:, 0], "take its .last_hidden_state"),
        (lambda x: sum([(x, None)], x), "take [0]"),
        (
            lambda x: x.expand(3, 2, 2)[torch.ones(3, 1, 2) > 0],
            "torch.where(mask, a, b) broadcasts",
        ),
    ],
)
def test_common_errors_come_with_advice(function, advice):
    with fails(re.escape(advice)):
        checks.run(function, torch.ones(2, 2))
