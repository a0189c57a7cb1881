"""The diagrams of Lab 11, written by `python -m course diagrams 11_alignment`."""

import itertools
import math
import statistics

from course.diagrams import (
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    PALE,
    PINK,
    SKY,
    SMALL,
    YELLOW,
    Box,
    Diagram,
    number,
)

TURNS = (("user", ("Is", "it", "good", "?")), ("assistant", ("Yes", ".")))
COLORS = {"user": SKY, "assistant": ORANGE}


def row_of_tokens(d: Diagram, y: float) -> list[tuple[str, str, Box]]:
    """Draws the conversation as tokens: of each its role, its label and its box."""
    x, tokens = 22.0, []
    for role, words in TURNS:
        for label in (role, *words, "end"):
            width = 92 if label == "assistant" else 58
            color = PINK if label in (role, "end") else COLORS[role]
            tokens.append(
                (role, label, d.box(x, y, width, 36, label, color=color, code=True, size=14))
            )
            x += width + 6
    return tokens


def template() -> Diagram:
    d = Diagram(
        "A conversation as one row of tokens",
        "Above, two messages: the user asks Is it good? and the assistant answers Yes. Below, the row of tokens: "
        "the marker user, Is, it, good, ?, the marker end, the marker assistant, Yes, a period, the marker end.",
        214,
    )
    tokens = row_of_tokens(d, 104)
    for role, words in TURNS:
        own = [box for owner, _, box in tokens if owner == role]
        left, right = own[0].x, own[-1].x + own[-1].width
        text = "Is it good?" if role == "user" else "".join(words)
        message = d.box(
            left + 20, 24, right - left - 40, 40, f"**{role}**: {text}", color=COLORS[role]
        )
        d.arrow(message.bottom, (message.bottom[0], 100))
    d.text(
        (22, 180), "pink: markers, which no text can spell", anchor="start", size=SMALL, color=GRAY
    )
    return d


def labels() -> Diagram:
    d = Diagram(
        "What of a conversation is learned",
        "The row of tokens: the marker user, Is, it, good, ?, the marker end, the marker assistant, Yes, a period, the "
        "marker end. Under Yes, the period and the last end stands the token itself, under all others minus 100.",
        206,
    )
    for role, label, box in row_of_tokens(d, 34):
        if role == "assistant" and label != role:
            d.box(box.x, 104, box.width, 36, label, color=GREEN, code=True, size=14)
        else:
            d.text((box.center[0], 122), "−100", color=GRAY, size=14, code=True)
    d.text((22, 174), "above tokens, below labels", anchor="start", size=SMALL, color=GRAY)
    return d


def lora() -> Diagram:
    d_in, d_out, rank = 192, 192, 4
    d = Diagram(
        "A linear layer with an adapter",
        f"The input x, {d_in} numbers, goes two ways. The upper one is the frozen matrix W of {d_out} times {d_in}, "
        f"{d_out * d_in:,} numbers. The lower one is A, {rank} times {d_in}, then B, {d_out} times {rank}, together "
        f"{rank * (d_in + d_out):,} numbers, then a factor alpha over r. Both results are added and give y.",
        270,
    )
    x = d.box(24, 112, 74, 46, "`x`\n192", size=14)
    W = d.box(190, 24, 250, 84, "", color=PALE, dashed=True)
    d.text((315, 54), "`W` · 192 × 192, frozen", bold=True)
    d.text((315, 82), f"{d_out * d_in:,} numbers", size=SMALL, color=GRAY)
    A = d.box(190, 168, 100, 36, "`A` · 4 × 192", color=YELLOW, size=14)
    B = d.box(340, 146, 100, 80, "`B` · 192 × 4", color=YELLOW, size=14)
    d.text((315, 246), f"together {rank * (d_in + d_out):,} numbers", size=SMALL, color=GRAY)
    scale = d.box(482, 166, 60, 40, "× α/r", size=14)
    plus = d.circle((578, 135), 17, "+", size=18)
    y = d.box(622, 112, 60, 46, "`y`\n192", color=GREEN, size=14)
    d.arrow(x.right, (144, 135), (144, W.left[1]), W.left)
    d.arrow(x.right, (144, 135), (144, A.left[1]), A.left)
    d.arrow(A.right, B.left)
    d.text((315, 158), "4", size=SMALL, color=GRAY)
    d.arrow(B.right, scale.left)
    d.arrow(W.right, (578, W.right[1]), plus.top)
    d.arrow(scale.right, (578, scale.right[1]), plus.bottom)
    d.arrow(plus.right, y.left)
    return d


SCORED = (1.2, -0.3)


def bradley_terry() -> Diagram:
    gap = SCORED[0] - SCORED[1]
    chance = 1 / (1 + math.exp(-gap))
    a, b = (number(r, 1) for r in SCORED)
    d = Diagram(
        "From two rewards to a preference",
        f"Two texts, a and b, go through the same reward model. a gets {a}, b gets {b}. Their difference is "
        f"{number(gap, 1)}, and sigma of it is {number(chance)}: the probability that a is preferred.",
        206,
    )
    texts = ("a: What a lovely film.", "b: I left after an hour.")
    model = d.box(252, 42, 104, 124, "reward\nmodel", color=YELLOW)
    for k, (text, reward, color) in enumerate(zip(texts, (a, b), (BLUE, ORANGE), strict=True)):
        y = 46 + 74 * k
        words = d.box(22, y, 190, 42, text, color=color, size=14)
        d.arrow(words.right, (model.x, words.right[1]))
        value = d.box(396, y, 62, 42, reward, color=color, code=True)
        d.arrow((model.x + model.width, value.left[1]), value.left)
        d.arrow(value.right, (478, value.right[1]), (478, 104), (500, 104), head=k == 1)
    d.box(502, 83, 62, 42, number(gap, 1), code=True)
    d.text((533, 152), f"{a} − ({b})", size=SMALL, color=GRAY)
    d.arrow((564, 104), (606, 104))
    d.text((585, 88), "σ", size=16)
    d.box(608, 83, 70, 42, number(chance), color=GREEN, code=True, bold=True)
    d.text((643, 152), "P(a preferred)", size=SMALL, color=GRAY)
    return d


def rlhf_loop() -> Diagram:
    d = Diagram(
        "One step of reinforcement learning from a reward model",
        "An opening goes to the policy, which writes G answers and knows how probable they are, ln pi. They go to the "
        "reward model, which gives r, and to the frozen reference, which gives ln pi ref. R is r minus beta times the "
        "difference of ln pi and ln pi ref. Less the mean of the group it is the advantage A. A dashed arrow leads "
        "from it back to the policy: the gradient.",
        262,
    )
    opening = d.box(20, 76, 118, 50, "opening\n`Finish: …`", color=PALE, size=SMALL)
    policy = d.box(172, 70, 96, 62, "policy\nπ", color=YELLOW, bold=True)
    for i, label in enumerate(("", "", "G answers")):
        d.box(306 + 6 * i, 64 + 8 * i, 96, 46, label, color=SKY)
    reward = d.box(452, 30, 128, 46, "reward model", color=PALE)
    reference = d.box(452, 122, 128, 46, "reference π_{ref}", color=PALE)
    kept = d.box(
        452, 202, 228, 38, "R = r − β (ln π − ln π_{ref})", color=GREEN, code=True, size=13
    )
    advantages = d.box(186, 202, 218, 38, "A = (R − mean) / std", color=GREEN, code=True)
    d.arrow(opening.right, policy.left)
    d.arrow(policy.right, (306, 101))
    d.arrow((414, 94), (432, 94), (432, 53), reward.left)
    d.arrow((414, 112), (432, 112), (432, 145), reference.left)
    d.arrow(reward.right, (664, 53), (664, 202))
    d.arrow(reference.right, (622, 145), (622, 202))
    d.text((652, 96), "r", code=True, anchor="end")
    d.text((614, 184), "ln π_{ref}", size=SMALL, anchor="end")
    d.arrow((252, 132), (252, 182), (486, 182), (486, 202))
    d.text((350, 170), "ln π", size=SMALL)
    d.arrow(kept.left, advantages.right)
    d.arrow(advantages.left, (154, 221), (154, 160), (220, 160), policy.bottom, dashed=True)
    d.text((84, 192), "gradient", size=SMALL, color=GRAY)
    d.text((516, 96), "frozen, both", size=SMALL, color=GRAY)
    d.text((220, 50), "learns", size=SMALL, color=GRAY)
    return d


REWARDS = (2, 1, 0, 1)


def group() -> Diagram:
    mean, std = statistics.mean(REWARDS), statistics.stdev(REWARDS)
    advantages = [(r - mean) / std for r in REWARDS]
    told = "; ".join(
        f"reward {r}, advantage {number(a)}" for r, a in zip(REWARDS, advantages, strict=True)
    )
    d = Diagram(
        "Advantages within a group",
        f"Four answers to one opening as bars with a dashed line at their mean, {mean}. {told}.",
        232,
    )
    floor, unit, left = 158, 48, 212
    level = floor - unit * mean
    for i, (r, a) in enumerate(zip(REWARDS, advantages, strict=True)):
        x = left + 104 * i
        color = GREEN if a > 0 else ORANGE if a < 0 else PALE
        if r:
            d.box(x, floor - unit * r, 56, unit * r, color=color, radius=2)
        d.text((x + 28, floor - unit * r - 14), str(r), code=True)
        d.text((x + 28, floor + 22), number(a) if a <= 0 else f"+{number(a)}", code=True)
        words = "more" if a > 0 else "less" if a < 0 else "no change"
        d.text((x + 28, floor + 48), words, size=SMALL, color=GRAY)
    d.line((left - 24, floor), (left + 392, floor))
    d.line((left - 24, level), (left + 392, level), color=BLUE, dashed=True)
    d.text((left - 34, level), f"mean {mean}", anchor="end")
    d.text((left - 34, 52), "rewards", anchor="end", bold=True)
    d.text((left - 34, floor + 22), "advantages", anchor="end", bold=True)
    return d


def clip() -> Diagram:
    d = Diagram(
        "PPO's clipped objective",
        "Two panels over the ratio from 0.4 to 1.6. Left, A = 1: the objective rises along the ratio to 1.2, flat "
        "beyond. Right, A = −1: it is flat at −0.8 below the ratio 0.8, and falls along minus the ratio beyond.",
        270,
    )
    for left, A in ((84, 1), (420, -1)):
        wide, high, top = 216, 130, 56
        low = 0.4 if A > 0 else -1.6

        def at(ratio: float, value: float, left=left, low=low) -> tuple[float, float]:
            return left + (ratio - 0.4) / 1.2 * wide, top + high - (value - low) / 1.2 * high

        d.line((left, top), (left, top + high), (left + wide, top + high))
        for ratio in (0.4, 0.8, 1.0, 1.2, 1.6):
            x, y = at(ratio, low)
            d.line((x, y), (x, y + 5))
            d.text((x, y + 18), f"{ratio:.1f}", size=SMALL, code=True)
        knee = 1.2 if A > 0 else 0.8
        for value in (A, A * knee):
            x, y = at(0.4, value)
            d.text((x - 8, y), number(value, 1), size=SMALL, code=True, anchor="end")
        edge = at(knee, A * knee)
        start, end = at(0.4, 0.4 * A), at(1.6, 1.6 * A)
        if A > 0:
            d.arrow(edge, end, color=GRAY, dashed=True, head=False)
            bends = start, edge, at(1.6, 1.2)
        else:
            d.arrow(start, edge, color=GRAY, dashed=True, head=False)
            bends = at(0.4, -0.8), edge, end
        for piece in itertools.pairwise(bends):  # one line would round its corner
            d.arrow(*piece, color=BLUE, width=3, head=False)
        x, y = at(1.0, A)
        d.circle((x, y), 4, color=ORANGE)
        title = "A = 1: make it more probable" if A > 0 else "A = −1: make it less probable"
        d.text((left + wide / 2, 32), title, bold=True, size=14)
        d.text((left + wide / 2, top + high + 42), "ratio, policy now / when it wrote", size=SMALL)
    d.text(
        (350, 250),
        "dashed: without the clip; the dot: where a batch begins",
        size=SMALL,
        color=GRAY,
    )
    return d


ANSWERS, REFERENCE, REWARD = ("great", "fine", "awful"), (0.25, 0.25, 0.5), (1, 0, -1)


def best(beta: float | None) -> list[float]:
    """The best policy of the bandit at this price of a nat; the reference for None."""
    if beta is None:
        return list(REFERENCE)
    tilted = [p * math.exp(r / beta) for p, r in zip(REFERENCE, REWARD, strict=True)]
    return [t / sum(tilted) for t in tilted]


def tilt() -> Diagram:
    cases = (("reference", None), ("β = 2", 2.0), ("β = ½", 0.5), ("β = 0.1", 0.1))
    told = []
    for name, beta in cases:
        shares = ", ".join(f"{a} {p:.2f}" for a, p in zip(ANSWERS, best(beta), strict=True))
        told.append(f"{name}: {shares}")
    d = Diagram("The best policy of the bandit", ". ".join(told) + ".", 244)
    floor, high = 168, 98
    for i, (name, beta) in enumerate(cases):
        shares = best(beta)
        left = 64 + 160 * i
        d.line((left - 8, floor), (left + 128, floor))
        for j, (p, answer) in enumerate(zip(shares, ANSWERS, strict=True)):
            x = left + 42 * j
            color = (GREEN, SKY, ORANGE)[j]
            if p > 0.004:
                d.box(x, floor - high * p, 34, high * p, color=color, radius=2)
            d.text((x + 17, floor - high * p - 11), f"{p:.2f}", size=SMALL, code=True)
            d.text((x + 17, floor + 14), answer, size=SMALL)
        kl = sum(p * math.log(p / q) for p, q in zip(shares, REFERENCE, strict=True))
        d.text((left + 60, 32), name, bold=True)
        d.text((left + 60, floor + 44), f"KL {number(kl)}", size=SMALL, color=GRAY)
    return d


def two_ways() -> Diagram:
    d = Diagram(
        "Two ways from preferences to a policy",
        "On the left, preferences: y w better than y l. Above, an arrow to a reward model, one from there to "
        "reinforcement with fresh answers, and one to the policy. Below, one arrow by the DPO loss straight to the "
        "policy.",
        214,
    )
    d.box(24, 80, 122, 58, "preferences\ny_{w} over y_{l}", color=PALE)
    reward = d.box(206, 26, 130, 46, "reward model", color=PINK)
    learning = d.box(392, 26, 136, 46, "reinforcement", color=SKY)
    policy = d.box(584, 80, 92, 58, "policy\nπ*", color=YELLOW, bold=True)
    direct = d.box(264, 144, 206, 46, "DPO loss", color=GREEN)
    d.arrow((85, 80), (85, 49), reward.left)
    d.arrow(reward.right, learning.left)
    d.arrow(learning.right, (630, 49), policy.top)
    d.arrow((85, 138), (85, 167), direct.left)
    d.arrow(direct.right, (630, 167), policy.bottom)
    d.arrow((500, 72), (500, 96), (420, 96), (420, 72), dashed=True)
    d.text((460, 112), "writes new answers", size=SMALL, color=GRAY)
    return d


DIAGRAMS = [
    template,
    labels,
    lora,
    bradley_terry,
    rlhf_loop,
    group,
    clip,
    tilt,
    two_ways,
]
