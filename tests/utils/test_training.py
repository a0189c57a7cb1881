"""`fit` trains, stops when it should, and says what went wrong."""

import pytest
import torch
from torch import nn
from toy_training import accuracy, loss, parts, weights

from utils import training
from utils.batches import Batches
from utils.training import TrainingStopped, fit, warmup_cosine


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LABS_CACHE", str(tmp_path))
    return tmp_path / "checkpoints"


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


def test_muon_takes_the_hidden_matrices_and_adamw_all_else():
    model = parts()[0]
    muon, adamw = training.muon_and_adamw(
        model, model[0].parameters(), muon_lr=0.02, adamw_lr=0.01, betas=(0.9, 0.98)
    )
    (matrices,) = muon.param_groups
    (others,) = adamw.param_groups
    assert [id(p) for p in matrices["params"]] == [id(model[0].weight)]
    assert len(others["params"]) == 3
    assert (matrices["lr"], others["lr"], others["betas"]) == (0.02, 0.01, (0.9, 0.98))


@pytest.mark.parametrize("length", [{}, {"steps": 1, "seconds": 1.0}])
def test_the_length_is_given_once(length):
    model, data = parts()
    with pytest.raises(ValueError, match=r"steps=\.\.\. or seconds=\.\.\."):
        fit(model, data, loss, **length)


@pytest.mark.parametrize(
    ("length", "words"), [({"steps": 0}, "for 0 steps"), ({"seconds": 0.0}, "for 0 seconds")]
)
def test_no_length_is_said(length, words):
    model, data = parts()
    with pytest.raises(ValueError, match=words):
        fit(model, data, loss, **length)


def test_a_model_elsewhere_than_its_batches_is_said():
    model, data = parts()
    with pytest.raises(ValueError, match=r"the model is on meta and the batches are on cpu"):
        fit(model.to("meta"), data, loss, steps=1)


@pytest.mark.parametrize("chosen", [torch.float32, torch.bfloat16])
def test_the_first_steps_choose_the_precision_and_leave_nothing_behind(monkeypatch, capsys, chosen):
    monkeypatch.setenv("LABS_PRESET", "full")

    def trained(**options) -> tuple[torch.Tensor, torch.Tensor]:
        model, data = parts()
        model.insert(1, nn.BatchNorm1d(8))
        fit(model, data, loss, steps=5, **options)
        return weights(model), model[1].running_mean

    passes = []

    def measured(place, step):
        passes.append([step() for _ in range(4)])
        return chosen, 1.25

    wanted = trained(precision=chosen)
    monkeypatch.setattr(training.devices, "faster_precision", measured)
    got = trained()
    assert len(passes) == 1
    assert torch.equal(got[0], wanted[0])
    assert torch.equal(got[1], wanted[1])
    name = str(chosen).removeprefix("torch.")
    words = f"Computes in {name}: bfloat16 is 1.25 times as fast as float32 in the first steps."
    assert words in capsys.readouterr().out


def test_a_run_that_diverges_stops_with_the_step_and_the_causes(cache):
    model, data = parts()
    calls = []

    def breaks(model, batch):
        calls.append(1)
        return loss(model, batch) * (torch.inf if len(calls) == 4 else 1)

    options = {"checkpoint": "a", "checkpoint_seconds": 0, "precision": torch.float32}
    with pytest.raises(
        TrainingStopped, match=r"became inf at step 4.*0.001 is too high \(try 0.0001\)"
    ):
        fit(model, data, breaks, steps=100, **options)
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
