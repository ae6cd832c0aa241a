from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.errors import BodyTooLarge, InvalidBrief
from app.wire.brief import Brief
from app.wire.fault_codes import ERRORS
from app.wire.parse import MOST_KEPT, parse_brief
from tests.builders import body, brief, bundle, creator, offer, parsed

SEGMENT = {"name": "runners", "where": {"topic": "trail-running"}}


def segments(*changed: dict[str, Any]) -> dict[str, Any]:
    return brief(target={"segments": list(changed)})


def rules(*rules: dict[str, Any]) -> dict[str, Any]:
    return brief(rules=list(rules))


def surcharges(*surcharges: dict[str, Any]) -> dict[str, Any]:
    return brief(surcharges=list(surcharges))


def objective(**fields: Any) -> dict[str, Any]:
    return brief(objective=fields)


def solver(**fields: Any) -> dict[str, Any]:
    return brief(solver=fields)


def only(**fields: Any) -> dict[str, Any]:
    """A brief whose second candidate has these fields."""
    return brief(candidates=[creator("c1"), creator("c2", **fields)])


def sold(*offers: dict[str, Any]) -> dict[str, Any]:
    return only(offers=list(offers))


def without(document: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != name}


WRONG: list[tuple[str, str, dict[str, Any]]] = [
    # the brief itself
    ("missing_field", "/currency", brief(currency=...)),
    ("missing_field", "/budget", brief(budget=...)),
    ("missing_field", "/target", brief(target=...)),
    ("candidates_needed", "/candidates", brief(candidates=...)),
    ("candidates_needed", "/candidates", brief(candidates=[])),
    ("candidates_needed", "/candidates", brief(candidates=None)),
    ("wrong_type", "/candidates", brief(candidates={"c1": creator()})),
    ("wrong_type", "/candidates/1", brief(candidates=[creator(), "c2"])),
    ("wrong_type", "/candidates/1", brief(candidates=[creator(), None])),
    ("unknown_field", "/bugdet", brief(bugdet=1)),
    ("unknown_field", "/a~1b~0c", brief() | {"a/b~c": 1}),
    ("unknown_field", "/", brief() | {"": 1}),
    ("wrong_type", "/webhook_url", brief(webhook_url=7)),
    ("too_short", "/webhook_url", brief(webhook_url="")),
    ("too_long", "/webhook_url", brief(webhook_url="https://example.org/" + "x" * 2000)),
    ("unknown_field", "/catalogue", brief(catalogue={"filter": {}})),
    ("wrong_type", "/label", brief(label=7)),
    ("too_short", "/label", brief(label="")),
    ("too_long", "/label", brief(label="x" * 201)),
    ("wrong_type", "/currency", brief(currency=978)),
    ("too_short", "/currency", brief(currency="EU")),
    ("unknown_currency", "/currency", brief(currency="ZZZ")),
    ("unknown_currency", "/currency", brief(currency="XAU")),
    ("unknown_currency", "/currency", brief(currency="eur")),
    # money
    ("wrong_type", "/budget", brief(budget=None)),
    ("wrong_type", "/budget", brief(budget=True)),
    ("wrong_type", "/budget", brief(budget={"amount": 5})),
    ("money_negative", "/budget", brief(budget=-1)),
    ("money_negative", "/budget", brief(budget="-0.01")),
    ("money_form", "/budget", brief(budget="1,000.00")),
    ("money_form", "/budget", brief(budget="")),
    ("money_too_fine", "/budget", brief(budget="10.001")),
    ("money_too_fine", "/budget", brief(budget=10.001)),
    ("money_too_fine", "/budget", brief(budget="10.5", currency="JPY")),
    ("money_too_large", "/budget", brief(budget="90000000000000.01")),
    # target
    ("wrong_type", "/target", brief(target=[])),
    ("missing_field", "/target/segments", brief(target={})),
    ("too_short", "/target/segments", brief(target={"segments": []})),
    ("too_long", "/target/segments", segments(*[SEGMENT] * 201)),
    ("unknown_field", "/target/audience", brief(target={"niche": "x", "audience": {}})),
    ("not_together", "/target/niche", brief(target={"segments": [SEGMENT], "niche": "x"})),
    ("not_together", "/target/size", brief(target={"segments": [SEGMENT], "size": 5})),
    ("wrong_type", "/target/countries", brief(target={"niche": "x", "countries": "DE"})),
    ("wrong_type", "/target/ages/1", brief(target={"niche": "x", "ages": ["18-24", 25]})),
    ("out_of_range", "/target/size", brief(target={"niche": "x", "size": 0})),
    ("not_allowed", "/target/unknown_audience", brief(target={"niche": "x", "unknown_audience": "guess"})),
    ("missing_field", "/target/segments/0/name", segments({"size": 5})),
    ("duplicate_name", "/target/segments/1/name", segments({"name": "a"}, {"name": "a"})),
    ("out_of_range", "/target/segments/0/size", segments(SEGMENT | {"size": 0})),
    ("out_of_range", "/target/segments/0/size", segments(SEGMENT | {"size": -5})),
    ("wrong_type", "/target/segments/0/size", segments(SEGMENT | {"size": "900000"})),
    ("wrong_type", "/target/segments/0/size", segments(SEGMENT | {"size": True})),
    ("out_of_range", "/target/segments/0/relevance", segments(SEGMENT | {"relevance": 1.1})),
    ("out_of_range", "/target/segments/0/relevance", segments(SEGMENT | {"relevance": -0.1})),
    ("wrong_type", "/target/segments/0/where", segments({"name": "a", "where": "topic"})),
    ("wrong_type", "/target/segments/0/where/topic", segments({"name": "a", "where": {"topic": 5}})),
    ("wrong_type", "/target/segments/0/where/topic", segments({"name": "a", "where": {"topic": None}})),
    ("too_short", "/target/segments/0/where/topic", segments({"name": "a", "where": {"topic": []}})),
    ("too_short", "/target/segments/0/where/topic", segments({"name": "a", "where": {"topic": ""}})),
    ("too_long", "/target/segments/0/where/topic", segments({"name": "a", "where": {"topic": "x" * 201}})),
    ("wrong_type", "/target/segments/0/where/a~1b/1", segments({"name": "a", "where": {"a/b": ["x", 1]}})),
    ("segments_overlap", "/target/segments/1", segments(SEGMENT, SEGMENT | {"name": "b"})),
    ("segments_overlap", "/target/segments/1", segments(SEGMENT, {"name": "b", "where": {"country": "DE"}})),
    (
        "too_many_dimensions",
        "/target/segments",
        segments(*({"name": f"s{i}", "where": {"x": str(i), f"d{i}": "y"}} for i in range(50))),
    ),
    # objective
    ("unknown_field", "/objective/maximize", objective(maximize="net_engaged_reach")),
    ("not_allowed", "/objective/maximise", objective(maximise="reach")),
    ("not_allowed", "/objective/minimise", objective(minimise="waste", min_engaged_reach=5)),
    (
        "not_together",
        "/objective/minimise",
        objective(maximise="net_engaged_reach", minimise="cost", min_engaged_reach=5),
    ),
    ("missing_field", "/objective/min_engaged_reach", objective(minimise="cost")),
    ("not_together", "/objective/min_engaged_reach", objective(min_engaged_reach=5)),
    ("out_of_range", "/objective/min_engaged_reach", objective(minimise="cost", min_engaged_reach=-5)),
    (
        "not_together",
        "/objective/goal_engaged_reach",
        objective(minimise="cost", min_engaged_reach=5, goal_engaged_reach=6),
    ),
    ("out_of_range", "/objective/goal_engaged_reach", objective(goal_engaged_reach=-1)),
    ("out_of_range", "/objective/waste_aversion", objective(waste_aversion=-0.01)),
    ("wrong_type", "/objective/waste_aversion", objective(waste_aversion="0.01")),
    (
        "not_together",
        "/objective/waste_aversion",
        objective(waste_aversion=0.01, cost_per_wasted_contact=0.01, value_per_engaged_person=1),
    ),
    ("missing_field", "/objective/value_per_engaged_person", objective(cost_per_wasted_contact="0.01")),
    ("missing_field", "/objective/cost_per_wasted_contact", objective(value_per_engaged_person="1.00")),
    (
        "out_of_range",
        "/objective/value_per_engaged_person",
        objective(cost_per_wasted_contact="0.01", value_per_engaged_person="0.00"),
    ),
    (
        "out_of_range",
        "/objective/cost_per_wasted_contact",
        objective(cost_per_wasted_contact="9" * 20, value_per_engaged_person="0.1"),
    ),
    ("out_of_range", "/objective/duplication", objective(duplication=0.99)),
    ("out_of_range", "/objective/confidence", objective(confidence=0.4)),
    ("out_of_range", "/objective/confidence", objective(confidence=1)),
    # conversion
    ("missing_field", "/conversion/order_value", brief(conversion={"rate": 0.01})),
    ("missing_field", "/conversion/rate", brief(conversion={"order_value": "49.90"})),
    ("out_of_range", "/conversion/rate", brief(conversion={"rate": 1.5, "order_value": "49.90"})),
    ("money_too_fine", "/conversion/order_value", brief(conversion={"rate": 0.01, "order_value": "49.905"})),
    ("unknown_field", "/conversion/value", brief(conversion={"rate": 0.01, "order_value": 1, "value": 2})),
    # surcharges and tiers
    ("wrong_type", "/surcharges", brief(surcharges={"fee": 0.1})),
    ("missing_field", "/surcharges/0/name", surcharges({"rate": 0.1})),
    ("missing_field", "/surcharges/0/rate", surcharges({"name": "fee"})),
    ("out_of_range", "/surcharges/0/rate", surcharges({"name": "fee", "rate": -0.1})),
    ("out_of_range", "/surcharges/0/rate", surcharges({"name": "fee", "rate": 15})),
    ("wrong_type", "/surcharges/0/rate", surcharges({"name": "fee", "rate": "10%"})),
    ("wrong_type", "/surcharges/0/rate", surcharges({"name": "fee", "rate": True})),
    ("money_too_fine", "/surcharges/0/fixed", surcharges({"name": "fee", "fixed": "0.005"})),
    ("duplicate_name", "/surcharges/1/name", surcharges({"name": "a", "rate": 0}, {"name": "a", "fixed": 1})),
    ("unknown_field", "/surcharges/0/where/topic", surcharges({"name": "a", "rate": 0, "where": {"topic": "x"}})),
    (
        "wrong_type",
        "/surcharges/0/where/country/1",
        surcharges({"name": "a", "rate": 0, "where": {"country": ["DE", 1]}}),
    ),
    ("lowest_tier_not_zero", "/tiers", brief(tiers={"small": 5, "large": 100})),
    ("duplicate_tier_bound", "/tiers/b", brief(tiers={"a": 0, "b": 0.0})),
    ("too_short", "/tiers", brief(tiers={})),
    ("out_of_range", "/tiers/small", brief(tiers={"small": -1})),
    ("wrong_type", "/tiers/small", brief(tiers={"small": "0"})),
    ("too_short", "/tiers/", brief(tiers={"": 0})),
    # rules
    ("wrong_type", "/rules", brief(rules={"kind": "count"})),
    ("wrong_type", "/rules/0", rules("count")),  # type: ignore[arg-type]
    ("missing_field", "/rules/0/kind", rules({"max": 4})),
    ("not_allowed", "/rules/0/kind", rules({"kind": "cuont", "max": 4})),
    ("not_allowed", "/rules/0/kind", rules({"kind": None, "max": 4})),
    ("not_allowed", "/rules/0/kind", rules({"kind": 5, "max": 4})),
    ("unknown_field", "/rules/0/most", rules({"kind": "count", "most": 4})),
    ("unknown_field", "/rules/0/count", rules({"kind": "count", "max": 1, "count": 4})),
    ("unknown_field", "/rules/0/where", rules({"kind": "waste_share", "max": 0.5, "where": {}})),
    ("reserved_name", "/rules/0/name", rules({"name": "budget", "kind": "count", "max": 4})),
    ("reserved_name", "/rules/0/name", rules({"name": "goal", "kind": "count", "max": 4})),
    ("reserved_name", "/rules/0/name", rules({"name": "unknown_audience", "kind": "count", "max": 4})),
    (
        "duplicate_name",
        "/rules/1/name",
        rules({"name": "a", "kind": "count", "max": 4}, {"name": "a", "kind": "waste_share", "max": 0.4}),
    ),
    (
        "duplicate_name",
        "/rules/1/name",
        rules({"name": "rules/1", "kind": "count", "max": 4}, {"kind": "count", "max": 4}),
    ),
    ("missing_field", "/rules/0/max", rules({"kind": "count"})),
    ("missing_field", "/rules/0/max", rules({"kind": "spend", "min": None})),
    ("missing_field", "/rules/0/max", rules({"kind": "spend_share", "where": {}})),
    ("min_above_max", "/rules/0/min", rules({"kind": "count", "min": 5, "max": 4})),
    ("min_above_max", "/rules/0/min", rules({"kind": "spend", "min": "10.00", "max": "9.00"})),
    ("min_above_max", "/rules/0/min", rules({"kind": "spend_share", "min": 0.5, "max": 0.4})),
    ("wrong_type", "/rules/0/max", rules({"kind": "count", "max": "4"})),
    ("wrong_type", "/rules/0/max", rules({"kind": "count", "max": 4.5})),
    ("wrong_type", "/rules/0/max", rules({"kind": "count", "max": True})),
    ("out_of_range", "/rules/0/min", rules({"kind": "count", "min": -1})),
    ("money_too_fine", "/rules/0/min", rules({"kind": "spend", "min": "0.001"})),
    ("money_negative", "/rules/0/max", rules({"kind": "spend", "max": -5})),
    ("out_of_range", "/rules/0/max", rules({"kind": "spend_share", "max": 1.01})),
    ("out_of_range", "/rules/0/min", rules({"kind": "spend_share", "min": -0.01})),
    ("wrong_type", "/rules/0/min", rules({"kind": "spend_share", "min": "40%"})),
    ("out_of_range", "/rules/0/max", rules({"kind": "waste_share", "max": 1.5})),
    ("missing_field", "/rules/0/max", rules({"kind": "waste_share"})),
    ("missing_field", "/rules/0/max", rules({"kind": "max_cost_per_creator"})),
    ("money_too_fine", "/rules/0/max", rules({"kind": "max_cost_per_creator", "max": 0.005})),
    ("out_of_range", "/rules/0/min", rules({"kind": "min_on_target_share", "min": 2})),
    ("missing_field", "/rules/0/min", rules({"kind": "min_genuine_share"})),
    ("unknown_field", "/rules/0/max", rules({"kind": "min_reply_rate", "min": 0.1, "max": 0.2})),
    ("out_of_range", "/rules/0/min", rules({"kind": "min_followers", "min": -1})),
    ("missing_field", "/rules/0/max", rules({"kind": "max_followers"})),
    ("unknown_field", "/rules/0/where/followers", rules({"kind": "count", "max": 1, "where": {"followers": 5}})),
    ("wrong_type", "/rules/0/where/tier", rules({"kind": "count", "max": 1, "where": {"tier": 5}})),
    ("wrong_type", "/rules/0/where/tier/0", rules({"kind": "count", "max": 1, "where": {"tier": [None]}})),
    ("missing_field", "/rules/0/creator_id", rules({"kind": "require"})),
    ("unknown_creator", "/rules/0/creator_id", rules({"kind": "require", "creator_id": "c9"})),
    ("unknown_offer", "/rules/0/offer_id", rules({"kind": "require", "creator_id": "c1", "offer_id": "9 reels"})),
    ("missing_field", "/rules/0/creator_id", rules({"kind": "exclude", "offer_id": "1 reel"})),
    ("missing_field", "/rules/0/creator_ids", rules({"kind": "at_most_one_of"})),
    ("too_short", "/rules/0/creator_ids", rules({"kind": "at_most_one_of", "creator_ids": []})),
    ("not_together", "/rules/0/where", rules({"kind": "at_least_one_of", "creator_ids": ["c1"], "where": {}})),
    ("missing_field", "/rules/0/with", rules({"kind": "only_with", "creator_id": "c1"})),
    ("unknown_creator", "/rules/0/creator_id", rules({"kind": "only_with", "creator_id": "c9", "with": ["c1"]})),
    ("missing_field", "/rules/0/from", rules({"kind": "max_changes", "max": 1})),
    ("missing_field", "/rules/0/max", rules({"kind": "max_changes", "from": []})),
    (
        "unknown_creator",
        "/rules/0/from/1/creator_id",
        rules({"kind": "max_changes", "max": 1, "from": [{"creator_id": "c1"}, {"creator_id": "c9"}]}),
    ),
    (
        "unknown_offer",
        "/rules/0/from/0/offer_id",
        rules({"kind": "max_changes", "max": 1, "from": [{"creator_id": "c1", "offer_id": "x"}]}),
    ),
    (
        "duplicate_id",
        "/rules/0/from/1/creator_id",
        rules({"kind": "max_changes", "max": 1, "from": [{"creator_id": "c1"}, {"creator_id": "c1"}]}),
    ),
    ("unknown_creator", "/rules/0/with/1", rules({"kind": "only_with", "creator_id": "c1", "with": ["c2", "c9"]})),
    # solver
    ("duration_form", "/solver/time_limit", solver(time_limit=30)),
    ("duration_form", "/solver/time_limit", solver(time_limit="30")),
    ("duration_form", "/solver/time_limit", solver(time_limit="30s")),
    ("duration_form", "/solver/time_limit", solver(time_limit="P")),
    ("duration_form", "/solver/time_limit", solver(time_limit="PT")),
    ("duration_form", "/solver/time_limit", solver(time_limit="P1M")),
    ("duration_form", "/solver/time_limit", solver(time_limit="-PT5S")),
    ("out_of_range", "/solver/time_limit", solver(time_limit="PT0S")),
    ("out_of_range", "/solver/time_limit", solver(time_limit="P9D")),
    ("out_of_range", "/solver/relative_gap", solver(relative_gap=-1e-9)),
    ("wrong_type", "/solver/seed", solver(seed=1.5)),
    ("out_of_range", "/solver/seed", solver(seed=2**31)),
    ("unknown_field", "/solver/threads", solver(threads=8)),
    # candidates
    ("duplicate_id", "/candidates/2/id", brief(candidates=[creator("a"), creator("b"), creator("a")])),
    ("missing_field", "/candidates/1/id", brief(candidates=[creator(), without(creator("c2"), "id")])),
    ("wrong_type", "/candidates/1/id", only(id=17)),
    ("too_short", "/candidates/1/id", only(id="")),
    ("too_long", "/candidates/1/id", only(id="x" * 201)),
    ("unknown_field", "/candidates/1/follower", only(follower=5)),
    ("missing_field", "/candidates/1/followers", brief(candidates=[creator(), without(creator("c2"), "followers")])),
    ("missing_field", "/candidates/1/platform", brief(candidates=[creator(), without(creator("c2"), "platform")])),
    ("wrong_type", "/candidates/1/followers", only(followers="48200")),
    ("wrong_type", "/candidates/1/followers", only(followers=None)),
    ("wrong_type", "/candidates/1/followers", only(followers=True)),
    ("wrong_type", "/candidates/1/followers", only(followers=10.5)),
    ("out_of_range", "/candidates/1/followers", only(followers=0)),
    ("out_of_range", "/candidates/1/followers", only(followers=-5)),
    ("out_of_range", "/candidates/1/followers", only(followers=10**13)),
    ("wrong_type", "/candidates/1/tags", only(tags="vegan")),
    ("wrong_type", "/candidates/1/tags/1", only(tags=["vegan", 5])),
    ("out_of_range", "/candidates/1/genuine_share", only(genuine_share=1.01)),
    ("out_of_range", "/candidates/1/genuine_share", only(genuine_share=-0.01)),
    ("wrong_type", "/candidates/1/genuine_share", only(genuine_share="0.9")),
    ("out_of_range", "/candidates/1/sponsored_ratio", only(sponsored_ratio=0)),
    ("out_of_range", "/candidates/1/delivery_probability", only(delivery_probability=2)),
    ("out_of_range", "/candidates/1/reply_rate", only(reply_rate=1.5)),
    ("out_of_range", "/candidates/1/average_reach", only(average_reach=-1)),
    ("out_of_range", "/candidates/1/average_views", only(average_views=-1)),
    ("out_of_range", "/candidates/1/reach_rate", only(reach_rate=35)),
    # engagement
    ("wrong_type", "/candidates/1/engagement", only(engagement=0.04)),
    ("missing_field", "/candidates/1/engagement/per", only(engagement={"rate": 0.04})),
    ("not_allowed", "/candidates/1/engagement/per", only(engagement={"rate": 0.04, "per": "like"})),
    ("missing_field", "/candidates/1/engagement/rate", only(engagement={"per": "follower"})),
    ("out_of_range", "/candidates/1/engagement/rate", only(engagement={"rate": 0, "per": "follower"})),
    ("out_of_range", "/candidates/1/engagement/rate", only(engagement={"rate": 4.1, "per": "follower"})),
    ("out_of_range", "/candidates/1/engagement/posts", only(engagement={"rate": 0.1, "per": "follower", "posts": 0})),
    ("too_short", "/candidates/1/engagement/post_rates", only(engagement={"post_rates": [], "per": "follower"})),
    (
        "out_of_range",
        "/candidates/1/engagement/post_rates/1",
        only(engagement={"post_rates": [0.1, 2], "per": "reach"}),
    ),
    (
        "engagement_disagrees",
        "/candidates/1/engagement/rate",
        only(engagement={"rate": 0.2, "post_rates": [0.1, 0.2], "per": "reach"}),
    ),
    (
        "engagement_disagrees",
        "/candidates/1/engagement/posts",
        only(engagement={"posts": 3, "post_rates": [0.1, 0.2], "per": "reach"}),
    ),
    ("average_views_needed", "/candidates/1/average_views", only(engagement={"rate": 0.1, "per": "view"})),
    # audience
    ("wrong_type", "/candidates/1/audience", only(audience=[])),
    ("wrong_type", "/candidates/1/audience/topic", only(audience={"topic": "x"})),
    ("wrong_type", "/candidates/1/audience/topic/x", only(audience={"topic": {"x": None}})),
    ("out_of_range", "/candidates/1/audience/topic/x", only(audience={"topic": {"x": 1.2}})),
    ("out_of_range", "/candidates/1/audience/topic/a~1b", only(audience={"topic": {"a/b": -0.2}})),
    ("too_short", "/candidates/1/audience/", only(audience={"": {"x": 0.2}})),
    ("too_long", "/candidates/1/audience/topic/" + "x" * 201, only(audience={"topic": {"x" * 201: 0.2}})),
    ("out_of_range", "/candidates/1/audience/[key]/[key]", only(audience={"[key]": {"[key]": 5}})),
    ("out_of_range", "/candidates/1/segment_shares/runners", only(segment_shares={"runners": 1.1})),
    # offers
    ("missing_field", "/candidates/1/offers", brief(candidates=[creator(), without(creator("c2"), "offers")])),
    ("too_short", "/candidates/1/offers", sold()),
    ("duplicate_id", "/candidates/1/offers/2/id", sold(offer("a"), offer("b"), offer("a"))),
    ("missing_field", "/candidates/1/offers/0/id", sold(without(offer(), "id"))),
    ("missing_field", "/candidates/1/offers/1/price", sold(offer("a"), without(offer("b"), "price"))),
    ("wrong_type", "/candidates/1/offers/0/price", sold(offer(price=None))),
    ("money_negative", "/candidates/1/offers/0/price", sold(offer(price="-5.00"))),
    ("money_too_fine", "/candidates/1/offers/0/price", sold(offer(price="5.001"))),
    ("money_too_large", "/candidates/1/offers/0/price", sold(offer(price=10**20))),
    ("missing_field", "/candidates/1/offers/0/format", sold(without(offer(), "format"))),
    ("out_of_range", "/candidates/1/offers/0/posts", sold(offer(posts=0))),
    ("wrong_type", "/candidates/1/offers/0/posts", sold(offer(posts=1.5))),
    ("out_of_range", "/candidates/1/offers/0/expected_reach", sold(offer(expected_reach=-1))),
    ("out_of_range", "/candidates/1/offers/0/non_follower_share", sold(offer(non_follower_share=1))),
    ("too_short", "/candidates/1/offers/0/items", sold(bundle(items=[]))),
    ("missing_field", "/candidates/1/offers/0/items/0/format", sold(bundle(items=[{"posts": 1}]))),
    (
        "out_of_range",
        "/candidates/1/offers/0/items/1/posts",
        sold(bundle(items=[{"format": "a"}, {"format": "b", "posts": 0}])),
    ),
    ("not_with_items", "/candidates/1/offers/0/format", sold(bundle(format="reel"))),
    ("not_with_items", "/candidates/1/offers/0/posts", sold(bundle(posts=1))),
    ("not_with_items", "/candidates/1/offers/0/expected_reach", sold(bundle(expected_reach=5))),
    ("not_with_items", "/candidates/1/offers/0/non_follower_share", sold(bundle(non_follower_share=0.5))),
]


@pytest.mark.parametrize(
    ("code", "pointer", "document"), WRONG, ids=[f"{code} {pointer[:60]}" for code, pointer, _ in WRONG]
)
def test_each_wrong_input_is_named(code: str, pointer: str, document: dict[str, Any]) -> None:
    with pytest.raises(InvalidBrief) as caught:
        parsed(document)
    (fault,) = caught.value.faults
    assert (fault.code, fault.pointer, fault.severity) == (code, pointer, "error")
    assert fault.detail.endswith((".", ")"))
    assert len(fault.detail) < 500
    assert pointer in caught.value.detail


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (rules({"kind": "count", "max": 1, "where": {"tier": 5}}), "a text or a list of texts, received 5"),
        (segments({"name": "a", "where": {"topic": None}}), "a text or a list of texts, received null"),
        (only(engagement={"rate": 4.1, "per": "follower"}), "at most 1, received 4.1 (4.1 % is 0.041)."),
        (only(audience={"country": {"DE": 70}}), "at most 1, received 70 (70 % is 0.7)."),
        (only(genuine_share=101), "at most 1, received 101."),
    ],
)
def test_a_usual_slip_is_told_with_what_was_meant(document: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidBrief) as caught:
        parsed(document)
    assert said in caught.value.faults[0].detail


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"brief"', b"5", b"1.5", b"true"])
def test_a_brief_is_an_object(raw: bytes) -> None:
    with pytest.raises(InvalidBrief) as caught:
        parse_brief(raw)
    assert [(fault.code, fault.pointer) for fault in caught.value.faults] == [("wrong_type", "")]


def test_numbers_that_only_json_can_write_are_read_by_their_digits() -> None:
    document = body(brief()).replace(b'"1000.00"', b"0.1000000000000000055")
    with pytest.raises(InvalidBrief, match="finer than EUR"):
        parse_brief(document)
    assert parse_brief(body(brief()).replace(b'"1000.00"', b"89999999999999.010")).budget == "89999999999999.010"
    with pytest.raises(InvalidBrief, match="digits with an optional point"):
        parse_brief(body(brief()).replace(b'"1000.00"', b"1e3"))


def test_all_faults_are_told_at_once_in_the_order_of_the_brief() -> None:
    document = brief(
        budget=-1, rules=[{"kind": "count", "max": "x"}], candidates=[creator(followers=0), creator(id="")]
    )
    with pytest.raises(InvalidBrief) as caught:
        parsed(document)
    assert [fault.pointer for fault in caught.value.faults] == [
        "/budget",
        "/rules/0/max",
        "/candidates/0/followers",
        "/candidates/1/id",
    ]
    assert "4 error(s)" in caught.value.detail


@pytest.mark.parametrize("fields", [{"followers": 0}, {"id": "same"}], ids=["of fields", "between fields"])
def test_no_more_faults_are_kept_than_tell_that_there_are_more(fields: dict[str, Any]) -> None:
    document = brief(candidates=[creator(f"c{i}") | fields for i in range(5000)])
    with pytest.raises(InvalidBrief, match="more than 100") as caught:
        parsed(document)
    assert len(caught.value.faults) == MOST_KEPT == 101


def test_candidates_of_later_chunks_are_named_by_their_index() -> None:
    with pytest.raises(InvalidBrief) as caught:
        parsed(brief(candidates=[*(creator(f"c{i}") for i in range(2100)), creator("last", followers="many")]))
    assert [fault.pointer for fault in caught.value.faults] == ["/candidates/2100/followers"]


def test_too_many_candidates_are_too_large_a_body() -> None:
    document = body(brief())
    assert len(parse_brief(document, max_candidates=3).candidates) == 3
    with pytest.raises(BodyTooLarge, match="3 candidates; at most 2") as caught:
        parse_brief(document, max_candidates=2)
    assert [fault.pointer for fault in caught.value.faults] == ["/candidates"]


RIGHT: list[tuple[str, dict[str, Any], Callable[[Any], object], object]] = [
    ("no candidates limit", brief(), lambda b: len(b.candidates), 3),
    ("defaults", brief(), lambda b: b.solver.limits().time_limit_s, 30.0),
    ("null objects", brief(objective=None, solver=None), lambda b: b.objective.duplication, 1.0),
    (
        "null lists",
        brief(surcharges=None, rules=None, tiers=None, label=None),
        lambda b: (b.rules, b.surcharges),
        ([], []),
    ),
    ("null fields", solver(time_limit=None, relative_gap=None, seed=None), lambda b: b.solver.seed, 1),
    ("null relevance", segments(SEGMENT | {"relevance": None}), lambda b: b.target.parts().segments[0].relevance, 1.0),
    (
        "null unknown_audience",
        brief(target={"niche": "x", "unknown_audience": None}),
        lambda b: b.target.unknown_audience,
        "benchmark",
    ),
    ("null engagement", only(engagement=None, tags=None, audience=None), lambda b: b.candidates[1].engagement, None),
    ("null dimension", only(audience={"topic": None}), lambda b: b.candidates[1].audience, {"topic": None}),
    ("default waste aversion", brief(), lambda b: b.objective.aversion(), 0.01),
    ("no waste aversion", objective(waste_aversion=0), lambda b: b.objective.aversion(), 0.0),
    (
        "waste aversion from money",
        objective(cost_per_wasted_contact="0.005", value_per_engaged_person=2),
        lambda b: b.objective.aversion(),
        0.0025,
    ),
    ("confidence", objective(confidence=0.99), lambda b: b.objective.confidence, 0.99),
    ("minute", solver(time_limit="PT1M30.5S"), lambda b: b.solver.time_limit, timedelta(seconds=90.5)),
    ("day", solver(time_limit="P1D"), lambda b: b.solver.time_limit, timedelta(days=1)),
    ("a whole number with a point", only(followers=20000.0), lambda b: b.candidates[1].followers, 20_000),
    ("share digits", rules({"kind": "spend_share", "min": 0.4}), lambda b: b.rules[0].min, Decimal("0.4")),
    ("money as a number", brief(budget=12.5), lambda b: b.budget, "12.5"),
    ("price of nothing", sold(offer(price=0)), lambda b: b.candidates[1].offers[0].price, "0"),
    (
        "agreeing rates",
        only(engagement={"rate": 0.15, "post_rates": [0.1, 0.2], "posts": 2, "per": "reach"}),
        lambda b: b.rules,
        [],
    ),
    ("rates of nothing", only(engagement={"post_rates": [0, 0.0], "per": "follower"}), lambda b: b.rules, []),
    ("views", only(engagement={"rate": 0.1, "per": "view"}, average_views=0), lambda b: b.rules, []),
    ("shares above one", only(audience={"topic": {"x": 0.9, "y": 0.9}}), lambda b: b.rules, []),
    ("one tier", brief(tiers={"all": 0}), lambda b: b.tiers, {"all": 0.0}),
    (
        "disjoint in a dimension",
        segments({"name": "a", "where": {"x": "1", "y": "1"}}, {"name": "b", "where": {"y": ["2", "3"]}}),
        lambda b: len(b.target.segments),
        2,
    ),
    (
        "segments without where",
        segments({"name": "a"}, {"name": "b", "where": None}, SEGMENT),
        lambda b: len(b.target.segments),
        3,
    ),
    ("where null", rules({"kind": "count", "max": 1, "where": None}), lambda b: b.rules[0].where, None),
    (
        "where values",
        rules({"kind": "count", "max": 1, "where": {"tier": "micro", "group": None, "tag": ["a", "b", "a"]}}),
        lambda b: b.rules[0].where.conditions(),
        {"tier": ("micro",), "tag": ("a", "b"), "group": ()},
    ),
    ("unknown id in exclude", rules({"kind": "exclude", "creator_id": "nobody"}), lambda b: len(b.rules), 1),
    ("equal sides", rules({"kind": "spend", "min": "5.0", "max": 5}), lambda b: len(b.rules), 1),
]


@pytest.mark.parametrize(("document", "look", "value"), [case[1:] for case in RIGHT], ids=[case[0] for case in RIGHT])
def test_what_is_allowed(document: dict[str, Any], look: Callable[[Any], object], value: object) -> None:
    assert look(parsed(document)) == value


def test_the_short_form_is_one_segment_named_after_the_niche() -> None:
    target = {"niche": "trail-running", "countries": ["DE", "AT"], "ages": ["25-34"], "size": 900_000}
    (segment,) = parsed(brief(target=target)).target.parts().segments
    assert (segment.name, segment.size, segment.relevance) == ("trail-running", 900_000, 1.0)
    assert segment.where == {"topic": ("trail-running",), "country": ("DE", "AT"), "age": ("25-34",)}


def test_every_code_is_published() -> None:
    assert {code for code, _, _ in WRONG} <= ERRORS.keys()


def test_the_schema_describes_every_field() -> None:
    schema = Brief.model_json_schema()
    models = [schema, *schema["$defs"].values()]
    missing = [
        (model["title"], name)
        for model in models
        for name, field in model["properties"].items()
        if "description" not in field and name != "kind"
    ]
    assert not missing
