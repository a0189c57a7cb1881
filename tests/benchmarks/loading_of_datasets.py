"""Seconds until the first batch of CIFAR-10 and IMDB, cold and warm, each in a process of its own.

Run it with `LABS_DATA=folder python tests/benchmarks/loading_of_datasets.py`.
"""

import os
import subprocess
import sys
import tempfile

LOADERS = {
    "CIFAR-10": (
        "data = datasets.load_cifar10()\n"
        "batches = Batches(data.train_images, data.train_labels, batch_size=128)"
    ),
    "IMDB": (
        "data = datasets.load_imdb()\n"
        "words = [range(1, 1 + len(text.split())) for text in data.train['text']]\n"
        "batches = TextBatches(words, torch.tensor(data.train['label']), batch_size=32, pad=0)"
    ),
}
PROGRAM = """
import resource, time
import torch
from utils import datasets
from utils.batches import Batches, TextBatches
start = time.perf_counter()
{loader}
loaded = time.perf_counter()
batches[0]
seconds = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"loaded {{loaded - start:.2f}} s, first batch {{seconds - loaded:.2f}} s later, peak {{peak:.0f}} MB")
"""


def main() -> None:
    """Loads each data set twice, the first time into an empty cache folder."""
    for name, loader in LOADERS.items():
        with tempfile.TemporaryDirectory() as cache:
            for state in ("cold", "warm"):
                print(f"{name}, {state}:", flush=True)
                program = [sys.executable, "-c", PROGRAM.format(loader=loader)]
                subprocess.run(program, env=os.environ | {"LABS_CACHE": cache}, check=True)


if __name__ == "__main__":
    main()
