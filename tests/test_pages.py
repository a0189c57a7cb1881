"""The pages and sources are in American English, links inside the book lead somewhere, and commands exist."""

import re
import shlex

import pytest
import typer
import yaml
from nbgrader.apps import NbGraderApp

from course.__main__ import app
from course.layout import ROOT, version

SOURCES = sorted((ROOT / "solutions").glob("*/*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/*.md")])
BRITISH = re.compile(
    r"\b(?:(?:un)?label|model|travel|cancel)l(?:ed|ing)\b|\b(?:behavi|col|fav|flav|neighb)our"
    r"|\b(?:general|initial|normal|optim|organ|real|recogn|summar|token|vector|visual)is(?:e|ing|ation)"
    r"|\banalys(?:e[ds]?|ing)\b|\bcentre|\blearnt\b|\bgrey\b|\bwhilst\b",
    re.I,
)


@pytest.mark.parametrize(
    "page", [*SOURCES, *PAGES], ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_the_spelling_is_american(page):
    assert not BRITISH.findall(page.read_text(encoding="utf-8"))


NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
COURSE = typer.main.get_command(app)


def heading_names(page: str) -> set[str]:
    """The names that GitHub gives the headings of a page."""
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.S)
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", NAMES)
def test_links_inside_the_book_lead_somewhere(name):
    page = ROOT / name
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    folder = ROOT if page.name == "students.md" else page.parent  # it becomes the students' README
    for target, heading in re.findall(r"\]\(([^)#\s]*)#?([^)\s]*)[^)]*\)", text):
        if "://" not in target:
            assert (folder / target).exists(), f"{name} links to {target}"
            if heading:
                assert heading in heading_names(folder / target if target else page), target


def commands(name: str) -> list[list[str]]:
    """The words of each command of `course` and of `nbgrader` in the blocks of a page, and in its sentences."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    block = re.compile(r"^```\w*\n(.*?)^```", re.M | re.S)
    lines = [line for found in block.findall(text) for line in re.split("\n|&&", found)]
    lines += re.findall(r"`([^`\n]+)`", block.sub("", text))
    called = re.compile(r"\s*(?:python -m course|course|nbgrader) ")
    words = [shlex.split(line, comments=True) for line in lines if called.match(line)]
    return [found[2:] if found[0] == "python" else found for found in words]


@pytest.mark.parametrize("name", NAMES)
def test_commands_are_what_the_programs_know(name):
    for program, *words in commands(name):
        if program == "nbgrader":
            known = NbGraderApp.subcommands[words[0]][0]
            options = {word.lstrip("-") for word in words if re.fullmatch(r"--\w+", word)}
            assert options <= known.flags.keys() | known.aliases.keys(), words
        elif words[0] != "--help":
            context = COURSE.make_context("course", [], resilient_parsing=True)
            called, command, rest = COURSE.resolve_command(context, words)
            assert command, words
            # A sentence may name a command alone.
            command.make_context(called, rest, parent=context, resilient_parsing=not rest)


def test_files_with_names_of_people_lie_where_git_does_not_look():
    text = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    private = re.findall(r"(?:course roster|course collect \w+|--for [^`]*--out) (\S+\.\w+)", text)
    assert len(private) >= 4
    assert all(name.startswith("grading/") for name in private), private
    assert {"/grading/", "/*.csv"} <= set((ROOT / ".gitignore").read_text().split())


def test_the_lines_for_the_best_labs_count_them_and_wait_for_what_no_person_has_read(
    tmp_path, monkeypatch
):
    page = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```python\n(import pandas.*?)```", page, re.DOTALL)
    labs = [f"{n:02}_lab (of {20 + n}),{n:02}_lab status" for n in range(12)]
    eight = [f"{20 + n},graded" for n in range(8)]
    rows = [
        ",".join(["student_id", *labs]),
        ",".join(["ann", *eight, *4 * [",absent"]]),
        ",".join(["bob", *eight[:6], "13,graded; late", *5 * ["0,untouched"]]),
    ]
    (tmp_path / "grading").mkdir()
    grades = tmp_path / "grading" / "grades.csv"
    grades.write_text("\n".join(rows) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(lines, {})
    assert (tmp_path / "grading" / "letters.csv").read_text().splitlines() == [
        "student_id,best 8,letter",
        "ann,1.0,A",
        "bob,0.8125,B",
    ]
    grades.write_text("\n".join(rows).replace("0,untouched", ",not graded", 1), encoding="utf-8")
    with pytest.raises(AssertionError, match="bob"):
        exec(lines, {})


def test_every_command_for_instructors_is_run_by_a_test():
    tests = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/*.py"))
    run = set(re.findall(r'\.(run|python_m_course|nbgrader)\(\s*"(\w+)"', tests))
    ways = {"course": {"run", "python_m_course"}, "nbgrader": {"nbgrader"}}
    for name in ("docs/instructors.md", "docs/grading.md", "docs/hub/README.md"):
        for program, command, *_ in commands(name):
            assert any((way, command) in run for way in ways[program]), f"{name}: {command}"


def test_one_version_stands_in_the_project_the_citation_and_the_changes():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert citation["version"] == version()
    assert re.findall(r"^## (\S+)", changes, re.M)[0] == version()
