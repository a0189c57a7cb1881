"""The diagrams of Lab 04, written by `python -m course diagrams 04_self_attention`."""

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
    Box,
    Diagram,
    Point,
    number,
)

# The sentence of section 1. All later numbers are computed from these, rounded to two digits at each step.
WORDS = ("The", "big", "dog")
X = ((0.50, -0.87), (-0.70, 0.70), (0.81, 0.59))
COLORS = (SKY, YELLOW, BLUE)
ROOT = math.sqrt(2)


def dot(a: Point, b: Point) -> float:
    return round(a[0] * b[0] + a[1] * b[1], 2)


def softmax(scores: list[float]) -> tuple[list[float], list[float]]:
    """The exponentials, and the weights."""
    parts = [round(math.exp(score), 2) for score in scores]
    return parts, [part / sum(parts) for part in parts]


def strings(rows: tuple | list) -> list[list[str]]:
    return [[number(value) for value in row] for row in rows]


class Plane:
    """A pair of axes; vectors of two numbers are arrows on it."""

    def __init__(self, d: Diagram, center: Point, unit: float, low: Point, high: Point) -> None:
        self.d, self.center, self.unit = d, center, unit
        d.line(self.at(low[0], 0), self.at(high[0], 0))
        d.line(self.at(0, low[1]), self.at(0, high[1]))

    def at(self, x: float, y: float) -> Point:
        return self.center[0] + x * self.unit, self.center[1] - y * self.unit

    def vector(
        self, tip: Point, name: str, label: Point, color: str, **style: float | bool
    ) -> None:
        """An arrow from the origin, and its name at a place of the plane."""
        self.d.arrow(self.at(0, 0), self.at(*tip), color=color, **{"width": 2.6, **style})
        self.d.text(self.at(*label), name, size=14, bold=True, halo=True)


def words_beside(d: Diagram, place: Box) -> None:
    """The three words to the left of a table of three rows."""
    for i, word in enumerate(WORDS):
        d.text((place.x - 8, place.y + (i + 0.5) * place.height / 3), word, size=14, anchor="end")


def step_1_dot_products() -> Diagram:
    d = Diagram(
        "Step 1: dot products",
        "Left, the vectors of The, big and dog as arrows of length 1: The points down to the right, big up to the "
        "left, dog up to the right. Right, X times its transpose, a table of scores, three by three. dog with itself "
        "has 1.00, with The −0.11, with big −0.15; The and big point away from each other, −0.96.",
        300,
    )
    plane = Plane(d, (132, 150), 88, (-1.2, -1.2), (1.2, 1.2))
    for word, tip, label, color in zip(
        WORDS, X, ((0.74, -1.0), (-0.84, 0.88), (1.0, 0.78)), COLORS, strict=True
    ):
        plane.vector(tip, word, label, color)
    x = d.grid(308, 84, strings(X), (50, 30), colors=[[color] * 2 for color in COLORS])
    words_beside(d, x)
    d.text((x.center[0], 62), "X", code=True, bold=True)
    d.text((x.center[0], 194), "(T, d_model)", size=SMALL, code=True, color=GRAY)
    scores = [[dot(a, b) for b in X] for a in X]
    colors = [[PALE] * 3, [PALE] * 3, [GREEN] * 3]
    table = d.grid(512, 84, strings(scores), (54, 30), colors=colors)
    words_beside(d, table)
    for j, word in enumerate(WORDS):
        d.text((512 + 54 * (j + 0.5), 70), word, size=14)
    d.text((table.center[0], 44), "scores = X @ X.T", code=True, bold=True)
    d.text((table.center[0], 194), "(T, T)", size=SMALL, code=True, color=GRAY)
    d.arrow((424, 129), (470, 129))
    d.text((482, 232), "dog · big = 0.81 · (−0.70) + 0.59 · 0.70 = −0.15", size=14)
    d.text(
        (482, 262),
        "Length 1: same direction 1, right angle 0, opposite −1.",
        size=14,
        color=GRAY,
    )
    return d


def step_2_softmax() -> Diagram:
    scores = [dot(X[2], other) for other in X]
    parts, weights = softmax(scores)
    d = Diagram(
        "Step 2: softmax turns a row of scores into weights",
        "The row of dog, from left to right. Scores −0.11, −0.15 and 1.00; their exponentials 0.90, 0.86 and 2.72, "
        "with the sum 4.48; divided by the sum, the weights 0.20, 0.19 and 0.61, drawn as bars. They sum to 1.",
        264,
    )
    for x, name in ((128, "scores"), (292, "exp(scores)"), (452, "weights")):
        d.text((x, 34), name, code=True, bold=True)
    for i, word in enumerate(WORDS):
        y = 76 + 46 * i
        d.text((64, y), word, size=14, anchor="end")
        score = d.box(98, y - 16, 60, 32, number(scores[i]), color=SKY, radius=3)
        part = d.box(262, y - 16, 60, 32, number(parts[i]), color=SKY, radius=3)
        share = d.box(422, y - 16, 60, 32, number(weights[i]), color=GREEN, radius=3, bold=True)
        d.arrow(score.right, part.left)
        d.arrow(part.right, share.left)
        d.text((210, y - 12), "exp", size=SMALL, code=True)
        d.text((372, y - 12), f"/ {number(sum(parts))}", size=SMALL, code=True)
        d.box(506, y - 12, 250 * weights[i], 24, "", color=GREEN, radius=2)
    d.line((262, 198), (322, 198))
    d.line((422, 198), (482, 198))
    d.text((292, 220), number(sum(parts)))
    d.text((452, 220), number(sum(weights)), bold=True)
    d.text((234, 220), "sum", size=14, color=GRAY)
    return d


def step_3_weighted_average() -> Diagram:
    weights = [round(weight, 2) for weight in softmax([dot(X[2], other) for other in X])[1]]
    parts = [(weight * x[0], weight * x[1]) for weight, x in zip(weights, X, strict=True)]
    new = sum(part[0] for part in parts), sum(part[1] for part in parts)
    d = Diagram(
        "Step 3: the weighted average",
        "Left, three arrows set end to end: 0.19 times big, 0.61 times dog and 0.20 times The. They end at the new "
        "vector of dog, (0.46, 0.32). Right, the same as a product: the weights 0.20, 0.19 and 0.61 times the table of "
        "the three vectors.",
        296,
    )
    plane = Plane(d, (118, 230), 310, (-0.22, -0.1), (0.56, 0.6))
    at = (0.0, 0.0)
    for i, label in ((1, (-0.17, 0.06)), (2, (0.02, 0.4)), (0, (0.5, 0.46))):
        after = at[0] + parts[i][0], at[1] + parts[i][1]
        d.arrow(plane.at(*at), plane.at(*after), color=COLORS[i], width=2.6)
        d.text(plane.at(*label), f"{number(weights[i])} {WORDS[i]}", size=14, halo=True)
        at = after
    d.arrow(plane.at(0, 0), plane.at(*new), color=GREEN, width=3.4, dashed=True)
    d.text(plane.at(0.36, 0.12), "new dog", size=14, bold=True, halo=True)
    w = d.grid(338, 110, [[number(weight)] for weight in weights], (50, 30), colors=[[GREEN]] * 3)
    words_beside(d, w)
    d.text((w.center[0], 88), "weights", size=14, code=True, bold=True)
    d.text((398, 155), "×", size=18)
    values = d.grid(410, 110, strings(X), (54, 30), colors=[[color] * 2 for color in COLORS])
    d.text((values.center[0], 88), "X", size=14, code=True, bold=True)
    d.text((534, 155), "=", size=18)
    table = d.grid(552, 110, strings(parts), (54, 30), colors=[[color] * 2 for color in COLORS])
    d.line((552, 206), (660, 206))
    d.text((524, 229), "sum", size=14, color=GRAY)
    d.grid(552, 214, strings([new]), (54, 30), color=GREEN)
    d.text((table.center[0], 262), "the new `dog`", size=14)
    return d


def step_4_turned_query() -> Diagram:
    turned = [(round(-3 * x[1], 2), round(3 * x[0], 2)) for x in X]  # X @ W_q
    scores = [round(dot(turned[2], key) / ROOT, 2) for key in X]
    weights = softmax(scores)[1]
    d = Diagram(
        "Step 4: a matrix W_q turns the query",
        "W_q has the rows (0, 3) and (−3, 0): it turns a vector by a right angle and makes it three times as long. "
        "Left, the query of dog now points up to the left, nearly along the key of big. Right, the scores of dog are "
        "−2.12, 2.08 and 0.00, the weights 0.01, 0.88 and 0.11: dog looks at big.",
        326,
    )
    plane = Plane(d, (158, 206), 54, (-2.5, -1.5), (2.3, 3.2))
    for word, tip, label, color in zip(
        WORDS, X, ((0.95, -1.1), (-1.2, 0.55), (1.2, 0.85)), COLORS, strict=True
    ):
        plane.vector(tip, word, label, color)
    plane.vector(turned[2], "q of dog", (-1.75, 2.75), ORANGE, width=3)
    q = d.grid(348, 92, [["0", "3"], ["−3", "0"]], (40, 30), color=YELLOW)
    d.text((q.center[0], 70), "W_q", code=True, bold=True)
    d.text((540, 50), "`q = X @ W_q`", size=14)
    d.text((540, 78), "q of dog = (3 · (−0.59), 3 · 0.81)", size=14)
    d.text((540, 102), f"= ({number(turned[2][0])}, {number(turned[2][1])})", size=14)
    d.text((540, 136), "`scores = q @ X.T / √2`", size=14)
    for x, name in ((430, "scores"), (520, "weights")):
        d.text((x, 180), name, size=14, code=True, bold=True)
    for i, word in enumerate(WORDS):
        y = 212 + 38 * i
        d.text((384, y), word, size=14, anchor="end")
        d.box(400, y - 14, 60, 28, number(scores[i]), color=SKY, radius=3)
        d.box(490, y - 14, 60, 28, number(weights[i]), color=GREEN, radius=3, bold=True)
        d.box(562, y - 11, max(2.0, 120 * weights[i]), 22, "", color=GREEN, radius=2)
    return d


def projections() -> Diagram:
    d = Diagram(
        "Queries, keys and values",
        "X (T, d_model) is multiplied by three matrices, W_q, W_k and W_v, each (d_model, d_head), and gives q, k and "
        "v, each (T, d_head). q times the transpose of k, divided by the root of d_head, gives scores (T, T). Softmax "
        "gives weights (T, T). weights times v gives the output, (T, d_head).",
        372,
    )
    ys = {"q": 80, "k": 186, "v": 292}
    x = d.box(28, 152, 64, 68, "X", color=BLUE, code=True, bold=True, radius=3)
    d.text((60, 240), "(T,\nd_model)", size=SMALL, code=True, color=GRAY)
    colors = {"q": ORANGE, "k": SKY, "v": PINK}
    boxes: dict[str, Box] = {}
    for name, y in ys.items():
        matrix = d.box(138, y - 26, 66, 52, f"W_{name}", color=YELLOW, code=True, radius=3)
        boxes[name] = d.box(
            248, y - 26, 48, 52, name, color=colors[name], code=True, bold=True, radius=3
        )
        d.arrow((93, 186), (115, 186), (115, y), matrix.left) if name != "k" else d.arrow(
            x.right, matrix.left
        )
        d.arrow(matrix.right, boxes[name].left)
        d.text((272, y + 38), "(T, d_head)", size=SMALL, code=True, color=GRAY)
    d.text((171, 338), "(d_model,\nd_head)", size=SMALL, code=True, color=GRAY)
    scores = d.box(376, 100, 66, 66, "scores", color=WHITE, code=True, size=14, radius=3)
    weights = d.box(516, 100, 72, 66, "weights", color=GREEN, code=True, size=14, radius=3)
    output = d.box(600, 266, 72, 52, "output", color=BLUE, code=True, size=14, bold=True, radius=3)
    d.arrow(boxes["q"].right, (352, 80), (352, 120), (377, 120))
    d.arrow(boxes["k"].right, (352, 186), (352, 146), (377, 146))
    d.text((409, 208), "q · k /\n√d_head", size=SMALL, code=True)
    d.arrow(scores.right, weights.left)
    d.text((476, 120), "softmax", size=SMALL, code=True)
    d.text((409, 182), "(T, T)", size=SMALL, code=True, color=GRAY)
    d.text((552, 182), "(T, T)", size=SMALL, code=True, color=GRAY)
    d.arrow(boxes["v"].right, output.left)
    d.arrow(weights.right, (636, 133), output.top)
    d.text((470, 276), "weighted average", size=SMALL)
    d.text((636, 334), "(T, d_head)", size=SMALL, code=True, color=GRAY)
    return d


def masks() -> Diagram:
    words = ("The", "dog", "eats", "", "")
    length, places = 3, range(5)
    real = [[key < length for key in places] for _ in places]
    causal = [[key <= query for key in places] for query in places]
    both = [
        [a and b for a, b in zip(*rows, strict=True)] for rows in zip(real, causal, strict=True)
    ]
    d = Diagram(
        "Who may attend to whom",
        "Three tables of five queries by five keys, for The dog eats and two places of padding. Left, padding only: "
        "the first three columns are 1, the others 0. Middle, causal: 1 on the diagonal and below it. Right, both: 1 "
        "where both are 1.",
        312,
    )
    size = 30
    for x, name, allowed in ((74, "padding", real), (296, "causal", causal), (518, "both", both)):
        d.text((x + 2.5 * size, 34), name, bold=True)
        cells = [["1" if yes else "0" for yes in row] for row in allowed]
        colors = [[BLUE if yes else PALE for yes in row] for row in allowed]
        d.grid(x, 88, cells, (size, size), colors=colors)
        for j, word in enumerate(words):
            at = Box(x + j * size + 3, 66, size - 6, 16)
            if word:
                d.text((at.center[0], 74), word, size=SMALL)
            else:
                d.hatch(at)
            if x == 74 and word:
                d.text((66, 88 + (j + 0.5) * size), word, size=SMALL, anchor="end")
            elif x == 74:
                d.hatch(Box(38, 88 + (j + 0.5) * size - 8, 28, 16))
    d.text((260, 163), "&", size=20, code=True)
    d.text((482, 163), "=", size=20, code=True)
    d.text((149, 262), "`causal=False`, length 3", size=14)
    d.text((371, 262), "`causal=True`, length 5", size=14)
    d.text((593, 262), "`causal=True`, length 3", size=14)
    d.text((371, 286), "rows: queries, columns: keys", size=SMALL, color=GRAY)
    return d


def heads() -> Diagram:
    d = Diagram(
        "Splitting and merging heads",
        "The queries q of three tokens a, b and c, six features each, (B, T, d_model); k and v are split likewise. "
        "split_heads cuts each row in two parts of three features; head 1 gets the features 0 to 2 of every token, "
        "head 2 the features 3 to 5: (B, n_heads, T, d_head). Each head attends on its own. merge_heads puts the parts "
        "side by side again.",
        308,
    )
    cell = (25, 28)
    parts = {0: BLUE, 1: PINK}

    def table(x: float, y: float, features: range, sign: str) -> Box:
        rows = [[f"{token}{feature}{sign}" for feature in features] for token in "abc"]
        colors = [[parts[feature // 3] for feature in features] for _ in range(3)]
        return d.grid(x, y, rows, cell, colors=colors, size=SMALL)

    x = table(26, 112, range(6), "")
    d.text((x.center[0], 76), "q", code=True, bold=True)
    d.text((x.center[0], 98), "`k` and `v` likewise", size=SMALL, color=GRAY)
    d.text((x.center[0], 216), "(B, T, d_model)", size=SMALL, code=True, color=GRAY)
    split = {0: table(236, 52, range(3), ""), 1: table(236, 172, range(3, 6), "")}
    done = {0: table(400, 52, range(3), "′"), 1: table(400, 172, range(3, 6), "′")}
    merged = table(524, 112, range(6), "′")
    for i in (0, 1):
        y = split[i].center[1]
        d.arrow((x.right[0] + 4, 154), (206, 154), (206, y), (split[i].left[0] - 4, y))
        d.arrow((split[i].right[0] + 4, y), (done[i].left[0] - 4, y))
        d.arrow((done[i].right[0] + 4, y), (498, y), (498, 154), (merged.left[0] - 4, 154))
        d.text((split[i].center[0], split[i].y - 14), f"head {i + 1}", size=14, bold=True)
        d.text((355, y - 13), "attention", size=SMALL, code=True)
    d.text((merged.center[0], 216), "(B, T, d_model)", size=SMALL, code=True, color=GRAY)
    d.text((355, 282), "(B, n_heads, T, d_head)", size=SMALL, code=True, color=GRAY)
    d.text((154, 34), "split_heads", size=14, code=True, bold=True)
    d.text((556, 34), "merge_heads", size=14, code=True, bold=True)
    return d


def induction() -> Diagram:
    word = "abcda"
    d = Diagram(
        "An induction head",
        "The tokens a b c d a. Layer 1: each token takes up the token before it; the first has none, then a, "
        "b, c, d. Layer 2: the query of the last token, a, fits the key at place 1, whose predecessor is a; the value "
        "there is b, and b is what the output says comes next.",
        330,
    )
    wide, left, gap = 64, 190, 96
    rows = {"tokens": 34, "previous": 134}

    def place(row: str, i: int, text: str, color: str) -> Box:
        x = left + i * gap
        return d.box(x, rows[row], wide, 40, text, color=color, code=True, bold=True)

    tokens = [place("tokens", i, letter, BLUE) for i, letter in enumerate(word)]
    before = [place("previous", i, letter, PINK) for i, letter in enumerate("–" + word[:-1])]
    for i in range(4):
        d.arrow(tokens[i].bottom, before[i + 1].top)
    for name, y in rows.items():
        d.text((40, y + 20), name, code=True, bold=True, anchor="start", size=14)
    d.text((40, 104), "layer 1: shift", size=14, anchor="start")
    d.text((40, 226), "layer 2: find", size=14, anchor="start")
    query = d.box(left + 4 * gap - 16, 206, wide + 16, 40, "query `a`", color=ORANGE, size=14)
    d.arrow(
        tokens[4].right, (tokens[4].right[0] + 20, 54), (tokens[4].right[0] + 20, 226), query.right
    )
    d.arrow(query.left, (before[1].center[0], 226), before[1].bottom, color=ORANGE)
    d.text((left + 2.5 * gap, 212), "fits the key `a`", size=14, halo=True)
    result = d.box(left + gap + 4, 272, wide + 16, 40, "value `b`", color=GREEN, size=14)
    side = left + gap - 16
    d.arrow(tokens[1].left, (side, 54), (side, 292), result.left, color=GREEN)
    d.text((result.right[0] + 12, 292), "is the output at the last token", size=14, anchor="start")
    return d


DIAGRAMS = [
    step_1_dot_products,
    step_2_softmax,
    step_3_weighted_average,
    step_4_turned_query,
    projections,
    masks,
    heads,
    induction,
]
