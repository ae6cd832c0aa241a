"""Landed cost: what an offer costs after surcharges, exact to the minor unit.

Landed cost = price x (1 + sum of the rates that apply) + sum of the fixed amounts that apply,
rounded half up once per offer (forecast design, "What it costs").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm

import numpy as np
from numpy.typing import NDArray

from optimizer.columns import ROWS_PER_BLOCK, Flags

Minor = NDArray[np.int64]

LARGEST = 2**63 - 1
"""The largest cost that an offer may have, minor units."""

WORKING_BITS = 62
"""Intermediate results of the exact arithmetic stay below 2 to this power."""


@dataclass(frozen=True, eq=False, slots=True)
class Surcharge:
    """A named addition to the price: a rate of it, or a fixed amount in minor units, or both.

    rate, fixed_minor: >= 0, None where it has none. offers: bool (n,), the offers it applies to.
    Raises ValueError for a negative rate or amount.
    """

    name: str
    rate: Fraction | None
    fixed_minor: int | None
    offers: Flags

    def __post_init__(self) -> None:
        if (self.rate is not None and self.rate < 0) or (self.fixed_minor is not None and self.fixed_minor < 0):
            raise ValueError(f"surcharge {self.name!r}: rate and fixed amount must be at least 0")


@dataclass(frozen=True, slots=True)
class Markup:
    """What the surcharges of one offer come to: landed cost = price x factor, rounded half up, + fixed_minor.

    factor: 1 + all rates that apply, >= 1. fixed_minor: minor units >= 0.
    """

    factor: Fraction = Fraction(1)
    fixed_minor: int = 0

    @classmethod
    def of(cls, surcharges: Sequence[Surcharge], offer: int) -> "Markup":
        """The surcharges of the offer at that position, as ``landed`` adds them."""
        mine = [surcharge for surcharge in surcharges if surcharge.offers[offer]]
        rates = sum((surcharge.rate or Fraction(0) for surcharge in mine), Fraction(1))
        return cls(rates, sum(surcharge.fixed_minor or 0 for surcharge in mine))

    def landed(self, price_minor: int) -> int:
        """Landed cost of a price, minor units."""
        return floor(price_minor * self.factor + Fraction(1, 2)) + self.fixed_minor

    def highest_price(self, cost_minor: int) -> int:
        """The highest price that lands at no more than ``cost_minor``; negative where even a price of 0 does not."""
        return ceil((cost_minor - self.fixed_minor + Fraction(1, 2)) / self.factor) - 1

    def lowest_price(self, cost_minor: int) -> int:
        """The lowest price that lands at ``cost_minor`` or more."""
        return self.highest_price(cost_minor - 1) + 1


def landed(price_minor: Minor, surcharges: Sequence[Surcharge]) -> Minor:
    """Landed cost of every offer: int64 (n,), minor units, exact for every price and rate.

    price_minor: int64 (n,), >= 0, of the whole offer. Raises OverflowError when a landed cost
    does not fit in 63 bits.
    """
    result = np.empty(len(price_minor), np.int64)
    if not len(price_minor):
        return result
    pattern, rates, fixed = _patterns(len(price_minor), surcharges)
    divisor = lcm(*(rate.denominator for rate in rates))
    factors = [rate.numerator * (divisor // rate.denominator) for rate in rates]
    _refuse_overflow(price_minor, pattern, factors, fixed, divisor)
    limb = WORKING_BITS - max(*factors, divisor).bit_length()
    factor_of = np.array(factors, np.int64 if limb > 0 else object)
    fixed_of = np.array(fixed, np.int64)
    for first in range(0, len(result), ROWS_PER_BLOCK):
        rows = slice(first, first + ROWS_PER_BLOCK)
        price, factor = price_minor[rows], factor_of[pattern[rows]]
        scaled = _scaled(price, factor, divisor, limb) if limb > 0 else _scaled_in_big_integers(price, factor, divisor)
        result[rows] = scaled + fixed_of[pattern[rows]]
    return result


def _patterns(offers: int, surcharges: Sequence[Surcharge]) -> tuple[Minor, list[Fraction], list[int]]:
    """Which combination of surcharges each offer has, and 1 + the rates and the fixed sum of each combination."""
    pattern = np.zeros(offers, np.int64)
    rates, fixed = [Fraction(1)], [0]
    for surcharge in surcharges:
        split = 2 * pattern + surcharge.offers
        present = np.bincount(split, minlength=2 * len(rates)) > 0
        pattern = (np.cumsum(present) - 1)[split]
        kept = [(int(code) // 2, bool(code % 2)) for code in np.flatnonzero(present)]
        rates = [rates[old] + (surcharge.rate or 0) * applies for old, applies in kept]
        fixed = [fixed[old] + (surcharge.fixed_minor or 0) * applies for old, applies in kept]
    return pattern, rates, fixed


def _refuse_overflow(price: Minor, pattern: Minor, factors: list[int], fixed: list[int], divisor: int) -> None:
    """Raises OverflowError when the dearest offer of some combination costs more than ``LARGEST``."""
    dearest = np.zeros(len(factors), np.int64)
    np.maximum.at(dearest, pattern, price)
    for most, factor, amount in zip(dearest.tolist(), factors, fixed, strict=True):
        if most * factor // divisor + 1 + amount > LARGEST:
            raise OverflowError(f"a price of {most} minor units costs more than {LARGEST} minor units with surcharges")


def _scaled(price: Minor, factor: Minor, divisor: int, limb: int) -> Minor:
    """price x factor / divisor, rounded half up, by long division in limbs of ``limb`` bits.

    No intermediate result reaches 2^63: remainder x 2^limb + digit x factor < 2^limb x (divisor + factor).
    """
    quotient, remainder = np.zeros_like(price), np.zeros_like(price)
    limbs = -(-int(price.max()).bit_length() // limb)
    for shift in range((limbs - 1) * limb, -1, -limb):
        part = (remainder << limb) + ((price >> shift) & ((1 << limb) - 1)) * factor
        step = part // divisor
        remainder = part - step * divisor
        quotient = (quotient << limb) + step
    return quotient + (2 * remainder >= divisor)


def _scaled_in_big_integers(price: Minor, factor: NDArray[np.object_], divisor: int) -> Minor:
    """The same for rates with more digits than 64 bits hold: slower, in Python's integers."""
    doubled = price.astype(object) * factor * 2 + divisor
    return np.asarray(doubled // (2 * divisor), np.int64)
