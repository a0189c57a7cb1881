# %% [markdown]
# ## Going further
#
# Ungraded. Compare fifty pairs of answers yourself, train a reward model on them, and see whose taste it has.
#
# - [Stiennon et al. (2020)](https://arxiv.org/abs/2009.01325): learning to summarize from human feedback.
# - [Biderman et al. (2024)](https://arxiv.org/abs/2405.09673): LoRA learns less, and forgets less.
# - [Zhou et al. (2023)](https://arxiv.org/abs/2305.11206), LIMA: a thousand good conversations.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# A chat template gives a language model turns, and a loss on the answers alone teaches it to answer and to stop.
# Adapters of low rank learn with few numbers and disappear into the weights. A reward model turns comparisons into a
# number; only differences of it mean something. Reinforcement raises that number, and a penalty for leaving the model
# it came from keeps the text alive. DPO goes the same way without a reward model. What is raised is what was measured:
# so measure with something else, too.
#
# Lab 12 leaves text: words ask for images, and a click asks for a mask.

# %% experiment="metrics"
# Experiment · The metrics of this lab
report(
    "11_alignment",
    base_positive_share=base_positive_share,
    rlhf_positive_share=rlhf_positive_share,
    rlhf_kl=rlhf_kl,
    distinct2_ratio=distinct2_ratio,
    reward_model_accuracy=reward_model_accuracy,
    dpo_positive_share=dpo_positive_share,
)
