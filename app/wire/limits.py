"""The limits of a candidate's fields, read from its schema: checks on whole columns have no figures of their own."""

from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Any

from pydantic import BaseModel, TypeAdapter


@dataclass(frozen=True, slots=True)
class Limits:
    """What one field may be: for a number its range, for a text or a list its length.

    low, high: of a number; low_open, high_open: whether the limit itself is outside. whole: no decimals.
    least, most: characters of a text, entries of a list or of an object.
    """

    low: float = -inf
    high: float = inf
    low_open: bool = False
    high_open: bool = False
    whole: bool = False
    least: int = 0
    most: float = inf


@cache
def limits(model: type[BaseModel]) -> dict[str, Limits]:
    """Field name to limits, for every field of a model; of a nested model only that it is there."""
    schema = model.model_json_schema()
    return {name: _limits(part) for name, part in schema["properties"].items()}


@cache
def limits_of(kind: Any) -> Limits:
    """The limits of a type of ``app.wire.fields`` or ``app.wire.candidate``."""
    return _limits(TypeAdapter(kind).json_schema())


def _limits(schema: dict[str, Any]) -> Limits:
    """The limits in a field's schema, or in that of the one alternative that is not null."""
    for part in (schema, *(part for part in schema.get("anyOf", ()) if part.get("type") != "null")):
        low = part.get("exclusiveMinimum", part.get("minimum", -inf))
        high = part.get("exclusiveMaximum", part.get("maximum", inf))
        least = part.get("minLength", part.get("minItems", 0))
        most = part.get("maxLength", part.get("maxItems", part.get("maxProperties", inf)))
        if (low, high, least, most) != (-inf, inf, 0, inf) or part.get("type") in ("integer", "array", "object"):
            return Limits(
                low=float(low),
                high=float(high),
                low_open="exclusiveMinimum" in part,
                high_open="exclusiveMaximum" in part,
                whole=part.get("type") == "integer",
                least=least,
                most=float(most),
            )
    return Limits()
