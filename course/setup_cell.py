# Setup · Finds the lab book, or fetches it, and says what this machine offers
import importlib.util
import subprocess
import sys
from pathlib import Path

places = [Path.cwd(), *Path.cwd().parents, Path.cwd() / "transformer-labs"]
book = next((place for place in places if (place / "utils" / "checks.py").is_file()), None)
utils = importlib.util.find_spec("utils")
installed = utils and utils.origin and Path(utils.origin).with_name("checks.py").is_file()
if book is None and not installed:  # Colab, or a notebook on its own
    book = places[-1]
    try:
        subprocess.run(["git", "clone", "--depth=1", "STUDENT_REPOSITORY", str(book)], check=True)
    except (OSError, subprocess.CalledProcessError):
        raise RuntimeError(
            "This notebook stands alone, and the book could not be fetched from STUDENT_REPOSITORY. "
            "Is there a network, and git? Without them, open the notebook inside the book's folder."
        ) from None
if book is not None and sys.path[0] != str(book):
    sys.path.insert(0, str(book))

from utils import setup

setup.install_missing()
setup.describe_machine()
