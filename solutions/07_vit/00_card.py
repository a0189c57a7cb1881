# ---
# jupyter:
#   accelerator: GPU
#   headline: >-
#     CIFAR-10, test accuracy after {images_seen:,} images at equal cost: ConvNet {conv_test_accuracy:%}, hybrid
#     {hybrid_test_accuracy:%}, ViT {vit_test_accuracy:%}; a ViT pretrained for longer {pretrained_test_accuracy:%}
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 07 · Vision Transformer
#
# An image is worth a few dozen words. You cut photographs into patches, build a Vision Transformer that reads them,
# and race it, at equal cost, against a plain convolutional network and against a cross of both. Then you look inside,
# cut its attention into windows, and fine-tune one that was pretrained.
#
# | | |
# |---|---|
# | **You need** | Labs 05 and 06: transformer blocks, their parameters, Muon |
# | **Time** | 200 minutes, and 125 more for what *may wait*; about 12 of them to run, on two free CPU cores |
# | **Worth** | **27 points**, 13 of them in what *may wait*: 26 graded by checks, 1 by a person |
# | **Data** | CIFAR-10; without it and without a network small drawn shapes; a small ViT comes with the book |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import ClassVar

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from utils import checks, datasets, device, plots, settings
from utils.batches import Batch, Batches, random_crop, random_flip
from utils.checks import stderr_to_stdout
from utils.pretrained import find_kind, find_model
from utils.report import report
from utils.settings import scaled
from utils.training import fit, muon_and_adamw

place = device.get_device()
