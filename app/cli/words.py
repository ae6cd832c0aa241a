"""Figures as people read them on a terminal."""

import unicodedata

NONE = "-"


def plain(text: str) -> str:
    """Text from a brief that is safe to print: control and formatting characters become a question mark."""
    return "".join("?" if unicodedata.category(letter).startswith("C") else letter for letter in text)


def money(text: str | None) -> str:
    """A decimal string with thousands grouped: ``24931.20`` is ``24,931.20``."""
    if text is None:
        return NONE
    whole, point, fraction = text.partition(".")
    return f"{int(whole):,}{point}{fraction}" if whole not in ("-0", "") else text


def people(count: float | None) -> str:
    """People or contacts, with decimals only where they matter."""
    if count is None:
        return NONE
    digits = 0 if abs(count) >= 100 or count == 0 else 1 if abs(count) >= 1 else 2
    return f"{count:,.{digits}f}"


def percent(share: float | None) -> str:
    """A share as a percentage."""
    if share is None:
        return NONE
    return f"{share:.1%}" if share == 0 or abs(share) >= 0.001 else f"{100 * share:.2g}%"


def exact_percent(share: float) -> str:
    """A share as a percentage with all its decimals: a limit that is rounded may no longer do."""
    return f"{100 * share:.10g}%"


def figure(value: float | None) -> str:
    """A value with one decimal, thousands grouped."""
    return NONE if value is None else f"{value:,.1f}"


def counted(number: int, noun: str) -> str:
    """``1 creator``, ``2 creators``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
