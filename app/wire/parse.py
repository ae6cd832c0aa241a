"""From the bytes of a body to a brief, or to every fault in it."""

from collections.abc import Iterator
from itertools import islice

from pydantic import TypeAdapter, ValidationError

from app.errors import BodyTooLarge, Fault, InvalidBrief
from app.wire.brief import MOST_CANDIDATES, Brief, BriefHead
from app.wire.candidate import Candidate
from app.wire.candidate_checks import faults_within
from app.wire.checks import cross_field_faults, head_faults
from app.wire.garbage import collector_paused
from app.wire.json_body import read_json
from app.wire.money import Currency
from app.wire.problem import MOST_LISTED
from app.wire.pydantic_faults import faults_of, received

MOST_KEPT = MOST_LISTED + 1
"""One fault more than is listed, so that whoever lists them can tell that there are more."""

_candidate_list = TypeAdapter(list[Candidate])
_CHUNK = 2_000
"""Candidates are validated in chunks, so that a hundred thousand faulty ones cost no more than the faults told."""


def parse_brief(raw: bytes, max_candidates: int = MOST_CANDIDATES) -> Brief:
    """The brief in a body.

    Raises MalformedJson, BodyTooLarge (more candidates than allowed) or InvalidBrief with a fault
    for every place that is wrong, the first ``MOST_KEPT`` of them. Faults between fields are looked
    for once every field is right in itself.
    """
    with collector_paused():
        return brief_in(read_json(raw), max_candidates)


def brief_in(document: object, max_candidates: int) -> Brief:
    """The brief in what ``read_json`` returned; uses it up, so that it is not in memory beside the brief.

    Raises BodyTooLarge and InvalidBrief as ``parse_brief`` does; pointers are into the document.
    """
    if not isinstance(document, dict):
        raise invalid_brief([_no_object(document)])
    rows = document.pop("candidates", None)
    if isinstance(rows, list) and len(rows) > max_candidates:
        detail = f"The brief has {len(rows)} candidates; at most {max_candidates} are accepted."
        raise BodyTooLarge(detail, [Fault("too_many_candidates", "/candidates", detail)])
    faults: list[Fault] = []
    head: BriefHead | None = None
    try:
        head = BriefHead.model_validate(document)
    except ValidationError as error:
        faults += islice(faults_of(error, tagged=("rules",)), MOST_KEPT)
    candidates: list[Candidate] = []
    for part in _validated(rows):
        if isinstance(part, Candidate):
            candidates.append(part)
        elif len(faults) < MOST_KEPT:
            faults.append(part)
        else:
            break
    if head is None or faults:
        raise invalid_brief(faults)
    brief = Brief.model_construct(
        head.model_fields_set | {"candidates"},
        candidates=candidates,
        **{name: getattr(head, name) for name in BriefHead.model_fields},
    )
    if faults := list(islice(cross_field_faults(brief), MOST_KEPT)):
        raise invalid_brief(faults)
    return brief


def parse_brief_head(raw: bytes) -> BriefHead:
    """The brief in a body that leaves its candidates to a file.

    Raises MalformedJson, or InvalidBrief with every fault; a brief that has candidates too is one.
    """
    document = read_json(raw)
    if not isinstance(document, dict):
        raise invalid_brief([_no_object(document)])
    faults: list[Fault] = []
    if document.pop("candidates", None) is not None:
        detail = "The brief has candidates, and a file of candidates was given too; leave one of the two out."
        faults.append(Fault("not_together", "/candidates", detail))
    try:
        head = BriefHead.model_validate(document)
    except ValidationError as error:
        raise invalid_brief([*faults, *islice(faults_of(error, tagged=("rules",)), MOST_KEPT)]) from None
    faults += islice(head_faults(head), MOST_KEPT)
    if head.target.panel is not None:
        detail = (
            "A panel needs an audience_sample from each candidate, which candidates from a file cannot have; put the "
            "candidates into the brief."
        )
        faults.append(Fault("not_together", "/target/panel", detail))
    if faults:
        raise invalid_brief(faults)
    return head


def parse_candidate(document: object, currency: Currency) -> Candidate:
    """The candidate of a file in plain values as ``read_json`` returns them, with all checks that need no other one.

    Raises InvalidBrief; pointers are into the candidate.
    """
    try:
        candidate = Candidate.model_validate(document)
    except ValidationError as error:
        raise invalid_brief(list(islice(faults_of(error), MOST_KEPT))) from None
    faults = list(faults_within(candidate, currency))
    if candidate.audience_sample is not None:
        detail = "A sample belongs to one panel, so to one brief; put the candidate into the brief, or leave it out."
        faults.append(Fault("not_in_files", "/audience_sample", detail))
    if faults:
        raise invalid_brief(faults)
    return candidate


def _no_object(document: object) -> Fault:
    return Fault("wrong_type", "", f"Expected an object with the fields of a brief, received {received(document)}.")


def _validated(rows: object) -> Iterator[Candidate | Fault]:
    """Each candidate; of a chunk with faults only those. Takes the rows out of their list as it goes."""
    if rows is None or rows == []:
        yield Fault("candidates_needed", "/candidates", "The brief has no candidates; it needs at least one creator.")
        return
    if not isinstance(rows, list):
        yield Fault("wrong_type", "/candidates", f"Expected a list of candidates, received {received(rows)}.")
        return
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        rows[start : start + _CHUNK] = [None] * len(chunk)
        try:
            yield from _candidate_list.validate_python(chunk)
        except ValidationError as error:
            yield from faults_of(error, under=("candidates", start))


def invalid_brief(faults: list[Fault]) -> InvalidBrief:
    """The error that says these faults, of which there is at least one."""
    count = "more than 100 errors" if len(faults) >= MOST_KEPT else f"{len(faults)} error(s)"
    place = faults[0].pointer or "the whole body"
    return InvalidBrief(f"The brief has {count}, the first at {place}: {faults[0].detail}", faults)
