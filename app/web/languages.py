"""Which language a page is in, its texts, and how numbers, money and dates are written there."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_UP, Decimal
from functools import cache
from importlib.resources import files
from math import floor, log10
from typing import Any, Literal, get_args

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from babel.numbers import format_currency, format_decimal, format_percent, format_scientific
from markupsafe import Markup

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_RANGE = re.compile(
    r"\s*(?P<tag>[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q\s*=\s*(?P<q>[01](?:\.[0-9]{0,3})?)\s*)?"
)
_MOST_RANGES = 50
NO_FIGURE = "–"


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language and the way its figures are written. region: such as AT, or None."""

    language: Language
    region: str | None = None

    @property
    def locale(self) -> Locale:
        """Babel's name for it."""
        return Locale(self.language, self.region)

    @property
    def tag(self) -> str:
        """The language tag of the page (BCP 47)."""
        return self.language if self.region is None else f"{self.language}-{self.region}"

    def plain(self, key: str, **values: object) -> str:
        """A text with values put in, not escaped: for what is no HTML. Raises KeyError for a key that is none."""
        return catalogue(self.language)[key].format(**values)

    def template(self, key: str) -> str:
        """A text as it stands, its places for values left open for a script."""
        return catalogue(self.language)[key]

    def text(self, key: str, **values: object) -> Markup:
        """A text for HTML; the values are escaped."""
        return Markup(catalogue(self.language)[key]).format(**values)

    def of(self, family: str, name: str, **values: object) -> Markup:
        """The text for a name of the API, such as a rule's kind; the name itself where there is none."""
        key = f"{family}.{name}"
        return self.text(key, **values) if key in catalogue(self.language) else Markup.escape(name)

    def counted(self, key: str, number: int, **values: object) -> Markup:
        """A text that depends on a number: ``<key>.one`` or ``<key>.other``."""
        form = "one" if number == 1 else "other"
        return self.text(f"{key}.{form}", n=self.whole(number), **values)

    def whole(self, value: float) -> str:
        """People, contacts, counts: rounded to whole ones."""
        return format_decimal(Decimal(repr(float(value))).quantize(Decimal(1)), locale=self.locale)

    def number(self, value: float, digits: int = 2) -> str:
        """A number with at most so many decimals."""
        return format_decimal(value, format=f"#,##0.{'#' * digits}", locale=self.locale)

    def exact(self, value: float) -> str:
        """A number that may be very small, with four significant digits."""
        if value and abs(value) < 1e-3:
            return format_scientific(value, format="0.##E0", locale=self.locale)
        return format_decimal(value, format="#,##0.####", locale=self.locale)

    def share(self, value: float | None, digits: int = 0) -> str:
        """A share of a whole, as percent."""
        if value is None:
            return NO_FIGURE
        shape = f"0.{'0' * digits} %" if digits else "0 %"
        return format_percent(
            value, format=shape if self.language == "de" else shape.replace(" ", ""), locale=self.locale
        )

    def gap(self, share: float) -> str:
        """A relative gap, however small, as percent with two digits that count."""
        percent = abs(share) * 100
        digits = 2 if percent >= 0.1 or percent < 1e-9 else 1 - floor(log10(percent))
        shape = f"0.{'#' * digits} %"
        return format_percent(
            share, format=shape if self.language == "de" else shape.replace(" ", ""), locale=self.locale
        )

    def estimate(self, value: float) -> str:
        """An estimate: from 10 on whole, below with up to two decimals."""
        return self.whole(value) if abs(value) >= 10 else self.number(value)

    def at_most(self, share: float, digits: int) -> str:
        """A bound on a share as percent, rounded up, so that it stays one."""
        step = Decimal(1).scaleb(-digits - 2)
        return self.share(float(Decimal(repr(share)).quantize(step, ROUND_UP)), digits)

    def money(self, amount: str | float | None, currency: str) -> str:
        """An amount with the decimals that it has."""
        if amount is None:
            return NO_FIGURE
        return format_currency(Decimal(str(amount)), currency, locale=self.locale, decimal_quantization=False)

    def moment(self, at: datetime) -> str:
        """A date and time, UTC."""
        return format_datetime(at, "d MMM y, HH:mm", locale=self.locale) + " UTC"


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """All texts of a language by key."""
    document = tomllib.loads(files("app.web").joinpath("texts", f"{language}.toml").read_text("utf-8"))
    return dict(_flat(document, ""))


def wanted(chosen: Language | None, accept_language: str | None) -> Words:
    """The language that was chosen, else the one that the header Accept-Language likes best, else English.

    The header's region is kept for numbers and money, also for the language that was chosen.
    """
    ranges = _ranges(accept_language or "")
    for tag in ranges:
        language, _, rest = tag.partition("-")
        for known in LANGUAGES:
            if language.lower() == known and chosen in (None, known):
                return Words(known, _region(known, rest))
    return Words(chosen or "en")


def _ranges(header: str) -> list[str]:
    """The language ranges that are welcome, the best first."""
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")[:_MOST_RANGES]):
        match = _RANGE.fullmatch(part)
        quality = float(match["q"] or 1) if match else 0.0
        if match and quality > 0:
            found.append((-quality, place, match["tag"]))
    return [tag for _, _, tag in sorted(found)]


def _region(language: Language, subtags: str) -> str | None:
    """The region among subtags, where Babel knows the language as it is written there."""
    for subtag in subtags.upper().split("-"):
        if len(subtag) == 2 and subtag.isalpha():
            try:
                Locale(language, subtag)
            except (UnknownLocaleError, ValueError):
                return None
            return subtag
    return None


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        found += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(f"{prefix}{name}", value)]
    return found
