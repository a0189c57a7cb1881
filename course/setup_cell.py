# Finds the lab book on this machine, or fetches it, and says what the machine offers.
import importlib.util
import subprocess
import sys
from pathlib import Path

places = [Path.cwd(), *Path.cwd().parents, Path.cwd() / "transformer-labs"]
book = next((place for place in places if (place / "utils" / "checks.py").is_file()), None)
if book is None and importlib.util.find_spec("utils") is None:  # Colab, or a notebook on its own
    book = places[-1]
    subprocess.run(["git", "clone", "--depth=1", "STUDENT_REPOSITORY", str(book)], check=True)
if book is not None and str(book) not in sys.path:
    sys.path.insert(0, str(book))

from utils import setup

setup.install_missing()
setup.describe_machine()
