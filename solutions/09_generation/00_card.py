# ---
# jupyter:
#   accelerator: GPU
#   headline: >-
#     runs of four tokens that repeat: {repeated_greedy:%} when greedy, {repeated_sampled:%} at temperature 1,
#     {repeated_people:%} of what people wrote; a text as long as the context takes {cache_operations_ratio:.0f}
#     times fewer operations with the cache; one head puts {same_token_score:%} of its weight on its token's first
#     copy, none more than {induction_score:%} on what followed it
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 09 · Generation
#
# A GPT gives probabilities; this lab turns it into a writer. You write the loop that lets it go on, choose how it draws
# its words, and make it fast with a cache. Then you look into it: where have its heads learned to look, and do
# they copy? You ask it questions by prompts, and split its layers into experts. The GPT is the one that you trained
# in Lab 06; if there is none, one comes with the book.
#
# | | |
# |---|---|
# | **You need** | Lab 05: blocks; Lab 06: a GPT and its tokens |
# | **Time** | 180 minutes, and 40 more for a part that *may wait*; about four to run, on two CPU cores |
# | **Worth** | **20 points**, all graded by checks, 3 of them for what may wait |
# | **Data** | English prose that comes with Python, no download |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import copy
import json
import math
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from utils import checks, datasets, device, plots, settings
from utils.batches import Batch, Batches
from utils.checks import stderr_to_stdout
from utils.pretrained import find_kind, find_model
from utils.report import report
from utils.settings import scaled
from utils.training import fit

place = device.get_device()
