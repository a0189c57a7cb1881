"""The diagrams of Lab 09, written by `python -m course diagrams 09_generation`."""

import math

from course.diagrams import (
    BLUE,
    GRAY,
    GREEN,
    LINE,
    ORANGE,
    PALE,
    PINK,
    SKY,
    SMALL,
    WHITE,
    YELLOW,
    Diagram,
    number,
)

LETTERS = ("a", "b", "c", "d")


def kv_cache() -> Diagram:
    d = Diagram(
        "The KV cache fills",
        "Three steps from top to bottom, each with a cache of columns, one column a token, k above v. Step 1: the "
        "cache is empty; token 1 brings k 1 and v 1, and its query q 1 asks k 1. Step 2: column 1 is stored; token 2 "
        "brings k 2 and v 2, and q 2 asks k 1 and k 2. Step 3: columns 1 and 2 are stored; token 3 brings k 3 and v 3, "
        "and q 3 asks all three. Stored columns are gray, new ones green. At the right the shape of k and of v, which "
        "grows by one.",
        400,
    )
    width, height, left = 58, 30, 250
    for step in range(3):
        top = 56 + 126 * step
        d.text((22, top + 30), f"step {step + 1}", anchor="start", bold=True)
        token = d.box(88, top + 14, 66, 32, f"token {step + 1}", color=SKY, size=14)
        query = d.box(
            left + width * step, top - 42, width - 6, 26, f"q_{{{step + 1}}}", color=YELLOW
        )
        for place in range(4):
            x = left + width * place
            if place > step:
                d.box(x, top, width - 6, 2 * height, color=WHITE, dashed=True, radius=4)
                continue
            color = GREEN if place == step else PALE
            for row, name in enumerate("kv"):
                y = top + row * height
                d.box(x, y, width - 6, height, f"{name}_{{{place + 1}}}", color=color, radius=4)
        d.arrow(token.right, (left - 6, top + 30))
        for place in range(step):
            x = left + width * place + (width - 6) / 2
            d.line(query.left, (x, query.left[1]), (x, top), color=ORANGE)
        d.arrow(query.bottom, (query.bottom[0], top), color=ORANGE)
        d.text(
            (500, top + 18),
            f"(B, n_heads, {step + 1}, d_head)",
            size=SMALL,
            code=True,
            color=GRAY,
            anchor="start",
        )
        d.text(
            (500, top + 42),
            f"{step} stored, 1 new",
            size=14,
            anchor="start",
        )
    return d


def offsets() -> Diagram:
    d = Diagram(
        "Two heads that look a fixed number of places back",
        "A row of eight tokens: a b c d, then a b c d again. Above the row, short arrows from each token to the one "
        "before it: the previous-token head, offset 1. Below the row, an arrow from the second a, at place 4, back to "
        "the first b, at place 1, and so on for the second b, c and d: the induction head, offset R − 1, here 3.",
        268,
    )
    step, left, top, size = 74, 62, 106, 46
    tokens = LETTERS * 2
    places = [
        d.box(left + step * i, top, size, size, token, color=SKY if i < 4 else BLUE, bold=True)
        for i, token in enumerate(tokens)
    ]
    for i in range(8):
        d.text((places[i].center[0], top + size + 14), str(i), size=SMALL, color=GRAY)
    for after, before in zip(places[1:], places, strict=False):
        (x, y), (to, _) = after.top, before.top
        d.arrow(
            (x - 6, y),
            (x - 14, y - 30),
            (to + 18, y - 30),
            (to + 8, y - 3),
            color=ORANGE,
            curve=True,
        )
    d.text((350, 40), "previous-token head: offset 1", color=ORANGE, bold=True)
    below = top + size + 24
    for i in (4, 5, 6, 7):
        x, to = places[i].center[0], places[i - 3].center[0]
        d.arrow(
            (x - 4, below),
            (x - 30, below + 44),
            (to + 30, below + 44),
            (to + 4, below + 2),
            color=PINK,
            curve=True,
        )
    d.text((350, 240), "induction head: offset R − 1, here 3", color=PINK, bold=True)
    return d


def routing() -> Diagram:
    logits = (2.0, -0.5, 1.0, 0.5)
    best = sorted(range(4), key=lambda i: -logits[i])[:2]
    parts = {i: math.exp(logits[i]) for i in best}
    weights = {i: part / sum(parts.values()) for i, part in parts.items()}
    d = Diagram(
        "A token is sent to two of four experts",
        "From left to right. The vector x of one token goes to the router, which gives the four experts the logits "
        "2.0, −0.5, 1.0 and 0.5. The first and the third are the largest; a softmax over these two "
        "gives 0.73 and 0.27. Experts 0 and 2 work on x, experts 1 and 3 do nothing and are drawn with dashes. Their "
        "outputs times these weights are added: y.",
        316,
    )
    token = d.box(28, 140, 56, 44, "`x`", color=SKY)
    router = d.box(126, 134, 82, 56, "router", color=YELLOW)
    d.arrow(token.right, router.left)
    total = d.circle((596, 162), 18, "+", bold=True)
    for i, logit in enumerate(logits):
        y = 40 + 70 * i
        used = i in weights
        value = d.box(258, y, 58, 34, number(logit, 1), color=GREEN if used else PALE, radius=4)
        d.arrow(router.right, value.left, color=GRAY, dashed=not used)
        expert = d.box(
            382, y - 4, 100, 42, f"expert {i}", color=BLUE if used else WHITE, dashed=not used
        )
        d.arrow(value.right, expert.left, color=GRAY if used else LINE, dashed=not used)
        if used:
            end = (total.left[0] + 3, total.center[1] + (-9 if y < total.center[1] else 9))
            d.arrow(expert.right, end)
            d.text(
                (534, (expert.center[1] + end[1]) / 2 - 14),
                f"· {number(weights[i])}",
                bold=True,
                halo=True,
            )
    d.text((287, 22), "logits", size=SMALL, color=GRAY)
    d.text((534, 22), "softmax of the two", size=SMALL, color=GRAY)
    y = d.box(646, 140, 40, 44, "`y`", color=GREEN)
    d.arrow(total.right, y.left)
    return d


DIAGRAMS = [kv_cache, offsets, routing]
