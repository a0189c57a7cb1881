# %% [markdown]
# ## 8 · Fine-tuning a strong model
#
# Few people train a ViT from scratch. You take one that has seen a million images or more and adapt it:
#
# - **Linear probe.** The network stays as it is and turns each image into a vector, its *features*. A logistic
#   regression learns the classes from these. Cheap, and it says how good the features are.
# - **Full fine-tuning.** A new head, and all weights are trained on with a small learning rate. Each step costs a
#   backward pass through the whole network; most often the result is better, as the features adapt too.

# %% [markdown]
# The next cells look for a pretrained ViT in `$LABS_DATA/models` (a file `vit_b_16*.pth` of torchvision, or a folder
# in the form of the Hugging Face hub), in the Hugging Face cache, and, with a GPU, on the hub (DeiT-tiny, 5.7 million
# parameters: [Touvron et al., 2021](https://arxiv.org/abs/2012.12877)).


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

# %% [markdown]
# The images are enlarged to the size that the network knows. On a CPU that is slow, so the cell takes as many
# images as it can in a fixed time.


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
def features(images: torch.Tensor, seconds: float) -> np.ndarray:
    """Features (n, d) of the first images, as many as fit in the time."""
    found, start = [], time.perf_counter()
    for piece in images.split(32):
        with device.autocast(place):
            found.append(strong.network(enlarged(piece)).float().cpu())
        if time.perf_counter() - start > seconds:
            break
    return torch.cat(found).numpy()


@torch.no_grad()
def share_right(predict: Callable[[torch.Tensor], torch.Tensor], count: int) -> float:
    """Accuracy on the first validation images of `predict`: images (B, 3, H, W) uint8 → logits (B, 10)."""
    pieces = (predict(piece.to(place)) for piece in valid_images[:count].split(50))
    guesses = torch.cat([logits.argmax(dim=1).cpu() for logits in pieces])
    return (guesses == valid_labels[:count]).float().mean().item()


if strong is not None:
    train_features = features(train_images[: scaled(full=5000, smoke=64)], seconds=20)
    valid_features = features(valid_images[: scaled(full=1000, smoke=32)], seconds=8)
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
    probe.fit(train_features, train_labels[: len(train_features)])
    probe_accuracy = probe.score(valid_features, valid_labels[: len(valid_features)])
    own_accuracy = share_right(lambda x: vit(normalize(x, mean, std)), len(valid_features))
    print(f"on the same {len(valid_features):,} validation images:")
    print(f"  the lab's ViT, {len(train_labels):,} training images:   {own_accuracy:.1%}")
    print(f"  linear probe, {len(train_features):,} training images: {probe_accuracy:.1%}")

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
    tuned_accuracy = share_right(lambda x: tuned(enlarged(x)), len(valid_features))
    print(f"full fine-tuning, {steps} steps in {history.seconds:.0f} s: {tuned_accuracy:.1%}")
elif strong is not None:
    print("Full fine-tuning wants a GPU: it is skipped here.")

# %% [markdown]
# **What to make of it.** If the section ran, compare with care. The strong model has seen more than a million
# labeled photographs, larger ones, of many of the same things: cats, trucks, ships. Your ViT began with nothing.
# With enough images early on, a ViT learns the patterns that a ConvNet has built in, and they serve many tasks
# afterwards. So when labels are few, take features from elsewhere.
#
# When is the probe enough? When the new images look like the old ones. The farther away they are, say X-rays, the
# more full fine-tuning gains.
