# %% [markdown]
# ## 6 · What the model reads
#
# The weights $\alpha_{ij}$ say where the model looks while it writes. Nobody told it. Each map below is
# one date: the output runs down, the input runs across. Find the month: which letters do the two digits
# after the first hyphen look at?


# %% figure="alignment"
# Figure · How an alignment is drawn
@torch.no_grad()
def align(model: nn.Module, source: str, closed: slice = slice(0, 0)) -> tuple[str, torch.Tensor]:
    """What the model writes for a line, and where it looks for each sign of it (T, S); never at `closed`."""
    x = torch.tensor([[source_code[letter] for letter in source]], device=device)
    mask = torch.ones_like(x, dtype=torch.bool)
    attended = mask.clone()
    attended[:, closed] = False
    state = model.start(x, mask, attended)
    first = torch.full((1,), BEGIN, device=device)
    tokens = greedy(model.step, state, first, END, PAD, MAX_TARGET)
    text = spell(tokens[0])
    inputs = torch.cat([first[:, None], tokens[:, : len(text)]], dim=1)[:, : len(text)]
    return text, model.decode(inputs, state)[1][0]


def draw_map(source: str, title: str) -> None:
    """The alignment of one line as a heat map."""
    text, weights = align(rnnsearch, source)
    fig = plots.attention(weights, list(text), list(source), title=f"{title}: {text}")
    plots.show(
        fig,
        alt=f"Attention weights: the signs of {text} run down, the letters of {source} run across. "
        "Bright cells show where the model looks.",
        caption=f"{source} → {text}",
    )


# %% figure="alignment_maps"
# Figure · One date in five languages, aligned
shown_day = datetime.date(test_years[-2], 9, 21)
for language, name in LANGUAGES.items():
    draw_map(write_date(shown_day, language, STYLES[language][2 if language == "en" else 1]), name)

# %% figure="alignment_explorer"
# Figure · Point at a sign of the answer
explored_line = write_date(shown_day, "it", STYLES["it"][1])
explored_answer, explored_weights = align(rnnsearch, explored_line)
plots.explore_attention(
    explored_weights,
    list(explored_answer),
    list(explored_line),
    caption="Point at a sign that the model wrote: the letters show how it read them for this sign.",
)

# %% [markdown]
# The maps show single lines. The next cell measures: over 100 dates in words per language, how much of
# their attention do the two month digits spend on the letters of the month's name, and with one more place
# on each side?


# %% experiment="month_share"
# Experiment · How much attention lies on the month's name
def month_share(language: str, n: int, rng: random.Random) -> tuple[float, float]:
    """The mean share of attention of the month's digits on the month's name, and one place around it."""
    inside, around = 0.0, 0.0
    for _ in range(n):
        day = datetime.date(rng.choice(test_years), 1, 1) + datetime.timedelta(rng.randrange(365))
        source = write_date(day, language, STYLES[language][0])
        month = format_date(day, "MMMM", locale=language)
        start, end = source.index(month), source.index(month) + len(month)
        _, weights = align(rnnsearch, source)
        digits = weights[5:7].mean(dim=0) if len(weights) > 6 else weights.mean(dim=0)  # (S,)
        inside += digits[start:end].sum().item() / n
        around += digits[max(0, start - 1) : end + 1].sum().item() / n
    return inside, around


rng = random.Random(3)
month_shares = {
    language: month_share(language, scaled(full=100, smoke=3), rng) for language in STYLES
}
for language, (inside, around) in month_shares.items():
    print(
        f"{LANGUAGES[language]:>8}: {inside:.3f} on the name, {around:.3f} with one place on each side"
    )

# %% figure="crossing"
# Figure · Two dates on one line, aligned
line = "; ".join(write_date(shown_day, code, STYLES[code][1]) for code in ("it", "en"))
draw_map(line, "Two dates")

# %% [markdown]
# **What you saw.** The orders cross: the year stands last and is written first; the day, which comes first in four of
# the five languages, is written last. Most of the attention of the month's digits lies on the month's name or right
# beside it. With two dates the same picture appears twice, one below the other. Nobody taught the model where to
# look: the loss on the output did.

# %% [markdown]
# **Experiment.** Is what the model looks at also what it needs? A map cannot tell. Close a place and see: its
# weight becomes exactly 0 and the others share what it had, while the encoder reads the whole line as before. Your
# `masked_softmax` does it, with a mask that is False there.
#
# **Predict.** If the whole name of the month is closed, how often is the month still right: never, at times, or
# nearly always?

# %% experiment="closed_places"
# Experiment · Some letters get a weight of zero
PARTS_OF_DATE = {"year": slice(0, 4), "month": slice(5, 7), "day": slice(8, 10)}
closed_right = {name: dict.fromkeys(PARTS_OF_DATE, 0.0) for name in ("nothing", "weekday", "month")}
rng = random.Random(4)
n_closed = scaled(full=200, smoke=5)
for i in range(n_closed):
    day = datetime.date(rng.choice(test_years), 1, 1) + datetime.timedelta(rng.randrange(365))
    language = list(STYLES)[i % len(STYLES)]
    source = write_date(day, language, STYLES[language][0])
    names = {"weekday": "EEEE", "month": "MMMM"}
    places = {"nothing": slice(0, 0)}
    for name, pattern in names.items():
        word = format_date(day, pattern, locale=language)
        places[name] = slice(source.index(word), source.index(word) + len(word))
    for name, closed in places.items():
        text, _ = align(rnnsearch, source, closed)
        for part, where in PARTS_OF_DATE.items():
            closed_right[name][part] += (text[where] == day.isoformat()[where]) / n_closed
for name, right in closed_right.items():
    shares = ", ".join(f"{part} {share:.2f}" for part, share in right.items())
    print(f"{name:>8} closed: right {shares}")

# %% [markdown]
# **What you saw.** Close the weekday, and nothing changes. Close the month's name, and the month is lost: it is right
# about as often as a guess among twelve. Year and day stay as they were. The neighbors' states could have told the
# month, for the encoder reads in both directions; but nothing in the training asked them to. So here the map is
# honest: what the model looks at, it needs.
