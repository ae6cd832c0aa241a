"""Overlap: each person counts once, within a segment of N people.

Exposures to different creators are taken as independent within a segment (Sainsbury), stretched by
a duplication factor: N' = N / duplication. A plan then engages N' (1 - exp(-u)) people of the
segment, u = sum of the exponents c_os = -ln(1 - g_os / N') of its offers (forecast design, "Overlap").
"""

import numpy as np

from optimizer.columns import ROWS_PER_BLOCK, Floats, Positions


def exponents(
    engaged: Floats, shares: Floats, offer_creator: Positions, sizes: Floats, duplication: float
) -> tuple[Floats, Positions]:
    """Exponents c_os of every offer in the S sized segments, and the offers that no segment can hold.

    engaged: (n,) engaged people of each offer. shares: (m, S) of each creator's audience, the columns
    of the sized segments. offer_creator: (n,) creator of each offer. sizes: (S,) people, > 0.
    duplication: >= 1.

    Returns c, float64 (n, S), >= 0 and finite; and the rising positions of the offers with
    g_os = engaged x share >= N'_s in some segment (such a c_os is 0): whether that is an error or
    removes the offer is the caller's to say. Relevance is not part of c: it weighs the segment.
    """
    result = np.empty((len(engaged), len(sizes)))
    too_large = np.zeros(len(engaged), np.bool_)
    for first in range(0, len(engaged), ROWS_PER_BLOCK):
        rows = slice(first, first + ROWS_PER_BLOCK)
        creators, people = offer_creator[rows], engaged[rows]
        for position, capacity in enumerate(sizes / duplication):
            group = shares[creators, position]
            group *= people
            beyond = group >= capacity
            too_large[rows] |= beyond
            group[beyond] = 0.0
            group /= -capacity
            np.negative(np.log1p(group, out=group), out=result[rows, position])
    return result, np.flatnonzero(too_large)


def gain(engaged: Floats, shares: Floats, offer_creator: Positions, relevance: Floats) -> Floats:
    """Additive value of every offer in the segments without a size: sum_s v_s g_os, people, shape (n,).

    shares: (m, S) columns of the unsized segments. relevance: (S,) their weights, 0..1. Without a
    size overlap is not modelled: N is infinite there.
    """
    per_creator = np.zeros(len(shares))
    for position, weight in enumerate(relevance):
        per_creator += weight * shares[:, position]
    return np.asarray(engaged * per_creator[offer_creator])
