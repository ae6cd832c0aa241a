from fractions import Fraction
from typing import Any

import pytest

from app.errors import InvalidBrief
from optimizer.rules import Count, Distance, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare
from tests.builders import brief, bundle, campaign, creator, offer

VIDEO, BUNDLE = offer("1", format="video"), bundle("2", price="150.01")
FEW = {"topic": {"trail-running": 0.2}}
CANDIDATES = [
    creator("a", followers=5_000, country="DE", tags=["x"], group="g", reply_rate=0.2, genuine_share=None),
    creator("c", followers=50_000, country="AT", tags=["x", "y"], genuine_share=0.5, audience=FEW),
    creator("b", followers=200_000, platform="tiktok", average_reach=9_000, offers=[VIDEO, BUNDLE]),
]
"""Offers by position: 0 of a; 1 (video) and 2 (bundle) of b; 3 of c."""


def resolved(*rules: dict[str, Any], **fields: Any) -> tuple[tuple[Rule, ...], list[tuple[str, str]]]:
    """The rules of a brief, and code and pointer of the warnings they gave."""
    made = campaign(brief(candidates=CANDIDATES, rules=list(rules), **fields))
    warnings = [(fault.code, fault.pointer) for fault in made.warnings if fault.pointer.startswith("/rules")]
    return made.problem.rules, warnings


def one(**fields: Any) -> Any:
    """The one rule with these fields, which gives no warning."""
    (rule,), warnings = resolved(fields)
    assert not warnings
    return rule


@pytest.mark.parametrize(
    ("where", "offers"),
    [
        (None, [0, 1, 2, 3]),
        ({}, [0, 1, 2, 3]),
        ({"tier": "nano"}, [0]),
        ({"tier": ["nano", "micro"]}, [0, 3]),
        ({"platform": "tiktok"}, [1, 2]),
        ({"country": ["AT", "DE"]}, [0, 3]),
        ({"tag": "x"}, [0, 3]),
        ({"tag": ["y", "z"]}, [3]),
        ({"group": "g"}, [0]),
        ({"creator_id": ["a", "b"]}, [0, 1, 2]),
        ({"format": "story"}, [2]),
        ({"format": ["video", "story"]}, [1, 2]),
        ({"offer_id": "1 reel"}, [0, 3]),
        ({"offer_id": "1 reel", "country": "DE"}, [0]),
        ({"creator_id": "b", "format": "reel"}, [2]),
    ],
)
def test_where_takes_offers(where: Any, offers: list[int]) -> None:
    assert one(kind="count", max=1, where=where).offers.tolist() == offers


@pytest.mark.parametrize(
    ("where", "warnings"),
    [
        ({"group": None}, ["matches_nobody /rules/0/where"]),
        ({"country": []}, ["matches_nobody /rules/0/where"]),
        ({"country": "de"}, ["matches_nobody /rules/0/where"]),
        ({"tag": "x", "platform": "tiktok"}, ["matches_nobody /rules/0/where"]),
        ({"tier": ["nano", "Mega"]}, ["unknown_tier /rules/0/where/tier"]),
        ({"tier": "huge"}, ["unknown_tier /rules/0/where/tier", "matches_nobody /rules/0/where"]),
        ({"creator_id": ["a", "z"]}, ["unknown_creator /rules/0/where/creator_id"]),
    ],
)
def test_a_where_that_matches_nobody_is_a_warning(where: Any, warnings: list[str]) -> None:
    _, told = resolved({"kind": "count", "max": 1, "where": where})
    assert [f"{code} {pointer}" for code, pointer in told] == warnings


def test_own_tiers_are_known_by_their_names() -> None:
    rules, warnings = resolved(
        {"kind": "count", "max": 1, "where": {"tier": ["small", "nano"]}}, tiers={"small": 0, "big": 9_000}
    )
    assert rules[0].offers.tolist() == [0]  # type: ignore[union-attr]
    assert warnings == [("unknown_tier", "/rules/0/where/tier")]


def test_names_are_as_posted_or_by_index() -> None:
    rules, _ = resolved(
        {"kind": "count", "max": 1}, {"kind": "waste_share", "max": 1, "name": "w"}, {"kind": "count", "min": 0}
    )
    assert [(rule.name, rule.kind) for rule in rules] == [
        ("rules/0", "count"),
        ("w", "waste_share"),
        ("rules/2", "count"),
    ]


def test_count() -> None:
    rule = one(kind="count", min=1, max=2, where={"tag": "x"})
    assert isinstance(rule, Count)
    assert (rule.offers.tolist(), rule.least, rule.most) == ([0, 3], 1, 2)


def test_spend_is_in_minor_units() -> None:
    rule = one(kind="spend", min="1.50", max=200)
    assert isinstance(rule, Spend)
    assert (rule.least, rule.most) == (150, 20_000)


@pytest.mark.parametrize(
    ("posted", "share"), [(0.4, Fraction(2, 5)), (0, Fraction(0)), (1, Fraction(1)), (0.333, Fraction(333, 1000))]
)
def test_spend_share_is_the_fraction_that_the_digits_say(posted: float, share: Fraction) -> None:
    rule = one(kind="spend_share", min=posted)
    assert isinstance(rule, SpendShare)
    assert (rule.least, rule.most) == (share, None)


def test_waste_share() -> None:
    rule = one(kind="waste_share", max=0.6)
    assert isinstance(rule, WasteShare)
    assert rule.most == 0.6


def test_max_cost_per_creator_compares_landed_cost_exactly() -> None:
    def removed(most: str, **fields: Any) -> list[int]:
        (rule,), _ = resolved(
            {"kind": "max_cost_per_creator", "max": most, **fields}, surcharges=[{"name": "fee", "rate": 0.1}]
        )
        assert isinstance(rule, Filter)
        return list(rule.offers)

    assert removed("110.00") == [2]  # the others cost 110.00, the bundle 165.011 -> 165.01
    assert removed("165.01") == []
    assert removed("165.00") == [2]
    assert removed("109.99", where={"platform": "instagram"}) == [0, 3]


def test_min_on_target_share_has_a_tolerance_of_1e_9() -> None:
    assert one(kind="min_on_target_share", min=0.3).offers.tolist() == [3]
    assert one(kind="min_on_target_share", min=0.4 + 0.9e-9).offers.tolist() == [3]
    assert one(kind="min_on_target_share", min=0.4 + 1.1e-9).offers.tolist() == [0, 1, 2, 3]
    assert one(kind="min_on_target_share", min=0.3, where={"tag": "x"}).offers.tolist() == [3]


def test_a_creator_without_the_figure_of_a_filter_is_removed_and_counted() -> None:
    (genuine, reply), warnings = resolved(
        {"kind": "min_genuine_share", "min": 0.5},
        {"kind": "min_reply_rate", "min": 0.2, "where": {"platform": "instagram"}},
    )
    assert isinstance(genuine, Filter)
    assert isinstance(reply, Filter)
    assert (genuine.offers.tolist(), reply.offers.tolist()) == ([0], [3])
    assert warnings == [("figure_missing", "/rules/0"), ("figure_missing", "/rules/1")]


def test_followers_are_compared_without_tolerance() -> None:
    assert one(kind="min_followers", min=50_000).offers.tolist() == [0]
    assert one(kind="min_followers", min=50_001).offers.tolist() == [0, 3]
    assert one(kind="max_followers", max=50_000).offers.tolist() == [1, 2]
    assert one(kind="max_followers", max=49_999.5, where={"tag": "x"}).offers.tolist() == [3]


def test_require() -> None:
    rule = one(kind="require", creator_id="b")
    assert isinstance(rule, Require)
    assert rule.offers.tolist() == [1, 2]
    assert one(kind="require", creator_id="b", offer_id="2").offers.tolist() == [2]


def test_exclude() -> None:
    rule = one(kind="exclude", creator_id="b")
    assert isinstance(rule, Filter)
    assert rule.offers.tolist() == [1, 2]
    assert one(kind="exclude", creator_id="b", offer_id="2").offers.tolist() == [2]


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        ({"creator_id": "z"}, ("unknown_creator", "/rules/0/creator_id")),
        ({"creator_id": "a", "offer_id": "2"}, ("unknown_offer", "/rules/0/offer_id")),
    ],
)
def test_excluding_what_is_not_there_is_a_warning(fields: dict[str, str], warning: tuple[str, str]) -> None:
    (rule,), warnings = resolved({"kind": "exclude", **fields})
    assert isinstance(rule, Filter)
    assert (rule.offers.tolist(), warnings) == ([], [warning])


@pytest.mark.parametrize(("kind", "sides"), [("at_most_one_of", (None, 1)), ("at_least_one_of", (1, None))])
def test_one_of_some_creators(kind: str, sides: tuple[int | None, int | None]) -> None:
    rule = one(kind=kind, creator_ids=["c", "b", "c"])
    assert isinstance(rule, Count)
    assert (rule.kind, rule.offers.tolist(), (rule.least, rule.most)) == (kind, [1, 2, 3], sides)
    assert one(kind=kind, where={"format": "reel"}).offers.tolist() == [0, 2, 3]


def test_one_of_unknown_creators_is_a_warning() -> None:
    (rule,), warnings = resolved({"kind": "at_most_one_of", "creator_ids": ["a", "y", "z"]})
    assert isinstance(rule, Count)
    assert rule.offers.tolist() == [0]
    assert warnings == [("unknown_creator", "/rules/0/creator_ids/1"), ("unknown_creator", "/rules/0/creator_ids/2")]
    (rule,), warnings = resolved({"kind": "at_least_one_of", "creator_ids": ["z"]})
    assert isinstance(rule, Count)
    assert rule.offers.tolist() == []
    assert warnings == [("unknown_creator", "/rules/0/creator_ids/0"), ("matches_nobody", "/rules/0/creator_ids")]


def test_only_with_needs_every_one() -> None:
    rule = one(kind="only_with", creator_id="a", **{"with": ["b", "c", "b"]})
    assert isinstance(rule, OnlyWith)
    assert rule.offers.tolist() == [0]
    assert [needed.tolist() for needed in rule.needed] == [[1, 2], [3]]


def test_rules_that_take_more_offers_than_memory_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.translate.rules.MOST_MATCHES", 11)
    count = {"kind": "count", "max": 1}
    assert len(resolved(count, count, {"kind": "waste_share", "max": 1})[0]) == 3
    with pytest.raises(InvalidBrief) as caught:
        resolved(count, count, count)
    assert [(fault.code, fault.pointer) for fault in caught.value.faults] == [("rules_too_broad", "/rules")]


def test_changes_are_from_offers_and_other_creators_are_what_can_be_added() -> None:
    given = [{"creator_id": "b", "offer_id": "2"}, {"creator_id": "c"}]
    rule = one(kind="max_changes", max=1, **{"from": given})
    assert isinstance(rule, Distance)
    assert (rule.offers.tolist(), rule.others.tolist()) == ([2, 3], [0])
    assert (rule.size, rule.least, rule.most) == (2, None, 1)
    free = one(kind="max_changes", max=0, **{"from": [{"creator_id": "b"}]})
    assert (free.offers.tolist(), free.others.tolist(), free.size) == ([1, 2], [0, 3], 1)
    empty = one(kind="max_changes", max=2, **{"from": []})
    assert (empty.offers.tolist(), empty.others.tolist(), empty.size) == ([], [0, 1, 2, 3], 0)
