"""The diagrams of Lab 12, written by `python -m course diagrams 12_beyond_text`."""

import math
from itertools import pairwise

from course.diagrams import (
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    PALE,
    SKY,
    SMALL,
    YELLOW,
    Diagram,
    number,
)

BETAS = (0.36, 0.75)


def jump() -> Diagram:
    signal, variance = [1.0], [0.0]
    for beta in BETAS:
        signal.append(signal[-1] * math.sqrt(1 - beta))
        variance.append(variance[-1] * (1 - beta) + beta)
    d = Diagram(
        "Two steps of noise, or one jump",
        "Three boxes in a row, the pixel after 0, 1 and 2 steps. Its signal is 1, then 0.8, then 0.4; the variance of "
        "its noise 0, then 0.36, then 0.84. Arrows with the factors 0.8 and 0.5 lead from box to box, and one long "
        "arrow with the factor 0.4 from the first to the last.",
        230,
    )
    places = []
    for k, x in enumerate((30, 270, 510)):
        lines = f"signal **{number(signal[k], 1)}**\nnoise variance **{number(variance[k])}**"
        places.append(d.box(x, 110, 160, 62, lines, color=(SKY, PALE, ORANGE)[k], size=14))
        d.text((x + 80, 196), f"`x`_{{{k}}}", size=14)
    for k, beta in enumerate(BETAS):
        d.arrow(places[k].right, places[k + 1].left)
        middle = (places[k].right[0] + places[k + 1].left[0]) / 2
        d.text((middle, 124), f"× {number(math.sqrt(1 - beta), 1)}", size=SMALL)
        d.text((middle, 158), f"+ {number(beta)}", size=SMALL, color=GRAY)
    d.arrow(places[0].top, (110, 50), (590, 50), places[2].top, color=GREEN, width=2)
    d.text(
        (350, 34),
        f"× {number(signal[2], 1)}, noise variance {number(variance[2])}: one jump",
        size=14,
    )
    return d


ANGLE = 30  # degrees


def circle() -> Diagram:
    cos, sin = math.cos(math.radians(ANGLE)), math.sin(math.radians(ANGLE))
    d = Diagram(
        "From image to noise on a circle",
        f"A quarter of a circle from the axis image, where t is 0, to the axis noise, where t is 1. A point stands at "
        f"{ANGLE} degrees: its part of the image is {number(cos)}, its part of the noise {number(sin)}. An arrow along "
        f"the circle is the velocity: its part of the image is {number(-sin)}, its part of the noise {number(cos)}.",
        330,
    )
    x0, y0, r = 130, 280, 215

    def at(a: float, b: float) -> tuple[float, float]:
        return x0 + r * a, y0 - r * b

    d.arrow((x0, y0), at(1.22, 0))
    d.arrow((x0, y0), at(0, 1.2))
    d.text((at(1.22, 0)[0] + 8, y0), "image `x`_{0}", anchor="start", size=14)
    d.text((x0 - 12, at(0, 1.2)[1] + 10), "noise ε", anchor="end", size=14)
    k = 0.5523  # of a Bézier curve that follows a quarter of a circle
    d.arrow(at(1, 0), at(1, k), at(k, 1), at(0, 1), curve=True, head=False, color=GRAY, dashed=True)
    d.text((at(1, 0)[0], y0 + 20), "t = 0", size=SMALL, color=GRAY)
    d.text((x0 - 12, at(0, 1)[1]), "t = 1", size=SMALL, color=GRAY, anchor="end")
    point = at(cos, sin)
    d.line((x0, y0), point)
    d.line(point, at(cos, 0), dashed=True)
    d.line(point, at(0, sin), dashed=True)
    d.text((x0 + 62, y0 - 16), f"φ = {ANGLE}°", size=SMALL)
    d.text((at(cos, 0)[0] - 4, y0 + 20), number(cos), size=SMALL)
    d.text((x0 - 12, at(0, sin)[1]), number(sin), size=SMALL, anchor="end")
    d.arrow(point, at(cos - 0.42 * sin, sin + 0.42 * cos), color=ORANGE, width=2.6)
    d.circle(point, 6, color=BLUE)
    d.text((point[0] + 14, point[1] + 4), "`x`_{t}", anchor="start", size=14)
    tip = at(cos - 0.42 * sin, sin + 0.42 * cos)
    d.text((tip[0] + 10, tip[1] - 6), "`v`", anchor="start", size=14, color=ORANGE)
    d.box(
        430,
        70,
        240,
        92,
        f"`x`_{{t}} at {ANGLE}°:\n{number(cos)} · image + {number(sin)} · noise\n\n",
        color=SKY,
        size=14,
        plain=True,
    )
    d.text((550, 142), f"`v` there: {number(-sin)} · image + {number(cos)} · noise", size=SMALL)
    return d


WEIGHTS = (
    (0.70, 0.20, 0.10),
    (0.10, 0.60, 0.30),
    (0.20, 0.20, 0.60),
    (0.25, 0.50, 0.25),
)


def cross_attention() -> Diagram:
    words = ("large", "red", "circle")
    d = Diagram(
        "Image tokens ask, words answer",
        "On the left an image of four patches, whose tokens become queries. At the top the three words large, red and "
        "circle, which become keys and values. Between them a table of weights with four rows and three columns; each "
        "row sums to 1. For patch 2 the weights are 0.10, 0.60 and 0.30: it takes most from red.",
        330,
    )
    for i in range(4):
        y = 130 + i * 40
        patch = d.box(24, y, 92, 34, f"patch {i + 1}", color=SKY, size=14)
        d.text((190, y + 17), f"`q`_{{{i + 1}}}", size=14)
        d.arrow(patch.right, (174, y + 17))
    for j, word in enumerate(words):
        x = 260 + j * 92
        box = d.box(x, 22, 86, 34, word, color=ORANGE, code=True, size=14)
        d.arrow(box.bottom, (x + 43, 84))
        d.text((x + 43, 102), f"`k`_{{{j + 1}}}, `v`_{{{j + 1}}}", size=14)
    rows = [[number(w) for w in row] for row in WEIGHTS]
    d.grid(257, 128, rows, (92, 40), color=GREEN)
    d.text((395, 310), "weights: each row sums to 1", size=SMALL, color=GRAY)
    chosen = WEIGHTS[1]
    d.box(560, 158, 126, 60, "patch 2 gets", color=PALE, size=14, plain=True)
    d.arrow((536, 188), (560, 188))
    terms = [f"{number(w, 1)} `v`_{{{j + 1}}}" for j, w in enumerate(chosen)]
    d.text((623, 236), f"{terms[0]} + {terms[1]}", size=SMALL)
    d.text((623, 258), f"+ {terms[2]}", size=SMALL)
    return d


NOTHING, PROMPT, SCALE = (0.5, 0.1), (0.6, 0.3), 3


def guidance() -> Diagram:
    guided = tuple(a + SCALE * (b - a) for a, b in zip(NOTHING, PROMPT, strict=True))
    d = Diagram(
        "Guidance goes on where the prompt points",
        f"From one point two arrows: the velocity without a prompt, ({NOTHING[0]}, {NOTHING[1]:.2f}), and with the "
        f"prompt, ({PROMPT[0]}, {PROMPT[1]:.2f}). The line from the tip of the first to the tip of the second goes on "
        f"to three times its length, ({guided[0]:.1f}, {guided[1]:.2f}): the guided velocity.",
        250,
    )
    x0, y0, unit = 60, 222, 290

    def at(v: tuple[float, float]) -> tuple[float, float]:
        return x0 + unit * v[0] * 1.4, y0 - unit * v[1]

    d.line(at(NOTHING), at(guided), dashed=True)
    d.arrow((x0, y0), at(NOTHING), color=GRAY, width=2)
    d.arrow((x0, y0), at(PROMPT), color=BLUE, width=2)
    d.arrow((x0, y0), at(guided), color=ORANGE, width=2.6)
    d.circle((x0, y0), 4, color=BLUE)
    for v, label, dx, dy in (
        (NOTHING, "nothing, w = 0", 12, -4),
        (PROMPT, "prompt, w = 1", 12, -4),
        (guided, f"guided, w = {SCALE}", 12, 0),
    ):
        d.text((at(v)[0] + dx, at(v)[1] + dy), f"**{label}**", anchor="start", size=14)
        pair = f"({number(v[0], 1)}, {number(v[1])})"
        d.text((at(v)[0] + dx, at(v)[1] + dy + 19), pair, anchor="start", size=SMALL, color=GRAY)
    return d


KINDS = ("circle", "square", "triangle", "cross")
COLORS = ("red", "green", "blue", "yellow")


def left_out() -> Diagram:
    d = Diagram(
        "Which pairs of a color and a kind training has",
        "A table of four colors down, red, green, blue and yellow, and four kinds across, circle, square, triangle and "
        "cross. Twelve pairs are in training. Four on the diagonal are hatched, never seen: red circle, green square, "
        "blue triangle and yellow cross. Every row and every column has three pairs that are in training.",
        276,
    )
    for j, kind in enumerate(KINDS):
        d.text((215 + 110 * j, 32), kind, code=True, size=14)
    for i, color in enumerate(COLORS):
        y = 52 + 48 * i
        d.text((140, y + 20), color, anchor="end", code=True, size=14)
        for j in range(4):
            x = 163 + 110 * j
            if i == j:
                place = d.box(x, y, 104, 42, color=PALE, dashed=True)
                d.hatch(place)
            else:
                d.box(x, y, 104, 42, "in training", color=SKY, size=SMALL)
    pairs = len(COLORS) * len(KINDS)
    unseen = 1 - ((pairs - len(KINDS)) / pairs) ** 2
    note = f"hatched: never seen. {number(100 * unseen, 0)}% of all sentences have such a pair"
    d.text((382, 256), note, size=SMALL, color=GRAY)
    return d


def inpainting() -> Diagram:
    d = Diagram(
        "In-painting, one step",
        "Above, x at time t goes through guided and step_back and becomes x at time s. Below, the known image goes "
        "through noised and becomes the known image at time s. Both enter where, together with the mask keep: known "
        "pixels come from below, the others from above. What comes out is the next x, which goes into the next step.",
        262,
    )
    x = d.box(22, 40, 92, 52, "`x` at t", color=SKY, size=14)
    step = d.box(172, 40, 158, 52, "`guided`, `step_back`", color=YELLOW, size=14)
    image = d.box(22, 168, 92, 52, "`image`", color=SKY, size=14)
    noised = d.box(172, 168, 158, 52, "`noised` to s", color=PALE, size=14)
    where = d.box(420, 104, 110, 52, "`where`", color=PALE, size=14)
    after = d.box(590, 104, 88, 52, "`x` at s", color=GREEN, size=14)
    d.arrow(x.right, step.left)
    d.arrow(image.right, noised.left)
    d.arrow(step.right, (375, 66), (375, 120), (420, 120))
    d.arrow(noised.right, (375, 194), (375, 140), (420, 140))
    d.arrow(where.right, after.left)
    d.text((475, 186), "`keep`", size=14)
    d.arrow((475, 176), where.bottom)
    d.text((384, 84), "drawn", anchor="start", size=SMALL, color=GRAY)
    d.text((384, 178), "known", anchor="start", size=SMALL, color=GRAY)
    d.arrow(after.top, (634, 22), (68, 22), x.top, dashed=True)
    d.text((475, 38), "the next step", size=SMALL, color=GRAY)
    return d


def latents() -> Diagram:
    d = Diagram(
        "Diffusion in latents",
        "Above, for training: an image of 3 by 24 by 24 goes through encode and standardized and becomes latents z of "
        "8 by 6 by 6 with variance 1, from which diffusion_loss teaches the model. Below, to draw: noise of 8 by 6 by "
        "6 goes through sample, twenty steps steered by words, and becomes z; z times the deviation plus the mean goes "
        "through decode, once, and becomes an image of 3 by 24 by 24.",
        262,
    )
    d.text((22, 22), "to train", anchor="start", size=SMALL, color=GRAY)
    image = d.box(22, 36, 96, 56, "image\n3 × 24 × 24", color=SKY, size=14)
    encode = d.box(172, 36, 100, 56, "`encode`", color=YELLOW, size=14)
    scaled = d.box(326, 36, 132, 56, "`standardized`", color=PALE, size=14)
    z = d.box(578, 36, 100, 56, "`z`\n8 × 6 × 6", color=GREEN, size=14)
    d.arrow(image.right, encode.left)
    d.arrow(encode.right, scaled.left)
    d.arrow(scaled.right, z.left)
    d.text((22, 140), "to draw", anchor="start", size=SMALL, color=GRAY)
    noise = d.box(22, 154, 96, 56, "noise\n8 × 6 × 6", color=ORANGE, size=14)
    sample = d.box(172, 154, 100, 56, "`sample`", color=YELLOW, size=14)
    undone = d.box(326, 154, 132, 56, "× `deviation`\n+ `mean`", color=PALE, size=14)
    decode = d.box(504, 154, 74, 56, "`decode`", color=YELLOW, size=14)
    drawn = d.box(604, 154, 86, 56, "image\n3 × 24 × 24", color=GREEN, size=13)
    d.arrow(noise.right, sample.left, width=4)
    d.arrow(sample.right, undone.left, width=4)
    d.arrow(undone.right, decode.left)
    d.arrow(decode.right, drawn.left)
    d.text((222, 236), "20 times, with words", size=SMALL, color=GRAY)
    d.text((541, 236), "once", size=SMALL, color=GRAY)
    return d


def segmenter() -> Diagram:
    d = Diagram(
        "Segmentation by a click, in three parts",
        "An image goes through the image encoder, once, and gives 64 image tokens and 32 features of each pixel. A "
        "click, a point with a label, goes through the prompt encoder and gives a prompt token. Both go into the mask "
        "decoder, together with four output tokens. Out come three masks, each with its predicted IoU.",
        300,
    )
    image = d.box(22, 40, 96, 62, "image\n3 × 32 × 32", color=SKY, size=14)
    encoder = d.box(160, 30, 130, 82, "**image encoder**\na ViT, once", color=YELLOW, size=14)
    d.arrow(image.right, encoder.left, width=4)
    tokens = d.box(338, 20, 156, 44, "64 image tokens", color=SKY, size=14)
    pixels = d.box(338, 78, 156, 44, "pixels, 32 × 32 × 32", color=SKY, size=14)
    for box in (tokens, pixels):
        d.arrow((encoder.right[0], box.left[1]), box.left, width=4)
    click = d.box(22, 190, 96, 62, "clicks\n(x, y), label", color=ORANGE, size=14)
    prompt = d.box(160, 180, 130, 82, "**prompt**\n**encoder**", color=YELLOW, size=14)
    d.arrow(click.right, prompt.left)
    asked = d.box(338, 176, 156, 40, "prompt tokens", color=ORANGE, size=14)
    outputs = d.box(338, 226, 156, 40, "4 output tokens", color=YELLOW, size=14)
    d.arrow((prompt.right[0], asked.left[1]), asked.left)
    decoder = d.box(536, 30, 64, 236, "**mask**\n**de-**\n**coder**", color=YELLOW, size=14)
    for box in (tokens, pixels, asked, outputs):
        d.arrow(box.right, (decoder.x, box.right[1]))
    for k, rating in enumerate((0.93, 0.61, 0.08)):
        y = 34 + 80 * k
        mask = d.box(634, y, 50, 44, f"mask {k + 1}", color=GREEN, size=SMALL)
        d.arrow((decoder.right[0], mask.left[1]), mask.left)
        d.text((659, y + 58), number(rating), size=SMALL, color=GRAY)
    d.text((684, 284), "below each mask: its predicted IoU", anchor="end", size=SMALL, color=GRAY)
    return d


def two_way() -> Diagram:
    d = Diagram(
        "A two-way block",
        "Above, the tokens of outputs and prompts go from left to right through three steps: they attend among each "
        "other, they ask the image tokens, and each goes through a small network. Below, the image tokens go from left "
        "to right unchanged up to a fourth step, in which they ask the tokens as they are by then.",
        272,
    )
    tokens = d.box(20, 48, 86, 48, "tokens", color=ORANGE, size=14)
    image = d.box(20, 186, 86, 48, "x\nimage", color=SKY, size=14)
    steps = [
        d.box(146 + 128 * k, 40, 104, 64, text, color=YELLOW, size=14)
        for k, text in enumerate(("1 · among", "2 · ask", "3 · feed\nforward"))
    ]
    answer = d.box(468, 178, 104, 64, "4 · answer", color=YELLOW, size=14)
    new_tokens = d.box(594, 48, 86, 48, "tokens", color=GREEN, size=14)
    new_image = d.box(594, 186, 86, 48, "x\nimage", color=GREEN, size=14)
    row = [tokens, *steps, new_tokens]
    for one, other in pairwise(row):
        d.arrow(one.right, other.left)
    d.arrow(image.right, answer.left)
    d.arrow(answer.right, new_image.left)
    d.arrow((326, 210), steps[1].bottom, color=BLUE)
    d.text((334, 150), "keys, values", anchor="start", size=SMALL, color=GRAY)
    d.arrow((548, 72), (548, 178), color=BLUE)
    d.text((556, 136), "keys, values", anchor="start", size=SMALL, color=GRAY)
    return d


LEVELS, SLICES = ((0, 10, 20), (-2, 0, 2)), (12, 8, 20, 18)


def codec() -> Diagram:
    rows: list[list[str]] = [[], []]
    left = list(SLICES)
    for row, table in zip(rows, LEVELS, strict=True):
        for k, value in enumerate(left):
            entry = min(table, key=lambda level: abs(level - value))
            row.append(number(entry, 0))
            left[k] = value - entry
    d = Diagram(
        "Sound as tokens of two tables",
        f"A wave in four slices, of which a network makes the numbers {', '.join(map(str, SLICES))}. The first table, "
        f"0, 10 and 20, gives {', '.join(rows[0])}; the second one, minus 2, 0 and 2, says what is left: "
        f"{', '.join(rows[1])}.",
        262,
    )
    wave = [
        (190 + 480 * i / 160, 44 - 22 * math.sin(0.34 * i) * math.cos(0.021 * i))
        for i in range(161)
    ]
    d.text((22, 44), "a wave", anchor="start", size=14)
    d.line(*wave, color=BLUE)
    for k in range(5):
        d.line((190 + 120 * k, 14), (190 + 120 * k, 82), dashed=True)
    d.text((22, 112), "of each slice", anchor="start", size=14)
    d.grid(190, 96, [[number(v, 0) for v in SLICES]], (120, 34), color=SKY)
    d.text((22, 172), "table (0, 10, 20)", anchor="start", size=14)
    d.text((22, 208), "table (−2, 0, 2)", anchor="start", size=14)
    d.grid(190, 154, rows, (120, 36), color=GREEN)
    d.text(
        (430, 244),
        "two tokens for each slice; together they say its number",
        size=SMALL,
        color=GRAY,
    )
    return d


DIAGRAMS = [
    jump,
    circle,
    cross_attention,
    guidance,
    left_out,
    inpainting,
    latents,
    segmenter,
    two_way,
    codec,
]
