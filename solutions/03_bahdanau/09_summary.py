# %% [markdown]
# ## Going further
#
# Ungraded. Train the model with attention on lines of one to four dates, and see what it does with five. Give the
# model with one vector more steps, or more units, and see which helps. Feed the decoder its own predictions in a
# part of the training steps.
#
# - [Brown et al. (1993)](https://aclanthology.org/J93-2003/), *The mathematics of statistical machine translation*:
#   alignments before networks, each word bound to one word, a hard choice. [Mnih et al.
#   (2014)](https://arxiv.org/abs/1406.6247) and [Xu et al. (2015)](https://arxiv.org/abs/1502.03044): attention on
#   images.
# - [Cho et al. (2014)](https://arxiv.org/abs/1406.1078), *Learning phrase representations using RNN encoder–decoder for
#   statistical machine translation*: the GRU, and one vector between two networks.
# - [Sutskever, Vinyals and Le (2014)](https://arxiv.org/abs/1409.3215), *Sequence to sequence learning with neural
#   networks*: the same with LSTMs; they reverse the input. Why does that help?
# - [Bahdanau, Cho and Bengio (2015)](https://arxiv.org/abs/1409.0473), *Neural machine translation by jointly learning
#   to align and translate*: this lab's model.
# - [Luong, Pham and Manning (2015)](https://arxiv.org/abs/1508.04025), *Effective approaches to attention-based neural
#   machine translation*: dot, general and location scores, asked by the state *after* the step.

# %% free="playground"
# Your own experiments: dates of your own, for example.
text, weights = align(rnnsearch, "vendredi 13 octobre 2017; 31. Dezember 1999")
print(text)

# %% [markdown]
# ## Summary
#
# An encoder and a decoder with one vector between them read single dates far better than pairs.
# Attention is a soft lookup: keys are compared with a query, and the weighted sum of the values is the
# answer. The query is the decoder's state before the step, so each output has a context of its own, and the
# gradient a short path to every input. The weights show an alignment that nobody taught; closing a place shows
# whether it was needed. What a model has learned on lines of two dates does not carry over to three.
#
# Lab 04 keeps the attention and leaves the recurrence out.

# %% experiment="metrics"
# Experiment · The metrics of this lab
report(
    "03_bahdanau",
    exact_match_attention=attention_match[1],
    exact_match_attention_two=attention_match[2],
    exact_match_attention_three=attention_match[3],
    exact_match_bottleneck=bottleneck_match[1],
    exact_match_bottleneck_two=bottleneck_match[2],
    month_without_its_name=closed_right["month"]["month"],
)
