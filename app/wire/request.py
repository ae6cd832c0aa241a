"""The body of a POST that is no brief: from bytes to a model, or to every fault in it."""

from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from app.errors import Fault, InvalidRequest
from app.wire.json_body import read_json
from app.wire.parse import MOST_KEPT
from app.wire.problem import MOST_LISTED
from app.wire.pydantic_faults import faults_of, received

Model = TypeVar("Model", bound=BaseModel)


def read_request(raw: bytes, model: type[Model]) -> Model:
    """The request in a body, its numbers by their digits. Raises MalformedJson, InvalidRequest with every fault."""
    try:
        return model.model_validate(an_object(read_json(raw)))
    except ValidationError as error:
        raise invalid_request(list(islice(faults_of(error), MOST_KEPT))) from None


def an_object(document: object) -> dict[str, object]:
    """The document if it is an object. Raises InvalidRequest."""
    if not isinstance(document, dict):
        raise invalid_request([Fault("wrong_type", "", f"Expected an object, received {received(document)}.")])
    return document


def invalid_request(faults: list[Fault]) -> InvalidRequest:
    """The error that says these faults, of which there is at least one."""
    count = f"more than {MOST_LISTED} errors" if len(faults) > MOST_LISTED else f"{len(faults)} error(s)"
    place = faults[0].pointer or "the whole body"
    return InvalidRequest(f"The body has {count}, the first at {place}: {faults[0].detail}", faults)


def below(place: str, faults: Iterable[Fault]) -> list[Fault]:
    """Faults of a part of the body, with pointers into the body. place: pointer to the part."""
    return [Fault(fault.code, place + fault.pointer, fault.detail, fault.severity, fault.line) for fault in faults]
