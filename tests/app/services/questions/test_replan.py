"""Replanning against every plan there is: what is signed stays, changes are counted as the guide says."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.errors import InvalidRequest, NotAnswerable
from app.services import optimizations
from app.services.questions.replan import replan
from app.settings import Settings, load_settings
from app.storage import migrate
from app.storage.database import Database
from app.storage.tables import DEFAULT_TENANT
from app.wire.difference import DifferenceRow, PlanDifference
from app.wire.optimization import Optimization, Result
from optimizer.forecast.benchmarks import load_benchmarks
from tests.app.services.queue import posted, solved
from tests.app.services.solved import campaign_of, demo
from tests.builders import body, brief, creator, offer
from tests.enumerate import AllPlans

BENCHMARKS = load_benchmarks()
Json = dict[str, Any]
Plan = dict[str, str]


class Desk:
    """A database and what one does with it."""

    def __init__(self, folder: Path) -> None:
        self.settings: Settings = load_settings(database_url=f"sqlite:///{folder}/replan.db")
        migrate.upgrade(self.settings.database_url)
        self.database = Database(self.settings.database_url)

    def solve(self, document: Json | bytes) -> Optimization:
        raw = document if isinstance(document, bytes) else body(document)
        return solved(self.database, self.settings, BENCHMARKS, posted(raw, self.settings))

    def replan(self, parent: Optimization, **request: Any) -> Optimization:
        what = replan(
            self.database, DEFAULT_TENANT, parent.id, body(request), datetime.now(UTC), self.settings, BENCHMARKS
        )
        return solved(self.database, self.settings, BENCHMARKS, what)

    def brief(self, optimization: Optimization) -> bytes:
        with self.database.reading() as session:
            return optimizations.brief(session, DEFAULT_TENANT, optimization.id)

    def faults(self, parent: Optimization, **request: Any) -> list[tuple[str, str]]:
        with pytest.raises(InvalidRequest) as caught:
            self.replan(parent, **request)
        return [(fault.code, fault.pointer) for fault in caught.value.faults]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.database.close()


def result_of(optimization: Optimization) -> Result:
    assert optimization.result is not None
    return optimization.result


def difference_of(optimization: Optimization) -> PlanDifference:
    found = result_of(optimization).difference
    assert found is not None
    return found


def plan_of(optimization: Optimization) -> Plan:
    return {row.creator_id: row.offer_id for row in result_of(optimization).selection}


def pairs(rows: list[DifferenceRow]) -> set[tuple[str, str]]:
    return {(row.creator_id, row.offer_id) for row in rows}


def changes(given: Plan, plan: Plan) -> int:
    """By the words: dropped, added, kept with another offer."""
    dropped = sum(name not in plan for name in given)
    added = sum(name not in given for name in plan)
    return dropped + added + sum(plan.get(name, own) != own for name, own in given.items())


def small_brief(rng: np.random.Generator) -> Json:
    """Six creators with one or two offers who share an audience, and now and then a rule."""
    candidates = [
        creator(
            f"c{number}",
            followers=int(rng.integers(3_000, 200_000)),
            engagement={"rate": round(float(rng.uniform(0.01, 0.09)), 4), "per": "follower", "posts": 24},
            offers=[
                offer(name, price=f"{int(rng.integers(5_000, 60_000)) / 100:.2f}", posts=posts)
                for posts, name in enumerate(["1 reel", "2 reels"][: int(rng.integers(1, 3))], start=1)
            ],
        )
        for number in range(6)
    ]
    rules: list[Json] = [{"kind": "count", "max": int(rng.integers(2, 6))}] if rng.random() < 0.5 else []
    segments = [{"name": "runners", "size": 40_000, "where": {"topic": "trail-running"}}]
    budget = f"{int(rng.integers(60_000, 150_000)) / 100:.2f}"
    return brief(candidates=candidates, budget=budget, rules=rules, target={"segments": segments})


def best_by_enumeration(document: Json, plan: Plan, request: Json) -> float | None:
    """The best value of all plans of the changed brief that keep what is signed and change as little as is asked."""
    changed = deepcopy(document) | ({"budget": request["budget"]} if "budget" in request else {})
    for new in request["prices"]:
        for one in changed["candidates"]:
            for own in one["offers"]:
                if (one["id"], own["id"]) == (new["creator_id"], new["offer_id"]):
                    own["price"] = new["price"]
    campaign = campaign_of(changed)
    plans = AllPlans.of(campaign.problem)
    candidates = campaign.candidates
    names = candidates.creator_id[candidates.offer_creator]
    left = {name: own for name, own in plan.items() if name not in request["declined"]}
    best = None
    for place in np.flatnonzero(plans.feasible):
        one = {str(names[at]): str(candidates.offer_id[at]) for at in plans.plan(int(place))}
        if any(one.get(name) != plan[name] for name in request["accepted"]):
            continue
        if set(request["declined"]) & one.keys():
            continue
        if "max_changes" in request and changes(left, one) > request["max_changes"]:
            continue
        value = float(plans.value[place])
        best = value if best is None else max(best, value)
    return best


@pytest.mark.parametrize("seed", range(40))
def test_a_replan_is_the_best_of_all_plans_that_it_allows(desk: Desk, seed: int) -> None:
    rng = np.random.default_rng(seed)
    document = small_brief(rng)
    parent = desk.solve(document)
    plan = plan_of(parent)
    accepted = [name for name in plan if rng.random() < 0.3]
    open_ids = [one["id"] for one in document["candidates"] if one["id"] not in accepted]
    request: Json = {
        "accepted": accepted,
        "declined": [name for name in open_ids if rng.random() < 0.25],
        "prices": [
            {"creator_id": one["id"], "offer_id": own["id"], "price": f"{float(own['price']) * factor:.2f}"}
            for one in document["candidates"]
            if one["id"] in open_ids
            for own in one["offers"]
            if (factor := float(rng.choice([1.0, 1.0, 0.6, 1.7]))) != 1.0
        ],
    }
    if rng.random() < 0.5:
        request["budget"] = f"{float(document['budget']) * float(rng.choice([0.5, 0.8, 1.3])):.2f}"
    if rng.random() < 0.7:
        request["max_changes"] = int(rng.integers(0, 4))
    child = desk.replan(parent, **request)
    assert child.parent_id == parent.id
    best = best_by_enumeration(document, plan, request)
    if best is None:
        assert child.solution_status == "infeasible"
        assert result_of(child).conflicts
        assert result_of(child).difference is None
        return
    assert child.solution_status == "optimal"
    found, now = difference_of(child), plan_of(child)
    assert found.after.net_value == pytest.approx(best, rel=2e-6)
    assert all(now[name] == plan[name] for name in accepted)
    assert pairs(found.kept) == plan.items() & now.items()
    assert pairs(found.dropped) == plan.items() - now.items()
    assert pairs(found.added) == now.items() - plan.items()
    assert all(row.reasons for row in (*found.kept, *found.dropped, *found.added))
    for row in found.dropped:
        assert (row.reasons == ["declined"]) == (row.creator_id in request["declined"])


def test_without_news_the_plan_and_the_brief_are_the_same(desk: Desk) -> None:
    parent = desk.solve(demo("realistic"))
    child = desk.replan(parent)
    assert desk.brief(child) == desk.brief(parent)
    assert plan_of(child) == plan_of(parent)
    found = difference_of(child)
    assert found.dropped == found.added == []
    assert found.before == found.after
    assert {reason for row in found.kept for reason in row.reasons} == {"in_both"}


def test_what_is_signed_is_never_changed_by_replaying(desk: Desk) -> None:
    """Two deep: the second replan names nobody who accepted, and wants to be rid of everybody."""
    parent = desk.solve(demo("realistic"))
    plan = plan_of(parent)
    signed = sorted(plan)[:4]
    child = desk.replan(parent, accepted=signed)
    others = [name for name in plan_of(child) if name not in signed]
    last = desk.replan(child, declined=others)
    assert last.parent_id == child.id
    assert {name: plan_of(last)[name] for name in signed} == {name: plan[name] for name in signed}
    assert not set(others) & plan_of(last).keys()
    kept = {row.creator_id: row.reasons for row in difference_of(last).kept}
    assert all(kept[name] == ["accepted"] for name in signed)
    again = desk.replan(desk.replan(last, accepted=signed))
    assert plan_of(again) == plan_of(last)
    first = signed[0]
    price = [{"creator_id": first, "offer_id": plan[first], "price": "1.00"}]
    assert desk.faults(last, declined=[first], prices=price) == [
        ("signed", "/prices/0/creator_id"),
        ("signed", "/declined/0"),
    ]


def test_what_is_signed_stays_whatever_the_budget(desk: Desk) -> None:
    """A budget that is exactly what is signed is enough; a cent less is a clash of the two, not a smaller plan."""
    parent = desk.solve(demo("realistic", rules=[]))
    rows = sorted(result_of(parent).selection, key=lambda row: row.contribution)[:3]
    signed = {row.creator_id: row.offer_id for row in rows}
    cost = sum(round(100 * float(row.landed_cost)) for row in rows)
    exactly, less = (f"{amount // 100}.{amount % 100:02d}" for amount in (cost, cost - 1))
    child = desk.replan(parent, accepted=list(signed), budget=exactly)
    assert plan_of(child) == signed
    assert {reasons for row in difference_of(child).dropped for reasons in row.reasons[:1]} == {"budget_cut"}
    too_little = desk.replan(parent, accepted=list(signed), budget=less)
    assert too_little.solution_status == "infeasible"
    names = {conflict.name for conflict in result_of(too_little).conflicts}
    assert names == {"budget", *(f"replan: accepted {name}" for name in signed)}


def test_the_brief_of_a_replan_is_a_brief_that_gives_the_same_plan(desk: Desk) -> None:
    parent = desk.solve(demo("realistic"))
    plan = plan_of(parent)
    first, second, third = sorted(plan)[:3]
    child = desk.replan(
        parent,
        accepted=[first],
        declined=[second],
        prices=[{"creator_id": third, "offer_id": plan[third], "price": "9999.99"}],
        budget="26000",
        max_changes=3,
    )
    raw = desk.brief(child)
    fresh = desk.solve(raw)
    assert fresh.parent_id is None
    assert plan_of(fresh) == plan_of(child)
    one, other = (
        result_of(optimization).model_dump(exclude={"timings", "difference"}) for optimization in (fresh, child)
    )
    assert one == other
    assert child.reproducibility is not None
    assert fresh.reproducibility is not None
    assert child.reproducibility.brief_hash == fresh.reproducibility.brief_hash
    dropped = {row.creator_id: row.reasons for row in difference_of(child).dropped}
    assert dropped[second] == ["declined"]
    assert dropped[third][0] == "price_raised"


def test_a_limit_on_changes_is_of_one_replan(desk: Desk) -> None:
    parent = desk.solve(demo("realistic"))
    child = desk.replan(parent, declined=sorted(plan_of(parent))[:1], max_changes=0)
    assert len(plan_of(child)) == len(plan_of(parent)) - 1
    freed = desk.replan(child)
    assert not [rule for rule in json.loads(desk.brief(freed))["rules"] if rule["kind"] == "max_changes"]
    assert plan_of(freed) == plan_of(desk.replan(parent, declined=sorted(plan_of(parent))[:1]))


def test_a_brief_keeps_every_byte_that_a_replan_does_not_touch(desk: Desk) -> None:
    document = brief(candidates=[creator("c1"), creator("é2", offers=[offer("=x", price="50.00")])])
    text = json.dumps(document, ensure_ascii=False, indent=3).replace('"followers": 20000', '"followers": 2.0000e4')
    parent = desk.solve(text.encode())
    prices = [{"creator_id": "é2", "price": "60.50"}]
    child = desk.replan(parent, accepted=["c1"], declined=[], prices=prices, budget="900.0")
    changed = desk.brief(child).decode()
    rule = '{"name": "replan: accepted c1", "kind": "require", "creator_id": "c1", "offer_id": "1 reel"}'
    assert f'"rules": [{rule}]' in changed
    back = changed.replace(f'"rules": [{rule}], ', "", 1).replace('"60.50"', '"50.00"').replace('"900.0"', '"1000.00"')
    assert back == text


def test_rules_keep_their_names_when_one_before_them_goes(desk: Desk) -> None:
    """Unnamed rules are called by their place; names that are taken get a number."""
    rules: list[Json] = [
        {"kind": "count", "max": 3},
        {"kind": "count", "name": "replan: accepted c1", "max": 4},
    ]
    parent = desk.solve(brief(rules=rules))
    child = desk.replan(parent, max_changes=1)
    posted = json.loads(desk.brief(child))
    posted["rules"] = [posted["rules"][2], *posted["rules"][:2], {"kind": "waste_share", "max": 1, "name": None}]
    last = desk.replan(desk.solve(posted), accepted=["c1"])
    names = [rule["name"] for rule in json.loads(desk.brief(last))["rules"]]
    assert names == ["rules/1", "replan: accepted c1", "rules/3", "replan: accepted c1 (2)"]
    assert [row.name for row in result_of(last).rules] == names


def test_names_of_long_ids_fit(desk: Desk) -> None:
    first, second = "x" * 199 + "a", "x" * 199 + "b"
    parent = desk.solve(brief(candidates=[creator(first), creator(second)]))
    child = desk.replan(parent, accepted=[first, second])
    assert plan_of(child) == plan_of(parent)
    assert len({rule.name for rule in result_of(child).rules}) == 2


def test_every_fault_has_its_place(desk: Desk) -> None:
    candidates = [creator("c1"), creator("c2", offers=[offer(), offer("2", price="5000.00")]), creator("c3")]
    parent = desk.solve(brief(candidates=candidates, budget="100.00"))
    assert plan_of(parent) == {"c1": "1 reel"}
    assert desk.faults(parent, accepted=["x", "c3", "c1", "c1"], declined=["c1", "y"], budget="1.005") == [
        ("unknown_creator", "/accepted/0"),
        ("duplicate_id", "/accepted/3"),
        ("unknown_creator", "/declined/1"),
        ("not_in_plan", "/accepted/1"),
        ("not_together", "/declined/0"),
        ("money_too_fine", "/budget"),
    ]
    prices = [
        {"creator_id": "x", "price": "1"},
        {"creator_id": "c1", "offer_id": "1 reel", "price": "1"},
        {"creator_id": "c2", "price": "1"},
        {"creator_id": "c3", "offer_id": "z", "price": "1"},
        {"creator_id": "c3", "price": "1.005"},
        {"creator_id": "c3", "price": "1"},
        {"creator_id": "c3", "price": "2"},
    ]
    assert desk.faults(parent, accepted=["c1"], prices=prices) == [
        ("unknown_creator", "/prices/0/creator_id"),
        ("signed", "/prices/1/creator_id"),
        ("offer_needed", "/prices/2/offer_id"),
        ("unknown_offer", "/prices/3/offer_id"),
        ("money_too_fine", "/prices/4/price"),
        ("duplicate_id", "/prices/6/offer_id"),
    ]
    assert desk.faults(parent, surprise=1) == [("unknown_field", "/surprise")]


def test_a_change_that_makes_the_brief_invalid_is_told_as_one(desk: Desk) -> None:
    """The price is one that money can be, but with the surcharge it is not."""
    surcharges = [{"name": "fee", "rate": 0.5}]
    parent = desk.solve(brief(surcharges=surcharges, budget="200.00"))
    assert desk.faults(parent, prices=[{"creator_id": "c3", "price": "89999999999999.99"}]) == [("money_too_large", "")]


def test_there_has_to_be_a_plan(desk: Desk) -> None:
    parent = desk.solve(demo("infeasible"))
    with pytest.raises(NotAnswerable, match="no plan"):
        desk.replan(parent)
