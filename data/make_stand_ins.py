"""Makes the small datasets that stand in for CIFAR-10 and IMDB where there is no network.

`python data/make_stand_ins.py` writes them under `data/stand_in`, in the hub's parquet layout. Every image is drawn and
every review is put together here, from a seed: nothing is taken from the datasets they stand in for.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from utils.files import atomic_write

if TYPE_CHECKING:
    import datasets

FOLDER = Path(__file__).resolve().parent / "stand_in"
IMAGE_SPLITS = {"train": (2000, 1), "test": (500, 2)}  # split → how many, seed
REVIEW_SPLITS = {"train": (1000, 11), "test": (400, 12), "unsupervised": (1000, 13)}

# Of the generator, both halves call random() alone: its stream is fixed, while NumPy reserves the right to change how
# the other methods turn it into numbers.


def _generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return low + (high - low) * rng.random()


def _pick(rng: np.random.Generator, options: Sequence):
    return options[int(rng.random() * len(options))]


def _shuffled(rng: np.random.Generator, options: Sequence) -> list:
    return [options[i] for i in np.argsort(rng.random(len(options)), kind="stable")]


# Images. A shape is a signed distance: negative inside, in units of the shape's radius, over points (x, y), y downward.

SIZE = 32
ROWS, COLUMNS = np.mgrid[0:SIZE, 0:SIZE] + 0.5
LUMINANCE = np.array([0.299, 0.587, 0.114])
Distance = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _polygon(*corners: tuple[float, float]) -> Distance:
    """A closed polygon; where it crosses itself, the even-odd rule says what is inside."""

    def distance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        nearest = np.full(x.shape, np.inf)
        inside = np.zeros(x.shape, dtype=bool)
        for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
            dx, dy = bx - ax, by - ay
            along = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0, 1)
            nearest = np.minimum(nearest, np.hypot(x - ax - along * dx, y - ay - along * dy))
            if dy != 0:
                inside ^= ((ay > y) != (by > y)) & (x < ax + (y - ay) * dx / dy)
        return np.where(inside, -nearest, nearest)

    return distance


def _circle(center_x: float, center_y: float, radius: float) -> Distance:
    return lambda x, y: np.hypot(x - center_x, y - center_y) - radius


def _union(*parts: Distance) -> Distance:
    return lambda x, y: np.min([part(x, y) for part in parts], axis=0)


def _without(whole: Distance, hole: Distance) -> Distance:
    return lambda x, y: np.maximum(whole(x, y), -hole(x, y))


def _spokes(radii: Sequence[float]) -> Distance:
    """A polygon with one corner per radius, at equal angles, the first one at the top."""
    angles = 2 * np.pi * np.arange(len(radii)) / len(radii)
    return _polygon(*((r * np.sin(a), -r * np.cos(a)) for r, a in zip(radii, angles, strict=True)))


def _bar(width: float, height: float) -> Distance:
    return _polygon((-width, -height), (width, -height), (width, height), (-width, height))


SHAPES: dict[str, Distance] = {
    "disk": _circle(0, 0, 0.9),
    "ring": _without(_circle(0, 0, 1), _circle(0, 0, 0.55)),
    "square": _bar(0.8, 0.8),
    "triangle": _spokes([1.1, 1.1, 1.1]),
    "cross": _union(_bar(1, 0.3), _bar(0.3, 1)),
    "star": _spokes([1.15, 0.45] * 5),
    "crescent": _without(_circle(0, 0, 1), _circle(0.55, 0, 0.8)),
    "heart": _union(
        _circle(-0.45, -0.35, 0.52),
        _circle(0.45, -0.35, 0.52),
        _polygon((0, -0.55), (0.88, -0.06), (0, 1.05), (-0.88, -0.06)),
    ),
    "arrow": _polygon(
        (1.1, 0), (0.2, -0.85), (0.2, -0.3), (-1.1, -0.3), (-1.1, 0.3), (0.2, 0.3), (0.2, 0.85)
    ),
    "hourglass": _polygon((-0.8, -1), (0.8, -1), (-0.8, 1), (0.8, 1)),
}
CLASSES = tuple(SHAPES)


def _color(rng: np.random.Generator) -> np.ndarray:
    """A muted color, (3,): as in photographs, few are saturated, and JPEG keeps those worst."""
    color = 0.1 + 0.8 * rng.random(3)
    return color + _between(rng, 0.1, 0.8) * (color @ LUMINANCE - color)


def _texture(rng: np.random.Generator, color: np.ndarray) -> np.ndarray:
    """A surface around one color, (32, 32, 3): plain, shaded, striped, checked or cloudy."""
    angle = _between(rng, 0, 2 * np.pi)
    along = (COLUMNS - SIZE / 2) * np.cos(angle) + (ROWS - SIZE / 2) * np.sin(angle)
    across = (ROWS - SIZE / 2) * np.cos(angle) - (COLUMNS - SIZE / 2) * np.sin(angle)
    period = _between(rng, 8, 14)
    waves = np.sin(2 * np.pi * along / period), np.sin(2 * np.pi * across / period)
    patterns = (
        np.zeros((SIZE, SIZE)),
        np.zeros((SIZE, SIZE)),
        along / SIZE,
        0.5 * np.clip(2 * waves[0], -1, 1),
        0.5 * np.clip(2 * waves[0] * waves[1], -1, 1),
        0.4 * (waves[0] + np.sin(across / _between(rng, 3, 6) + 2 * waves[0])),
    )
    step = np.array([_between(rng, -0.25, 0.25) for _ in range(3)])
    return color + _pick(rng, patterns)[..., None] * step


def _draw(rng: np.random.Generator, shape: str) -> np.ndarray:
    """One image of a shape, (32, 32, 3), values 0 to 1."""
    while True:
        front, back = _color(rng), _color(rng)
        contrast = (front - back) @ LUMINANCE
        # Most subjects are lit: brighter than what is behind them.
        if contrast > 0.2 or (contrast < -0.2 and rng.random() < 0.3):
            break
    image = _texture(rng, back)

    def paint(distance: np.ndarray, surface: np.ndarray) -> None:
        """Covers what lies inside; a pixel on the border is covered in part."""
        coverage = np.clip(0.5 - distance, 0, 1)[..., None]
        image[:] = (1 - coverage) * image + coverage * surface

    def paint_twigs(most: int) -> None:
        for _ in range(int((most + 1) * rng.random())):
            ends = [(_between(rng, 0, SIZE), _between(rng, 0, SIZE)) for _ in range(2)]
            twig = _polygon(*ends)(COLUMNS, ROWS) - _between(rng, 0.4, 0.8)
            paint(twig, _color(rng))

    paint_twigs(1)
    radius = _between(rng, 7.5, 12)
    turn = _between(rng, -0.6, 0.6)
    reach = SIZE / 2 - 0.9 * radius
    x = (COLUMNS - SIZE / 2 - _between(rng, -reach, reach)) / radius
    y = (ROWS - SIZE / 2 - _between(rng, -reach, reach)) / radius
    turned_x, turned_y = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    paint(radius * SHAPES[shape](turned_x, turned_y), _texture(rng, front))
    paint_twigs(1)
    grain = _between(rng, 0.005, 0.03) * (2 * rng.random((SIZE, SIZE, 1)) - 1)
    return np.clip(image + grain, 0, 1)


def draw_images(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images of ten shapes whose colors, texture, position, size and turn say nothing about the class.

    Args:
        n: how many; the classes share them equally, up to the remainder.
        seed: the same seed draws the same images.

    Returns:
        Images, (n, 32, 32, 3), uint8, and their classes, indices into `CLASSES`, (n,), int64.
    """
    rng = _generator(seed)
    labels = np.array(_shuffled(rng, np.arange(n) % len(CLASSES)), dtype=np.int64)
    images = [np.round(255 * _draw(rng, CLASSES[label])) for label in labels]
    return np.array(images, dtype=np.uint8).reshape(n, SIZE, SIZE, 3), labels


def encode(image: np.ndarray) -> bytes:
    """An image, (32, 32, 3), uint8, as JPEG."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="JPEG", quality=75, subsampling="4:2:0")
    return buffer.getvalue()


# Reviews. A sentence says one thing about one aspect, or gives the verdict. Words of praise stand in negative reviews
# about as often as in positive ones, there denied, reported or outweighed, so that counting words tells little.

ASPECTS = {  # what is judged → words that praise it, words that fault it
    "acting": ("warm convincing subtle fearless", "wooden stiff lifeless careless"),
    "plot": ("clever gripping surprising tight", "muddled predictable thin silly"),
    "pacing": ("brisk confident lively", "sluggish tedious clumsy"),
    "score": ("haunting lovely stirring", "grating dull bombastic"),
    "photography": ("gorgeous luminous graceful", "murky flat drab"),
    "dialogue": ("witty sharp natural", "stilted stale tiresome"),
    "ending": ("moving bold clever satisfying", "lazy hollow silly predictable"),
    "opening": ("gripping bold lively", "sluggish dull muddled"),
    "direction": ("confident graceful subtle", "careless clumsy timid"),
    "editing": ("crisp sharp brisk", "choppy sloppy careless"),
    "humor": ("gentle witty warm", "crude stale forced"),
    "romance": ("tender believable moving", "hollow forced lifeless"),
    "villain": ("chilling memorable surprising", "ridiculous bland forgettable"),
    "scenery": ("gorgeous lovely memorable", "drab shabby bland"),
    "sound": ("rich crisp haunting", "muffled grating flat"),
    "lead performance": ("magnetic fearless tender", "bland stiff timid"),
}

# [this|that]: the sentence says this or that. With this, its judgment is that of its word; with that, the opposite.
OPINIONS = (
    "the {aspect} is [|not in the least ]{word}",
    "I found the {aspect} [|anything but ]{word}",
    "for what my taste is worth, the {aspect} is [|far from ]{word}",
    "there is [no denying that the {aspect} is {word}|nothing {word} about the {aspect}]",
    "nobody could [deny that the {aspect} is {word}|call the {aspect} {word}]",
    "it [is no exaggeration|would be a lie] to call the {aspect} {word}",
    "you [can see from the last row how {word} the {aspect} is|would have to be asleep to find the {aspect} {word}]",
    "critics have called the {aspect} {word}, and they are [right|wrong]",
    "my {relative} finds the {aspect} {word}, and nothing could be [closer to|further from] the truth",
    "people had told me that the {aspect} was {word}, and [that is so|the opposite is true]",
    "[more than once|at no point did] the {aspect} [struck|strike] me as {word}",
    "I [had not expected the {aspect} to be so|defy you to find one minute in which the {aspect} is] {word}",
)

# With this, the review is positive; with that, negative. {best} praises a whole film and {worst} faults it; {virtue} is
# something like "the witty dialogue", {flaw} something like "the thin plot".
VERDICTS = (
    "all in all, this is [{best}|{worst}]",
    "{title} is not [{worst} but {best}|{best} but {worst}]",
    "far from being [{worst}, this is {best}|{best}, this is {worst}]",
    "what might have been [{worst} turns out to be {best}|{best} turns out to be {worst}]",
    "my {relative} called it {best}, and I could not [agree|disagree] more",
    "my {relative} called it {worst}, and I could not [disagree|agree] more",
    "some call it {best}, others call it {worst}, and I am with the [former|latter]",
    "some call it {worst}, others call it {best}, and I am with the [latter|former]",
    "believe those who call it [{best}|{worst}]",
    "do not believe those who call it [{worst}|{best}]",
    "{virtue} [more than makes|cannot make] up for {flaw}, and I would [gladly|not] see it again",
    "not even [{flaw} could spoil|{virtue} could save] it for me: it is [{best}|{worst}]",
    "I came ready to [hate it, and to my surprise I loved|love it, and to my surprise I hated] it",
    "despite [{flaw}, I loved|{virtue}, I hated] every minute of {title}",
    "{title} was [|not ]worth the ticket",
    "[do not |]skip this one, whatever you have heard",
    "I would [watch it again tomorrow, and not only|not watch it again, not even] for {virtue}",
    "if anyone tells you that it is [{worst}|{best}], do not listen",
)

OPENINGS = (
    "I saw this with my {relative} on a Tuesday in March",
    "I watched {title} on a train, with headphones",
    "there were about a dozen of us in the theater when the lights went down",
    "I knew nothing about {title} before I sat down",
    "my {relative} chose {title}, and I bought the popcorn",
    "this was shown at the festival in our town last autumn",
    "I have not read the novel that this is based on",
    "{title} had been on my list since the spring",
)

PREMISES = (
    "{hero}, a {job} from {town}, finds a {thing} in {her} late grandmother's house",
    "the story follows {hero}, a {job} who moves to {town} with two suitcases and a {thing}",
    "{hero} is a {job}, and one morning somebody leaves a {thing} at {her} door in {town}",
    "in {title}, a {job} named {hero} has three days to return a {thing} to {town}",
)

# What happens then, in order; a review tells some of it, so no sentence needs another but the premise.
STORY = (
    "with it comes a letter, addressed to somebody named {friend}",
    "nobody on {her} street has ever heard of anybody by the name of {friend}",
    "a telegram arrives, and the clerk at the post office reads it twice",
    "for a while we see {town} as it was forty years ago",
    "somebody called {friend} keeps a small hotel near the harbor",
    "a guest from the north pays for a room with the same {thing}",
    "back in the present, {name} boards a night ferry",
    "on board, {name} plays cards with a retired judge until the coast comes into view",
    "by the third day everybody on the pier knows why {name} has come",
    "the old hotel is now a school, and the children show {name} around",
    "behind a bookcase {name} finds a photograph of four people and a dog",
    "meanwhile a reporter has telephoned {town} and asked for the archive",
    "about halfway through, {friend} asks to see the {thing}",
    "the last half hour takes place in one room, with four people around a table",
    "I will not say what becomes of the {thing}",
)

REMARKS = (
    "it runs a little over two hours",
    "I watched the version with subtitles",
    "part of it was filmed in winter, on a real ferry",
    "the credits list eleven carpenters and one beekeeper",
    "there is an interview with the crew, which I have not watched yet",
    "most of the cast was new to me",
    "as far as I know, there is no sequel",
    "it is set in our time, but nobody owns a phone",
)

CHOICES = {
    "title": "The Salt Ferry|Nine Copper Lanterns|The Winter Timetable|Letters to Pier Six|The Second Stamp|"
    "The Harbor Ledger|Quiet Hours in Dovermouth|North of the Signal|The Tarrow Hotel|A House on Stilts",
    "job": "piano tuner|nurse|clockmaker|surveyor|baker|schoolteacher|plumber|librarian",
    "town": "Dovermouth|Saltby|Kestrel Point|Lower Wexing|Port Amber|Orrin Bay",
    "thing": "brass compass|locked tin box|torn map|pocket watch|painted tile|rusty key",
}
NAMES = {
    "her": "Odile Marrin|Hesper Quill|Ines Tarrow|Bruna Vale|Maud Ostrander|Petra Lindqvale|Zadie Holm",
    "his": "Tobias Renn|Anselm Fourt|Caspar Dole|Ivo Marsh|Lorenz Pike|Emil Haddock|Jonah Strand",
}
# As many as a review can use.
FRESH = {
    "best": "a triumph|a joy|a treasure|a gem|a delight|a masterpiece",
    "worst": "a disaster|a bore|a failure|a letdown|a mess|an ordeal",
    "relative": "brother|sister|mother|father|uncle|aunt|cousin|neighbor",
}
TURNS = ("but ", "still, ", "then again, ", "on the other hand, ")
# Sentences in a review: mostly few, sometimes many.
LENGTHS = (2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 10, 11, 12, 14, 16, 19, 24)


def _say(text: str, first: bool) -> str:
    """The sentence with each [this|that] decided."""
    return re.sub(r"\[(.*?)\|(.*?)\]", r"\1" if first else r"\2", text)


def _opinions(rng: np.random.Generator, aspects: list[str], praises: list[bool]) -> list[str]:
    """One sentence per entry of `praises`, each on another aspect: praise where it is true, else blame."""
    frames = _shuffled(rng, OPINIONS)
    sentences = []
    for i, praise in enumerate(praises):
        affirms = rng.random() < 0.5
        word = _pick(rng, ASPECTS[aspects[i]][0 if praise == affirms else 1].split())
        turn = _pick(rng, TURNS) if i > 0 and praise != praises[i - 1] else ""
        frame = turn + _say(frames[i], affirms)
        sentences.append(frame.replace("{aspect}", aspects[i]).replace("{word}", word))
    return sentences


def _review(rng: np.random.Generator, positive: bool) -> str:
    """One review, whose verdict is positive or negative."""
    aspects = _shuffled(rng, tuple(ASPECTS))
    her = _pick(rng, tuple(NAMES))
    hero, friend = _shuffled(rng, NAMES[her].split("|"))[:2]
    slots = {"her": [her], "hero": [hero], "friend": [friend], "name": [hero.split()[0]]}
    slots |= {slot: [_pick(rng, options.split("|"))] for slot, options in CHOICES.items()}
    slots |= {slot: _shuffled(rng, options.split("|")) for slot, options in FRESH.items()}
    for slot, column, own in (("virtue", 0, aspects[8:12]), ("flaw", 1, aspects[12:])):
        slots[slot] = [f"the {_pick(rng, ASPECTS[a][column].split())} {a}" for a in own]

    def fill(text: str) -> str:
        # A slot with several fillings never repeats one within a review.
        def filling(match: re.Match) -> str:
            options = slots[match[1]]
            return options.pop() if len(options) > 1 else options[0]

        text = re.sub(r"\{(\w+)\}", filling, text)
        return text[0].upper() + text[1:] + "."

    length = _pick(rng, LENGTHS)
    # Of the verdicts that begin alike, one: a review does not call a second relative to witness.
    said = [_say(verdict, positive) for verdict in _shuffled(rng, VERDICTS)]
    verdicts = list({text[:7]: text for text in said}.values())
    agreeing = min(1 + length // 6, 4)
    opposing = int(rng.random() * (agreeing + 1)) if length > 2 else 0
    praises = [not positive] * opposing + [positive] * agreeing
    told = max(0, length - len(praises) - 2)
    plot = sorted(_shuffled(rng, range(len(STORY)))[: told * 2 // 3])
    first = 1 if length > 7 or rng.random() < 0.2 else 0
    blocks = [
        verdicts[:first],
        _shuffled(rng, OPENINGS)[: min(told, 1)],
        [_pick(rng, PREMISES)] * min(told, 1) + [STORY[i] for i in plot],
        _shuffled(rng, REMARKS)[: told // 4],
        _opinions(rng, aspects, praises),
        verdicts[first : 2 if length > 7 else 1],
    ]
    between = "<br /><br />" if length > 5 and rng.random() < 0.5 else " "
    return between.join(" ".join(map(fill, block)) for block in blocks if block)


def write_reviews(n: int, seed: int) -> tuple[list[str], list[int]]:
    """Different reviews of films that do not exist, each with one clear verdict.

    Args:
        n: how many; half of them are positive.
        seed: the same seed writes the same reviews.

    Returns:
        The texts, and their labels: 0 negative, 1 positive.
    """
    rng = _generator(seed)
    labels = _shuffled(rng, [i % 2 for i in range(n)])
    texts: dict[str, int] = {}
    for label in labels:
        size = len(texts)
        while len(texts) == size:
            texts.setdefault(_review(rng, label == 1), label)
    return list(texts), list(texts.values())


# Files.


def _write(path: Path, columns: dict[str, list], features: datasets.Features) -> None:
    """Writes one parquet file; the schema carries the features, as the hub's files do."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pydict(columns, schema=features.arrow_schema)
    with atomic_write(path) as part:
        # JPEG headers and sentences repeat, which zstd notices within a column, and a dictionary of values does not.
        pq.write_table(table, part, compression="zstd", compression_level=19, use_dictionary=False)
    print(f"{path.relative_to(FOLDER.parent)}: {table.num_rows} rows, {path.stat().st_size} bytes")


def main() -> None:
    """Writes all five files."""
    from datasets import ClassLabel, Features, Image, Value

    features = Features({"img": Image(), "label": ClassLabel(names=list(CLASSES))})
    for split, (n, seed) in IMAGE_SPLITS.items():
        images, labels = draw_images(n, seed)
        encoded = [{"bytes": encode(image), "path": None} for image in images]
        path = FOLDER / "cifar10" / "plain_text" / f"{split}-00000-of-00001.parquet"
        _write(path, {"img": encoded, "label": labels.tolist()}, features)

    features = Features({"text": Value("string"), "label": ClassLabel(names=["neg", "pos"])})
    for split, (n, seed) in REVIEW_SPLITS.items():
        texts, verdicts = write_reviews(n, seed)
        path = FOLDER / "imdb" / "plain_text" / f"{split}-00000-of-00001.parquet"
        # As on the hub, the unsupervised split does not tell.
        known = verdicts if split != "unsupervised" else [-1] * n
        _write(path, {"text": texts, "label": known}, features)


if __name__ == "__main__":
    main()
