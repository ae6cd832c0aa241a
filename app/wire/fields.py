"""The types that the fields of a brief are made of: strict, with limits, and as they look in the schema.

Strict: a text is not a number, true is not 1. One leniency, as JSON Schema has it: 3.0 is the whole number 3.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from jiter import LosslessFloat
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, core_schema

from app.wire.money import amount_text, shortened

LONGEST_NAME = 200
MOST_PEOPLE = 1e12
MOST_POSTS = 10_000
LONGEST_TIME_LIMIT = timedelta(hours=24)


class Posted(BaseModel):
    """What a caller posts: strict types, unknown fields are errors, null for an optional field is absent."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


def _whole(value: object) -> object:
    """3 for 3.0, everything else as it came (and then refused by the strict type behind)."""
    if isinstance(value, LosslessFloat | float):
        number = float(value)
        return int(number) if number.is_integer() else value
    return value


def one_or_many(value: object) -> list[object]:
    """A posted text as a list of it, a list as it is; anything else is refused."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise PydanticCustomError("texts_type", "")
    return value


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        raise PydanticCustomError("duration_form", 'Expected an ISO 8601 duration in text, as in "PT30S" or "PT1M30S".')
    days, hours, minutes, seconds = (float(part) if part else 0.0 for part in match.groups())
    total_s = days * 86400 + hours * 3600 + minutes * 60 + seconds
    if not 0.001 <= total_s <= LONGEST_TIME_LIMIT.total_seconds():
        raise PydanticCustomError("out_of_range", f"Expected a duration from PT0.001S to PT24H, received {value}.")
    return timedelta(seconds=total_s)


_DURATION = re.compile(
    r"P(?:([0-9]{1,9})D)?(?:T(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)S)?)?"
)


def _exact(value: object) -> Decimal:
    """A number of 0 or more by its digits."""
    if isinstance(value, LosslessFloat) or (isinstance(value, int) and not isinstance(value, bool)):
        number = Decimal(str(value))
    elif isinstance(value, Decimal):
        number = value
    elif isinstance(value, float):
        number = Decimal(repr(value))
    else:
        raise PydanticCustomError("wrong_type", "Expected a number.")
    if not number.is_finite() or number < 0 or -int(number.as_tuple().exponent) > MOST_DECIMALS:
        raise PydanticCustomError(
            "out_of_range",
            f"Expected 0 or more, with at most {MOST_DECIMALS} decimals, received {shortened(str(value))}.",
        )
    return number


MOST_DECIMALS = 30


def _exact_up_to(most: int) -> PlainValidator:
    def validate(value: object) -> Decimal:
        number = _exact(value)
        if number > most:
            raise PydanticCustomError(
                "out_of_range", f"Expected a number from 0 to {most}, received {shortened(str(value))}."
            )
        return number

    return PlainValidator(validate)


def _amount_schema(**extra: object) -> WithJsonSchema:
    return WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}, {"type": "number", "minimum": 0}], **extra}
    )


@dataclass(frozen=True)
class NullIs:
    """In ``Annotated``: null is accepted and becomes the default, as if the field were absent."""

    default: Callable[[], object]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """The field's schema, with null in front of it."""
        nullable = core_schema.nullable_schema(handler(source))
        return core_schema.no_info_after_validator_function(
            lambda value: self.default() if value is None else value, nullable
        )


Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
"""An id, a name or a label: 1 to 200 characters, compared exactly."""

WebhookUrl = Annotated[str, Field(min_length=1, max_length=2000)]
"""Whether it may be called depends on settings, so ``app.services.webhooks.guard`` says it."""

Share = Annotated[float, Field(ge=0, le=1)]
People = Annotated[float, Field(ge=0, le=MOST_PEOPLE)]
WHOLE = BeforeValidator(_whole)
"""Behind the limits of an int: 3.0 is the whole number 3."""

Posts = Annotated[int, Field(ge=1, le=MOST_POSTS), WHOLE]

Money = Annotated[str, PlainValidator(amount_text), _amount_schema()]
"""Digits of an amount in the brief's currency; ``Currency.to_minor`` makes minor units of it."""

ExactShare = Annotated[Decimal, _exact_up_to(1), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})]
ExactRate = Annotated[Decimal, _exact_up_to(10), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 10})]
Duration = Annotated[
    timedelta,
    PlainValidator(_duration),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "duration"}, {"type": "null"}]}),
]
