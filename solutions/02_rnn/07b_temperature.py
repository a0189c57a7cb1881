# %% [markdown]
# ### Temperature
#
# One to many: to write, draw the next character from the predicted distribution, feed it back, and go on. The
# *temperature* $\tau$ sets how daring the draw is: divide the logits by $\tau$ before the softmax. At
# $\tau = 1$ the distribution is the model's own. Below 1 it gets sharper, above 1 flatter. As
# $\tau \to 0$ only the most probable character is left.

# %% [markdown]
# ### Exercise 9 · Temperature (2 points · 10 min · ●○○)
#
# Write `tempered`. From logits `(B, V)` and a temperature it returns the probabilities `(B, V)`. With
# temperature 0, the most probable token of each row has probability 1 and all others 0. Small
# temperatures must not overflow.
#
# <details><summary>Hint 1: the idea</summary>Temperature 0 is a case of its own. Everything else is one
# softmax.</details>
# <details><summary>Hint 2: the formula</summary>p = softmax(logits / τ). For τ = 0 a one-hot row at the
# argmax.</details>
# <details><summary>Hint 3: the
# line</summary><code>F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits)</code></details>


# %% solution="tempered"
def tempered(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """Probabilities at a temperature.

    Args:
        logits: (B, V).
        temperature: 0 or more; 1 leaves the distribution as it is, 0 keeps the most probable token alone.

    Returns:
        (B, V), rows sum to 1.
    """
    ### BEGIN SOLUTION
    if temperature == 0:
        return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits)
    return torch.softmax(logits / temperature, dim=-1)
    ### END SOLUTION


# %% check="tempered_value" points=1
logits = checks.normal(3, 5, seed=100)
own = torch.softmax(logits, dim=1)
for temperature in (0.5, 2.0):
    probs = checks.run(tempered, logits, temperature)
    checks.shape("the probabilities", probs, batch=3, V=5)
    slips = {
        "you multiply by the temperature: divide.": torch.softmax(logits * temperature, dim=1),
        "the temperature is not used.": own,
        "divide the logits, not the probabilities.": own / temperature,
        "the softmax runs over the batch; it runs over V, the last dimension.": (
            torch.softmax(logits / temperature, dim=0)
        ),
        "these are logits: apply the softmax.": logits / temperature,
        "the softmax is applied twice.": torch.softmax(own / temperature, dim=1),
        "these are powers of probabilities that no longer sum to 1.": own ** (1 / temperature),
        "these are logarithms of probabilities.": torch.log_softmax(logits / temperature, dim=1),
    }
    right = torch.softmax(logits / temperature, dim=1)
    checks.close(f"the probabilities at temperature {temperature}", probs, right, slips=slips)
checks.close("the probabilities at temperature 1", checks.run(tempered, logits, 1.0), own)
checks.passed("above 1 flatter, below 1 sharper")

# %% check="tempered_zero" points=1
logits = torch.tensor([[1.0, 4.0, 2.0], [900.0, -900.0, 800.0]], dtype=torch.float64)
expected = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
for temperature in (0.0, 1e-3, 0.01):
    probs = checks.run(tempered, logits, temperature)
    checks.tensor("the probabilities", probs)
    checks.that(
        probs.is_floating_point(),
        f"probabilities are floating-point numbers, yours are {probs.dtype}: add .to(logits).",
    )
    checks.shape("the probabilities", probs, batch=2, V=3)
    cause = "a division by a temperature of 0, or an exp that overflows: use torch.softmax."
    checks.finite(f"the probabilities at temperature {temperature:g}", probs, cause)
    slips = {
        "at temperature 0 every token got the same probability.": torch.full((2, 3), 1 / 3),
        "at temperature 0 the least probable token is left; take the argmax.": torch.tensor(
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
        ),
        "at temperature 0 keep the most probable token alone.": torch.softmax(logits, dim=1),
    }
    name = f"the probabilities at temperature {temperature:g}"
    checks.close(name, probs, expected, slips=slips)
### BEGIN HIDDEN TESTS
logits = checks.normal(4, 9, seed=101)
right = F.one_hot(logits.argmax(dim=1), 9).double()
checks.close("the probabilities at temperature 0", checks.run(tempered, logits, 0), right)
flat = checks.run(tempered, logits, 1e9)
checks.close("the probabilities at a huge temperature", flat, torch.full((4, 9), 1 / 9), rtol=1e-5)
### END HIDDEN TESTS
checks.passed("near 0 the most probable token is left, and nothing overflows")

# %% [markdown]
# **Experiment.** The model writes. How many of the names does it know by heart, and how many are new?


# %% experiment="write"
# Experiment · Names drawn at five temperatures
@torch.no_grad()
def write(count: int, temperature: float, seed: int = 0) -> list[str]:
    """Names drawn from the model; each ends at its first end token, or after 40 characters."""
    generator = torch.Generator().manual_seed(seed)
    tokens, state, columns = torch.full((count, 1), BEGIN), None, []
    for _ in range(40):
        logits, state = writer(tokens, state)
        probs = tempered(logits[:, -1], temperature)  # (count, V)
        tokens = torch.multinomial(probs, 1, generator=generator)  # (count, 1)
        columns.append(tokens)
    rows = torch.cat(columns, dim=1).tolist()
    ends = [row.index(END) if END in row else len(row) for row in rows]
    spelling = {i: c for c, i in number.items()} | {PAD: "·", UNKNOWN: "?", BEGIN: "<"}
    return ["".join(spelling[i] for i in row[:end]) for row, end in zip(rows, ends, strict=True)]


known = {text for text, _, _ in train_names}
print("temperature  by heart  different")
for temperature in (0.0, 0.3, 0.7, 1.0, 1.5):
    texts = write(200, temperature, seed=int(10 * temperature))
    heart = sum(text in known for text in texts) / len(texts)
    print(f"{temperature:>11}  {heart:>8.0%}  {len(set(texts)):>9}   {' · '.join(texts[:5])}")

# %% [markdown]
# **What you saw.** Temperature 0 writes one name, again and again. Low temperatures are safe and repeat
# themselves. At 1 the model invents names that could exist, in languages that could exist. At 1.5 the
# letters fall apart. It knows next to none of the names by heart: it has learned how names sound. Large
# language models write in the same way, one token at a time, with the same knob.
