# %% [markdown]
# ### The whole model
#
# One encoder block, one decoder block, width 64. The source begins with BEGIN too: read backwards, it comes
# last, just where END belongs. Places and steps count from 0: BEGIN has place 0, $n$ digits have the places 1 to
# $n$, and at step $t$ the decoder needs place $n - t$. `scheme` says how positions come in; the rotary ones wait
# for section 7.


# %% [markdown]
# ![Left, the source BEGIN 4 2 7 goes through symbols and table, the encoder and memory_norm, and becomes the
# memory. Right, the target BEGIN 7 2 4 goes through the decoder, which reads the memory, then norm and head; out
# comes 7 2 4 END.](figures/encoder_decoder.svg)
#
# *The whole model. Norms and sums inside of the blocks are left out; sections 2 and 5 show them.*

# %% given="transformer"
class Transformer(nn.Module):
    """An encoder–decoder of one block each; `scheme` says how it knows positions."""

    def __init__(self, scheme: str, d_model: int = 64, n_heads: int = 4, longest: int = 42) -> None:
        super().__init__()
        self.scheme, rotary = scheme, scheme.startswith("rotary")
        self.symbols = nn.Embedding(N_SYMBOLS, d_model)
        if scheme == "learned":
            self.table = nn.Parameter(torch.randn(longest, d_model))
        elif not rotary:
            self.register_buffer("table", sinusoidal_encoding(longest, d_model))
        self.encoder = EncoderBlock(d_model, n_heads, 2 * d_model, rotary=rotary)
        self.decoder = DecoderBlock(d_model, n_heads, 2 * d_model, rotary=rotary)
        self.memory_norm, self.norm = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, N_SYMBOLS)

    def positions(self, tokens: torch.Tensor, source: bool) -> torch.Tensor:
        """Places counted from the start, (T,), or, in a source, from its end, (B, T)."""
        place = torch.arange(tokens.shape[1], device=tokens.device)
        if source and self.scheme.endswith("from the end"):
            return (tokens != PAD).sum(dim=1, keepdim=True) - 1 - place
        return place

    def embed(self, tokens: torch.Tensor, source: bool) -> torch.Tensor:
        x = self.symbols(tokens)  # (B, T, d_model)
        if self.scheme.startswith("rotary"):
            return x
        return x + self.table[self.positions(tokens, source).clamp(min=0)]

    def encode(self, source: torch.Tensor) -> torch.Tensor:
        """source (B, S) → memory (B, S, d_model)."""
        at, mask = self.positions(source, True), (source != PAD)[:, None]  # (B, 1, S)
        x = self.encoder(self.embed(source, True), mask, (at, at))
        return self.memory_norm(x)

    def decode(
        self, target: torch.Tensor, memory: torch.Tensor, source: torch.Tensor
    ) -> torch.Tensor:
        """target (B, T) → logits of each next token (B, T, N_SYMBOLS)."""
        at, mask = self.positions(target, False), (source != PAD)[:, None]  # (B, 1, S)
        cross = (at, self.positions(source, True))
        x = self.decoder(self.embed(target, False), memory, mask, (at, at), cross)
        return self.head(self.norm(x))

    def forward(self, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return self.decode(target, self.encode(source), source)


# %% given="reversal_data"
def reversals(
    count: int, seed: int, low: int = 2, high: int = 20
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Sources (count, high + 1) with BEGIN, reversed answers (count, high), lengths (count,); padded."""
    g = torch.Generator().manual_seed(seed)
    lengths = torch.randint(low, high + 1, (count,), generator=g)
    digits, place = torch.randint(10, (count, high), generator=g), torch.arange(high)
    real = place < lengths[:, None]
    source = F.pad(digits.where(real, PAD), (1, 0), value=BEGIN)
    backwards = digits.gather(1, (lengths[:, None] - 1 - place).clamp(min=0))
    return source, backwards.where(real, PAD), lengths


def seq2seq_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy over the labels that are not padding."""
    source, inputs, labels = batch
    return F.cross_entropy(model(source, inputs).flatten(0, 1), labels.flatten(), ignore_index=PAD)


source, target, _ = reversals(1, seed=3, low=3, high=6)
print(spell(source[0]), "→", spell(target[0]))


# %% given="seq2seq_decoding"
@torch.no_grad()
def answers(model: nn.Module, source: torch.Tensor, max_length: int) -> torch.Tensor:
    """Greedy answers of a model with `encode` and `decode`, (B, max_length), padded."""
    memory = model.encode(source)
    start = source.new_full((len(source), 1), BEGIN)
    tokens = greedy_decode(
        lambda tokens: model.decode(tokens, memory, source)[:, -1], start, max_length
    )
    return F.pad(tokens, (0, max_length - tokens.shape[1]), value=PAD)


def right_answers(
    model: nn.Module, source: torch.Tensor, target: torch.Tensor, lengths: torch.Tensor
) -> torch.Tensor:
    """(N,) bool: is the whole answer right, END included? Decodes 1,000 at a time, short ones first."""
    _, labels = teacher_forcing(target, lengths)
    right = torch.zeros(len(source), dtype=torch.bool)
    for some in lengths.argsort().split(1000):
        written = answers(model, source[some].to(place), labels.shape[1]).cpu()
        right[some] = (written == labels[some]).all(dim=1)
    return right


# %% experiment="seq2seq_training"
# Experiment · The encoder–decoder learns to reverse digits
def train_reversal(model: nn.Module, steps: int, title: str, seed: int = 0, show: bool = False):
    """Trains on fresh sequences of lengths 2 to 20, each seen once; returns the history."""
    source, target, lengths = reversals(64 * steps, seed)
    batches = Batches(source, *teacher_forcing(target, lengths), batch_size=64, device=place)

    def schedule(progress: float) -> float:  # Exercise 4
        return learning_rate_factor(int(progress * steps), steps // 10, steps)

    return fit(
        model,
        batches,
        seq2seq_loss,
        steps=steps,
        lr=1e-2,
        schedule=schedule,
        title=title,
        show=show,
    )


device.seed_everything(0)
models, seq2seq_steps = (
    {"sinusoidal": Transformer("sinusoidal").to(place)},
    scaled(full=1000, smoke=4),
)
history = train_reversal(models["sinusoidal"], seq2seq_steps, "Encoder–decoder", show=True)
histories = {"sinusoidal": history}

# %% experiment="seq2seq_test"
# Experiment · The encoder–decoder on unseen digits
unseen = reversals(scaled(full=10_000, smoke=60), seed=10**6)
source, target, lengths = unseen
right = right_answers(models["sinusoidal"], *unseen)
seq2seq_exact_match = right.float().mean().item()
print(
    f"exact match on {len(right):,} unseen sequences of 2 to 20 digits: {seq2seq_exact_match:.2%}"
)
print(f"after {seq2seq_steps} steps and {histories['sinusoidal'].seconds:.0f} s of training")
short = answers(models["sinusoidal"], source[:3].to(place), 21).cpu()
for s, a in zip(source[:3], short, strict=True):
    print(" ".join(spell(s[s != PAD])), "→", " ".join(spell(a[a != PAD])))

# %% [markdown]
# ![Queries come from x, keys and values from the memory. In the table of weights BEGIN reads 7, 7 reads 2, 2
# reads 4; the column of padding is 0, because the mask is 0 there. The weights average the values to the
# output.](figures/cross_attention.svg)
#
# *Rows are tokens of the answer, columns those of the source. A masked column gets no weight in any row.*

# %% [markdown]
# **Experiment.** Watch it write. For each token the cross-attention says which places of the source it reads;
# one frame per step, the mean over the four heads. Predict: in which direction does the bright cell move?


# %% figure="cross_maps"
# Figure · How weights of the cross-attention are read out
@torch.no_grad()
def cross_weights(model: nn.Module, source: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Weights of the cross-attention for one source (1, S) and its answer so far (1, T): (n_heads, T, S)."""
    caught = {}

    def catch(_, args: tuple, kwargs: dict) -> None:
        caught.update(zip(("x", "context", "mask", "positions"), args, strict=False), **kwargs)

    attention = model.decoder.cross_attention
    handle = attention.register_forward_pre_hook(catch, with_kwargs=True)
    model(source, tokens)
    handle.remove()
    return attention.weights(caught["x"], caught["context"], caught["positions"])[0].cpu()


# %% figure="cross_animation"
# Figure · Cross-attention, step by step
source, _, _ = reversals(1, seed=5, low=9, high=9)
answer = answers(models["sinusoidal"], source.to(place), 10).cpu()
tokens = torch.cat([torch.tensor([[BEGIN]]), answer], dim=1)[:, :-1]  # (1, 10), what it reads
weights = cross_weights(models["sinusoidal"], source.to(place), tokens.to(place)).mean(dim=0)
figures, moments, written = [], [], spell(answer[0])
rows = [str(step) for step in range(len(written))]
for step in range(len(written)):
    seen = weights.clone()
    seen[step + 1 :] = 0
    title = f"It has {' '.join(spell(tokens[0, : step + 1]))} and writes {written[step]}"
    figures.append(plots.attention(seen, rows, spell(source[0]), title=title))
    moments.append(f"step {step}, writes {written[step]}")
plots.animate(
    figures,
    labels=moments,
    alt="Cross-attention weights, one more row at each step. The bright band of the first step lies on the last "
    "digits of the source; it moves one place to the left at each step and ends at BEGIN.",
    caption="Press Play or move the slider. The decoder reads the source from right to left; rows that are not "
    "written yet are dark.",
)

# %% [markdown]
# **What you saw.** The decoder knows that it is at step $t$, and it must read place $n - t$. It has learned to
# find the end of the source, which differs from sequence to sequence, and to count back from there. The four
# heads do not agree on one cell, their mean is a band, but the band moves one place per step. When it
# arrives at BEGIN, the decoder writes END.
