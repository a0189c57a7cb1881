# ---
# jupyter:
#   accelerator: GPU
#   headline: >-
#     interface messages into French, BLEU: a dictionary {interface_bleu_dictionary:.0f}, a T5 from scratch
#     {interface_bleu_scratch:.0f}, one that filled in gaps for three tenths of its steps {interface_bleu:.0f}; dates,
#     names and amounts without a mistake {names_exact_match:%}
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 10 · Text to text
#
# One architecture, an encoder that reads and a decoder that writes, does many tasks once they have one form: text in,
# text out. You learn vectors for words, write the objective that pretrains T5, and teach one model to translate the
# menus of real programs. You write the measure that translations are judged by, and see who wins: a dictionary, a
# model from scratch or a pretrained one. In the end the same architecture listens: a small Whisper reads Morse.
#
# | | |
# |---|---|
# | **You need** | Lab 03: beam search; Lab 05: encoder and decoder; Lab 06: tokens |
# | **Time** | 210 minutes, and 80 more for section 5, which *may wait*; half an hour or more to run, on two CPU cores |
# | **Worth** | **31 points**, 8 of them in section 5: 30 graded by checks, 1 by a person |
# | **Data** | 10,327 messages of programs in English and French, dates from Babel, prose, Morse; no download |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not. In every mask of this
# lab, True means: may be attended to.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import ast
import collections
import copy
import math
import numbers
import random
import re
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import sacrebleu
import torch
import torch.nn.functional as F
from IPython.display import Audio, display
from sklearn.feature_extraction.text import TfidfVectorizer
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn

from utils import checks, datasets, plots
from utils.batches import Batch, Batches, TextBatches
from utils.device import get_device, seed_everything
from utils.report import report
from utils.settings import scaled
from utils.training import fit, muon_and_adamw

place = get_device()
