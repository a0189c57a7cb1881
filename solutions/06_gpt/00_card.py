# ---
# jupyter:
#   accelerator: GPU
#   headline: >-
#     held-out prose in bits per byte: GPT {bits_per_byte:.3f}, Kneser–Ney n-gram {ngram_bits_per_byte:.3f}, xz
#     {xz_bits_per_byte:.3f}; 512 tokens are written {kv_cache_speedup_at_512:.2f} times as fast with the cache
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 06 · GPT
#
# From a heap of text to a model that writes. You train a tokenizer, follow three tokens through the smallest GPT by
# hand, build a real one, pretrain it, and set it beside a compressor and the best n-gram on text that none of them
# has seen. Then you let it write, make it fast with a cache, ask it questions, and split it into experts.
#
# | | |
# |---|---|
# | **You need** | Lab 04: attention and masks; Lab 05: blocks, schedules |
# | **Time** | 420 minutes, in two or three sittings; the whole notebook runs in about ten minutes on two CPU cores |
# | **Worth** | **39 points**: 38 graded by checks, 3 of them a bonus, and 1 by a person |
# | **Data** | English prose that comes with Python, no download; every `.txt` file in `data/` is read too |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import json
import lzma
import math
import re
import textwrap
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn

from utils import checks, datasets, device, plots, settings
from utils.batches import Batch, Batches
from utils.checks import stderr_to_stdout
from utils.pretrained import find_kind
from utils.report import report
from utils.settings import scaled
from utils.training import History, fit

place = device.get_device()
