"""The diagrams of Lab 01, written by `python -m course diagrams 01_backprop`."""

import torch
import torch.nn.functional as F

from course.diagrams import BLUE, GRAY, GREEN, ORANGE, PALE, SMALL, YELLOW, Box, Diagram, number

# The tiny network of section 2.
PARAMS = {
    "W1": torch.tensor([[0.5, -0.25], [-0.5, 0.75], [1.0, -0.5]]),
    "b1": torch.tensor([0.25, -0.5, 0.75]),
    "W2": torch.tensor([[1.0, -1.0, 0.5], [-0.5, 1.0, 1.0]]),
    "b2": torch.tensor([0.1, -0.2]),
}
X, Y = torch.tensor([[1.0, 2.0]]), torch.tensor([0])


def tiny_values() -> dict[str, torch.Tensor]:
    """Every tensor of the tiny network by its name, and every gradient, `d` and the name."""
    values = {name: value.clone().requires_grad_() for name, value in PARAMS.items()}
    values["z"] = F.linear(X, values["W1"], values["b1"])
    values["h"] = torch.tanh(values["z"])
    values["logits"] = F.linear(values["h"], values["W2"], values["b2"])
    values["loss"] = F.cross_entropy(values["logits"], Y)
    grads = torch.autograd.grad(values["loss"], list(values.values()))
    values |= {f"d {name}": grad for name, grad in zip(list(values), grads, strict=True)}
    values |= {"x": X, "probs": values["logits"].softmax(dim=1)}
    return {name: value.detach() for name, value in values.items()}


def column(value: torch.Tensor) -> list[list[str]]:
    """The entries of a vector, or of a batch of one, below each other."""
    return [[number(entry)] for entry in value.flatten().tolist()]


def rows(value: torch.Tensor) -> list[list[str]]:
    return [[number(entry) for entry in row] for row in value.tolist()]


def tiny_network() -> Diagram:
    values = tiny_values()
    d = Diagram(
        "The tiny network with its numbers",
        "A network drawn as circles and lines. Two inputs, 1 and 2, lead to three hidden units with z = 0.25, 0.50 and "
        "0.75 and h = tanh(z) = 0.24, 0.46 and 0.64. These lead to two logits, 0.20 and 0.77, and to the "
        "probabilities 0.36 and 0.64. Each line carries an entry of W1 or W2, each unit a bias.",
        392,
    )
    inputs = [(60, 132), (60, 272)]
    hidden = [(316, 82), (316, 202), (316, 322)]
    outputs = [(534, 132), (534, 272)]
    for name, starts, ends in (("W1", inputs, hidden), ("W2", hidden, outputs)):
        for i, end in enumerate(ends):
            for j, start in enumerate(starts):
                line = Box(*start, end[0] - start[0], end[1] - start[1])
                long = (line.width**2 + line.height**2) ** 0.5
                away = (26 if name == "W1" else 36) / long, 1 - 37 / long
                d.arrow(line.at(away[0], away[0]), line.at(away[1], away[1]))
                share = 0.22 if abs(line.height) > 150 else 0.36  # steep lines cross in the middle
                share = share if name == "W1" else 0.98 - share
                weight = number(PARAMS[name][i, j].item())
                d.text(line.at(share, share), weight, size=14, color=YELLOW, bold=True, halo=True)
    for center, value in zip(inputs, X[0].tolist(), strict=True):
        d.circle(center, 24, f"{value:g}", color=BLUE)
    for i, center in enumerate(hidden):
        z, h = (number(values[name][0, i].item()) for name in ("z", "h"))
        d.circle(center, 34, f"`z` {z}\n`h` {h}", color=BLUE, size=14)
        bias = number(PARAMS["b1"][i].item())
        d.text((center[0], center[1] + 46), f"`b1` {bias}", size=SMALL, color=YELLOW, halo=True)
    for i, center in enumerate(outputs):
        d.circle(center, 34, number(values["logits"][0, i].item()), color=BLUE)
        bias = number(PARAMS["b2"][i].item())
        d.text((center[0], center[1] + 46), f"`b2` {bias}", size=SMALL, color=YELLOW, halo=True)
        d.arrow((center[0] + 36, center[1]), (center[0] + 74, center[1]))
        prob = number(values["probs"][0, i].item())
        d.box(center[0] + 76, center[1] - 17, 58, 34, prob, color=GREEN, bold=True)
    for x, name in ((60, "x"), (316, "z, h"), (534, "logits"), (639, "probs")):
        d.text((x, 30), name, code=True, bold=True)
    for x, name in ((188, "W1"), (440, "W2")):
        d.text((x, 30), name, code=True, bold=True, color=YELLOW)
    d.text((639, 202), "softmax", size=SMALL, color=GRAY)
    return d


def shapes() -> Diagram:
    d = Diagram(
        "The shapes of the forward pass",
        "Matrices as rectangles. x (B, d_in) times the transpose of W1, (d_in, d_hidden), plus b1 gives z, and tanh "
        "gives h, both (B, d_hidden). h times the transpose of W2, (d_hidden, n_classes), plus b2 gives logits, and "
        "softmax gives probs, both (B, n_classes).",
        250,
    )
    batch, d_in, d_hidden, n_classes = 84, 66, 104, 52  # all different, as in every check
    middle = 122

    def matrix(x: float, width: float, height: float, name: str, shape: str, color: str) -> Box:
        place = d.box(x, middle - height / 2, width, height, name, color=color, code=True, radius=2)
        d.text((place.center[0], 206), shape, size=SMALL, color=GRAY, code=True)
        return place

    x = matrix(28, d_in, batch, "x", "(B,\nd_in)", BLUE)
    w1 = matrix(124, d_hidden, d_in, "W1.T", "(d_in,\nd_hidden)", YELLOW)
    h = matrix(326, d_hidden, batch, "z, h", "(B,\nd_hidden)", BLUE)
    w2 = matrix(460, n_classes, d_hidden, "W2.T", "(d_hidden,\nn_classes)", YELLOW)
    probs = matrix(606, n_classes + 14, batch, "", "(B,\nn_classes)", GREEN)
    d.text(probs.center, "logits,\nprobs", size=SMALL, code=True)
    for left, right in ((x, w1), (h, w2)):
        d.text(((left.right[0] + right.left[0]) / 2, middle), "@", code=True, bold=True)
    for left, right, bias, after in ((w1, h, "+ b1", "tanh"), (w2, probs, "+ b2", "softmax")):
        start, end = (left.right[0] + 9, middle), (right.left[0] - 8, middle)
        d.arrow(start, end)
        center = (start[0] + end[0]) / 2
        d.text((center, middle - 15), bias, size=14, code=True)
        d.text((center, middle + 17), after, size=14, code=True)
    d.text((350, 32), "A row is a sample. The two sizes that meet at `@` are equal, and go.")
    return d


def computation_graph() -> Diagram:
    v = tiny_values()
    d = Diagram(
        "The tiny network as a graph: values forward, gradients backward",
        "Values flow to the right: x, W1 and b1 give z, tanh gives h, W2 and b2 give logits, and softmax with "
        "cross-entropy gives the loss, 1.02. Below, gradients flow to the left along dashed arrows: d logits is −0.64 "
        "and 0.64; d h is −0.96, 1.28 and 0.32; d z is −0.90, 1.01 and 0.19. They give d W2, d b2, d W1 and d b1, each "
        "of the shape of its parameter.",
        560,
    )
    cell = (48, 25)
    forward, backward = 222, 344  # the middles of the two rows
    top, bottom = 90, 486  # the middles of the parameters, and of their gradients

    def tensor(name: str, x: float, middle: float, table: list, color: str) -> Box:
        place = d.grid(x, middle - cell[1] * len(table) / 2, table, cell, color=color)
        d.text((place.center[0], place.top[1] - 13), name, size=14, code=True, bold=True)
        return place

    x = tensor("x", 30, forward, column(v["x"]), BLUE)
    z = tensor("z", 200, forward, column(v["z"]), BLUE)
    h = tensor("h", 324, forward, column(v["h"]), BLUE)
    logits = tensor("logits", 484, forward, column(v["logits"]), BLUE)
    loss = tensor("loss", 634, forward, [[number(v["loss"].item())]], GREEN)
    dz = tensor("d z", 200, backward, column(v["d z"]), ORANGE)
    dh = tensor("d h", 324, backward, column(v["d h"]), ORANGE)
    dlogits = tensor("d logits", 484, backward, column(v["d logits"]), ORANGE)
    one = tensor("d loss", 634, backward, [["1"]], ORANGE)

    first = d.box(110, forward - 15, 58, 30, "@, +", color=PALE, code=True, size=14, radius=15)
    second = d.box(402, forward - 15, 58, 30, "@, +", color=PALE, code=True, size=14, radius=15)
    for start, end in (
        (x, first),
        (first, z),
        (z, h),
        (h, second),
        (second, logits),
        (logits, loss),
    ):
        d.arrow((start.right[0] + 2, forward), (end.left[0] - 2, forward))
    d.text((286, forward - 15), "tanh", size=SMALL, code=True)
    d.text((581, forward - 15), "softmax,", size=SMALL)
    d.text((581, forward + 15), "cross-entropy", size=SMALL)
    for start, end in ((one, dlogits), (dlogits, dh), (dh, dz)):
        ends = (start.left[0] - 3, backward), (end.right[0] + 3, backward)
        d.arrow(*ends, color=ORANGE, dashed=True)
    for op, grad, w, b, left in ((first, dz, "W1", "b1", 62), (second, dlogits, "W2", "b2", 328)):
        wide = cell[0] * PARAMS[w].shape[1]
        weights = tensor(w, left, top, rows(v[w]), YELLOW)
        tensor(b, left + wide + 16, top, column(v[b]), YELLOW)
        d.arrow((op.center[0], weights.bottom[1] + 6), (op.center[0], op.top[1] - 2))
        dw = tensor(f"d {w}", left, bottom, rows(v[f"d {w}"]), ORANGE)
        tensor(f"d {b}", left + wide + 16, bottom, column(v[f"d {b}"]), ORANGE)
        fork = (op.center[0], backward)
        end = (op.center[0], dw.top[1] - 26)
        d.arrow((grad.left[0] - 3, backward), fork, end, color=ORANGE, dashed=True)
    d.text((640, top), "values:\nsolid, to\nthe right", size=SMALL, color=GRAY)
    d.text((640, bottom), "gradients:\ndashed, to\nthe left", size=SMALL, color=ORANGE)
    return d


def scalar_graph() -> Diagram:
    w, x, b = (torch.tensor(value, requires_grad=True) for value in (3.0, 2.0, -4.0))
    u = w * x
    z = u + b
    loss = z * z
    grads = torch.autograd.grad(loss, [w, x, b, u, z, loss])
    d = Diagram(
        "A graph of numbers, with values and gradients",
        "w = 3 times x = 2 gives u = 6; plus b = −4 gives z = 2; z times z gives loss = 4. Backward: the gradient of "
        "loss is 1. z is used twice, so its gradient is 2 + 2 = 4. It is 4 for u and for b, 4 · 2 = 8 for w and "
        "4 · 3 = 12 for x.",
        262,
    )
    why = {"w": "4 · 2 = ", "x": "4 · 3 = ", "z": "2 + 2 = "}
    places = {"w": (22, 42), "x": (22, 164), "u": (192, 103), "b": (192, 190), "z": (366, 103)}
    places["loss"] = (566, 103)
    boxes = {}
    for name, value, grad in zip(
        ["w", "x", "b", "u", "z", "loss"], (w, x, b, u, z, loss), grads, strict=True
    ):
        left, y = places[name]
        color = YELLOW if name in ("w", "b") else GREEN if name == "loss" else BLUE
        d.box(left, y, 112, 28, f"`{name}` = {number(value.item(), 0)}", color=color, radius=4)
        grad_text = f"grad {why.get(name, '')}{number(grad.item(), 0)}"
        d.box(left, y + 28, 112, 28, grad_text, color=ORANGE, size=14, radius=4)
        boxes[name] = Box(left, y, 112, 56)
    middle = boxes["u"].center[1]
    times, plus, square = (
        d.circle((at, middle), 15, sign, color=PALE)
        for at, sign in ((163, "×"), (335, "+"), (528, "×"))
    )
    for name in ("w", "x"):
        right = boxes[name].right
        edge = times.top if name == "w" else times.bottom
        d.arrow((right[0] + 1, right[1]), (163, right[1]), edge)
    d.arrow(
        (boxes["b"].right[0] + 1, boxes["b"].center[1]), (335, boxes["b"].center[1]), plus.bottom
    )
    for node, after in ((times, "u"), (plus, "z"), (square, "loss")):
        d.arrow(node.right, (boxes[after].left[0] - 1, middle))
    d.arrow((boxes["u"].right[0] + 1, middle), plus.left)
    start = boxes["z"].right[0] + 1
    for side in (-1, 1):
        tip = square.at(0.12, 0.5 + 0.33 * side)
        bend = middle + 24 * side
        d.arrow(
            (start, middle + 8 * side), (start + 12, bend), (tip[0] - 16, bend), tip, curve=True
        )
    return d


DIAGRAMS = [tiny_network, shapes, computation_graph, scalar_graph]
