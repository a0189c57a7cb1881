"""The diagrams of Lab 07, written by `python -m course diagrams 07_vit`."""

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
)

PATCHES = (SKY, ORANGE, GREEN, PINK)


def patches() -> Diagram:
    d = Diagram(
        "An image becomes a sequence of tokens",
        "Left, an image of 4 by 4 numbers, 0 to 15 row by row, cut into four patches of 2 by 2. In the middle each "
        "patch is a row, from the top left: 0 1 4 5, then 2 3 6 7, then 8 9 12 13, then 10 11 14 15. These are the "
        "tokens of patchify, (B, N, C times p squared). Right, patch_embedding, one linear layer with the same weights "
        "for all, makes of each token a vector of d_model numbers.",
        274,
    )
    side, left, top = 38, 34, 70
    d.text((left + 2 * side, 26), "`images`", bold=True)
    d.text((left + 2 * side, 46), "(B, C, H, W)", size=SMALL, code=True, color=GRAY)
    for p, (row, column) in enumerate(((0, 0), (0, 2), (2, 0), (2, 2))):
        rows = [[str(4 * (row + i) + column + j) for j in range(2)] for i in range(2)]
        gap = 6
        x, y = left + column * side + gap * (column > 0), top + row * side + gap * (row > 0)
        d.grid(x, y, rows, (side, side), color=PATCHES[p], code=True)
    d.text((left + 2 * side + 3, 252), "4 × 4, patch 2", size=14, color=GRAY)

    d.arrow((200, 149), (272, 149))
    d.text((236, 132), "patchify", size=SMALL, code=True)
    rows = ("0 1 4 5", "2 3 6 7", "8 9 12 13", "10 11 14 15")
    d.text((362, 26), "tokens", bold=True)
    d.text((362, 46), "(B, N, C·p²)", size=SMALL, code=True, color=GRAY)
    for p, row in enumerate(rows):
        d.grid(284, top + 40 * p, [row.split()], (39, 32), color=PATCHES[p], code=True)
    d.text((362, 252), "N = (4/2) · (4/2) = 4", size=14, color=GRAY)

    d.text((612, 26), "vectors", bold=True)
    d.text((612, 46), "(B, N, d_model)", size=SMALL, code=True, color=GRAY)
    layer = d.box(470, top, 82, 152, "patch_\nembedding", color=YELLOW, size=SMALL, code=True)
    for p in range(4):
        y = top + 40 * p + 16
        d.arrow((444, y), (layer.x - 3, y))
        d.arrow((layer.x + layer.width + 2, y), (575, y))
        d.box(578, y - 16, 68, 32, "", color=PATCHES[p])
    d.text((570, 252), "the same weights for each", size=14, color=GRAY)
    return d


def vit() -> Diagram:
    d = Diagram(
        "The Vision Transformer",
        "Read from bottom to top. The patches of an image, three of N drawn, pass patch_embedding. In front of them "
        "stands class_token, a learned vector. Each of these T tokens gets a row of position_embedding added. The "
        "blocks, each norm1, attention, norm2 and feed_forward on a residual path, without a mask, give T vectors. "
        "Then comes norm. With pool token the first vector goes on, with pool mean the average of the patches. The "
        "head makes logits, one for each class.",
        520,
    )
    places = (150, 270, 390, 510)
    names = ("class_token", "patch 1", "patch 2", "patch N")
    d.text((26, 484), "`patches_of(x, patch)`", size=SMALL, anchor="start")
    for i, x in enumerate(places[1:], start=1):
        patch = d.box(x - 34, 466, 68, 34, names[i], color=SKY, size=14)
        d.arrow(patch.top, (x, 440))
        d.arrow((x, 410), (x, 372))
    d.box(220, 410, 346, 30, "patch_embedding", color=YELLOW, size=14, code=True)
    d.text((450, 483), "…", size=22)
    d.text((572, 484), "(B, N, 3·p²)", size=SMALL, code=True, color=GRAY, anchor="start")
    token = d.box(places[0] - 54, 410, 108, 30, "class_token", color=YELLOW, size=SMALL, code=True)
    d.arrow(token.top, (places[0], 372))
    d.text((572, 426), "(B, N, d_model)", size=SMALL, code=True, color=GRAY, anchor="start")
    for i, x in enumerate(places):
        plus = d.circle((x, 360), 12, "+", size=17)
        d.text((x + 18, 347), str(i) if i < 3 else "N", size=SMALL, anchor="start", color=GRAY)
        d.arrow(plus.top, (x, 316))
    d.text((572, 360), "`position_`\n`embedding`\n`(T, d_model)`", size=SMALL, anchor="start")
    block = d.box(96, 206, 470, 108, "", color=PALE)
    d.text((108, 222), "blocks", size=14, code=True, bold=True, anchor="start")
    before: Point | None = None
    parts = (("norm1", YELLOW), ("attention", ORANGE), ("norm2", YELLOW), ("feed_forward", BLUE))
    for i, (name, color) in enumerate(parts):
        box = d.box(112 + 112 * i, 246, 102, 34, name, color=color, size=SMALL, code=True)
        if before:
            d.arrow(before, box.left)
        before = box.right
    d.text((331, 298), "every token may attend to every token", size=SMALL, color=GRAY)
    d.text(
        (572, 262), "`n_layers` times\n`(B, T, d_model)`", size=SMALL, color=GRAY, anchor="start"
    )
    norm = d.box(96, 150, 470, 30, "norm", color=YELLOW, size=14, code=True)
    d.arrow(block.top, norm.bottom)
    pools = (
        (places[0], 150, 'pool="token"', "the first vector"),
        (places[2], 240, 'pool="mean"', "the mean, and no class_token"),
    )
    head = d.box(222, 38, 106, 32, "head", color=YELLOW, size=14, code=True)
    for x, width, name, meaning in pools:
        pool: Box = d.box(x - width / 2, 88, width, 40, f"`{name}`\n{meaning}", size=SMALL)
        d.arrow((x, 150), pool.bottom)
        d.arrow(pool.top, (x, 54), head.left if x < 222 else head.right)
    d.arrow(head.top, (275, 12))
    d.text((288, 20), "logits (B, n_classes)", size=SMALL, code=True, color=GRAY, anchor="start")
    return d


def shifted_windows() -> Diagram:
    d = Diagram(
        "Windows, shifted windows, and their mask",
        "Left, a grid of 4 by 6 patches, numbered 0 to 23 row by row, in six windows of 2 by 2. In the middle the grid "
        "after a shift by 1, up and to the left, cut in the same places. Row 1 is first, and patches that went around "
        "are hatched: 0 to 5 in the last row, 0, 6, 12, 18 in the last column. The third window holds 11, 6, 17, 12. "
        "Right its mask: 11 and 17 may attend to each other, and 6 and 12; no other pairs.",
        300,
    )
    grids = (
        (30, "windows of 2 × 2", [[6 * i + j for j in range(6)] for i in range(4)]),
        (
            280,
            "`shift_windows(x, 1)`",
            [[6 * ((i + 1) % 4) + (j + 1) % 6 for j in range(6)] for i in range(4)],
        ),
    )
    cell, top, gap = 33, 84, 6
    colors = ((SKY, ORANGE, GREEN), (PINK, YELLOW, BLUE))
    for n, (left, name, table) in enumerate(grids):
        d.text((left + 105, 34), name, bold=True)
        for i in range(0, 4, 2):
            for j in range(0, 6, 2):
                rows = [[str(table[i + a][j + b]) for b in range(2)] for a in range(2)]
                x, y = left + j * cell + gap * (j // 2), top + i * cell + gap * (i // 2)
                hues = [
                    [
                        colors[table[i + a][j + b] // 12][table[i + a][j + b] % 6 // 2]
                        for b in (0, 1)
                    ]
                    for a in (0, 1)
                ]
                for a in range(2):
                    for b in range(2):
                        around = n == 1 and (i + a == 3 or j + b == 5)
                        place = Box(x + b * cell, y + a * cell, cell, cell)
                        d.box(place.x, place.y, cell, cell, "", color=hues[a][b], radius=0)
                        if around:
                            d.hatch(place, gap=11)
                        d.text(place.center, rows[a][b], size=14, code=True, halo=around)
    d.text((135, 252), "an island each", size=14, color=GRAY)
    d.text((385, 252), "colors: the old windows;\nhatched: went around", size=14, color=GRAY)
    third = (280 + 4 * cell + 2 * gap, top)
    d.arrow((third[0] + 2 * cell, top + 20), (526, top + 20), dashed=True)
    numbers = ("11", "6", "17", "12")
    text = [["1" if i % 2 == j % 2 else "0" for j in range(4)] for i in range(4)]
    hues = [[SKY if t == "1" else PALE for t in row] for row in text]
    d.text((590, 34), "`mask[2]`", bold=True)
    mask = d.grid(536, top, text, (30, 30), colors=hues, code=True)
    for i, word in enumerate(numbers):
        d.text((mask.x + 30 * i + 15, top - 14), word, size=SMALL, code=True)
        d.text((mask.right[0] + 8, top + 30 * i + 15), word, size=SMALL, code=True, anchor="start")
    d.text((590, 252), "1: may attend", size=14, color=GRAY)
    return d


DIAGRAMS = [patches, vit, shifted_windows]
