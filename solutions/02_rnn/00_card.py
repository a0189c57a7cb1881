# ---
# jupyter:
#   headline: >-
#     a symbol {lag} steps back named: LSTM {lstm_accuracy_at_lag:%}, RNN {rnn_accuracy_at_lag:%}; language of a
#     country's name, of 14: {language_accuracy:%}; perplexity of unseen names {name_perplexity:.2f}
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 02 · Recurrent networks
#
# The network of Lab 01 takes inputs of one fixed size, and it has no memory. A text has any length, and
# what a letter means depends on the letters before it. You build a network that reads one token at a time
# and carries a state along. Then you measure what it forgets, mend it, let it write, and find out what
# makes it slow.
#
# | | |
# |---|---|
# | **You need** | Lab 01, `nn.Module`, `nn.Linear` |
# | **Time** | 200 minutes, and 60 more for what *may wait*; two minutes to run, on two CPU cores |
# | **Worth** | **35 points**, 3 of them in what *may wait*: 34 graded by checks, 1 by a person |
# | **Data** | names in 14 languages, from the Babel library; a made-up time series; no download |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import datetime
import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import cache, partial

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from babel import Locale
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from utils import checks, plots, training
from utils.batches import Batches, TextBatches
from utils.device import get_device, measure, seed_everything
from utils.report import report
from utils.settings import scaled

quick = scaled(full="", smoke=" (This was a quick run: it proves nothing.)")
cpu = torch.device("cpu")  # small steps, one after the other: a GPU would mostly wait
