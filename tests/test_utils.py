"""Settings, device, plots and reports behave on any machine, and say clearly when they cannot."""

import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
import torch

from utils import device, plots, report, settings


def test_the_preset_is_full_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("LABS_PRESET", raising=False)
    assert settings.scaled(full=100, smoke=2) == 100
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert settings.scaled(full=100, smoke=2) == 2
    monkeypatch.setenv("LABS_PRESET", "full")
    assert settings.preset() == "full"
    monkeypatch.setenv("LABS_PRESET", "fast")
    with pytest.raises(ValueError, match="'fast'; set it to full or smoke"):
        settings.preset()


def test_the_data_folder_is_taken_from_the_checkout(monkeypatch):
    monkeypatch.delenv("LABS_DATA", raising=False)
    assert settings.data_dir() == settings.ROOT / "data"
    monkeypatch.setenv("LABS_DATA", "tests")
    assert settings.data_dir() == settings.ROOT / "tests"
    monkeypatch.setenv("LABS_DATA", "no/such/folder")
    with pytest.raises(FileNotFoundError, match=r"no/such/folder', and .* is not a folder"):
        settings.data_dir()


def test_a_device_that_is_not_there_is_a_clear_error(monkeypatch):
    monkeypatch.setenv("LABS_DEVICE", "cpu")
    assert device.get_device().type == "cpu"
    monkeypatch.setenv("LABS_DEVICE", "gpu")
    with pytest.raises(ValueError, match="use cpu, cuda, cuda:1 or mps"):
        device.get_device()
    monkeypatch.setenv("LABS_DEVICE", "cuda:77")
    with pytest.raises(ValueError, match="this machine has no such device"):
        device.get_device()


def test_seeds_make_draws_repeatable():
    device.seed_everything(3)
    first = torch.randn(4)
    device.seed_everything(3)
    assert torch.equal(torch.randn(4), first)


def test_a_figure_has_alt_text_and_a_caption_and_is_closed(monkeypatch):
    fig, ax = plt.subplots()
    plots.curves(ax, {"a": [1, 2], "b": [2, 1]}, title="T", xlabel="x", ylabel="y")
    html = []
    monkeypatch.setattr("IPython.display.display", lambda obj: html.append(obj.data))
    plots.show(fig, alt='rising & "falling"', caption="They <cross>.")
    assert 'alt="rising &amp; &quot;falling&quot;"' in html[0]
    assert "<figcaption>They &lt;cross&gt;.</figcaption>" in html[0]
    assert 'src="data:image/png;base64,iVBOR' in html[0]
    assert not plt.fignum_exists(fig.number)


def test_curves_differ_in_more_than_color():
    _, ax = plt.subplots()
    plots.curves(ax, {"a": [1, 2], "b": [2, 1]}, title="T", xlabel="x", ylabel="y")
    first, second = ax.get_lines()
    assert first.get_linestyle() != second.get_linestyle()
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("T", "x", "y")
    plt.close("all")


def test_the_decision_boundary_asks_for_every_point_of_a_grid():
    asked = []

    def predict(points):
        asked.append(points)
        return torch.sigmoid(points[:, 0])

    _, ax = plt.subplots()
    x = torch.tensor([[-1.0, 0.0], [1.0, 2.0]])
    plots.decision_boundary(ax, predict, x, torch.tensor([0, 1]), title="T")
    (points,) = asked
    assert points.shape == (120 * 120, 2)
    assert points.min(dim=0).values.tolist() == pytest.approx([-1.3, -0.3])
    plt.close("all")


def test_a_report_takes_plain_values_only():
    with pytest.raises(TypeError, match="accuracy is a Tensor"):
        report.report("01_lab", accuracy=torch.tensor(0.5))


def test_importing_utils_loads_nothing_heavy():
    heavy = ["torchvision", "transformers", "datasets", "matplotlib", "IPython", "sklearn"]
    code = (
        "import sys, utils, utils.checks, utils.device, utils.plots, utils.report, utils.settings, utils.setup\n"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_utils_never_imports_course():
    for path in (Path(settings.__file__).parent).glob("*.py"):
        assert "course" not in [line.split()[1].split(".")[0] for line in imports(path)], path


def imports(path: Path) -> list[str]:
    lines = map(str.strip, path.read_text(encoding="utf-8").splitlines())
    return [
        line for line in lines if line.startswith(("import ", "from ")) and len(line.split()) > 1
    ]
