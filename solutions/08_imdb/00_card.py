# ---
# jupyter:
#   accelerator: GPU
#   headline: >-
#     IMDB, test accuracy: fine-tuned {finetuned_accuracy:%} ({finetune_seconds:.0f} s, {parameters:,}
#     parameters), TF-IDF with logistic regression {logistic_regression_accuracy:%}
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 08 · Fine-tuning on IMDB
#
# A transformer that has read many film reviews, and never been told which are good, learns to tell them apart. You
# build all that stands between its weights and an honest number: clean splits, a baseline to beat, batches, masks, a
# head, learning rates, and a fair comparison. The question: what is pretraining worth, with many labels and with few?
#
# | | |
# |---|---|
# | **You need** | Lab 05: the encoder; Lab 06: pieces of words |
# | **Time** | 195 minutes, and 115 more for what *may wait*; about 25 to run, on two CPU cores |
# | **Worth** | **26 points**, 7 of them in what *may wait*: 25 graded by checks, 1 by a person |
# | **Data** | IMDB; without it and without a network a small stand-in of made-up reviews |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not. What *may wait* is the
# inside of BERT in section 3, mistakes and calibration in section 6, and sections 7 and 8: no other part needs it.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import copy
import math
import re
import time
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import binomtest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from transformers import (
    AutoModel,
    AutoModelForMaskedLM,
    AutoTokenizer,
    BertConfig,
    BertModel,
)
from transformers.modeling_outputs import BaseModelOutput
from transformers.utils import logging

from utils import checks, datasets, device, plots
from utils.batches import Batch, Batches, TextBatches
from utils.pretrained import find_kind, find_model
from utils.report import report
from utils.settings import scaled
from utils.training import History, fit

logging.set_verbosity_error()  # it would warn of heads that are new, which is what we want
logging.disable_progress_bar()
place = device.get_device()
