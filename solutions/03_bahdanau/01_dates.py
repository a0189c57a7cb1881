# %% [markdown]
# ## 1 · The task
#
# A line holds one or more dates, each in English, French, German, Italian or Spanish. The model writes
# them in the same order in the form of ISO 8601: year, month, day. `mardi 4 mai 1982; May 25th, 2031`
# becomes `1982-05-04 2031-05-25`. It learns from lines of one and two dates, and is tested on lines of one
# to eight.
#
# The day comes first in French and last in the output: the two orders cross.
# A month is a word on one side and two digits on the other. The weekday has to be ignored. A year of two
# digits needs its century: the calendar here runs from 1950 to 2049, so `82` means 1982 and `31` means
# 2031.
#
# Numeric dates with slashes are written only when the day is above 12. Then `5/25/31` and `25/05/31` can
# mean only one thing.

# %% data="styles"
# Data · How people write dates in five languages
STYLES = {  # patterns of Babel; * stands for the ending of an ordinal number
    "en": ("EEEE, MMMM d, y", "MMM d, y", "MMMM d*, y", "'the' d* 'of' MMMM y", "M/d/yy"),
    "fr": ("EEEE d MMMM y", "d* MMMM y", "d MMM y", "'le' d* MMMM y", "dd/MM/yy"),
    "de": ("EEEE, d. MMMM y", "d. MMMM y", "d. MMM y", "dd.MM.y", "dd.MM.yy"),
    "it": ("EEEE d MMMM y", "d MMMM y", "d MMM y", "dd/MM/y", "dd/MM/yy"),
    "es": ("EEEE, d 'de' MMMM 'de' y", "d 'de' MMMM 'de' y", "d MMM y", "dd/MM/y", "d/M/yy"),
}
LANGUAGES = {"en": "English", "fr": "French", "de": "German", "it": "Italian", "es": "Spanish"}


def ordinal_ending(day: int, language: str) -> str:
    """The ending of an ordinal number: 1st, 2nd, 11th in English; 1er, 2, 3 in French."""
    if language == "fr":
        return "er" if day == 1 else ""
    return "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


@functools.cache
def write_date(day: datetime.date, language: str, pattern: str) -> str:
    """One date in words or numbers."""
    ending = ordinal_ending(day.day, language)
    pattern = pattern.replace("*", f"'{ending}'" if ending else "")
    return format_date(day, pattern, locale=language)


today = datetime.date(1982, 5, 25)
for language, patterns in STYLES.items():
    print(language, " | ".join(write_date(today, language, pattern) for pattern in patterns))


# %% data="lines"
# Data · Lines of dates
def draw_date(years: list[int], rng: random.Random) -> tuple[str, str]:
    """A date as people write it, and in the form of ISO 8601."""
    day = datetime.date(rng.choice(years), 1, 1) + datetime.timedelta(rng.randrange(365))
    language = rng.choice(list(STYLES))
    pattern = rng.choice(STYLES[language])
    if "/" in pattern and day.day <= 12:
        pattern = STYLES[language][0]  # with slashes it could be read in two ways
    return write_date(day, language, pattern), day.isoformat()


def draw_lines(
    n: int, years: list[int], seed: int, dates: tuple[int, ...]
) -> list[tuple[str, str]]:
    """n lines with any of these numbers of dates: (as people write them, as ISO 8601)."""
    rng = random.Random(seed)
    lines = []
    for _ in range(n):
        written, iso = zip(*(draw_date(years, rng) for _ in range(rng.choice(dates))), strict=True)
        lines.append(("; ".join(written), " ".join(iso)))
    return lines


# %% experiment="data"
# Experiment · Lines to train on and lines to test on
YEARS = list(range(1950, 2050))
test_years = sorted(random.Random(0).sample(YEARS, 20))
train_years = [year for year in YEARS if year not in test_years]
train_lines = draw_lines(scaled(full=30_000, smoke=1_500), train_years, seed=1, dates=(1, 2))
test_lines = []
for n in range(1, 9):
    test_lines += draw_lines(scaled(full=300, smoke=15), test_years, seed=1 + n, dates=(n,))
print(f"{len(train_lines):,} training and {len(test_lines):,} test lines")
print("years of the test set:", *test_years)
for source, target in train_lines[:4]:
    print(f"  {source}  →  {target}")

meanings = {
    (written, iso)
    for source, target in train_lines + test_lines
    for written, iso in zip(source.split("; "), target.split(), strict=True)
}
assert len(meanings) == len(dict(meanings)), "a date can be read in two ways"
print(f"{len(meanings):,} different written dates, each with one meaning")

# %% [markdown]
# No year of the test set occurs in training. A model that learns lines by heart gets nothing right: it
# has to learn how dates are written.
#
# Both sides are read and written character by character. Number 0 is padding on both sides. The output
# knows 15 signs: ten digits, the hyphen, the space, *begin*, *end* and padding.

# %% experiment="codes"
# Experiment · Letters and signs as numbers
PAD, BEGIN, END = 0, 1, 2
LETTERS = sorted({letter for source, _ in train_lines + test_lines for letter in source})
SIGNS = "0123456789- "
source_code = {letter: i for i, letter in enumerate(LETTERS, start=1)}
target_code = {sign: i for i, sign in enumerate(SIGNS, start=3)}
N_SOURCE, N_TARGET = len(LETTERS) + 1, len(SIGNS) + 3
MAX_TARGET = 8 * 11  # eight dates of ten signs, seven spaces, one end


def encode(lines: list[tuple[str, str]]) -> tuple[list[list[int]], torch.Tensor]:
    """Lines as numbers: the sources as lists, the targets (N, 87) padded on the right."""
    sources = [[source_code[letter] for letter in source] for source, _ in lines]
    targets = torch.full((len(lines), MAX_TARGET - 1), PAD)
    for row, (_, target) in zip(targets, lines, strict=True):
        row[: len(target)] = torch.tensor([target_code[sign] for sign in target])
    return sources, targets


def spell(tokens: torch.Tensor) -> str:
    """Output numbers as text, up to the end token."""
    numbers = tokens.tolist()
    numbers = numbers[: numbers.index(END)] if END in numbers else numbers
    return "".join(SIGNS[n - 3] if n > 2 else "?" for n in numbers)


print(f"{N_SOURCE} input tokens, {N_TARGET} output tokens")
print(encode([("4 mai 82", "1982-05-04")])[1][0, :14].tolist())
