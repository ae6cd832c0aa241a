"""The answer's schema explains itself, and has the fields of the contract."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.wire.optimization import CreatorRow, Issue, Optimization, Result


def models(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield schema["title"], schema
    yield from schema.get("$defs", {}).items()


@pytest.mark.parametrize("model", [Optimization, CreatorRow])
def test_every_field_says_what_it_means(model: type[Optimization] | type[CreatorRow]) -> None:
    for name, schema in models(model.model_json_schema(mode="serialization")):
        assert schema.get("description"), name
        for field, described in schema["properties"].items():
            assert described.get("description"), f"{name}.{field}"


def test_every_field_is_always_there() -> None:
    for name, schema in models(Optimization.model_json_schema(mode="serialization")):
        assert set(schema["required"]) == set(schema["properties"]), name


def test_the_fields_of_the_contract() -> None:
    assert list(Optimization.model_fields) == [
        *("id", "status", "solution_status", "stop_reason", "parent_id", "label", "created_at", "started_at"),
        *("completed_at", "progress", "result", "failure", "warnings", "reproducibility"),
    ]
    assert set(Result.model_fields) == {
        *("value", "totals", "ranges", "mix", "segments", "selection", "rules", "next_1000", "conflicts"),
        *("next_1000_people", "relaxations", "assumptions", "timings", "difference"),
    }


def test_money_is_text_in_the_schema_and_shares_have_their_range() -> None:
    definitions = Optimization.model_json_schema(mode="serialization")["$defs"]
    spend = definitions["Totals"]["properties"]["spend"]
    assert spend["type"] == "string"
    assert spend["pattern"]
    share = definitions["SelectionRow"]["properties"]["on_target_share"]
    assert (share["minimum"], share["maximum"]) == (0, 1)


def test_an_answer_cannot_be_changed_and_takes_no_unknown_field() -> None:
    issue = Issue(code="a", severity="warning", pointer="", detail="b")
    with pytest.raises(ValidationError):
        issue.detail = "c"
    with pytest.raises(ValidationError):
        TypeAdapter(Issue).validate_python({**issue.model_dump(), "more": 1})
