"""What a solved brief answers, recomputed from the forecast of its own rows and from the brief."""

from decimal import ROUND_HALF_UP, Decimal
from math import prod
from typing import Any

import pytest

from app.services import demo_briefs
from app.services.run import Outcome, run
from app.wire.optimization import CostValue, CreatorRow, NetValue, Result
from optimizer.solution import Limits, Progress
from optimizer.solve import solve
from tests.app.services.solved import campaign_of, demo, outcome_of, rows_of

NAMES = [brief.name for brief in demo_briefs.all_briefs()]
CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def realistic() -> Outcome:
    return outcome_of(demo("realistic"))


def engaged(rows: list[CreatorRow], brief: dict[str, Any]) -> dict[str, float]:
    """Unweighted people per segment whom these offers engage together, by the formula of the design."""
    duplication = brief.get("objective", {}).get("duplication", 1.0)
    reached = {}
    for segment in brief["target"]["segments"]:
        room = segment["size"] / duplication
        alone = [row.forecast.engaged_by_segment[segment["name"]] for row in rows]
        reached[segment["name"]] = room * (1 - prod(1 - people / room for people in alone))
    return reached


def weighted(reached: dict[str, float], brief: dict[str, Any]) -> float:
    return sum(float(segment["relevance"]) * reached[segment["name"]] for segment in brief["target"]["segments"])


def chosen_rows(outcome: Outcome) -> list[CreatorRow]:
    return [row for row in rows_of(outcome).values() if row.decision == "chosen"]


def test_totals_are_the_sums_and_the_formula_over_the_chosen_rows(realistic: Outcome) -> None:
    brief, rows = demo("realistic"), chosen_rows(realistic)
    totals, value = realistic.result.totals, realistic.result.value
    assert totals is not None
    assert isinstance(value, NetValue)
    spend = sum(Decimal(row.landed_cost) for row in rows)
    assert Decimal(totals.spend) == spend
    assert Decimal(totals.unspent) == Decimal(brief["budget"]) - spend
    assert totals.creators == len(rows)
    assert totals.reach_gross == pytest.approx(sum(row.forecast.reach for row in rows))
    assert totals.contacts == pytest.approx(sum(row.forecast.contacts for row in rows))
    assert totals.waste == pytest.approx(sum(row.forecast.waste for row in rows))
    assert totals.waste_share == pytest.approx(totals.waste / totals.contacts)
    assert totals.engaged_reach == pytest.approx(weighted(engaged(rows, brief), brief), rel=1e-9)
    each = (spend / Decimal(totals.engaged_reach)).quantize(CENT, ROUND_HALF_UP)
    assert totals.cost_per_engaged_person == str(each)
    assert value.net == pytest.approx(totals.engaged_reach - 0.01 * totals.waste)


def test_the_proof_is_consistent(realistic: Outcome) -> None:
    value = realistic.result.value
    assert isinstance(value, NetValue)
    assert value.best_bound is not None
    assert value.relative_gap is not None
    assert value.relative_gap == pytest.approx((value.best_bound - value.net) / abs(value.net), abs=1e-12)
    assert realistic.solution_status == "optimal"
    assert value.relative_gap <= 1e-6


def test_segments_count_people_once_and_are_not_weighted(realistic: Outcome) -> None:
    brief, rows = demo("realistic"), chosen_rows(realistic)
    reached = engaged(rows, brief)
    assert [row.name for row in realistic.result.segments] == [part["name"] for part in brief["target"]["segments"]]
    for row in realistic.result.segments:
        assert row.engaged_reach == pytest.approx(reached[row.name], rel=1e-9)
        assert row.additive_would_claim == pytest.approx(sum(c.forecast.engaged_by_segment[row.name] for c in rows))
        assert row.additive_would_claim >= row.engaged_reach
        assert row.size is not None
        assert row.covered_share == pytest.approx(row.engaged_reach / row.size)


def test_a_segment_without_a_size_adds_up() -> None:
    brief = demo("pinned")
    del brief["target"]["segments"][1]["size"]
    outcome = outcome_of(brief)
    sized, unsized = outcome.result.segments
    assert sized.size == 900000
    assert (unsized.size, unsized.covered_share) == (None, None)
    assert unsized.engaged_reach == unsized.additive_would_claim > 0


def test_the_mix_splits_the_spend_and_reaches_each_tier_alone(realistic: Outcome) -> None:
    brief, rows = demo("realistic"), rows_of(realistic)
    result = realistic.result
    assert result.totals is not None
    assert [row.tier for row in result.mix] == ["nano", "micro", "mid"]
    assert sum(Decimal(row.spend) for row in result.mix) == Decimal(result.totals.spend)
    assert sum(row.creators for row in result.mix) == result.totals.creators
    assert sum(row.spend_share or 0 for row in result.mix) == pytest.approx(1)
    stated = {candidate["id"]: candidate.get("reply_rate") for candidate in brief["candidates"]}
    for tier in result.mix:
        picked = [rows[row.creator_id, row.offer_id] for row in result.selection if row.tier == tier.tier]
        assert tier.engaged_reach == pytest.approx(weighted(engaged(picked, brief), brief), rel=1e-9)
        assert tier.waste == pytest.approx(sum(row.forecast.waste for row in picked))
        replies = [reply for row in picked if (reply := stated[row.creator_id]) is not None]
        assert tier.reply_rate == pytest.approx(sum(replies) / len(replies))
    assert sum(row.engaged_reach for row in result.mix) > result.totals.engaged_reach


def test_a_contribution_is_the_net_value_without_the_creator(realistic: Outcome) -> None:
    brief, rows = demo("realistic"), chosen_rows(realistic)
    whole = weighted(engaged(rows, brief), brief)
    for row in realistic.result.selection:
        rest = [other for other in rows if other.creator_id != row.creator_id]
        lost = whole - weighted(engaged(rest, brief), brief) - 0.01 * row.waste
        assert row.contribution == pytest.approx(lost, rel=1e-6, abs=1e-6)
        assert row.engaged_reach_alone >= row.contribution


def test_selection_stands_by_id_and_repeats_the_brief(realistic: Outcome) -> None:
    offers = {
        (candidate["id"], offer["id"]): offer
        for candidate in demo("realistic")["candidates"]
        for offer in candidate["offers"]
    }
    keys = [(row.creator_id, row.offer_id) for row in realistic.result.selection]
    assert keys == sorted(keys)
    for row in realistic.result.selection:
        price = Decimal(offers[row.creator_id, row.offer_id]["price"])
        assert Decimal(row.price) == price <= Decimal(row.landed_cost)
        assert row.drop_out_price is None or Decimal(row.drop_out_price) >= price


def test_landed_cost_and_its_way_back() -> None:
    """450 with 10 % and 4.9 % and 25 is 450 x 1.149 + 25 = 542.05; its price again is 450."""
    brief = demo("minimal", budget="10000.00")
    brief["surcharges"] = [
        {"name": "agency", "rate": 0.1},
        {"name": "KSK", "rate": 0.049},
        {"name": "r", "fixed": "25"},
    ]
    brief["candidates"][0]["offers"][0]["price"] = "450.00"
    row = rows_of(outcome_of(brief))["anna", "reel"]
    assert row.landed_cost == "542.05"


def test_an_entry_price_is_never_above_what_is_asked(realistic: Outcome) -> None:
    prices = {
        (candidate["id"], offer["id"]): Decimal(offer["price"])
        for candidate in demo("realistic")["candidates"]
        for offer in candidate["offers"]
    }
    estimates = 0
    for key, row in rows_of(realistic).items():
        if row.decision == "chosen":
            assert row.entry_price is None
            assert row.reasons == []
            continue
        assert row.reasons
        if row.entry_price is not None:
            estimates += 1
            assert 0 <= Decimal(row.entry_price) <= prices[key]
    assert estimates > 20


def test_every_offer_has_one_row_in_chunks_by_id(realistic: Outcome) -> None:
    chunks = list(realistic.creator_chunks("rejected", 7))
    assert {len(chunk) for chunk in chunks[:-1]} == {7}
    keys = [(row.creator_id, row.offer_id) for chunk in chunks for row in chunk]
    assert keys == sorted(keys)
    offers = {(c["id"], offer["id"]) for c in demo("realistic")["candidates"] for offer in c["offers"]}
    assert set(rows_of(realistic)) == offers
    for chunk in chunks:
        for row in chunk:
            assert CreatorRow.model_validate(row.model_dump()) == row


def test_rules_stand_in_the_briefs_order_with_activity_and_limits() -> None:
    result = outcome_of(demo("pinned")).result
    assert [row.name for row in result.rules] == [rule["name"] for rule in demo("pinned")["rules"]]
    rows = {row.name: row for row in result.rules}
    spend = rows["at most 900 on nano creators"]
    nano = sum(Decimal(row.landed_cost) for row in result.selection if row.tier == "nano")
    assert (spend.activity, spend.min, spend.max) == (str(nano), None, "900.00")
    club = rows["two of the club at most"]
    assert (club.activity, club.max, club.binding) == (2, 2, True)
    share = rows["half to micro creators"]
    assert result.totals is not None
    micro = sum(Decimal(row.landed_cost) for row in result.selection if row.tier == "micro")
    assert share.activity == pytest.approx(float(micro / Decimal(result.totals.spend)))
    for row in result.rules:
        if row.kind in ("exclude", "require", "only_with"):
            assert row.next_unit is None
        elif not row.binding:
            assert row.next_unit == 0


def test_slack_is_the_distance_to_the_nearest_limit() -> None:
    """anna and ben for 950.00; of the spend 450.00 / 950.00 or more goes to one of them."""
    rules = [
        {"name": "two to three", "kind": "count", "min": 1, "max": 4},
        {"name": "money", "kind": "spend", "min": "100.00", "max": "1000.00"},
        {"name": "shares", "kind": "spend_share", "where": {"creator_id": "anna"}, "min": 0.1, "max": 0.999},
        {"name": "waste", "kind": "waste_share", "max": 0.99},
        {"name": "in", "kind": "require", "creator_id": "anna"},
        {"name": "real", "kind": "min_followers", "min": 1},
    ]
    result = outcome_of(demo("minimal", rules=rules)).result
    assert result.totals is not None
    rows = {row.name: row for row in result.rules}
    count, money, share, waste = (rows[name] for name in ("two to three", "money", "shares", "waste"))
    assert isinstance(count.activity, int)
    assert count.slack == min(count.activity - 1, 4 - count.activity)
    spend = Decimal(result.totals.spend)
    assert money.slack == str(min(spend - 100, 1000 - spend))
    anna = next(Decimal(row.landed_cost) for row in result.selection if row.creator_id == "anna")
    assert share.slack == pytest.approx(min(float(anna / spend) - 0.1, 0.999 - float(anna / spend)))
    assert result.totals.waste_share is not None
    assert waste.slack == pytest.approx(0.99 - result.totals.waste_share)
    assert (rows["in"].slack, rows["real"].slack) == (None, None)


@pytest.mark.parametrize(
    ("rule", "binding"),
    [
        ({"kind": "count", "max": 1}, True),
        ({"kind": "count", "max": 2}, True),
        ({"kind": "count", "max": 3}, False),
        ({"kind": "count", "min": 0}, False),
        ({"kind": "count", "min": 2}, True),
        ({"kind": "count", "where": {"tier": "mega"}, "max": 0}, False),
        ({"kind": "count", "where": {"tier": "nano"}, "max": 1}, False),
        ({"kind": "spend", "max": "900.00"}, True),
        ({"kind": "spend", "max": "950.00"}, True),
        ({"kind": "spend", "max": "5000.00"}, False),
        ({"kind": "waste_share", "max": 0.99}, False),
        ({"kind": "require", "creator_id": "anna"}, False),
        ({"kind": "exclude", "creator_id": "anna"}, True),
    ],
)
def test_a_rule_binds_where_it_holds_the_plan_back(rule: dict[str, Any], binding: bool) -> None:
    """Without rules anna and ben are chosen for 950.00 of 1 000.00; all three would cost 1 430.00."""
    (row,) = outcome_of(demo("minimal", rules=[rule])).result.rules
    assert row.binding == binding
    if not binding and rule["kind"] != "require":
        assert row.next_unit == 0


def test_a_required_creator_who_costs_more_than_she_brings_is_held_in_by_the_rule() -> None:
    brief = demo("minimal", rules=[{"kind": "require", "creator_id": "cleo"}])
    brief["candidates"][2]["audience"]["topic"] = {"trail-running": 0.001}
    result = outcome_of(brief).result
    assert result.rules[0].binding
    contribution = {row.creator_id: row.contribution for row in result.selection}
    assert contribution["cleo"] < 0


def test_money_that_is_not_short_brings_nothing() -> None:
    brief = demo("minimal", budget="100000.00")
    result = outcome_of(brief).result
    assert result.next_1000 == pytest.approx(0, abs=1e-9)
    assert all(row.drop_out_price is None for row in result.selection)


def test_next_1000_is_near_what_more_budget_brings() -> None:
    """Prices are marginal: 1 000 more brings at most what they say, and a good part of it."""
    brief = demo("realistic")
    outcome, richer = outcome_of(brief), outcome_of(brief | {"budget": "26000.00"})
    value, more = outcome.result.value, richer.result.value
    assert isinstance(value, NetValue)
    assert isinstance(more, NetValue)
    assert outcome.result.next_1000 is not None
    assert value.best_bound is not None
    gained = more.net - value.net
    assert 0 < gained <= outcome.result.next_1000 + 0.02 * value.net


def test_minimising_cost_answers_in_money() -> None:
    objective = {"minimise": "cost", "min_engaged_reach": 8000, "duplication": 1.3}
    outcome = outcome_of(demo("realistic", objective=objective))
    value, totals = outcome.result.value, outcome.result.totals
    assert isinstance(value, CostValue)
    assert totals is not None
    assert value.cost == totals.spend
    assert value.best_bound is not None
    assert Decimal(value.best_bound) <= Decimal(value.cost)
    assert totals.engaged_reach >= 8000 * (1 - 1e-9)
    assert outcome.result.next_1000 is None
    for row in outcome.result.rules:
        assert row.next_unit is None or isinstance(row.next_unit, str)
        if row.kind in ("count", "spend", "spend_share", "waste_share") and not row.binding:
            assert row.next_unit == "0.00"


def test_what_more_people_cost_is_near_what_a_higher_goal_costs() -> None:
    rules = [rule for rule in demo("realistic")["rules"] if rule["name"] != "Switzerland up to a quarter"]

    def least_cost(goal: float) -> Result:
        objective = {"minimise": "cost", "min_engaged_reach": goal, "duplication": 1.3}
        return outcome_of(demo("realistic", objective=objective, rules=rules)).result

    result, higher = least_cost(7000), least_cost(9000)
    assert result.next_1000_people is not None
    assert isinstance(result.value, CostValue)
    assert isinstance(higher.value, CostValue)
    costs = float(higher.value.cost) - float(result.value.cost)
    assert 2 * float(result.next_1000_people) == pytest.approx(costs, rel=0.15)
    assert outcome_of(demo("realistic")).result.next_1000_people is None


def test_what_a_rule_saves_when_cost_is_minimised_is_money() -> None:
    rule = {"name": "one", "kind": "count", "max": 1}
    brief = demo("minimal", objective={"minimise": "cost", "min_engaged_reach": 300}, rules=[rule])
    solution = solve(campaign_of(brief).problem, Limits())
    assert solution.duals is not None
    (row,) = outcome_of(brief).result.rules
    assert row.next_unit == str(Decimal(round(solution.duals.rules["one"])) / 100)
    assert Decimal(row.next_unit) > 0


def test_infeasible_names_the_clash_and_has_nothing_else() -> None:
    outcome = outcome_of(demo("infeasible"))
    assert (outcome.solution_status, outcome.stop_reason) == ("infeasible", "proven")
    assert {(conflict.name, conflict.kind) for conflict in outcome.result.conflicts} == {
        ("at least 4 from Austria", "count"),
        ("genuine followers", "min_genuine_share"),
        ("nobody above 600", "max_cost_per_creator"),
    }
    assert_no_plan(outcome)


def test_the_budget_is_named_budget_and_the_goal_goal() -> None:
    objective = {"minimise": "cost", "min_engaged_reach": 500}
    outcome = outcome_of(demo("minimal", budget="300.00", objective=objective))
    assert {(c.name, c.kind) for c in outcome.result.conflicts} == {("budget", "budget"), ("goal", "goal")}


def assert_no_plan(outcome: Outcome) -> None:
    result = outcome.result
    assert (result.value, result.totals, result.next_1000) == (None, None, None)
    assert not any((result.mix, result.segments, result.selection, result.rules))
    assert result.assumptions
    assert list(outcome.creator_chunks("chosen")) == []
    for row in rows_of(outcome).values():
        assert row.entry_price is None
        for code in row.reasons:
            assert code == "price_above_budget" or code.startswith("filtered:")


def test_nothing_worth_choosing_is_a_plan_of_nobody() -> None:
    brief = demo("minimal", objective={"waste_aversion": 10})
    outcome = outcome_of(brief)
    totals, value = outcome.result.totals, outcome.result.value
    assert totals is not None
    assert isinstance(value, NetValue)
    assert (outcome.solution_status, totals.creators, totals.spend) == ("optimal", 0, "0.00")
    assert (totals.waste_share, totals.cost_per_engaged_person) == (None, None)
    assert (value.net, value.relative_gap) == (0, 0)
    for row in rows_of(outcome).values():
        assert "low_on_target_share" in row.reasons


def test_a_currency_without_decimals_has_none_in_its_texts() -> None:
    brief = demo("minimal", currency="JPY", budget="150000")
    for candidate, price in zip(brief["candidates"], ("40000", "110000", "75000"), strict=True):
        candidate["offers"][0]["price"] = price
    totals = outcome_of(brief).result.totals
    assert totals is not None
    assert totals.spend.isdigit()
    assert int(totals.spend) + int(totals.unspent) == 150000


@pytest.mark.parametrize("name", NAMES)
def test_the_same_brief_gives_the_same_answer(name: str) -> None:
    first, second = (outcome_of(demo(name)) for _ in range(2))
    untimed = {"timings"}
    assert first.result.model_dump_json(exclude=untimed) == second.result.model_dump_json(exclude=untimed)
    assert [row.model_dump_json() for row in rows_of(first).values()] == [
        row.model_dump_json() for row in rows_of(second).values()
    ]


def test_the_order_of_creators_does_not_matter(realistic: Outcome) -> None:
    brief = demo("realistic")
    brief["candidates"].reverse()
    turned = outcome_of(brief)
    assert turned.result.selection == realistic.result.selection
    assert rows_of(turned) == rows_of(realistic)


@pytest.mark.parametrize("name", NAMES)
def test_a_result_survives_its_json(name: str) -> None:
    result = outcome_of(demo(name)).result
    assert Result.model_validate_json(result.model_dump_json()) == result


def test_timings_add_up(realistic: Outcome) -> None:
    timings = realistic.result.timings
    assert timings.read_s == 0.25
    parts = (timings.read_s, timings.forecast_s, timings.solve_s, timings.answers_s)
    assert min(parts) > 0
    assert timings.total_s == pytest.approx(sum(parts))


def test_warnings_are_those_of_the_campaign() -> None:
    campaign, outcome = campaign_of(demo("realistic")), outcome_of(demo("realistic"))
    assert [(w.code, w.pointer) for w in outcome.warnings] == [(w.code, w.pointer) for w in campaign.warnings]
    assert {warning.severity for warning in outcome.warnings} == {"warning"}


def test_progress_is_told_on_the_scale_of_the_objective() -> None:
    cheapest = {**demo("realistic"), "objective": {"minimise": "cost", "min_engaged_reach": 3000}}
    for brief in (demo("realistic"), cheapest):
        told: list[Progress] = []
        result = run(campaign_of(brief), 0.0, told.append).result
        assert result.value is not None
        assert result.value.best_bound is not None
        if isinstance(result.value, CostValue):
            reached, bound = float(result.value.cost), float(result.value.best_bound)
        else:
            reached, bound = result.value.net, result.value.best_bound
        assert told[-1].value == pytest.approx(reached, rel=1e-6)
        assert told[-1].bound == pytest.approx(bound, rel=1e-5)
