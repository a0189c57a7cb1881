"""Who hands in another's unusual answers is found, whatever the names; who works alone is not."""

import json
import random
import re

import pytest

from course.alike import Answer, answers_of, compare, form_of, write_page
from course.answers.reading import read_answers
from course.build import build_notebook
from course.grade import submissions
from course.layout import find_labs

STUDENTS = [f"s{i:02}" for i in range(40)]
COPY = ("s01", "s02")


def test_names_comments_and_layout_do_not_count():
    form = form_of(
        'def f(x: int) -> int:\n    """One."""\n    total = 2 * x  # twice\n    return total'
    )
    assert form == form_of("def f( y ):\n\n    s = 2*y\n    return s")
    assert form != form_of("def f(y):\n    s = y * 2\n    return s")
    assert form != form_of("def g(y):\n    s = 2 * y\n    return s")
    assert form_of("lambda q: [k for k in q]") == form_of("lambda r: [j for j in r]")
    assert form_of("def f(:\n  x") == form_of("def f( :\n x")


@pytest.fixture(scope="module")
def known():
    """Exercise → right and wrong answers of Lab 01."""
    (lab,) = find_labs(["01_backprop"])
    answers = {}
    for answer in read_answers(lab, build_notebook(lab)):
        answers.setdefault(answer.exercise, {True: [], False: []})[answer.accept].append(
            answer.code
        )
    return answers


def a_class(known, seed: int) -> dict[str, dict[str, Answer]]:
    """A class whose members draw known answers, each alone, some better than others."""
    rng = random.Random(seed)
    answers = {exercise: {} for exercise in known}
    for student in STUDENTS:
        skill = rng.random() ** 0.6
        for exercise, codes in known.items():
            code = rng.choice(codes[rng.random() < skill])
            answers[exercise][student] = Answer(code, form_of(code))
    return answers


@pytest.mark.parametrize("seed", range(3))
def test_a_copy_is_found_and_nobody_else(known, seed):
    answers = a_class(known, seed)
    assert compare("01", answers, STUDENTS).pairs == []
    for of in answers.values():
        code = of[COPY[0]].text.replace("x", "renamed") + "\n# mine"
        of[COPY[1]] = Answer(code, of[COPY[0]].form)
    likeness = compare("01", answers, STUDENTS)
    (pair,) = likeness.pairs
    assert pair.students == COPY
    assert len(pair.shared) == len(known)
    rarities = [shared.same / shared.written for shared in pair.shared]
    assert rarities == sorted(rarities)
    assert pair.bits > likeness.limit > 10


def test_nothing_in_common_is_no_pair():
    answers = {"a": {s: Answer(s, s) for s in STUDENTS}, "b": {}}
    likeness = compare("01", answers, STUDENTS)
    assert (likeness.pairs, likeness.limit, likeness.count) == ([], 0.0, 40)


def test_the_page_shows_both_answers(known, tmp_path):
    answers = a_class(known, seed=1)
    for of in answers.values():
        of[COPY[1]] = Answer(of[COPY[0]].text + "\n# it's <b>mine</b>", of[COPY[0]].form)
    likeness = compare("01", answers, STUDENTS)
    assert str(likeness.pairs[0]).startswith(f"s01 and s02: {len(known)} answers in common, ")
    write_page(likeness, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "# it&#39;s &lt;b&gt;mine&lt;/b&gt;" in page
    assert "<b>" not in page


def test_the_command_compares_what_was_handed_in(marks):
    out = marks.root / "alike"
    said = marks.run("alike", "--out", str(out))
    found = re.search(r"90_marks: 0 pairs of 5 submissions above (\d+) (bits?);", said)
    assert found
    assert (found[1] == "1") == (found[2] == "bit")
    assert "No pair is above that." in (out / "90_marks.html").read_text(encoding="utf-8")


def test_answers_are_found_by_any_of_the_names_of_their_cells(marks):
    for student, moved in (("ann", False), ("eve", True)):
        path = marks.submitted(student, "90_marks")
        nb = json.loads(path.read_text(encoding="utf-8"))
        for cell in nb["cells"]:
            cell["metadata"] = {"id": cell["id"]} if moved else {}
            cell["id"] = "x" if moved else cell["id"]
        path.write_text(json.dumps(nb), encoding="utf-8")
    (lab,) = find_labs(["90_marks"])
    found = answers_of(lab, submissions(lab))
    assert {"ann", "eve"} <= found["double"].keys()
    assert found["double"]["ann"].form == found["double"]["eve"].form


def test_of_four_nothing_can_be_said(course_of, marks):
    for student in ("bob", "dan"):
        marks.submitted(student, "90_marks").unlink()
    assert "90_marks: 3 submissions are too few" in marks.run("alike", code=1)
