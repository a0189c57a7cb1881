# %% [markdown]
# ## Going further
#
# Ungraded. Put a novel into `data/`, as a `.txt` file, and train on it: does the model pick up the voice? Train with a
# vocabulary of 260, bytes only: more tokens per text, fewer choices; which one wins in bits per byte? Count how many
# bits per byte GPT-2 needs for the held-out text, with its own tokenizer and in your class.
#
# - [Radford et al.
#   (2018](https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf),
#   [2019)](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf): GPT
#   and GPT-2. [Brown et al. (2020)](https://arxiv.org/abs/2005.14165), GPT-3: what a larger one does with prompts.
# - [Devlin et al. (2019)](https://arxiv.org/abs/1810.04805), *BERT*: the other way to learn from raw text. Words are
#   hidden, and both sides are seen (Lab 08).
# - [Sennrich et al. (2016)](https://arxiv.org/abs/1508.07909): byte-pair encoding for rare words.
# - [Kaplan et al. (2020)](https://arxiv.org/abs/2001.08361) and [Hoffmann et al.
#   (2022)](https://arxiv.org/abs/2203.15556): scaling laws, and their correction.
# - [Mikolov et al. (2013)](https://arxiv.org/abs/1301.3781), *word2vec*: vectors for words, learned by guessing
#   neighbors, before there were GPTs (Lab 10).

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# A tokenizer cuts any text into frequent pieces. A GPT predicts the next one at every place at once, under a causal
# mask, and training is one step again and again: loss, gradient, clip, step. Held-out text says what it has learned
# beyond its training text. Bits per byte compares models with different tokenizers, and with compressors. And the class
# that you wrote is GPT-2's own form: with its weights it computes the same logits.
#
# Labs 07 and 08 give blocks like these images, and reviews with labels. Lab 09 lets this GPT write.

# %% experiment="metrics"
# Experiment · The metrics of this lab
report(
    "06_gpt",
    bits_per_byte=gpt_bits_per_byte,
    ngram_bits_per_byte=ngram_bits_per_byte,
    xz_bits_per_byte=xz_bits_per_byte,
    adamw_held_out_loss=np.mean([run[1][-1] for run in runs["AdamW"]]),
    muon_held_out_loss=np.mean([run[1][-1] for run in runs["Muon"]]),
    gpt2_logit_error=gpt2_logit_error,
    tokens_per_second=tokens_per_second,
)
