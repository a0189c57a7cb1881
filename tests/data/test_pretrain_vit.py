"""The pretraining of the small ViT: the lab's own model, and a folder that loads as it was saved."""

import importlib.util
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

SCRIPT = Path(__file__).resolve().parents[2] / "data" / "pretrain_vit.py"
SPEC = importlib.util.spec_from_file_location("pretrain_vit", SCRIPT)
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)


@pytest.fixture(scope="module")
def lab():
    return script.lab_cells(script.LAB, script.CELLS)


@pytest.fixture
def model(lab):
    torch.manual_seed(0)
    return lab["ViT"](16, 2, 2, pool="mean").eval()


@pytest.fixture
def images():
    return torch.randint(256, (20, 3, 32, 32), generator=torch.Generator().manual_seed(0)).byte()


def test_half_of_the_patches_are_read_and_those_that_are_not_do_not_matter(model, images):
    x = images / 255
    torch.manual_seed(1)
    logits = script.logits_of_half(model, x)
    torch.manual_seed(1)
    left_out = torch.randperm(64)[32:]
    rows = x.unfold(2, 4, 4).unfold(3, 4, 4)  # a view: (B, 3, 8, 8, 4, 4)
    rows[:, :, left_out // 8, left_out % 8] = 0.0
    torch.manual_seed(1)
    assert torch.equal(script.logits_of_half(model, x), logits)
    assert not torch.allclose(model(x), logits, atol=1e-3)


def test_colors_are_those_of_all_pixels(images):
    mean, std = script.color_statistics(images)
    assert torch.allclose(mean, (images.double() / 255).mean((0, 2, 3)).float())
    assert torch.allclose(std, (images.double() / 255).std((0, 2, 3)).float(), rtol=1e-3)
    prepared = script.Task(images, torch.device("cpu")).prepared(images)
    assert prepared.mean((0, 2, 3)).abs().max() < 1e-4


def test_accuracy_counts_every_image(model, images):
    task = script.Task(images, torch.device("cpu"))
    with torch.no_grad():
        answers = model(task.prepared(images)).argmax(dim=1)
        wrong = (answers + (torch.arange(20) < 5)) % 10
        assert task.accuracy(model, images, wrong) == {"held-out accuracy": 0.75}


def test_every_weight_has_one_optimizer_and_matrices_of_the_blocks_have_muon(model):
    muon, adamw = (
        [p for group in o.param_groups for p in group["params"]] for o in script.optimizers(model)
    )
    assert sorted(map(id, [*muon, *adamw])) == sorted(map(id, model.parameters()))
    assert len(muon) == 1 + 4 * 2
    assert not any(p is model.position_embedding or p is model.head.weight for p in muon)


def test_a_saved_model_is_small_loads_into_the_lab_s_class_and_says_how_it_was_made(
    lab, model, images, tmp_path
):
    log = {"steps": 40, "images seen": 5120, "images": 45_000, "seconds": 600, "hardware": "cpu"}
    log["held-out accuracy"] = {20: 0.5, 40: 0.625}
    folder = tmp_path / "models" / "vit"
    before = model(images / 255)
    for _ in range(2):  # the second one takes the place of the first
        script.save(model, {"d_model": 16}, log, folder, script.card)
    assert [path.name for path in folder.parent.iterdir()] == ["vit"]
    count = sum(p.numel() for p in model.parameters())
    assert (folder / "model.safetensors").stat().st_size < 3 * count  # four times in float32
    loaded = lab["ViT"](16, 2, 2, pool="mean").eval()
    loaded.load_state_dict(load_file(folder / "model.safetensors"))
    assert torch.allclose(loaded(images / 255), before, atol=0.02)
    assert json.loads((folder / "config.json").read_text()) == {"d_model": 16}
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "| 40 | 5,120 | 62.5% |" in card
    assert "10 minutes on cpu" in card


def test_the_model_of_the_book_fits_the_lab_s_class(lab):
    config = json.loads((script.FOLDER / "config.json").read_text(encoding="utf-8"))
    assert {name: config[name] for name in script.SIZES} == script.SIZES
    assert len(config["classes"]) == 10
    lab["ViT"](**script.SIZES).load_state_dict(load_file(script.FOLDER / "model.safetensors"))
