"""Answers that an older version stored, read by one whose answers have more fields."""

from types import UnionType
from typing import Any, Union, get_args, get_origin

from app.wire.figures import Answer


def completed(model: type[Answer], document: dict[str, Any]) -> dict[str, Any]:
    """The document of a ``model`` with what it lacks: null where the field may be null, [] where it is a list.

    Nothing else is made up: what else is missing is left to the model to refuse.
    """
    full = dict(document)
    for attribute, field in model.model_fields.items():
        name = field.alias or attribute
        if name in full:
            full[name] = _inner(field.annotation, full[name])
        elif type(None) in get_args(field.annotation):
            full[name] = None
        elif get_origin(field.annotation) is list:
            full[name] = []
    return full


def _inner(annotation: Any, value: Any) -> Any:
    """A value with its own parts completed, where its type says which they are."""
    if get_origin(annotation) in (Union, UnionType):
        models = [kind for kind in get_args(annotation) if kind is not type(None)]
        return _inner(models[0], value) if len(models) == 1 and value is not None else value
    if get_origin(annotation) is list and isinstance(value, list):
        (kind,) = get_args(annotation)
        return [_inner(kind, one) for one in value]
    if isinstance(annotation, type) and issubclass(annotation, Answer) and isinstance(value, dict):
        return completed(annotation, value)
    return value
