"""What a plan promises against what then happens, in 500 campaigns of a world whose truth is known.

Whoever chooses by noisy figures chooses the lucky ones. The ranges must hold for the chosen plan all the same: that is
what the shrunk rates are for. The same campaigns planned on raw rates show what would be promised without.
"""

from dataclasses import dataclass
from functools import cache
from math import exp, log, sqrt

import numpy as np
import pytest

from optimizer.answers.ranges import REACH_LOG_SD, band, draw, uncertain
from optimizer.columns import Floats
from optimizer.forecast.benchmarks import Benchmarks
from optimizer.solution import Limits
from optimizer.solve import solve
from optimizer.target import Segment, Target
from tests.optimizer.answers.worlds import Creator, Luck, happens, world
from tests.optimizer.forecast.creators import ROUND_FIGURES, benchmarks, creator

CAMPAIGNS = 500
CREATORS = 40
BUDGET = 900_00
TAU = 0.6
SPREAD = {"nano": 0.6, "micro": 0.8}
PER_REACH = """
[[prior]]
platform = "instagram"
per = "reach"
alpha = -3.5
beta = 0.0
tau = 0.6
source = "prior study"
year = 2020
"""
TARGET = Target(
    (
        Segment("runners", 60_000, 1.0, {"topic": ("running",)}),
        Segment("hikers", 200_000, 0.4, {"topic": ("hiking",)}),
    )
)


def shrunk() -> Benchmarks:
    """The priors that the world is made by."""
    return benchmarks(ROUND_FIGURES + PER_REACH)


def raw() -> Benchmarks:
    """The same without any prior: the observed rates are used as they are."""
    before, prior = ROUND_FIGURES.split("[[prior]]")
    return benchmarks(before + prior[prior.index("[[sigma]]") :])


def drawn_creator(rng: np.random.Generator) -> tuple[Creator, float]:
    """A creator as its brief states it, and the true rate that only this test knows."""
    followers = float(np.round(np.exp(rng.normal(log(15_000), 0.8))))
    per = str(rng.choice(["follower", "reach"]))
    usual = -3.0 - 0.1 * log(followers) if per == "follower" else -3.5
    rate = exp(rng.normal(usual, TAU))
    posts = int(rng.choice([1, 2, 4, 12]))
    spread = SPREAD["nano" if followers < 10_000 else "micro"]
    observed = rate * exp(rng.normal(0, spread / sqrt(posts)))
    running = float(rng.uniform(0.1, 0.5))
    stated = creator(
        followers=followers,
        engagement={"rate": observed, "per": per, "posts": posts},
        delivery_probability=float(rng.uniform(0.8, 1.0)),
        genuine_share=float(rng.uniform(0.7, 1.0)),
        audience={"topic": {"running": running, "hiking": 0.5 * (1 - running)}},
        offers=[
            {
                "format": "reel",
                "expected_reach": followers * float(rng.uniform(0.3, 0.6)),
                "non_follower_share": 0.5,
                "price_minor": int(followers * rng.uniform(0.6, 1.4)),
            }
        ],
    )
    return stated, rate


@dataclass(frozen=True, eq=False, slots=True)
class Outcomes:
    """Of every campaign: what the plan promised, p10 and p90, and what happened; float64 (campaigns,)."""

    promised: Floats
    p10: Floats
    p90: Floats
    happened: Floats

    @property
    def held(self) -> float:
        """Share of the campaigns that ended within p10..p90."""
        return float(np.mean((self.p10 <= self.happened) & (self.happened <= self.p90)))

    @property
    def over_promised(self) -> float:
        """What all campaigns together promised, against what happened."""
        return float(self.promised.sum() / self.happened.sum())


@cache
def campaigns(shrinks: bool) -> Outcomes:
    """Brief, forecast, plan and ranges of every campaign; then the truth. The same creators and luck either way."""
    figures = shrunk() if shrinks else raw()
    rows = []
    for number in range(CAMPAIGNS):
        rng = np.random.default_rng([2024, number])
        creators, rates = zip(*(drawn_creator(rng) for _ in range(CREATORS)), strict=True)
        fate = [
            Luck(rate, float(np.exp(rng.normal(-(REACH_LOG_SD**2) / 2, REACH_LOG_SD))), bool(rng.random() < p))
            for rate, p in zip(rates, (one["delivery_probability"] for one in creators), strict=True)
        ]
        of = world(creators, TARGET, figures, duplication=1.2, budget=BUDGET, waste_aversion=0.001)
        solution = solve(of.problem, Limits(relative_gap=1e-3))
        assert solution.plan is not None
        assert solution.verdict is not None
        drawn = draw(of.problem, solution.plan, uncertain(of.candidates, of.forecast, solution.plan), seed=number)
        p10, _, p90 = band(drawn.engaged)
        offers = solution.plan.tolist()
        happened, _ = happens(of, offers, [fate[offer] for offer in offers])
        rows.append((solution.verdict.engaged_reach, p10, p90, happened))
    return Outcomes(*np.array(rows).T)


def test_the_range_of_the_chosen_plan_holds_what_happens_in_four_of_five_campaigns() -> None:
    assert 0.75 <= campaigns(True).held <= 0.85


def test_the_chosen_plan_brings_what_it_promised() -> None:
    assert campaigns(True).over_promised == pytest.approx(1, abs=0.04)


def test_below_and_above_the_range_are_as_frequent() -> None:
    of = campaigns(True)
    below, above = np.mean(of.happened < of.p10), np.mean(of.happened > of.p90)
    assert 0.06 <= below <= 0.14
    assert 0.06 <= above <= 0.14


def test_raw_rates_promise_too_much_and_their_range_misses() -> None:
    of = campaigns(False)
    assert of.over_promised > 1.6
    assert of.held < 0.55
    assert np.mean(of.happened < of.p10) > 0.4
