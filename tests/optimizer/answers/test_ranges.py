"""Ranges of a plan: against one draw in plain Python, and what must hold of all of them."""

import tracemalloc
from dataclasses import replace
from math import exp, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.answers import ranges
from optimizer.answers.ranges import DRAWS, REACH_LOG_SD, Draws, band, draw, uncertain
from optimizer.columns import Positions
from optimizer.forecast.benchmarks import load_benchmarks
from optimizer.judge import judge
from optimizer.target import Segment, Target
from tests.optimizer.answers.worlds import Luck, World, happens, world
from tests.optimizer.forecast.creators import creator

RUNNERS = Segment("runners", 50_000, 1.0, {"topic": ("running",)})
HIKERS = Segment("hikers", 90_000, 0.4, {"topic": ("hiking",)})
CYCLISTS = Segment("cyclists", None, 0.7, {"topic": ("cycling",)})
TARGET = Target((RUNNERS, HIKERS, CYCLISTS))
TOPICS = {"topic": {"running": 0.4, "hiking": 0.2, "cycling": 0.1}}
SURE = {"post_rates": [0.03] * 5}


def one(posts: int = 1, reach: float | None = 6_000, form: str = "post", beyond: float = 0.05) -> dict[str, Any]:
    """An item, or an offer in short form."""
    stated = {"format": form, "posts": posts, "non_follower_share": beyond}
    return stated if reach is None else stated | {"expected_reach": reach}


def somebody(**stated: Any) -> dict[str, Any]:
    """20 000 followers, 3 % of them per post, a single post that reaches 6 000."""
    figures = {
        "followers": 20_000,
        "engagement": {"rate": 0.03, "per": "follower", "posts": 6},
        "audience": TOPICS,
        "offers": [one()],
    }
    return creator(**(figures | stated))


def bundle(*items: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(items)}


MIXED = (
    somebody(),
    somebody(engagement={"rate": 0.1, "per": "reach", "posts": 2}, sponsored_ratio=0.8, delivery_probability=0.7),
    somebody(engagement={"rate": 0.05, "per": "view"}, average_views=9_000, genuine_share=0.6, offers=[one(3)]),
    somebody(engagement={}, offers=[bundle(one(1, 9_000, "reel", 0.5), one(4, 2_000, "story"))]),
    somebody(
        engagement={"post_rates": [0.01, 0.09], "per": "reach"}, offers=[bundle(one(2, 30_000, "reel"), one(9, 500))]
    ),
    somebody(followers=900, engagement={"rate": 0.6, "per": "follower", "posts": 1}, offers=[one(2, 400)]),
    somebody(delivery_probability=0.0),
    somebody(offers=[one(2, 0.0)]),
)


def sure(**stated: Any) -> dict[str, Any]:
    """Somebody whose posts all had the same rate: nothing to shrink, nothing to draw."""
    per = stated.pop("per", "follower")
    return somebody(engagement=SURE | {"per": per}, **stated)


def here(*creators: dict[str, Any], target: Target = TARGET, **asked: Any) -> World:
    return world(creators, target, load_benchmarks(), **{"duplication": 1.3, **asked})


def drawn(of: World, seed: int = 1, plan: Positions | None = None, **how: Any) -> Draws:
    plan = of.everybody if plan is None else plan
    return draw(of.problem, plan, uncertain(of.candidates, of.forecast, plan), seed, **how)


def lots(of: World, seed: int, draws: int) -> list[list[Luck]]:
    """The luck of every creator in every draw, from the generator as ``draw`` says it uses it."""
    generator = np.random.default_rng(seed)
    columns = []
    for who in of.candidates.offer_creator[of.everybody].tolist():
        z, y, u = generator.standard_normal(draws), generator.standard_normal(draws), generator.random(draws)
        m, v = float(of.forecast.rate_log_mean[who]), float(of.forecast.rate_log_variance[who])
        p = of.creators[who].get("delivery_probability", 1.0)
        columns.append(
            [
                Luck(exp(m + sqrt(v) * a), exp(-(REACH_LOG_SD**2) / 2 + REACH_LOG_SD * b), c < p)
                for a, b, c in zip(z.tolist(), y.tolist(), u.tolist(), strict=True)
            ]
        )
    return [list(fates) for fates in zip(*columns, strict=True)]


def assert_as_in_plain_python(of: World, draws: int, **how: Any) -> None:
    made = drawn(of, seed=7, draws=draws, **how)
    told = [happens(of, of.everybody.tolist(), fates) for fates in lots(of, 7, draws)]
    assert made.engaged == pytest.approx([engaged for engaged, _ in told], rel=1e-9, abs=1e-6)
    assert made.waste == pytest.approx([waste for _, waste in told], rel=1e-9, abs=1e-6)


def test_draws_are_those_of_plain_python() -> None:
    assert_as_in_plain_python(here(*MIXED), 200)


def test_the_plan_may_be_some_of_the_offers() -> None:
    of = here(*(somebody(offers=[one(), bundle(one(2), one(1, 900)), one(3)]) for _ in range(3)))
    plan = np.array([1, 5, 6])
    made, figures = drawn(of, plan=plan), uncertain(of.candidates, of.forecast, plan)
    assert figures.item_posts.tolist() == [2, 1, 3, 1]
    assert figures.first_item.tolist() == [0, 2, 3, 4]
    verdict = judge(of.problem, plan)
    assert made.engaged.mean() == pytest.approx(verdict.engaged_reach, rel=0.02)
    assert made.waste.mean() == pytest.approx(verdict.waste, rel=0.02)


def test_more_engaged_than_there_are_in_a_segment_are_all_of_it() -> None:
    """Rates of whom nothing is known vary so much that a draw may fill the segment; it never overflows."""
    narrow = Target((replace(RUNNERS, size=700.0), replace(HIKERS, size=90_000)))
    of = here(somebody(engagement={}), somebody(engagement={}), target=narrow, duplication=1.0)
    made = drawn(of)
    most = 700 + 0.4 * 90_000
    assert made.engaged.max() < most
    full = [happens(of, [0, 1], fates)[0] for fates in lots(of, 1, DRAWS)]
    assert np.mean(made.engaged > 700) > 0.02
    assert made.engaged == pytest.approx(full, rel=1e-9)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "followers": st.sampled_from([1, 300, 20_000, 3_000_000]),
                "engagement": st.fixed_dictionaries(
                    {"per": st.sampled_from(["follower", "reach", "view"]), "rate": st.sampled_from([1e-6, 0.02, 1.0])}
                ),
                "average_views": st.sampled_from([0, 5, 40_000]),
                "genuine_share": st.sampled_from([0.0, 0.5, 1.0]),
                "sponsored_ratio": st.sampled_from([0.1, 1.0, 3.0]),
                "delivery_probability": st.sampled_from([0.0, 0.3, 1.0]),
                "offers": st.lists(
                    st.builds(
                        one,
                        st.sampled_from([1, 2, 50]),
                        st.sampled_from([0.0, 7.0, 9_000.0]),
                        beyond=st.sampled_from([0.0, 0.9]),
                    ),
                    min_size=1,
                    max_size=3,
                ).map(lambda items: [bundle(*items)]),
            }
        ),
        min_size=1,
        max_size=4,
    )
)
def test_draws_of_odd_creators_are_those_of_plain_python(creators: list[dict[str, Any]]) -> None:
    large = Target(tuple(replace(s, size=s.size and 1e9) for s in TARGET.segments))
    assert_as_in_plain_python(here(*(somebody(**stated) for stated in creators), target=large), 4)


def test_blocks_of_draws_keep_to_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """With so many offers that draws are made in parts, each part is as good as the whole."""
    of = here(*MIXED)
    whole = drawn(of)
    monkeypatch.setattr(ranges, "_CELLS", 2_000)
    parts = drawn(of)
    assert len(parts.engaged) == DRAWS
    assert band(parts.engaged) == pytest.approx(band(whole.engaged), rel=0.05)
    assert parts.engaged.mean() == pytest.approx(whole.engaged.mean(), rel=0.02)


def test_nothing_uncertain_is_the_forecast() -> None:
    """Rates without noise, reach as forecast and everybody posts: every draw is the judge's figure."""
    of = here(sure(), sure(per="reach", offers=[bundle(one(2), one(3, 900))]), sure(offers=[one(4, 300)]))
    verdict = judge(of.problem, of.everybody)
    made = drawn(of, reach_log_sd=0.0)
    assert made.engaged == pytest.approx(np.full(DRAWS, verdict.engaged_reach), rel=1e-12)
    assert made.waste == pytest.approx(np.full(DRAWS, verdict.waste), rel=1e-12)
    assert band(made.engaged) == pytest.approx((verdict.engaged_reach,) * 3, rel=1e-12)
    assert made.chance(verdict.engaged_reach) == 1


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    return float(values.mean()), float(values.std() / sqrt(len(values)))


def test_the_mean_of_the_draws_is_the_forecast() -> None:
    """Single posts below their cap: reach keeps its mean, delivery stands for its probability, and so overlap too,
    since creators are independent: the mean of a product is the product of the means.
    """
    of = here(
        *(somebody(delivery_probability=p, offers=[one(1, 15_000)]) for p in (1.0, 0.9, 0.4)),
        somebody(engagement={"rate": 0.04, "per": "reach", "posts": 3}, delivery_probability=0.8),
        somebody(engagement={"rate": 0.02, "per": "view", "posts": 3}, average_views=5_000),
        target=Target((replace(RUNNERS, size=3_000.0), HIKERS, CYCLISTS)),
    )
    made, verdict = drawn(of, draws=200_000), judge(of.problem, of.everybody)
    alone = sum(judge(of.problem, of.everybody[[k]]).engaged_reach for k in range(5))
    assert verdict.engaged_reach < 0.95 * alone, "there is overlap to speak of"
    for values, promised in ((made.engaged, verdict.engaged_reach), (made.waste, verdict.waste)):
        mean, error = mean_and_error(values)
        assert error < 0.002 * promised
        assert abs(mean - promised) < 4 * error


@pytest.mark.parametrize(
    "stated",
    [
        {"offers": [one(1, 1_000)]},  # its reach caps what its rate promises
        {"offers": [one(12, 6_000)]},  # its posts engage the same people again
    ],
)
def test_where_the_forecast_is_concave_the_mean_is_below_it(stated: dict[str, Any]) -> None:
    of = here(somebody(engagement={"rate": 0.04, "per": "follower", "posts": 1}, **stated))
    mean, error = mean_and_error(drawn(of).engaged)
    assert mean + 4 * error < judge(of.problem, of.everybody).engaged_reach


def test_waste_goes_with_reach_and_not_with_the_rate() -> None:
    of = here(sure(), sure())
    noisy = here(somebody(), somebody())
    assert drawn(of).waste == pytest.approx(drawn(noisy).waste, rel=1e-12)
    low, middle, high = band(drawn(here(sure())).waste / of.problem.waste[0])
    # quantiles of one log-normal of mean 1: exp(-sd^2 / 2 -+ 1.2816 sd), and exp(-sd^2 / 2)
    assert (low, middle, high) == pytest.approx([exp(-0.045 + 0.3 * z) for z in (-1.2816, 0, 1.2816)], rel=0.02)


def test_confidence_has_no_say() -> None:
    """The plan counts on less, and the draws come from the same posterior."""
    expected, cautious = here(*MIXED), here(*MIXED, confidence=0.9)
    assert judge(cautious.problem, cautious.everybody).engaged_reach < 0.9 * drawn(expected).engaged.mean()
    assert drawn(cautious).engaged == pytest.approx(drawn(expected).engaged, rel=1e-9)
    assert drawn(cautious).waste == pytest.approx(drawn(expected).waste, rel=1e-9)


def test_who_does_not_post_brings_nothing_at_all() -> None:
    made = drawn(here(somebody(delivery_probability=0.3, offers=[bundle(one(), one(2, 800))])))
    silent = made.engaged == 0
    assert np.mean(silent) == pytest.approx(0.7, abs=0.02)
    assert (made.waste == 0).tolist() == silent.tolist()
    assert band(made.engaged)[:2] == (0, 0)
    assert band(made.engaged).p90 > 0


def test_posts_and_items_of_a_creator_share_its_luck() -> None:
    """Five single posts of five creators are surer than five posts of one, at the same promise."""
    wide = Target((replace(RUNNERS, size=1e9),))
    alone = here(somebody(offers=[one(5)]), target=wide)
    together = here(*(somebody() for _ in range(5)), target=wide)
    spread = [made.engaged.std() / made.engaged.mean() for made in (drawn(alone), drawn(together))]
    assert spread[0] > 2 * spread[1]


def test_same_seed_same_draws_other_seed_others() -> None:
    of = here(*MIXED)
    assert drawn(of, seed=3).engaged.tobytes() == drawn(of, seed=3).engaged.tobytes()
    assert drawn(of, seed=3).engaged.tobytes() != drawn(of, seed=4).engaged.tobytes()
    assert band(drawn(of, seed=3).engaged) == pytest.approx(band(drawn(of, seed=4).engaged), rel=0.05)


def test_only_the_chosen_count() -> None:
    """The same two creators among others: the same bytes."""
    few, many = here(MIXED[0], MIXED[2]), here(*MIXED)
    found = drawn(many, plan=many.everybody[[0, 2]])
    assert drawn(few).engaged.tobytes() == found.engaged.tobytes()
    assert drawn(few).waste.tobytes() == found.waste.tobytes()


def test_an_empty_plan_brings_nothing() -> None:
    made = drawn(here(*MIXED), plan=np.zeros(0, np.int64))
    assert band(made.engaged) == band(made.waste) == (0, 0, 0)
    assert (made.chance(0), made.chance(1)) == (1, 0)


def test_a_higher_goal_is_never_likelier() -> None:
    made = drawn(here(*MIXED))
    goals = np.linspace(0, made.engaged.max() * 1.01, 50)
    chances = [made.chance(goal) for goal in goals]
    assert chances == sorted(chances, reverse=True)
    assert (chances[0], chances[-1]) == (1, 0)
    low, middle, high = band(made.engaged)
    assert [made.chance(goal) for goal in (low, middle, high)] == pytest.approx([0.9, 0.5, 0.1], abs=0.001)


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=60))
def test_a_band_is_three_of_the_draws_in_order(values: list[float]) -> None:
    found = band(np.array(values))
    assert found.p10 <= found.p50 <= found.p90
    for level, value in zip((0.1, 0.5, 0.9), found, strict=True):
        assert value in values
        assert sum(other <= value for other in values) >= level * len(values)
        assert sum(other < value for other in values) < level * len(values)


def test_memory_does_not_grow_with_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "_CELLS", 20 * DRAWS)
    of = here(*(somebody() for _ in range(300)), target=Target((replace(RUNNERS, size=1e9),)))
    tracemalloc.start()
    drawn(of)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50 * 8 * DRAWS < 300 * 8 * DRAWS


def test_segments_that_are_reached_alike_are_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are many, as the patterns of a panel are, those that no chosen creator tells apart are merged."""
    rng = np.random.default_rng(3)
    of = here(*MIXED[:6])
    member = rng.random((6, 400)) < 0.3
    many = replace(
        of.problem,
        exponents=np.where(member, rng.uniform(0.01, 0.5, (6, 1)), 0.0),
        ceilings=rng.uniform(0, 100, 400),
    )
    figures = uncertain(of.candidates, of.forecast, of.everybody)
    merged = draw(many, of.everybody, figures, 1)
    monkeypatch.setattr(ranges, "_FEW", 400)
    assert draw(many, of.everybody, figures, 1).engaged == pytest.approx(merged.engaged, rel=1e-12)
