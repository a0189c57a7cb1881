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


def test_a_small_gain_may_be_enough(monkeypatch):
    cpu = torch.device("cpu")
    monkeypatch.setattr(device, "_bfloat16_speedup", lambda: 1.6)
    assert device.get_precision(cpu, least_gain=1.25) == torch.bfloat16
    assert device.get_precision(cpu, least_gain=2.0) == torch.float32


@pytest.mark.parametrize(("threads", "words"), [(1, "1 thread"), (2, "2 threads")])
def test_a_cpu_is_described_by_its_name_and_its_threads(monkeypatch, threads, words):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert re.fullmatch(rf"cpu \(\w.*, {words}\)", device.describe(torch.device("cpu")))


def test_the_seconds_of_a_block_are_measured():
    with device.measure(torch.device("cpu")) as cost:
        time.sleep(0.02)
    assert 0.02 <= cost.seconds < 10
