"""The diagrams of Lab 03, written by `python -m course diagrams 03_bahdanau`."""

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
    YELLOW,
    Box,
    Diagram,
    Point,
    number,
)


def one_vector() -> Diagram:
    d = Diagram(
        "Encoder and decoder with one vector between them",
        "Left, the encoder reads the letters of 4 mai 82 one after the other, in both directions. Its last state is "
        "one vector, c. Right, the decoder starts from c and gets c at each step. It is fed begin, 1, 9, 8, 2 and "
        "should say 1, 9, 8, 2, end: each input is the target of the step before.",
        342,
    )
    low, middle, high = 270, 146, 48
    source = "4 mai 82"
    xs = [48 + 30 * j for j in range(len(source))]
    for j, letter in enumerate(source):
        d.box(xs[j] - 12, low - 15, 24, 30, letter.strip(), color=SKY, radius=3, size=14)
        d.arrow((xs[j], low - 16), (xs[j], middle + 32))
    d.box(34, middle - 30, 238, 60, "", color=PALE)
    for y, back in ((middle - 11, True), (middle + 11, False)):
        ends = (258, y), (48, y)
        d.arrow(*(ends if back else ends[::-1]), color=BLUE if not back else PINK, width=2)
    d.text((153, middle - 48), "encoder", size=14, code=True)
    c = d.box(300, middle - 30, 40, 60, "c", color=ORANGE, code=True, bold=True, radius=4)
    d.arrow((273, middle), (299, middle))
    d.text((320, middle - 46), "(B, d_model)", size=SMALL, code=True, color=GRAY)
    words, targets = ("begin", "1", "9", "8", "2"), ("1", "9", "8", "2", "end")
    before = c
    bus = middle + 64
    d.line(c.bottom, (320, bus), (642, bus), color=ORANGE)
    for i, (word, target) in enumerate(zip(words, targets, strict=True)):
        x = 412 + 60 * i
        state = d.box(x - 18, middle - 20, 36, 40, f"s_{{{i + 1}}}", color=BLUE)
        d.arrow(before.right, state.left)
        word_box = d.box(x - 25, low - 15, 50, 30, word, color=SKY, radius=3, size=14)
        target_box = d.box(x - 21, high - 15, 42, 30, target, color=GREEN, radius=3, size=14)
        d.arrow(word_box.top, state.bottom)
        d.arrow(state.top, target_box.bottom)
        d.arrow((x - 10, bus), (x - 10, middle + 21), color=ORANGE)
        if i:
            d.line((x - 60, high + 15), (x, low - 15), dashed=True)
        before = state
    d.text((378, high), "targets", size=SMALL, code=True, anchor="end")
    d.text((378, low), "inputs", size=SMALL, code=True, anchor="end")
    d.text(
        (350, 318),
        "What the decoder knows of the line fits into `c`, however long the line is.",
        size=14,
        color=GRAY,
    )
    return d


def gru_cell() -> Diagram:
    d = Diagram(
        "The GRU cell",
        "The state h runs along the top. Two gates are computed from x and h: r, the reset gate, and z, the update "
        "gate, both with a sigmoid. The candidate n is the tanh of x through its matrix plus r times h through its "
        "matrix. The new state is (1 − z) times n plus z times h.",
        384,
    )
    top, candidate, gates, low = 56, 156, 244, 338
    h = d.box(24, top - 20, 56, 40, "h", color=BLUE, code=True, bold=True)
    new_h = d.box(612, top - 20, 64, 40, "new h", color=GREEN, code=True, bold=True, size=14)
    keep = d.circle((430, top), 16, "×", size=18)
    add = d.circle((540, top), 16, "+", size=18)
    write = d.circle((540, candidate), 16, "×", size=18)
    reset = d.circle((180, candidate), 16, "×", size=18)
    d.arrow(h.right, keep.left, width=2.4, color=BLUE)
    d.arrow(keep.right, add.left, width=2.4, color=BLUE)
    d.arrow(add.right, new_h.left, width=2.4, color=BLUE)
    n = d.box(262, candidate - 18, 96, 36, "tanh", color=PINK, code=True, size=14)
    r = d.box(132, gates - 17, 96, 34, "sigmoid", color=PINK, code=True, size=14)
    z = d.box(382, gates - 17, 96, 34, "sigmoid", color=PINK, code=True, size=14)
    matrix = d.box(100, top + 24, 160, 30, "`W_hn` · h + `b_hn`", color=YELLOW, size=14)
    d.arrow((180, top), (180, matrix.y - 1))
    d.arrow(matrix.bottom, reset.top)
    d.arrow(r.top, reset.bottom)
    d.arrow(reset.right, n.left)
    d.arrow(n.right, write.left)
    d.arrow(write.top, add.bottom)
    d.arrow(z.top, keep.bottom)
    one_minus = d.box(508, gates - 17, 64, 34, "1 − z", color=PALE, code=True, size=14)
    d.arrow(z.right, one_minus.left)
    d.arrow(one_minus.top, write.bottom)
    d.text((190, 208), "r", code=True, bold=True, anchor="start")
    d.text((440, 208), "z", code=True, bold=True, anchor="start", halo=True)
    d.text((376, candidate - 14), "n", code=True, bold=True)
    d.text((452, 120), "keep", size=SMALL, color=GRAY, anchor="start")
    d.text((562, 120), "write", size=SMALL, color=GRAY, anchor="start")
    x = d.box(24, low - 20, 56, 40, "x", color=SKY, code=True, bold=True)
    d.line(h.bottom, (52, low - 40), (416, low - 40), color=BLUE)
    d.line(x.right, (444, low))
    for at in (166, 416):
        d.arrow((at, low - 40), (at, gates + 18), color=BLUE)
    for at in (194, 444):
        d.arrow((at, low), (at, gates + 18))
    d.arrow((310, low), n.bottom)
    note = "An arrow into a gate passes its\nown matrix and bias first."
    d.text((464, low - 36), note, size=SMALL, color=GRAY, anchor="start")
    d.text((464, low + 14), "new h = (1 − z) · n + z · h", size=SMALL, code=True, anchor="start")
    return d


def soft_lookup() -> Diagram:
    query = (2.0, 1.0)
    keys, values = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)], [10, 20, 30, 40]
    scores = [query[0] * key[0] + query[1] * key[1] for key in keys]
    parts = [math.exp(score) for score in scores]
    weights = [part / sum(parts) for part in parts]
    soft = sum(weight * value for weight, value in zip(weights, values, strict=True))
    d = Diagram(
        "A soft lookup",
        "Left, a plane with four keys at right angles and a query (2, 1), which points between key 1 and key 2, nearer "
        "to key 1. Right, for each key its score, 2, 1, −2 and −1, its weight, 0.696, 0.256, 0.013 and 0.035, as a "
        "bar, and its value, 10 to 40. The hard lookup gives 10, the soft one 13.86.",
        318,
    )
    unit, center = 56, (142.0, 150.0)

    def at(x: float, y: float) -> Point:
        return center[0] + x * unit, center[1] - y * unit

    d.line(at(-1.6, 0), at(2.3, 0))
    d.line(at(0, -1.7), at(0, 1.7))
    labels = ((1.0, -0.3), (-0.5, 1.0), (-1.2, -0.3), (-0.5, -1.0))
    for i, (key, label) in enumerate(zip(keys, labels, strict=True), start=1):
        d.arrow(at(0, 0), at(*key), color=BLUE, width=2.4)
        d.text(at(*label), f"key {i}", size=SMALL, halo=True)
    d.arrow(at(0, 0), at(*query), color=ORANGE, width=3)
    d.text(at(1.6, 1.38), "query (2, 1)", size=14, bold=True, color=ORANGE)
    for x, name in ((370, "scores"), (498, "weights"), (640, "values")):
        d.text((x, 34), name, size=14, code=True, bold=True)
    for i, (score, weight, value) in enumerate(zip(scores, weights, values, strict=True)):
        y = 74 + 42 * i
        d.text((308, y), f"key {i + 1}", size=14)
        d.box(346, y - 15, 48, 30, number(score, 0), color=SKY, radius=3)
        d.box(432, y - 11, max(2.0, 100 * weight), 22, "", color=GREEN, radius=2)
        d.text((440 + 100 * weight, y), number(weight, 3), size=14, bold=i == 0, anchor="start")
        d.box(612, y - 15, 56, 30, f"{value}", color=BLUE, radius=3)
    d.line((290, 238), (676, 238))
    d.text((420, 262), "hard: the value of the highest score", size=14)
    d.text((640, 262), "10", bold=True)
    d.text((420, 292), "soft: the sum of weight times value", size=14)
    d.text((640, 292), number(soft), bold=True)
    return d


def additive_attention() -> Diagram:
    scores = [1.2, 0.2, -1.0, 0.4]
    top = [math.exp(score) for score in scores]
    weights = [value / sum(top) for value in top]
    d = Diagram(
        "One step of additive attention",
        "From left to right. The query s goes through W. The four keys h1 to h4 go through U, once per line. Each sum "
        "of the two goes through tanh and the product with v, which gives four scores. Softmax turns them into weights "
        "that sum to 1. The context c is the sum of the h, each times its weight.",
        394,
    )
    ys = [96 + 56 * j for j in range(4)]
    bus, low = 218, 340
    query = d.box(24, low - 18, 60, 36, "s", color=PINK, code=True, bold=True)
    w = d.box(116, low - 16, 80, 32, "W s", color=YELLOW)
    d.arrow(query.right, w.left)
    d.line(w.right, (bus, low), (bus, ys[0] + 24))
    d.text((54, low + 32), "(B, d_dec)", size=SMALL, code=True, color=GRAY)
    for j, (y, score, weight) in enumerate(zip(ys, scores, weights, strict=True)):
        h = d.box(24, y - 18, 60, 36, f"h_{{{j + 1}}}", color=BLUE)
        u = d.box(116, y - 16, 80, 32, f"U h_{{{j + 1}}}", color=YELLOW)
        plus = d.circle((bus + 24, y), 13, "+", size=17)
        squash = d.box(276, y - 16, 92, 32, "v · tanh(…)", color=PALE, code=True, size=SMALL)
        place = d.box(390, y - 15, 52, 30, number(score, 1), color=SKY, radius=3)
        share = d.box(504, y - 15, 52, 30, number(weight), color=GREEN, radius=3, bold=True)
        part = d.box(584, y - 15, 72, 30, f"{number(weight)} h_{{{j + 1}}}", color=BLUE, radius=3)
        for before, after in (
            (h, u),
            (u, plus),
            (plus, squash),
            (squash, place),
            (place, share),
            (share, part),
        ):
            d.arrow(before.right, after.left)
        d.arrow((bus, y + 26), (bus + 24, y + 26), plus.bottom)
        d.line(part.right, (674, y), (674, y + 30))
    d.box(462, ys[0] - 22, 22, ys[-1] - ys[0] + 44, "", color=PALE, radius=6)
    d.text((473, (ys[0] + ys[-1]) / 2), "softmax", size=SMALL, code=True, turn=-90)
    c = d.box(590, low - 18, 60, 36, "c", color=ORANGE, code=True, bold=True)
    d.arrow((674, ys[0]), (674, low), c.right)
    d.text((620, low + 32), "(B, d_enc)", size=SMALL, code=True, color=GRAY)
    for x, at, name, shape in (
        (54, 66, "h", "(B, S, d_enc)"),
        (156, 178, "uh", "(B, S, d_att)"),
        (416, 416, "scores", "(B, S)"),
        (530, 530, "weights", "(B, S)"),
    ):
        d.text((x, 30), name, size=14, code=True, bold=True)
        d.text((at, 52), shape, size=SMALL, code=True, color=GRAY)
    d.text(
        (414, low), f"{' + '.join(number(weight) for weight in weights)} = 1", size=14, color=GRAY
    )
    return d


def rnnsearch_step() -> Diagram:
    d = Diagram(
        "One step of RNNSearch",
        "The state s before the step asks: attend(s) compares it with the encoder's states h and returns the context c "
        "and the weights. cell takes y and c, side by side, and the state s, and returns the new s. output takes y, "
        "the new s and c, side by side, and returns logits.",
        424,
    )
    low, middle, high = 300, 192, 116
    y = d.box(24, low - 19, 56, 38, "y", color=SKY, code=True, bold=True)
    s = d.box(24, middle - 19, 56, 38, "s", color=BLUE, code=True, bold=True)
    h = d.box(136, 26, 96, 34, "h_{1} … h_{S}", color=BLUE, size=14)
    attend = d.box(136, high - 20, 96, 40, "attend", color=PINK, code=True)
    weights = d.box(258, 26, 84, 34, "weights", color=GREEN, code=True, size=14)
    c = d.circle((300, high), 19, "c", color=ORANGE, code=True, bold=True)
    both = d.box(266, 232, 68, 32, "[y; c]", code=True, size=14, radius=16)
    cell = d.box(372, middle - 25, 84, 50, "cell", color=YELLOW, code=True)
    new_s = d.box(590, middle - 19, 86, 38, "new s", color=GREEN, code=True, bold=True)
    all_three = d.box(466, low - 16, 92, 32, "[y; s; c]", code=True, size=14, radius=16)
    output = d.box(590, low - 20, 86, 40, "output", color=YELLOW, code=True)
    logits = d.box(590, 366, 86, 34, "logits", color=GREEN, code=True, bold=True)
    d.arrow(s.top, (52, high), attend.left)
    d.arrow(h.bottom, attend.top)
    d.arrow(attend.right, c.left)
    d.arrow((250, high), (250, 82), (300, 82), weights.bottom)
    d.arrow(s.right, cell.left)
    d.arrow(c.bottom, both.top)
    d.arrow(y.right, all_three.left)
    d.arrow((300, low), both.bottom)
    d.arrow(both.right, (414, both.center[1]), cell.bottom)
    d.arrow(cell.right, new_s.left)
    d.arrow((500, middle), (500, all_three.y - 1))
    d.arrow(c.right, (528, high), (528, all_three.y - 1))
    d.arrow(all_three.right, output.left)
    d.arrow(output.bottom, logits.top)
    d.text((290, 383), "`s` before the step asks, the new `s` answers.", size=14, color=GRAY)
    return d


def beam_search() -> Diagram:
    first = {"a": 0.6, "b": 0.4}
    then = {"a": {"a": 0.40, "b": 0.35, "end": 0.25}, "b": {"a": 0.90, "b": 0.05, "end": 0.05}}
    log = {
        p: round(math.log(p), 2)
        for p in (*first.values(), *then["a"].values(), *then["b"].values())
    }
    total = {(i, j): log[first[i]] + log[p] for i in then for j, p in then[i].items()}
    kept = sorted(total, key=total.__getitem__, reverse=True)[:2]
    d = Diagram(
        "Beam search with two beginnings",
        "A tree of log-probabilities. The first tokens are a, −0.51, and b, −0.92; both are kept. Six lines continue: "
        "aa −1.43, ab −1.56, a end −1.90, ba −1.03, bb −3.92, b end −3.92. Kept are the two largest sums, ba and aa; "
        "the others are drawn dashed. Greedy decoding would follow a and end at aa.",
        460,
    )
    root = d.box(28, 196, 70, 38, "first\n0", color=PALE, size=14)
    y = 44.0
    for token, p in first.items():
        middle = y + 65
        score = log[p]
        node = d.box(232, middle - 22, 92, 44, f"**{token}**\n{number(score)}", color=BLUE, size=14)
        d.arrow(root.right, (150, root.center[1]), (150, middle), node.left)
        d.text((190, middle - 13), f"log {p:g}", size=SMALL, color=GRAY)
        for next_token, q in then[token].items():
            is_kept = (token, next_token) in kept
            d.arrow(
                node.right,
                (362, middle),
                (362, y),
                (426, y),
                dashed=not is_kept,
                width=2.4 if is_kept else 1.6,
            )
            d.text((395, y - 12), f"log {q:.2f}", size=SMALL, color=GRAY)
            line = f"**{token} {next_token}**: {number(score)} − {number(-log[q])} = {number(total[token, next_token])}"
            d.box(
                428,
                y - 18,
                248,
                36,
                line,
                color=GREEN if is_kept else "#FFFFFF",
                dashed=not is_kept,
                size=14,
            )
            y += 65
    kept_text = "`0.4 · 0.90 = 0.36` and `0.6 · 0.40 = 0.24`"
    d.text(
        (350, 434),
        f"Thick: the two that are kept, {kept_text}. Each log is rounded.",
        size=14,
        color=GRAY,
    )
    return d


DIAGRAMS = [gru_cell, one_vector, soft_lookup, additive_attention, rnnsearch_step, beam_search]
