"""An interrupted training resumes to the bit, and no checkpoint is half written."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from toy_training import accuracy, loss, parts, weights

from utils import training
from utils.training import fit


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LABS_CACHE", str(tmp_path))
    return tmp_path / "checkpoints"


RUN = {"steps": 60, "checkpoint": "run", "checkpoint_seconds": 0, "show": False}
RUN |= {"precision": torch.float32}  # measured, it would call the loss before the first step


def test_an_interrupted_training_resumes_and_ends_with_the_same_bits(cache, capsys):
    whole, data = parts()
    options = {"evaluate": accuracy, "evaluate_every": 20}
    wanted = fit(whole, data, loss, **(RUN | {"checkpoint": None}), **options)

    model, data = parts()
    calls = []

    def interrupted(model, batch):
        calls.append(1)
        if len(calls) == 34:
            raise KeyboardInterrupt
        return loss(model, batch)

    with pytest.raises(KeyboardInterrupt):
        fit(model, data, interrupted, **options, **RUN)
    assert "Interrupted after step 33. Run the same cell again to resume" in capsys.readouterr().out
    model, data = parts()
    torch.rand(3)
    got = fit(model, data, loss, **options, **RUN)
    assert "Resuming at step 33" in capsys.readouterr().out
    assert torch.equal(weights(model), weights(whole))
    assert (got.loss, got.metrics, got.evaluated_at) == (
        wanted.loss,
        wanted.metrics,
        wanted.evaluated_at,
    )
    assert list(cache.iterdir()) == []


KILLED = """
import sys
import torch
sys.path[:0] = {folders!r}
from test_checkpoints import RUN, fit, loss, parts

def announced(model, batch):
    print("step", flush=True)
    return loss(model, batch)

fit(*parts(), announced, **(RUN | {{"steps": 10**6}}))
"""


def test_a_killed_training_leaves_a_whole_checkpoint(cache, capsys):
    here = Path(__file__).resolve()
    code = KILLED.format(folders=[str(here.parent), str(here.parents[1]), str(here.parents[2])])
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    for _ in range(30):
        assert process.stdout.readline() == "step\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    state = torch.load(cache / "run.pt", weights_only=True)
    taken = len(state["history"]["loss"])
    assert taken >= 29
    wanted, data = parts()
    settings = RUN | {"steps": 10**6, "checkpoint": None}

    def stop_after(steps):
        return {
            "evaluate": lambda _: {"x": 0.0},
            "evaluate_every": steps,
            "stop_when": lambda _: True,
        }

    end = taken + 20
    fit(wanted, data, loss, **settings, **stop_after(end))
    model, data = parts(seed=1)
    data = parts()[1]
    fit(model, data, loss, **(settings | {"checkpoint": "run"}), **stop_after(end))
    assert f"Resuming at step {taken}" in capsys.readouterr().out
    assert torch.equal(weights(model), weights(wanted))


def interrupt_after(steps: int, **changes):
    model, data = parts()
    calls = []

    def interrupted(model, batch):
        calls.append(1)
        if len(calls) > steps:
            raise KeyboardInterrupt
        return loss(model, batch)

    with pytest.raises(KeyboardInterrupt):
        fit(model, data, interrupted, **(RUN | changes))


def test_other_settings_start_anew_and_keep_the_earlier_file(cache, capsys):
    interrupt_after(5)
    model, data = parts()
    assert fit(model, data, loss, **(RUN | {"lr": 0.5})).steps == 60
    assert "Starting anew: learning rates changed" in capsys.readouterr().out
    assert [path.name for path in cache.iterdir()] == ["run.old.pt"]


def test_another_precision_starts_anew(cache, capsys):
    interrupt_after(5)
    model, data = parts()
    assert fit(model, data, loss, **(RUN | {"precision": torch.bfloat16})).steps == 60
    assert "Starting anew: precision on cpu changed" in capsys.readouterr().out


def test_a_resumed_run_keeps_the_precision_that_was_chosen_for_it(cache, capsys, monkeypatch):
    for chosen in (torch.float32, torch.bfloat16):
        measured = (chosen, 1.5)
        monkeypatch.setattr(training.devices, "faster_precision", lambda *_, it=measured: it)
        seen = []

        def noted(model, batch, seen=seen):
            logits = model(batch[0])
            seen.append(logits.dtype)
            if len(seen) == 6:
                raise KeyboardInterrupt
            return nn.functional.cross_entropy(logits, batch[1])

        with pytest.raises(KeyboardInterrupt):
            fit(*parts(), noted, **(RUN | {"precision": None}))
        assert set(seen) == {torch.float32}
    assert "Resuming at step 5" in capsys.readouterr().out


def test_a_damaged_checkpoint_is_named(cache):
    interrupt_after(5)
    path = cache / "run.pt"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"run\.pt cannot be read .*Delete it"):
        fit(*parts(), loss, **RUN)


def test_a_full_disk_costs_the_checkpoint_and_not_the_training(cache, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert fit(*parts(), loss, **(RUN | {"steps": 3})).steps == 3
    assert "No space left on device); training goes on" in capsys.readouterr().out
    assert list(cache.iterdir()) == []
