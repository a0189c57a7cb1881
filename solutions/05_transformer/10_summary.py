# %% [markdown]
# ## Going further
#
# Ungraded. Train the best model of section 7 from other starts, or for 700 steps: what do the long sequences say? Train
# on copying, or on sorting: which positions carry which task to longer sequences? Give the
# hunt three pointers: do two layers do it, and three?
#
# - [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762), *Attention Is All You Need*: the model, post-LN, with
#   warm-up. It translated into German with 28.4 BLEU and into French with 41.8. Its training took $2.3 \cdot 10^{19}$
#   floating-point operations; the ensembles that it beat had taken $7.7 \cdot 10^{19}$ to $1.2 \cdot 10^{21}$.
# - [Raffel et al. (2020)](https://arxiv.org/abs/1910.10683), *T5*: an encoder and a decoder for every task that can be
#   written as text. [Radford et al. (2022)](https://arxiv.org/abs/2212.04356), *Whisper*: the same, with speech as the
#   source. Lab 10 builds both, small.
# - [Rombach et al. (2022)](https://arxiv.org/abs/2112.10752), *Latent Diffusion Models* (Stable Diffusion):
#   cross-attention between a picture in the making, which asks, and a text, which answers. Lab 12 builds it, small.
# - [Xiong et al. (2020)](https://arxiv.org/abs/2002.04745), *On Layer Normalization in the Transformer Architecture*:
#   section 2 as a theorem.
# - [Su et al. (2021)](https://arxiv.org/abs/2104.09864), *RoFormer*: rotary positions.
# - [Press et al. (2022)](https://arxiv.org/abs/2108.12409), *Train Short, Test Long*: another relative scheme, and how
#   to test lengths.
# - [Sanford et al. (2024)](https://arxiv.org/abs/2402.09268), *Transformers, parallel computation, and logarithmic
#   depth*: hops and layers.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# A transformer block is attention and a small network per token, each with a norm and a residual connection. Twelve
# pre-LN blocks train with or without a warm-up, post-LN at the same rate only with it, and without residual connections
# nothing is learned. An encoder reverses in one look; a decoder writes token by token, trained all at once by teacher
# forcing and a causal mask. What it does on lengths never seen depends on how positions come in, that is, on what you
# build in. One layer asks one question; a question about an answer takes another layer.
#
# Lab 06 takes the decoder alone, and gives it text to read.

# %% experiment="metrics"
# Experiment · The metrics of this lab
report(
    "05_transformer",
    encoder_exact_match=encoder_exact_match,
    encoder_steps=encoder_steps,
    seq2seq_exact_match=seq2seq_exact_match,
    seq2seq_steps=seq2seq_steps,
    longer_exact_match=longer_exact_match,
)
