"""The diagrams of Lab 06, written by `python -m course diagrams 06_gpt`."""

from course.diagrams import (
    BLUE,
    GRAY,
    GREEN,
    LINE,
    ORANGE,
    PALE,
    SMALL,
    WHITE,
    YELLOW,
    Box,
    Diagram,
)


def merge_tree() -> Diagram:
    d = Diagram(
        "The token of the chunk “ funny” as a tree of merges",
        "Six bytes in a row: space 32, f 102, u 117, n 110, n 110, y 121. Above them the merges, each joining two "
        "neighbors: 256 is u and n, the first merge; 257 is n and y, the second; 258 joins 256 and 257 to unny, the "
        "third; 259 joins the space and f, the fourth. At the top 261 joins 259 and 258: the whole chunk is one token, "
        "made by the sixth merge.",
        330,
    )
    xs = [150 + 92 * i for i in range(6)]
    signs = [("␣", 32), ("f", 102), ("u", 117), ("n", 110), ("n", 110), ("y", 121)]
    leaves = []
    for x, (sign, byte) in zip(xs, signs, strict=True):
        leaves.append(d.box(x - 34, 254, 68, 44, f"`{sign}`\n{byte}", color=WHITE, size=14))

    def joined(left: Box, right: Box, y: float, sign: str, new: int, count: str) -> Box:
        x = (left.center[0] + right.center[0]) / 2
        width = 68 + 9 * len(sign)
        box = d.box(x - width / 2, y, width, 44, f"`{sign}`\n**{new}**", color=GREEN, size=14)
        for part in (left, right):
            d.arrow(part.top, (part.center[0], y + 54), (x, y + 54), box.bottom, color=GRAY)
        d.text((x + width / 2 + 8, y + 22), count, size=SMALL, color=GRAY, anchor="start")
        return box

    un = joined(leaves[2], leaves[3], 178, "un", 256, "14 times")
    ny = joined(leaves[4], leaves[5], 178, "ny", 257, "8 times")
    unny = joined(un, ny, 102, "unny", 258, "8 times")
    start = joined(leaves[0], leaves[1], 178, "␣f", 259, "7 times")
    joined(start, unny, 26, "␣funny", 261, "5 times")
    d.text((64, 276), "bytes", color=GRAY)
    d.text((64, 200), "merges", color=GRAY)
    d.text((64, 48), "one token", color=GRAY)
    return d


def gpt_block() -> Diagram:
    d = Diagram(
        "A GPT from bottom to top, and the mask of its attention",
        "Left, bottom to top: tokens (B, T) go into token_embedding, and position_embedding is added. Then a block, "
        "n_layers times: norm1 and attention on a branch that is added back, then norm2 and feed_forward on a second "
        "one. Then the last norm, and the head, which is the token embedding once more, gives logits (B, T, "
        "vocab_size). Right, the mask inside of attention for the tokens the, cat, sat, down: a row is a query, a "
        "column a key. A query may attend to itself and to what stands before it, a triangle. At the end of each row "
        "stands the target: cat, sat, down, end of text.",
        520,
    )
    stream, branch = 92, 250

    def part(y: float, name: str, color: str, x: float = branch, width: float = 168) -> Box:
        return d.box(x - width / 2, y, width, 32, name, color=color, code=True, size=14)

    d.box(36, 132, 318, 244, color=PALE)
    d.text((338, 392), "`n_layers` times", size=SMALL, color=GRAY, anchor="end")
    d.text((stream, 504), "tokens `(B, T)`", size=14)
    words = part(440, "token_embedding", YELLOW, stream + 14, 150)
    places = part(440, "position_embedding", YELLOW, 276, 168)
    begin = d.circle((stream, 412), 12, "+", size=17)
    d.arrow((stream, 492), (stream, words.bottom[1]))
    d.arrow((stream, words.top[1]), begin.bottom)
    d.arrow(places.top, (places.center[0], 412), begin.right)
    low = begin
    for y, norm, name, color in (
        (260, "norm1", "attention", ORANGE),
        (144, "norm2", "feed_forward", BLUE),
    ):
        plus = d.circle((stream, y + 16), 12, "+", size=17)
        d.arrow(low.top, plus.bottom, width=2.4, color=BLUE)
        first, second = part(y + 62, norm, YELLOW), part(y + 16, name, color)
        d.arrow((stream, y + 106), (branch, y + 106), first.bottom)
        d.arrow(first.top, second.bottom)
        d.arrow(second.top, (branch, y + 4), (stream + 40, y + 4), (stream + 9, y + 8))
        low = plus
    norm = part(84, "norm", YELLOW, stream + 14, 116)
    d.arrow(low.top, (stream, norm.bottom[1]), width=2.4, color=BLUE)
    head = part(36, "token_embedding", YELLOW, stream + 14, 150)
    d.arrow((stream, norm.top[1]), (stream, head.bottom[1]))
    d.text((206, 52), "head, tied", size=SMALL, color=GRAY, anchor="start")
    d.arrow((stream, head.top[1]), (stream, 10))
    d.text((stream + 10, 20), "logits `(B, T, vocab_size)`", size=14, anchor="start")

    tokens, targets = ["the", "cat", "sat", "down"], ["cat", "sat", "down", "end"]
    left, top, cell = 450, 190, 40
    d.text((530, 112), "the mask in `attention`", bold=True)
    d.text((530, 142), "key: may attend where True", size=SMALL, color=GRAY)
    colors = [[YELLOW if s <= t else PALE for s in range(4)] for t in range(4)]
    rows = [["True" if s <= t else "" for s in range(4)] for t in range(4)]
    d.grid(left, top, rows, (cell, cell), color=LINE, colors=colors, size=SMALL)
    for i, (token, target) in enumerate(zip(tokens, targets, strict=True)):
        middle = top + (i + 0.5) * cell
        d.text((left + (i + 0.5) * cell, top - 14), token, size=14)
        d.text((left - 10, middle), token, size=14, anchor="end")
        d.arrow((left + 4 * cell + 6, middle), (left + 4 * cell + 28, middle))
        d.text((left + 4 * cell + 34, middle), target, size=14, anchor="start", color=GREEN)
    d.text((404, top - 14), "query", size=SMALL, color=GRAY)
    d.text((left + 4 * cell + 34, top - 14), "target", size=SMALL, color=GRAY, anchor="start")
    return d


DIAGRAMS = [merge_tree, gpt_block]
