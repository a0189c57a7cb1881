# %% [markdown]
# ## Going further
#
# Ungraded. Set `ENCODER` in section 3 to `"distilbert-base-uncased"`, 66 million parameters, and run everything again,
# on a GPU: how far do the curves of section 5 rise? Nothing else changes, since everything was written for *an*
# encoder, not for this one. Train with two heads, one for the label and one for the masked tokens. Freeze the lower
# layers only, and see how many may stay frozen. Rerun the pretraining with another size:
# `data/pretrain_imdb_bert.py` is one readable file, and `data/pretrain_imdb_views.py`, its second stage, another.
#
# - [Devlin et al. (2019)](https://arxiv.org/abs/1810.04805), *BERT*: up to 340 million parameters, trained on masked
#   words and on telling whether one sentence follows another. [Liu et al. (2019)](https://arxiv.org/abs/1907.11692),
#   *RoBERTa*, left the second task out and lost nothing.
# - [Warner et al. (2024)](https://arxiv.org/abs/2412.13663), *Smarter, Better, Faster, Longer*: ModernBERT, whose
#   layout the shipped model has.
# - [Howard and Ruder (2018)](https://arxiv.org/abs/1801.06146), *Universal Language Model Fine-tuning for Text
#   Classification*: on IMDB too.
# - [Sun et al. (2019)](https://arxiv.org/abs/1905.05583), *How to Fine-Tune BERT for Text Classification?*: truncation,
#   rates, further pretraining.
# - [Ouyang et al. (2022)](https://arxiv.org/abs/2203.02155), *reinforcement learning from human feedback*: how a model
#   that continues text becomes one that helps. A classifier like yours, with one output, learns which of two answers
#   people prefer. Lab 11 goes the whole way.
# - [Gururangan et al. (2020)](https://arxiv.org/abs/2004.10964), *Don't Stop Pretraining*: text of the task's own kind
#   helps.
# - [Geva et al. (2019)](https://arxiv.org/abs/1908.07898), [Gardner et al. (2020)](https://arxiv.org/abs/2004.02709):
#   what test sets hide.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# A split is only as good as its separation, and a baseline says what an accuracy is worth. Masked-language modeling
# turns text without labels into knowledge; a linear head and a few careful learning rates turn that into a
# classifier. How much pretraining pays depends on how many labels there are, and a bag of words is a strong
# opponent. Two models on the same reviews are compared where they disagree, and one run is one draw. Behind a number
# stand mistakes that want to be read.
#
# Lab 09 returns to the other kind of model, the one that writes.

# %% experiment="metrics"
# Experiment · The metrics of this lab
report(
    "08_imdb",
    logistic_regression_accuracy=right["words and pairs"].float().mean().item(),
    nb_accuracy=right[BAR].float().mean().item(),
    finetuned_accuracy=right["fine-tuned"].float().mean().item(),
    finetuned_accuracy_500=right[f"fine-tuned, {N} labels"].float().mean().item(),
    scratch_accuracy_500=right[f"from scratch, {N} labels"].float().mean().item(),
    nb_accuracy_500=right[f"{BAR}, {N} labels"].float().mean().item(),
    frozen_accuracy=frozen_accuracy,
    finetune_seconds=tuned_history.seconds,
    parameters=parameters,
    data_source=imdb.source,
    model=folder.name,
)
