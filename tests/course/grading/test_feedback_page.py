"""Feedback says in a minute what has how many points and what to look at first, also in a real browser."""

import nbformat
import pytest
from browser import NEEDS_BROWSER, browser
from bs4 import BeautifulSoup
from conftest import NEEDS_BOX, ROOT, Course
from marks_lab import LAB, RIGHT, submit
from nbformat import v4
from nbgrader.api import Gradebook
from selenium.webdriver.common.by import By

from course import layout, notebooks
from course.deadlines import moment, set_due
from course.exercises import graded_cells
from course.grading.feedback_page import (
    TEMPLATES,
    FeedbackPage,
    Result,
    answers_solved,
    chapters_of,
    first_to_mend,
    in_one_line,
    page_of,
    without_requests,
)
from course.layout import Lab
from course.nbgrader_api import load_config, open_api

NAME = "90_marks"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
INTRODUCTION = f"""
# %% [markdown]
# ## 1 · Numbers
#
# ![Colab](https://colab.research.google.com/assets/colab-badge.svg)
# Twice $x_1$ is $$\\frac{{x}}{{1/2}}$$
#
# <img alt="a dot" width="700" src="data:image/png;base64,{PIXEL}">

# %% [markdown]
# ### Exercise 1"""
QUESTION = """
# %% [markdown]
# ## 2 · Words

# %% [markdown]
# ### Question 1 · Why $x$? (2 points · 5 min · ●○○)

# %% [markdown] manual="why" points=2
# Because.
"""
SOURCE = (
    LAB.replace("**5 points**", "**7 points**").replace(
        "\n# %% [markdown]\n# ### Exercise 1", INTRODUCTION, 1
    )
    + QUESTION
)
MEAN = "def mean(x):\n    return float(x.sum() / 4)\n"
LONG = MEAN + "\n".join(f"    # line {i}" for i in range(100))


def result(cell: str, score: float | None, told: str = "", written: bool = False) -> Result:
    return Result(cell, cell, 1.0, score, told, written)


def test_the_state_of_a_cell_is_what_its_student_should_do_next():
    assert result("a", 1).state == "solved"
    assert result("a", 0, "expected 2").state == "failed"
    assert result("a", 0, "double is not written yet").state == "missing"
    assert result("a", None, written=True).state == "open"
    assert result("a", 0, "No response.", written=True).state == "missing"
    assert result("a", 0.5, "Say why.", written=True).state == "partly"


def test_first_comes_what_failed_and_not_what_was_never_written():
    missing, failed = result("a", 0, "a is not written yet"), result("b", 0, "expected 2")
    assert first_to_mend([missing, result("w", 0, "Why?", True), failed, result("c", 0)]) == failed
    assert first_to_mend([result("a", 1), missing]) == missing
    assert first_to_mend([result("a", 1), result("w", 0, "Why?", True)]) is None


def cell(name: str, **marks: bool):
    return v4.new_code_cell(name, metadata={"nbgrader": {"grade_id": name, **marks}})


def test_cells_are_folded_by_chapters_and_exercises():
    prose = v4.new_markdown_cell
    cells = [
        prose("# Lab 90 · Marks"),
        prose("## 1 · Numbers"),
        prose("### Exercise 1 · Doubling (1 point · 5 min · ●○○)"),
        cell("double", solution=True),
        cell("double_value", grade=True),
        prose("**What you saw.**"),
        prose("### Exercise 2 · Mean (1 point · 5 min · ●○○)"),
        cell("mean_value", grade=True),
    ]
    results = {"double_value": result("double_value", 1), "mean_value": result("mean_value", 0)}
    card, numbers = chapters_of(cells, results)
    assert (card.title, card.state, card.points) == ("Lab 90 · Marks", "", 0)
    assert (numbers.title, numbers.state) == ("1 · Numbers", "failed")
    assert (numbers.score, numbers.points) == (1, 2)
    parts = [(part.title, part.state, len(part.cells)) for part in numbers.parts]
    assert parts == [
        ("", "", 1),
        ("Exercise 1 · Doubling", "solved", 3),
        ("", "", 1),
        ("Exercise 2 · Mean", "failed", 2),
    ]
    assert answers_solved(cells, results) == set()
    assert answers_solved(cells[:-1], results) == {"double"}


def test_long_messages_are_cut_and_other_servers_are_not_asked():
    assert in_one_line("expected 2,\n  got 3") == "expected 2, got 3"
    assert len(in_one_line("x" * 999)) == 240
    html = f'<p><img alt="Badge" src="https://a.example/b"> <img alt="" src="data:x,{PIXEL}"></p>'
    assert without_requests(html) == f'<p>Badge <img alt="" src="data:x,{PIXEL}"/></p>'


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Two students' feedback: one failed a check and came late, the other has read answers alone."""
    patch = pytest.MonkeyPatch()
    patch.setattr(layout, "ROOT", tmp_path_factory.mktemp("course"))
    patch.delenv("LABS_PRESET", raising=False)
    made = Course(layout.ROOT, {NAME: SOURCE})
    config = made.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc.LateRule.share_per_day = 0.1\n")
    made.run("release")
    submit(made.root, "eve", {**RIGHT, "mean": LONG, "why": "Since $a<b$."})
    path = made.submitted("eve", NAME)
    nb = nbformat.read(path, as_version=4)
    nb.cells.insert(-5, v4.new_code_cell("print('my own')"))
    nbformat.write(nb, path)
    path.with_name("timestamp.txt").write_text("2027-03-02 12:00:00 UTC")
    submit(made.root, "fay", {**RIGHT, "why": "Because."})
    made.run("grade")
    with Gradebook(made.gradebook) as gradebook:
        grade = gradebook.find_grade("why", NAME, NAME, "fay")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        comment = gradebook.find_comment("why", NAME, NAME, "fay")
        comment.manual_comment = "True, but **why** is $x_1$ twice? <Say> it."
        gradebook.db.commit()
    set_due(Lab(NAME), moment("2027-03-01 13:00", "UTC"))  # after the grading
    told = open_api(load_config(layout.ROOT)).generate_feedback(NAME)
    assert told["success"], told["log"]
    yield made
    patch.undo()


def feedback(course: Course, student: str):
    return course.root / "grading" / "feedback" / student / NAME / f"{NAME}.html"


@NEEDS_BOX
def test_the_top_has_the_points_of_each_exercise(course):
    page = BeautifulSoup(feedback(course, "eve").read_text(encoding="utf-8"), "html.parser")
    total = page.find(class_="total").get_text(" ", strip=True)
    assert total == (
        "3.6 of 7 points so far; written answers worth 2 are not read yet. It came late, which costs 0.4 of 4."
    )
    rows = [
        [part.get_text(" ", strip=True) for part in row.find_all(["th", "td"])]
        for row in page.tbody.find_all("tr")
    ]
    assert rows == [
        ["Exercise 1 · Doubling", "✓ solved", "3 of 3"],
        ["Exercise 2 · Mean", "✗ not right yet", "1 of 2"],
        ["Question 1 · Why x ?", "… not read yet", "– of 2"],
    ]
    first = page.find(class_="first")
    assert "✗ not right yet : the mean" in first.get_text(" ", strip=True)
    assert "expected 2.33333, got 1.75" in first.pre.get_text()
    assert first.a["href"] == "#mean_value"
    assert page.find(id="mean_value").find(class_="told").get_text() == first.pre.get_text()


@NEEDS_BOX
def test_what_is_solved_is_folded_and_hidden_tests_are_not_told(course):
    text = feedback(course, "eve").read_text(encoding="utf-8")
    page = BeautifulSoup(text, "html.parser")
    folds = page.select("details")
    states = {fold.summary.get_text(" ", strip=True): fold.has_attr("open") for fold in folds}
    assert states["Exercise 1 · Doubling ✓ solved"] is False
    assert states["Exercise 2 · Mean ✗ not right yet"] is True
    assert states["A cell of your own"] is False
    assert "✓ solved : the mean of zeros · 1 of 1" in states
    assert "negative numbers count" not in text
    assert "grade_id" not in text


@NEEDS_BOX
def test_a_read_answer_shows_its_points_and_the_comment(course):
    page = BeautifulSoup(feedback(course, "fay").read_text(encoding="utf-8"), "html.parser")
    assert page.find(class_="first") is None
    assert "6.5 of 7 points." in page.find(class_="total").get_text(" ", strip=True)
    row = page.tbody.find_all("tr")[-1].get_text(" ", strip=True)
    assert row.startswith("Question 1 · Why x ? True, but **why** is")
    assert row.endswith("twice? <Say> it. ◐ not all points 1.5 of 2")
    comment = page.find(id="why").find(class_="comment")
    assert comment.find("strong", string="why")
    assert comment.find("math").get_text() == "x1"
    assert page.find(id="why").find_parent("details").has_attr("open")


LEAKS = "return performance.getEntriesByType('resource').map(r => r.name).filter(n => !n.startsWith('data:'))"
# Each text, and how its light compares with that of what is behind it.
CONTRAST = """
const light = color => { const parts = color.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
    .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] };
const behind = element => { const color = getComputedStyle(element).backgroundColor;
  return color === 'rgba(0, 0, 0, 0)' ? behind(element.parentElement) : color };
return [...document.querySelectorAll('p, a, .mark, .told, .highlight span')]
  .filter(element => element.textContent.trim()).map(element => {
    const both = [light(getComputedStyle(element).color), light(behind(element))];
    return [(Math.max(...both) + 0.05) / (Math.min(...both) + 0.05), element.textContent] });
"""


def size(driver, width: int, height: int, scheme: str) -> None:
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)


@pytest.fixture(scope="module")
def driver():
    with browser("--host-resolver-rules=MAP * ~NOTFOUND") as driver:
        yield driver


@NEEDS_BOX
@NEEDS_BROWSER
def test_the_page_by_day_in_the_dark_and_on_a_phone(course, driver):
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    for width, height, scheme in ((1280, 900, "light"), (390, 844, "light"), (1280, 900, "dark")):  # fmt: skip
        size(driver, width, height, scheme)
        driver.get(feedback(course, "eve").as_uri())
        driver.save_screenshot(str(folder / f"feedback_{width}_{scheme}.png"))
        check = driver.find_element(By.ID, "mean_value")
        assert check.is_displayed()
        assert width == 390 or check.location["y"] < 2 * 900
        driver.find_element(By.LINK_TEXT, "Go to this check").click()
        top = driver.execute_script("return arguments[0].getBoundingClientRect().top", check)
        assert 0 <= top < height
        # A link opens what is folded.
        zero = driver.find_element(By.ID, "double_value")
        assert not zero.is_displayed()
        driver.find_element(By.LINK_TEXT, "Exercise 1 · Doubling").click()
        assert zero.is_displayed()
        driver.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert driver.execute_script(
            "const page = document.documentElement; return page.scrollWidth <= page.clientWidth"
        )
        formulas = driver.find_elements(By.TAG_NAME, "math")
        assert len(formulas) >= 4
        assert all(formula.size["height"] > 5 for formula in formulas)
        assert (
            driver.execute_script("return document.querySelector('[alt=\"a dot\"]').naturalWidth")
            == 1
        )
        contrasts = driver.execute_script(CONTRAST)
        assert [found for found in contrasts if found[0] < 4.5] == []
        assert driver.execute_script(LEAKS) == []
        assert driver.get_log("browser") == []


@NEEDS_BROWSER
def test_the_first_failure_of_the_longest_lab_is_within_two_screens(driver, tmp_path):
    path = ROOT / "labs" / "01_backprop" / "01_backprop.ipynb"
    nb, known = (notebooks.read(path) for _ in range(2))
    cells = {n: c for part in graded_cells(known, "").values() for n, c in part.items()}
    *_, last = (name for name, graded in cells.items() if not graded.written)
    results = {
        name: Result(name, graded.title, graded.points, graded.points, written=graded.written)
        for name, graded in cells.items()
    }
    results[last] = Result(last, "one step", 1, 0, "expected 2, got 3\n  Likely cause: the slope.")
    for code in nb.cells:
        if code.cell_type == "code" and code.metadata.get("nbgrader", {}).get("solution"):
            code.source += LONG
    exporter = FeedbackPage(template_name="feedback_page", extra_template_basedirs=[TEMPLATES])
    html, _ = exporter.from_notebook_node(nb, {"feedback": page_of(nb, known, results)})
    page = tmp_path / "page.html"
    page.write_text(html, encoding="utf-8")
    size(driver, 1280, 900, "light")
    driver.get(page.as_uri())
    check = driver.find_element(By.ID, last)
    assert check.is_displayed()
    assert check.location["y"] < 2 * 900
