"""The pretraining of the small segmenter: scenes, prompts and figures of the lab, a folder that loads."""

import importlib.util
import json
import sys

import pytest
import torch
from conftest import ROOT
from safetensors.torch import load_file

from utils.batches import Batches

sys.path.append(str(ROOT / "data"))  # the script imports its siblings
SCRIPT = ROOT / "data" / "pretrain_segment.py"
SPEC = importlib.util.spec_from_file_location("pretrain_segment", SCRIPT)
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)
SMALL = {"d_model": 16, "n_layers": 2, "n_heads": 2, "channels": 8, "patch": 4}


@pytest.fixture(scope="module")
def lab():
    return script.lab_cells(script.LAB, script.CELLS)


@pytest.fixture
def model(lab):
    torch.manual_seed(0)
    return lab["Segmenter"](**SMALL).eval()


@pytest.fixture(scope="module")
def scenes(lab):
    return lab["click_scenes"](60, lab["SEEN_KINDS"], lab["SEEN_HUES"], seed=0)


def test_no_kind_and_no_hue_of_the_test_is_trained(lab):
    assert not set(lab["SEEN_KINDS"]) & set(lab["NEW_KINDS"])
    turns = torch.arange(0, 1, 0.001)

    def covered(hues):
        return torch.stack([(turns - low) % 1 <= high - low for low, high in hues]).any(dim=0)

    seen, new = covered(lab["SEEN_HUES"]), covered(lab["NEW_HUES"])
    assert not (seen & new).any()
    for shift in (-20, 20):  # a fiftieth of a turn lies between them
        assert not (seen.roll(shift) & new).any()


def test_masks_are_what_is_seen(lab, scenes):
    images, masks = scenes
    wholes, parts = masks.unflatten(1, (2, lab["MOST"])).unbind(1)
    assert (wholes.sum(dim=1) <= 1).all()  # a pixel belongs to one shape
    assert not (parts & ~wholes).any()
    assert parts.flatten(1).any(dim=1).float().mean() > 0.3
    colors = images.double()  # a shape has another color than what is around it
    inside, outside = (
        (colors * mask[:, None]).sum(dim=(2, 3)) / mask.sum(dim=(1, 2)).clamp(min=1)[:, None]
        for mask in (wholes.any(dim=1), ~wholes.any(dim=1))
    )
    assert (inside - outside).abs().max(dim=1).values.median() > 20


def test_clicks_lie_where_they_say_and_boxes_enclose(lab, scenes):
    generator = torch.Generator().manual_seed(1)
    targets = lab["one_mask_each"](scenes[1].repeat(5, 1, 1, 1), generator)
    points, labels = lab["random_prompts"](targets, generator)
    x, y = (points * 32).long().clamp(max=31).unbind(-1)  # (B, 3)
    hit = targets[torch.arange(len(targets))[:, None], y, x]
    assert hit[labels == 1].all()
    assert not hit[labels == 0].any()
    assert {tuple(row) for row in labels.tolist()} == {
        (1, -1, -1),
        (1, 1, -1),
        (1, 1, 0),
        (1, -1, 0),
        (2, 3, -1),
    }
    boxed = labels[:, 0] == 2
    (left, top), (right, bottom) = (32 * points[boxed, :2]).round().long().permute(1, 2, 0)
    for mask, *ends in zip(targets[boxed], left, top, right, bottom, strict=True):
        rows, columns = mask.nonzero().unbind(1)
        assert [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] == ends


def test_figures_of_perfect_and_of_empty_masks(lab, scenes):
    class Oracle(torch.nn.Module):
        """Knows the masks of the scenes; says the whole first, then the part, and rates the whole best."""

        def __init__(self, sign):
            super().__init__()
            self.sign, self.masks = torch.nn.Parameter(torch.tensor(sign)), scenes[1]

        def encode(self, images):
            return images, images

        def decode(self, x, pixels, points, labels):
            column, row = (points[:, 0] * 32).long().unbind(1)
            hit = self.masks[torch.arange(len(x)), :, row, column].unflatten(1, (2, -1))
            masks = self.masks.unflatten(1, (2, -1)) & hit[..., None, None]
            whole, part = masks.any(dim=2).unbind(1)
            logits = torch.stack([whole, part, part], dim=1).float() - 0.5
            return self.sign * logits, torch.tensor([[0.9, 0.5, 0.1]]).expand(len(x), 3)

    figures = lab["measured_clicks"](Oracle(1.0), *scenes, seed=0)
    assert figures["clear"] == pytest.approx(1.0)
    assert figures["of three"] == pytest.approx(1.0)
    assert 0.5 < figures["all"] < 1  # who means the part gets the whole
    assert lab["measured_clicks"](Oracle(-1.0), *scenes, seed=0)["clear"] == pytest.approx(0.0)


def test_every_weight_has_one_optimizer(model):
    muon, adamw = (
        [p for group in o.param_groups for p in group["params"]] for o in script.optimizers(model)
    )
    assert sorted(map(id, [*muon, *adamw])) == sorted(map(id, model.parameters()))
    assert not any(p is model.kinds or p is model.outputs for p in muon)


def test_the_loss_falls_on_one_batch(lab, model, scenes):
    generator = torch.Generator().manual_seed(0)
    batch = lab["asked_twice"](*(t[:8] for t in scenes), generator=generator)
    assert [tuple(t.shape) for t in batch] == [(8, 3, 32, 32), (16, 3, 2), (16, 3), (16, 32, 32)]
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(25):
        loss = lab["segment_loss"](model, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]


def test_a_saved_model_is_small_loads_into_the_lab_s_class_and_says_how_it_was_made(
    lab, model, scenes, tmp_path
):
    log = {"steps": 40, "scenes": 500, "seconds": 600, "hardware": "cpu"}
    log["held-out"] = {
        20: {"clear": 0.5, "all": 0.4, "of three": 0.625},
        40: {"clear": 0.75, "all": 0.5, "of three": 0.875},
    }
    folder = tmp_path / "models" / "segment"
    for _ in range(2):  # the second one takes the place of the first
        script.save(model, script.SIZES, log, folder, script.card)
    assert [path.name for path in folder.parent.iterdir()] == ["segment"]
    loaded = lab["Segmenter"](**SMALL).eval()
    loaded.load_state_dict(load_file(folder / "model.safetensors"))
    clicks = torch.tensor([[[0.3, 0.6]], [[0.9, 0.1]]]), torch.ones(2, 1, dtype=torch.long)
    with torch.no_grad():
        got, wanted = (m.decode(*m.encode(scenes[0][:2] / 255), *clicks) for m in (loaded, model))
    assert torch.allclose(got[0], wanted[0], atol=0.05)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "| 40 | 0.750 | 0.875 |" in card
    assert "10 minutes on cpu" in card
    assert "--masks-of" not in card
    rated = script.card(log | {"masks": {"steps": 1500, "steps before": 500}}, 1)
    assert "in 2,000 steps of 24 scenes" in rated
    assert "40 steps of 256 prompts" in rated


def test_ratings_learn_alone_from_what_the_masks_cover(lab, model, scenes, tmp_path, monkeypatch):
    monkeypatch.setenv("LABS_CACHE", str(tmp_path))
    before = {name: t.clone() for name, t in model.state_dict().items()}
    batches = Batches(*scenes, batch_size=12, seed=0, augment=lab["asked_twice"])
    seen, actual = script.rated_prompts(lab, model, batches)
    assert len(seen) == len(actual) == 120
    rated = model.to_iou(seen).squeeze(-1).sigmoid()
    script.train_ratings(model, seen, actual, steps=200)
    changed = {name for name, t in model.state_dict().items() if not torch.equal(t, before[name])}
    assert changed == {f"to_iou.{i}.{kind}" for i in (0, 2) for kind in ("weight", "bias")}
    again = model.to_iou(seen).squeeze(-1).sigmoid()  # of inputs as the model makes them
    assert (again - actual).square().mean() < 0.7 * (rated - actual).square().mean()


def test_what_a_rating_sees_depends_on_the_mask_and_teaches_none(lab):
    logits = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    features = torch.rand(2, 8, 32, 32, requires_grad=True)
    logits.requires_grad_()
    seen = lab["covered"](logits, features)
    assert seen.shape == (2, 3, 2 * 8 + 6)
    assert not torch.allclose(lab["covered"](-logits, features), seen)
    seen.sum().backward()
    assert features.grad is not None
    assert logits.grad is None  # a rating does not bend what it rates


def test_the_model_of_the_book_fits_the_lab_s_class(lab):
    config = json.loads((script.FOLDER / "config.json").read_text(encoding="utf-8"))
    assert config == script.SIZES
    lab["Segmenter"](**config).load_state_dict(load_file(script.FOLDER / "model.safetensors"))
