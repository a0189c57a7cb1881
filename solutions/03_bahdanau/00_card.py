# ---
# jupyter:
#   headline: >-
#     dates of unseen years without a mistake: attention {exact_match_attention:%}, one vector
#     {exact_match_bottleneck:%}; lines of four dates {exact_match_attention_four:%} and
#     {exact_match_bottleneck_four:%}
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 03 · Sequence to sequence and Bahdanau attention
#
# You build a translator from nothing but recurrent cells. It reads dates as people write them in five
# languages and writes them in the international form. First it has to remember the whole line in one
# vector, and you see it fail. Then you give it attention, and look at what it reads.
#
# | | |
# |---|---|
# | **You need** | Lab 02: recurrent networks, cross-entropy, `nn.Module` |
# | **Time** | 200 minutes; the whole notebook runs in about nine minutes on two CPU cores, no GPU needed |
# | **Worth** | **32 points**: 31 graded by checks, 1 by a person |
# | **Data** | made here from the calendar and the language data of Babel, no download |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not. In every
# mask of this book, True means: this is a real token, it may be attended to.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import datetime
import functools
import math
import random
import time

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from babel.dates import format_date
from torch import nn

from utils import checks, plots
from utils.batches import TextBatches
from utils.device import get_device, seed_everything
from utils.report import report
from utils.settings import scaled
from utils.training import fit

device = get_device()
