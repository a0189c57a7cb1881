# %% [markdown]
# ## 9 · The test set, once
#
# Every choice in this lab was made on validation images. Now, and only now, the 10,000 test images: one number for each
# model.

# %% experiment="test_accuracy"
# Experiment · The test images, once
test = cifar.test_images.to(place), cifar.test_labels.to(place)
lenet_test_accuracy = accuracy(lenet, *test, prepared)
vit_test_accuracy = accuracy(vit, *test, prepared)
conv_test_accuracy = accuracy(conv_net, *test, prepared)
print(
    f"LeNet-5 {lenet_test_accuracy:.2%}, ConvNet {conv_test_accuracy:.2%}, ViT {vit_test_accuracy:.2%}"
)
