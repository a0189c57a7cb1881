# %% [markdown]
# ## 8 · Beside a recurrent network
#
# The model before the transformer: a GRU reads the source from both sides, another GRU writes, and additive attention
# ([Bahdanau et al., 2015](https://arxiv.org/abs/1409.0473)) connects them. It has the same width, the same
# batches and the same optimizer; 500 steps are enough for it.


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
models["recurrent"].eval()
few = [t[: scaled(full=2000, smoke=40)] for t in unseen]
long = reversals(scaled(full=1000, smoke=40), seed=10**6 + 2, low=21, high=40)
print("model                 parameters  steps  seconds  2–20 digits  21–40 digits")
for name in ("sinusoidal", "rotary from the end", "recurrent"):
    size, history = sum(p.numel() for p in models[name].parameters()), histories[name]
    right, far = (right_answers(models[name], *t).float().mean() for t in (few, long))
    print(
        f"{name:20} {size:11,} {history.steps:6} {history.seconds:8.0f} {right:12.2%} {far:13.2%}"
    )

# %% [markdown]
# How much must be done **one after the other** in a training step on $n$ digits? The GRUs take $n + 1$ steps to read
# and $n + 1$ to write, each waiting for the one before. The transformer computes all places side by side. The cell
# counts: autograd has linked each operation to those it came from. The longest chain of such links, from the loss back
# to the embeddings, is what no machine can do at once. Seconds depend on the machine; this number does not.


# %% experiment="chain_experiment"
# Experiment · The longest chain of operations in a training step
def longest_chain(loss: torch.Tensor) -> int:
    """Operations on the longest way back from the loss, each of which waits for the one before."""
    length, stack = {}, [loss.grad_fn]
    while stack:
        before = [node for node, _ in stack[-1].next_functions if node is not None]
        todo = [node for node in before if node not in length]
        if todo:
            stack += todo
        else:
            length[stack.pop()] = 1 + max((length[node] for node in before), default=0)
    return length[loss.grad_fn]


lengths_tried, chains = [5, 10, 20, 40], {}
for name in ("sinusoidal", "recurrent"):
    model = copy.deepcopy(models[name]).cpu()  # a GPU's GRU is one operation, and hides its steps
    batches = (reversals(4, seed=7, low=n, high=n) for n in lengths_tried)
    forced_batches = ((source, *teacher_forcing(*rest)) for source, *rest in batches)
    chains[name] = [longest_chain(seq2seq_loss(model, batch)) for batch in forced_batches]
    print(
        f"{name:12}",
        *(f"{n} digits: {c}" for n, c in zip(lengths_tried, chains[name], strict=True)),
    )

# %% figure="chain_curves"
# Figure · The longest chain against length
fig, ax = plt.subplots(figsize=(7, 3))
axis_words = {"title": "One after the other", "xlabel": "digits", "ylabel": "operations"}
plots.curves(ax, chains, x=lengths_tried, **axis_words)
ax.set_ylim(bottom=0)
plots.show(
    fig,
    alt="Operations that must be done one after the other against length. The recurrent model's line rises steadily "
    "from about 240 at 5 digits to about 1,540 at 40; the transformer's is flat at 59.",
    caption="Each additional digit makes the recurrent model's chain 37 operations longer. The transformer's does not "
    "grow.",
)

# %% [markdown]
# **What you saw.** Both solve the task for the lengths of training; the recurrent network is even smaller, and took
# half the steps. But it waits: the chain of its operations grows with the length, the transformer's depends on its
# number of blocks alone. Hardware that computes thousands of places at once shortens the work, not the waiting. In
# *decoding* the transformer has no such advantage: there it too writes one token after the other. Beyond 20 digits the
# recurrent network fades as well; here, positions counted from the end carry further.
