"""A submission full of scripts, from nbgrader's commands to the pages that a real browser opens.

Needs Chromium and its driver (Debian: chromium, chromium-driver). Screenshots are left in build/screenshots.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import payloads
import pytest
from browser import NEEDS_BROWSER, browser, free_port, served
from conftest import NEEDS_BOX, ROOT, Course
from marks_lab import LAB, RIGHT
from nbformat import v4
from nbgrader.api import Gradebook
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from course import layout

pytestmark = [NEEDS_BOX, NEEDS_BROWSER]
NAME = "90_marks"
WRITTEN = (
    LAB.replace("**5 points**", "**6 points**")
    + """
# %% [markdown]
# ### Question 1 · Why (1 point · 5 min · ●○○)

# %% [markdown] manual="why" points=1
# Because.
"""
)
KEPT = "<details><summary>A hint</summary>\n\nWith **words** in it.\n\n</details>"
FIGURE = """\
import matplotlib.pyplot as plt

from utils import plots

fig, ax = plt.subplots()
ax.plot([0, 1])
plots.show(fig, alt="a line", caption="It rises.")"""
SAYS = """\
import json

from IPython.display import display

for data, metadata in json.loads({outputs!r}):
    display(data, metadata=metadata, raw=True)
print({text!r})"""
CONFIG = "from pathlib import Path\n\n(Path(__file__).parent / 'ran.txt').write_text('ran')\n"
# nbconvert makes no page of these, unless they are mended.
UNREADABLE = ("md_no_attachment", "md_attachment", "ansi_unreadable", "out_error")


def hand_in(course: Course, student: str, left_out: tuple[str, ...] = ()) -> Path:
    """Solves the lab, and fills it with payloads."""
    nb = nbformat.read(course.released(NAME), as_version=4)
    cells = {name: c for name, c in payloads.cells().items() if name not in left_out}
    for cell in nb.cells:
        if cell.id in RIGHT:
            cell.source = RIGHT[cell.id]
        if cell.id == "why":
            cell.source = payloads.named("answer", "Because <eos>, $a<b$. <script>RAN</script>")
    path = course.submitted(student, NAME)
    request = f"![](/formgrader?path={path.parent})"
    own = [v4.new_markdown_cell(KEPT), v4.new_code_cell(FIGURE), v4.new_markdown_cell(request)]
    own += [cell for cell in cells.values() if cell.cell_type == "markdown"]
    for cell in cells.values():
        shown = [o for o in cell.get("outputs", []) if o.output_type == "display_data"]
        if shown:
            data = json.dumps([(output.data, output.metadata) for output in shown])
            own.append(v4.new_code_cell(SAYS.format(outputs=data, text="")))
    for name, text in payloads.TEXTS.items():
        if name not in left_out:
            own.append(v4.new_code_cell(SAYS.format(outputs="[]", text=payloads.named(name, text))))
            own.append(v4.new_code_cell(f"raise Exception({payloads.named(name, text)!r})"))
    nb.cells[2:2] = own
    nb.metadata |= payloads.named("metadata", payloads.METADATA)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(nb))
    (path.parent / "nbgrader_config.py").write_text(CONFIG)
    (path.parent / "page.html").write_text(payloads.named("page", payloads.HTML["script"]))
    return path


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Iterator[Course]:
    """A course with two submissions full of payloads; `plain` is graded without the step that makes them harmless."""
    patch = pytest.MonkeyPatch()
    patch.setattr(layout, "ROOT", tmp_path_factory.mktemp("course"))
    made = Course(layout.ROOT, {NAME: WRITTEN})
    made.run("release")
    hand_in(made, "plain", UNREADABLE)
    config = made.root / "nbgrader_config.py"
    text = config.read_text()
    without = "".join(
        f"\nc.Autograde.{steps}.remove(grading.SanitizeText)"
        for steps in ("sanitize_preprocessors", "autograde_preprocessors")
    )
    config.write_text(text + without + "\n")
    made.nbgrader("autograde", NAME)
    made.nbgrader("generate_feedback", NAME)
    config.write_text(text)
    hand_in(made, "s01")
    yield made
    patch.undo()


@pytest.fixture(scope="module")
def server(course) -> Iterator[str]:
    """JupyterLab in the course's folder, as an instructor starts it."""
    port, jupyter = free_port(), str(Path(sys.executable).with_name("jupyter"))
    command = [jupyter, "lab", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--no-browser"]
    with served(command, port, course.root, course.root / "log.txt") as address:
        yield address


@pytest.fixture(scope="module")
def driver(server):
    # What pages ask of other hosts fails at once.
    with browser("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1") as driver:
        driver.get(server)
        yield driver


def ran(driver) -> set[str]:
    """What ran in the pages opened since the last call."""
    said = [entry["message"] for entry in driver.get_log("browser")]
    return {line.partition("/RAN-")[2].partition("/")[0] for line in said if "/RAN-" in line}


def wait(driver, selector: str, seconds: float = 60):
    return WebDriverWait(driver, seconds, 0.2).until(
        lambda _: next(
            (e for e in driver.find_elements(By.CSS_SELECTOR, selector) if e.is_displayed()), None
        )
    )


def page(server: str, path: str) -> str:
    return f"{server.partition('/lab')[0]}/formgrader/{path}"


def feedback(course: Course, student: str) -> str:
    return (course.root / "grading" / "feedback" / student / NAME / f"{NAME}.html").as_uri()


def marks(course: Course, student: str) -> dict[str, tuple[float | None, bool]]:
    with Gradebook(course.gradebook) as gradebook:
        grades = gradebook.find_submission_notebook(NAME, NAME, student).grades
        return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in grades}


def shot(driver, name: str) -> None:
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    driver.save_screenshot(str(folder / f"{name}.png"))


@pytest.fixture(scope="module")
def graded(course, server, driver) -> Course:
    """The formgrader's *Autograde* grades the one that is left, and *Feedback* is made of it."""
    driver.get(page(server, f"manage_submissions/{NAME}"))
    wait(driver, ".autograde a")
    rows = driver.find_elements(By.CSS_SELECTOR, "#main-table tr")
    row = next(row for row in rows if "s01" in row.text)
    row.find_element(By.CSS_SELECTOR, ".autograde a").click()
    try:
        dialog = wait(driver, ".modal.in", 180)
    finally:
        shot(driver, "formgrader_autograde")
    assert "Success" in dialog.text, dialog.text
    course.nbgrader("generate_feedback", NAME, "--student=s01")
    return course


def test_the_formgraders_button_gives_the_same_marks(graded):
    assert marks(graded, "s01") == marks(graded, "plain")
    assert marks(graded, "s01")["why"] == (None, True)
    assert sum(score or 0 for score, _ in marks(graded, "s01").values()) == 5


def in_formgrader(course: Course, server: str, student: str) -> str:
    """The page on which an instructor grades a submission by hand."""
    with Gradebook(course.gradebook) as gradebook:
        submission = gradebook.find_submission_notebook(NAME, NAME, student)
        return page(server, f"submissions/{submission.id}/")


def test_what_is_submitted_stays_and_is_shown_as_text(graded):
    folders = (
        graded.root / "grading" / name / "s01" / NAME for name in ("submitted", "autograded")
    )
    submitted, autograded = (nbformat.read(path / f"{NAME}.ipynb", 4) for path in folders)
    answers = [next(c for c in nb.cells if c.id == "why") for nb in (submitted, autograded)]
    assert answers[0].source == payloads.named(
        "answer", "Because <eos>, $a<b$. <script>RAN</script>"
    )
    assert answers[1].source == payloads.named(
        "answer", "Because &lt;eos>, $a<b$. &lt;script>RAN&lt;/script>"
    )


def test_scripts_run_without_the_step(graded, server, driver):
    driver.get(feedback(graded, "plain"))
    assert len(ran(driver)) > 10


# Feedback folds more than a student did.
UNFOLD = """
    for (const fold of document.querySelectorAll("#notebook details"))
        fold.open = fold.querySelector("summary").textContent != "A hint"
"""


@pytest.mark.parametrize("where", ["feedback", "formgrader"])
def test_no_script_runs_in_a_page(graded, server, driver, where):
    ran(driver)
    formgrader = in_formgrader(graded, server, "s01")
    driver.get(feedback(graded, "s01") if where == "feedback" else formgrader)
    wait(driver, "#notebook details")
    driver.execute_script(UNFOLD)
    folds = driver.find_elements(By.CSS_SELECTOR, "#notebook details")
    hint = next(f for f in folds if f.find_element(By.TAG_NAME, "summary").text == "A hint")
    hint.find_element(By.CSS_SELECTOR, "summary").click()
    assert "With words in it." in hint.text
    hint.find_element(By.CSS_SELECTOR, "strong")
    figure = wait(driver, "figure img[alt='a line']")
    driver.execute_script("arguments[0].scrollIntoView()", figure)
    shot(driver, f"scripts_{where}")
    assert driver.execute_script("return arguments[0].naturalWidth", figure) > 100
    assert "It rises." in driver.find_element(By.CSS_SELECTOR, "figcaption").text
    text = driver.find_element(By.ID, "notebook").text
    # Feedback shows the formula as one.
    shown = "".join(text.replace("$", "").split())
    assert "Because<eos>,a<b.<script>console.error(/RAN-answer/)</script>" in shown
    # Every link that a page offers is one of the web.
    schemes = "return [...document.querySelectorAll('#notebook a[href]')].map(a => a.protocol)"
    assert set(driver.execute_script(schemes)) <= {"http:", "https:", "mailto:", "file:"}
    # What waits for a key, a click or an animation.
    handlers = """
        return [...document.querySelectorAll('#notebook *')].flatMap(
            element => [...element.attributes].map(attribute => attribute.name)
        ).filter(name => name.startsWith('on'))"""
    assert driver.execute_script(handlers) == []
    assert ran(driver) == set()
    assert not list(graded.root.glob("grading/submitted/*/*/ran.txt"))


def test_an_image_runs_a_file_without_the_step(graded, server, driver):
    # Last, since this formgrader is then set to the folder of the submission.
    driver.get(in_formgrader(graded, server, "plain"))
    ran = graded.root / "grading" / "submitted" / "plain" / NAME / "ran.txt"
    WebDriverWait(driver, 60, 0.2).until(lambda _: ran.exists())
