"""What a caller posts to have a plan of its own evaluated: a brief and a selection."""

from itertools import islice
from typing import Annotated

from pydantic import Field, ValidationError

from app.errors import BodyTooLarge, Fault, InvalidBrief
from app.wire.brief import MOST_CANDIDATES, Brief
from app.wire.fields import Posted
from app.wire.garbage import collector_paused
from app.wire.json_body import read_json
from app.wire.parse import MOST_KEPT, brief_in
from app.wire.pydantic_faults import faults_of
from app.wire.request import an_object, below, invalid_request
from app.wire.rules import PlannedOffer

Selection = Annotated[list[PlannedOffer], Field(max_length=MOST_CANDIDATES)]


class _Rest(Posted):
    selection: Selection = Field(
        description="The plan: its offers, at most one of a creator. Empty: nothing is booked."
    )


class EvaluationRequest(_Rest):
    """A plan of one's own, and the brief that it is for."""

    brief: Brief = Field(description="The brief, as it would be posted to be solved.")


def parse_evaluation(raw: bytes, max_candidates: int) -> tuple[Brief, list[PlannedOffer]]:
    """The brief and the selection in a body; the brief is checked as ``parse_brief`` does it.

    Raises MalformedJson, BodyTooLarge, InvalidRequest; pointers are into the body.
    """
    with collector_paused():
        document = an_object(read_json(raw))
        faults: list[Fault] = []
        brief: Brief | None = None
        if "brief" in document:
            try:
                brief = brief_in(document.pop("brief"), max_candidates)
            except BodyTooLarge as error:
                raise BodyTooLarge(error.detail, below("/brief", error.faults)) from None
            except InvalidBrief as error:
                faults += below("/brief", error.faults)
        else:
            faults.append(Fault("missing_field", "/brief", "The field brief is missing; it is required."))
        try:
            rest = _Rest.model_validate(document)
        except ValidationError as error:
            faults += islice(faults_of(error), MOST_KEPT - len(faults))
            raise invalid_request(faults) from None
    if brief is None:
        raise invalid_request(faults)
    return brief, rest.selection
