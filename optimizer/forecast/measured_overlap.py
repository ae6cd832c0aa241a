"""Overlap as a panel measured it: each member counts once, with the chance that some chosen creator engages it.

Member v of weight w_v counts w_v (1 - prod (1 - q_o)) over the chosen offers whose creator has v in its audience
(forecast design, "Overlap", the measured audience). Members who are in the same samples, a *pattern*, have the same
product, so they are one: with u = sum of c_o = -ln(1 - q_o) over the offers that reach the pattern, its members
together count M (1 - exp(-u)), M the sum of their weights. That is the curve of a segment, one per pattern.
"""

from dataclasses import dataclass

import numpy as np

from optimizer.columns import Floats, Members, Positions
from optimizer.forecast.panel import sampled_people
from optimizer.patterns import patterns_of
from optimizer.target import Panel

MOST_CERTAIN = 1 - 1e-9
"""Probability at which one that is 1 is held: nobody is beyond reach of a logarithm."""


@dataclass(frozen=True, eq=False, slots=True)
class Patterns:
    """Members of a panel who are in the same samples, as one.

    people: float64 (S,) weights of the pattern's members, ceilings: (S,) the same times their relevance.
    reached: per creator the patterns in its sample.
    """

    people: Floats
    ceilings: Floats
    reached: list[Positions]

    @classmethod
    def of(cls, sample: Members, panel: Panel) -> "Patterns":
        """The patterns of the members who stand for anybody; S is at most their number."""
        counts = np.flatnonzero(panel.weight > 0)
        place = np.full(len(panel.weight), -1)
        place[counts] = np.arange(len(counts))
        samples = [place[sample.of(row)] for row in range(len(sample.given))]
        pattern, reached = patterns_of(len(counts), [members[members >= 0] for members in samples])
        weight = panel.weight[counts]
        people, ceilings = (
            np.bincount(pattern, column).astype(np.float64, copy=False)
            for column in (weight, weight * panel.relevance[counts])
        )
        return cls(people, ceilings, reached)


def measured_exponents(
    patterns: Patterns, sample: Members, panel: Panel, engaged: Floats, share: Floats, offer_creator: Positions
) -> tuple[Floats, Positions]:
    """Exponents c_o of every offer in the S patterns, and the offers that are beyond the panel.

    engaged: (n,) engaged people E_k of each offer. share: (n,) of its audience in the target group, as ``measured``
    has it. q_o = E_k share / P with P the people of its creator's sample: E_k over the audience pool (or over P, where
    that is more). A creator without a sample is taken to reach every member with the same chance, q_o = E_k share / N
    of all N people, which is what independence says within a segment.

    Returns c, float64 (n, S), >= 0 and finite; and the rising positions of offers without a sample that would engage
    as many people as the panel stands for, or more (their c is 0).
    """
    is_sampled = sample.given[offer_creator]
    among = np.where(is_sampled, sampled_people(sample, panel.weight)[offer_creator], panel.people)
    q = np.divide(engaged * share, among, out=np.zeros(len(engaged)), where=among > 0)
    beyond = (q >= 1.0) & ~is_sampled
    q[beyond] = 0.0
    exponent = -np.log1p(-np.minimum(q, MOST_CERTAIN))
    exponents = np.zeros((len(engaged), len(patterns.people)))
    exponents[~is_sampled] = exponent[~is_sampled, None]
    for offer in np.flatnonzero(is_sampled).tolist():
        exponents[offer, patterns.reached[offer_creator[offer]]] = exponent[offer]
    return exponents, np.flatnonzero(beyond)
