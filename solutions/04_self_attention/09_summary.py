# %% [markdown]
# ## Going further
#
# Ungraded. Replace softmax with a sum of positive feature maps, $\phi(q) \cdot \phi(k)$, and change the order
# of the products: what becomes of the exponent? Give the neighbors task four heads: are they all used?
#
# - [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762), *Attention Is All You Need*: the paper.
# - [Dao et al. (2022)](https://arxiv.org/abs/2205.14135), *FlashAttention*: the fused kernel, and why memory traffic
#   matters.
# - [Cordonnier et al. (2020)](https://arxiv.org/abs/1911.03584), *On the Relationship between Self-Attention and
#   Convolutional Layers*: section 7 as a theorem.
# - [Katharopoulos et al. (2020)](https://arxiv.org/abs/2006.16236), *Transformers are RNNs*: attention in linear time.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# Attention is a weighted average whose weights come from queries and keys. Dividing by √d_k keeps the
# softmax away from hard choices, where its gradient dies. Masks say who may look at whom, and heads give
# each token several rows of weights. Attention treats tokens as a set; an encoding or a causal mask brings
# order in. One layer can be a shift, an average or a lookup; two can copy what followed the last time. The price grows
# with the square of the length.
#
# Lab 05 builds what else a transformer needs, so that many such layers can be stacked.

# %% experiment="metrics"
# Experiment · The metrics of this lab
report(
    "04_self_attention",
    max_error_vs_torch=max_error_vs_torch,
    cost_exponent=cost_exponent,
    naive_mib=naive_mib,
    fused_mib=fused_mib,
    induction_accuracy=induction_accuracy,
)
