"""The diagrams of Lab 02, written by `python -m course diagrams 02_rnn`."""

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
    Box,
    Diagram,
    Point,
    number,
)


def unrolled() -> Diagram:
    d = Diagram(
        "A recurrent network, rolled up and unrolled",
        "Left, one cell whose state h goes back into it. Right, the same cell drawn once for each of four steps. Each "
        "cell takes the token x of its step through W_hx and the state before through W_hh, and gives an output o "
        "through W_oh. The three matrices are the same at every step; the first state is zero.",
        330,
    )
    low, middle, high = 266, 166, 62

    def step(x: float, token: str, state: str, output: str) -> Box:
        below = d.circle((x, low), 21, token, color=YELLOW if not token else SKY)
        cell = d.box(x - 31, middle - 25, 62, 50, state, color=BLUE)
        above = d.circle((x, high), 21, output, color=GREEN)
        d.arrow(below.top, cell.bottom)
        d.arrow(cell.top, above.bottom)
        d.text(
            (x + 9, (low + middle) / 2 + 4),
            "W_hx",
            size=SMALL,
            code=True,
            anchor="start",
            color=YELLOW,
        )
        d.text(
            (x + 9, (high + middle) / 2 - 2),
            "W_oh",
            size=SMALL,
            code=True,
            anchor="start",
            color=YELLOW,
        )
        return cell

    rolled = step(68, "x_{t}", "h_{t}", "o_{t}")
    out, back = rolled.at(1, 0.8), rolled.at(1, 0.2)
    d.arrow(out, (124, out[1]), (124, back[1]), back)
    d.text((130, middle), "W_hh", size=SMALL, code=True, color=YELLOW, anchor="start")
    d.text((178, middle), "=", size=24)
    first = d.box(198, middle - 25, 58, 50, "h_{0} = 0", dashed=True, size=14)
    before = first
    for t, x in enumerate((332, 434, 536, 638), start=1):
        cell = step(x, f"x_{{{t}}}", f"h_{{{t}}}", f"o_{{{t}}}")
        d.arrow(before.right, cell.left)
        center = (before.right[0] + cell.left[0]) / 2
        d.text((center, middle - 14), "W_hh", size=SMALL, code=True, color=YELLOW)
        before = cell
    d.text((68, 308), "one cell", size=14, color=GRAY)
    d.text((485, 308), "the same weights at every step", size=14, color=GRAY)
    return d


def padding() -> Diagram:
    d = Diagram(
        "The state waits where the mask is False",
        "Two rows of letters. Italy has five real tokens, and its state moves from h1 to h5. Peru has four and one "
        "place of padding; there the mask is False, nothing is read, and the state h4 is handed on unchanged. So in "
        "both rows the state after the last step is the state at the last real token.",
        366,
    )
    left, step = 176, 88
    for row, (word, top) in enumerate((("Italy", 46), ("Peru·", 220))):
        d.text((24, top), "`tokens`", size=14, anchor="start")
        d.text((24, top + 38), "`mask`", size=14, anchor="start")
        d.text((24, top + 90), "`h`", size=14, anchor="start")
        before = d.box(98, top + 70, 46, 40, "0", dashed=True)
        for t, letter in enumerate(word):
            x = left + t * step
            real = letter != "·"
            token = d.box(
                x, top - 16, 56, 32, letter if real else "", color=SKY if real else PALE, radius=4
            )
            if not real:
                d.hatch(token)
            d.text(
                (x + 28, top + 38),
                "True" if real else "False",
                size=14,
                code=True,
                bold=not real,
                halo=True,
            )
            state = d.box(
                x, top + 70, 56, 40, f"h_{{{t + 1 if real else t}}}", color=BLUE if real else WHITE
            )
            if real:
                d.arrow((x + 28, top + 50), state.top)
            d.arrow(before.right, state.left, dashed=not real)
            before = state
        last = d.box(628, top + 70, 56, 40, "`h`", color=GREEN, bold=True)
        d.arrow(before.right, last.left)
        if row == 0:
            d.text((656, top + 38), "the last\nstate", size=SMALL, color=GRAY)
    return d


def both_directions() -> Diagram:
    d = Diagram(
        "Two directions over a padded row",
        "Four letters, Peru, and one place of padding. The states of forward_layer run from left to right, those of "
        "backward_layer from right to left; neither moves at the padding. At each token the two outputs are joined. "
        "forward_layer has read everything at the last place, backward_layer at the first; these two states are last.",
        388,
    )
    left, step, half = 152, 108, 42
    low, ahead, back, joined = 312, 232, 146, 56
    d.text((24, low), "`x`", size=14, anchor="start")
    d.text((24, ahead), "forward_layer", size=SMALL, code=True, anchor="start")
    d.text((24, back), "backward_layer", size=SMALL, code=True, anchor="start")
    d.text((24, joined), "outputs", size=14, code=True, anchor="start")
    rows: dict[str, list[Box]] = {"ahead": [], "back": []}
    for t, letter in enumerate("Peru·"):
        x = left + t * step
        real = letter != "·"
        token = d.box(
            x, low - 16, 2 * half, 32, letter if real else "", color=SKY if real else PALE, radius=4
        )
        if not real:
            d.hatch(token)
        for name, y, at, color, last in (
            ("ahead", ahead, x, BLUE, t == 4),
            ("back", back, x + half + 4, PINK, t == 0),
        ):
            text, color = ("last", GREEN) if last else ("", color)
            place = d.box(
                at, y - 17, half - 4, 34, text, color=color, dashed=not real, bold=True, size=14
            )
            rows[name].append(place)
            if real:
                d.arrow((place.center[0], token.y), (place.center[0], y + 18))
            d.arrow((place.center[0], y - 17), (place.center[0], joined + 16))
        d.box(x, joined - 15, half, 30, "→", color=BLUE, radius=2)
        d.box(x + half, joined - 15, half, 30, "←", color=PINK, radius=2)
    for before, after in zip(rows["ahead"], rows["ahead"][1:], strict=False):
        d.arrow(before.right, after.left, dashed=after is rows["ahead"][-1])
    for after, before in zip(rows["back"], rows["back"][1:], strict=False):
        d.arrow(before.left, after.right)
    d.text(
        (350, 360),
        "last: each direction after it has read all tokens, side by side",
        size=14,
    )
    return d


def many_to_one() -> Diagram:
    d = Diagram(
        "From letters to one language",
        "The classifier from bottom to top. The letters of Peru and one place of padding go through an embedding and a "
        "RNN in both directions. Its outputs are a table: a column a token, a row a feature. The column of the padding "
        "is filled with minus infinity. Of each row the largest value is kept, and a linear layer turns these into "
        "14 logits.",
        304,
    )
    states = [[0.1, 0.7, -0.3, 0.2], [-0.6, -0.2, 0.9, 0.4], [0.3, -0.8, 0.1, -0.5]]
    left, width, top = 40, 62, 106
    for t, letter in enumerate("Peru·"):
        x = left + t * width
        real = letter != "·"
        token = d.box(
            x + 8, 254, 46, 30, letter if real else "", color=SKY if real else PALE, radius=4
        )
        if not real:
            d.hatch(token)
        d.arrow((x + 31, 252), (x + 31, 236))
        d.arrow((x + 31, 204), (x + 31, 188))
    d.box(
        left, 204, 5 * width, 31, "`embedding`, your `RNN` in both directions", color=PALE, size=14
    )
    best = [max(range(4), key=row.__getitem__) for row in states]
    cells = [
        ["" if t == b else number(value, 1) for t, value in enumerate(row)] + ["−∞"]
        for row, b in zip(states, best, strict=True)
    ]
    colors = [[GREEN if t == b else BLUE for t in range(4)] + [PALE] for b in best]
    table = d.grid(left, top, cells, (width, 26), colors=colors)
    d.text((left, 86), "`outputs` of one name, drawn transposed", size=14, anchor="start")
    for i, b in enumerate(best):  # the largest of a row has a border of its own
        place = left + b * width + 1, top + i * 26 + 1, width - 2, 24
        text = number(states[i][b], 1)
        d.box(*place, text, color=GREEN, bold=True, radius=2, size=14)
    largest = [[number(max(row), 1)] for row in states]
    column = d.grid(430, top, largest, (52, 26), color=GREEN)
    d.arrow((table.right[0] + 6, table.right[1]), (column.left[0] - 4, column.left[1]))
    d.text((390, table.right[1] - 14), "amax", size=14, code=True)
    d.text((456, 86), "largest", size=14, code=True)
    d.text((456, 206), "(2 * d_out,)", size=SMALL, code=True, color=GRAY)
    linear = d.box(520, top + 22, 72, 34, "output", color=YELLOW, code=True, size=14)
    d.arrow((column.right[0] + 4, column.right[1]), linear.left)
    logits = d.box(622, top + 16, 56, 46, "14", color=GREEN)
    d.arrow(linear.right, logits.left)
    d.text((650, 86), "logits", size=14, code=True)
    d.text(
        (350, 38),
        "Padding is set to −∞ (`masked_fill`), so it is never the largest.",
        size=14,
    )
    return d


def through_time() -> Diagram:
    d = Diagram(
        "The gradient on its way back through time",
        "A chain of states from h0 to h4 and a loss at the end. Backward, a gradient passes from each state to the one "
        "before and is multiplied by a Jacobian at each step. With a factor of 0.5 a step its size goes 1, 0.5, 0.25, "
        "0.125, 0.0625, and its arrows get thinner; with a factor of 2 it goes 1, 2, 4, 8, 16.",
        346,
    )
    top, y = 56, 150
    xs = [48 + 128 * t for t in range(5)]
    states: list[Box] = []
    for t, x in enumerate(xs):
        states.append(d.circle((x, y), 24, f"h_{{{t}}}", color=BLUE))
        if t:
            token = d.box(x - 20, top - 16, 40, 30, f"x_{{{t}}}", color=SKY, radius=4)
            d.arrow(token.bottom, states[t].top)
            d.arrow(states[t - 1].right, states[t].left)
    loss = d.box(620, y - 18, 60, 36, "loss", color=GREEN, code=True)
    d.arrow(states[4].right, loss.left)
    for t in range(4, 0, -1):
        start, end = xs[t] - 14, xs[t - 1] + 14
        thick = 3.6 * 0.66 ** (5 - t)
        curve = (start, y + 24), (start - 24, y + 54), (end + 24, y + 54), (end, y + 25)
        d.arrow(*curve, color=ORANGE, width=thick, dashed=True, curve=True)
        d.text(((start + end) / 2, y + 62), f"J_{{{t}}}", color=ORANGE, bold=True)
    d.arrow(
        (640, y + 19),
        (630, y + 50),
        (588, y + 54),
        (xs[4] + 14, y + 25),
        color=ORANGE,
        width=3.6,
        dashed=True,
        curve=True,
    )
    for row, (factor, name) in enumerate(((0.5, "× 0.5 a step"), (2.0, "× 2 a step"))):
        at = 250 + 34 * row
        for t, x in enumerate(xs):
            d.text((x, at), f"{factor ** (4 - t):g}", bold=True)
        d.text((684, at), name, size=SMALL, color=GRAY, anchor="end")
    d.line((24, 233), (676, 233))
    d.text(
        (350, 318),
        "The size of the gradient at each state, if every `J` halves it, or doubles it.",
        size=14,
        color=GRAY,
    )
    return d


def lstm_cell() -> Diagram:
    d = Diagram(
        "The LSTM cell",
        "The cell state c runs along the top from left to right. It is first multiplied by the forget gate f, then i "
        "times g is added; nothing else touches it. Below, x and h go through W_x, W_h and b, and the result is cut "
        "into four parts; sigmoid makes i, f and o of them, tanh makes g. The new h is o times tanh of the new c.",
        400,
    )
    line_c, gates, linear = 70, 236, 320
    columns = {"f": 190, "i": 290, "g": 390, "o": 510}
    c = d.box(24, line_c - 20, 62, 40, "c", color=BLUE, code=True, bold=True)
    new_c = d.box(614, line_c - 20, 62, 40, "new c", color=BLUE, code=True, bold=True, size=14)
    new_h = d.box(614, 160, 62, 40, "new h", color=GREEN, code=True, bold=True, size=14)
    forget = d.circle((columns["f"], line_c), 16, "×", color=WHITE, size=18)
    add = d.circle((340, line_c), 16, "+", color=WHITE, size=18)
    write = d.circle((340, 150), 16, "×", color=WHITE, size=18)
    show = d.circle((columns["o"], 180), 16, "×", color=WHITE, size=18)
    d.arrow(c.right, forget.left, width=2.4, color=BLUE)
    d.arrow(forget.right, add.left, width=2.4, color=BLUE)
    d.arrow(add.right, new_c.left, width=2.4, color=BLUE)
    combined = d.box(150, linear - 18, 400, 36, "`W_x` · x + `W_h` · h + `b`", color=YELLOW)
    boxes: dict[str, Box] = {}
    for name, x in columns.items():
        function = "tanh" if name == "g" else "sigmoid"
        boxes[name] = d.box(x - 38, gates - 16, 76, 32, function, color=PINK, code=True, size=14)
        d.arrow((x, combined.y), boxes[name].bottom)
        d.text((x + 10, gates - 29), name, code=True, bold=True, anchor="start")
    d.arrow(boxes["f"].top, forget.bottom)
    for name, edge in (("i", write.left), ("g", write.right)):
        d.arrow(boxes[name].top, (columns[name], 150), edge)
    d.arrow(write.top, add.bottom)
    d.arrow(boxes["o"].top, show.bottom)
    squash = d.box(columns["o"] - 30, 108, 60, 28, "tanh", color=PALE, code=True, size=14)
    d.arrow((columns["o"], line_c), squash.top)
    d.arrow(squash.bottom, show.top)
    d.arrow(show.right, new_h.left)
    x = d.box(24, linear + 16, 62, 34, "x", color=SKY, code=True, bold=True)
    h = d.box(24, linear - 50, 62, 34, "h", color=BLUE, code=True, bold=True)
    d.arrow(h.right, (118, h.center[1]), (118, linear - 7), (148, linear - 7))
    d.arrow(x.right, (118, x.center[1]), (118, linear + 7), (148, linear + 7))
    d.text((columns["f"] - 12, 158), "keep", size=SMALL, color=GRAY, anchor="end")
    d.text((340, 190), "write", size=SMALL, color=GRAY)
    d.text((columns["o"] - 24, 180), "show", size=SMALL, color=GRAY, anchor="end")
    d.text(
        (350, 368),
        "The sum has four parts, stored in the order `i`, `f`, `g`, `o`.",
        size=14,
        color=GRAY,
    )
    return d


DIAGRAMS = [unrolled, padding, both_directions, many_to_one, through_time, lstm_cell]
