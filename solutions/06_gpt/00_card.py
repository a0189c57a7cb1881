# ---
# jupyter:
#   accelerator: GPU
#   headline: >-
#     held-out prose in bits per byte: GPT {bits_per_byte:.3f}, Kneser–Ney n-gram {ngram_bits_per_byte:.3f}, xz
#     {xz_bits_per_byte:.3f}; the student's class with the weights of a GPT-2 of the library: the same logits within
#     {gpt2_logit_error:.0e}
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 06 · GPT
#
# From a heap of text to a model that writes. You train a tokenizer, follow three tokens through the smallest GPT by
# hand, and build a real one. You write its training, step and loop, and compare two optimizers. Then you pretrain it,
# and set it beside a compressor and the best n-gram on text that none of them has seen. At the end the weights of GPT-2
# go into your own class.
#
# | | |
# |---|---|
# | **You need** | Lab 04: attention and masks; Lab 05: blocks, schedules |
# | **Time** | 200 minutes; all runs in about five minutes on two idle cores, in up to half an hour on busy ones |
# | **Worth** | **25 points**: 24 graded by checks, 1 by a person |
# | **Data** | English prose that Python brings, and every `.txt` file in `data/`; DistilGPT-2 (350 MB) from the hub |
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
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel

from utils import checks, datasets, device, plots, settings
from utils.batches import Batch, Batches
from utils.checks import stderr_to_stdout
from utils.files import atomic_write
from utils.pretrained import find_kind
from utils.report import report
from utils.settings import scaled
from utils.training import History, fit, muon_and_adamw, warmup_cosine

place = device.get_device()
