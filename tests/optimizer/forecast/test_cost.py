"""Landed cost: exact, rounded half up once per offer."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.forecast.cost import Surcharge, landed

LARGEST_PRICE = 9 * 10**15


def surcharge(rate: str | None = None, fixed: int | None = None, offers: list[bool] | None = None) -> Surcharge:
    return Surcharge("s", None if rate is None else Fraction(rate), fixed, np.array(offers or [True]))


def cost(price: int, *surcharges: Surcharge) -> int:
    return int(landed(np.array([price]), surcharges)[0])


def test_without_surcharges_the_price_is_the_cost() -> None:
    assert cost(45_000) == 45_000


def test_rates_add_up_before_rounding() -> None:
    # 450.00 x (1 + 0.10 + 0.049) = 517.05
    assert cost(45_000, surcharge("0.10"), surcharge("0.049")) == 51_705


def test_half_a_cent_rounds_up() -> None:
    # 0.05 x 1.1 = 0.055 and 0.04 x 1.1 = 0.044
    assert cost(5, surcharge("0.1")) == 6
    assert cost(4, surcharge("0.1")) == 4


def test_rounding_happens_once() -> None:
    # 1 x (1 + 0.25 + 0.25) = 1.5 -> 2; rounded for each surcharge it would stay 1
    assert cost(1, surcharge("0.25"), surcharge("0.25")) == 2


def test_fixed_amounts_are_added_as_they_are() -> None:
    # 100.00 x 1.1 + 25.00 + 3.00
    assert cost(10_000, surcharge("0.1", 2500), surcharge(fixed=300)) == 13_800


def test_a_gifted_offer_costs_its_fixed_surcharges() -> None:
    assert cost(0, surcharge("0.5"), surcharge(fixed=700)) == 700


def test_each_offer_pays_the_surcharges_that_apply_to_it() -> None:
    fee = surcharge("0.1", offers=[True, False, True, False])
    rights = surcharge(fixed=50, offers=[False, False, True, True])
    assert landed(np.array([1000, 1000, 1000, 1000]), [fee, rights]).tolist() == [1100, 1000, 1150, 1050]


def test_no_offers_cost_nothing() -> None:
    assert landed(np.empty(0, np.int64), [surcharge("0.1", offers=[])]).shape == (0,)


def test_a_negative_surcharge_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        surcharge("-0.1")
    with pytest.raises(ValueError, match="at least 0"):
        surcharge(fixed=-1)


def test_a_cost_that_does_not_fit_is_an_error_not_a_wrong_number() -> None:
    with pytest.raises(OverflowError, match="9000000000000000 minor units"):
        cost(LARGEST_PRICE, surcharge("2000"))


def test_order_of_surcharges_does_not_matter() -> None:
    one, other = surcharge("0.07", 3), surcharge("0.013")
    assert cost(12_345, one, other) == cost(12_345, other, one)


rates = st.decimals(0, 5, allow_nan=False, places=6) | st.decimals(0, 2, allow_nan=False, places=25)
charges = st.tuples(
    st.none() | rates, st.none() | st.integers(0, 10**12), st.lists(st.booleans(), min_size=6, max_size=6)
)


@given(st.lists(st.integers(0, LARGEST_PRICE), min_size=6, max_size=6), st.lists(charges, max_size=5))
def test_equals_decimal_arithmetic(
    prices: list[int], charged: list[tuple[Decimal | None, int | None, list[bool]]]
) -> None:
    surcharges = [
        Surcharge("s", None if rate is None else Fraction(rate), fixed, np.array(applies))
        for rate, fixed, applies in charged
    ]
    expected = []
    with localcontext() as exact:
        exact.prec = 100
        for offer, price in enumerate(prices):
            applying = [(rate or Decimal(0), fixed or 0) for rate, fixed, applies in charged if applies[offer]]
            total = price * (1 + sum((rate for rate, _ in applying), Decimal(0))) + sum(fixed for _, fixed in applying)
            expected.append(int(total.quantize(Decimal(1), ROUND_HALF_UP)))
    assert landed(np.array(prices), surcharges).tolist() == expected


def test_many_offers_in_blocks_equal_single_ones() -> None:
    prices = np.arange(40_000, dtype=np.int64) * 7_919
    some = Surcharge("s", Fraction("0.049"), 11, prices % 3 == 0)
    together = landed(prices, [some])
    for offer in (0, 1, 16_383, 16_384, 39_999):
        alone = Surcharge("s", some.rate, some.fixed_minor, some.offers[offer : offer + 1])
        assert together[offer] == landed(prices[offer : offer + 1], [alone])[0]
