# %% [markdown]
# ## 8 · Forecasting: errors that feed on themselves
#
# This section *may wait*: no other needs it. It counts, 3 points.
#
# Not only letters come in sequence. Here is a made-up daily series: a trend, a yearly and a half-yearly wave, and a
# noise that lingers for some days. A row is `[day, month, year, value]`. The model reads rows and
# predicts the next day's value. Twelve years: nine to train, the rest to test.

# %% given="series"
noise = torch.randn(4383, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
lingering = [0.0]
for shock in noise[1:].tolist():
    lingering.append(0.9 * lingering[-1] + 0.15 * shock)
days = [datetime.date(2010, 1, 1) + datetime.timedelta(n) for n in range(len(noise))]
angle = 2 * math.pi * torch.arange(len(noise)) / 365.25
shape = torch.sin(angle) + 0.4 * torch.sin(2 * angle + 1) + 0.6 * angle / angle[-1]
value = 1500 + 300 * (shape + torch.tensor(lingering))
table = torch.tensor([(d.day, d.month, d.year) for d in days])
table = torch.cat([table, value[:, None]], dim=1)  # (4383, 4)
n_train, LENGTH, HORIZON = 9 * 365 + 2, 120, 90
mean, std = table[:n_train].mean(dim=0), table[:n_train].std(dim=0)
rows = ((table - mean) / std).float()  # (4383, 4), day, month, year and value scaled
for row in table[:2].tolist():
    print([round(entry) for entry in row])


# %% given="series_model"
class SeriesModel(nn.Module):
    """The next value after each row (B, T) and the state, from rows (B, T, 4)."""

    def __init__(self, d_hidden: int = 64) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, d_hidden, batch_first=True)
        self.output = nn.Linear(d_hidden, 1)

    def forward(self, x: torch.Tensor, state=None) -> tuple[torch.Tensor, tuple]:
        states, state = self.lstm(x, state)  # (B, T, d_hidden)
        return self.output(states)[..., 0], state


# %% experiment="series_training"
# Experiment · A forecaster learns the series
seed_everything(0)
forecaster = SeriesModel()
windows = rows[:n_train].unfold(0, LENGTH + 1, 1).mT.contiguous()  # (N, LENGTH + 1, 4)
training.fit(
    forecaster,
    Batches(windows, batch_size=32, device=cpu),
    lambda model, batch: F.mse_loss(model(batch[0][:, :-1])[0], batch[0][:, 1:, 3]),
    steps=scaled(full=500, smoke=5),
    lr=3e-3,
    precision=torch.float32,
    show=False,
)
print(f"{len(windows)} windows of {LENGTH + 1} days")

# %% [markdown]
# ### Exercise 11 · Forecast (3 points · 15 min · ●●○)
#
# Write `forecast`. `model(x, state)` maps rows `(B, T, 4)` to the next value after each row `(B, T)` and
# the new state; state None means zero. You get the `past` `(B, T, 4)`, and the rows to come, `future`
# `(B, H, 4)`. Their dates, columns 0 to 2, are known; **column 3 is the value that you forecast, and you
# must not read it**.
#
# Predict the first day from the past. Then feed each prediction back, in a row with its own date, and
# carry the state. Return `(B, H)`.
#
# <details><summary>Hint 1: the idea</summary>The prediction after the last row of the past is the value
# of the first future day. That day's row is its date and this prediction.</details>
# <details><summary>Hint 2: the formula</summary>v₀ = model(past)[:, −1]; then v_{k+1} = model(row of date
# k and v_k, state).</details>
# <details><summary>Hint 3: the
# line</summary><code>row = torch.cat([future[:, k, :3], v[:, None]], dim=1)[:, None]</code></details>


# %% solution="forecast"
def forecast(model: Callable, past: torch.Tensor, future: torch.Tensor) -> torch.Tensor:
    """Forecasts by feeding predictions back.

    Args:
        model: (rows (B, T, 4), state) → next value after each row (B, T), new state.
        past: known rows (B, T, 4): day, month, year, value.
        future: rows to come (B, H, 4); only their dates are used.

    Returns:
        The values of the H days to come, (B, H).
    """
    ### BEGIN SOLUTION
    predictions, state = model(past, None)
    values = [predictions[:, -1]]  # (B,)
    for dates in future[:, :-1, :3].unbind(dim=1):
        row = torch.cat([dates, values[-1][:, None]], dim=1)[:, None]  # (B, 1, 4)
        predictions, state = model(row, state)
        values.append(predictions[:, -1])
    return torch.stack(values, dim=1)  # (B, H)
    ### END SOLUTION


# %% [markdown]
# The checks use a model that you can follow by hand: the state is half the old state plus the value, and
# the prediction is the state plus a tenth of the day. Days 1 and 2 have the values 4 and 3:


# %% given="hand_model"
def hand_model(
    x: torch.Tensor, state: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """state ← state / 2 + value, prediction = state + day / 10."""
    checks.that(
        x.dim() == 3, "the model reads rows (B, T, 4): a row must be (B, 1, 4), add [:, None]."
    )
    state, predictions = x.new_zeros(len(x)) if state is None else state, []
    for row in x.unbind(dim=1):
        state = state / 2 + row[:, 3]
        predictions.append(state + row[:, 0] / 10)
    return torch.stack(predictions, dim=1), state


hand_past = torch.tensor([[[1, 1, 0, 4], [2, 1, 0, 3]]]).double()
hand_future = torch.tensor([[[3, 1, 0, 1], [4, 1, 0, 1], [5, 1, 0, 1]]]).double()
print(f"after days 1 and 2: {[round(v, 4) for v in hand_model(hand_past)[0][0].tolist()]}")

# %% check="forecast_by_hand" points=1
values = checks.run(forecast, hand_model, hand_past, hand_future)
checks.shape("the forecast", values, batch=1, days=3)
right = values.new_tensor([[5.2, 8.0, 12.25]])
slips = {
    "true values are fed back: the forecast peeks at column 3 of the future.": [5.2, 3.8, 3.15],
    "the future is read in one call, true values and all: feed one row at a time.": [
        3.8,
        3.15,
        2.875,
    ],
    "the state is not carried: give each call the state of the one before.": [5.2, 5.5, 5.9],
    "the last known value is fed back, not the prediction.": [5.2, 5.8, 6.15],
    "the last row of the past is read twice.": [5.7, 8.75, 13.375],
    "the past already predicts the first day: its last output is your first value.": [
        5.8,
        8.95,
        13.725,
    ],
    "each row needs the date of its own day: the dates are one day late.": [5.2, 8.1, 12.45],
    "the dates do not move on.": [5.2, 8.0, 12.15],
    "the first prediction is missing: it comes from the last row of the past.": [
        8.0,
        12.25,
        18.675,
    ],
    "the first value is the one after the first row of the past; take the last.": [4.1, 6.9, 10.6],
}
slips = {cause: values.new_tensor([wrong]) for cause, wrong in slips.items()}
checks.close("the forecast of days 3, 4 and 5", values, right, slips=slips)
checks.passed("three days as computed by hand")

# %% check="forecast_no_peeking" points=1
past, future = checks.normal(2, 6, 4, seed=110), checks.normal(2, 5, 4, seed=111)
other = future.clone()
other[..., 3] += 1e3
values = checks.run(forecast, hand_model, past, future)
checks.shape("the forecast", values, batch=2, days=5)
changed = (checks.run(forecast, hand_model, past, other) - values).abs().max()
checks.that(
    changed == 0,
    "other true values in the future change the forecast: it peeks at column 3.",
)
checks.passed("the future values are not read")


# %% data="referee_model"
# Data · A model of two layers, for the checks
class Referee(SeriesModel):
    """Another model for the checks: two layers, float64."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 9, num_layers=2, batch_first=True)
        self.output = nn.Linear(9, 1)
        self.double()


# %% check="forecast_state" points=1
model = Referee()
past, future = checks.normal(3, 7, 4, seed=112), checks.normal(3, 6, 4, seed=113)
values = checks.run(forecast, model, past, future)
checks.shape("the forecast", values, batch=3, days=6)
fed = torch.cat([future[..., :3], values.detach()[..., None]], dim=2)[:, :-1]
whole = model(torch.cat([past, fed], dim=1))[0][:, 6:]  # one call over everything
checks.close("the forecast, and one call over the past and the forecast", values, whole)
### BEGIN HIDDEN TESTS
values = checks.run(forecast, hand_model, past[:, :1], future[:, :1])
checks.close("the forecast of one day from one", values, hand_model(past[:, :1])[0])
### END HIDDEN TESTS
checks.passed("the state is carried through: one long call gives the same")

# %% [markdown]
# **Experiment.** Forecast 90 days from many starting days of the test years. Beside it: the one-day
# forecast, which always sees the true value of the day before; a naive rule, the value of the same day
# one year earlier; and the best forecast there can be, by someone who knows how the series was made. When
# does the naive rule win?

# %% experiment="forecast_experiment"
# Experiment · Forecasts of 90 days, made in four ways
starts = range(n_train, len(rows) - HORIZON, scaled(full=2, smoke=100))
past = torch.stack([rows[s - LENGTH : s] for s in starts])  # (B, LENGTH, 4)
true_future = torch.stack([rows[s : s + HORIZON] for s in starts])  # (B, HORIZON, 4)
with torch.no_grad():
    free = forecast(forecaster, past, true_future)
    forced = forecaster(torch.cat([past, true_future], dim=1))[0][:, LENGTH - 1 : -1]
year_ago = torch.stack([rows[s - 365 : s - 365 + HORIZON, 3] for s in starts])
fades = 0.9 ** torch.arange(1, HORIZON + 1)  # all that is known of the noise to come
known = torch.stack([shape[s : s + HORIZON] + lingering[s - 1] * fades for s in starts])
possible = ((1500 + 300 * known - mean[3]) / std[3]).float()
guesses = {"predictions fed back": free, "one day ahead": forced, "best possible": possible}
guesses |= {"one year ago": year_ago}
errors = {
    name: ((guess - true_future[..., 3]) ** 2).mean(dim=0).sqrt() * std[3].item()
    for name, guess in guesses.items()
}
for day in (1, 10, 30, 90):
    print(f"day {day:>2}: " + ", ".join(f"{n} {e[day - 1]:.0f}" for n, e in errors.items()))

# %% figure="forecast_plot"
# Figure · One forecast, and the error by horizon
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
k = len(starts) // 2
shown = {name: guesses[name][k] for name in list(guesses)[:3]}
values = {name: v * std[3].item() + mean[3].item() for name, v in shown.items()}
words = {"xlabel": "days ahead"}
true_values = true_future[k, :, 3] * std[3].item() + mean[3].item()
axes[0].plot(range(1, HORIZON + 1), true_values, color="gray", linewidth=3, alpha=0.6, label="true")
plots.curves(axes[0], values, title=f"From {days[starts[k]]} on", ylabel="value", **words)
plots.curves(
    axes[1], errors, title="Error on the test years", ylabel="root mean square error", **words
)
axes[1].set_ylim(bottom=0)
axes[1].legend(loc="lower right", ncols=2, fontsize="small")
plots.show(
    fig,
    alt="Left: one true series and three forecasts; the one with predictions fed back leaves it. Right: error against "
    "the horizon. One day ahead: flat and low. Fed back: rises, above the best possible forecast, which rises too "
    "and levels off. One year ago: flat and high.",
    caption="Fed back, predictions are inputs. Their error grows with every step, and more than it has to."
    + quick,
)

# %% [markdown]
# **What you saw.** The model is the same; only its input differs. With true inputs the error stays low. With its own
# predictions as inputs it grows. Part of that is fate: new noise comes every day, and even the best possible forecast
# loses. The distance to that curve is the model's own: each of its errors is an input of the next step. The naive
# rule catches up, in three runs after 20, 38 and 88 days. In training the model saw true values only, never its own
# mistakes. Text that is generated token by token runs the same risk.
