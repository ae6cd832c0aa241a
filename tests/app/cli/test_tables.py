"""What people read about a finished optimization."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from app.cli.tables import MOST_ROWS, Asked, show
from app.services import demo_briefs
from app.services.resource import Moments, finished, reproducibility
from app.services.run import run
from app.wire.optimization import Issue, NetValue, Optimization
from optimizer.forecast.benchmarks import load_benchmarks
from tests.app.services.solved import campaign_of, demo

Solved = tuple[Optimization, Asked]


def solved(brief: dict[str, Any]) -> Solved:
    campaign = campaign_of(brief)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    known = reproducibility(b"", 1, load_benchmarks())
    outcome = run(campaign, 0.0)
    return finished("opt_1", brief.get("label"), Moments(now, now, now), outcome, known), Asked.of(
        campaign, outcome.result
    )


@pytest.fixture(scope="module")
def demos() -> dict[str, Solved]:
    return {brief.name: solved(brief.body) for brief in demo_briefs.all_briefs()}


def shown(case: Solved, width: int = 100, terminal: bool = False) -> str:
    paper = io.StringIO()
    show(Console(file=paper, width=width, highlight=False, force_terminal=terminal), *case)
    return paper.getvalue()


def changed(case: Solved, **changes: object) -> Solved:
    return case[0].model_copy(update=changes), case[1]


def changed_result(case: Solved, **changes: object) -> Solved:
    result = case[0].result
    assert result is not None
    return changed(case, result=result.model_copy(update=changes))


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("name", ["minimal", "realistic", "infeasible", "pinned"])
def test_no_line_is_wider_than_the_terminal(demos: dict[str, Solved], name: str, width: int) -> None:
    text = shown(demos[name], width)
    assert "\x1b" not in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width


def test_without_colour_a_terminal_gets_none(demos: dict[str, Solved], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[1;32m" in shown(demos["minimal"], terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "32m" not in shown(demos["minimal"], terminal=True)


def test_a_plan_is_shown_with_everything_that_stands_behind_it(demos: dict[str, Solved]) -> None:
    text = shown(demos["realistic"], 120)
    result = demos["realistic"][0].result
    assert result is not None
    for row in result.selection:
        assert row.creator_id in text
    for rule in result.rules:
        assert rule.name in text
    for expected in ("@demo_", "optimal", "next 1,000 EUR", "trail runners", "reach_rate instagram", "Warnings"):
        assert expected in text


def test_an_open_gap_is_called_open(demos: dict[str, Solved]) -> None:
    value = NetValue(net=90.0, best_bound=100.0, relative_gap=1 / 9)
    case = changed_result(changed(demos["minimal"], solution_status="feasible", stop_reason="time_limit"), value=value)
    text = shown(case, 200)
    assert "not closed (time limit of 30 s)" in text
    assert "worth more than 100.0 (gap 0.1)" in text
    assert "not closed (stopped)" in shown(changed(case, stop_reason="stopped"))
    unproven = value.model_copy(update={"best_bound": None, "relative_gap": None})
    assert "nothing was proven" in shown(changed_result(case, value=unproven))


def test_the_cheapest_plan_is_shown_with_its_goal() -> None:
    text = shown(solved(demo("minimal", objective={"minimise": "cost", "min_engaged_reach": 300})), 120)
    assert "the goal is 300" in text
    assert "no plan that reaches the goal costs less than" in text


def test_the_ranges_are_shown_with_goal_and_conversion(demos: dict[str, Solved]) -> None:
    text = shown(demos["realistic"], 120)
    result = demos["realistic"][0].result
    assert result is not None
    assert result.ranges is not None
    for figure in result.ranges.engaged_reach.model_dump().values():
        assert f"{figure:,.0f}" in text
    for expected in ("EUR per engaged person", "orders", "revenue EUR", "ROAS", "The goal of 15,000 engaged people"):
        assert expected in text
    bare = shown(demos["minimal"], 120)
    assert "How sure" in bare
    for absent in ("expected", "orders", "ROAS", "The goal of"):
        assert absent not in bare


def test_no_price_per_person_is_shown_as_none() -> None:
    unsure = demo("minimal")
    for candidate in unsure["candidates"]:
        candidate["delivery_probability"] = 0.1
    text = shown(solved(unsure))
    row = next(line for line in text.splitlines() if line.startswith("EUR per engaged person"))
    assert row.split()[-1] == "-"


def test_a_clash_with_the_budget_says_how_much_it_is() -> None:
    brief = demo("minimal", budget="100.00", rules=[{"name": "anna", "kind": "require", "creator_id": "anna"}])
    text = shown(solved(brief))
    assert "anna (require)" in text
    assert "budget (100.00 EUR)" in text
    assert "Without any one of them the others can be kept." in text


def test_a_rule_that_nothing_keeps_is_not_called_a_clash() -> None:
    text = shown(solved(demo("minimal", rules=[{"name": "ten", "kind": "count", "min": 10}])))
    assert "No plan can keep this, even alone" in text


def test_a_clash_comes_with_the_smallest_change(demos: dict[str, Solved]) -> None:
    text = shown(demos["infeasible"])
    assert "smallest change: nobody above 600: max from 600.00 EUR to 640.00 EUR" in text
    assert "at least 4 from Austria: min from 4 to 3" in text
    assert "Any one of these is enough." in text


def test_a_rule_without_a_number_is_left_out() -> None:
    rules = [{"name": name, "kind": name, "creator_id": "anna"} for name in ("require", "exclude")]
    text = shown(solved(demo("minimal", rules=rules)))
    assert "smallest change: leave out require (require)" in text


def test_where_no_single_change_is_enough_that_is_said() -> None:
    ten = [{"name": f"ten {k}", "kind": "count", "min": 10} for k in range(2)]
    text = " ".join(shown(solved(demo("minimal", rules=ten))).split())
    assert "No change of a single limit is known to be enough: other rules may clash too." in text


@pytest.mark.parametrize(
    "first", [[{"kind": "count", "min": 10}], [{"kind": "count", "min": 2}, {"kind": "count", "max": 1}]]
)
def test_of_two_clashes_the_first_is_not_said_to_be_all(first: list[dict[str, Any]]) -> None:
    """Without the first clash the brief still has no plan, so no line may promise one."""
    second = [{"kind": "require", "creator_id": "anna"}, {"kind": "exclude", "creator_id": "anna"}]
    assert "No plan can keep" in shown(solved(demo("minimal", rules=second)))
    text = shown(solved(demo("minimal", rules=first + second)))
    assert "No plan can keep" in text
    assert "there is a plan" not in text


def test_a_forecast_well_above_its_draws_is_no_promise() -> None:
    """Where rates are near what can be reached at all, luck brings little and the draws stay below the forecast."""
    brief = demo("minimal", budget="100000.00")
    for candidate in brief["candidates"]:
        candidate["delivery_probability"] = 1
        candidate["engagement"] = {"rate": 0.3, "per": "follower", "posts": 1}
        for offer in candidate["offers"]:
            offer["expected_reach"] = 0.1 * candidate["followers"]
    bold, calm = solved(brief), solved(demo("minimal"))
    for case, above in ((bold, True), (calm, False)):
        result = case[0].result
        assert result is not None
        assert result.totals is not None
        assert result.ranges is not None
        assert (result.totals.engaged_reach > 1.05 * result.ranges.engaged_reach.p50) is above
        assert ("promise by this table" in " ".join(shown(case).split())) is above


def test_nobody_chosen_is_said_in_words() -> None:
    text = shown(solved(demo("minimal", objective={"waste_aversion": 10})))
    assert "Nothing is chosen" in text
    assert "chosen              0 creators" in text


def test_money_that_is_not_short_is_said_in_words() -> None:
    assert "money is not short" in shown(solved(demo("minimal", budget="100000.00")))


def test_long_lists_are_cut_and_say_so(demos: dict[str, Solved]) -> None:
    optimization, _ = demos["minimal"]
    assert optimization.result is not None
    row = optimization.result.selection[0]
    many = [row.model_copy(update={"creator_id": f"c{k}"}) for k in range(MOST_ROWS + 5)]
    warning = Issue(code="a", severity="warning", pointer="/x", detail="Something.")
    case = changed(changed_result(demos["minimal"], selection=many), warnings=[warning] * 30)
    text = shown(case)
    assert "... and 5 more creators; --json lists all." in text
    assert "... and 18 more warnings; --json lists all." in text


def test_only_finished_optimizations_are_shown(demos: dict[str, Solved]) -> None:
    with pytest.raises(ValueError, match="finished"):
        shown(changed(demos["minimal"], result=None))


def test_handles_are_left_out_where_there_are_none(demos: dict[str, Solved]) -> None:
    optimization, asked = demos["realistic"]
    assert "handle" in shown((optimization, asked), 200)
    assert "handle" not in shown((optimization, replace(asked, handles={})), 200)
