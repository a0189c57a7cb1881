# ---
# jupyter:
#   accelerator: GPU
#   headline: >-
#     CIFAR-10, test accuracy: ViT {vit_test_accuracy:%} ({parameters:,} parameters), LeNet-5
#     {lenet_test_accuracy:%}
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 07 · Vision Transformer
#
# An image is worth a few dozen words. You cut photographs into patches, build a Vision Transformer that reads them,
# and train it from nothing, beside two convolutional networks, a classic one and a plain modern one. Then you look
# inside, and cut its attention into windows.
#
# | | |
# |---|---|
# | **You need** | Labs 05 and 06: transformer blocks, their parameters, Muon |
# | **Time** | 270 minutes; the whole notebook runs in about 25 minutes on two CPU cores |
# | **Worth** | **28 points**: 27 graded by checks, 1 by a person |
# | **Data** | CIFAR-10; without it and without a network a small stand-in of drawn shapes |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product
from pathlib import Path
from typing import ClassVar

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from utils import checks, datasets, device, plots, settings
from utils.batches import Batch, Batches, random_crop, random_flip
from utils.checks import stderr_to_stdout
from utils.pretrained import find_kind
from utils.report import report
from utils.settings import scaled
from utils.training import fit, muon_and_adamw

place = device.get_device()
