"""What gives an answer away is alike, however it is written; what only looks like it is not."""

import ast

import pytest

from course.rules.leaks import MOST
from course.rules.likeness import Names, most, shared, steps

ATTENTION = """
scores = q @ k.mT / math.sqrt(q.shape[-1])
scores = scores.masked_fill(~mask, -math.inf)
return torch.softmax(scores, dim=-1) @ v
"""
POOLED = """
kept = states.masked_fill(~mask[..., None], 0)
return kept.sum(dim=1) / mask.sum(dim=1, keepdim=True)
"""
BLOCK = """
self.norm, self.mix, self.dropout = norm, mix, dropout
return x + self.dropout(self.mix(self.norm(x)))
"""
OTHER_BLOCK = """
self.scale, self.inner = scale, inner
return self.inner(self.scale(x)) + x
"""
ONE_LINE = "return s @ W[:S].T"


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines())


ALIKE = {
    "the same": (ATTENTION, ATTENTION),
    "other names": (
        ATTENTION,
        "a = one @ two.mT / math.sqrt(one.shape[-1])\n"
        "a = a.masked_fill(~seen, -math.inf)\nright = torch.softmax(a, dim=-1) @ three",
    ),
    "in one expression": (
        ATTENTION,
        "right = (q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(~mask, -math.inf).softmax(-1) @ v",
    ),
    "split in more statements": (
        POOLED,
        "none = ~mask[..., None]\nkept = states.masked_fill(none, 0)\ntotal = kept.sum(dim=1)\n"
        "expected = total / mask.sum(dim=1, keepdim=True)",
    ),
    "functions for methods": (
        ATTENTION,
        "a = torch.div(torch.matmul(q, k.transpose(-2, -1)), math.sqrt(q.size(-1)))\n"
        "a = torch.masked_fill(a, ~mask, -math.inf)\nright = torch.matmul(a.softmax(-1), v)",
    ),
    "in a loop over cases, beside other checks": (
        POOLED,
        "for name, (states, mask) in cases.items():\n    got = checks.run(mean_pool, states, mask)\n"
        "    kept = states.masked_fill(~mask[..., None], 0)\n"
        "    expected = kept.sum(dim=1) / mask.sum(dim=1, keepdim=True)\n"
        "    checks.close(name, got, expected)",
    ),
    "in a lambda that is handed over": (
        POOLED,
        'checks.agrees("mean_pool", mean_pool, lambda x, m: x.masked_fill(~m[..., None], 0).sum(1)'
        " / m.sum(1, keepdim=True), states, mask)",
    ),
    "operands change places": (
        "return torch.tanh((s @ W.T)[:, None] + uh) @ v",
        "right = torch.tanh(uh + (state @ W.T)[:, None]) @ v",
    ),
    "one expression as what is expected": (
        ONE_LINE,
        'checks.close("scores", got, s @ W[:5].T)',
    ),
    "named tensors of a dictionary": (
        "return torch.tanh(x @ W.T + h @ U.T + b)",
        'right = torch.tanh(p["b"] + x @ p["W"].T + h @ p["U"].T)',
    ),
    "with a slip in it": (
        ATTENTION,
        'slips = {"divide by the root.": (q @ k.mT / q.shape[-1]).masked_fill(~mask, -math.inf)'
        ".softmax(-1) @ v}",
    ),
    "other fields, and no dropout": (BLOCK, f"def other():\n{indented(OTHER_BLOCK)}"),
    "a loop for a comprehension": (
        "return math.sqrt(sum((g**2).sum().item() for g in grads if g is not None))",
        "for g in slopes:\n    if g is not None:\n        total += (g**2).sum().item()\n"
        "total = math.sqrt(total)",
    ),
    "a comparison turned around": (
        "return logits.masked_fill(logits < smallest, -torch.inf)",
        "right = x.masked_fill(least > x, -torch.inf)",
    ),
}

NOT_ALIKE = {
    "the student's function": (ATTENTION, "got = checks.run(attention, q, k, v, mask)"),
    "shapes and dtypes": (
        ATTENTION,
        'checks.shape("weights", got, batch=q.shape[0], T=q.shape[-2], S=k.shape[-2])\n'
        "checks.that(got.dtype == q.dtype, f'expected {q.dtype}, got {got.dtype}')",
    ),
    "torch's own operator": (
        ATTENTION,
        "right = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)",
    ),
    "inputs of the same size": (
        ATTENTION,
        "q, k, v = (checks.normal(2, 3, n, 4, seed=n) for n in (5, 6, 6))\n"
        "mask = torch.ones(2, 3, 5, 6).bool().tril()",
    ),
    "a property": (
        ATTENTION,
        'checks.close("the sum of each row", weights.sum(dim=-1), torch.ones(2, 3, 5))\n'
        "checks.that(bool((weights[~mask] == 0).all()), 'a masked place has weight')",
    ),
    "one operation of many": (
        POOLED,
        "spoiled = states.masked_fill(~mask[..., None], math.nan)\ngot = checks.run(pool, spoiled)",
    ),
    "numbers": (POOLED, "expected = torch.tensor([[0.25, 1.5, -2.0], [1.0, 0.5, 3.25]])"),
    "another order": (
        "return torch.softmax(logits / temperature, dim=-1)",
        "wrong = torch.softmax(logits, dim=-1) / temperature",
    ),
    "the operations in other entries": (
        "weights = torch.softmax(keys @ query, dim=0)\nreturn weights @ values, weights",
        'slips = {"a": s @ W[-4:].T, "b": right.softmax(dim=1), "c": (s @ W.T).softmax(dim=1)}',
    ),
    "a loop with other work": (
        "for layer in layers:\n    x, last = layer(x, mask)\n    lasts.append(last)\n"
        "return x, torch.stack(lasts)",
        "for seed in range(3):\n    fit(model, batches, steps=scaled(full=60, smoke=3))\n"
        "    losses.append(history.loss[-1])",
    ),
}


def share(answer: str, shown: str) -> float:
    trees = [ast.parse(f"def answer():\n{indented(answer)}"), ast.parse(shown)]
    names = Names.of(trees)
    parts = [steps([tree], names) for tree in trees]
    found = shared(*parts)
    assert found.share <= most(*parts)
    return found.share


@pytest.mark.parametrize(("answer", "shown"), ALIKE.values(), ids=ALIKE)
def test_an_answer_in_other_words_is_found(answer, shown):
    assert share(answer, shown) > MOST


@pytest.mark.parametrize(("answer", "shown"), NOT_ALIKE.values(), ids=NOT_ALIKE)
def test_what_only_looks_like_an_answer_is_not(answer, shown):
    assert share(answer, shown) <= MOST


def test_the_shared_lines_are_named():
    shown = "import torch\nx = torch.ones(3)\n\nright = s @ W[:5].T\nprint(right)"
    trees = [ast.parse("S = 4\nt = s @ W[:S].T"), ast.parse(shown)]
    names = Names.of(trees)
    found = shared(*(steps([tree], names) for tree in trees))
    assert (found.answer, found.shown) == ([2], [4])


def test_nothing_in_common_is_nothing():
    found = shared(steps([ast.parse("a @ b")], Names.of([])), steps([ast.parse("a")], Names.of([])))
    assert found == (0.0, [], [])
