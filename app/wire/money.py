"""Money: decimal text on the wire, whole minor units inside; never a float in between.

An amount is digits with an optional point (``450``, ``"450.00"``). Signs, exponents, spaces,
thousands separators and other scripts' digits are refused: they are mistakes more often than
wishes. A JSON number is read by its digits as posted, so ``1e2`` is refused as well.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from iso4217 import Currency as IsoCurrency
from jiter import LosslessFloat
from pydantic_core import PydanticCustomError

MOST_MINOR_UNITS = 9 * 10**15
"""Amounts up to here are exact as int64 and as double; sums of a plan stay inside the budget."""

_AMOUNT = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_SURELY_SMALL = 12
_LONGEST_WHOLE = len(str(MOST_MINOR_UNITS))


class MoneyError(ValueError):
    """An amount that its currency does not take; ``code`` is money_too_fine or money_too_large, or of its form."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency: code (``EUR``) and the number of decimals of its minor unit (0, 2, 3 or 4)."""

    code: str
    decimals: int

    def to_minor(self, amount: str) -> int:
        """The amount in minor units; ``amount`` is text as ``amount_text`` returns it.

        Zeros at the end do not count as decimals. Raises MoneyError when it is finer than the minor
        unit or above 9e15 minor units.
        """
        whole, _, fraction = amount.partition(".")
        if len(fraction) == self.decimals and len(whole) < _SURELY_SMALL:
            return int(whole + fraction)  # what most prices look like
        fraction = fraction.rstrip("0")
        if len(fraction) > self.decimals:
            raise MoneyError("money_too_fine", f"{shortened(amount)} is finer than {self.code} allows: {self._form()}.")
        whole = whole.lstrip("0")
        if len(whole) <= _LONGEST_WHOLE:
            minor = int(whole + fraction.ljust(self.decimals, "0") or "0")
            if minor <= MOST_MINOR_UNITS:
                return minor
        most = self.format(MOST_MINOR_UNITS)
        raise MoneyError("money_too_large", f"{shortened(amount)} {self.code} is above the largest amount, {most}.")

    def format(self, minor: int) -> str:
        """Decimal text with exactly the currency's decimals: ``51705`` is ``"517.05"``."""
        if not self.decimals:
            return str(int(minor))
        whole, fraction = divmod(abs(int(minor)), 10**self.decimals)
        return f"{'-' if minor < 0 else ''}{whole}.{fraction:0{self.decimals}d}"

    def _form(self) -> str:
        return f"at most {self.decimals} decimals" if self.decimals else "whole amounts only"


@lru_cache(maxsize=256)
def currency_of(code: str) -> Currency | None:
    """The currency in use with this code, or None; metals, funds without a minor unit and test codes are none."""
    try:
        decimals = IsoCurrency(code).exponent
    except ValueError:
        return None
    return None if decimals is None else Currency(code, decimals)


def amount_text(value: object) -> str:
    """The digits of a posted amount, number or text, not negative; a pydantic validator.

    Raises PydanticCustomError with the code wrong_type, money_negative or money_form.
    """
    if isinstance(value, str):
        text = value
    elif isinstance(value, LosslessFloat) or (isinstance(value, int) and not isinstance(value, bool)):
        text = str(value)
    elif isinstance(value, float):
        text = f"{Decimal(repr(value)):f}"  # only from Python callers; read_json keeps the digits
    else:
        raise PydanticCustomError("wrong_type", 'Expected an amount of money, as in 450.00 or "450.00".')
    if _AMOUNT.fullmatch(text):
        return text
    if text.startswith("-") and _AMOUNT.fullmatch(text[1:]):
        raise PydanticCustomError("money_negative", f"Expected an amount of 0 or more, received {shortened(text)}.")
    raise PydanticCustomError(
        "money_form",
        f'Expected an amount as digits with an optional point, as in "450.00", received {shortened(repr(text))}.',
    )


def shortened(text: str, longest: int = 60) -> str:
    """The text, or its two ends when it is longer."""
    return text if len(text) <= longest else f"{text[: longest - 20]}...{text[-15:]}"


def minor_units(currency: Currency, text: str) -> int:
    """The amount that a text outside of a brief states, in minor units. Raises MoneyError."""
    try:
        return currency.to_minor(amount_text(text))
    except PydanticCustomError as error:
        raise MoneyError(error.type, error.message()) from None
