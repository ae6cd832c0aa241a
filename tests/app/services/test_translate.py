import random
from math import log
from typing import Any

import numpy as np
import pytest

from app.errors import Fault, InvalidBrief
from app.wire.fault_codes import ERRORS, WARNINGS
from tests.builders import brief, bundle, campaign, creator, offer


def told(document: Any) -> list[tuple[str, str]]:
    """Code and pointer of the warnings of a brief, without the note on genuine_share."""
    return [
        (fault.code, fault.pointer) for fault in campaign(document).warnings if fault.code != "genuine_share_absent"
    ]


def refused(document: Any) -> list[tuple[str, str]]:
    """Code and pointer of the errors of a brief."""
    with pytest.raises(InvalidBrief) as caught:
        campaign(document)
    assert {fault.code for fault in caught.value.faults} <= ERRORS.keys()
    return [(fault.code, fault.pointer) for fault in caught.value.faults]


def test_candidates_stand_in_the_order_of_their_ids_by_code_point() -> None:
    made = campaign(
        brief(candidates=[creator("ä"), creator("b"), creator("a10"), creator("B"), creator("a2"), creator("😀")])
    )
    assert made.candidates.creator_id.tolist() == ["B", "a10", "a2", "b", "ä", "😀"]
    assert made.posted_creator.tolist() == [3, 2, 4, 1, 0, 5]


def test_offers_stand_by_creator_and_id_and_items_by_offer() -> None:
    offers = [offer("b", price="2.00"), bundle("a", price="1.00"), offer("c", format="story", posts=3, price=3)]
    made = campaign(brief(candidates=[creator("c2"), creator("c1", offers=offers)])).candidates
    assert made.offer_creator.tolist() == [0, 0, 0, 1]
    assert made.offer_id.tolist() == ["a", "b", "c", "1 reel"]
    assert made.price_minor.tolist() == [100, 200, 300, 10_000]
    assert made.item_offer.tolist() == [0, 0, 1, 2, 3]
    assert [made.item_format.names[code] for code in made.item_format.codes] == [
        "reel",
        "story",
        "reel",
        "story",
        "reel",
    ]
    assert made.item_posts.tolist() == [1, 2, 1, 3, 1]


def test_figures_become_columns_and_absent_ones_are_nan() -> None:
    full = creator(
        "a",
        followers=5_000,
        country="DE",
        group="g",
        tags=["x", "y"],
        sponsored_ratio=0.8,
        delivery_probability=0.7,
        reply_rate=0.6,
        average_reach=900,
        average_views=1_200,
        reach_rate=0.5,
        offers=[offer(expected_reach=800, non_follower_share=0.25)],
    )
    bare = {"id": "b", "platform": "tiktok", "followers": 7, "offers": [offer(format="video")]}
    made = campaign(brief(candidates=[full, bare])).candidates
    assert made.followers.tolist() == [5_000, 7]
    for name, stated in {
        "genuine_share": 0.9,
        "sponsored_ratio": 0.8,
        "delivery_probability": 0.7,
        "reply_rate": 0.6,
        "average_reach": 900,
        "average_views": 1_200,
        "reach_rate": 0.5,
        "engagement_rate": 0.04,
        "engagement_posts": 24,
        "item_expected_reach": 800,
        "item_non_follower_share": 0.25,
    }.items():
        np.testing.assert_array_equal(getattr(made, name), [stated, np.nan], err_msg=name)
    assert made.platform.names == ("instagram", "tiktok")
    assert made.platform.codes.tolist() == [0, 1]
    assert (made.country.codes.tolist(), made.country.names) == ([0, -1], ("DE",))
    assert (made.group.codes.tolist(), made.group.names) == ([0, -1], ("g",))
    assert (made.tags.start.tolist(), made.tags.names) == ([0, 2, 2], ("x", "y"))
    assert made.engagement_per.tolist() == [0, -1]


def test_post_rates_are_one_column() -> None:
    rates = [{"post_rates": [0.1, 0.2], "per": "reach"}, None, {"rate": 0.3, "post_rates": [0.3], "per": "follower"}]
    made = campaign(brief(candidates=[creator(f"c{i}", engagement=rate) for i, rate in enumerate(rates)])).candidates
    assert made.post_start.tolist() == [0, 2, 2, 3]
    assert made.post_rates.tolist() == [0.1, 0.2, 0.3]
    np.testing.assert_array_equal(made.engagement_rate, [np.nan, np.nan, 0.3])
    assert made.engagement_per.tolist() == [1, -1, 0]


def test_audience_shares_are_columns_by_dimension() -> None:
    audiences: list[Any] = [{"topic": {"b": 0.2, "a": 0.1}, "age": None}, None, {"topic": {}}, {"age": {"18-24": 1}}]
    made = campaign(
        brief(candidates=[creator(f"c{i}", audience=stated) for i, stated in enumerate(audiences)])
    ).candidates
    assert list(made.audience) == ["age", "topic"]
    topic, age = made.audience["topic"], made.audience["age"]
    assert (topic.start.tolist(), topic.names) == ([0, 2, 2, 2, 2], ("a", "b"))
    assert [topic.names[code] for code in topic.codes] == ["a", "b"]  # by name, whatever the order posted
    assert topic.shares.tolist() == [0.1, 0.2]
    assert topic.given.tolist() == [True, False, True, False]
    assert age.given.tolist() == [False, False, False, True]
    assert made.segment_shares is None


def test_segment_shares_are_a_column_when_somebody_states_them() -> None:
    made = campaign(brief(candidates=[creator("a"), creator("b", segment_shares={"runners": 0.3})])).candidates
    assert made.segment_shares is not None
    assert made.segment_shares.names == ("runners",)
    assert made.segment_shares.given.tolist() == [False, True]


def test_dimensions_without_end_are_only_kept_where_the_target_uses_them() -> None:
    strangers = [creator(f"c{i}", audience={"topic": {"x": 0.1}, f"d{i}": {"y": 0.1}}) for i in range(101)]
    assert list(campaign(brief(candidates=strangers)).candidates.audience) == ["topic"]


def test_columns_cannot_be_written() -> None:
    made = campaign(brief())
    with pytest.raises(ValueError, match="read-only"):
        made.candidates.followers[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        made.problem.cost[0] = 1


def test_the_program_gets_exponents_gain_waste_and_ceilings() -> None:
    segments = [
        {"name": "sized", "size": 60_000, "relevance": 0.5, "where": {"topic": "a"}},
        {"name": "open", "relevance": 0.25, "where": {"topic": "b"}},
    ]
    document = brief(
        target={"segments": segments},
        objective={"duplication": 1.2, "waste_aversion": 0.02},
        candidates=[creator("c1", audience={"topic": {"a": 0.4, "b": 0.2}}, offers=[offer(expected_reach=10_000)])],
    )
    made = campaign(document)
    engaged, problem = float(made.forecast.engaged[0]), made.problem
    assert 0 < engaged < 9_000
    assert problem.exponents == pytest.approx(np.array([[-log(1 - 0.4 * engaged / 50_000)]]))
    assert problem.gain == pytest.approx(np.array([0.25 * 0.2 * engaged]))
    assert problem.ceilings == pytest.approx(np.array([0.5 * 50_000]))
    assert problem.contacts == pytest.approx(np.array([9_000]))
    assert problem.waste == pytest.approx(np.array([9_000 * (1 - 0.5 * 0.4 - 0.25 * 0.2)]))
    assert (problem.budget, problem.waste_aversion, problem.goal) == (100_000, 0.02, None)


def test_the_inverse_objective_becomes_the_goal() -> None:
    assert campaign(brief(objective={"minimise": "cost", "min_engaged_reach": 250})).problem.goal == 250
    assert told(brief(objective={"minimise": "cost", "min_engaged_reach": 5, "waste_aversion": 0.1})) == [
        ("no_effect", "/objective/waste_aversion")
    ]


def test_landed_cost_adds_the_surcharges_that_apply_and_rounds_half_up_once() -> None:
    document = brief(
        surcharges=[
            {"name": "fee", "rate": 0.10},
            {"name": "KSK", "rate": 0.049, "where": {"country": "DE"}},
            {"name": "stories", "fixed": "2.50", "where": {"format": "story"}},
        ],
        candidates=[
            creator(
                "a",
                country="DE",
                offers=[offer("1", price="450.00"), offer("2", price="0.05"), offer("3", price="0.04")],
            ),
            creator("b", country="AT", offers=[offer("1", price="450.00"), bundle("2", price="100.00")]),
        ],
    )
    made = campaign(document)
    # 450 x 1.149; 0.05 x 1.149 = 0.05745; 0.04 x 1.149 = 0.04596; 450 x 1.1; 100 x 1.1 + 2.50
    assert made.problem.cost.tolist() == [51_705, 6, 5, 49_500, 11_250]
    assert [surcharge.name for surcharge in made.surcharges] == ["fee", "KSK", "stories"]


def test_money_has_the_decimals_of_the_currency() -> None:
    made = campaign(brief(currency="JPY", budget=5_000, candidates=[creator("a", offers=[offer(price="450.0")])]))
    assert (made.problem.budget, made.problem.cost.tolist()) == (5_000, [450])
    made = campaign(brief(currency="KWD", budget="5.000", candidates=[creator("a", offers=[offer(price=0.125)])]))
    assert (made.problem.budget, made.problem.cost.tolist()) == (5_000, [125])


def test_tiers_of_the_brief_replace_the_table_but_not_the_benchmarks() -> None:
    candidates = [creator("a", followers=9_999), creator("b", followers=50_000), creator("c", followers=2_000_000)]
    own = campaign(brief(candidates=candidates, tiers={"large": 50_000, "small": 0}))
    standard = campaign(brief(candidates=candidates))
    assert [own.tier.names[code] for code in own.tier.codes] == ["small", "large", "large"]
    assert [standard.tier.names[code] for code in standard.tier.codes] == ["nano", "micro", "mega"]
    np.testing.assert_array_equal(own.forecast.reach, standard.forecast.reach)


def test_the_order_in_which_candidates_were_posted_does_not_matter() -> None:
    offers = [offer("a", price=1), bundle("b"), offer("c", format="story")]
    candidates = [
        creator(
            f"c{i}",
            followers=1_000 + i,
            tags=[f"t{i % 3}"],
            offers=offers,
            audience={"topic": {"trail-running": i / 20}},
        )
        for i in range(20)
    ]
    shuffled = [dict(each, offers=random.sample(offers, 3)) for each in random.sample(candidates, 20)]
    one, other = campaign(brief(candidates=candidates)), campaign(brief(candidates=shuffled))
    for name in ("creator", "cost", "exponents", "gain", "waste", "contacts"):
        np.testing.assert_array_equal(getattr(one.problem, name), getattr(other.problem, name))
    assert [shuffled[index]["id"] for index in other.posted_creator] == one.candidates.creator_id.tolist()


def test_an_audience_larger_than_its_segment_is_named_at_the_offer_as_posted() -> None:
    target = {"segments": [{"name": "few", "size": 100, "where": {"topic": "trail-running"}}]}
    offers = [offer("z", expected_reach=0), offer("a", expected_reach=50_000)]
    document = brief(target=target, candidates=[creator("b", offers=offers), creator("a", offers=offers[:1])])
    assert refused(document) == [("audience_exceeds_segment", "/candidates/0/offers/1")]


def test_an_audience_as_large_as_its_segment_is_too_large() -> None:
    def document(size: float) -> dict[str, Any]:
        target = {"segments": [{"name": "few", "size": size, "where": {"topic": "trail-running"}}]}
        return brief(target=target, candidates=[creator("a")], objective={"duplication": 2})

    made = campaign(document(1_000_000))
    people = float(made.forecast.engaged[0] * made.forecast.shares[0, 0])
    assert refused(document(2 * people)) == [("audience_exceeds_segment", "/candidates/0/offers/0")]
    assert campaign(document(2 * people * 1.001)).problem.exponents[0, 0] > 5


@pytest.mark.parametrize(
    ("candidates", "errors"),
    [
        ([creator("b"), creator("a", platform="nowhere")], [("reach_needed", "/candidates/1/offers/0/expected_reach")]),
        (
            [creator("a", platform="nowhere", offers=[bundle("x"), offer("a", expected_reach=5)])],
            [
                ("reach_needed", "/candidates/0/offers/0/items/0/expected_reach"),
                ("reach_needed", "/candidates/0/offers/0/items/1/expected_reach"),
            ],
        ),
        (
            [creator("a", platform="nowhere", engagement=None, average_reach=50)],
            [("engagement_needed", "/candidates/0/engagement")],
        ),
        (
            [creator("a", offers=[offer(format="hologram")])],
            [("reach_needed", "/candidates/0/offers/0/expected_reach")],
        ),
        (
            [creator("a", segment_shares={"runners": 0.5, "hikers": 0.6})],
            [("segment_shares_above_one", "/candidates/0/segment_shares")],
        ),
    ],
)
def test_what_no_benchmark_knows_is_an_error_where_it_was_posted(
    candidates: list[dict[str, Any]], errors: list[tuple[str, str]]
) -> None:
    segments = [
        {"name": "runners", "where": {"topic": "trail-running"}},
        {"name": "hikers", "where": {"topic": "hiking"}},
    ]
    assert refused(brief(target={"segments": segments}, candidates=candidates)) == errors


def test_no_more_errors_than_needed_to_say_that_there_are_more() -> None:
    assert len(refused(brief(candidates=[creator(f"c{i}", platform="nowhere") for i in range(300)]))) == 101


def test_a_price_that_surcharges_raise_above_all_money_is_refused() -> None:
    surcharges = [{"name": "fee", "rate": 1}]
    document = brief(surcharges=surcharges, candidates=[creator("a", offers=[offer(price="80000000000000")])])
    assert refused(document) == [("money_too_large", "/candidates/0/offers/0/price")]


@pytest.mark.parametrize(
    ("document", "warnings"),
    [
        (brief(), []),
        (brief(target={"niche": "trail-running"}), [("overlap_not_modelled", "/target")]),
        (
            brief(candidates=[creator("b"), creator("a", audience={"topic": {"trail-running": 0.8, "x": 0.8}})]),
            [("shares_scaled", "/candidates/1/audience/topic")],
        ),
        (
            brief(candidates=[creator("b"), creator("a", audience=None), creator("c", audience=None)]),
            [("audience_unknown", "/candidates/1/audience")],
        ),
        (
            brief(candidates=[creator("a", segment_shares={"nobody": 0.1})]),
            [("unknown_segment", "/candidates/0/segment_shares")],
        ),
        (
            brief(surcharges=[{"name": "fee", "rate": 0.1, "where": {"country": "FR"}}]),
            [("matches_nobody", "/surcharges/0/where")],
        ),
    ],
)
def test_what_is_noteworthy_is_a_warning(document: Any, warnings: list[tuple[str, str]]) -> None:
    assert told(document) == warnings


def test_warnings_have_published_codes() -> None:
    made = campaign(brief(target={"niche": "x"}, candidates=[creator("a", genuine_share=None, audience=None)]))
    assert made.warnings
    assert all(
        isinstance(fault, Fault) and fault.severity == "warning" and fault.code in WARNINGS for fault in made.warnings
    )


def test_a_hundred_warnings_are_listed_and_the_rest_counted() -> None:
    rules = [{"kind": "exclude", "creator_id": f"nobody {i}"} for i in range(150)]
    warnings = campaign(brief(rules=rules)).warnings
    assert len(warnings) == 101
    assert (warnings[-1].code, warnings[-1].pointer) == ("more_warnings", "")
    assert "50 more" in warnings[-1].detail


def test_unknown_audience_exclude_is_a_rule_of_the_problem() -> None:
    target = {"segments": [{"name": "x", "where": {"topic": "trail-running"}}], "unknown_audience": "exclude"}
    rules = [{"kind": "count", "max": 1}]
    document = brief(
        target=target,
        rules=rules,
        candidates=[creator("a"), creator("b", audience=None, offers=[offer("1"), offer("2")])],
    )
    count, unknown = campaign(document).problem.rules
    assert (count.name, unknown.name, unknown.kind) == ("rules/0", "unknown_audience", "unknown_audience")
    assert unknown.offers.tolist() == [1, 2]  # type: ignore[union-attr]
    assert len(campaign(brief(target=target)).problem.rules) == 0
