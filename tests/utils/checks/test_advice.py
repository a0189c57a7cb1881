"""Common errors come with what to look at."""

import math
import re

import pytest
import torch

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
    ],
)
def test_common_errors_come_with_advice(function, advice):
    with fails(re.escape(advice)):
        checks.run(function, torch.ones(2, 2))
