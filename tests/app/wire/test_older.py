"""What an older version stored can still be read: fields that came since are null or empty."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from app.services.run import run
from app.wire.older import completed
from app.wire.optimization import CreatorRow, Result
from tests.builders import brief, campaign

SINCE: dict[str, Any] = {"ranges": None, "relaxations": [], "difference": None}


@pytest.fixture(scope="module")
def outcome() -> Any:
    return run(campaign(brief(rules=[{"kind": "count", "max": 2}])), 0.0)


def test_a_whole_document_stays_as_it_is(outcome: Any) -> None:
    document = json.loads(outcome.result.model_dump_json())
    assert completed(Result, document) == document


def test_fields_that_came_since_are_null_or_empty(outcome: Any) -> None:
    document = json.loads(outcome.result.model_dump_json())
    for name in SINCE:
        del document[name]
    for row in document["rules"]:
        del row["slack"]
    for row in document["selection"]:
        del row["cpm"]
    read = Result.model_validate(completed(Result, document))
    assert {name: getattr(read, name) for name in SINCE} == SINCE
    assert [row.slack for row in read.rules] == [None]
    assert {row.cpm for row in read.selection} == {None}
    assert read.totals == outcome.result.totals


def test_rows_of_creators_too(outcome: Any) -> None:
    (rows,) = outcome.creator_documents("chosen")
    older = {name: value for name, value in rows[0].items() if name != "loss_if_forced"}
    assert CreatorRow.model_validate(completed(CreatorRow, older)).loss_if_forced is None


def test_what_cannot_be_null_is_not_made_up(outcome: Any) -> None:
    document = json.loads(outcome.result.model_dump_json())
    del document["timings"]
    with pytest.raises(ValidationError):
        Result.model_validate(completed(Result, document))
