import pytest
from hypothesis import given
from hypothesis import strategies as st
from jiter import from_json
from pydantic_core import PydanticCustomError

from app.wire.money import MOST_MINOR_UNITS, Currency, MoneyError, amount_text, currency_of

EUR, JPY, KWD = Currency("EUR", 2), Currency("JPY", 0), Currency("KWD", 3)


@pytest.mark.parametrize(("code", "decimals"), [("EUR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("ISK", 0)])
def test_currencies_have_the_decimals_of_iso_4217(code: str, decimals: int) -> None:
    assert currency_of(code) == Currency(code, decimals)


@pytest.mark.parametrize("code", ["XXX", "XAU", "XTS", "ZZZ", "eur", "DEM", "", "EU", "978", "€"])
def test_what_is_no_currency_in_use(code: str) -> None:
    assert currency_of(code) is None


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [
        (EUR, "450.00", 45_000),
        (EUR, "450", 45_000),
        (EUR, "0.5", 50),
        (EUR, "007.10", 710),
        (EUR, "0", 0),
        (EUR, "0.0100000000000000000000000000000000000000", 1),
        (EUR, "90000000000000.00", MOST_MINOR_UNITS),
        (JPY, "450", 450),
        (JPY, "450.000", 450),
        (KWD, "1.234", 1234),
    ],
)
def test_to_minor_units(currency: Currency, amount: str, minor: int) -> None:
    assert currency.to_minor(amount) == minor


@pytest.mark.parametrize(
    ("currency", "amount", "code"),
    [
        (EUR, "0.001", "money_too_fine"),
        (EUR, "1.00000000000000000000000000000000001", "money_too_fine"),
        (JPY, "0.5", "money_too_fine"),
        (EUR, "90000000000000.01", "money_too_large"),
        (JPY, "9000000000000001", "money_too_large"),
        (EUR, "9" * 10_000, "money_too_large"),
    ],
)
def test_amounts_that_a_currency_does_not_take(currency: Currency, amount: str, code: str) -> None:
    with pytest.raises(MoneyError) as caught:
        currency.to_minor(amount)
    assert caught.value.code == code
    assert len(caught.value.detail) < 200


@pytest.mark.parametrize(
    ("currency", "minor", "text"),
    [
        (EUR, 51_705, "517.05"),
        (EUR, 5, "0.05"),
        (EUR, -5, "-0.05"),
        (EUR, -120, "-1.20"),
        (JPY, 450, "450"),
        (KWD, 1, "0.001"),
    ],
)
def test_format_has_the_decimals_of_the_currency(currency: Currency, minor: int, text: str) -> None:
    assert currency.format(minor) == text


@given(st.integers(0, MOST_MINOR_UNITS), st.sampled_from([EUR, JPY, KWD]))
def test_formatted_money_reads_back(minor: int, currency: Currency) -> None:
    assert currency.to_minor(currency.format(minor)) == minor


@given(st.integers(0, MOST_MINOR_UNITS))
def test_a_json_number_is_read_by_its_digits(minor: int) -> None:
    number = from_json(EUR.format(minor).encode(), float_mode="lossless-float")
    assert EUR.to_minor(amount_text(number)) == minor


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (True, "wrong_type"),
        (None, "wrong_type"),
        ([], "wrong_type"),
        ({}, "wrong_type"),
        (-1, "money_negative"),
        ("-0.01", "money_negative"),
        ("", "money_form"),
        (" 1", "money_form"),
        ("+1", "money_form"),
        ("1.", "money_form"),
        (".5", "money_form"),
        ("1,5", "money_form"),
        ("1_000", "money_form"),
        ("1e2", "money_form"),
        ("1\n", "money_form"),
        ("٣", "money_form"),
        ("0x10", "money_form"),
        ("NaN", "money_form"),
        ("450.00 EUR", "money_form"),
        ("x" * 10_000, "money_form"),
        (from_json(b"1e2", float_mode="lossless-float"), "money_form"),
        (from_json(b"-1.5", float_mode="lossless-float"), "money_negative"),
    ],
)
def test_what_is_no_amount(value: object, code: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        amount_text(value)
    assert caught.value.type == code
    assert len(caught.value.message()) < 200
