# %% [markdown]
# ## Going further
#
# Ungraded. Give the bottleneck model more units or more steps, and see how far the limit moves. Feed the
# decoder its own predictions in a part of the training steps. Multiply the cosine by a strength that is
# learned, as Graves and colleagues do, and compare again.
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
# An encoder and a decoder with one vector between them lose track of long lines.
# Attention is a soft lookup: keys are compared with a query, and the weighted sum of the values is the
# answer. The query is the decoder's state before the step, so each output has a context of its own. The
# mask belongs before the softmax, and the loss counts no padding. The weights can be looked at, and show
# an alignment that nobody taught.

# %% experiment="metrics"
# Experiment · The metrics of this lab
report(
    "03_bahdanau",
    exact_match_attention=attention_match["all"],
    exact_match_bottleneck=bottleneck_match["all"],
    exact_match_attention_four=attention_match["4 dates"],
    exact_match_bottleneck_four=bottleneck_match["4 dates"],
    best_score_function=best_score_function,
)
