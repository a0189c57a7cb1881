# %% [markdown]
# ## Going further
#
# Ungraded. Change `d_hidden`, the learning rate or the batch size, and predict what happens before you
# run it. Add a second hidden layer to `forward` and `backward`, and let `numerical_gradient` tell you
# whether you got it right.
#
# - [Rumelhart, Hinton and Williams (1986)](https://doi.org/10.1038/323533a0), *Learning representations by
#   back-propagating errors*: the paper that made the method known.
# - [Glorot and Bengio (2010)](https://proceedings.mlr.press/v9/glorot10a.html), *Understanding the difficulty of
#   training deep feedforward neural networks*: how the scale of the first weights decides whether signals and gradients
#   survive many layers. (Their scale averages fan-in and fan-out.)
# - [Baydin et al. (2018)](https://arxiv.org/abs/1502.05767), *Automatic differentiation in machine learning: a survey*:
#   what autograd does in general.
# - [Kingma and Ba (2015)](https://arxiv.org/abs/1412.6980), *Adam: a method for stochastic optimization*: the paper
#   behind Exercise 8.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# A network is a chain of simple functions, and its gradient is the product of their derivatives, taken
# from the loss backwards. A numerical gradient tells whether a derivation is right, if it is central and in
# float64. Momentum adds past gradients up, and Adam also divides by their size. An autograd engine needs the slope of
# each operation and a topological order; it adds where a value is used twice, so somebody has to set `.grad` to zero.
# By hand, with an engine or with an optimizer, the steps are the same.
#
# This network reads inputs of one size and has no memory. Lab 02 gives it one.

# %% experiment="metrics"
# Experiment · The metrics of this lab
report(
    "01_backprop",
    digits_test_accuracy=digits_test_accuracy,
    circles_test_accuracy=circles_test_accuracy,
    max_disagreement=max_disagreement,
)
