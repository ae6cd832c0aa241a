"""How a program is split in two that share no plan and lose none: by the number of a kind of offers, or by one."""

from collections.abc import Callable

import numpy as np

from optimizer.columns import Flags, Positions
from optimizer.method.bound import Relaxation
from optimizer.program import Program

_KINDS = 6
"""Offers taken in part whose kinds are looked at before a single offer is branched on."""
_LEAST_STAKE = 0.01
"""Share of the budget that must be in doubt before the number of a kind is branched on."""
_LEAST_DOUBT = 0.3
"""Part in doubt that an offer is granted: one that a rule of money leaves just no room for is taken all but whole,
and as long as it is, closing others only has it moved."""

Kind = Callable[[Positions], Flags]


def branch(program: Program, relaxation: Relaxation) -> list[Program]:
    """Two programs, the one nearer to the relaxation first; empty when the relaxation takes all offers whole.

    Where it takes 1.5 of a kind of offers, their number is branched on: with dozens of similar ones, to close a
    single one changes nothing. Kinds are read off the offers that are taken in part: at least as dear, likewise
    under the same rules, at least as strong in a segment. Where less than ``_LEAST_STAKE`` of the budget is in
    doubt about any kind, the most consequential offer is forced in or closed.
    """
    fractional = _taken_in_part(program, relaxation)
    if not len(fractional):
        return []
    kind = _kind_in_doubt(program, relaxation, fractional)
    if kind is None:
        offer = int(fractional[0])
        weight = float(relaxation.weight[np.searchsorted(relaxation.free, offer)])
        return [program.branch(offer, chosen) for chosen in (weight > 0.5, weight <= 0.5)]
    alike, number = kind
    below = float(np.floor(number))
    fewer, more = program.counted(alike, -np.inf, below), program.counted(alike, below + 1.0, np.inf)
    return [fewer, more] if number - below <= 0.5 else [more, fewer]


def _taken_in_part(program: Program, relaxation: Relaxation) -> Positions:
    """Offers that the relaxation takes in part, the most consequential (by money and by people) first."""
    weight, problem = relaxation.weight, program.problem
    half = np.minimum(weight, 1.0 - weight)
    part = np.flatnonzero(half > 1e-7)
    offers = relaxation.free[part]
    slopes = relaxation.priced.prices.fresh * problem.ceilings
    people = problem.exponents[offers] @ slopes + problem.gain[offers]
    stake = problem.cost[offers] / max(problem.budget, 1) + people / max(float(people.max(initial=0.0)), 1e-300)
    doubt = np.maximum(half[part], _LEAST_DOUBT)
    return np.asarray(offers[np.argsort(-doubt * stake, kind="stable")])


def _kind_in_doubt(program: Program, relaxation: Relaxation, fractional: Positions) -> tuple[Positions, float] | None:
    """The offers of the kind with most money in doubt, and how many of them the relaxation takes."""
    taken = np.concatenate([relaxation.free, relaxation.fixed])
    weight = np.concatenate([relaxation.weight, np.ones(len(relaxation.fixed))])
    best, choice = _LEAST_STAKE, None
    for offer in fractional[:_KINDS].tolist():
        money = float(program.problem.cost[offer]) / max(program.problem.budget, 1)
        for kind in _kinds(program, relaxation, offer):
            number = float(weight[kind(taken)].sum())
            stake = min(number % 1.0, 1.0 - number % 1.0) * money
            if stake > best:
                best, choice = stake, (kind, number)
    if choice is None:
        return None
    kind, number = choice
    return np.flatnonzero(kind(np.arange(program.problem.offers))), number


def _kinds(program: Program, relaxation: Relaxation, offer: int) -> list[Kind]:
    problem, pattern = program.problem, program.rows.pattern
    slopes = relaxation.priced.prices.fresh * problem.ceilings
    segment = int(np.argmax(problem.exponents[offer] * slopes)) if len(slopes) else None

    def as_dear(offers: Positions) -> Flags:
        return np.asarray(problem.cost[offers] >= problem.cost[offer])

    def as_dear_under_the_same_rules(offers: Positions) -> Flags:
        return np.asarray(as_dear(offers) & (pattern[offers] == pattern[offer]))

    def as_strong(offers: Positions) -> Flags:
        return np.asarray(problem.exponents[offers, segment] >= problem.exponents[offer, segment])

    return [as_dear, as_dear_under_the_same_rules, *([as_strong] if segment is not None else [])]
