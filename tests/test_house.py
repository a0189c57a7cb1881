"""Every file is where its name says, and the map for contributors knows it."""

import re

import pytest
from conftest import ROOT

# Modules without behavior of their own: records, types, and front doors, which the tests of what is behind them use.
WITHOUT_TESTS = {
    "utils/checks.py",
    "utils/history.py",
    "course/rules/problem.py",
    "course/grading/step.py",
    "course/setup_cell.py",  # test_setup.py runs it
}


def test_the_map_for_contributors_has_a_sentence_for_every_file():
    page = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    for section, folder in (("## `utils/`", "utils"), ("## `course/`", "course")):
        part = page.partition(section)[2].partition("\n## ")[0]
        named = set(re.findall(r"^\| `([\w./]+)` \|", part, re.M))
        found = {
            path.relative_to(ROOT / folder).as_posix()
            for pattern in ("*.py", "*.js", "*.html", "*.j2", "*.css", "*.mk")
            for path in (ROOT / folder).rglob(pattern)
        }
        fronts = ("", "rules/", "answers/", "grading/", "grading/box/", "site/")
        without = {f"{front}__init__.py" for front in fronts}
        missing = f"docs/contributing.md, the tables of {folder}/: one row for each of its files"
        assert named == found - without, missing


@pytest.mark.parametrize("folder", ["utils", "course"])
def test_each_module_has_tests_of_the_same_name(folder):
    modules = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "__init__.py"
    }
    expected = {
        re.sub(r"([^/]+)$", r"test_\1", module).replace("test___main__", "test_main")
        for module in modules - WITHOUT_TESTS
    }
    found = {
        path.relative_to(ROOT / "tests").as_posix()
        for path in (ROOT / "tests" / folder).rglob("test_*.py")
    }
    packages = {f"{folder}/test_package.py", f"{folder}/grading/test_steps.py"}
    missing = f"tests/{folder}/ needs a file for each module of {folder}/, of the same name"
    assert found - packages == expected, missing


def test_the_page_for_authors_names_every_check():
    from utils import checks

    page = (ROOT / "docs" / "authors.md").read_text(encoding="utf-8")
    section = page.partition("## 3. Checks")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(?:with )?(?:checks\.)?(\w+)\(", section))
    assert set(checks.__all__) - {"CheckFailed", "stderr_to_stdout"} <= named
