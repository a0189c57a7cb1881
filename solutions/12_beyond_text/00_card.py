# ---
# jupyter:
#   accelerator: GPU
#   headline: >-
#     digits drawn on demand, as an independent classifier reads them: {digits_agreement:%} right; scenes of two
#     shapes whose words never met in training: {compositions_right:%} right in size, color, kind and place; a click
#     on a shape of a kind never trained: mean IoU {segmentation_iou:%}
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 12 · Beyond text
#
# Attention does not care what a token stands for. You build the machine behind Stable Diffusion, from the noise up:
# an image is drowned in noise, a transformer learns which way leads back, and words steer it through cross-attention.
# Then you ask what it has learned: does it draw what you say, does it copy, and can it put words together that it
# never saw together?
#
# | | |
# |---|---|
# | **You need** | Lab 04: cross-attention; Lab 05: blocks; Lab 07: patches |
# | **Time** | 185 minutes, and 75 more for what *may wait*; about thirteen to run, on one CPU core |
# | **Worth** | **33 points**, 11 of them in what *may wait*: all graded by checks |
# | **Data** | the digits of scikit-learn, scenes drawn by code; two small models come with the book |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not. What *may wait* is
# section 6: no other needs it.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import json
import math
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise, product

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.svm import SVC
from torch import nn

from utils import checks, device, plots
from utils.batches import Batch, Batches
from utils.pretrained import find_model
from utils.report import report
from utils.settings import scaled
from utils.training import fit, muon_and_adamw

place = device.get_device()
