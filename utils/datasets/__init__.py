"""CIFAR-10 and IMDB, from the first source that has them, prose that every Python has, and drawn shapes.

The sources, in order: `$LABS_DATA`, the local Hugging Face cache, the hub, and last a small offline stand-in.
"""

from utils.datasets.cifar10 import Cifar10, load_cifar10, load_shapes
from utils.datasets.imdb import Imdb, load_imdb
from utils.datasets.prose import Prose, load_prose
from utils.hub import DataError

__all__ = [
    "Cifar10",
    "DataError",
    "Imdb",
    "Prose",
    "load_cifar10",
    "load_imdb",
    "load_prose",
    "load_shapes",
]
