# ---
# jupyter:
#   headline: >-
#     test accuracy: digits {digits_test_accuracy:%}, circles {circles_test_accuracy:%}; five implementations
#     agree within {max_disagreement:.1e} over 100 steps
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 01 · Backpropagation by hand
#
# You build a neural network from nothing but tensor products. You follow the chain rule through it, write
# its gradients in code, and check them against measured slopes. You train it with SGD, momentum and Adam. Then you
# build a small autograd engine, hand the work over to PyTorch, one piece at a time, and see at the end that all
# five versions take the same steps.
#
# | | |
# |---|---|
# | **You need** | Python, matrix products, the chain rule |
# | **Time** | 190 minutes, two sittings; the whole notebook runs in less than a minute on a CPU, no GPU needed |
# | **Worth** | **34 points**: 32 graded by checks, 2 by a person |
# | **Data** | handwritten digits and circles that come with scikit-learn, no download |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits, make_circles
from sklearn.model_selection import train_test_split
from torch import nn

from utils import checks, plots
from utils.report import report
from utils.settings import scaled

torch.set_default_dtype(torch.float64)  # this lab compares gradients to ten digits
torch.set_num_threads(1)  # the matrices are small: a second thread would mostly wait
