# ---
# jupyter:
#   accelerator: GPU
#   headline: >-
#     a GPT that answers, judged by an independent classifier: {base_positive_share:%} positive endings before,
#     {rlhf_positive_share:%} after RLHF at {rlhf_kl:.1f} nats per answer, {dpo_positive_share:%} after DPO; the
#     reward model is right about {reward_model_accuracy:%} of held-out pairs
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 11 · From a language model to an assistant
#
# A language model goes on with any text. An assistant answers, stops when it is done, and prefers what people prefer.
# You take a small GPT all the way: a chat format, fine-tuning on answers alone, adapters with few parameters, a reward
# model learned from comparisons, reinforcement learning with a leash, and the shortcut without it. And you watch what
# happens when the leash is cut.
#
# | | |
# |---|---|
# | **You need** | Lab 06: a GPT and its loss; Lab 09: sampling |
# | **Time** | 200 minutes, and 50 more for what *may wait*; up to half an hour to run, on one CPU core |
# | **Worth** | **32 points**, 7 of them in what *may wait*: all graded by checks |
# | **Data** | IMDB; without it and without a network a small stand-in of made-up reviews |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not. What *may wait* is
# section 2, and the clip at the end of section 4: no other part needs it.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import copy
import itertools
import json
import math
import random
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from tokenizers import Tokenizer
from torch import nn

from utils import checks, datasets, device, plots
from utils.batches import Batch, Batches, TextBatches
from utils.pretrained import find_model
from utils.report import report
from utils.settings import scaled
from utils.training import fit

place = device.get_device()
