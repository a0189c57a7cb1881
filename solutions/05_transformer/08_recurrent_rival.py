# %% [markdown]
# ## 8 · Beside a recurrent network
#
# The model before the transformer: a GRU reads the source from both sides, another GRU writes, and additive attention
# ([Bahdanau et al., 2015](https://arxiv.org/abs/1409.0473)) connects them. It has the same width and batches, and 500
# steps instead of 1000, because each takes longer.


# %% given="recurrent"
class Recurrent(nn.Module):
    """A GRU encoder–decoder with additive attention."""

    def __init__(self, d: int = 64) -> None:
        super().__init__()
        self.symbols = nn.Embedding(N_SYMBOLS, d)
        self.reader = nn.GRU(d, d // 2, batch_first=True, bidirectional=True)
        self.writer = nn.GRUCell(2 * d, d)
        self.query, self.key = nn.Linear(d, d, bias=False), nn.Linear(d, d)
        self.score, self.head = nn.Linear(d, 1, bias=False), nn.Linear(2 * d, N_SYMBOLS)

    def encode(self, source: torch.Tensor) -> torch.Tensor:
        """source (B, S) → memory (B, S, d); packed, so that the way back begins at the last digit."""
        pack, unpack = nn.utils.rnn.pack_padded_sequence, nn.utils.rnn.pad_packed_sequence
        lengths = (source != PAD).sum(dim=1).cpu()
        packed = pack(self.symbols(source), lengths, batch_first=True, enforce_sorted=False)
        return unpack(self.reader(packed)[0], batch_first=True, total_length=source.shape[1])[0]

    def decode(
        self, target: torch.Tensor, memory: torch.Tensor, source: torch.Tensor
    ) -> torch.Tensor:
        """target (B, T) → logits of each next token (B, T, N_SYMBOLS), one step after the other."""
        mask, keys, state, outputs = source != PAD, self.key(memory), memory[:, 0], []
        for x in self.symbols(target).unbind(dim=1):  # (B, d)
            scores = self.score(torch.tanh(keys + self.query(state)[:, None]))[..., 0]  # (B, S)
            weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=1)
            context = (weights[:, None] @ memory)[:, 0]  # (B, d)
            state = self.writer(torch.cat([x, context], dim=1), state)
            outputs.append(torch.cat([state, context], dim=1))
        return self.head(torch.stack(outputs, dim=1))

    def forward(self, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return self.decode(target, self.encode(source), source)


# %% experiment="recurrent_training"
# Experiment · A recurrent rival learns the same task
device.seed_everything(0)
models["recurrent"] = Recurrent().to(place)
histories["recurrent"] = train_reversal(models["recurrent"], scaled(full=500, smoke=4), "Recurrent")
few = [t[: scaled(full=2000, smoke=40)] for t in unseen]
print("model                 parameters  steps  seconds  exact match  tokens/s in training")
for name in ("sinusoidal", "rotary from the end", "recurrent"):
    size = sum(p.numel() for p in models[name].parameters())
    history, right = histories[name], right_answers(models[name], *few).float().mean()
    speed = history.samples * (unseen[2].float().mean() + 1) / history.seconds  # END counts
    print(
        f"{name:20} {size:11,} {history.steps:6} {history.seconds:8.0f} {right:12.2%} {speed:21,.0f}"
    )

# %% [markdown]
# Where does the difference come from? Count what must be done **one after the other** in a training step on
# $n$ digits. The GRUs take $n + 1$ steps to read and $n + 1$ to write, each waiting for the one before. The
# transformer takes two blocks, however long the sequence: all places are computed side by side. The cell
# times training steps with a small batch, where a machine waits more than it computes.

# %% experiment="parallel_experiment"
# Experiment · Time of a step on short and on long input
lengths_tried, milliseconds = [5, 10, 20, 40], {}
for name in ("sinusoidal", "recurrent"):
    milliseconds[name] = []
    for n in lengths_tried:
        source, target, lengths = (t.to(place) for t in reversals(4, seed=7, low=n, high=n))
        batch = (source, *teacher_forcing(target, lengths))
        fastest = math.inf
        for _ in range(scaled(full=15, smoke=3)):
            began = time.perf_counter()
            seq2seq_loss(models[name], batch).backward()
            device.synchronize(place)
            fastest = min(fastest, time.perf_counter() - began)
        milliseconds[name].append(1000 * fastest)
for name, values in milliseconds.items():
    print(f"{name:12} 40 digits take {values[-1] / values[0]:.1f} times as long as 5")

# %% figure="parallel_curves"
# Figure · Time of a step against length
fig, ax = plt.subplots(figsize=(7, 3))
axis_words = {"title": "Forward and backward, batches of 4", "xlabel": "digits", "ylabel": "ms"}
plots.curves(ax, milliseconds, x=lengths_tried, **axis_words)
plots.show(
    fig,
    alt="Milliseconds of a forward and backward pass against length. The recurrent model's time grows with the "
    "length; the transformer's stays almost flat.",
    caption="The recurrent model's time grows with the length. The transformer hardly notices.",
)

# %% [markdown]
# **What you saw.** Both solve the task; the recurrent network is even smaller. But it waits: in training, its time
# grows with the length, while a transformer's waiting depends on its depth alone. Hardware that computes
# thousands of places at once shortens the work, not the waiting. In *decoding* the transformer has no such
# advantage: there it too writes one token after the other.
