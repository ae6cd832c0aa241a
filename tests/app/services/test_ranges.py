"""How sure a plan is, in the terms of its brief."""

import random
from decimal import Decimal
from typing import Any

import pytest

from app.services.run import Outcome
from app.wire.ranges import Ranges
from optimizer.answers.ranges import DRAWS, band, draw, uncertain
from optimizer.solution import Limits
from optimizer.solve import solve
from tests.app.services.solved import campaign_of, demo, outcome_of
from tests.builders import brief, creator, offer


def ranges_of(outcome: Outcome) -> Ranges:
    assert outcome.result.ranges is not None
    return outcome.result.ranges


def asked(**fields: Any) -> Ranges:
    return ranges_of(outcome_of(brief(**fields)))


def silent(probability: float) -> dict[str, Any]:
    """A brief's candidates who post with this probability."""
    return {"candidates": [creator("c1", delivery_probability=probability)]}


def test_they_are_the_draws_of_the_plan() -> None:
    document = demo("realistic")
    campaign, found = campaign_of(document), ranges_of(outcome_of(document))
    plan = solve(campaign.problem, Limits()).plan
    assert plan is not None
    drawn = draw(campaign.problem, plan, uncertain(campaign.candidates, campaign.forecast, plan), seed=1)
    assert tuple(found.engaged_reach.model_dump().values()) == band(drawn.engaged)
    assert tuple(found.waste.model_dump().values()) == band(drawn.waste)
    assert found.goal is not None
    assert found.goal.chance == sum(people >= 15_000 for people in drawn.engaged) / DRAWS
    assert (found.draws, found.seed) == (10_000, 1)


def test_the_forecast_lies_within() -> None:
    outcome = outcome_of(demo("realistic"))
    found, totals = ranges_of(outcome), outcome.result.totals
    assert totals is not None
    assert found.engaged_reach.p10 < totals.engaged_reach < found.engaged_reach.p90
    assert found.waste.p10 < totals.waste < found.waste.p90
    assert totals.cost_per_engaged_person is not None
    low, middle, high = (Decimal(value) for value in found.cost_per_engaged_person.model_dump().values())
    assert low < Decimal(totals.cost_per_engaged_person) < high
    assert low < middle < high


def test_the_price_per_person_is_spend_over_people_the_other_way_round() -> None:
    outcome = outcome_of(demo("realistic"))
    found, totals = ranges_of(outcome), outcome.result.totals
    assert totals is not None
    price, people = found.cost_per_engaged_person, found.engaged_reach
    for each, count in ((price.p10, people.p90), (price.p50, people.p50), (price.p90, people.p10)):
        assert each is not None
        assert Decimal(each) == round(Decimal(totals.spend) / Decimal(count), 2)


def test_nobody_has_no_price() -> None:
    """In half of the draws the only creator does not post, and is paid all the same."""
    found = asked(**silent(0.5))
    assert (found.engaged_reach.p10, found.cost_per_engaged_person.p90) == (0, None)
    assert found.engaged_reach.p90 > 0
    assert found.cost_per_engaged_person.p10 is not None


def test_a_plan_of_nobody_and_no_plan() -> None:
    nobody = ranges_of(outcome_of(demo("minimal", objective={"waste_aversion": 10, "goal_engaged_reach": 1})))
    assert set(nobody.engaged_reach.model_dump().values()) == {0}
    assert set(nobody.cost_per_engaged_person.model_dump().values()) == {None}
    assert nobody.goal is not None
    assert nobody.goal.chance == 0
    assert outcome_of(demo("infeasible")).result.ranges is None


def test_goals() -> None:
    assert asked().goal is None
    chances = []
    for goal in (0, 500, 1_000, 1_500, 10**9):
        found = asked(objective={"goal_engaged_reach": goal}).goal
        assert found is not None
        assert found.engaged_reach == goal
        chances.append(found.chance)
    assert chances == sorted(chances, reverse=True)
    assert (chances[0], chances[-1]) == (1, 0)


def test_the_least_cost_plan_has_the_reach_asked_for_as_its_goal() -> None:
    found = asked(objective={"minimise": "cost", "min_engaged_reach": 700})
    assert found.goal is not None
    assert found.goal.engaged_reach == 700
    assert 0.2 < found.goal.chance < 1


def test_a_goal_and_a_conversion_do_not_change_the_plan() -> None:
    bare = demo("realistic", objective={"waste_aversion": 0.01, "duplication": 1.3}, conversion=None)
    one, other = outcome_of(bare).result, outcome_of(demo("realistic")).result
    assert one.selection == other.selection
    assert one.ranges is not None
    assert other.ranges is not None
    assert (one.ranges.goal, one.ranges.conversion) == (None, None)
    assert one.ranges.engaged_reach == other.ranges.engaged_reach


def test_conversion() -> None:
    outcome = outcome_of(brief(conversion={"rate": 0.02, "order_value": "49.90"}))
    found, totals = ranges_of(outcome), outcome.result.totals
    assert found.conversion is not None
    assert totals is not None
    orders, revenue, roas = found.conversion.orders, found.conversion.revenue, found.conversion.roas
    assert roas is not None
    for level in ("p10", "p50", "p90"):
        count = getattr(orders, level)
        assert count == pytest.approx(0.02 * getattr(found.engaged_reach, level), rel=1e-12)
    for level in ("expected", "p10", "p50", "p90"):
        count = getattr(orders, level)
        assert getattr(revenue, level) == str(round(Decimal(count) * Decimal("49.90"), 2))
        assert getattr(roas, level) == pytest.approx(count * 49.90 / float(totals.spend), rel=1e-12)
    assert orders.p10 < orders.p50 < orders.p90
    assert orders.expected == pytest.approx(0.02 * totals.engaged_reach, rel=0.03)


def test_what_costs_nothing_has_no_return_on_spend() -> None:
    gifted = [creator("c1", offers=[offer(price="0")])]
    found = asked(conversion={"rate": 0.01, "order_value": "10.00"}, candidates=gifted).conversion
    assert found is not None
    assert found.roas is None
    assert found.orders.expected > 0


def test_currencies_without_decimals() -> None:
    found = asked(currency="JPY", budget=300, candidates=[creator("c1", offers=[offer(price=100)])])
    assert found.cost_per_engaged_person.p50 is not None
    assert found.cost_per_engaged_person.p50.isdigit()


def test_neither_the_order_of_candidates_nor_another_run_changes_a_byte() -> None:
    document = demo("realistic")
    before = ranges_of(outcome_of(document)).model_dump_json()
    assert ranges_of(outcome_of(document)).model_dump_json() == before
    random.Random(5).shuffle(document["candidates"])
    for candidate in document["candidates"]:
        candidate["offers"].reverse()
    assert ranges_of(outcome_of(document)).model_dump_json() == before
    document["solver"]["seed"] = 2
    other = ranges_of(outcome_of(document))
    assert other.seed == 2
    assert other.model_dump_json() != before
