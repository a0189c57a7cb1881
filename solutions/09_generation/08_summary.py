# %% [markdown]
# ## Going further
#
# Ungraded. Train the GPT of Lab 06 longer, or on a novel of yours, and run this lab again: does it copy, and does it
# answer? Give the cache rotary positions (Lab 05), and let the window slide without computing anything anew. Let a
# small model write several tokens and the large one check them all in one call: *speculative decoding* ([Leviathan et
# al., 2023](https://arxiv.org/abs/2211.17192)).
#
# - [Holtzman et al. (2020)](https://arxiv.org/abs/1904.09751), *The Curious Case of Neural Text Degeneration*: why
#   greedy text is dull, and the nucleus.
# - [Olsson et al. (2022)](https://arxiv.org/abs/2209.11895), *In-context Learning and Induction Heads*: how copying
#   appears in training, and what it is good for.
# - [Brown et al. (2020)](https://arxiv.org/abs/2005.14165), GPT-3: what a larger one does with prompts.
# - [Zhao et al. (2021)](https://arxiv.org/abs/2102.09690), *Calibrate Before Use*.
# - [Fedus et al. (2021)](https://arxiv.org/abs/2101.03961), *Switch Transformers*: experts at scale.
# - Bark ([Suno, 2023](https://github.com/suno-ai/bark)): a GPT whose tokens are sounds; it speaks, laughs and sings.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# A GPT gives probabilities; a loop and a choice turn it into a writer. Greedy choices go in circles, chance breaks
# them, and a temperature or a filter says how much chance. Keys and values that are kept make each new token cost the
# work of one. Inside, some heads look at their own token, some at the last few, some for the same token earlier; a test
# of all heads, beside an untrained model, finds them. A prompt calls up only what training has put in, and experts buy
# parameters of which each token pays for only a few.
#
# Lab 10 gives the writer a source to read, and Lab 11 teaches it to answer.

# %% experiment="metrics"
# Experiment · The metrics of this lab
report(
    "09_generation",
    repeated_greedy=repeated["all tokens"][0],
    repeated_sampled=repeated["all tokens"][temperatures.index(1.0)],
    repeated_people=people,
    cache_operations_ratio=cache_operations_ratio,
    kv_cache_max_error=kv_cache_max_error,
    previous_token_score=previous_token_score,
    same_token_score=same_token_score,
    induction_score=induction_score,
)
