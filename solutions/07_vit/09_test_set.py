# %% [markdown]
# ## 9 · The test set, once
#
# Every choice in this lab was made on validation images. Now, and only now, the test images, 10,000 in CIFAR-10: one
# number for each model. Mind the budgets: the pretrained ViT has seen 153,600 images, repeats included, the three of
# section 5 30,000.

# %% experiment="test_accuracy"
# Experiment · The test images, once
test = cifar.test_images.to(place), cifar.test_labels.to(place)
judged = {name: row[-1]["model"] for name, row in results.items()}
on_test = {name: accuracy(model, *test, prepared) for name, model in judged.items()}
if cifar.source != "stand-in":  # it names photographs; the stand-in's images are shapes
    on_test["pretrained ViT"] = accuracy(pretrained(), *test, as_pretrained)
for name, right in on_test.items():
    print(f"{name:15} {right:.2%}")
