"""Whoever has no network works through a lab at full length all the same: its first cells run on the stand-in."""

import re

import pytest
from nbclient import NotebookClient
from nbgrader.utils import is_grade

from course.build import build_notebook
from course.kinds import skipped
from course.layout import Lab, find_labs
from utils import settings

# What is measured and trained before minutes are spent, beside the cells that run in any case.
MEASURED = {
    "07_vit": "images first_images patches_apart patches_three_ways normalization vit_recipe",
    "08_imdb": "data overlap near_copies split baselines bar baseline_words baseline_interval baselines_compared "
    "tokenized five_ways",
    "11_alignment": "load_base data conversations conversations_made judge_trained pairs",
}
# What has to hold then.
HOLDS = {
    "07_vit": "len(train_images) > 1000 and len(valid_images) >= 200",
    "08_imdb": "sorted(label_counts) == [*label_counts] and label_counts[-1] <= len(fit_ids) and all("
    "len(fit_ids[reviews_of(seed, n)]) == n for seed in (0, 1, 2, 42) for n in label_counts)",
    "11_alignment": "len(talks) == len(for_chat) >= 300 and len(held_out_pairs[0]) >= 50",
}


def loads_data(lab: Lab) -> bool:
    """Whether a lab reads a dataset that comes over the network."""
    sources = (path.read_text(encoding="utf-8") for path in lab.source.glob("*.py"))
    return any(re.search(r"datasets\.load_(cifar10|imdb)\(", source) for source in sources)


LABS = {lab.name: lab for lab in find_labs() if loads_data(lab)}


def test_every_lab_that_loads_data_is_run():
    assert set(LABS) == set(MEASURED)


@pytest.mark.parametrize("name", MEASURED)
def test_a_lab_begins_at_full_length_on_the_stand_in(name, tmp_path, monkeypatch):
    monkeypatch.setenv("LABS_PRESET", "full")
    monkeypatch.setenv("LABS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("LABS_DATA", raising=False)
    nb = build_notebook(LABS[name]).notebook
    chosen = set(MEASURED[name].split())
    assert chosen <= {cell.id for cell in nb.cells}
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    nb.cells = [
        cell
        for cell in code[: 1 + max(i for i, cell in enumerate(code) if cell.id in chosen)]
        if cell.id in chosen or not (skipped(cell.source) or is_grade(cell))
    ]
    nb.cells[-1].source += f"\nassert {HOLDS[name]}"
    NotebookClient(nb, timeout=None, resources={"metadata": {"path": str(settings.ROOT)}}).execute()
    said = "".join(output.get("text", "") for cell in nb.cells for output in cell.outputs)
    assert "from the stand-in" in said
