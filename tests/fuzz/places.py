"""JSON Pointers: whether one leads somewhere in a body."""

from typing import Any


def is_a_place(pointer: str, document: Any) -> bool:
    """Whether the pointer leads to a value, or to a field that an object does not have."""
    if pointer == "":
        return True
    outer, _, last = pointer.rpartition("/")
    try:
        container = value_at(outer, document)
    except (LookupError, ValueError, TypeError):
        return False
    return isinstance(container, dict) or (isinstance(container, list) and 0 <= int(last) < len(container))


def is_a_value(pointer: str, document: Any) -> bool:
    """Whether the pointer leads to a value."""
    try:
        value_at(pointer, document)
    except (LookupError, ValueError, TypeError):
        return False
    return True


def value_at(pointer: str, document: Any) -> Any:
    """The value that the pointer leads to. Raises LookupError, ValueError or TypeError where there is none."""
    value = document
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value
