# %% [markdown]
# ## 8 · Fine-tuning a pretrained model
#
# Few people train a ViT from scratch. You take one that has seen many images and adapt it:
#
# - **Linear probe.** The network stays as it is and turns each image into a vector, its *features*. A logistic
#   regression learns the classes from these. Cheap, and it says how good the features are.
# - **Full fine-tuning.** A new head, and all weights are trained on with a smaller learning rate.
#
# A small one comes with the book: *cifar-vit-mini* has seen 153,600 images of CIFAR-10 with their labels, 45,000
# different ones, mirrored and moved, each three or four times; its card tells the rest. Its tensors have the names of
# your attributes, so it loads into **your class**.

# %% experiment="pretrained_model"
# Experiment · A pretrained ViT in your own class
folder = find_model("cifar-vit-mini", ("config.json", "model.safetensors"))
config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
pretrained_sizes = {
    name: config[name] for name in ("d_model", "n_layers", "n_heads", "patch", "image", "pool")
}
colors = [torch.tensor(config[name], device=place) for name in ("mean", "std")]


def pretrained() -> nn.Module:
    """The pretrained ViT."""
    model = ViT(**pretrained_sizes)
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model.to(place).eval()


def as_pretrained(images: torch.Tensor) -> torch.Tensor:
    """What the pretrained ViT reads: images (B, 3, 32, 32) uint8, normalized by the colors of its training."""
    return normalize(images, *colors)


print(f"{sum(p.numel() for p in pretrained().parameters()):,} parameters")
if cifar.source != "stand-in":
    print(f"validation {accuracy(pretrained(), *valid, as_pretrained):.1%}; it has not seen these")

# %% [markdown]
# What is it worth when labels are few? That depends on the new task, so take two. **Photographs**, those that were
# held out, with 5 or 50 of each kind labeled: the same kinds that it knows, so the nearest task there is. And drawn
# **shapes**, which come with the book: nothing like them was among the photographs. Without CIFAR-10 there are only
# the shapes.

# %% experiment="new_tasks"
# Experiment · A near task and a far one
shapes = datasets.load_shapes()
to_learn = len(valid_images) * 4 // 5
tasks = {
    "photographs": (
        valid_images[:to_learn],
        valid_labels[:to_learn],
        valid_images[to_learn:],
        valid_labels[to_learn:],
    )
}
if cifar.source == "stand-in":  # then the images of this lab are shapes, too
    tasks = {}
tasks["shapes"] = shapes.train_images, shapes.train_labels, shapes.test_images, shapes.test_labels


def some_of_each(images: torch.Tensor, labels: torch.Tensor, count: int, seed: int = 0) -> Batch:
    """Images drawn at random, so many of each class, and their labels."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=generator)
    some = torch.cat([order[labels[order] == c][:count] for c in range(10)])
    return images[some], labels[some]


# %% figure="shapes_figure"
# Figure · The far task
shown, kinds = some_of_each(shapes.train_images, shapes.train_labels, 1)
plots.show(
    plots.image_grid(shown, [shapes.classes[c] for c in kinds], title="One of each kind"),
    alt="Ten small drawn pictures with clutter and noise, each over its name, such as star, ring or arrow.",
    caption="Size, color, place and turn vary, and clutter and noise are added.",
)

# %% [markdown]
# Three ways to use the labels, each with a network of the same sizes: **from scratch**, with the local start; a
# **linear probe**; and **fine-tuned**. Predict, for either task: which wins?


# %% experiment="few_labels_ways"
# Experiment · Three ways to learn from few labels
@torch.no_grad()
def features_of(model: nn.Module, images: torch.Tensor) -> np.ndarray:
    """The means over the patches (n, d_model) that the head of a ViT would read."""
    model.head = nn.Identity()
    return torch.cat([model(as_pretrained(x.to(place))) for x in images.split(500)]).cpu().numpy()


def probed(some: Batch, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Accuracy on images of a logistic regression on frozen features."""
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    probe.fit(features_of(pretrained(), some[0]), some[1])
    return probe.score(features_of(pretrained(), images), labels)


def adapted(
    model: nn.Module, some: Batch, images: torch.Tensor, labels: torch.Tensor, factor: float
) -> float:
    """Accuracy on images of a ViT with a new head, all of it trained; `factor` scales both learning rates."""
    model.head = nn.Linear(model.head.in_features, 10)
    options = {"batch_size": 50, "device": place, "augment": flipped_and_cropped}
    fit(
        model.to(place),
        Batches(*some, **options),
        lambda model, batch: F.cross_entropy(model(as_pretrained(batch[0])), batch[1]),
        steps=scaled(full=60, smoke=2),
        optimizer=two_optimizers(model, factor),
        schedule=rise_and_fall,
        show=False,
    )
    return accuracy(model, images.to(place), labels.to(place), as_pretrained)


# %% experiment="few_labels"
# Experiment · Few labels, near and far
few_labels = {}
print("             labels of each kind  from scratch  linear probe  fine-tuned")
for (task, (images, labels, *test_part)), count in product(tasks.items(), (5, 50)):
    some = some_of_each(images, labels, count)
    device.seed_everything(0)
    scratch = adapted(start_locally(ViT(**pretrained_sizes)), some, *test_part, factor=1.0)
    right = scratch, probed(some, *test_part), adapted(pretrained(), some, *test_part, factor=0.3)
    few_labels[task, count] = right
    print(f"{task:12} {count:19}", *(f"{share:13.1%}" for share in right))

# %% figure="few_labels_plot"
# Figure · Accuracy with few labels, near and far
fig, axes = plt.subplots(1, len(tasks), figsize=(4.4 * len(tasks), 3.2), sharey=True, squeeze=False)
ways = ("from scratch", "linear probe", "fine-tuned")
for ax, task in zip(axes[0], tasks, strict=True):
    for i, (way, color) in enumerate(zip(ways, plots.COLORS, strict=False)):
        heights = [few_labels[task, count][i] for count in (5, 50)]
        bars = ax.bar([i, i + 4], heights, color=color, label=way)
        ax.bar_label(bars, fmt="{:.0%}")
    ax.set_xticks([1, 5], ["5 of each kind", "50 of each kind"])
    ax.set(title=task, xlabel="labels", ylabel="accuracy", ylim=(0, 1))
axes[0, 0].legend()
fig.set_layout_engine("constrained")
plots.show(
    fig,
    alt="Bars for three ways to use 5 or 50 labels of each kind: from scratch, linear probe, fine-tuned; one panel for "
    "photographs and one for shapes.",
    caption="Guessing gets 10% right.",
)

# %% [markdown]
# **What you saw.** For photographs the pretrained features are worth more than labels. With 5 of each kind the probe
# has 62 to 65% in three draws of ours, where training from scratch has 36% with 50 of each kind. Fine-tuning stays
# behind the probe there: it moves all 459,370 numbers by a few examples. For shapes none of this holds. With 50 of
# each kind all three ways have 16 to 22%, two of them after 60 steps only. With 180, three draws of ours: from scratch
# 34 to 45%, fine-tuned 29 to 33%, where the probe has 18 to 21%. The features of photographs are no better a start
# than none.
#
# A pretrained model is worth what its task has in common with yours. Large ones have seen more and reach farther; the
# control, from scratch with equal care, tells how far.

# %% [markdown]
# ### A stronger one
#
# This part *may wait*; most machines skip it.
#
# The next cells look for a larger pretrained ViT in `$LABS_DATA/models` (a file `vit_b_16*.pth` of torchvision, or a
# folder in the form of the Hugging Face hub), in the Hugging Face cache, and, with a GPU, on the hub (DeiT-tiny, 5.7
# million parameters: [Touvron et al., 2021](https://arxiv.org/abs/2012.12877)). It learns CIFAR-10, from images that
# are enlarged to the size it knows.


# %% experiment="strong_read"
# Experiment · How a pretrained ViT is read
@dataclass
class Strong:
    """A pretrained ViT: `network` maps normalized images (B, 3, size, size) to features (B, d)."""

    name: str
    network: nn.Module
    size: int
    mean: list[float]
    std: list[float]


class ClassToken(nn.Module):
    """The class token's last hidden state of a Hugging Face ViT."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(pixel_values=x).last_hidden_state[:, 0]


def read_folder(folder: Path, name: str) -> Strong:
    """A ViT from a folder in the form of the hub."""
    from transformers import AutoModel
    from transformers.utils import logging

    logging.set_verbosity_error()  # it would list the head, which is left out
    logging.disable_progress_bar()
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False).float()
    described = folder / "preprocessor_config.json"
    scaling = json.loads(described.read_text(encoding="utf-8")) if described.exists() else {}
    middle = [0.5, 0.5, 0.5]
    colors = (scaling.get("image_mean", middle), scaling.get("image_std", middle))
    return Strong(name, ClassToken(model), model.config.image_size, *colors)


def read_torchvision(file: Path, name: str) -> Strong:
    """torchvision's vit_b_16 with the weights of a file."""
    from torchvision.models import vit_b_16

    network = vit_b_16()
    network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    network.heads = nn.Identity()
    return Strong(name, network, network.image_size, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


# %% experiment="strong_find"
# Experiment · Where a pretrained ViT is looked for
def find_strong() -> tuple[Callable[[Path, str], Strong], Path, str] | None:
    """The first pretrained ViT that is there: how to read it, where it is, and its name."""
    for file in sorted((settings.data_dir() / "models").glob("vit_b_16*.pth")):
        return read_torchvision, file, f"{file.name} from the data folder"
    download = place.type == "cuda" and settings.preset() == "full"
    kind, repository = "^(ViT|DeiT)ForImage", "facebook/deit-tiny-patch16-224"
    found = find_kind(kind, repository, download=download)
    return found and (read_folder, *found)


# %% experiment="strong_load"
# Experiment · A pretrained ViT, if there is one
def load_strong() -> Strong | None:
    """The pretrained ViT on its device; None, and one line that says so, when there is none."""
    found = find_strong()
    if found is None:
        print(
            "No pretrained ViT is here, and none is downloaded: this section is skipped. To run it, put the "
            f"folder of one (config.json, model.safetensors) into {settings.data_dir() / 'models'}."
        )
        return None
    read, path, name = found
    try:
        with stderr_to_stdout():
            strong = read(path, name)
    except Exception as error:
        reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        raise datasets.DataError(f"{path}: {reason}. Copy it again, or remove it.") from error
    strong.network.to(place).eval()
    count = sum(p.numel() for p in strong.network.parameters())
    print(f"The strong model: {name}, {count:,} parameters, images of {strong.size} pixels")
    return strong


strong = load_strong()


# %% experiment="strong_probe"
# Experiment · A linear layer on frozen features
def enlarged(images: torch.Tensor) -> torch.Tensor:
    """Images (B, 3, H, W) uint8, enlarged and normalized as the strong model wants them."""
    x = F.interpolate(images.to(place).float() / 255, size=strong.size, mode="bicubic")
    middle, width = (
        torch.tensor(c, device=place)[:, None, None] for c in (strong.mean, strong.std)
    )
    return (x - middle) / width


@torch.no_grad()
def strong_features(images: torch.Tensor) -> np.ndarray:
    """Features (n, d) of images."""
    found = []
    for piece in images.split(32):
        with device.autocast(place):
            found.append(strong.network(enlarged(piece)).float().cpu())
    return torch.cat(found).numpy()


if strong is not None:
    many = scaled(full=5000 if place.type == "cuda" else 1000, smoke=64)
    train_features = strong_features(train_images[:many])
    some_valid = valid_images[: many // 2], valid_labels[: many // 2]
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
    probe.fit(train_features, train_labels[:many])
    right = probe.score(strong_features(some_valid[0]), some_valid[1])
    print(f"linear probe, {many:,} training images: {right:.1%} of {many // 2:,} validation images")

# %% experiment="strong_fine_tuning"
# Experiment · The whole ViT, fine-tuned on a GPU
if strong is not None and place.type == "cuda":
    tuned = nn.Sequential(strong.network, nn.Linear(train_features.shape[1], 10)).to(place)

    def tuning_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
        return F.cross_entropy(model(enlarged(batch[0])), batch[1])

    tuning_batches = Batches(
        train_images, train_labels, batch_size=64, device=place, augment=flipped_and_cropped
    )
    steps = scaled(full=1000, smoke=2)
    history = fit(tuned, tuning_batches, tuning_loss, steps=steps, lr=5e-5, title="Fine-tuning")
    right = accuracy(tuned, *(t.to(place) for t in some_valid), enlarged, batch_size=50)
    print(f"full fine-tuning, {steps} steps in {history.seconds:.0f} s: {right:.1%}")
elif strong is not None:
    print("Full fine-tuning wants a GPU: it is skipped here.")

# %% [markdown]
# **What to make of it.** If this part ran, compare with care. The strong model has seen more than a million labeled
# photographs, larger ones, of many of the same things: cats, trucks, ships. The networks of section 5 began with
# nothing. When labels are few, take features from elsewhere.
