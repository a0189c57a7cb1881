"""What answers a reader's hand says the truth at first, after every change, and where its controls are taken away."""

import json
import re

import numpy as np
import pytest
from browser import NEEDS_BROWSER, browser
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from utils import plots

LOGITS = np.random.default_rng(0).normal(0, 2, 300)
WEIGHTS = np.random.default_rng(1).dirichlet([0.3] * 3, size=(2, 2, 3))  # (n_layers, n_heads, T, S)
PATCHES = np.random.default_rng(2).dirichlet([0.5] * 6, size=(2, 7))  # (n_heads, T, S)
PICTURE = np.random.default_rng(3).uniform(0, 0.9, (4, 6, 3))
WORDS = ["the", " cat", "<b>"]
LOGIT = np.abs(np.random.default_rng(4).normal(0, 3, 2000)).round(2)  # of the answer between two
RIGHT = np.random.default_rng(5).random(2000) < 1 / (
    1 + np.exp(-LOGIT / 2)
)  # half as sure is honest


@pytest.fixture
def html(monkeypatch):
    displayed = []
    monkeypatch.setattr("IPython.display.display", lambda thing: displayed.append(thing.data))
    return displayed


def names(count: int) -> list[str]:
    return [f"t{i}" for i in range(count)]


def percents(texts: list[str]) -> list[float]:
    return [float(re.search(r"([\d.]+)%", text)[1]) for text in texts]


def test_nothing_in_them_breaks_a_page_or_asks_a_server(html):
    plots.explore_attention(WEIGHTS, WORDS, WORDS, caption="Look <there>.")
    plots.explore_next_token(LOGITS, [f"<i>{i}" for i in range(300)], caption="Move <it>.")
    plots.explore_patches(PATCHES[:, :1], PICTURE, (2, 3), ["<b>"], alt='a "sky"', caption="See.")
    plots.explore_calibration(sure(1), RIGHT, caption="How <sure>?")
    for page in html:
        assert "<figcaption>" in page
        for forbidden in ("<script", "http", " id=", "<b>", "<i>"):
            assert forbidden not in page
    assert "␣cat" in html[0]
    assert "“&lt;b&gt;” attends most to" in html[0]
    assert "layer 2, head 1" in html[0]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.explore_attention(WEIGHTS, WORDS, WORDS, caption=" "), "caption is empty"),
        (
            lambda: plots.explore_attention(WEIGHTS, WORDS[:2], WORDS, caption="c"),
            "axis T of weights is 3, not 2 query tokens",
        ),
        (
            lambda: plots.explore_attention(WEIGHTS * 2, WORDS, WORDS, caption="c"),
            r"must lie in \[0, 1\]",
        ),
        (
            lambda: plots.explore_next_token(LOGITS, names(2), caption="c"),
            "2 tokens need as many finite logits",
        ),
        (
            lambda: plots.explore_next_token([np.inf, 0], names(2), caption="c"),
            "2 tokens need as many finite logits",
        ),
        (lambda: plots.explore_next_token([1, 0], names(2), caption=""), "caption is empty"),
        (
            lambda: plots.explore_calibration(sure(1), RIGHT[:9], caption="c"),
            "need as many answers",
        ),
        (
            lambda: plots.explore_calibration(1 - sure(1), RIGHT, caption="c"),
            r"must lie in \[0.5, 1\]",
        ),
        (lambda: plots.explore_calibration(sure(1), RIGHT, caption=""), "caption is empty"),
        (
            lambda: plots.explore_patches(PATCHES, PICTURE, (2, 3), ["sky"], alt="", caption="c"),
            "alt is empty",
        ),
        (
            lambda: plots.explore_patches(PATCHES, PICTURE, (2, 2), ["sky"], alt="a", caption="c"),
            "axis T of weights is 7, not 5 query tokens",
        ),
        (
            lambda: plots.explore_patches(
                PATCHES, 255 * PICTURE, (2, 3), ["sky"], alt="a", caption="c"
            ),
            r"picture must be \(H, W, 3\) in \[0, 1\]",
        ),
    ],
)
def test_no_explorer_of_what_does_not_fit(html, call, words):
    with pytest.raises(ValueError, match=words):
        call()
    assert not html


def sure(temperature: float) -> np.ndarray:
    return 1 / (1 + np.exp(-LOGIT / temperature))


def binned(temperature: float) -> tuple[list[float], float]:
    """What is said and what is right in each bin from 0.5 to 1, in percent, and the calibration error."""
    confidence, shown, error = sure(temperature), [], 0.0
    for low in (0.5, 0.6, 0.7, 0.8, 0.9):
        inside = (confidence >= low) & ((confidence < low + 0.1) | (low == 0.9))
        said, right = confidence[inside].mean(), RIGHT[inside].mean()
        shown += [100 * said, 100 * right]
        error += inside.mean() * abs(said - right)
    return shown, error


def kept(temperature: float, k: int, p: float) -> np.ndarray:
    """The probabilities after top-k, top-p and then the temperature, the largest first."""
    scores = np.sort(LOGITS)[::-1]
    shares = np.exp(scores - scores[0])
    shares[k:] = 0
    shares /= shares.sum()
    left = np.cumsum(shares) - shares < p
    weights = np.exp((scores - scores[0]) / temperature) * left * (shares > 0)
    return weights / weights.sum()


def shown(shares: np.ndarray) -> list[float]:
    return [*(100 * shares[:12]), 100 * shares[12:].sum()]


@NEEDS_BROWSER
def test_a_reader_moves_them_by_mouse_and_keyboard(html, tmp_path):
    plots.explore_attention(WEIGHTS, WORDS, WORDS, caption="Attention")
    plots.explore_next_token(LOGITS, names(300), caption="Next")
    plots.explore_patches(PATCHES, PICTURE, (2, 3), ["sky"], alt="noise", caption="Patches")
    plots.explore_calibration(sure(1), RIGHT, caption="Sure")
    page = tmp_path / "page.html"
    page.write_text(f'<!doctype html><meta charset="utf-8">{"".join(html)}', encoding="utf-8")
    with browser() as driver:
        driver.get(page.as_uri())
        attention, following, patches, calibration = driver.find_elements(By.TAG_NAME, "figure")

        def weights() -> list[float]:
            return percents(
                [key.text for key in attention.find_elements(By.CSS_SELECTOR, "[data-key]")]
            )

        assert weights() == pytest.approx(100 * WEIGHTS[1, 1, 2], abs=0.6)
        attention.find_elements(By.TAG_NAME, "button")[0].click()
        assert weights() == pytest.approx(100 * WEIGHTS[1, 1, 0], abs=0.6)
        driver.switch_to.active_element.send_keys(Keys.TAB)
        assert weights() == pytest.approx(100 * WEIGHTS[1, 1, 1], abs=0.6)
        Select(attention.find_element(By.TAG_NAME, "select")).select_by_visible_text(
            "layer 1, head 2"
        )
        assert weights() == pytest.approx(100 * WEIGHTS[0, 1, 1], abs=0.6)
        most = WORDS[int(WEIGHTS[0, 1, 1].argmax())].replace(" ", "␣")
        said = f"“␣cat” attends most to “{most}”: {100 * WEIGHTS[0, 1, 1].max():.0f}%"
        assert attention.find_element(By.CSS_SELECTOR, "[role=status]").text == said

        def bars() -> list[float]:
            return percents([row.text for row in following.find_elements(By.TAG_NAME, "tr")])

        temperature, k, p = following.find_elements(By.TAG_NAME, "input")
        assert bars() == pytest.approx(shown(kept(1, 300, 1)), abs=0.06)
        temperature.send_keys(Keys.END)
        assert bars() == pytest.approx(shown(kept(2, 300, 1)), abs=0.06)
        k.send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
        assert json.loads(k.get_attribute("data-steps"))[-3:] == [100, 200, 300]
        assert bars() == pytest.approx(shown(kept(2, 100, 1)), abs=0.06)
        p.send_keys(*[Keys.ARROW_LEFT] * 10)
        expected = kept(2, 100, 0.5)
        assert bars() == pytest.approx(shown(expected), abs=0.06)
        said = f"{(expected > 0).sum()} of 300 tokens can follow"
        assert following.find_element(By.CSS_SELECTOR, "[role=status]").text == said
        assert p.get_attribute("aria-valuetext") == "0.50"

        def shades() -> list[float]:
            cells = patches.find_elements(By.CSS_SELECTOR, "[data-key]")
            colors = [cell.value_of_css_property("background-color") for cell in cells]
            return [float(color.split(",")[-1].strip(" )")) for color in colors]

        def dark(row: np.ndarray) -> list[float]:
            return pytest.approx(0.85 * (1 - row / row.max()), abs=0.01)

        assert shades() == dark(PATCHES[1, 1 + 4])  # the patch in the middle
        sky, *_, last = patches.find_elements(By.TAG_NAME, "button")
        last.click()
        assert shades() == dark(PATCHES[1, 6])
        Select(patches.find_element(By.TAG_NAME, "select")).select_by_visible_text("head 1")
        assert shades() == dark(PATCHES[0, 6])
        sky.click()
        assert shades() == dark(PATCHES[0, 0])
        top = int(PATCHES[0, 0].argmax())
        said = f"“sky” attends most to “row {top // 3 + 1}, column {top % 3 + 1}”"
        assert said in patches.find_element(By.CSS_SELECTOR, "[role=status]").text

        def says() -> list[float]:
            words = [
                row.text.split("%", 1)[1] for row in calibration.find_elements(By.TAG_NAME, "tr")
            ]
            return [float(number) for number in re.findall(r"([\d.]+)%", " ".join(words))]

        hotter = calibration.find_element(By.TAG_NAME, "input")
        for keys, temperature in ((), 1.0), ([Keys.ARROW_RIGHT] * 20, 2.0), ([Keys.HOME], 0.25):
            hotter.send_keys(*keys)
            bins, error = binned(temperature)
            assert says() == pytest.approx(bins, abs=0.06)
            told = calibration.find_element(By.CSS_SELECTOR, "[role=status]").text
            assert told == f"Expected calibration error {error:.3f}"
        assert driver.get_log("browser") == []
