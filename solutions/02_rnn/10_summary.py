# %% [markdown]
# ## Going further
#
# Ungraded. Train the name classifier with two layers, or with your `LSTM` in the place of your `RNN`. Take other
# lengths of context for *half and half*, or other shares than a half. Start the character model with a token for the
# language, and let it write Finnish. Leave out the special first weights in the lag experiment: who needs them more?
#
# - [Hochreiter and Schmidhuber (1997)](https://doi.org/10.1162/neco.1997.9.8.1735), *Long short-term memory*: the cell,
#   and tasks with long lags.
# - [Pascanu, Mikolov and Bengio (2013)](https://arxiv.org/abs/1211.5063), *On the difficulty of training recurrent
#   neural networks*: vanishing, exploding and clipping.
# - [Bengio et al. (2015)](https://arxiv.org/abs/1506.03099), *Scheduled sampling for sequence prediction with recurrent
#   neural networks*: training that sees its own predictions.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# A recurrent network applies one cell at every step and carries a state, so it reads sequences of any
# length with the same few weights. Its gradient through time is a product of Jacobians, which vanishes or
# explodes exponentially; gates help against the first, clipping against the second. A language model is trained on
# the text shifted by one place, and perplexity is exp of its mean loss per real token; with little text, counting
# did better, and both together better still. When predictions are fed back, errors accumulate. The steps cannot run in
# parallel, and one state must hold everything.
#
# Attention removes both limits. Lab 03 puts it between two recurrent networks, Lab 04 leaves the networks out.

# %% experiment="metrics"
# Experiment · The metrics of this lab
report(
    "02_rnn",
    language_accuracy=language_accuracy,
    rnn_accuracy_at_lag=rnn_accuracy_at_lag,
    lstm_accuracy_at_lag=lstm_accuracy_at_lag,
    lag=lag,
    name_perplexity=name_perplexity,
)
