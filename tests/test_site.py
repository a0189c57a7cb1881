"""The site in a real browser, opened as files: on a desk and a phone, by day and in the dark, by keyboard alone.

Pictures are left in build/screenshots. axe-core, which judges whether everybody can use the pages, comes by
`npm install --prefix tests`; without it that test is skipped.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import NEEDS_BROWSER, browser
from conftest import ROOT
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from course import layout
from course.site import write_site

pytestmark = NEEDS_BROWSER
AXE = ROOT / "tests" / "node_modules" / "axe-core" / "axe.min.js"
# An npm package, which the workflow of CI installs; on a machine without it these two alone are skipped.
NEEDS_AXE = pytest.mark.skipif(
    not AXE.exists(), reason="needs axe-core: npm install --prefix tests"
)
SCREENSHOTS = ROOT / "build" / "screenshots"
LAB = layout.find_labs()[0]
TRIAL = (
    "trial.html"  # the cover, with what not every lab has: a long formula in a line, an animation
)
LONG = "".join(f"<mn>{number}</mn><mo>+</mo>" for number in range(100, 160))
PIECES = f"""<div class="text"><p id="long">It is <math><mrow>{LONG}<mn>1</mn></mrow></math>.</p></div>
<div class="output"><button type="button">Play</button></div>"""
SERIOUS = """
const done = arguments[arguments.length - 1];
axe.run({preload: false, resultTypes: ["violations"]}).then(({violations}) => done(violations
    .filter(({impact}) => impact === "serious" || impact === "critical")
    .map(({id, nodes}) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`)));
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site of a lab, with the pages beside it."""
    out = tmp_path_factory.mktemp("site") / "book"
    write_site([LAB], out)
    index = (out / "index.html").read_text(encoding="utf-8")
    (out / TRIAL).write_text(index.replace("<article>", f"<article>{PIECES}"), encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def started() -> Iterator[webdriver.Chrome]:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with browser() as driver:
        yield driver


@pytest.fixture
def driver(started) -> Iterator[webdriver.Chrome]:
    yield started
    assert started.get_log("browser") == []


def show(driver: webdriver.Chrome, page: Path, width: int = 1280, theme: str = "light") -> None:
    """Opens a page as a reader with this screen, whose system is light or dark."""
    screen = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    wanted = [
        {"name": "prefers-color-scheme", "value": theme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})
    driver.get(page.as_uri())


def press(driver: webdriver.Chrome, *keys: str) -> None:
    driver.switch_to.active_element.send_keys(*keys)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_lab_fits_the_screen_in_the_colors_of_the_system(driver, site, width, theme):
    show(driver, site / f"{LAB.name}.html", width, theme)
    driver.save_screenshot(str(SCREENSHOTS / f"site-{width}-{theme}.png"))
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert driver.execute_script(wide) == 0
    paper = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (theme == "light")
    # Text, and not its table of contents, fills a phone.
    assert driver.find_element(By.ID, "contents").is_displayed() == (width > 600)
    assert driver.find_element(By.TAG_NAME, "article").size["width"] > 340


def test_the_button_changes_the_colors_and_the_choice_stays(driver, site):
    page = site / "index.html"
    show(driver, page)
    root = driver.find_element(By.TAG_NAME, "html")
    assert root.get_attribute("data-theme") == "light"
    button = driver.find_element(By.ID, "theme")
    button.click()
    assert (root.get_attribute("data-theme"), button.get_attribute("aria-pressed")) == (
        "dark",
        "true",
    )
    show(driver, page)
    assert driver.find_element(By.TAG_NAME, "html").get_attribute("data-theme") == "dark"
    driver.execute_script("localStorage.clear()")


def test_the_search_finds_without_a_server_by_keyboard_alone(driver, site):
    show(driver, site / "index.html")
    press(driver, "/")
    query = driver.find_element(By.ID, "query")
    assert driver.switch_to.active_element == query
    query.send_keys("numeri gradient")
    found = WebDriverWait(driver, 20).until(
        lambda d: d.find_elements(By.CSS_SELECTOR, "#results a")
    )
    assert "Numerical gradient" in found[0].text
    press(driver, Keys.ARROW_DOWN)
    assert driver.switch_to.active_element == found[0]
    press(driver, Keys.ESCAPE)
    assert not driver.find_element(By.ID, "results").is_displayed()
    assert driver.switch_to.active_element == query
    query.send_keys(Keys.BACKSPACE)
    WebDriverWait(driver, 20).until(lambda d: d.find_elements(By.CSS_SELECTOR, "#results a"))
    press(driver, Keys.ARROW_DOWN)
    press(driver, Keys.ENTER)
    WebDriverWait(driver, 20).until(lambda d: f"{LAB.name}.html#" in d.current_url)
    query = driver.find_element(By.ID, "query")
    query.send_keys("xyzzy")
    said = WebDriverWait(driver, 20).until(lambda d: d.find_elements(By.CSS_SELECTOR, "#results p"))
    assert said[0].text == "No places"


def test_folds_and_pages_open_by_keyboard(driver, site):
    show(driver, site / f"{LAB.name}.html")
    press(driver, Keys.TAB)
    assert driver.switch_to.active_element.text == "Skip to the text"
    for selector in (".exercise .text details", ".exercise .check"):
        fold = driver.find_element(By.CSS_SELECTOR, selector)
        assert not fold.get_attribute("open")
        fold.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
        assert fold.get_attribute("open")
    driver.find_element(By.CSS_SELECTOR, ".turn .before").send_keys(Keys.ENTER)
    WebDriverWait(driver, 20).until(lambda d: d.current_url.endswith("index.html"))


def test_on_a_phone_the_contents_open_and_close(driver, site):
    show(driver, site / "index.html", width=390)
    contents = driver.find_element(By.ID, "contents")
    driver.find_element(By.CLASS_NAME, "menu").send_keys(Keys.ENTER)
    assert contents.is_displayed()
    press(driver, Keys.ESCAPE)
    assert not contents.is_displayed()


def test_a_formula_that_is_wider_than_a_phone_scrolls_in_its_paragraph(driver, site):
    show(driver, site / TRIAL, width=390)
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert driver.execute_script(wide) == 0
    assert driver.find_element(By.ID, "long").get_attribute("tabindex") == "0"


@NEEDS_AXE
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(driver, site, theme):
    found = {}
    driver.set_script_timeout(300)  # a lab has thousands of colored words
    for page in sorted(site.glob("*.html")):
        show(driver, page, theme=theme)
        driver.execute_script(AXE.read_text(encoding="utf-8"))
        found[page.name] = driver.execute_async_script(SERIOUS)
    assert {name: said for name, said in found.items() if said} == {}
