"""CIFAR-10 and IMDB, from the first source that has them, prose that every Python has, drawn shapes, and translations.

The first two come from the first source that has them: `$LABS_DATA`, the local Hugging Face cache, the hub, and last a
small offline stand-in. All say what was found.
"""

from utils.datasets.cifar10 import Cifar10, load_cifar10, load_shapes
from utils.datasets.imdb import Imdb, load_imdb
from utils.datasets.prose import Prose, load_prose
from utils.datasets.translations import Pair, Translations, cldr_phrases, load_messages
from utils.hub import DataError

__all__ = [
    "Cifar10",
    "DataError",
    "Imdb",
    "Pair",
    "Prose",
    "Translations",
    "cldr_phrases",
    "load_cifar10",
    "load_imdb",
    "load_messages",
    "load_prose",
    "load_shapes",
]
