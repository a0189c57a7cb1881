"""Settings, device, plots and reports behave on any machine, and say clearly when they cannot."""

import random
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
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


def draws(count: int = 3) -> list[float]:
    return [random.random(), *np.random.rand(count), *torch.rand(count).tolist()]


def test_seeds_make_draws_repeatable():
    device.seed_everything(3)
    first = draws()
    device.seed_everything(3)
    assert draws() == first
    assert draws() != first


def test_the_deterministic_switch_goes_on_and_off(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    device.seed_everything(0, deterministic=True)
    assert torch.are_deterministic_algorithms_enabled()
    device.seed_everything(0)
    assert not torch.are_deterministic_algorithms_enabled()


def test_workers_draw_differently_and_repeatably():
    def drawn(seed):
        torch.manual_seed(seed)
        device.seed_worker(0)
        return random.random(), np.random.rand()

    assert drawn(1) == drawn(1) != drawn(2)


@pytest.mark.parametrize(
    ("capability", "expected"),
    [
        ((6, 1), torch.float32),
        ((7, 0), torch.float16),
        ((7, 5), torch.float16),
        ((8, 0), torch.bfloat16),
        ((9, 0), torch.bfloat16),
    ],
)
def test_a_gpu_computes_in_the_precision_it_has(monkeypatch, capability, expected):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert device.get_precision(torch.device("cuda")) == expected


def test_a_busy_machine_does_not_hide_that_bfloat16_is_faster(monkeypatch):
    now, calls = 0.0, 0

    def clock() -> float:
        """Products take 1 s and 0.1 s in turn, but 10 s each while other work holds up the first eight."""
        nonlocal now, calls
        product, ended = divmod(calls, 2)
        calls += 1
        if ended:
            now += 10 if product < 8 else (1, 0.1)[product % 2]
        return now

    monkeypatch.setattr(device.time, "perf_counter", clock)
    assert device._bfloat16_speedup.__wrapped__(size=2) == pytest.approx(10)


@pytest.mark.parametrize(
    ("speedup", "expected"), [(5, torch.bfloat16), (1.6, torch.float32), (1.1, torch.float32)]
)
def test_a_cpu_computes_in_bfloat16_if_that_is_faster(monkeypatch, speedup, expected):
    cpu = torch.device("cpu")
    monkeypatch.setattr(device, "_bfloat16_speedup", lambda: speedup)
    assert device.get_precision(cpu) == expected
    with device.autocast(cpu):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == expected
    with device.autocast(cpu, torch.float32):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


@pytest.mark.parametrize(("threads", "words"), [(1, "1 thread"), (2, "2 threads")])
def test_a_cpu_is_described_by_its_name_and_its_threads(monkeypatch, threads, words):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert re.fullmatch(rf"cpu \(\w.*, {words}\)", device.describe(torch.device("cpu")))


def test_a_small_gain_may_be_enough(monkeypatch):
    cpu = torch.device("cpu")
    monkeypatch.setattr(device, "_bfloat16_speedup", lambda: 1.6)
    assert device.get_precision(cpu, least_gain=1.25) == torch.bfloat16
    assert device.get_precision(cpu, least_gain=2.0) == torch.float32


@pytest.mark.skipif(sys.platform != "linux", reason="a CPU's peak can be reset on Linux only")
def test_the_cost_of_a_block_is_its_own():
    with device.measure(torch.device("cpu")) as large:
        torch.ones(2**25)  # 128 MiB, freed at once
    with device.measure(torch.device("cpu")) as small:
        torch.ones(2**10)
    assert 100 * 2**20 < large.peak_bytes < 200 * 2**20
    assert small.peak_bytes < 2**24
    assert large.seconds > 0


@pytest.mark.skipif(sys.platform != "linux", reason="a CPU's peak can be reset on Linux only")
def test_memory_that_was_freed_before_counts_when_it_is_used_again():
    torch.ones(2**22)  # 16 MiB, freed: from now on blocks below that size come from the heap
    blocks = [torch.ones(2**16) for _ in range(1200)]  # 300 MiB in all
    above = blocks.pop()  # keeps the heap from shrinking
    del blocks
    with device.measure(torch.device("cpu")) as cost:
        torch.ones(2**25)
    assert cost.peak_bytes > 100 * 2**20
    del above


def test_the_cache_folder_is_where_it_can_be_written(monkeypatch, tmp_path):
    monkeypatch.delenv("LABS_CACHE", raising=False)
    assert settings.cache_dir() == settings.ROOT / "data" / "cache"
    monkeypatch.setattr(settings, "ROOT", tmp_path)  # not a checkout
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert settings.cache_dir() == tmp_path / "home" / ".cache" / "transformer-labs"
    monkeypatch.setattr(settings, "DRIVE", tmp_path)
    assert settings.cache_dir() == tmp_path / "transformer-labs"
    monkeypatch.setenv("LABS_CACHE", "mine")
    assert settings.cache_dir() == tmp_path / "mine"
    (tmp_path / "file").touch()
    monkeypatch.setenv("LABS_CACHE", "file/below")
    with pytest.raises(OSError, match="Set LABS_CACHE to a folder of your own"):
        settings.cache_dir()


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
        "import sys, utils, utils.checks, utils.datasets, utils.device, utils.plots, utils.report\n"
        "import utils.batches, utils.settings, utils.setup, utils.training\n"
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
