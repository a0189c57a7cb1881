"""The diagrams of Lab 05, written by `python -m course diagrams 05_transformer`."""

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
)

PARTS = {
    "attention": ORANGE,
    "cross_attention": ORANGE,
    "feed_forward": BLUE,
    "norm1": YELLOW,
    "norm2": YELLOW,
    "norm3": YELLOW,
}


def part(d: Diagram, center: tuple[float, float], name: str, width: float = 144) -> Box:
    """A box for one part of a block, in its color."""
    x, y = center
    return d.box(x - width / 2, y - 16, width, 32, name, color=PARTS[name], code=True, size=14)


def around(d: Diagram, stream: float, branch: float, low: float, *parts: str) -> Box:
    """A residual connection: from the stream through parts and back to it; returns the plus.

    Args:
        d: the page.
        stream: where the residual path runs, from left to right.
        branch: where the parts stand.
        low: where the branch leaves; it comes back 40 above the last part.
        parts: their names, the lowest first.
    """
    y = low - 36
    before = None
    for name in parts:
        box = part(d, (branch, y), name)
        if before is None:
            d.arrow((stream, low), (branch, low), box.bottom)
        else:
            d.arrow(before.top, box.bottom)
        before, y = box, y - 48
    plus = d.circle((stream, y + 6), 13, "+", size=18)
    d.arrow(before.top, (branch, y + 6), plus.right)
    return plus


def norm_order() -> Diagram:
    d = Diagram(
        "An encoder block in two orders: post-LN and pre-LN",
        "Two blocks side by side, both read from bottom to top. Left, post-LN: x goes through attention and is added "
        "to itself, then norm1; then feed_forward and the sum again, then norm2. The norms stand on the residual path. "
        "Right, pre-LN: norm1 and attention stand on a branch, then norm2 and feed_forward on another; the residual "
        "path from x to the output meets nothing but two sums.",
        500,
    )
    d.text((230, 34), "post-LN (2017)", bold=True)
    d.text((580, 34), "pre-LN (today)", bold=True)
    d.text((230, 60), "norms on the path", size=14, color=GRAY)
    d.text((580, 60), "norms on the branches", size=14, color=GRAY)
    stream, branch, low, high = 94, 230, 462, 66
    first = around(d, stream, branch, 434, "attention")
    d.arrow((stream, low), first.bottom, width=2.4, color=BLUE)
    norm1 = part(d, (stream, 296), "norm1", 84)
    d.arrow(first.top, norm1.bottom, width=2.4, color=BLUE)
    second = around(d, stream, branch, 258, "feed_forward")
    d.arrow(norm1.top, second.bottom, width=2.4, color=BLUE)
    norm2 = part(d, (stream, 120), "norm2", 84)
    d.arrow(second.top, norm2.bottom, width=2.4, color=BLUE)
    d.arrow(norm2.top, (stream, high), width=2.4, color=BLUE)
    d.text((stream, 480), "x", code=True, bold=True)

    stream, branch = 444, 580
    first = around(d, stream, branch, 434, "norm1", "attention")
    d.arrow((stream, low), first.bottom, width=2.4, color=BLUE)
    second = around(d, stream, branch, 258, "norm2", "feed_forward")
    d.arrow(first.top, second.bottom, width=2.4, color=BLUE)
    d.arrow(second.top, (stream, high), width=2.4, color=BLUE)
    d.text((stream, 480), "x", code=True, bold=True)
    d.line((350, 60), (350, 480))
    return d


def decoder_block() -> Diagram:
    d = Diagram(
        "The decoder block",
        "Read from bottom to top. x goes along a residual path. Three branches leave it and are added to it: norm1 and "
        "attention with a causal mask, a triangle; norm2 and cross_attention, whose keys and values come from the "
        "memory and whose mask leaves out the memory's padding, the last column; norm3 and feed_forward.",
        596,
    )
    stream, branch = 90, 236
    d.text((stream, 574), "x", code=True, bold=True)
    d.text((stream + 14, 574), "(B, T, d_model)", size=SMALL, code=True, color=GRAY, anchor="start")
    pluses = [
        around(d, stream, branch, 528, "norm1", "attention"),
        around(d, stream, branch, 362, "norm2", "cross_attention"),
        around(d, stream, branch, 196, "norm3", "feed_forward"),
    ]
    before = (stream, 558.0)
    for plus in pluses:
        d.arrow(before, plus.bottom, width=2.4, color=BLUE)
        before = plus.top
    d.arrow(before, (stream, 34), width=2.4, color=BLUE)

    d.box(548, 344, 120, 38, "memory", color=GREEN, code=True, bold=True)
    d.text((608, 400), "(B, S, d_model)", size=SMALL, code=True, color=GRAY)
    d.arrow((608, 344), (608, 274), (branch + 73, 274))
    d.text((540, 259), "keys and values", size=SMALL, halo=True)
    for y, rows, name in (
        (
            420,
            [[key <= query for key in range(4)] for query in range(4)],
            "`causal_mask(x)` (T, T)",
        ),
        (312, [[key < 4 for key in range(5)]], "`memory_mask` (B, 1, S)"),
    ):
        text = [["1" if yes else "0" for yes in row] for row in rows]
        colors = [[SKY if yes else PALE for yes in row] for row in rows]
        mask = d.grid(372, y, text, (22, 22), colors=colors, size=SMALL)
        d.text((mask.x, mask.bottom[1] + 16), name, size=14, anchor="start")
    d.arrow((368, 444), (branch + 73, 444), dashed=True)
    d.arrow((368, 323), (340, 323), (340, 286), (branch + 73, 286), dashed=True)
    return d


def cross_attention() -> Diagram:
    weights = [
        ("0.0", "0.1", "0.1", "0.8", "0"),
        ("0.0", "0.1", "0.8", "0.1", "0"),
        ("0.0", "0.9", "0.1", "0.0", "0"),
    ]
    d = Diagram(
        "Cross-attention with a mask",
        "Queries come from x (B, T, d_model), keys and values from the memory (B, S, d_model). q times the transpose "
        "of k gives scores, a row for each of the target tokens BEGIN, 7 and 2, a column for each of the source tokens "
        "BEGIN, 4, 2, 7 and one place of padding. The mask (B, 1, S) is 0 at the padding: its weights are 0, and each "
        "row sums to 1. BEGIN reads 7 with weight 0.8. The weights times v give the output (B, T, d_model).",
        370,
    )
    x = d.box(28, 60, 86, 44, "x", color=BLUE, code=True, bold=True)
    memory = d.box(28, 232, 86, 44, "memory", color=GREEN, code=True, bold=True)
    d.text((71, 122), "(B, T, d_model)", size=SMALL, code=True, color=GRAY)
    d.text((71, 294), "(B, S, d_model)", size=SMALL, code=True, color=GRAY)
    q = d.box(190, 60, 52, 44, "q", color=ORANGE, code=True, bold=True)
    k = d.box(190, 180, 52, 44, "k", color=SKY, code=True, bold=True)
    v = d.box(190, 284, 52, 44, "v", color=PINK, code=True, bold=True)
    d.arrow(x.right, q.left)
    d.arrow(memory.right, (152, 254), (152, 202), k.left)
    d.arrow(memory.right, (152, 254), (152, 306), v.left)
    left, top, cell = 320, 92, (50, 30)
    d.arrow(q.right, (276, 82), (276, 124), (left - 4, 124))
    d.arrow(k.right, (276, 202), (276, 150), (left - 4, 150))
    colors = [[YELLOW] * 4 + [PALE]] * 3
    table = d.grid(left, top, weights, cell, colors=colors)
    d.text((table.center[0], 30), "weights", size=14, code=True, bold=True)
    d.text((table.center[0], 50), "(B, n_heads, T, S)", size=SMALL, code=True, color=GRAY)
    for j, word in enumerate(("BEGIN", "4", "2", "7", "")):
        at = Box(left + j * cell[0] + 10, 72, 30, 16)
        if word:
            d.text(at.center, word, size=SMALL)
        else:
            d.hatch(at)
    for i, word in enumerate(("BEGIN", "7", "2")):
        d.text((table.right[0] + 8, top + (i + 0.5) * 30), word, size=SMALL, anchor="start")
    mask = d.grid(left, 206, [["1", "1", "1", "1", "0"]], cell, colors=[[SKY] * 4 + [PALE]])
    d.text((mask.center[0], 254), "`mask` (B, 1, S)", size=14)
    d.arrow((mask.center[0], 205), (mask.center[0], 185), dashed=True)
    output = d.box(578, 284, 92, 44, "output", color=BLUE, code=True, bold=True)
    d.arrow(v.right, output.left)
    d.text((420, 292), "weighted average", size=SMALL)
    d.arrow((628, 137), (648, 137), (648, 283))
    d.text((624, 346), "(B, T, d_model)", size=SMALL, code=True, color=GRAY)
    return d


def encoder_decoder() -> Diagram:
    d = Diagram(
        "The whole encoder–decoder",
        "Two columns, read from bottom to top. Left, the source BEGIN 4 2 7 goes through symbols plus table, the "
        "encoder with attention and feed_forward, and memory_norm; this is the memory. Right, the target BEGIN 7 2 4 "
        "goes through symbols plus table and the decoder with causal attention, cross_attention over the memory, and "
        "feed_forward, then norm and head. Out come logits whose best tokens are 7 2 4 END.",
        590,
    )
    columns = {"source": 170.0, "target": 530.0}
    tokens = {"source": ("BEGIN", "4", "2", "7"), "target": ("BEGIN", "7", "2", "4")}
    embedded: dict[str, Box] = {}
    for name, x in columns.items():
        for j, token in enumerate(tokens[name]):
            d.box(x - 124 + 62 * j + 2, 518, 58, 28, token, color=SKY, radius=3, size=14)
        shape = "(B, S)" if name == "source" else "(B, T)"
        d.text((x, 566), f"`{name}` `{shape}`", size=14)
        embedded[name] = d.box(
            x - 74, 448, 148, 34, "symbols + table", color=PALE, code=True, size=14
        )
        d.arrow((x, 516), embedded[name].bottom)
    left, right = columns["source"], columns["target"]
    encoder = d.box(left - 110, 272, 220, 142, "", color=PALE)
    d.text(
        (encoder.x + 10, encoder.y + 16), "encoder", size=14, code=True, bold=True, anchor="start"
    )
    decoder = d.box(right - 110, 224, 240, 190, "", color=PALE)
    d.text(
        (decoder.x + 10, decoder.y + 16), "decoder", size=14, code=True, bold=True, anchor="start"
    )
    boxes = {}
    for column, x, names in (
        ("e", left, ("attention", "feed_forward")),
        ("d", right, ("attention", "cross_attention", "feed_forward")),
    ):
        start = embedded["source" if column == "e" else "target"].top
        for i, name in enumerate(names):
            boxes[column + name] = part(d, (x, 384 - 52 * i), name)
            d.arrow(start, boxes[column + name].bottom)
            start = boxes[column + name].top
    d.text((right + 78, 384), "causal", size=SMALL, anchor="start")
    memory_norm = d.box(left - 74, 200, 148, 34, "memory_norm", color=YELLOW, code=True, size=14)
    d.arrow(boxes["efeed_forward"].top, memory_norm.bottom)
    memory = d.box(left - 74, 128, 148, 38, "memory", color=GREEN, code=True, bold=True)
    d.text((left, 110), "(B, S, d_model)", size=SMALL, code=True, color=GRAY)
    d.arrow(memory_norm.top, memory.bottom)
    d.arrow(memory.right, (350, 147), (350, 332), boxes["dcross_attention"].left)
    d.text((358, 192), "keys and\nvalues", size=SMALL, anchor="start")
    norm = d.box(right - 74, 160, 148, 34, "norm", color=YELLOW, code=True, size=14)
    head = d.box(right - 74, 100, 148, 34, "head", color=YELLOW, code=True, size=14)
    d.arrow(boxes["dfeed_forward"].top, norm.bottom)
    d.arrow(norm.top, head.bottom)
    d.arrow(head.top, (right, 72))
    for j, token in enumerate(("7", "2", "4", "END")):
        d.box(
            right - 124 + 62 * j + 2, 42, 58, 28, token, color=GREEN, radius=3, size=14, bold=True
        )
    d.text((right, 24), "argmax of logits (B, T, N_SYMBOLS)", size=SMALL, code=True, color=GRAY)
    return d


def forcing_and_decoding() -> Diagram:
    answer = ("7", "2", "4", "END")
    d = Diagram(
        "Teacher forcing beside greedy decoding",
        "Left, training: the decoder reads BEGIN 7 2 4 at once and should say 7 2 4 END; each input is the label of "
        "the place before. Right, use: four calls, one below the other. From BEGIN it writes 7, from BEGIN 7 it writes "
        "2, then 4, then END; each token it writes is appended to the input of the next call.",
        372,
    )
    d.text((158, 34), "training: all places at once", bold=True)
    d.text((510, 34), "use: one call per token", bold=True)
    d.line((322, 56), (322, 350))
    d.text((24, 108), "labels", size=14, code=True, anchor="start")
    d.text((24, 292), "inputs", size=14, code=True, anchor="start")
    xs = [112 + 54 * i for i in range(4)]
    for x in xs[1:]:
        d.line((x - 54 + 6, 123), (x - 6, 277), dashed=True)
    d.box(84, 182, 218, 36, "decoder", color=BLUE, code=True)
    for i, (x, word) in enumerate(zip(xs, ("BEGIN", *answer[:3]), strict=True)):
        d.box(x - 26, 278, 52, 28, word, color=SKY, radius=3, size=14)
        d.box(x - 23, 94, 46, 28, answer[i], color=GREEN, radius=3, size=14, bold=True)
        d.arrow((x, 277), (x, 219))
        d.arrow((x, 181), (x, 124))
    d.text((192, 336), "The right answer is known.", size=SMALL, color=GRAY)
    for step in range(4):
        y = 86 + 70 * step
        for j, word in enumerate(("BEGIN", *answer)[: step + 1]):
            left, width = (342, 52) if j == 0 else (356 + 42 * j, 38)
            color = GREEN if 0 < j == step else SKY
            d.box(left, y - 14, width, 28, word, color=color, radius=3, size=14)
        call = d.box(536, y - 15, 78, 30, "decoder", color=BLUE, code=True, size=14)
        d.arrow((396 + 42 * step, y), call.left)
        out = d.box(634, y - 14, 46, 28, answer[step], color=GREEN, radius=3, size=14, bold=True)
        d.arrow(call.right, out.left)
        if step < 3:
            at = 342 + 42 * (step + 1) + 14 + 19
            d.arrow(out.bottom, (out.bottom[0], y + 35), (at, y + 35), (at, y + 55), dashed=True)
    return d


DIAGRAMS = [norm_order, decoder_block, cross_attention, encoder_decoder, forcing_and_decoding]
