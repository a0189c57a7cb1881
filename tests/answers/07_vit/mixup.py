# %%
# accept: written out
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
    return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)


# %%
# accept: a loop over the batch
def mixup(images, labels, lam, n_classes):
    mixed, targets = torch.empty_like(images), images.new_zeros(len(images), n_classes)
    for i in range(len(images)):
        mixed[i] = images[i] * lam + images[i - 1] * (1 - lam)
        targets[i, labels[i]] += lam
        targets[i, labels[i - 1]] += 1 - lam
    return mixed, targets


# %%
# accept: indices, lerp, scatter
def mixup(images, labels, lam, n_classes):
    before = torch.arange(len(images), device=images.device) - 1
    targets = torch.zeros(len(labels), n_classes, device=labels.device)
    targets.scatter_add_(1, labels[:, None], torch.full_like(targets[:, :1], lam))
    targets.scatter_add_(1, labels[before, None], torch.full_like(targets[:, :1], 1 - lam))
    return [torch.lerp(images[before], images, lam), targets]


# %%
# accept: torchvision's transform, with the share in place of a random one
def mixup(images, labels, lam, n_classes):
    from torchvision.transforms import v2

    class Fixed(v2.MixUp):
        def make_params(self, flat_inputs):
            found = super().make_params(flat_inputs)
            return found | {"lam": lam}

    return Fixed(num_classes=n_classes)(images, labels)


# %%
# accept: an identity matrix, the share as a tensor
def mixup(images, labels, lam, n_classes):
    lam = torch.tensor(lam)
    targets = torch.eye(n_classes, device=labels.device)[labels]
    return tuple(lam * x + (1 - lam) * torch.cat([x[-1:], x[:-1]]) for x in (images, targets))


# %%
# reject: with the one after · expects "mixed with the one after it"
# in: written out
# - mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
# + mixed = lam * images + (1 - lam) * images.roll(-1, dims=0)

# %%
# reject: labels with the one after · expects "the labels are mixed with those after"
# in: written out
# - return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)
# + return mixed, lam * targets + (1 - lam) * targets.roll(-1, dims=0)

# %%
# reject: shares swapped · expects "swapped"
# in: written out
# - mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
# + mixed = (1 - lam) * images + lam * images.roll(1, dims=0)

# %%
# reject: the shares of the labels swapped · expects "swapped"
# in: written out
# - return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)
# + return mixed, (1 - lam) * targets + lam * targets.roll(1, dims=0)

# %%
# reject: labels not mixed · expects "the labels are not mixed"
# in: written out
# - return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)
# + return mixed, targets

# %%
# reject: images not mixed · expects "the images are not mixed"
# in: written out
# - mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
# + mixed = images


# %%
# reject: partners at random, as the paper draws them · expects "drawn at random, or in another order"
def mixup(images, labels, lam, n_classes):
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(3))
    targets = F.one_hot(labels, n_classes).float()
    mixed = lam * images + (1 - lam) * images[order]
    return mixed, lam * targets + (1 - lam) * targets[order]


# %%
# reject: flipped batch · expects "reversed order"
# in: written out
# - mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
# + mixed = lam * images + (1 - lam) * images.flip(0)

# %%
# reject: added without shares · expects "their shares sum to one"
# in: written out
# - mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
# + mixed = images + images.roll(1, dims=0)

# %%
# reject: the other with share 1 · expects "it gets 1 − lam"
# in: written out
# - mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
# + mixed = lam * images + images.roll(1, dims=0)

# %%
# reject: no wrap-around · expects "the first image should be mixed with the last"
# in: written out
# - mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
# + mixed = lam * images + (1 - lam) * torch.cat([images[:1], images[:-1]])

# %%
# reject: roll over everything · expects "another dimension"
# in: written out
# - mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
# + mixed = lam * images + (1 - lam) * images.roll(1)


# %%
# reject: the target written, not added · expects "the last one written stays"
def mixup(images, labels, lam, n_classes):
    targets = torch.zeros(len(labels), n_classes)
    for i in range(len(labels)):
        targets[i, labels[i]] = lam
        targets[i, labels[i - 1]] = 1 - lam
    return lam * images + (1 - lam) * images.roll(1, dims=0), targets


# %%
# reject: the other class first, then overwritten · expects "their shares add up to 1"
def mixup(images, labels, lam, n_classes):
    targets = torch.zeros(len(labels), n_classes)
    for i in range(len(labels)):
        targets[i, labels[i - 1]] = 1 - lam
        targets[i, labels[i]] = lam
    return lam * images + (1 - lam) * images.roll(1, dims=0), targets


# %%
# reject: class numbers are mixed · expects "expected (batch, n_classes)"
def mixup(images, labels, lam, n_classes):
    mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
    return mixed, lam * labels + (1 - lam) * labels.roll(1, dims=0)


# %%
# reject: the images alone · expects "mixup"
# in: written out
# - return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)
# + return mixed

# %%
# reject: in place · expects "change"
# in: written out
# - mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
# + mixed = images.mul_(lam) + (1 - lam) / lam * images.roll(1, dims=0)

# %%
# reject: as many classes as labels seen · expects "n_classes"
# in: written out
# - targets = F.one_hot(labels, n_classes).float()
# + targets = F.one_hot(labels).float()

# %%
# reject: targets on the CPU · expects "device"
# in: written out
# - targets = F.one_hot(labels, n_classes).float()
# + targets = torch.zeros(len(labels), n_classes).scatter(1, labels[:, None], 1.0)

# %%
# reject: zeros · expects "zero"
