# %% [markdown]
# ## Going further
#
# Ungraded. Give the ViT three convolutional layers in place of its patch embedding: how much does it help to know about
# neighbors? Train with mixup for ten times as long. Replace the learned positions with a two-dimensional rotary
# encoding, and test on images of 40 × 40 pixels.
#
# - [Dosovitskiy et al. (2021)](https://arxiv.org/abs/2010.11929), *An Image is Worth 16x16 Words*: the ViT.
# - [Touvron et al. (2021)](https://arxiv.org/abs/2012.12877), *DeiT*: how to train one without 300 million images.
# - [Liu et al. (2021)](https://arxiv.org/abs/2103.14030), *Swin Transformer*: windows, and a pyramid of resolutions.
# - [Ramachandran et al. (2019)](https://arxiv.org/abs/1906.05909), *Stand-Alone Self-Attention in Vision Models*:
#   windows of pixels, before the ViT.
# - [d'Ascoli et al. (2021)](https://arxiv.org/abs/2103.10697), *ConViT*: heads that begin as a convolution and may
#   leave it.
# - [Dai et al. (2021)](https://arxiv.org/abs/2106.04803), *CoAtNet*: convolutions first, attention after them.
# - [Kirillov et al. (2023)](https://arxiv.org/abs/2304.02643), *Segment Anything*: a ViT reads the image, a second
#   encoder a click, a box or a word, and a small decoder draws the mask.
# - [Abnar and Zuidema (2020)](https://arxiv.org/abs/2005.00928), *Quantifying Attention Flow in Transformers*: rollout.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# An image becomes a sequence when it is cut into patches, and one linear layer, or a strided convolution, embeds
# them. A ViT knows nothing of neighbors but what it learns, and in minutes on few images a plain convolutional net is
# ahead of it. Its attention can be read, layer by layer or rolled out, with caution. Windows make attention linear in
# the number of patches, and shifting them lets information cross their borders. A pretrained model saves most of the
# work.

# %% experiment="metrics"
# Experiment · The metrics of this lab
report(
    "07_vit",
    vit_test_accuracy=vit_test_accuracy,
    lenet_test_accuracy=lenet_test_accuracy,
    conv_test_accuracy=conv_test_accuracy,
    vit_images_per_second=vit_images_per_second,
    training_seconds=vit_history.seconds,
    parameters=sum(p.numel() for p in vit.parameters()),
    data_source=cifar.source,
)
