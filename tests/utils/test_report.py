"""A report holds plain values."""

import pytest
import torch

from utils import report


def test_a_report_takes_plain_values_only():
    with pytest.raises(TypeError, match="accuracy is a Tensor"):
        report.report("01_lab", accuracy=torch.tensor(0.5))
