"""Known right and wrong answers side by side in one notebook: each gets what it deserves, whatever stands around it.

`course answers` tries each answer alone, with right ones above it. Here two notebooks of each lab hold an answer to
every exercise, drawn with a fixed seed: where one is right in the first, one is wrong in the second.
"""

import json
import random
import shutil
import symtable
from collections.abc import Iterable

import nbformat
import pytest
from conftest import NEEDS_BOX, ROOT, Course
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.utils import is_grade, is_solution

from course import layout
from course.answers import Answer, is_exercise, read_answers
from course.build import build_notebook
from course.grade import boxes_here, grade_lab, submissions
from course.layout import Lab, find_labs
from course.nbgrader_api import load_config, open_api

pytestmark = NEEDS_BOX
LABS = [lab.name for lab in find_labs()]

# What a wrong answer takes from right ones further down, by design: they build on what it defines, as the labs say.
BUILD_ON = {
    "01_backprop": {
        "softmax": {"forward"},  # the network ends in softmax
        "sgd_step": {"train_epoch"},  # an epoch is steps
    },
    "04_self_attention": {"heads": {"multi_head_attention"}},  # it splits and merges heads
    "06_gpt": {"merge_pair": {"train_bpe", "encode"}},  # both merge pairs
    "07_vit": {"window_partition": {"shifted_window_mask"}},  # the mask is made of windows
    "12_beyond_text": {
        "noised": {
            "diffusion_loss",
            "inpaint",
        },  # the loss is of noised images; what is known is noised
        "step_back": {"sample", "inpaint", "draw_in_latents"},  # they go back step by step
        "guided": {"sample", "inpaint", "draw_in_latents"},  # where the words lead
        "sample": {"draw_in_latents"},  # which calls it
    },
}


def global_names(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell binds at its top, and those that it takes from cells above."""
    top = symtable.symtable(source, "cell", "exec")
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}

    def taken(table: symtable.SymbolTable) -> Iterable[str]:
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (table is top or symbol.is_global()):
                yield symbol.get_name()
        for inner in table.get_children():
            yield from taken(inner)

    return bound, set(taken(top)) - bound


def without_experiments(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Exercises and checks, and the given cells that they need: the trainings take most of the time of a lab."""
    kept: list[NotebookNode] = []
    needed: set[str] = set()
    for cell in reversed(cells):
        bound, taken = global_names(cell.source) if cell.cell_type == "code" else (set(), set())
        graded = is_grade(cell) or is_solution(cell)
        if cell.cell_type == "code" and (graded or cell.id == "setup" or bound & needed):
            kept.insert(0, cell)
            needed = (needed - bound) | taken
    return kept


def drawn(lab: str, answers: list[Answer]) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Answers for two notebooks, by exercise; where one has a right answer, the other has a wrong one."""
    chance = random.Random(lab)
    notebooks: tuple[dict[str, Answer], dict[str, Answer]] = ({}, {})
    for exercise in dict.fromkeys(answer.exercise for answer in answers):
        # A box has no `course`, which makes the answers of zeros.
        own = [a for a in answers if a.exercise == exercise and "course." not in a.code]
        first = chance.random() < 0.5
        for notebook, accept in zip(notebooks, (first, not first), strict=True):
            notebook[exercise] = chance.choice([a for a in own if a.accept is accept])
    return notebooks


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with the data that labs come with, and no lab yet."""
    root = tmp_path_factory.mktemp("course")
    course = Course(root, {})
    for name in ("stand_in", "models"):
        shutil.copytree(ROOT / "data" / name, root / "data" / name)
    return course


@pytest.mark.parametrize("name", LABS)
def test_each_answer_gets_what_it_deserves(course, name, monkeypatch):
    lab = Lab(name)
    built = build_notebook(lab)
    notebooks = drawn(name, read_answers(lab, built))
    built.notebook.cells = without_experiments(built.notebook.cells)
    monkeypatch.setattr(layout, "ROOT", course.root)
    lab.built.parent.mkdir(parents=True)
    nbformat.write(built.notebook, lab.built)
    (course.root / "grading").mkdir(exist_ok=True)
    monkeypatch.chdir(course.root)
    api = open_api(load_config(course.root))
    assert api.generate_assignment(name)["success"]
    for number, answers in enumerate(notebooks):
        nb = nbformat.read(lab.released, as_version=4)
        for cell in nb.cells:
            cell.source = answers[cell.id].code if cell.id in answers else cell.source
        path = course.submitted(f"s{number}", name)
        path.parent.mkdir(parents=True)
        nbformat.write(nb, path)
    with boxes_here() as submit:
        grade_lab(lab, submissions(lab), submit)
    problems = [
        problem
        for number, answers in enumerate(notebooks)
        for problem in wrong_marks(course, name, f"s{number}", answers)
    ]
    assert not problems, "\n".join(problems)


def wrong_marks(
    course: Course, lab: str, student: str, answers: dict[str, Answer]
) -> Iterable[str]:
    """What a graded notebook has that its answers do not deserve."""
    path = course.autograded(student, lab)
    with Gradebook(course.gradebook) as gradebook:
        grades = gradebook.find_submission_notebook(lab, lab, student).grades
        lost = {grade.cell.name for grade in grades if grade.auto_score != grade.max_score}
    failed: dict[str, str] = {}  # what the checks say that gave no points, by exercise
    exercise = ""
    for cell in nbformat.read(path, as_version=4).cells:
        exercise = cell.id if is_exercise(cell) else exercise
        if cell.id in lost:
            said = json.dumps(cell.outputs, ensure_ascii=False)
            failed[exercise] = failed.get(exercise, "") + f"{cell.id}: {said}\n"
    for exercise, answer in answers.items():
        wrong = {other for other, its in answers.items() if not its.accept} - {exercise}
        called = {other for other in wrong if exercise in BUILD_ON.get(lab, {}).get(other, ())}
        said = failed.get(exercise, "")
        if answer.accept and said and not called:
            yield f"{answer}\n    beside {wrong} lost points: {said}"
        if not answer.accept and not said:
            yield f"{answer}\n    lost none"
        quoted = json.dumps(answer.expects, ensure_ascii=False)[1:-1]
        if not answer.accept and not called and quoted not in said:
            yield f"{answer}\n    its checks do not say so: {said}"
