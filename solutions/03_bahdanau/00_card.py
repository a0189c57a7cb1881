# ---
# jupyter:
#   headline: >-
#     lines of unseen years without a mistake, one and two dates: attention {exact_match_attention:%} and
#     {exact_match_attention_two:%}, one vector {exact_match_bottleneck:%} and {exact_match_bottleneck_two:%}; three
#     dates, never seen in training: {exact_match_attention_three:%}
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 03 · Sequence to sequence and Bahdanau attention
#
# You build a translator from recurrent cells. It reads dates as people write them in five languages and
# writes them in the international form. First it has to remember the whole line in one vector, and you see
# where that fails. Then you give it attention, look at what it reads, and see where that fails too.
#
# | | |
# |---|---|
# | **You need** | Lab 02: recurrent networks, cross-entropy, `nn.Module` |
# | **Time** | 180 minutes; the whole notebook runs in about three minutes on two CPU cores, no GPU needed |
# | **Worth** | **28 points**: 27 graded by checks, 1 by a person |
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
from collections import defaultdict

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
