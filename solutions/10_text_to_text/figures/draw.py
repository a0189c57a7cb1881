"""The diagrams of Lab 10, written by `python -m course diagrams 10_text_to_text`."""

import math

from course.diagrams import (
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    PALE,
    PINK,
    SKY,
    SMALL,
    WHITE,
    YELLOW,
    Diagram,
)

LINE = ("open", "the", "file", "and", "read")


def skip_gram() -> Diagram:
    d = Diagram(
        "Pairs of a center and its contexts",
        "Five words in a row: open, the, file, and, read. The center is file. Curved arrows go from it to its four "
        "neighbors at distances one and two. Below are the pairs: file with open, file with the, file with and, file "
        "with read.",
        206,
    )
    boxes = [
        d.box(40 + 126 * i, 84, 110, 34, word, color=YELLOW if i == 2 else SKY, code=True)
        for i, word in enumerate(LINE)
    ]
    center = boxes[2]
    for i, box in enumerate(boxes):
        if i == 2:
            continue
        far = abs(i - 2) == 2
        start = center.at(0.5 + 0.09 * (i - 2), 0)
        rise = 62 if far else 34
        d.arrow(
            start,
            (start[0], start[1] - rise),
            (box.top[0], box.top[1] - rise),
            box.top,
            color=BLUE,
            curve=True,
        )
    d.text(center.at(0.5, 1.5), "center", size=SMALL, color=GRAY)
    for i in (0, 1, 3, 4):
        distance = i - 2
        d.text(boxes[i].at(0.5, 1.5), f"context, {abs(distance)} away", size=SMALL, color=GRAY)
    pairs = ",  ".join(f"(file, {word})" for i, word in enumerate(LINE) if i != 2)
    d.text((350, 176), pairs, size=SMALL, code=True)
    return d


TOKENS = (11, 12, 13, 14, 15, 16, 17, 18)
SPANS = ((2, 4), (6, 7))
FIRST = 100


def spans() -> Diagram:
    d = Diagram(
        "Span corruption",
        "Above, the text: tokens 11 to 18. 13 and 14 are one span, 17 another; both are marked. In the middle the "
        "source: 11, 12, sentinel 100, 15, 16, sentinel 101, 18. Below the target: sentinel 100, 13, 14, sentinel 101, "
        "17, and the last sentinel 102.",
        232,
    )
    inside = {i: k for k, (a, b) in enumerate(SPANS) for i in range(a, b)}
    size, left = 52, 150
    for label, y in (("text", 48), ("source", 116), ("target", 184)):
        d.text((126, y), label, anchor="end", bold=True)
    for i, token in enumerate(TOKENS):
        color = (ORANGE, PINK)[inside[i]] if i in inside else PALE
        d.box(left + size * i, 30, size - 6, 36, str(token), color=color, code=True)
    source = [t for i, t in enumerate(TOKENS) if i not in inside]
    position = {t: TOKENS.index(t) for t in source}
    for token, i in position.items():
        d.box(left + size * i, 98, size - 6, 36, str(token), color=PALE, code=True)
    for k, (a, b) in enumerate(SPANS):
        middle = left + size * (a + b - 1) / 2
        d.box(middle, 98, size - 6, 36, str(FIRST + k), color=YELLOW, code=True, bold=True)
        d.line((middle + 23, 66), (middle + 23, 96))
    x = left
    for k, (a, b) in enumerate(SPANS):
        d.box(x, 166, size - 6, 36, str(FIRST + k), color=YELLOW, code=True, bold=True)
        x += size
        for token in TOKENS[a:b]:
            d.box(x, 166, size - 6, 36, str(token), color=(ORANGE, PINK)[k], code=True)
            x += size
    d.box(x, 166, size - 6, 36, str(FIRST + len(SPANS)), color=YELLOW, code=True, bold=True)
    d.text((x + size + 8, 184), "nothing more comes", size=SMALL, color=GRAY, anchor="start")
    return d


def bucket(offset: int, n: int = 4, far: int = 16) -> int:
    """The bucket of the picture: four a side, two of them exact."""
    d, exact = abs(offset), n // 2
    own = d
    if d >= exact:
        grown = math.log(d / exact) / math.log(far / exact) * (n - exact)
        own = min(n - 1, exact + int(grown))
    return own + n * (offset > 0)


def buckets() -> Diagram:
    d = Diagram(
        "Buckets of relative positions",
        "A row of offsets from minus 8 to 8, place of the key minus place of the query, and below each its bucket. "
        + ", ".join(f"offset {i}: bucket {bucket(i)}" for i in range(-8, 9))
        + ".",
        214,
    )
    colors = (PALE, SKY, GREEN, YELLOW, WHITE, BLUE, PINK, ORANGE)
    offsets = range(-8, 9)
    size, left = 35, 96
    d.text((86, 89), "offset", anchor="end", size=SMALL, bold=True)
    d.text((86, 131), "bucket", anchor="end", size=SMALL, bold=True)
    for i, offset in enumerate(offsets):
        label = str(offset).replace("-", "−")
        d.box(left + size * i, 74, size - 3, 30, label, size=14, code=True, radius=3, plain=True)
        color = colors[bucket(offset)]
        d.box(
            left + size * i,
            114,
            size - 3,
            34,
            str(bucket(offset)),
            color=color,
            code=True,
            radius=3,
        )
    middle = left + size * 8.5 - 1.5
    d.text((left + size * 4 - 2, 50), "earlier keys", size=SMALL, color=GRAY)
    d.text((left + size * 13, 50), "later keys", size=SMALL, color=GRAY)
    d.text((middle, 50), "query", size=SMALL, color=GRAY)
    d.text(
        (350, 182), "8 buckets, max_distance 16: half of them for each side", size=SMALL, color=GRAY
    )
    return d


MACHINE, REFERENCE = ("the", "the", "file"), ("save", "the", "file")


def bleu() -> Diagram:
    d = Diagram(
        "Clipped precision",
        "Above, the machine's line: the, the, file. Below, the reference: save, the, file. The second the is joined to "
        "the of the reference, file to file. The first the is dashed: clipped. At the right: words, two of three; "
        "pairs, one of two matches, the file.",
        212,
    )
    d.text((104, 65), "machine", anchor="end", bold=True)
    d.text((104, 155), "reference", anchor="end", bold=True)
    for i in range(3):
        hit = MACHINE[i] == REFERENCE[i]
        x = 124 + 100 * i
        color = GREEN if hit else WHITE
        above = d.box(x, 46, 86, 38, MACHINE[i], color=color, code=True, dashed=not hit)
        below = d.box(x, 136, 86, 38, REFERENCE[i], color=GREEN if hit else PALE, code=True)
        if hit:
            d.arrow(above.bottom, below.top, color=GREEN)
    d.text((167, 110), "clipped", size=SMALL, color=GRAY)
    d.text((452, 78), "words: 2 of 3 match", anchor="start")
    d.text((452, 110), "pairs: 1 of 2 matches", anchor="start")
    d.text((452, 142), "triples: 0 of 1 matches", anchor="start")
    return d


PARIS = (("P", ".--."), ("A", ".-"), ("R", ".-."), ("I", ".."), ("S", "..."))


def paris() -> Diagram:
    d = Diagram(
        "PARIS in dots",
        "The word PARIS on a line of 50 dots. P: short, long, long, short, 11 dots. Gap of 3. A: short, long, 5 dots. "
        "Gap of 3. R: short, long, short, 7 dots. Gap of 3. I: short, short, 3 dots. Gap of 3. S: three short, 5 dots. "
        "Gap of 7 after the word. 11 + 3 + 5 + 3 + 7 + 3 + 3 + 3 + 5 + 7 = 50.",
        210,
    )
    dot, left, top = 12.6, 35, 78
    d.line((left, top + 26), (left + 50 * dot, top + 26))
    at, lengths = 0, []
    for letter, code in PARIS:
        begin = at
        for i, sign in enumerate(code):
            at += 1 if i else 0
            n = 1 if sign == "." else 3
            d.box(left + at * dot, top, n * dot, 26, color=BLUE, radius=2)
            at += n
        d.text((left + (begin + at) / 2 * dot, top - 18), letter, code=True, bold=True)
        d.text((left + (begin + at) / 2 * dot, top + 46), str(at - begin), size=SMALL)
        gap = 7 if letter == "S" else 3
        d.text((left + (at + gap / 2) * dot, top + 46), str(gap), size=SMALL, color=ORANGE)
        lengths += [at - begin, gap]
        at += gap
    d.text((350, 172), f"{' + '.join(map(str, lengths))} = {at} dots", size=SMALL, color=GRAY)
    return d


def edit_distance() -> Diagram:
    d = Diagram(
        "The table of edit distances",
        "Rows: nothing, A, N, T. Columns: nothing, A, T. Row nothing: 0, 1, 2. Row A: 1, 0, 1. Row N: 2, 1, 1. Row T: "
        "3, 2, 1. The last entry is 1: N is dropped. At the right, the three neighbors of an entry: above, plus 1, "
        "drop; left, plus 1, insert; above and left, plus 0 or 1, keep or replace.",
        232,
    )
    rows = (("0", "1", "2"), ("1", "0", "1"), ("2", "1", "1"), ("3", "2", "1"))
    path = {(0, 0), (1, 1), (2, 1), (3, 2)}
    colors = [[YELLOW if (i, j) in path else WHITE for j in range(3)] for i in range(4)]
    left, top, width, height = 110, 58, 62, 38
    for j, sign in enumerate(("", "A", "T")):
        d.text((left + (j + 0.5) * width, top - 18), sign or "–", code=True, bold=True)
    for i, sign in enumerate(("", "A", "N", "T")):
        d.text((left - 24, top + (i + 0.5) * height), sign or "–", code=True, bold=True)
    d.grid(left, top, rows, (width, height), colors=colors, code=True)
    corner = d.box(400, 62, 62, 34, color=SKY, radius=3)
    above = d.box(560, 62, 62, 34, color=SKY, radius=3)
    before = d.box(400, 156, 62, 34, color=SKY, radius=3)
    entry = d.box(560, 156, 62, 34, "least", color=YELLOW, radius=3, size=SMALL)
    d.arrow(corner.at(1, 1), entry.at(0, 0), color=GRAY)
    d.arrow(above.bottom, entry.top, color=GRAY)
    d.arrow(before.right, entry.left, color=GRAY)
    d.text((492, 104), "+ 0 or 1", size=SMALL, anchor="start")
    d.text((600, 128), "+ 1: drop", size=SMALL, anchor="start")
    d.text((510, 192), "+ 1: insert", size=SMALL)
    return d


def whisper() -> Diagram:
    d = Diagram(
        "From sound to text",
        "A recording of 12,000 samples becomes a spectrogram of 299 frames with 11 pitches, a stem of three "
        "convolutions leaves 75 states, positions are added, and the encoder makes the memory. The decoder has read 9, "
        "C and 14, and writes Q, looking at the memory.",
        270,
    )
    wave = d.box(24, 186, 96, 44, "wave\n(B, 12000)", color=PALE, size=SMALL, code=True)
    spectrum = d.box(152, 186, 116, 44, "features\n(B, 299, 11)", color=SKY, size=SMALL, code=True)
    stem = d.box(300, 186, 108, 44, "stem\n(B, 75, 64)", color=GREEN, size=SMALL, code=True)
    encoder = d.box(456, 186, 116, 44, "encoder\n(B, 75, 64)", color=PINK, size=SMALL, code=True)
    plus = d.circle((432, 208), 12, "+", color=WHITE)
    sines = d.box(384, 124, 96, 30, "sines", color=PALE, size=SMALL, code=True)
    decoder = d.box(456, 60, 116, 44, "decoder", color=PINK, code=True)
    d.arrow(wave.right, spectrum.left)
    d.arrow(spectrum.right, stem.left)
    d.arrow(stem.right, plus.left)
    d.arrow(plus.right, encoder.left)
    d.arrow(sines.bottom, plus.top)
    d.arrow(encoder.top, decoder.bottom)
    d.text((524, 145), "memory", size=SMALL, anchor="start", color=GRAY)
    tokens = ("pad", "‹9›", "C", "‹14›")
    for i, token in enumerate(tokens):
        d.box(116 + 72 * i, 66, 62, 32, token, color=YELLOW, size=SMALL, code=True, radius=4)
    d.arrow((398, 82), decoder.left)
    answer = d.box(606, 66, 62, 32, "Q", color=ORANGE, code=True, radius=4)
    d.arrow(decoder.right, answer.left)
    d.text((256, 44), "written so far", size=SMALL, color=GRAY)
    d.text((637, 44), "next", size=SMALL, color=GRAY)
    return d


DIAGRAMS = [skip_gram, spans, buckets, bleu, paris, edit_distance, whisper]
