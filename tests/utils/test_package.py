"""The package loads fast and knows nothing of the course."""

import subprocess
import sys
import zipfile
from pathlib import Path

from utils import checks, settings


def test_importing_utils_loads_nothing_heavy():
    heavy = ["torchvision", "transformers", "datasets", "matplotlib", "IPython", "sklearn"]
    code = (
        "import sys, utils, utils.checks, utils.datasets, utils.device, utils.plots, utils.report\n"
        "import utils.batches, utils.pretrained, utils.settings, utils.setup, utils.training\n"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_settings_load_without_torch():
    heavy = ["torch", "numpy", "tqdm"]
    code = (
        "import sys; from utils import files, notebook, settings, setup\n"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_book_is_found_by_a_file_that_is_not_imported():
    """The first cell of a notebook looks for utils/checks.py."""
    assert (settings.PACKAGE / "checks.py").is_file()
    assert Path(checks.__file__) == settings.PACKAGE / "checks" / "__init__.py"


def test_utils_never_imports_course():
    for path in settings.PACKAGE.rglob("*.py"):
        assert "course" not in [line.split()[1].split(".")[0] for line in imports(path)], path


def imports(path: Path) -> list[str]:
    lines = map(str.strip, path.read_text(encoding="utf-8").splitlines())
    return [
        line for line in lines if line.startswith(("import ", "from ")) and len(line.split()) > 1
    ]


def test_the_wheel_brings_the_stand_ins_and_the_model(tmp_path):
    """A notebook that was fetched alone into an empty home finds utils, data and model in the installed wheel."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*command, str(tmp_path)], cwd=settings.ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    for path in settings.PACKAGE.rglob("*.[jp][sy]"):
        assert (tmp_path / "site" / "utils" / path.relative_to(settings.PACKAGE)).is_file()
    assert (tmp_path / "site" / "utils" / "plots" / "animation.js").is_file()
    home = tmp_path / "home"
    home.mkdir()
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "from utils import datasets, pretrained; print(datasets.__file__); datasets.load_cifar10()\n"
        "pretrained.find_model('imdb-bert-mini')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=home, capture_output=True, text=True, check=True
    )
    assert str(tmp_path / "site") in done.stdout
    assert f"from the stand-in, {tmp_path / 'site' / 'utils' / 'stand_in'}" in done.stdout
    assert f"imdb-bert-mini: {tmp_path / 'site' / 'utils' / 'models'}" in done.stdout
