# %% [markdown]
# ## Going further
#
# Ungraded. Train the three networks ten times as long: does their order stay? Take the local start from the ViT and
# from the hybrid: what was it worth? Replace the learned positions with a two-dimensional rotary encoding, and test
# on images of 40 × 40 pixels.
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
#   encoder a click, a box or a word, and a small decoder draws the mask. Lab 12 builds one.
# - [Abnar and Zuidema (2020)](https://arxiv.org/abs/2005.00928), *Quantifying Attention Flow in Transformers*:
#   rollout.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# An image becomes a sequence when it is cut into patches, and one linear layer, or a strided convolution, embeds
# them. A ViT knows nothing of neighbors but what it learns: at equal cost a plain convolutional net is ahead of it with
# a thousand images, and with 45,000 the two and a hybrid lie close together. Its attention can be read, layer by layer
# or rolled out, with caution. Windows make attention linear in the number of patches, and shifting them lets
# information cross their borders. What a pretrained model is worth depends on how near its task was to yours.
#
# Lab 08 asks the same question of text.

# %% experiment="metrics"
# Experiment · The metrics of this lab
photographs_only = {}
if cifar.source != "stand-in":
    photographs_only["pretrained_test_accuracy"] = on_test["pretrained ViT"]
report(
    "07_vit",
    conv_test_accuracy=on_test["ConvNet"],
    hybrid_test_accuracy=on_test["hybrid"],
    vit_test_accuracy=on_test["ViT"],
    **photographs_only,
    shapes_fine_tuned=few_labels["shapes", 50][2],
    images_seen=results["ViT"][-1]["images"],
    data_source=cifar.source,
)
