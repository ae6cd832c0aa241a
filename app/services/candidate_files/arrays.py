"""Arrow arrays as NumPy columns, each with the rows that only a closer look can accept.

Every function here returns what it read and flags: True where a value is not surely what the field takes.
Flags may be raised in vain, never be missing: a flagged row goes through the checks of the inline path.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.services.translate.text_columns import frozen
from app.wire.limits import Limits
from app.wire.money import MOST_MINOR_UNITS, Currency
from optimizer.columns import Flags, Floats, Labels, Positions

Array = Any
"""A pyarrow.Array; pyarrow has no types of its own."""

SURE_AMOUNT = r"^[0-9]{1,14}(\.[0-9]{1,4})?$"
"""Text that is an amount of money which fits in 63 bits with four decimals."""

_AMOUNT_TYPE = pa.decimal128(38, 4)


def missing(array: Array) -> Flags:
    """Where there is no value: bool (rows,)."""
    return np.asarray(pc.is_null(array).to_numpy(zero_copy_only=False))


def columns(struct: Array) -> dict[str, Array]:
    """The fields of a struct array by name, null where the struct is."""
    if not pa.types.is_struct(struct.type):
        return {}
    return dict(zip((field.name for field in struct.type), struct.flatten(), strict=True))


def floats(array: Array, limits: Limits, required: bool = False) -> tuple[Floats, Flags]:
    """Numbers as float64, NaN where there is none."""
    absent = missing(array)
    if not _is_number(array.type):
        return np.full(len(array), np.nan), ~absent | required
    values = np.array(pc.cast(array, pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    above = values > limits.low if limits.low_open else values >= limits.low
    below = values < limits.high if limits.high_open else values <= limits.high
    sure = above & below & np.isfinite(values)
    if limits.whole:
        sure &= values == np.floor(values)
    return values, ~(sure | (absent & (not required)))


def texts(array: Array, limits: Limits, required: bool = False) -> tuple[Array, Flags]:
    """Texts as an Arrow array of strings, null where there is none."""
    absent = missing(array)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type) or _is_view(array.type)):
        return pa.nulls(len(array), pa.string()), ~absent | required
    array = array.cast(pa.string())
    length = np.array(pc.fill_null(pc.utf8_length(array), 0).to_numpy(zero_copy_only=False))
    sure = (length >= limits.least) & (length <= limits.most) & ~absent
    sure &= ~np.asarray(pc.fill_null(pc.match_substring(array, "\x00"), False).to_numpy(zero_copy_only=False))
    return array, ~(sure | (absent & (not required)))


def labels(array: Array) -> Labels:
    """Texts as codes, -1 where there is none."""
    coded = array.dictionary_encode()
    codes = np.array(pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False), np.int32)
    return Labels(frozen(codes), tuple(coded.dictionary.to_pylist()))


def lists(array: Array) -> tuple[Positions, Array, Flags]:
    """Lists as how many entries each row has and all entries in one array."""
    absent = missing(array)
    kind = array.type
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)):
        return np.zeros(len(array), np.int64), pa.nulls(0), ~absent
    counts = np.array(pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False), np.int64)
    return counts, array.flatten(), np.zeros(len(array), np.bool_)


def minor_units(array: Array, currency: Currency) -> tuple[NDArray[np.int64], Flags]:
    """Amounts of money, none of them absent, as minor units."""
    unsure = missing(array)
    kind, scale = array.type, 0
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is_view(kind):
        sure = np.asarray(pc.fill_null(pc.match_substring_regex(array, SURE_AMOUNT), False))
        array = pc.if_else(pa.array(sure), array, pa.scalar(None, kind)).cast(pa.string()).cast(_AMOUNT_TYPE)
        unsure, kind = ~sure, _AMOUNT_TYPE
    if pa.types.is_floating(kind):
        return _minor_from_floats(np.array(pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False)), currency)
    if pa.types.is_integer(kind):
        units = np.array(pc.fill_null(pc.cast(array, pa.float64(), safe=False), 0).to_numpy(zero_copy_only=False))
        beyond = (units < 0) | (units > MOST_MINOR_UNITS)
        units = np.where(beyond, 0, units).astype(np.int64)
    elif pa.types.is_decimal(kind) and 0 <= kind.scale <= 18:
        scale = kind.scale
        if not pa.types.is_decimal128(kind):
            array = array.cast(pa.decimal128(38, scale), safe=False)
        words = np.frombuffer(array.buffers()[1], np.int64)[2 * array.offset : 2 * (array.offset + len(array))]
        low, high = words[::2], words[1::2]
        beyond = (high != 0) | (low < 0)
        units = np.where(beyond | unsure, 0, low)
    else:
        return np.zeros(len(array), np.int64), np.ones(len(array), np.bool_)
    if scale > currency.decimals:
        minor, finer = np.divmod(units, 10 ** (scale - currency.decimals))
        beyond |= finer != 0
    else:
        factor = 10 ** (currency.decimals - scale)
        beyond |= units > MOST_MINOR_UNITS // factor
        minor = np.where(beyond, 0, units) * factor
    return minor, unsure | beyond | (minor > MOST_MINOR_UNITS)


def _minor_from_floats(values: Floats, currency: Currency) -> tuple[NDArray[np.int64], Flags]:
    """Sure where a double is the nearest one to a whole number of minor units, so that its shortest text is it."""
    factor = float(10**currency.decimals)
    with np.errstate(invalid="ignore", over="ignore"):
        minor = np.rint(values * factor)
        sure = (values >= 0) & (minor <= MOST_MINOR_UNITS) & (minor / factor == values) & ~np.signbit(values)
    return np.where(sure, minor, 0).astype(np.int64), ~sure


def _is_number(kind: Array) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_view(kind: Array) -> bool:
    return bool(pa.types.is_string_view(kind))
