"""The change that an infeasible brief is told to make, checked by posting the brief with it."""

from decimal import Decimal
from typing import Any

import pytest

from app.services.answers.relaxations import relaxations
from app.wire.relaxation import Relaxation
from tests.app.services.solved import campaign_of, demo, outcome_of

Brief = dict[str, Any]
RUNNERS = {"name": "runners", "kind": "min_on_target_share", "min": 0.5}


def changes(brief: Brief) -> list[Relaxation]:
    outcome = outcome_of(brief)
    assert outcome.solution_status == "infeasible"
    names = {conflict.name for conflict in outcome.result.conflicts}
    assert {one.name for one in outcome.result.relaxations} <= names
    return outcome.result.relaxations


def with_limit(brief: Brief, one: Relaxation, to: Any) -> Brief:
    """The brief as a person would change it."""
    if one.kind == "budget":
        return brief | {"budget": to}
    if one.kind == "goal":
        return brief | {"objective": brief["objective"] | {"min_engaged_reach": to}}
    rules = [dict(rule) for rule in brief["rules"]]
    (rule,) = (rule for rule in rules if rule["name"] == one.name)
    if to is None:
        rules.remove(rule)
    else:
        rule[one.side] = to
    return brief | {"rules": rules}


def status(brief: Brief) -> str:
    return outcome_of(brief).solution_status


def tighter(one: Relaxation) -> Any:
    """One unit less of a change, in the unit of its limit."""
    towards = 1 if one.side == "min" else -1
    if isinstance(one.to, str):
        return str(Decimal(one.to) + towards * Decimal("0.01"))
    if one.kind == "goal":
        return one.to * (1 + 1e-6) if one.to else 1e-3
    if one.kind == "count" or "followers" in one.kind:
        return one.to + towards if one.to is not None else None
    return round(one.to + towards * 1e-6, 6) if one.to is not None else None


ONE = {"name": "one", "kind": "count", "min": 1}
COUNT_ALL = {"name": "all", "kind": "count", "min": 3}
BRIEFS: dict[str, Brief] = {
    "the demo": demo("infeasible"),
    "budget": demo("minimal", budget="900.00", rules=[COUNT_ALL]),
    "goal": demo("minimal", objective={"minimise": "cost", "min_engaged_reach": 3000}),
    "goal and budget": demo("minimal", budget="300.00", objective={"minimise": "cost", "min_engaged_reach": 500}),
    "count": demo("minimal", rules=[COUNT_ALL, {"name": "few", "kind": "count", "max": 2}]),
    "spend": demo("minimal", rules=[COUNT_ALL, {"name": "cheap", "kind": "spend", "max": "1000.00"}], budget="5000"),
    "spend at least": demo("minimal", rules=[{"name": "dear", "kind": "spend", "min": "1001.00"}]),
    "share": demo(
        "minimal",
        budget="5000",
        rules=[COUNT_ALL, {"name": "nano", "kind": "spend_share", "where": {"creator_id": "anna"}, "min": 0.9}],
    ),
    "waste": demo("minimal", rules=[ONE, {"name": "w", "kind": "waste_share", "max": 0.1}]),
    "on target": demo("minimal", budget="5000", rules=[COUNT_ALL, RUNNERS]),
    "followers": demo(
        "minimal", budget="5000", rules=[COUNT_ALL, {"name": "b", "kind": "min_followers", "min": 30000}]
    ),
    "small": demo("minimal", budget="5000", rules=[COUNT_ALL, {"name": "s", "kind": "max_followers", "max": 10000}]),
    "require": demo(
        "minimal",
        rules=[
            {"name": "in", "kind": "require", "creator_id": "anna"},
            {"name": "out", "kind": "exclude", "creator_id": "anna"},
        ],
    ),
}


@pytest.mark.parametrize("name", BRIEFS)
def test_the_brief_with_the_change_has_a_plan_and_with_less_of_it_has_none(name: str) -> None:
    brief = BRIEFS[name]
    found = changes(brief)
    assert found
    for one in found:
        assert one.exact
        assert status(with_limit(brief, one, one.to)) == "optimal"
        if one.to is not None:
            assert status(with_limit(brief, one, tighter(one))) == "infeasible"


def test_the_smallest_change_comes_first_and_what_has_to_go_last() -> None:
    first, *others = changes(demo("infeasible"))
    assert (first.name, first.side, first.from_, first.to) == ("nobody above 600", "max", "600.00", "640.00")
    assert first.change == pytest.approx(40 / 600)
    assert [one.change for one in [first, *others]] == sorted(one.change or 9.0 for one in [first, *others])
    require = changes(BRIEFS["require"])
    assert {(one.name, one.side, one.from_, one.to, one.change) for one in require} == {
        ("in", None, None, None, None),
        ("out", None, None, None, None),
    }


def test_two_clashes_at_once_have_no_single_change() -> None:
    ten = [{"name": f"ten {k}", "kind": "count", "min": 10} for k in range(2)]
    assert changes(demo("minimal", rules=ten)) == []


def test_a_brief_with_a_plan_needs_none() -> None:
    assert outcome_of(demo("minimal")).result.relaxations == []


def test_what_was_not_known_in_time_is_a_warning() -> None:
    brief = BRIEFS["budget"]
    campaign, solution = campaign_of(brief), outcome_of(brief).solution
    found = relaxations(campaign, solution, 0.0, should_stop=lambda: True)
    assert found.rows == []
    (warning,) = found.warnings
    assert (warning.code, warning.severity) == ("relaxations_incomplete", "warning")
    assert '"all", "budget"' in warning.detail


def test_the_names_on_the_wire_are_those_of_the_contract() -> None:
    (one, *_) = changes(BRIEFS["budget"])
    document = one.model_dump()
    assert {"name", "from", "to"} <= set(document)
    assert Relaxation.model_validate_json(one.model_dump_json()) == one
