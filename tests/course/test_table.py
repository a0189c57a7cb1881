"""The README's table shows what full runs reported, and nothing else."""

import json

import pytest
from conftest import ROOT

from course import layout, table

RESULT = {"lab": "90_tiny", "preset": "full", "device": "cpu (2 threads)", "seconds": 12.34}
RESULT["metrics"] = {"accuracy": 0.99999, "steps": 30}
README = f"# Book\n\n{table.BEGIN}\n{table.END}\n\nThe end.\n"
ANSWERS = """\
# %%
# accept: twice
def double(n):
    return 2 * n


# %%
# reject: half · expects "6"
def double(n):
    return n / 2
"""


@pytest.fixture
def book(course):
    (course.root / "docs").mkdir()
    (course.root / "README.md").write_text(README, encoding="utf-8")
    course.write_answers(ANSWERS)
    return course


def recorded(book, result: object, code: int = 0) -> str:
    file = book.root / "result.json"
    file.write_text(json.dumps(result), encoding="utf-8")
    return book.run("table", str(file), code=code)


def test_this_readme_has_the_table_of_the_recorded_results():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    wanted = f"{table.BEGIN}\n\n{table.rows(layout.find_labs())}\n\n{table.END}"
    assert wanted in text, "python -m course table writes the README's table anew"


def test_a_result_becomes_a_row_and_a_new_one_takes_its_place(book):
    row = "| [90 tiny](labs/90_tiny/90_tiny.ipynb) | 2 | 1 | 1 right, 2 wrong |"
    assert "written" in book.run("table")
    text = (book.root / "README.md").read_text(encoding="utf-8")
    assert f"{row} – | not measured yet | – |\n\n{table.END}\n\nThe end.\n" in text
    recorded(book, RESULT)
    recorded(book, [{**RESULT, "seconds": 10.0}])
    text = (book.root / "README.md").read_text(encoding="utf-8")
    assert f"{row} 10.0 s | accuracy 0.99999; steps 30 | cpu (2 threads) |\n" in text
    assert text.count("90_tiny.ipynb") == 1
    assert "up to date" in book.run("table")


def test_shares_are_never_rounded_up():
    said = "{a:%} {b:%} {c:%} {b:.1f}".format(
        a=table.Share(0.99999), b=table.Share(1.0), c=table.Share(0.57)
    )
    assert said == "99.99% 100.00% 57.00% 1.0"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"preset": "smoke"}, "did not run at full length"),
        ({"metrics": {"data_source": "stand-in"}}, "on real data"),
        ({"metrics": None}, "is no result"),
    ],
)
def test_a_result_that_must_not_be_shown_is_refused(book, change, words):
    assert words in recorded(book, {**RESULT, **change}, code=1)
    assert not (book.root / "docs" / "measured.json").exists()
    assert (book.root / "README.md").read_text(encoding="utf-8") == README


def test_a_result_that_is_refused_does_not_cost_the_others(book):
    stand_in = {**RESULT, "lab": "91_other", "metrics": {"data_source": "stand-in"}}
    said = recorded(book, [stand_in, RESULT], code=1)
    assert "91_other did not run" in said
    assert "Recorded, for `course table`: 90_tiny" in said
    assert list(json.loads((book.root / "docs" / "measured.json").read_text())) == ["90_tiny"]


def test_a_headline_that_wants_an_unknown_metric_is_named(book):
    header = '# ---\n# jupyter:\n#   headline: "{recall:%}"\n# ---\n\n'
    book.card().write_text(header + book.card().read_text(encoding="utf-8"), encoding="utf-8")
    said = recorded(book, RESULT, code=1)
    assert "90_tiny/00_card.py:6: the headline wants the metric 'recall'" in said


def test_a_readme_without_a_place_for_the_table_is_named(book):
    (book.root / "README.md").write_text("# Book\n", encoding="utf-8")
    assert "README.md needs one line" in book.run("table", code=1)
