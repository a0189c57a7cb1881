# %% [markdown]
# ## 5 · A Whisper for Morse
#
# Text in, text out: the encoder need not read text. Whisper's reads sound, and its decoder writes what was said
# ([Radford et al., 2022](https://arxiv.org/abs/2212.04356)). It learned from 680,000 hours of speech. You build the
# same thing for a language whose sound a lab can make itself: Morse code, sent by an unsteady hand, through noise.
# Beside it stands a decoder that nobody trained, made as radio amateurs make theirs. This section *may wait*: no
# other needs it. It counts, 8 points.

# %% [markdown]
# ![PARIS in Morse code on a line of dots: P is short, long, long, short; a mark is one or three dots long, a gap inside
# a letter one, between letters three, after the word seven; all together 50 dots.](figures/paris.svg)
#
# *The word PARIS, and the gap after it, last 50 dots. So w words a minute make a dot of 60 / (50 w) = 1.2 / w seconds:
# 40 ms at 30 words a minute.*

# %% given="morse_code"
CODES = ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
CODES += " ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
MORSE = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", CODES.split(), strict=True))
SIGNS = [" ", *MORSE]  # what a message is made of

print(len(SIGNS), "signs;", "E is", MORSE["E"], "and Q is", MORSE["Q"])

# %% [markdown]
# ### Exercise 9 · Marks and gaps (2 points · 10 min · ●○○)
#
# Return the lengths of all marks and gaps of a message, in dots: mark, gap, mark, and so on; the first and the last are
# marks. A mark is 1 (a dot) or 3 (a dash). A gap is 1 inside a letter, 3 between two letters, 7 between two words, in
# place of the others, not on top of them. Words are separated by one space; all other signs are in `MORSE`.
#
# By hand: `"A"` is `.-`, so `[1, 1, 3]`; `"A E"` is `[1, 1, 3, 7, 1]`.
#
# <details><summary>Hint 1: the idea</summary>A gap stands before each mark but the first. Which one it is depends on
# whether the mark is the first of its letter, and the letter the first of its word.</details>
# <details><summary>Hint 2: the formula</summary>Gap before a mark: 1 if it is not its letter's first; else 3 if the
# letter is not its word's first; else 7.</details>
# <details><summary>Hint 3: the lines</summary>Three loops, over <code>message.split()</code>, over the letters, over
# the signs; append a gap and a mark each time, and return the list <code>[1:]</code>.</details>


# %% solution="morse_runs"
def morse_runs(message: str) -> list[int]:
    """Lengths in dots of the marks and gaps of a message, alternating, a mark first and last.

    Args:
        message: words of letters and digits that `MORSE` knows, with one space between words; not empty.
    """
    ### BEGIN SOLUTION
    runs = []
    for word in message.split():
        for i, letter in enumerate(word):
            for j, sign in enumerate(MORSE[letter]):
                gap = 1 if j else 3 if i else 7
                runs += [gap, 1 if sign == "." else 3]
    return runs[1:]
    ### END SOLUTION


# %% data="check_runs"
# Data · A comparison of marks and gaps, for the checks
def check_runs(message: str, got: object, right: str, slips: dict[str, Sequence[str]]) -> None:
    """Fails unless the runs of a message are those; slips: cause → the runs it leads to."""
    checks.that(isinstance(got, list), f"return a list of numbers, not a {type(got).__name__}.")
    whole = all(isinstance(n, numbers.Integral) for n in got)
    checks.that(whole, "the lengths are whole numbers of dots: 1, 3 or 7.")
    text = " ".join(map(str, got))
    causes = [cause for cause, wrong in slips.items() if text == " ".join(wrong)]
    if not any(got):
        causes = ["every value is zero, or there is none."]
    if text.rpartition(" ")[0] == " ".join(right):
        causes = ["it ends with a gap; the last is a mark."]
    likely = f"\n  Likely cause: {causes[0]}" if causes else ""
    checks.that(
        text == " ".join(right), f'"{message}" is {" ".join(right)}, yours is {text}.{likely}'
    )


# %% check="morse_runs_word" points=1
slips = {
    "a dash is 3 dots long.": "112",
    "dots and dashes are swapped.": "311",
    "it begins with a gap; the first is a mark.": "7113",
    "the gap inside a letter, 1, is missing.": "13",
    "the gap inside a letter is 1.": "133",
}
check_runs("A", checks.run(morse_runs, "A"), "113", slips)
slips = {
    "the gap between letters comes on top of that inside; it takes its place.": "1134311",
    "all gaps are 1; between two letters it is 3.": "1131311",
    "the gap between letters is 3, not 7.": "1137311",
}
check_runs("AN", checks.run(morse_runs, "AN"), "1133311", slips)
### BEGIN HIDDEN TESTS
check_runs("EE", checks.run(morse_runs, "EE"), "131", {})
check_runs("K7B", checks.run(morse_runs, "K7B"), "31113331311111133111111", {})
### END HIDDEN TESTS
checks.passed("marks of 1 and 3, gaps of 1 and 3")

# %% check="morse_runs_paris" points=1
top = "the gap between words takes the place of the others; it does not come on top."
slips = {"between two words the gap is 7, not 3.": "11331", top: ["1", "1", "3", "10", "1"]}
slips["both gaps stand there, 3 and 7; the 7 takes the place of the 3."] = "113371"
check_runs("A E", checks.run(morse_runs, "A E"), "11371", slips)
dots = sum(checks.run(morse_runs, "PARIS"))
checks.that(dots + 7 == 50, f"PARIS lasts 43 dots, and the gap after it 7; yours lasts {dots}.")
### BEGIN HIDDEN TESTS
runs = checks.run(morse_runs, "CQ DE K1A 73")
checks.that(len(runs) % 2 == 1, "marks and gaps alternate, and the ends are marks.")
checks.that(runs[1::2].count(7) == 3, "four words have three gaps of 7 between them.")
checks.that(set(runs[::2]) == {1, 3}, "marks are 1 or 3.")
### END HIDDEN TESTS
checks.passed("PARIS, with the gap after it, lasts 50 dots")

# %% [markdown]
# **The hand and the air.** No hand keeps the lengths of the book. Ours sends 24 to 40 words a minute; its dashes last
# 2.5 to 3.6 dots, and its gaps differ from message to message; each mark and gap is off by some 10%; within a message
# its speed drifts by up to a fifth to either side. The operator has tuned the tone to 550 to 650 Hz. Its power
# *fades* and returns, by up to 10 dB.
#
# **Signal to noise** is the tone's power while the key is down, averaged over the fading, over the power of the noise
# in the whole band that we record, 0 to 1,000 Hz. In decibels it is 10 times the logarithm of that ratio: at 0 dB both
# are equal. (Radio amateurs count the noise in 2,500 Hz: the same signal then has 4 dB less.)


# %% given="hand"
RATE, SECONDS = 2000, 6  # samples a second; seconds of a recording, which has N = 12,000 samples


def key_of(message: str, rng: random.Random) -> tuple[torch.Tensor, list[int]]:
    """When an unsteady hand holds the key down, 1 or 0 for each sample (N,), and the sample where each letter ends."""
    mark, gap = {1: 1.0, 3: rng.uniform(2.5, 3.6)}, {1: 1.0, 3: rng.uniform(2.6, 4)}
    gap[7] = rng.uniform(5, 8)
    dot, drift, runs = 1.2 / rng.uniform(24, 40), rng.uniform(-0.2, 0.2), morse_runs(message)
    lengths = torch.tensor([(gap if i % 2 else mark)[n] * dot for i, n in enumerate(runs)])
    lengths *= 1 + drift * torch.linspace(-1, 1, len(runs))
    lengths *= torch.tensor([rng.lognormvariate(0, 0.1) for _ in runs])
    lengths *= min(1.0, (SECONDS - 0.3) / lengths.sum().item())  # what is too long is sent faster
    room = SECONDS - 0.1 - lengths.sum().item()
    edges = F.pad(lengths.cumsum(0), (1, 0)) + rng.uniform(0.1, min(1.0, room))
    changes = (edges * RATE).long()  # the samples where the key goes down, up, down, …
    steps = torch.zeros(RATE * SECONDS, dtype=torch.int64)
    steps.index_add_(0, changes, 1 - 2 * (torch.arange(len(changes)) % 2))
    ends = [int(changes[i]) for i in range(1, len(changes), 2) if i == len(runs) or runs[i] > 1]
    return steps.cumsum(0).to(torch.uint8), ends


# %% given="air"
def on_air(
    keys: torch.Tensor, snr: torch.Tensor, generator: torch.Generator, fading: float = 10.0
) -> torch.Tensor:
    """What is received of keys (B, N) at signal-to-noise ratios (B,) in dB: (B, N), noise of variance 1."""

    def draw(low: float, high: float) -> torch.Tensor:
        u = torch.rand(len(keys), 1, generator=generator, device=keys.device)
        return low + (high - low) * u

    t = torch.arange(keys.shape[1], device=keys.device) / RATE  # (N,)
    turn = 2 * math.pi
    swing = torch.sin(turn * t / draw(1.5, 6) + draw(0, turn))  # from −1 to 1 and back
    fade = 10 ** (draw(0, fading) * (swing - 1) / 40)  # amplitude: 20 dB are a factor of 10
    fade = fade / fade.square().mean(dim=1, keepdim=True).sqrt()
    soft = F.avg_pool1d(keys[:, None].float(), 9, 1, 4)[:, 0]  # no clicks: 4.5 ms up and down
    tone = math.sqrt(2) * torch.sin(turn * draw(550, 650) * t + draw(0, turn))  # power 1
    noise = torch.randn(keys.shape, generator=generator, device=keys.device)
    return soft * fade * tone * 10 ** (snr[:, None] / 20) + noise


# %% given="messages"
COUNTRIES = "K W N DL G F I JA VK OH PY EA"
CITIES = "ROME OSLO BONN LIMA CAIRO DELHI KYOTO BERN TURIN LYON"
NAMES = (
    "ANNA BEN CARL DORA EVA FRANK GRETA HUGO IDA JACK KAREN LEO MARIA NORA OTTO PAUL ROSA SAM TOM"
)
WORDS = "CQ DE TNX RST QTH NAME WX RAIN SUN WIND SNOW COLD HOT ANT RIG PWR GOOD FINE"


def signs(rng: random.Random, low: int, high: int, among: list[str] = SIGNS[1:]) -> str:
    """So many signs, drawn one by one."""
    return "".join(rng.choice(among) for _ in range(rng.randint(low, high)))


def message(rng: random.Random) -> str:
    """What radio amateurs tell each other, of at most 118 dots."""
    call = rng.choice(COUNTRIES.split()) + rng.choice(SIGNS[-10:]) + signs(rng, 2, 3, SIGNS[1:27])
    kinds = [f"CQ DE {call}", f"{call} DE {signs(rng, 3, 4)}", f"RST {rng.randint(100, 599)}"]
    kinds += [
        f"NAME {rng.choice(NAMES.split())}",
        f"QTH {rng.choice(CITIES.split())}",
        f"TNX {rng.choice(NAMES.split())} 73",
    ]
    kinds += [
        f"{rng.choice(WORDS.split())} {rng.choice(WORDS.split())}",
        f"PWR {rng.randint(1, 99)}0W",
        f"WX {rng.randint(0, 39)}C",
    ]
    text = rng.choice(kinds)
    return text if sum(morse_runs(text)) <= 118 else message(rng)


def groups(rng: random.Random) -> str:
    """One or two groups of signs that mean nothing, of at most 118 dots."""
    text = " ".join(signs(rng, 2, 5) for _ in range(rng.randint(1, 2)))
    return text if sum(morse_runs(text)) <= 118 else groups(rng)


# %% experiment="recordings"
# Experiment · One message at three noises, to listen to
def play(wave: torch.Tensor) -> Audio:
    """A player for one recording, (N,); browsers ask for at least 3,000 samples a second, so it gets 8,000."""
    spectrum = torch.fft.rfft(wave.cpu())
    return Audio(torch.fft.irfft(spectrum, 4 * len(wave)).numpy(), rate=4 * RATE)


shown = "CQ DE K7AB"
shown_key, shown_ends = key_of(shown, random.Random(7))
levels = torch.tensor([10.0, 0.0, -6.0])
shown_waves = on_air(shown_key.expand(3, -1), levels, torch.Generator().manual_seed(7))
for level, wave in zip(levels, shown_waves, strict=True):
    print(f"{level:.0f} dB")
    display(play(wave))

# %% [markdown]
# Listen. At −6 dB the noise has four times the power of the tone. Do you still hear it? An ear splits sound into
# pitches, and in the narrow band of the tone there is little noise. A **spectrogram** does so, too. It cuts the wave
# into short overlapping *frames*, multiplies each by a *window* that fades in and out, and takes the size of each
# frame's Fourier transform: how strong is each pitch, now?
#
# By hand: a wave of ones, frames of 4 samples. PyTorch's Hann window of 4 is 0, ½, 1, ½. Its product with ones has the
# Fourier coefficients ½ + 1 + ½ = 2, then −½i − 1 + ½i = −1, then −½ + 1 − ½ = 0. The row is 2, 1, 0.

# %% [markdown]
# ### Exercise 10 · Spectrogram (3 points · 15 min · ●●○)
#
# Write it without `torch.stft`: the check compares with that, and does not let you call it. Frame `f` holds the
# samples `f · hop` to `f · hop + width − 1` of `wave` `(..., N)`; only whole frames count, and nothing is padded.
# Multiply each by `torch.hann_window(width)`, take the Fourier transform of real numbers, `torch.fft.rfft`, and of that
# the absolute value. The result is `(..., frames, width // 2 + 1)`, in the dtype and on the device of `wave`.
#
# <details><summary>Hint 1: the idea</summary>Cut all frames with one call, <code>wave.unfold</code>; the rest works on
# their last dimension.</details>
# <details><summary>Hint 2: the formula</summary>S[f, k] = |Σ_n w[n] · wave[f · hop + n] · exp(−2πi k n / width)|,
# k = 0 … width // 2.</details>
# <details><summary>Hint 3: the line</summary><code>wave.unfold(-1, width, hop)</code> has the shape (..., frames,
# width).</details>


# %% solution="spectrogram"
def spectrogram(wave: torch.Tensor, width: int, hop: int) -> torch.Tensor:
    """How strong each pitch is in each frame: wave (..., N) → (..., frames, width // 2 + 1), not negative.

    Args:
        wave: samples.
        width: samples in a frame; Hann's window is as long.
        hop: samples from the start of a frame to the start of the next.
    """
    ### BEGIN SOLUTION
    frames = wave.unfold(-1, width, hop)  # (..., frames, width)
    window = torch.hann_window(width, dtype=wave.dtype, device=wave.device)
    return torch.fft.rfft(frames * window).abs()  # (..., frames, width // 2 + 1)
    ### END SOLUTION


# %% check="spectrogram_shape" points=1
wave = checks.normal(3, 103, seed=20)
got = checks.run(spectrogram, wave, 16, 6)
checks.tensor("the spectrogram", got)
checks.that(not got.is_complex(), "these are complex numbers; take their absolute values.")
flipped = tuple(got.shape) == (3, 9, 15)
checks.that(not flipped, "frames and pitches are swapped: frames come first.")
padded_ends = tuple(got.shape[:2]) in ((3, 18), (3, 16))
checks.that(
    not padded_ends, f"{got.shape[1]} frames: only whole frames count, and nothing is padded."
)
checks.that(got.shape[-1] != 16, "16 pitches: rfft gives the 9 that differ, fft gives all of them.")
checks.shape("the spectrogram", got, batch=3, frames=15, pitches=9)
checks.that((got >= 0).all(), "a size is not negative: .abs(), not .real.")
one = checks.run(spectrogram, wave[0], 16, 6)
checks.close("the spectrogram of one wave, (N,)", one, got[0])
checks.any_device(spectrogram, wave, 16, 6)
checks.passed("frames by pitches, all of them whole")

# %% check="spectrogram_hand" points=1
got = checks.run(spectrogram, torch.ones(8, dtype=torch.float64), 4, 2)
slips = {
    "Hann's window is missing.": torch.tensor([4.0, 0, 0]).expand(3, 3),
    "it is a power, the square; take the absolute value alone.": torch.tensor([4.0, 1, 0]).expand(
        3, 3
    ),
    "the window is not periodic: torch.hann_window(width) as it is.": torch.tensor(
        [1.5, 1.0607, 0]
    ).expand(3, 3),
    "the result is scaled; take the absolute value alone.": torch.tensor([1, 0.5, 0]).expand(3, 3),
    "this is a logarithm; it comes later.": torch.tensor([3.0, 2, 1]).log().expand(3, 3),
    "it is Hamming's window.": torch.tensor([2.16, 0.92, 0]).expand(3, 3),
}
slips["the window is applied twice."] = torch.tensor([1.5, 1, 0.5]).expand(3, 3)
hand = torch.tensor([2.0, 1, 0], dtype=torch.float64).expand(3, 3)
checks.close(
    "a wave of ones", got, hand, atol=1e-3, slips={k: v.double() for k, v in slips.items()}
)
beat = torch.tensor([0.0, 1, 0, -1]).repeat(4).double()
got = checks.run(spectrogram, beat, 4, 4)
checks.close("a wave 0, 1, 0, −1", got, torch.tensor([[0.0, 1, 0]]).double().expand(4, 3))
checks.passed("numbers worked by hand")


# %% data="without_stft"
# Data · What Exercise 10 does without
class WithoutStft(torch.overrides.TorchFunctionMode):
    """Inside, a call of torch.stft fails."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        cause = "write it without torch.stft: cut the frames, and take torch.fft.rfft of each."
        checks.that(function.__name__ != "stft", cause)
        return function(*args, **(kwargs or {}))


# %% check="spectrogram_torch" points=1
wave, window = checks.normal(3, 103, seed=21).float(), torch.hann_window(16)
expected = torch.stft(wave, 16, 6, window=window, center=False, return_complex=True).abs().mT
with WithoutStft():
    got = checks.run(spectrogram, wave, 16, 6)
checks.close("the spectrogram", got, expected)
### BEGIN HIDDEN TESTS
wave = checks.normal(2, 90, seed=22).float()
for width, hop in ((20, 20), (15, 4), (8, 11)):
    pieces_of = {"window": torch.hann_window(width), "center": False, "return_complex": True}
    expected = torch.stft(wave, width, hop, **pieces_of).abs().mT
    checks.close(f"width {width}, hop {hop}", checks.run(spectrogram, wave, width, hop), expected)
### END HIDDEN TESTS
checks.passed("equal to torch.stft, and made without it")
