"""The book as a student meets it: the students' copy, `make lab`, JupyterLab in a real browser.

Needs Chromium and its driver (Debian: chromium, chromium-driver). Screenshots are left in build/screenshots; of them
exercise.png is the README's, docs/pictures/exercise.png.
"""

import io
import shutil
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat
import pytest
from browser import NEEDS_BROWSER, browser, free_port, served
from conftest import ROOT
from PIL import Image
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from course import bundle, layout, notebooks

FIRST, TRAINED = layout.Lab("01_backprop"), layout.Lab("02_rnn")
CLICKED = layout.Lab("12_beyond_text")
pytestmark = [
    NEEDS_BROWSER,
    pytest.mark.skipif(
        not (FIRST.source.exists() and TRAINED.source.exists()), reason="needs Labs 01 and 02"
    ),
]
LONE = f"alone/{FIRST.name}.ipynb"  # the only file of its folder
CLICKS = "labs/clicks/clicks.ipynb"
# What the scene to click on needs, without the rest of its lab; the network's own weights do not matter.
CLICK_CELLS = (
    *("setup", "imports", "click_kinds", "click_scenes", "fourier_features", "prompt_tokens"),
    *("two_layers", "two_way", "mask_logits", "rated_best", "encoder", "covered", "segmenter"),
    *("segment_at", "clickable"),
)
CLICK_HERE = """device.seed_everything(0)
untrained = Segmenter(d_model=16, n_layers=1, n_heads=2, channels=8, patch=4).to(place)
image, _ = click_scene(NEW_KINDS, NEW_HUES, torch.Generator().manual_seed(0))
clickable(untrained, image)"""
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
    if CLICKED.source.exists():
        write_clicks(copy / CLICKS)
    (copy / LONE).parent.mkdir()
    shutil.copy(copy / FIRST.released.relative_to(layout.ROOT), copy / LONE)
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


def write_clicks(path: Path) -> None:
    """A notebook that shows Lab 12's scene to click on, and nothing else of the lab."""
    notebook = notebooks.read(CLICKED.built)
    cells = {cell.id: cell for cell in notebook.cells}
    last = nbformat.v4.new_code_cell(CLICK_HERE, id="click_here")
    notebook.cells = [*(cells[name] for name in CLICK_CELLS), last]
    path.parent.mkdir()
    nbformat.write(notebook, path)


@cache
def names(lab: layout.Lab) -> list[str]:
    """The names of a lab's cells, in order."""
    return [cell.id for cell in notebooks.read(lab.built).cells]


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

    def picture(self, top: WebElement, name: str, height: int) -> None:
        """Saves 1200 pixels of notebook from this cell on, without the panel at its left."""
        before = self.driver.get_window_size()
        self.driver.set_window_size(1200, height)
        self.menu("View", "Appearance", "Show Left Sidebar")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'start'})", top)
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        with Image.open(io.BytesIO(self.driver.get_screenshot_as_png())) as shot:
            shot.convert("RGB").quantize(128).save(SCREENSHOTS / f"{name}.png", optimize=True)
        self.menu("View", "Appearance", "Show Left Sidebar")
        self.driver.set_window_size(before["width"], before["height"])

    def show(self, element: WebElement) -> None:
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)

    def cell(self, lab: layout.Lab, name: str) -> WebElement:
        """The cell of this name."""
        place = names(lab).index(name)
        selector = f"{SHOWN} [data-windowed-list-index='{place}']"
        return self.wait(lambda: next(iter(self.all(selector)), None))

    def menu(self, *labels: str) -> None:
        """Chooses an entry of the menu bar."""
        for place, label in enumerate(labels):
            kind = ".lm-MenuBar-itemLabel" if place == 0 else ".lm-Menu-itemLabel"

            def entry(kind: str = kind, label: str = label) -> WebElement | None:
                return next((e for e in self.all(kind) if e.text == label), None)

            self.wait(entry).click()

    def in_front(self, name: str) -> None:
        """Waits until a file is the one that is shown."""
        tab = ".lm-mod-current .lm-TabBar-tabLabel"
        self.wait(lambda: name in [label.text for label in self.all(tab)])

    def run_all(self, name: str) -> None:
        """Runs all cells of a notebook, once it is in front and has a kernel; before, none would run."""
        self.in_front(f"{name}.ipynb")
        # JupyterLab also shows `idle` for the moment in which there is no kernel yet.
        kernel, status = ".jp-Toolbar-kernelName", ".jp-Notebook-ExecutionIndicator"
        self.wait(lambda: any("Python 3" in name.text for name in self.all(f"{PANEL} {kernel}")))
        self.wait(lambda: self.all(f"{PANEL} {status}[data-status='idle']"))
        self.menu("Run", "Run All Cells")

    def press(self, cell: WebElement, key: str) -> None:
        """Clicks into a cell, or beside what is folded, and presses Ctrl and a key."""
        self.show(cell)
        self.all(".cm-content, .jp-Placeholder-prompt", cell)[0].click()
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
    page.run_all(FIRST.name)
    page.wait(lambda: page.all(f"{SHOWN} {ERROR}"))
    told = page.all(f"{SHOWN} {ERROR}")[0]
    page.show(told)
    page.screenshot("first_exercise")
    assert "Jupyter news" not in page.driver.page_source  # whether they may be fetched is not asked
    assert "init_params" in told.text
    assert "not written yet" in told.text
    assert "Traceback" not in told.text

    answer = next(c.source for c in notebooks.read(FIRST.built).cells if c.id == "init_params")
    exercise, check = (page.cell(FIRST, name) for name in ("init_params", "init_params_scale"))
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
    page.run_all(TRAINED.name)
    training = page.cell(TRAINED, "train_classifier")
    page.wait(lambda: page.all("img[alt]", training), 120)
    page.wait(lambda: "100%" in page.output(training), 120)
    page.show(training)
    page.screenshot("training")
    assert not [error.text for error in page.all(f"{SHOWN} {ERROR}")]


def test_a_lone_notebook_shows_its_diagrams_and_the_first_lines_of_what_is_folded(page, address):
    cells = notebooks.read(FIRST.built).cells
    lone = address.replace(str(FIRST.released.relative_to(layout.ROOT)), LONE)
    page.driver.get(f"{lone}&reset")  # closes the others
    page.in_front(f"{FIRST.name}.ipynb")
    page.wait(lambda: len(page.all(f"{SHOWN} .jp-Cell")) == len(cells))
    shown = page.all(f"{SHOWN} .jp-Cell")
    folded = [cell.metadata.get("jupyter", {}).get("source_hidden", False) for cell in cells]
    assert sum(folded) > 10
    is_folded = "return arguments[0].map(cell => !cell.querySelector('.jp-InputArea'))"
    assert page.driver.execute_script(is_folded, shown) == folded
    for cell, element, line_alone in zip(cells, shown, folded, strict=True):
        if line_alone:
            assert element.text == cell.source.partition("\n")[0]

    images = page.all(f"{SHOWN} .jp-RenderedMarkdown img[src^='data:']")
    assert len(images) == sum("<img alt=" in cell.source for cell in cells) >= 4
    for image in images:
        page.wait(lambda image=image: image.get_property("naturalWidth") == 1400)
        assert image.get_property("width") == 700
        assert len(image.get_attribute("alt")) > 100
    page.picture(images[0], "exercise", 1290)

    check = page.cell(FIRST, "init_params_shapes")
    page.show(check)
    page.all(".jp-Placeholder-content", check)[0].click()
    page.wait(lambda: "checks.run(init_params" in check.text)
    page.screenshot("unfolded")


@pytest.mark.skipif(not CLICKED.source.exists(), reason="needs Lab 12")
def test_a_click_on_a_scene_shows_a_mask(page, address):
    page.driver.get(address.replace(str(FIRST.released.relative_to(layout.ROOT)), CLICKS))
    page.run_all("clicks")
    shown, buttons = f"{SHOWN} .widget-image", f"{SHOWN} .widget-gridbox button"
    scene = page.wait(lambda: next(iter(page.all(shown)), None), 120)
    page.wait(lambda: len(page.all(buttons)) == 16 * 16)
    page.show(scene)

    def pixels() -> bytes:
        return scene.screenshot_as_png

    pale = pixels()
    page.all(buttons)[16 * 8 + 8].click()
    page.wait(lambda: pixels() != pale)
    page.screenshot("clicked")
    clicked = pixels()
    next(b for b in page.all(f"{SHOWN} button") if b.text == "beside it").click()
    page.all(buttons)[16 * 2 + 2].click()
    page.wait(lambda: pixels() != clicked)
    next(b for b in page.all(f"{SHOWN} button") if b.text == "begin again").click()
    page.wait(lambda: pixels() == pale)
    assert not [error.text for error in page.all(f"{SHOWN} {ERROR}")]
