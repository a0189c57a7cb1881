"""The book as a student meets it: the students' copy, `make lab`, JupyterLab in a real browser.

Needs Chromium and its driver (Debian: chromium, chromium-driver). Screenshots are left in build/screenshots.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from browser import NEEDS_BROWSER, browser, free_port, served
from conftest import ROOT
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from course import bundle, layout, notebooks

FIRST, TRAINED = layout.Lab("01_backprop"), layout.Lab("02_rnn")
pytestmark = [
    NEEDS_BROWSER,
    pytest.mark.skipif(
        not (FIRST.source.exists() and TRAINED.source.exists()), reason="needs Labs 01 and 02"
    ),
]
SCREENSHOTS = ROOT / "build" / "screenshots"
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
SHOWN = f"{PANEL} .jp-Notebook"
ERROR = ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']"
# Every cell is drawn at once, so that all can be found; JupyterLab would draw those in sight.
SETTINGS = {"@jupyterlab/notebook-extension/tracker": '{"windowingMode": "none"}'}


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """Unpacks the students' copy, calls `make lab` in it, and gives the address that it prints."""
    folder = tmp_path_factory.mktemp("student")
    bundle.write_bundle([FIRST, TRAINED], folder / "students.zip")
    with zipfile.ZipFile(folder / "students.zip") as file:
        file.extractall(folder)
    copy = folder / "transformer-labs"
    (copy / ".venv").symlink_to(ROOT / ".venv")  # and make is told not to install
    solve(copy, TRAINED)
    for name, text in SETTINGS.items():
        path = folder / "settings" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    port = free_port()
    with served(
        ["make", "-o", "environment", "lab", f"PORT={port}"],
        port,
        copy,
        folder / "log.txt",
        JUPYTERLAB_SETTINGS_DIR=str(folder / "settings"),
        JUPYTERLAB_WORKSPACES_DIR=str(folder / "workspaces"),
        LABS_PRESET="smoke",
        LABS_CACHE=str(folder / "cache"),
    ) as printed:
        yield printed


def solve(copy: Path, lab: layout.Lab) -> None:
    """Pastes every answer of a lab into the student's notebook."""
    path = copy / lab.released.relative_to(layout.ROOT)
    notebook = notebooks.read(path)
    answers = {cell.id: cell.source for cell in notebooks.read(lab.built).cells}
    for cell in notebook.cells:
        if "YOUR CODE HERE" in cell.source:
            cell.source = answers[cell.id]
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def page(address) -> Iterator["Page"]:
    with browser() as driver:
        driver.get(address)
        yield Page(driver)


class Page:
    """JupyterLab, as one looks at it and touches it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def wait(self, until, seconds: float = 60):
        """What `until` returns, as soon as that is something."""
        try:
            redrawn = (StaleElementReferenceException,)
            return WebDriverWait(self.driver, seconds, 0.2, redrawn).until(lambda _: until())
        except TimeoutException:
            self.screenshot("timeout")
            raise AssertionError([e.text for e in self.all(f"{SHOWN} {ERROR}")]) from None

    def all(self, selector: str, inside: WebElement | None = None) -> list[WebElement]:
        return (inside or self.driver).find_elements(By.CSS_SELECTOR, selector)

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(SCREENSHOTS / f"{name}.png"))

    def show(self, element: WebElement) -> None:
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)

    def cell(self, text: str) -> WebElement:
        """The code cell whose input holds a text."""
        return self.wait(
            lambda: next(
                (
                    cell
                    for cell in self.all(f"{SHOWN} .jp-CodeCell")
                    if text in cell.find_element(By.CSS_SELECTOR, ".jp-InputArea").text
                ),
                None,
            )
        )

    def menu(self, *labels: str) -> None:
        """Chooses an entry of the menu bar."""
        for place, label in enumerate(labels):
            kind = ".lm-MenuBar-itemLabel" if place == 0 else ".lm-Menu-itemLabel"

            def entry(kind: str = kind, label: str = label) -> WebElement | None:
                return next((e for e in self.all(kind) if e.text == label), None)

            self.wait(entry).click()

    def run_all(self, lab: layout.Lab) -> None:
        """Runs all cells of a lab, once it is in front and has a kernel; before, none would run."""
        tab = ".lm-mod-current .lm-TabBar-tabLabel"
        self.wait(lambda: f"{lab.name}.ipynb" in [label.text for label in self.all(tab)])
        # JupyterLab also shows `idle` for the moment in which there is no kernel yet.
        kernel, status = ".jp-Toolbar-kernelName", ".jp-Notebook-ExecutionIndicator"
        self.wait(lambda: any("Python 3" in name.text for name in self.all(f"{PANEL} {kernel}")))
        self.wait(lambda: self.all(f"{PANEL} {status}[data-status='idle']"))
        self.menu("Run", "Run All Cells")

    def press(self, cell: WebElement, key: str) -> None:
        """Clicks into a cell and presses Ctrl and a key."""
        self.show(cell)
        cell.find_element(By.CSS_SELECTOR, ".cm-content").click()
        ActionChains(self.driver).key_down(Keys.CONTROL).send_keys(key).key_up(
            Keys.CONTROL
        ).perform()

    def run(self, cell: WebElement) -> None:
        self.press(cell, Keys.ENTER)

    def paste(self, cell: WebElement, text: str) -> None:
        """Puts a text in place of what a cell holds."""
        self.press(cell, "a")
        self.driver.execute_cdp_cmd("Input.insertText", {"text": text})

    def output(self, cell: WebElement) -> str:
        return "\n".join(area.text for area in self.all(".jp-OutputArea-output", cell))


def test_a_student_opens_runs_answers_and_validates(page):
    page.run_all(FIRST)
    page.wait(lambda: page.all(f"{SHOWN} {ERROR}"))
    told = page.all(f"{SHOWN} {ERROR}")[0]
    page.show(told)
    page.screenshot("first_exercise")
    assert "Jupyter news" not in page.driver.page_source  # whether they may be fetched is not asked
    assert "init_params" in told.text
    assert "not written yet" in told.text
    assert "Traceback" not in told.text

    answer = next(c.source for c in notebooks.read(FIRST.built).cells if c.id == "init_params")
    exercise, check = page.cell("def init_params"), page.cell("init_params, 400, 300, 70")
    page.paste(exercise, answer.replace("torch.randn(", "torch.rand("))
    page.run(exercise)
    page.run(check)
    page.wait(lambda: "✗" in page.output(check))
    page.show(page.all(ERROR, check)[0])
    page.screenshot("wrong_answer")
    assert "Use torch.randn (normal), not torch.rand" in page.output(check)

    page.paste(exercise, answer)
    page.run(exercise)
    page.run(check)
    page.wait(lambda: "✓" in page.output(check))
    page.screenshot("right_answer")
    assert not page.all(ERROR, check)

    next(b for b in page.all("jp-button, button") if b.text == "Validate").click()
    dialog = page.wait(lambda: next(iter(page.all(".jp-Dialog-content")), None), 120)
    page.screenshot("validate")
    assert "softmax" in dialog.text
    assert "init_params" not in dialog.text


def test_a_solved_lab_draws_its_training(page, address):
    page.driver.get(address.replace(FIRST.name, TRAINED.name))
    page.run_all(TRAINED)
    training = page.cell("classifier = NameClassifier()")
    page.wait(lambda: page.all("img[alt]", training), 120)
    page.wait(lambda: "100%" in page.output(training), 120)
    page.show(training)
    page.screenshot("training")
    assert not [error.text for error in page.all(f"{SHOWN} {ERROR}")]
