"""What the first cell of every lab does once it has found this package."""

import importlib.metadata
import importlib.util
import subprocess
import sys

# Module → distribution.
PACKAGES = {
    "IPython": "ipython",
    "matplotlib": "matplotlib",
    "seaborn": "seaborn",
    "sklearn": "scikit-learn",
    "tqdm": "tqdm",
    "datasets": "datasets",
    "transformers": "transformers",
    "tokenizers": "tokenizers",
    "babel": "babel",
    "sacrebleu": "sacrebleu",
}
# Never replaced, whatever another distribution would rather have: the machine's own fit its GPU.
KEPT = ("torch", "torchvision", "numpy")


def install_missing() -> None:
    """Installs the distributions that a lab imports and this machine lacks; PyTorch and NumPy stay as they are.

    Raises:
        RuntimeError: torch is missing, or the installation fails.
    """
    if importlib.util.find_spec("torch") is None:
        raise RuntimeError(
            "PyTorch is missing. Start the book with `python lab.py`, which installs it."
        )
    missing = [
        name for module, name in PACKAGES.items() if importlib.util.find_spec(module) is None
    ]
    if not missing:
        return
    kept = [
        f"{name}=={importlib.metadata.version(name)}"
        for name in KEPT
        if importlib.util.find_spec(name) is not None
    ]
    command = [sys.executable, "-m", "pip", "install", "--quiet", *missing, *kept]
    if subprocess.run(command, check=False).returncode:
        raise RuntimeError(
            f"Could not install {', '.join(missing)}. Is there a network? "
            "Without one, start the book with `python lab.py` on a machine where it was installed before."
        )
    importlib.invalidate_caches()


def describe_machine() -> None:
    """Chooses the threads, and prints them, device and precision, preset and data folder."""
    from utils.threads import choose_threads

    threads = choose_threads()
    from utils import settings
    from utils.device import describe, get_device, get_precision

    device = get_device()
    precision = str(get_precision(device)).removeprefix("torch.")
    if device.type == "cpu":
        precision = settings.scaled(
            full="float32, or bfloat16 where that is faster,", smoke=precision
        )
    print(f"device     {describe(device)}, computes in {precision} unless a cell says otherwise")
    print(f"threads    {threads}")
    short = settings.scaled(
        full="", smoke=": short trainings; captions and texts describe the full ones"
    )
    print(f"preset     {settings.preset()}{short}")
    print(f"data       {settings.data_dir()}")
