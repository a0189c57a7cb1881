"""Images per second of a Vision Transformer's training step, by precision, compiled or not, and its arithmetic rate.

Run it with `python tests/benchmarks/precision_of_a_vit_step.py`. On a GPU the model is larger.
"""

import torch
from torch import nn

from utils import device, training
from utils.batches import Batches


class ViT(nn.Module):
    """Patches of 4 × 4 pixels of a 32 × 32 image, pre-LN blocks, mean pooling."""

    def __init__(self, d_model: int, layers: int) -> None:
        super().__init__()
        block = nn.TransformerEncoderLayer(
            d_model, d_model // 32, 4 * d_model, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.patches = nn.Conv2d(3, d_model, 4, stride=4)
        self.positions = nn.Parameter(torch.zeros(64, d_model))
        self.blocks = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)
        self.head = nn.Linear(d_model, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (B, 10) of images (B, 3, 32, 32)."""
        tokens = self.patches(images).flatten(2).mT + self.positions  # (B, 64, d_model)
        return self.head(self.blocks(tokens).mean(1))


def loss(model: nn.Module, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Mean cross-entropy."""
    images, labels = batch
    return nn.functional.cross_entropy(model(images), labels)


def flops_per_image(d_model: int, layers: int) -> int:
    """Floating-point operations of a training step: forward once, backward twice that."""
    block = 2 * 64 * 12 * d_model**2 + 4 * 64**2 * d_model  # linear layers, then attention
    return 3 * (layers * block + 2 * 64 * 48 * d_model)


def main() -> None:
    """Trains for a few steps at each precision."""
    place = device.get_device()
    on_gpu = place.type == "cuda"
    d_model, layers, batch, steps = (384, 12, 1024, 60) if on_gpu else (128, 4, 128, 12)
    print(f"{device.describe(place)}; d_model {d_model}, {layers} layers, batches of {batch}")
    images, labels = torch.randn(batch, 3, 32, 32), torch.randint(10, (batch,))
    batches = Batches(images, labels, batch_size=batch, device=place)
    precisions = (torch.float32, torch.bfloat16) + ((torch.float16,) if on_gpu else ())
    for precision in precisions:
        for compiled in (False, True) if on_gpu else (False,):
            model = ViT(d_model, layers).to(place)
            if compiled:
                model.compile()
            training.fit(model, batches, loss, steps=3, precision=precision, show=False)
            history = training.fit(
                model, batches, loss, steps=steps, precision=precision, show=False
            )
            speed = history.samples / history.seconds
            rate = speed * flops_per_image(d_model, layers) / 1e12
            name = f"{precision}{', compiled' if compiled else ''}"
            print(f"{name}: {speed:,.0f} images/s, {rate:.3g} TFLOP/s")


if __name__ == "__main__":
    main()
