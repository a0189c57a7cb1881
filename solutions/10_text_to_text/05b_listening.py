# %% [markdown]
# ### How wrong is a line?
#
# Half of a word can be right. So speech is judged by **edit distance**: the fewest signs that must be inserted, dropped
# or replaced to make one text of the other. From `PARIS` to `PAIRS` it takes 2. Divided by the length of what was sent,
# it is the **character error rate**, CER; it may be above 1, when more is written than was sent.
#
# A table finds it. Its entry $D_{ij}$ is the distance of the first $i$ signs of $a$ to the first $j$ of $b$:
#
# $$D_{ij} = \min\left(D_{i-1,j} + 1,\; D_{i,j-1} + 1,\; D_{i-1,j-1} + [a_i \ne b_j]\right)$$

# %% [markdown]
# ![The table of edit distances of ANT and AT: the first row is 0 1 2, the first column 0 1 2 3, and the last entry is
# 1.](figures/edit_distance.svg)
#
# *From ANT to AT; – is the empty text. In its row and column all that is left is to insert, or to drop. Each other
# entry asks its three neighbors. The answer stands last; the shaded entries lead there.*

# %% [markdown]
# ### Exercise 11 · Edit distance (3 points · 15 min · ●○○)
#
# Return the edit distance of two texts, perhaps empty ones: a whole number, the table's last entry. As in Exercise 8,
# two loops fill the table, row by row.
#
# <details><summary>Hint 1: the idea</summary>Begin with row 0, which is 0, 1, 2, …, len(b). Each row needs only the one
# above it.</details>
# <details><summary>Hint 2: the formula</summary>Entry j of the new row: the least of above[j] + 1, row[j − 1] + 1 and
# above[j − 1] + (x ≠ y), where x and y are the signs at hand.</details>
# <details><summary>Hint 3: the line</summary>A new row begins with i, the signs of <code>a</code> used so far:
# <code>row = [i]</code>.</details>


# %% solution="edit_distance"
def edit_distance(a: str, b: str) -> int:
    """The fewest insertions, deletions and replacements of single signs that make b of a."""
    ### BEGIN SOLUTION
    above = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
        above = row
    return above[-1]
    ### END SOLUTION


# %% data="check_distance"
# Data · A comparison of distances, for the checks
def check_distance(a: str, b: str, got: object, right: int, slips: dict[int, str]) -> None:
    """Fails unless the distance is right; slips: a wrong distance → its cause."""
    whole = isinstance(got, numbers.Integral) and not isinstance(got, bool)
    checks.that(whole, f"return a whole number, int(…), not a {type(got).__name__}.")
    likely = f"\n  Likely cause: {slips[got]}" if got in slips else ""
    checks.that(got == right, f'from "{a}" to "{b}": expected {right}, got {got}.{likely}')


# %% check="edit_distance_one" points=1
two, shift = "a sign replaced counts 1, not 2.", "compared sign by sign, one less shifts the rest."
cases = [
    ("E", "E", 0, {1: "equal signs cost nothing: add 1 where the two differ."}),
    ("PARIS", "PARES", 1, {0: "a sign replaced counts 1.", 2: two}),
    ("DELHI", "ELHI", 1, {0: "a sign that is dropped counts 1.", 4: shift, 5: shift}),
    ("ELHI", "DELHI", 1, {0: "a sign that is inserted counts 1.", 4: shift, 5: shift}),
    ("K1AB", "W1AC", 2, {1: "the first sign counts, too.", 4: two}),
]
for a, b, right, slips in cases:
    check_distance(a, b, checks.run(edit_distance, a, b), right, slips)
checks.passed("equal signs are free; one replaced, dropped or inserted counts 1")

# %% check="edit_distance_ends" points=1
row = "row 0 is 0, 1, 2, …: an empty text needs an insertion for each sign of the other."
column = "each row begins with the signs of a used so far: they are dropped."
late = "after the first sign of a its row begins with 1, not with 0."
cases = [
    ("", "", 0, {}),
    ("", "73", 2, {0: row}),
    ("RST", "", 3, {0: column, 2: late}),
    ("599", "599", 0, {3: "equal signs cost nothing."}),
    ("SOS", "QTH", 3, {0: "signs may be replaced, 1 each.", 6: two}),
    ("AB", "BA", 2, {1: "swapping is not one of the three steps; it takes two of them."}),
]
for a, b, right, slips in cases:
    check_distance(a, b, checks.run(edit_distance, a, b), right, slips)
checks.passed("empty, equal and wholly different texts")

# %% check="edit_distance_long" points=1
cases = [("CQ DE DL5XYZ", "C DEE DL5XZ", 3), ("TNX KAREN 73 " * 9, "TNX AREN 73 " * 9, 9)]
for a, b, right in cases:
    check_distance(a, b, checks.run(edit_distance, a, b), right, {})
### BEGIN HIDDEN TESTS
for a, b, right in (("KITTEN", "SITTING", 3), ("SUNDAY", "SATURDAY", 3), ("ABCDEF", "FABCDE", 2)):
    check_distance(a, b, checks.run(edit_distance, a, b), right, {})
rng = random.Random(11)
for _ in range(5):
    a, b, c = (signs(rng, 5, 12, SIGNS[1:5]) for _ in range(3))
    ab, ba, ac, cb = (checks.run(edit_distance, *pair) for pair in ((a, b), (b, a), (a, c), (c, b)))
    checks.that(ab == ba, f"{a} to {b} is {ab}, and back {ba}: both ways cost the same.")
    checks.that(ab <= ac + cb, f"{a} to {b} costs more than by way of {c}.")
### END HIDDEN TESTS
checks.passed("long texts")

# %% [markdown]
# ### The classical decoder
#
# Radio amateurs' programs read Morse without any training. So do the next two cells:
#
# 1. The strongest pitch is found. A *band-pass filter* lets only its neighborhood through; what is left has an
#    *envelope*, the loudness of the tone.
# 2. A *threshold* tells marks from gaps. It follows the fading, at two fifths of the local maximum, and stays above 3.1
#    times the noise beside the tone.
# 3. *Run lengths* far shorter than a dot are noise. Twelve lengths of a dot are tried; the best is where marks come
#    closest to 1 or 3 dots, and gaps to 1, 3 or 7.
# 4. Lengths become letters.
#
# Its seven numbers were found by a search on 200 other messages at 0 dB: there it is at its best.


# %% data="envelope"
# Data · The classical decoder: pitch, band-pass filter, envelope
FINE = 200  # values of an envelope a second


def smooth(x: torch.Tensor, width: float) -> torch.Tensor:
    """A running average of each row (B, N), with Gaussian weights."""
    reach = int(3 * width) + 1
    weights = torch.exp(-(torch.arange(-reach, reach + 1, device=x.device) ** 2) / (2 * width**2))
    padded_x = F.pad(x[:, None], (reach, reach), mode="replicate")
    return F.conv1d(padded_x, (weights / weights.sum())[None, None])[:, 0]


def pitches(spectrum: torch.Tensor) -> torch.Tensor:
    """The strongest pitch of each recording between 350 and 850 Hz, (B,) Hz."""
    power = smooth(spectrum.abs() ** 2, 6.0 * SECONDS)
    hertz = torch.arange(power.shape[1], device=power.device) / SECONDS
    return power.masked_fill((hertz < 350) | (hertz > 850), 0).argmax(dim=1) / SECONDS


def envelope(spectrum: torch.Tensor, hertz: torch.Tensor, width: float) -> torch.Tensor:
    """How loud the band around a pitch (B,) is, (B, FINE · SECONDS); `width` in Hz: its Gaussian's deviation."""
    n = FINE * SECONDS
    offset = torch.arange(-n // 2, n // 2, device=hertz.device)
    at = ((hertz * SECONDS).round().long()[:, None] + offset).clamp(0, spectrum.shape[1] - 1)
    band = spectrum.gather(1, at) * torch.exp(-((offset / SECONDS) ** 2) / (2 * width**2))
    return torch.fft.ifft(torch.fft.ifftshift(band, dim=1)).abs()


# %% data="classical"
# Data · The classical decoder: threshold, run lengths, letters
SIGN_OF = {code: sign for sign, code in MORSE.items()}
FILTER, HIGH, NEARBY, FLOOR, SHORTEST, LONG, WORD = 0.28, 0.4, 0.6, 3.1, 0.3, 1.8, 5.0


def lengths_of(down: torch.Tensor, shortest: float) -> tuple[bool, list[int]]:
    """Whether a recording begins with a mark, and the lengths of marks and gaps without the short ones."""
    edges = F.pad((down[1:] != down[:-1]).nonzero()[:, 0] + 1, (1, 1))
    edges[-1] = len(down)
    lengths = edges.diff().tolist()
    while len(lengths) > 2:
        i = min(range(1, len(lengths) - 1), key=lengths.__getitem__)
        if lengths[i] >= shortest:
            break
        lengths[i - 1 : i + 2] = [sum(lengths[i - 1 : i + 2])]
    return bool(down[0]), lengths


def misfit(mark: bool, lengths: list[int], dot: float) -> float:
    """How far marks are from 1 and 3 dots, gaps from 1, 3 and 7: mean difference of logarithms, each at most 0.7."""
    total = 0.0
    for i, length in enumerate(lengths[1:-1], start=1):
        ideal = (1, 3) if mark ^ (i % 2 == 1) else (1, 3, 7)
        total += min(0.7, *(abs(math.log(length / dot / n)) for n in ideal))
    return total / max(1, len(lengths) - 2) if len(lengths) > 2 else math.inf


def spelled(mark: bool, lengths: list[int], dot: float) -> str:
    """Marks and gaps as text; ? for what is no sign."""
    text = code = ""
    for i, length in enumerate([*lengths, math.inf]):
        if mark ^ (i % 2 == 1) and i < len(lengths):
            code += "." if length < LONG * dot else "-"
        elif length >= LONG * dot:
            text += (SIGN_OF.get(code, "?") if code else "") + " " * (length >= WORD * dot)
            code = ""
    return " ".join(text.split())


def classical(waves: torch.Tensor) -> list[str]:
    """What the classical decoder reads in recordings (B, N)."""
    spectrum = torch.fft.rfft(waves)
    hertz, best = pitches(spectrum), [(math.inf, "")] * len(waves)
    for dot in torch.logspace(math.log10(0.026), math.log10(0.056), 12).tolist():  # seconds
        width = 1 / (2 * math.pi * FILTER * dot)
        loud = envelope(spectrum, hertz, width)
        beside = [envelope(spectrum, hertz + shift, width) for shift in (-150, 150)]
        noise = torch.minimum(*(band.median(dim=1).values for band in beside))[:, None]
        reach = int(NEARBY * FINE) // 2
        top = smooth(F.max_pool1d(loud[:, None], 2 * reach + 1, 1, reach)[:, 0], reach / 3)
        for i, down in enumerate((loud > torch.maximum(HIGH * top, FLOOR * noise)).cpu()):
            mark, lengths = lengths_of(down, SHORTEST * dot * FINE)
            found = misfit(mark, lengths, dot * FINE)
            if found < best[i][0]:
                best[i] = (found, spelled(mark, lengths, dot * FINE))
    return [text for _, text in best]


# %% given="error_rate"
def error_rate(sent: list[str], read: list[str]) -> float:
    """All edit distances over all signs that were sent."""
    return sum(map(edit_distance, sent, read)) / sum(map(len, sent))


# %% [markdown]
# ### The listener
#
# Whisper's parts, small. Logarithms of your spectrogram around 600 Hz are the *features*, brought to mean 0 and
# variance 1 in each recording. Three convolutions, the *stem*, each read nine places at once, and the first two keep
# every other one: of 299 frames 75 states remain, one for 80 ms, and each has seen more than a second. Sines say when
# (Lab 04). The rest is the encoder and decoder of section 2.
#
# Whisper writes *times* too, as tokens. So does ours: before each sign the state in which it ends.

# %% [markdown]
# ![A recording becomes features, a stem makes 75 states of them, sines are added, the encoder makes the memory. The
# decoder has written time 9, C, time 14, and writes Q next, from the memory.](figures/whisper.svg)
#
# *Sound goes in below, text comes out above. `pad` starts the text, as in section 3.*

# %% given="features"
WIDTH, HOP, STRIDE = 64, 40, 160  # samples: a frame, the step between two, a state
FIRST_TIME = 2 + len(SIGNS)  # tokens: PAD, END, signs, times
N_TOKENS = FIRST_TIME + RATE * SECONDS // STRIDE


def features(wave: torch.Tensor) -> torch.Tensor:
    """Logarithms of the spectrogram from 438 to 750 Hz, mean 0 and variance 1: wave (B, N) → (B, frames, 11)."""
    x = (spectrogram(wave, WIDTH, HOP)[..., 14:25] / math.sqrt(WIDTH) + 0.1).log()
    return (x - x.mean(dim=(1, 2), keepdim=True)) / x.std(dim=(1, 2), keepdim=True)


def sines(S: int, d_model: int) -> torch.Tensor:
    """Sinusoidal positions (S, d_model), all sines, then all cosines; waves of 6 to 544 states at width 64."""
    angles = torch.arange(S)[:, None] * 100 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


# %% [markdown]
# After ‹14› the decoder must look near state 14. So the token of a time starts as the sines of its state, and queries
# and keys start with the same matrix: a time and its state are alike, so their product is large.
#
# At first the encoder hears nothing, so it is no use to look; while nobody looks, the encoder learns nothing. A second
# loss breaks the circle: a linear layer must name each sign from the state in which it ends. Speech recognizers are
# trained in a similar way ([Kim et al., 2017](https://arxiv.org/abs/1609.06773)).


# %% given="listener"
class Listener(nn.Module):
    """Whisper, small: recordings (B, N) in, tokens of times and signs out."""

    def __init__(self, d_model: int = 64, n_heads: int = 4, n_layers: int = 2) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for channels, stride in ((11, 2), (d_model, 2), (d_model, 1)):
            layers += [nn.Conv1d(channels, d_model, 9, stride, padding=4), nn.GELU()]
        self.stem = nn.Sequential(*layers)
        self.encoder = Encoder(d_model, n_heads, n_layers, 4 * d_model)
        self.decoder = Decoder(N_TOKENS, d_model, n_heads, n_layers, 4 * d_model)
        self.name_sign = nn.Linear(d_model, len(SIGNS))  # for the second loss
        with torch.no_grad():  # at first the token of a time looks for its state
            self.decoder.embed.weight[FIRST_TIME:] = sines(N_TOKENS - FIRST_TIME, d_model)
            for block in self.decoder.blocks:
                block.cross.q.weight *= 2
                block.cross.kv.weight[:d_model] = block.cross.q.weight
        for block in (*self.encoder.blocks, *self.decoder.blocks):
            block.drop.p = 0.0  # each time the noise is new: little to learn by heart

    def encode(self, wave: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Memory (B, S, d_model), and its mask (B, S): all of it may be attended to."""
        x = self.stem(features(wave).mT).mT  # (B, S, d_model)
        mask = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
        return self.encoder(x + sines(*x.shape[1:]).to(x), mask), mask

    def loss(self, batch: Batch) -> torch.Tensor:
        """Cross-entropy of each token from the ones before it, plus that of the signs from the states they end in."""
        wave, tokens = batch
        tokens = tokens[:, : tokens.ne(PAD).sum(dim=1).max()]  # (B, T)
        memory, mask = self.encode(wave)
        logits = self.decoder(F.pad(tokens, (1, 0), value=PAD)[:, :-1], memory, mask)
        row, step = tokens.ge(FIRST_TIME).nonzero(as_tuple=True)  # times: a sign follows each
        named = self.name_sign(memory[row, tokens[row, step] - FIRST_TIME])  # (signs, len(SIGNS))
        second = F.cross_entropy(named, tokens[row, step + 1] - 2)
        return F.cross_entropy(logits.mT, tokens, ignore_index=PAD) + second


# %% given="tokens_of_sound"
def with_times(text: str, ends: list[int], length: int = 32) -> list[int]:
    """Tokens of a text, before each sign but the space the state at which it ends; END, then PAD up to `length`."""
    times, tokens = iter(ends), []
    for sign in text:
        if sign != " ":
            tokens.append(FIRST_TIME + next(times) // STRIDE)
        tokens.append(2 + SIGNS.index(sign))
    return [*tokens, END] + [PAD] * (length - len(tokens) - 1)


def text_of(tokens: list[int]) -> str:
    """The signs among tokens, up to END."""
    end = tokens.index(END) if END in tokens else len(tokens)
    return "".join(SIGNS[i - 2] for i in tokens[:end] if 2 <= i < FIRST_TIME)


@torch.no_grad()
def listen(model: Listener, waves: torch.Tensor, longest: int = 32) -> torch.Tensor:
    """What the model writes of recordings (B, N), greedily: tokens (B, T)."""
    memory, mask = model.encode(waves)
    tokens = torch.full((len(waves), 1), PAD, device=waves.device)
    while tokens.shape[1] <= longest and not tokens.eq(END).any(dim=1).all():
        best = model.decoder(tokens, memory, mask)[:, -1].argmax(dim=-1, keepdim=True)
        tokens = torch.cat([tokens, best], dim=1)
    return tokens[:, 1:]
