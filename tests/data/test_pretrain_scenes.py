"""The pretraining of the small denoiser: the lab's own model, scenes without four pairs, a folder that loads."""

import importlib.util
import json
import sys

import pytest
import torch
from conftest import ROOT
from safetensors.torch import load_file

sys.path.append(str(ROOT / "data"))  # the script imports its siblings
SCRIPT = ROOT / "data" / "pretrain_scenes.py"
SPEC = importlib.util.spec_from_file_location("pretrain_scenes", SCRIPT)
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)
SMALL = script.SIZES | {"d_model": 16, "n_layers": 2, "n_heads": 2}
LEFT_OUT = [("red", "circle"), ("green", "square"), ("blue", "triangle"), ("yellow", "cross")]


@pytest.fixture(scope="module")
def lab():
    return script.lab_cells(script.LAB, script.CELLS)


@pytest.fixture
def model(lab):
    torch.manual_seed(0)
    return lab["Denoiser"](**SMALL).eval()


def test_training_never_meets_the_pairs_that_are_left_out(lab):
    prompts = script.seen_prompts(lab, 500, torch.Generator().manual_seed(0))
    assert prompts.shape == (500, 7)
    words = [lab["sentence"](prompt).replace(" of", "_of").split() for prompt in prompts]
    pairs = {tuple(one[i : i + 2]) for one in words for i in (1, 5)}
    assert not pairs & set(LEFT_OUT)
    assert len(pairs) == 12
    assert len({tuple(one) for one in words}) > 400


def test_the_judge_reads_what_the_code_draws_and_no_other_sentence(lab):
    generator = torch.Generator().manual_seed(1)
    prompts = lab["scene_prompts"](150, generator)
    scenes = torch.stack([lab["draw_scene"](prompt, generator) for prompt in prompts])
    assert sum(map(lab["is_right"], scenes, prompts)) / 150 >= 0.98
    assert sum(map(lab["is_right"], scenes, prompts.roll(1, dims=0))) <= 2
    assert not lab["is_right"](torch.ones(3, 24, 24), prompts[0])


def test_two_words_exchanged_are_wrong(lab):
    words = lab["SCENE_WORDS"]
    ids = [words.index(w) for w in ("small", "red", "cross", "above", "large", "blue", "circle")]
    prompt = torch.tensor(ids)
    scene = lab["draw_scene"](prompt, torch.Generator().manual_seed(0))
    assert lab["is_right"](scene, prompt)
    for a, b in ((0, 4), (1, 5), (2, 6)):
        other = prompt.clone()
        other[[a, b]] = prompt[[b, a]]
        assert not lab["is_right"](scene, other)
    other = prompt.clone()
    other[3] = words.index("below")
    assert not lab["is_right"](scene, other)


def test_scenes_of_bytes_are_scenes_again(lab):
    scene = lab["draw_scene"](
        torch.tensor([1, 3, 8, 11, 2, 5, 9]), torch.Generator().manual_seed(0)
    )
    as_bytes = ((scene + 1) * 127.5).round().byte()
    back, _ = script.as_floats(as_bytes[None], torch.zeros(1, 7), generator=torch.Generator())
    assert (back[0] - scene).abs().max() < 0.005


def test_every_weight_has_one_optimizer_and_matrices_of_the_blocks_have_muon(model):
    muon, adamw = (
        [p for group in o.param_groups for p in group["params"]] for o in script.optimizers(model)
    )
    assert sorted(map(id, [*muon, *adamw])) == sorted(map(id, model.parameters()))
    assert len(muon) == 2 * (4 + 5) + 4  # of a block four of the words and five, of the reader four
    assert not any(p is model.places or p is model.words.weight for p in muon)


def test_a_saved_model_is_small_loads_into_the_lab_s_class_and_says_how_it_was_made(
    lab, model, tmp_path
):
    log = {"steps": 40, "images seen": 1280, "scenes": 500, "seconds": 600, "hardware": "cpu"}
    log["right"] = {20: {"seen": 0.5, "unseen": 0.25}, 40: {"seen": 0.75, "unseen": 0.5}}
    folder = tmp_path / "models" / "scenes"
    for _ in range(2):  # the second one takes the place of the first
        script.save(model, script.SIZES, log, folder, script.card)
    assert [path.name for path in folder.parent.iterdir()] == ["scenes"]
    loaded = lab["Denoiser"](**SMALL).eval()
    loaded.load_state_dict(load_file(folder / "model.safetensors"))
    x, t, prompts = torch.randn(2, 3, 24, 24), torch.tensor([0.3, 0.8]), torch.ones(2, 7).long()
    with torch.no_grad():
        assert torch.allclose(loaded(x, t, prompts), model(x, t, prompts), atol=0.02)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "| 40 | 1,280 | 75% | 50% |" in card
    assert "10 minutes on cpu" in card


def test_the_model_of_the_book_fits_the_lab_s_class(lab):
    config = json.loads((script.FOLDER / "config.json").read_text(encoding="utf-8"))
    assert config == script.SIZES
    lab["Denoiser"](**config).load_state_dict(load_file(script.FOLDER / "model.safetensors"))
