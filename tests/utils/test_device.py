"""Device, precision and seeds are right on any machine, and what is not there is said."""

import random
import re
import time

import numpy as np
import pytest
import torch

from utils import device


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


CPU = torch.device("cpu")


def clock_of(monkeypatch, float32: list[float], bfloat16: list[float]) -> None:
    """A clock by which the steps of each precision take these seconds."""
    left = {torch.float32: iter(float32), torch.bfloat16: iter(bfloat16)}

    def seconds(step, place, precision):
        with device.autocast(place, precision):
            step()
        return next(left[precision])

    monkeypatch.setenv("LABS_PRESET", "full")
    monkeypatch.setattr(device, "_seconds", seconds)


def precision_of(products: list[torch.dtype]):
    """A step that notes the precision of its product."""
    return lambda: products.append((torch.ones(2, 2) @ torch.ones(2, 2)).dtype)


@pytest.mark.parametrize(
    ("bfloat16", "chosen"), [(0.2, torch.bfloat16), (0.95, torch.float32), (1.5, torch.float32)]
)
def test_a_cpu_computes_in_bfloat16_if_the_step_is_faster_in_it(monkeypatch, bfloat16, chosen):
    clock_of(monkeypatch, [9.0, 1, 1, 1], [9.0] + 3 * [bfloat16])
    products = []
    precision, gain = device.faster_precision(CPU, precision_of(products))
    assert (precision, gain) == (chosen, pytest.approx(1 / bfloat16))
    assert products == 4 * [torch.float32, torch.bfloat16]


def test_other_work_on_the_machine_hides_nothing(monkeypatch):
    clock_of(monkeypatch, [1.0, 10, 1, 10], [1.0, 10, 10, 0.5])
    assert device.faster_precision(CPU, list) == (torch.bfloat16, 2.0)


def test_a_cpu_without_bfloat16_is_asked_once(monkeypatch):
    clock_of(monkeypatch, [1.0], [4.0])
    assert device.faster_precision(CPU, list) == (torch.float32, 0.25)


def test_a_short_run_measures_nothing(monkeypatch):
    monkeypatch.setenv("LABS_PRESET", "smoke")
    products = []
    assert device.faster_precision(CPU, precision_of(products)) == (torch.float32, None)
    assert products == []


def test_autocast_computes_in_the_precision_it_is_given():
    for precision in (torch.float32, torch.bfloat16):
        with device.autocast(CPU, precision):
            assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == precision
    with device.autocast(CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


@pytest.mark.parametrize(("threads", "words"), [(1, "1 thread"), (2, "2 threads")])
def test_a_cpu_is_described_by_its_name_and_its_threads(monkeypatch, threads, words):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert re.fullmatch(rf"cpu \(\w.*, {words}\)", device.describe(torch.device("cpu")))


def test_the_seconds_of_a_block_are_measured():
    with device.measure(torch.device("cpu")) as cost:
        time.sleep(0.02)
    assert 0.02 <= cost.seconds < 10
