"""How far a plan may end from its forecast: seeded draws of rates, reach and delivery.

One draw, for the chosen offer o of a creator (docs/explanation/formulation.md, "Ranges"):

    rate = exp(m + sqrt(v) z)            from its posterior, one for all its posts and items, whatever the confidence
    r    = exp(-sd^2 / 2 + sd y)         reach against the forecast, mean 1, one for all its posts and items
    b    = 1 with probability p, else 0  it posts all that was bought, or nothing; paid for either way
    R1_f = r x R1_f of the forecast,  E1_f = min(people per rate x rate, R1_f),  A = max(P, max_f R1_f)
    E    = b A (1 - prod_f (1 - E1_f / A)^k_f)
    g_s  = share_s x E, at most N'_s,  wasted contacts = b r x (contacts outside the target group if it posts)

and the plan engages ``sum_s v_s N'_s (1 - prod_o (1 - g_os / N'_s))`` as the program counts it.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from optimizer.candidates import PER, Candidates
from optimizer.columns import Floats, Positions
from optimizer.forecast.engagement import LARGEST_LOG_RATE
from optimizer.forecast.reach import or_one
from optimizer.forecast.result import Forecast
from optimizer.judge import GOAL_TOLERANCE
from optimizer.problem import Problem

DRAWS = 10_000
"""Draws behind every range."""

REACH_LOG_SD = 0.3
"""Standard deviation of ln(reach) around its forecast: two times in three within a factor of 1.35."""

_CELLS = 1 << 23
"""Offers x draws handled at a time."""

_FEW = 50
"""Segments up to which those that the plan reaches alike are not looked for."""


class Band(NamedTuple):
    """The value that one in ten, five in ten and nine in ten of the draws do not exceed."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, eq=False, slots=True)
class Draws:
    """What a plan brings in each draw: float64 (draws,), both >= 0.

    engaged: people of the target group, weighted by relevance, each once. waste: contacts outside it, gross.
    """

    engaged: Floats
    waste: Floats

    def chance(self, goal: float) -> float:
        """Share of the draws that engage at least ``goal`` people, as the judge compares: 0..1."""
        return float(np.mean(self.engaged >= goal * (1 - GOAL_TOLERANCE)))


@dataclass(frozen=True, eq=False, slots=True)
class Uncertain:
    """What is drawn of each of P offers, and what the draws are multiplied with.

    log_rate_mean, log_rate_sd   (P,) the posterior of ln(rate), m and sqrt(v) >= 0
    delivery                     (P,) probability that the creator posts, 0..1
    followers_pool               (P,) people, A of the offer before R1 is its floor
    forecast                     (P,) engaged people as forecast, x delivery: what ``Problem`` was built from
    people_per_rate              (P,) people per unit of rate that do not depend on reach: genuine followers x
                                 sponsored_ratio for a rate per follower, 0 for the others
    first_item                   (P + 1,) offer o has the items first_item[o] .. first_item[o + 1] - 1
    item_posts, item_reach       (items,) k_f >= 1, R1_f in people
    item_people_per_rate         (items,) the same for what goes up and down with reach: people reached (a rate per
                                 reach) or genuine views (per view) of one post, x sponsored_ratio; 0 per follower
    """

    log_rate_mean: Floats
    log_rate_sd: Floats
    delivery: Floats
    followers_pool: Floats
    forecast: Floats
    people_per_rate: Floats
    first_item: Positions
    item_posts: Floats
    item_reach: Floats
    item_people_per_rate: Floats


def uncertain(candidates: Candidates, forecast: Forecast, plan: Positions) -> Uncertain:
    """What to draw for the offers of ``plan`` (rising positions); no error finding may be about any of them."""
    creator = candidates.offer_creator[plan]
    first, last = (np.searchsorted(candidates.item_offer, plan, side=side) for side in ("left", "right"))
    first_item = np.concatenate(([0], np.cumsum(last - first)))
    item = np.arange(first_item[-1]) + np.repeat(first - first_item[:-1], last - first)
    owner = np.repeat(creator, last - first)
    genuine, sponsored = (
        or_one(figures[creator]) for figures in (candidates.genuine_share, candidates.sponsored_ratio)
    )
    per = candidates.engagement_per[creator]
    followers = candidates.followers[creator] * genuine * sponsored
    views = np.repeat(candidates.average_views[creator] * genuine, last - first)
    item_per = candidates.engagement_per[owner]
    moving = np.where(item_per == PER.index("reach"), forecast.item_reach[item], 0.0)
    moving = np.where(item_per == PER.index("view"), views, moving)
    return Uncertain(
        log_rate_mean=forecast.rate_log_mean[creator],
        log_rate_sd=np.sqrt(forecast.rate_log_variance[creator]),
        delivery=or_one(candidates.delivery_probability[creator]),
        followers_pool=forecast.followers_pool[plan],
        forecast=forecast.engaged[plan],
        people_per_rate=np.where((per == PER.index("reach")) | (per == PER.index("view")), 0.0, followers),
        first_item=first_item,
        item_posts=candidates.item_posts[item],
        item_reach=forecast.item_reach[item],
        item_people_per_rate=moving * np.repeat(sponsored, last - first),
    )


def draw(
    problem: Problem,
    plan: Positions,
    of: Uncertain,
    seed: int,
    draws: int = DRAWS,
    reach_log_sd: float = REACH_LOG_SD,
) -> Draws:
    """What the plan brings in each of ``draws`` draws; ``of`` is ``uncertain`` for the same plan.

    seed: >= 0; the same problem, plan and seed give the same draws. The generator is asked for rates, reaches and
    deliveries of one offer after the other, in the plan's order. Of the problem only the rows of the plan count, so
    candidates that are not chosen change nothing. Memory is bounded: many offers are drawn for some draws at a time.
    """
    generator = np.random.default_rng(seed)
    # 1 - exp(-c) is g / N' of the forecast, and g is proportional to E: a draw multiplies it by E / E as forecast.
    part, ceilings = _unlike(-np.expm1(-problem.exponents[plan]), problem.ceilings)
    engaged, waste = np.zeros(draws), np.zeros(draws)
    block = max(_CELLS // max(len(plan), 1), 1)
    for first in range(0, draws, block):
        some = slice(first, first + block)
        turnout = _turnout(problem, plan, of, generator, reach_log_sd, waste[some])
        engaged[some] = _engaged_once(part, ceilings, turnout)
        for gain, people in zip(problem.gain[plan].tolist(), turnout, strict=True):
            if gain:
                engaged[some] += gain * people
    return Draws(engaged, waste)


def band(values: Floats) -> Band:
    """The 10 %, 50 % and 90 % quantiles of some draws (at least one), each a value that was drawn."""
    ordered = np.sort(values)
    return Band(*(float(ordered[-(-len(values) * tenths // 10) - 1]) for tenths in (1, 5, 9)))


def _unlike(part: Floats, ceilings: Floats) -> tuple[Floats, Floats]:
    """Segments that every offer reaches alike, as one: columns (P, S), ceilings (S,)."""
    if len(ceilings) <= _FEW:
        return part, ceilings
    columns, which = np.unique(part, axis=1, return_inverse=True)
    return columns, np.bincount(which.ravel(), ceilings).astype(np.float64, copy=False)


def _turnout(
    problem: Problem,
    plan: Positions,
    of: Uncertain,
    generator: np.random.Generator,
    reach_log_sd: float,
    waste: Floats,
) -> Floats:
    """Engaged people of each offer against its forecast, (P, draws); adds the offers' waste to ``waste`` (draws,)."""
    turnout = np.zeros((len(plan), len(waste)))
    for position, offer in enumerate(plan.tolist()):
        rate = generator.standard_normal(len(waste))
        rate *= of.log_rate_sd[position]
        rate += of.log_rate_mean[position]
        np.exp(np.minimum(rate, LARGEST_LOG_RATE, out=rate), out=rate)
        reach = generator.standard_normal(len(waste))
        reach *= reach_log_sd
        reach -= reach_log_sd**2 / 2
        np.exp(reach, out=reach)
        posts = generator.random(len(waste)) < of.delivery[position]
        if of.forecast[position] > 0:
            np.multiply(_engaged(of, position, rate, reach), posts / of.forecast[position], out=turnout[position])
        if of.delivery[position] > 0:
            reach *= posts
            reach *= problem.waste[offer] / of.delivery[position]
            waste += reach
    return turnout


def _engaged(of: Uncertain, position: int, rate: Floats, reach: Floats) -> Floats:
    """Engaged people E of one offer if it is posted, in each draw; rate and reach: (draws,), r around 1."""
    items = range(*of.first_item[position : position + 2].tolist())
    pool = np.maximum(of.followers_pool[position], reach * max(of.item_reach[item] for item in items))
    missed = np.zeros(len(rate))
    with np.errstate(over="ignore", divide="ignore"):
        for item in items:
            per_rate = of.people_per_rate[position] + of.item_people_per_rate[item] * reach
            engaged = np.minimum(rate * per_rate, of.item_reach[item] * reach)
            if len(items) == 1 and of.item_posts[item] == 1:
                return np.asarray(engaged)
            missed += of.item_posts[item] * np.log1p(-engaged / pool)
    return np.asarray(-np.expm1(missed) * pool)


def _engaged_once(part: Floats, ceilings: Floats, turnout: Floats) -> Floats:
    """``sum_s ceilings_s (1 - prod_o (1 - part_os x turnout_o))``, each factor at least 0: (draws,).

    Summed as h + (1 - h) h' + ..., which loses no digit where few of many people are met.
    """
    draws = turnout.shape[1]
    total, met, more, left = (np.zeros(draws) for _ in range(4))
    most = turnout.max(axis=1, initial=0.0)
    for ceiling, column in zip(ceilings.tolist(), part.T, strict=True):
        met[:] = 0
        for offer in np.flatnonzero(column).tolist():
            np.multiply(turnout[offer], column[offer], out=more)
            if column[offer] * most[offer] > 1:
                np.minimum(more, 1.0, out=more)
            np.subtract(1.0, met, out=left)
            more *= left
            met += more
        met *= ceiling
        total += met
    return total
