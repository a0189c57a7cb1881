# %% [markdown]
# ### Temperature
#
# One to many: to write, draw the next character from the predicted distribution, feed it back, and go on. The
# *temperature* $\tau$ sets how daring the draw is: divide the logits by $\tau$ before the softmax. At
# $\tau = 1$ the distribution is the model's own. Below 1 it gets sharper, above 1 flatter. As
# $\tau \to 0$ only the most probable character is left. Logits of 2, 1, 0 give 0.87, 0.12, 0.02 at $\tau = 0.5$
# and 0.51, 0.31, 0.19 at $\tau = 2$. You write the function in Lab 09; here one line is enough.

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
        probs = torch.softmax(logits[:, -1] / temperature, dim=-1)  # (count, V)
        tokens = torch.multinomial(probs, 1, generator=generator)  # (count, 1)
        columns.append(tokens)
    rows = torch.cat(columns, dim=1).tolist()
    ends = [row.index(END) if END in row else len(row) for row in rows]
    spelling = {i: c for c, i in number.items()} | {PAD: "·", UNKNOWN: "?", BEGIN: "<"}
    return ["".join(spelling[i] for i in row[:end]) for row, end in zip(rows, ends, strict=True)]


known = {text for text, _, _ in train_names}
print("temperature  by heart  different")
for temperature in (0.05, 0.3, 0.7, 1.0, 1.5):
    texts = write(scaled(full=200, smoke=20), temperature, seed=int(100 * temperature))
    heart = sum(text in known for text in texts) / len(texts)
    print(f"{temperature:>11}  {heart:>8.0%}  {len(set(texts)):>9}   {' · '.join(texts[:5])}")

# %% [markdown]
# **What you saw.** Near temperature 0 it writes a handful of names, again and again. Low temperatures are safe and
# repeat themselves. At 1 the model invents names that could exist, in languages that could exist. At 1.5 the letters
# fall apart. It knows next to none of the names by heart: it has learned how names sound. Large language models write
# in the same way, one token at a time, with the same knob.
