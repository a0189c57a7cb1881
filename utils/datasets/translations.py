"""English and its French: the messages of programs, and names, dates and amounts as the Unicode Consortium has them."""

from __future__ import annotations

import csv
import datetime
import functools
import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from babel import Locale, dates, lists, numbers, units

from utils import settings
from utils.hub import DataError, reason

FILE = "translations/en-fr.tsv"
COLUMNS = ["split", "package", "english", "french"]


class Pair(NamedTuple):
    """An English line, its French, and where they come from: a package, or the kind of a phrase."""

    english: str
    french: str
    source: str


@dataclass(frozen=True)
class Translations:
    """Pairs in three parts; no English line stands in two of them."""

    train: list[Pair]
    validation: list[Pair]
    test: list[Pair]


def load_messages() -> Translations:
    """Loads messages of JupyterLab, Superset, Django and others with their translation: `data/translations`.

    Messages that differ only in case, numbers, placeholders or punctuation are in the same part.

    Raises:
        DataError: the file is missing or damaged.
    """
    path = next((folder / FILE for folder in settings.SHIPPED if (folder / FILE).exists()), None)
    if path is None:
        raise DataError(
            f"{settings.SHIPPED[0] / FILE} is missing. It comes with this book: get its data folder anew."
        )
    parts: dict[str, list[Pair]] = {"train": [], "validation": [], "test": []}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, dialect="excel-tab")
            if next(rows, None) != COLUMNS:
                raise ValueError(f"its first line is not {', '.join(COLUMNS)}")
            for split, package, english, french in rows:
                parts[split].append(Pair(english, french, package))
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} cannot be read ({reason(error)}). Get it anew.") from error
    counts = " + ".join(f"{len(pairs):,}" for pairs in parts.values())
    print(f"Messages: {counts} of {len({pair.source for pair in parts['train']})} packages")
    return Translations(**parts)


def cldr_phrases(count: int, seed: int = 0, held_out: float = 0.1) -> Translations:
    """Makes phrases from CLDR, through Babel: languages of a place, dates, amounts, lists, and how long ago.

    The parts of a phrase, such as a month or a country, come in all three sets; the whole line in one of them.

    Args:
        count: phrases in all three, without repetitions.
        seed: of the draws.
        held_out: share of validation, and share of test.
    """
    rng = random.Random(seed)
    found: dict[str, Pair] = {}
    while len(found) < count:
        kind = rng.choice(list(MAKERS))
        phrase = MAKERS[kind](rng)
        # French sets thousands and units apart by spaces of several widths
        english, french = (re.sub(r"\s", " ", phrase(locale)) for locale in (ENGLISH, FRENCH))
        found.setdefault(english, Pair(english, french, kind))
    pairs = list(found.values())
    rng.shuffle(pairs)
    n = round(held_out * count)
    return Translations(train=pairs[2 * n :], validation=pairs[n : 2 * n], test=pairs[:n])


ENGLISH, FRENCH = Locale("en"), Locale("fr")
Phrase = Callable[[Locale], str]  # how it reads in a language
UNITS = [
    "length-kilometer",
    "length-mile",
    "mass-kilogram",
    "volume-liter",
    "speed-kilometer-per-hour",
]
UNITS += [
    "temperature-celsius",
    "digital-gigabyte",
    "duration-hour",
    "duration-week",
    "area-hectare",
]
CURRENCIES = ["USD", "EUR", "JPY", "GBP", "CHF", "MAD", "CAD", "INR", "BRL", "XOF"]
Unit = Literal["minute", "hour", "day", "week", "month", "year"]
SECONDS: dict[Unit, int] = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
SECONDS |= {"month": 30 * 86_400, "year": 365 * 86_400}  # as Babel counts them


@functools.cache
def _codes(of: str) -> list[str]:
    """The codes of two letters that have a name in both languages: of territories, or of languages."""
    both = set(getattr(ENGLISH, of)) & set(getattr(FRENCH, of))
    return sorted(code for code in both if len(code) == 2 and code.isalpha())


def _name(rng: random.Random) -> Phrase:
    """A language as a place speaks it: Hebrew (Guinea)."""
    language, place = rng.choice(_codes("languages")), rng.choice(_codes("territories"))
    return lambda locale: f"{locale.languages[language]} ({locale.territories[place]})"


def _date(rng: random.Random) -> Phrase:
    """A day with its weekday: Tuesday, May 17, 1910."""
    day = datetime.date(1900, 1, 1) + datetime.timedelta(days=rng.randrange(200 * 365))
    return lambda locale: dates.format_date(day, "full", locale)


def _amount(rng: random.Random) -> Phrase:
    """A measure or a sum of money: 63 gigabytes, 1,200 Swiss francs."""
    number = rng.randint(1, 10 ** rng.randint(1, 4))
    if rng.random() < 0.5:
        unit = rng.choice(UNITS)
        return lambda locale: units.format_unit(number, unit, "long", locale=locale)
    currency = rng.choice(CURRENCIES)
    return lambda locale: numbers.format_currency(
        number, currency, "#,##0", locale=locale, format_type="name", currency_digits=False
    )


def _list(rng: random.Random) -> Phrase:
    """Two to four places: Cuba, Haiti, and Venezuela."""
    places = rng.sample(_codes("territories"), rng.randint(2, 4))
    style: Literal["standard", "or"] = rng.choice(("standard", "or"))
    return lambda locale: lists.format_list(
        [locale.territories[place] for place in places], style, locale
    )


def _ago(rng: random.Random) -> Phrase:
    """A distance in time: in 3 months, 12 days ago."""
    unit = rng.choice(list(SECONDS))
    delta = datetime.timedelta(seconds=rng.choice((-1, 1)) * rng.randint(1, 400) * SECONDS[unit])
    return lambda locale: dates.format_timedelta(
        delta, unit, threshold=math.inf, add_direction=True, locale=locale
    )


MAKERS = {"name": _name, "date": _date, "amount": _amount, "list": _list, "ago": _ago}
