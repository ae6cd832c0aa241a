"""pydantic's errors as faults: where in the body, what was received, what is allowed, in plain words."""

from collections.abc import Iterator, Mapping, Sequence

from jiter import LosslessFloat
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.errors import Fault
from app.wire.money import shortened
from app.wire.pointers import pointer

_Place = tuple[int | str, ...]

_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "texts_type": "a text or a list of texts",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}


def faults_of(error: ValidationError, under: _Place = (), tagged: Sequence[str] = ()) -> Iterator[Fault]:
    """The faults of a validated part of the body.

    under: place of that part; an integer at its end is added to the first index, for a chunk of a list.
    tagged: names of lists whose entries are told apart by ``kind``, which pydantic adds to the place.
    """
    for details in error.errors(include_url=False):
        place = _posted_place(details, tagged)
        if under and isinstance(under[-1], int) and place and isinstance(place[0], int):
            place = (*under[:-1], under[-1] + place[0], *place[1:])
        else:
            place = (*under, *place)
        yield _fault(details, place)


def received(value: object) -> str:
    """A posted value in a few words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'the text "{shortened(value)}"'
    if isinstance(value, int | float | LosslessFloat):
        return shortened(str(value))
    if isinstance(value, Mapping):
        return "an object"
    return f"a list of {len(value)}" if isinstance(value, list) else "something else"


def _posted_place(details: ErrorDetails, tagged: Sequence[str]) -> _Place:
    """The keys and indices of the posted document: without pydantic's tag of a union and its mark of a key."""
    loc = details["loc"]
    if len(loc) > 2 and loc[0] in tagged:
        loc = (*loc[:2], *loc[3:])
    is_of_key = len(loc) > 1 and loc[-1] == "[key]" and details["input"] == loc[-2]
    return loc[:-1] if is_of_key else loc


def _fault(details: ErrorDetails, place: _Place) -> Fault:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    name = place[-1] if place and isinstance(place[-1], str) else None
    if kind == "missing":
        return Fault("missing_field", pointer(*place), f"The field {name} is missing; it is required.")
    if kind == "extra_forbidden":
        detail = f"There is no field {shortened(str(name))} here; check its spelling, or leave it out."
        return Fault("unknown_field", pointer(*place), detail)
    if kind in _EXPECTED:
        detail = f"Expected {_EXPECTED[kind]}, received {received(value)}."
        return Fault("wrong_type", pointer(*place), detail)
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        bound = f"Expected {words} {context[key]:g}, received {received(value)}"
        return Fault("out_of_range", pointer(*place), f"{bound}{_as_share(value) if context[key] == 1 else ''}.")
    if kind in ("string_too_short", "too_short"):
        least = context["min_length"]
        what = f"at least {least} character(s)" if kind == "string_too_short" else f"at least {least} value(s)"
        return Fault("too_short", pointer(*place), f"Expected {what}, received {_size(value)}.")
    if kind in ("string_too_long", "too_long"):
        most = context["max_length"]
        what = f"at most {most} characters" if kind == "string_too_long" else f"at most {most} values"
        return Fault("too_long", pointer(*place), f"Expected {what}, received {_size(value)}.")
    if kind == "literal_error":
        return Fault("not_allowed", pointer(*place), f"Expected {context['expected']}, received {received(value)}.")
    if kind == "union_tag_not_found":
        if not isinstance(value, Mapping):
            return Fault("wrong_type", pointer(*place), f"Expected an object, received {received(value)}.")
        return Fault("missing_field", pointer(*place, "kind"), "The field kind is missing; it is required.")
    if kind == "union_tag_invalid":
        detail = f'Expected {context["expected_tags"]}, received the text "{shortened(str(context["tag"]))}".'
        return Fault("not_allowed", pointer(*place, "kind"), detail)
    if kind == "finite_number":
        return Fault("out_of_range", pointer(*place), "Expected a finite number.")
    return Fault(kind, pointer(*place), details["msg"])


def _as_share(value: object) -> str:
    """What a number above 1 would be if percent was meant, where a share is expected; else nothing."""
    if isinstance(value, int | float | LosslessFloat) and 1 < float(value) <= 100:
        return f" ({float(value):g} % is {float(value) / 100:g})"
    return ""


def _size(value: object) -> str:
    return f"{len(value)}" if isinstance(value, str | list | dict) else received(value)
