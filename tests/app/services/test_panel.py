"""Measured overlap from the brief to the answer, against each person's own chance to engage."""

import json
import random
from dataclasses import replace
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.errors import InvalidBrief, InvalidCandidateFile
from app.services.run import Outcome, run
from app.services.translate import Campaign
from app.services.translate import overlap as overlap_module
from app.wire.fault_codes import WARNINGS
from optimizer.judge import judge
from optimizer.solution import Limits
from optimizer.solve import solve
from tests.app.services.candidate_files.written import read
from tests.app.services.solved import outcome_of, rows_of
from tests.builders import brief, campaign, creator, offer
from tests.panels import panel_brief

Json = dict[str, Any]


def small(seed: int, **target: Any) -> Json:
    """Five creators with up to two offers, a panel of 25 members, of whom some stand for nobody or count in part."""
    rng = random.Random(seed)
    members = [f"m{k}" for k in range(25)]
    weights = {member: rng.choice([0, 10, 25.5, 400]) for member in members[:-1]} | {members[-1]: 50}
    relevance = {member: rng.choice([0, 0.5, 1]) for member in members if rng.random() < 0.4}
    candidates = []
    for k in range(5):
        offers = [
            offer(f"{posts} posts", format="post", posts=posts, price=f"{rng.randint(50, 300)}.00")
            for posts in range(1, rng.randint(2, 3))
        ]
        sample = None if rng.random() < 0.2 else rng.sample(members, rng.randint(0, 20))
        candidates.append(
            creator(
                f"c{k}",
                followers=rng.choice([900, 8_000, 20_000]),
                engagement={"rate": rng.uniform(0.02, 0.3), "per": "follower", "posts": 24},
                delivery_probability=rng.choice([1, 0.8]),
                audience_sample=sample,
                offers=offers,
            )
        )
    return brief(
        budget="500.00",
        target={"panel": {"weights": weights, "relevance": relevance}} | target,
        objective={"waste_aversion": 0.001},
        candidates=candidates,
    )


def person_by_person(document: Json, made: Campaign, plan: list[int]) -> tuple[float, float]:
    """Engaged reach and waste of a plan in the words of the design: one member after the other, in plain Python."""
    panel, forecast = document["target"]["panel"], made.forecast
    weights: dict[str, float] = panel["weights"]
    relevance: dict[str, float] = panel.get("relevance", {})
    posted = sorted(document["candidates"], key=lambda row: row["id"])
    owner = made.candidates.offer_creator.tolist()
    everybody = sum(weights.values())

    def sampled(row: int) -> float:
        return float(sum(weights[member] for member in posted[row]["audience_sample"] or ()))

    def pool(o: int) -> float:
        return max(float(forecast.audience_pool[o]), sampled(owner[o]))

    own_shares = [
        [sampled(row) / pool(o) for o in range(len(owner)) if owner[o] == row]
        for row in range(len(posted))
        if posted[row]["audience_sample"] is not None
    ]
    mean = sum(sum(shares) / len(shares) for shares in own_shares) / len(own_shares) if own_shares else 0.0
    if document["target"].get("unknown_audience") == "zero":
        mean = 0.0

    def chance(o: int, member: str) -> float:
        sample = posted[owner[o]]["audience_sample"]
        if sample is None:
            return float(forecast.engaged[o]) * mean / everybody
        return float(forecast.engaged[o]) / pool(o) if member in sample else 0.0

    def on_target(o: int) -> float:
        sample = posted[owner[o]]["audience_sample"]
        if sample is None:
            return mean * sum(weights[m] * relevance.get(m, 1) for m in weights) / everybody
        return float(sum(weights[m] * relevance.get(m, 1) for m in sample)) / pool(o)

    engaged = sum(
        weight * relevance.get(member, 1) * (1 - prod(1 - chance(o, member) for o in plan))
        for member, weight in weights.items()
    )
    return engaged, sum(float(forecast.contacts[o]) * (1 - on_target(o)) for o in plan)


def every_plan(made: Campaign) -> list[list[int]]:
    owner = made.candidates.offer_creator.tolist()
    choices = [[None, *(o for o in range(len(owner)) if owner[o] == row)] for row in range(max(owner) + 1)]
    return [[o for o in choice if o is not None] for choice in product(*choices)]


@pytest.mark.parametrize("mode", ["benchmark", "zero", "exclude"])
@pytest.mark.parametrize("seed", range(8))
def test_each_person_counts_once_with_its_own_chance(seed: int, mode: str) -> None:
    document = small(seed, unknown_audience=mode)
    made = campaign(document)
    best = 0.0
    for plan in every_plan(made):
        engaged, waste = person_by_person(document, made, plan)
        verdict = judge(made.problem, np.array(plan, np.int64))
        if not all(check.holds for check in verdict.checks if check.kind == "unknown_audience"):
            continue
        assert verdict.waste == pytest.approx(waste, rel=1e-9, abs=1e-9)
        assert verdict.engaged_reach == pytest.approx(engaged, rel=1e-9, abs=1e-9)
        if verdict.feasible:
            best = max(best, engaged - 0.001 * waste)
    result = run(made, read_s=0).result
    assert result.value is not None
    assert result.value.net == pytest.approx(best, rel=2e-6)  # type: ignore[union-attr]


def unmerged(document: Json, made: Campaign) -> tuple[np.ndarray, np.ndarray]:
    """Exponents and ceilings with a segment for every member."""
    panel = document["target"]["panel"]
    members = sorted(panel["weights"])
    sample = made.candidates.audience_sample
    assert sample is not None
    exponents = np.zeros((made.problem.offers, len(members)))
    for o, row in enumerate(made.candidates.offer_creator.tolist()):
        exponents[o, sample.of(row)] = made.problem.exponents[o].max()
    weight = np.array([panel["weights"][member] for member in members])
    return exponents, weight


@pytest.mark.parametrize("members", [120, 900])
def test_members_of_one_pattern_may_as_well_stand_apart(members: int) -> None:
    document = panel_brief(6, members, budget_share=0.5)
    made = campaign(document)
    exponents, ceilings = unmerged(document, made)
    assert len(made.problem.ceilings) < members
    apart = replace(made.problem, exponents=exponents, ceilings=ceilings)
    merged_plan, plan = (solve(problem, Limits()).plan for problem in (made.problem, apart))
    assert merged_plan is not None
    assert plan is not None
    assert plan.tolist() == merged_plan.tolist()
    assert judge(apart, plan).value == pytest.approx(judge(made.problem, plan).value, rel=1e-12)


def test_disjoint_samples_add_up() -> None:
    document = panel_brief(8, 400, budget_share=1.0)
    members = list(document["target"]["panel"]["weights"])
    for k, row in enumerate(document["candidates"]):
        row["audience_sample"] = members[50 * k : 50 * (k + 1)]
    result = outcome_of(document).result
    assert result.totals is not None
    (row,) = result.segments
    assert len(result.selection) > 3
    assert row.engaged_reach == pytest.approx(row.additive_would_claim, rel=1e-9)
    assert result.totals.engaged_reach == pytest.approx(sum(one.engaged_reach_alone for one in result.selection))


def test_equal_samples_overlap_as_far_as_they_can() -> None:
    document = panel_brief(3, 300, budget_share=1.0, offers=1)
    for row in document["candidates"]:
        row["audience_sample"] = document["candidates"][0]["audience_sample"]
    made = campaign(document)
    assert len(made.problem.ceilings) == 2  # in all samples, in none
    engaged = judge(made.problem, np.arange(3)).engaged_reach
    q = made.forecast.engaged / np.maximum(
        made.forecast.audience_pool, made.forecast.shares[:, 0] * made.forecast.audience_pool
    )
    people = float(made.forecast.shares[0, 0] * made.forecast.audience_pool[0])
    assert engaged == pytest.approx(people * (1 - np.prod(1 - q)), rel=1e-9)


def test_the_target_group_is_one_row_of_the_answer() -> None:
    document = panel_brief(8, 500, budget_share=0.6)
    document["target"]["panel"]["name"] = "trail runners"
    weights = document["target"]["panel"]["weights"]
    document["target"]["panel"]["relevance"] = dict.fromkeys(list(weights)[::2], 0.5)
    made = campaign(document)
    outcome = run(made, read_s=0)
    (row,) = outcome.result.segments
    assert row.name == "trail runners"
    assert row.size == pytest.approx(sum(weights.values()))
    assert row.covered_share == pytest.approx(row.engaged_reach / sum(weights.values()))
    plan = [place for place in range(made.problem.offers) if (place in chosen(made, outcome))]
    unweighted = dict(document)
    unweighted["target"] = {"panel": {"weights": weights}}
    assert row.engaged_reach == pytest.approx(person_by_person(unweighted, made, plan)[0], rel=1e-9)
    assert outcome.result.totals is not None
    assert outcome.result.totals.engaged_reach == pytest.approx(person_by_person(document, made, plan)[0], rel=1e-9)
    assert row.additive_would_claim >= row.engaged_reach
    for creator_row in rows_of(outcome).values():
        assert list(creator_row.forecast.engaged_by_segment) == ["trail runners"]
        assert 0 <= creator_row.forecast.on_target_share <= 1
        assert creator_row.reasons or creator_row.decision == "chosen"
    assert "m000" not in outcome.result.model_dump_json()


def chosen(made: Campaign, outcome: Outcome) -> set[int]:
    taken = {(row.creator_id, row.offer_id) for row in outcome.result.selection}
    names = made.candidates.creator_id[made.candidates.offer_creator].tolist()
    pairs = zip(names, made.candidates.offer_id.tolist(), strict=True)
    return {place for place, pair in enumerate(pairs) if pair in taken}


def told(document: Json) -> dict[str, str]:
    warnings = campaign(document).warnings
    assert {fault.code for fault in warnings} <= WARNINGS.keys()
    return {fault.code: fault.pointer for fault in warnings}


def sampled(*samples: Any, **fields: Any) -> Json:
    weights = {"a": 3_000.0, "b": 2_000, "c": 0}
    return (
        brief(
            target={"panel": {"weights": weights}},
            candidates=[creator(f"c{k}", audience_sample=sample) for k, sample in enumerate(samples)],
        )
        | fields
    )


def test_what_a_panel_does_not_know_is_warned_of() -> None:
    assert told(sampled(["a"], None, None))["audience_unknown"] == "/candidates/1/audience_sample"
    assert told(sampled(None, None))["nobody_sampled"] == "/candidates/0/audience_sample"
    assert told(sampled([], ["c"]))["segment_matches_nobody"] == "/target/panel"
    assert told(sampled(["a"], objective={"duplication": 1.2}))["no_effect"] == "/objective/duplication"
    assert told(brief(candidates=[creator("a"), creator("b", audience_sample=["x"])]))["no_effect"] == (
        "/candidates/1/audience_sample"
    )
    assert told(sampled(["a"], ["b"])).keys() <= {"genuine_share_absent"}


def test_a_sample_for_more_people_than_the_audience_is_scaled_and_told() -> None:
    document = sampled(["a", "b"], ["a"])
    document["candidates"][1] = creator("c1", followers=1_000, audience_sample=["a"], offers=[offer(format="post")])
    assert told(document)["sample_exceeds_audience"] == "/candidates/1/offers/0"
    made = campaign(document)
    assert made.forecast.on_target_share[1] == 1
    assert judge(made.problem, np.array([1])).engaged_reach == pytest.approx(float(made.forecast.engaged[1]))
    assert judge(made.problem, np.array([1])).waste == 0


def test_an_offer_that_would_engage_the_whole_panel_without_a_sample_is_an_error() -> None:
    document = sampled(["a", "b"], None)
    document["candidates"][1]["followers"] = 90_000_000
    with pytest.raises(InvalidBrief) as caught:
        campaign(document)
    assert [(fault.code, fault.pointer) for fault in caught.value.faults] == [
        ("audience_exceeds_segment", "/candidates/1/offers/0")
    ]


def test_everybody_who_surely_engages_is_still_counted() -> None:
    document = sampled(["a"])
    engagement = {"rate": 1.0, "per": "reach", "posts": 10_000}
    post = offer(format="post", expected_reach=2_000_000, non_follower_share=0)
    document["candidates"] = [creator("c0", engagement=engagement, audience_sample=["a"], offers=[post])]
    made = campaign(document)
    assert float(made.forecast.engaged[0]) == pytest.approx(float(made.forecast.audience_pool[0]), rel=0.05)
    assert judge(made.problem, np.array([0])).engaged_reach <= 3_000


def test_shares_on_target_filter_offers_by_their_own_audience() -> None:
    offers = [
        offer("narrow", format="post", non_follower_share=0),
        offer("wide", format="post", non_follower_share=0.9),
    ]
    document = sampled(["a"], rules=[{"name": "sharp", "kind": "min_on_target_share", "min": 0.1}])
    document["candidates"][0]["offers"] = offers
    made = campaign(document)
    (rule,) = made.problem.rules
    share = made.forecast.on_target_share[made.forecast.audience]
    assert rule.offers.tolist() == np.flatnonzero(share < 0.1).tolist() == [1]  # type: ignore[union-attr]


def test_a_panel_that_is_too_large_for_the_program_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlap_module, "MOST_CELLS", 5)
    with pytest.raises(InvalidBrief) as caught:
        campaign(sampled(["a"], ["b"], ["a", "b"]))
    assert [(fault.code, fault.pointer) for fault in caught.value.faults] == [("panel_too_large", "/target/panel")]


def test_the_order_of_members_and_candidates_changes_nothing() -> None:
    document = panel_brief(6, 300, budget_share=0.5)
    shuffled = json.loads(json.dumps(document))
    rng = random.Random(3)
    rng.shuffle(shuffled["candidates"])
    for row in shuffled["candidates"]:
        rng.shuffle(row["audience_sample"])
    weights = list(shuffled["target"]["panel"]["weights"].items())
    rng.shuffle(weights)
    shuffled["target"]["panel"]["weights"] = dict(weights)
    assert outcome_of(document).result.value == outcome_of(shuffled).result.value


def test_a_line_of_a_file_cannot_have_a_sample(tmp_path: Path) -> None:
    rows = [creator("c0"), creator("c1", audience_sample=["a"])]
    path = tmp_path / "rows.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(InvalidCandidateFile) as caught:
        read(path, brief(candidates=...))
    assert [(fault.code, fault.pointer, fault.line) for fault in caught.value.faults] == [
        ("not_in_files", "/audience_sample", 2)
    ]


RULES = [
    {"name": "at most 12", "kind": "count", "max": 12},
    {"name": "a third to Austria", "kind": "spend_share", "where": {"country": "AT"}, "min": 0.33},
    {"name": "five small ones", "kind": "count", "where": {"tier": ["nano", "micro"]}, "min": 5},
    {"name": "waste", "kind": "waste_share", "max": 0.7},
]


@pytest.mark.parametrize("budget_share", [0.1, 0.4])
def test_fifty_creators_and_twenty_thousand_members_are_exact(budget_share: float) -> None:
    made = campaign(panel_brief(50, 20_000, budget_share=budget_share, rules=RULES))
    assert made.problem.exponents.shape[1] > 5_000
    solution = solve(made.problem, Limits(time_limit_s=300, relative_gap=1e-6))
    assert solution.status == "optimal"
    assert solution.relative_gap is not None
    assert solution.relative_gap <= 1e-6
    assert solution.verdict is not None
    assert solution.verdict.feasible
