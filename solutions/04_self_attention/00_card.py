# ---
# jupyter:
#   headline: >-
#     within {max_error_vs_torch:.1e} of PyTorch's kernel in float32; arithmetic grows with the length to the power
#     of {cost_exponent:.2f}; at 2,048 tokens the plain version holds {naive_mib:.0f} MiB, the fused kernel
#     {fused_mib:.0f} MiB
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 04 · Self-attention
#
# A recurrent network carries everything it has read through one state, step by step. Attention drops the
# state: every token looks at every other token at once, and takes what it needs. You write this operation,
# check that it agrees with PyTorch's own, and find out what it can express, what it forgets and what it costs.
#
# | | |
# |---|---|
# | **You need** | matrix products, softmax, gradients (Lab 01); the soft lookup of Lab 03 helps |
# | **Time** | 200 minutes; the whole notebook runs in about a minute on two CPU cores, no GPU needed |
# | **Worth** | **30 points**, all graded by checks |
# | **Data** | a few vectors and a drawing made here, no download |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import math
import weakref
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from utils import checks, device, plots
from utils.batches import Batches
from utils.report import report
from utils.settings import scaled
from utils.training import fit

place = device.get_device()
torch.set_printoptions(precision=2, sci_mode=False)
