"""What is shown has words for those who cannot see it, and nothing in it can break the page."""

import matplotlib.pyplot as plt
import pytest

from utils import plots


@pytest.fixture
def html(monkeypatch):
    displayed = []
    monkeypatch.setattr("IPython.display.display", lambda thing: displayed.append(thing.data))
    yield displayed
    plt.close("all")


def test_a_figure_has_alt_text_and_a_caption_and_is_closed(monkeypatch):
    fig, ax = plt.subplots()
    plots.curves(ax, {"a": [1, 2], "b": [2, 1]}, title="T", xlabel="x", ylabel="y")
    html = []
    monkeypatch.setattr("IPython.display.display", lambda obj: html.append(obj.data))
    plots.show(fig, alt='rising & "falling"', caption="They <cross>.")
    assert 'alt="rising &amp; &quot;falling&quot;"' in html[0]
    assert "<figcaption>They &lt;cross&gt;.</figcaption>" in html[0]
    assert 'src="data:image/png;base64,iVBOR' in html[0]
    assert not plt.fignum_exists(fig.number)


@pytest.mark.parametrize(
    ("alt", "caption", "words"), [(" ", "c", "alt is empty"), ("a", "", "caption is empty")]
)
def test_no_figure_without_words(html, alt, caption, words):
    figure, _ = plt.subplots()
    with pytest.raises(ValueError, match=words):
        plots.show(figure, alt=alt, caption=caption)


def frames(*sizes: tuple[float, float]) -> list:
    return [plt.subplots(figsize=size)[0] for size in sizes]


def test_an_animation_shows_its_last_frame_and_names_every_one(html):
    words = {"labels": ["step 1", "step <2>"], "alt": 'a "map"', "caption": "Look at <it>."}
    plots.animate(frames((3, 2), (3, 2)), **words)
    (page,) = html
    assert page.count("data:image/png;base64,") == page.count("<img") == 2
    assert page.count("display:none") == 1
    assert page.index("none") < page.index("display:block")
    for text in ('alt="step 1: a &quot;map&quot;"', "step &lt;2&gt;", "Look at &lt;it&gt;."):
        assert text in page
    assert 'type="range" min="0" max="1" value="1"' in page
    assert "<script" not in page
    assert "http" not in page
    assert " id=" not in page
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("sizes", "labels", "alt", "caption", "words"),
    [
        ([(3, 2)], ["a"], " ", "c", "alt is empty"),
        ([(3, 2)], ["a"], "a", "", "caption is empty"),
        ([], [], "a", "c", "no figures"),
        ([(3, 2)], ["a", "b"], "a", "c", "1 figures, but 2 labels"),
        ([(3, 2), (2, 3)], ["a", "b"], "a", "c", "one size"),
    ],
)
def test_no_animation_without_words_or_with_unlike_frames(html, sizes, labels, alt, caption, words):
    with pytest.raises(ValueError, match=words):
        plots.animate(frames(*sizes), labels=labels, alt=alt, caption=caption)
    assert not html


def test_tokens_carry_their_numbers_and_are_escaped(html):
    plots.token_text(["<b>", "not\n", " good"], [-1.5, 0, 0.75], caption="<cap>")
    assert "&lt;b&gt;" in html[0]
    assert "&lt;cap&gt;" in html[0]
    for words in ("−1.50", "+0.75", "not⏎", "␣good"):
        assert words in html[0]
    with pytest.raises(ValueError, match="2 tokens need as many finite values"):
        plots.token_text(["a", "b"], [1.0], caption="c")
