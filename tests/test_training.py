"""`fit` trains, stops, resumes to the bit, and says what went wrong."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from utils import checkpoints, training
from utils.batches import Batches
from utils.training import TrainingStopped, fit, warmup_cosine


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LABS_CACHE", str(tmp_path))
    return tmp_path / "checkpoints"


def parts(seed: int = 0):
    """A small model with dropout, so that a resumed run needs the random numbers too."""
    torch.manual_seed(seed)
    x = torch.randn(200, 4)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 2))
    return model, Batches(x, (x[:, 0] > 0).long(), batch_size=16)


def loss(model, batch):
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


def accuracy(model):
    _, data = parts()
    x, y = data[0]
    return {"accuracy": (model(x).argmax(1) == y).float().mean().item()}


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_it_learns_and_records(capfd):
    model, data = parts()
    history = fit(model, data, loss, steps=150, lr=0.05, evaluate=accuracy, evaluate_every=50)
    assert history.steps == len(history.loss) == 150
    assert history.evaluated_at == [50, 100, 150]
    assert history.metrics["accuracy"][-1] > 0.9
    assert history.samples == 150 * 16
    assert not model.training
    out, err = capfd.readouterr()
    assert err == ""
    assert "step 150 · loss" in out


def test_the_plot_names_what_it_shows():
    history = training.History([1.0, 0.5, 0.2], {"accuracy": [0.4, 0.9]}, [1, 3])
    left, right = history.plot("Reversal").axes
    assert (left.get_ylabel(), right.get_ylabel()) == ("training loss", "accuracy")
    assert left.get_title() == right.get_title() == "Reversal"
    assert right.get_lines()[0].get_xdata().tolist() == [1, 3]


def test_it_is_the_loop_of_lab_01():
    model, data = parts()
    model[2].p = 0.0
    mine, _ = parts()
    mine[2].p = 0.0
    optimizer = torch.optim.SGD(mine.parameters(), lr=0.1)
    for step in range(20):
        optimizer.zero_grad()
        loss(mine, data[step]).backward()
        optimizer.step()
    fit(
        model,
        data,
        loss,
        steps=20,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        schedule=lambda progress: 1.0,
        clip=None,
        precision=torch.float32,
        show=False,
    )
    assert torch.equal(weights(model), weights(mine))


def test_accumulated_batches_are_one_large_batch():
    small, large = parts()[0], parts()[0]
    x, y = torch.randn(32, 4), torch.randint(2, (32,))
    small[2].p = large[2].p = 0.0
    settings = {"steps": 3, "precision": torch.float32, "show": False}
    fit(small, Batches(x, y, batch_size=8), loss, accumulate=4, **settings)
    fit(large, Batches(x, y, batch_size=32), loss, **settings)
    assert torch.allclose(weights(small), weights(large), atol=1e-6)


def test_a_target_ends_it_early():
    model, data = parts()
    history = fit(
        model, data, loss, steps=5000, lr=0.05, evaluate=accuracy, evaluate_every=10,
        stop_when=lambda metrics: metrics["accuracy"] >= 0.9, show=False,
    )  # fmt: skip
    assert history.steps < 5000
    assert history.metrics["accuracy"][-1] >= 0.9


def test_seconds_end_it_too():
    model, data = parts()
    history = fit(model, data, loss, seconds=0.2, evaluate=accuracy, show=False)
    assert history.steps > 1
    assert history.seconds >= 0.2
    assert history.evaluated_at == [history.steps]


def test_the_schedule_rises_then_falls_to_zero():
    factors = [warmup_cosine(i / 100) for i in range(101)]
    assert factors[0] == 0
    assert factors[10] == 1 == max(factors)
    assert factors[55] == pytest.approx(0.5)
    assert factors[100] == pytest.approx(0)
    assert factors[10:] == sorted(factors[10:], reverse=True)


def test_no_step_is_wasted_at_a_rate_of_zero():
    model, data = parts()
    before = weights(model)
    fit(model, data, loss, steps=1, show=False)
    assert not torch.equal(weights(model), before)


def test_two_optimizers_share_the_work():
    model, data = parts()
    before = [p.detach().clone() for p in model.parameters()]
    matrices = [p for p in model.parameters() if p.dim() == 2]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    pair = [torch.optim.Muon(matrices, lr=0.02), torch.optim.AdamW(vectors, lr=0.01)]
    fit(model, data, loss, steps=5, optimizer=pair, precision=torch.float32, show=False)
    assert not any(map(torch.equal, before, model.parameters()))


def test_weight_decay_is_for_matrices_only():
    groups = training.adamw(parts()[0], 1e-3).param_groups
    assert [(group["weight_decay"], {p.dim() for p in group["params"]}) for group in groups] == [
        (0.01, {2}),
        (0.0, {1}),
    ]


@pytest.mark.parametrize("length", [{}, {"steps": 1, "seconds": 1.0}])
def test_the_length_is_given_once(length):
    model, data = parts()
    with pytest.raises(ValueError, match=r"steps=\.\.\. or seconds=\.\.\."):
        fit(model, data, loss, **length)


def test_a_model_elsewhere_than_its_batches_is_said():
    model, data = parts()
    with pytest.raises(ValueError, match=r"the model is on meta and the batches are on cpu"):
        fit(model.to("meta"), data, loss, steps=1)


def test_a_run_that_diverges_stops_with_the_step_and_the_causes(cache):
    model, data = parts()
    calls = []

    def breaks(model, batch):
        calls.append(1)
        return loss(model, batch) * (torch.inf if len(calls) == 4 else 1)

    with pytest.raises(
        TrainingStopped, match=r"became inf at step 4.*0.001 is too high \(try 0.0001\)"
    ):
        fit(model, data, breaks, steps=100, checkpoint="a", checkpoint_seconds=0)
    assert len(calls) == 4
    assert [path.name for path in cache.iterdir()] == ["a.old.pt"]


def test_out_of_memory_names_what_fits():
    model, data = parts()

    def greedy(model, batch):
        if len(batch[0]) > 4:
            torch.empty(2**50)
        return loss(model, batch)

    words = r"Out of memory on cpu at step 1 with batches of 16. .*batch_size=4 and accumulate=4 "
    with pytest.raises(TrainingStopped, match=words):
        fit(model, data, greedy, steps=3)
    with pytest.raises(TrainingStopped, match="Not even one example fits"):
        fit(model, data, lambda m, b: torch.empty(2**50), steps=3)


def test_out_of_memory_in_the_evaluation_is_not_blamed_on_the_batches():
    model, data = parts()
    with pytest.raises(TrainingStopped, match=r"in the evaluation after step 2\. .*smaller pieces"):
        fit(model, data, loss, steps=2, evaluate=lambda model: torch.empty(2**50))


def test_out_of_memory_before_the_first_batch_is_told(monkeypatch):
    model, data = parts()
    monkeypatch.setattr(type(data), "__getitem__", lambda self, k: torch.empty(2**50))
    with pytest.raises(TrainingStopped, match="before the first batch of 16 was there"):
        fit(model, data, loss, steps=2)


def test_another_error_stays_what_it_is():
    model, data = parts()
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        fit(model, data, lambda m, b: m(b[0].T).sum(), steps=1, show=False)


# Checkpoints

RUN = {"steps": 60, "checkpoint": "run", "checkpoint_seconds": 0, "show": False}


def test_an_interrupted_training_resumes_and_ends_with_the_same_bits(cache, capsys):
    whole, data = parts()
    wanted = fit(whole, data, loss, steps=60, evaluate=accuracy, evaluate_every=20, show=False)

    model, data = parts()
    calls = []

    def interrupted(model, batch):
        calls.append(1)
        if len(calls) == 34:
            raise KeyboardInterrupt
        return loss(model, batch)

    with pytest.raises(KeyboardInterrupt):
        fit(model, data, interrupted, evaluate=accuracy, evaluate_every=20, **RUN)
    assert "Interrupted after step 33. Run the same cell again to resume" in capsys.readouterr().out
    model, data = parts()
    torch.rand(3)
    got = fit(model, data, loss, evaluate=accuracy, evaluate_every=20, **RUN)
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
sys.path.insert(0, {tests!r})
from test_training import RUN, fit, loss, parts

def announced(model, batch):
    print("step", flush=True)
    return loss(model, batch)

fit(*parts(), announced, **(RUN | {{"steps": 10**6, "precision": torch.float32}}))
"""


def test_a_killed_training_leaves_a_whole_checkpoint(cache, capsys):
    code = KILLED.format(tests=str(Path(__file__).parent))
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
    settings = RUN | {"steps": 10**6, "precision": torch.float32, "checkpoint": None}

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
    interrupt_after(5, precision=torch.float32)
    model, data = parts()
    assert fit(model, data, loss, **(RUN | {"precision": torch.bfloat16})).steps == 60
    assert "Starting anew: precision on cpu changed" in capsys.readouterr().out


def test_a_resumed_run_keeps_the_precision_that_was_chosen_for_it(cache, capsys, monkeypatch):
    for chosen in (torch.float32, torch.bfloat16):
        monkeypatch.setattr(training.devices, "get_precision", lambda _, chosen=chosen: chosen)
        seen = []

        def noted(model, batch, seen=seen):
            logits = model(batch[0])
            seen.append(logits.dtype)
            if len(seen) == 6:
                raise KeyboardInterrupt
            return nn.functional.cross_entropy(logits, batch[1])

        with pytest.raises(KeyboardInterrupt):
            fit(*parts(), noted, **RUN)
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

    monkeypatch.setattr(checkpoints.os, "fsync", full)
    assert fit(*parts(), loss, **(RUN | {"steps": 3})).steps == 3
    assert "No space left on device); training goes on" in capsys.readouterr().out
    assert list(cache.iterdir()) == []
