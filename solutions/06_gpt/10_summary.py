# %% [markdown]
# ## Going further
#
# Ungraded. Put a novel into `data/`, as a `.txt` file, and train on it: does the model pick up the voice? Give the
# cache rotary positions (Lab 05), and let the window slide without computing anything anew. Train with a vocabulary
# of 260, bytes only: more tokens per text, fewer choices; which one wins in bits per byte?
#
# - [Radford et al.
#   (2018](https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf),
#   [2019)](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf): GPT
#   and GPT-2. [Brown et al. (2020)](https://arxiv.org/abs/2005.14165), GPT-3: what a larger one does with prompts.
# - [Devlin et al. (2019)](https://arxiv.org/abs/1810.04805), *BERT*; [Liu et al.
#   (2019)](https://arxiv.org/abs/1907.11692), *RoBERTa*: which parts of it were needed.
# - [Kaplan et al. (2020)](https://arxiv.org/abs/2001.08361) and [Hoffmann et al.
#   (2022)](https://arxiv.org/abs/2203.15556): scaling laws, and their correction.
# - [Holtzman et al. (2020)](https://arxiv.org/abs/1904.09751), *The Curious Case of Neural Text Degeneration*: why
#   greedy text is dull.
# - [Fedus et al. (2021)](https://arxiv.org/abs/2101.03961), *Switch Transformers*: experts at scale.
# - [Mikolov et al. (2013)](https://arxiv.org/abs/1301.3781), *word2vec*: vectors for words, learned by guessing
#   neighbors, before there were GPTs.
# - Bark ([Suno, 2023](https://github.com/suno-ai/bark)): a GPT whose tokens are sounds; it speaks, laughs and sings.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# A tokenizer cuts any text into frequent pieces. A GPT predicts the next one at every place at once, under a causal
# mask; BERT fills holes instead, and sees both sides. Bits per byte compares models with different tokenizers, and
# with compressors. How you draw the next token decides how a text reads; a cache makes the drawing cheap. A prompt
# calls up only what training has put in, and experts buy parameters that most tokens do not pay for.

# %% experiment="metrics"
# Experiment · The metrics of this lab
report(
    "06_gpt",
    bits_per_byte=gpt_bits_per_byte,
    ngram_bits_per_byte=ngram_bits_per_byte,
    xz_bits_per_byte=xz_bits_per_byte,
    kv_cache_speedup_at_512=kv_cache_speedup_at_512,
    kv_cache_max_error=kv_cache_max_error,
    tokens_per_second=tokens_per_second,
)
