"""The diagrams of Lab 08, written by `python -m course diagrams 08_imdb`."""

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

SENTENCE = ("[CLS]", "the", "film", "was", "short", "and", "I", "cried", "[SEP]")
# What becomes of the chosen tokens, with the number drawn for each.
FATES = {2: ("0.31", "[MASK]", ORANGE), 4: ("0.95", "lamp", PINK), 7: ("0.84", "cried", GREEN)}
SHARES = (
    ("below 0.8: `[MASK]`", ORANGE),
    ("0.8 to 0.9: as it is", GREEN),
    ("0.9 or more: any token", PINK),
)


def masking() -> Diagram:
    d = Diagram(
        "Masking: 15%, then 80, 10 and 10",
        "A sentence of nine tokens: [CLS] the film was short and I cried [SEP]. Three of them are chosen: film, short, "
        "cried. A second number is drawn for each. film has 0.31, below 0.8, and becomes [MASK]. short has 0.95, 0.9 "
        "or more, and becomes lamp, a random token. cried has 0.84, between the two, and stays. In inputs these three "
        "stand at their places; in labels stand film, short and cried, and −100 everywhere else.",
        322,
    )
    left, wide, gap = 98, 60, 66
    rows = {"tokens": 28, "fate": 92, "inputs": 150, "labels": 222}
    for name, y in rows.items():
        d.text((14, y + 17), name, code=True, bold=True, anchor="start", size=14)
    for i, token in enumerate(SENTENCE):
        x = left + i * gap
        special = token.startswith("[")
        drawn, becomes, color = FATES.get(i, ("", token, PALE if special else BLUE))
        top = d.box(
            x, rows["tokens"], wide, 34, token, color=PALE if special else BLUE, code=True, size=14
        )
        label = SENTENCE[i] if i in FATES else "−100"
        d.box(x, rows["inputs"], wide, 34, becomes, color=color, code=True, size=14)
        d.box(
            x,
            rows["labels"],
            wide,
            34,
            label,
            color=SKY if i in FATES else WHITE,
            code=True,
            size=14,
            dashed=i not in FATES,
        )
        if i in FATES:
            d.arrow(top.bottom, (top.bottom[0], rows["inputs"]), color=color)
            d.text((x + wide / 2, rows["fate"] + 17), drawn, size=14, halo=True)
    x = 14.0
    for text, color in SHARES:
        d.box(x, 280, 22, 22, color=color)
        d.text((x + 32, 291), text, anchor="start", size=14)
        x += 52 + 7 * len(text)
    return d


# Title, tokens, places whose state is read, the head's name, its results, what a result is.
PANELS = (
    ("a text", ("[CLS]", "a", "joy", "[SEP]"), (0,), ("positive",), "(B, n_classes)"),
    (
        "each token",
        ("[CLS]", "mary", "in", "os", "##lo"),
        (0, 1, 2, 3, 4),
        ("−100", "person", "–", "place", "−100"),
        "(B, T, n_classes)",
    ),
    ("each mask", ("[CLS]", "I", "[MASK]", "it"), (2,), ("loved",), "(B, T, vocab_size)"),
)


def heads() -> Diagram:
    d = Diagram(
        "Three heads on one encoder",
        "Three panels, each with tokens at the bottom, the encoder above them, one state for each token, a linear "
        "layer, and the results. A text: the linear layer reads the state of [CLS] and says positive. Each token: it "
        "reads every state; the labels are person for mary, – for in, place for os, the first piece of oslo, and −100 "
        "for [CLS] and for the second piece. Each mask: it reads the state of [MASK] and says loved.",
        350,
    )
    starts, widths = (14, 226, 476), (200, 238, 210)
    for (title, tokens, read, results, shape), x, width in zip(PANELS, starts, widths, strict=True):
        d.text(
            (x + width / 2, 24),
            f"a label for **{title}**" if title != "each mask" else "the word behind **each mask**",
            size=14,
        )
        step = width / len(tokens)
        encoder = d.box(x, 238, width - 4, 34, "encoder", color=PALE, size=14)
        head = d.box(x, 120, width - 4, 34, "head: linear", color=YELLOW, size=14)
        for i, token in enumerate(tokens):
            wide, left = step - 4, x + i * step
            middle = left + wide / 2
            seen = i in read
            d.box(left, 300, wide, 30, token, color=BLUE, code=True, size=SMALL)
            d.arrow((middle, 300), (middle, encoder.bottom[1]))
            state = d.box(
                left,
                180,
                wide,
                30,
                f"x_{{{i}}}",
                color=GREEN if seen else WHITE,
                size=14,
                dashed=not seen,
            )
            d.arrow((middle, encoder.top[1]), state.bottom)
            if seen:
                d.arrow(state.top, (middle, head.bottom[1]), color=GREEN)
                result = results[read.index(i)]
                left_out = result == "−100"
                d.arrow((middle, head.top[1]), (middle, 92), color=GRAY, dashed=left_out)
                d.text(
                    (middle, 78),
                    result,
                    size=SMALL,
                    bold=not left_out,
                    color=GRAY if left_out else ORANGE,
                )
        d.text((x + width / 2, 50), f"`{shape}`", size=SMALL)
    return d


REVIEWS = (
    ("[CLS]", "a", "joy", "[SEP]"),
    ("[CLS]", "not", "my", "film", "[SEP]"),
    ("[CLS]", "bad", "[SEP]"),
)


def padding() -> Diagram:
    longest = max(map(len, REVIEWS))
    d = Diagram(
        "A batch of three reviews",
        "Left, tokens, three rows of five: CLS a joy SEP PAD; CLS not my film SEP; CLS bad SEP PAD PAD. Right, mask, "
        "of the same shape: True where a token stands, False where PAD stands.",
        206,
    )
    tokens = [[*row, *["[PAD]"] * (longest - len(row))] for row in REVIEWS]
    mask = [["True" if t != "[PAD]" else "False" for t in row] for row in tokens]
    for x, wide, name, rows, used in (
        (20, 66, "tokens", tokens, BLUE),
        (382, 60, "mask", mask, GREEN),
    ):
        colors = [[PALE if t in ("[PAD]", "False") else used for t in row] for row in rows]
        place = d.grid(x, 54, rows, (wide, 34), colors=colors, code=True)
        d.text((x, 28), f"`{name}` (B, T) = (3, 5)", anchor="start", size=14)
        for i, row in enumerate(rows):
            for j, t in enumerate(row):
                if t == "[PAD]":
                    d.hatch(Box(x + j * wide + 2, place.y + i * 34 + 2, wide - 4, 30))
    d.text((20, 182), "T is the longest length in this batch", anchor="start", size=14)
    return d


LEVELS = ("head", "layer 2", "layer 1", "layer 0", "embeddings")


def rates() -> Diagram:
    lr, factor = 0.003, 0.8
    steps = ", ".join(f"{name} {lr * factor**k:.5f}" for k, name in enumerate(LEVELS))
    d = Diagram(
        "A learning rate for each depth",
        f"The parts of the classifier from the top down, with lr = {lr} and factor = {factor}: {steps}. A bar beside "
        "each shows its rate; the bars get shorter toward the embeddings.",
        262,
    )
    d.text((60, 24), "depth ℓ", size=14)
    d.text((382, 24), "rate, with `lr` 0.003, `factor` 0.8", anchor="start", size=14)
    for depth, name in enumerate(LEVELS):
        y, rate = 44 + 42 * depth, lr * factor**depth
        d.text((60, y + 16), str(depth), code=True, bold=True)
        d.box(120, y, 220, 32, name, color=BLUE if depth else YELLOW, dashed=False)
        d.box(382, y + 6, 200 * rate / lr, 20, color=ORANGE, radius=3)
        d.text(
            (382 + 200 * rate / lr + 12, y + 16), f"{rate:.5f}", code=True, anchor="start", size=14
        )
    return d


DIAGRAMS = [padding, masking, heads, rates]
