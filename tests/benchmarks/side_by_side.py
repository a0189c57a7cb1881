"""How much slower a training step is beside another one, by how PyTorch's threads wait for each other.

    python tests/benchmarks/side_by_side.py

Prints the median milliseconds of a training step of three encoders as Labs 05 and 07 train them: alone, beside a second
one, and alone on half of the cores. On Linux, on a machine that does nothing else.
"""

import os
import statistics
import subprocess
import sys
import time

SIZES = {  # d_model, length, batch, layers
    "Lab 05, one block": (32, 16, 64, 1),
    "Lab 05, the whole model": (128, 20, 128, 2),
    "Lab 07": (128, 65, 128, 4),
}
STEPS = 30


def train(d_model: int, length: int, batch: int, layers: int) -> float:
    """Milliseconds of a step, the median of those after the first five."""
    import torch
    from torch import nn

    layer = nn.TransformerEncoderLayer(
        d_model, 4, 4 * d_model, dropout=0.0, batch_first=True, norm_first=True
    )
    model = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
    optimizer = torch.optim.AdamW(model.parameters())
    x = torch.randn(batch, length, d_model)
    seconds = []
    for _ in range(STEPS):
        began = time.perf_counter()
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()
        seconds.append(time.perf_counter() - began)
    return 1000 * statistics.median(seconds[5:])


def started(size: str, wait: str, cores: set[int]) -> subprocess.Popen[str]:
    """A process of its own that trains, on some of the cores."""
    environment = {**os.environ, "OMP_WAIT_POLICY": wait, "OMP_NUM_THREADS": str(len(cores))}
    return subprocess.Popen(
        [sys.executable, __file__, size],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )


def main() -> None:
    cores = os.sched_getaffinity(0)
    half = set(sorted(cores)[: max(1, len(cores) // 2)])
    print(f"milliseconds a step, {len(cores)} cores      alone   beside another   half the cores")
    for size in SIZES:
        for wait in ("active", "passive"):
            runs = [[(wait, cores)], [(wait, cores)] * 2, [(wait, half)]]
            told = []
            for run in runs:
                processes = [started(size, *way) for way in run]
                told.append(max(float(process.communicate()[0]) for process in processes))
            print(
                f"{size:24} {wait:8} " + "".join(f"{number:14.1f}" for number in told), flush=True
            )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(train(*SIZES[sys.argv[1]]))
    else:
        main()
