# %% [markdown]
# ## Going further
#
# Ungraded. Draw a sentence with three things that training never had, and see what is lost first.
#
# - [Karras et al. (2022)](https://arxiv.org/abs/2206.00364): what of a diffusion model matters, taken apart.
# - [Hertz et al. (2022)](https://arxiv.org/abs/2208.01626): to edit an image by its cross-attention maps.
# - [Okawa et al. (2023)](https://arxiv.org/abs/2310.09336): how the parts of a sentence are learned one after the
#   other.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# Noise comes in many small steps, and one formula jumps over all of them. The best guess of the velocity, from a
# formula or from a network, leads back, in a few steps without fresh noise or in many with it. Words steer by
# cross-attention: image tokens ask, words answer, and guidance exaggerates what the words change. A network that
# learned colors and kinds apart draws pairs that it never saw together. What is known of an image can stay while the
# rest is drawn. All of it works on latents, too, in fewer tokens. And attention answers a click, too: prompt tokens and
# image tokens ask each other.
#
# Here the book ends. All of it, from a perceptron's gradient by hand to models that write, translate, see and draw, is
# matrix products, a softmax and a loss that runs backward. You have written them all.

# %% experiment="metrics"
# Experiment · The metrics of this lab
report(
    "12_beyond_text",
    digits_agreement=digits_agreement,
    reader_accuracy=held_out_right,
    compositions_right=compositions_right,
    seen_right=seen_right,
    segmentation_iou=segmentation_iou,
    segmentation_iou_of_three=segmentation_iou_of_three,
    click_ms=click_ms,
    pixels_ms=pixels_ms,
    latents_ms=latents_ms,
    latents_right=latent_rights[1],
)
