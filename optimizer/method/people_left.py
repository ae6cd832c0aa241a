"""The core of a wide problem without a solver: partial plans that know who of each pattern is left to be engaged.

``sweep`` keeps the summed exponents of a partial plan and holds them against prices that suit all. Where a panel fell
into thousands of patterns no few prices suit plans that take one dear creator for another. Here a partial plan carries
the people left, r_s = M_s e^-u_s, of every pattern that the undecided creators still tell apart: fewer from creator to
creator. What the others can add is bounded from these people themselves: for any point t >= 0

    sum_s r_s (1 - e^-u_s)  <=  sum_s r_s (1 - e^-t_s - t_s e^-t_s)  +  sum_o x_o sum_s r_s e^-t_s c_os

so one matrix product bounds a block of partial plans, tight where the rest of a plan meets about t. The points are
those of the relaxation at several budgets, and each is held against several prices of what is short.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from optimizer.columns import Flags, Floats, Positions
from optimizer.method.choices import COST, GAIN, ROWS, WORTH, Choices
from optimizer.method.core import Effort, Found
from optimizer.method.merge import equal_columns
from optimizer.method.rest_guesses import RestGuess, rest_guesses
from optimizer.method.window import Window
from optimizer.program import Prices, Program

_CELLS = 1 << 21
"""Partial plans times patterns that go down together."""
_BLOCK = 256
_WIDTHS = (16, 64)
"""Partial plans that the first ways down keep at each level."""
_JUDGED, _REFUSED, _EQUAL = 32, 200, 1e-12
_NOISE = 1e-12


@dataclass(frozen=True, eq=False, slots=True)
class _States:
    """k partial plans: sums of what counts at once, money and rows (k, ROWS + R), people engaged (k,), options taken
    (k, n), and a bound on what comes of each (k,).
    """

    sums: Floats
    people: Floats
    taken: Flags
    bound: Floats

    def __len__(self) -> int:
        return len(self.sums)

    def those(self, which: Flags | Positions | slice) -> "_States":
        """Some of them."""
        return _States(self.sums[which], self.people[which], self.taken[which], self.bound[which])


def search_people_left(
    program: Program, prices: Prices, window: Window, threshold: Callable[[], float], effort: Effort
) -> Found | None:
    """All plans of the window above ``threshold`` (asked anew as plans are reported), the best of them reported.

    prices: of the program, near the best for this window. Returns a finished ``Found``, or None when time is over or
    the judge refuses too many plans; plans met until then have been reported.
    """
    choices = Choices.of(program, window)
    guesses = rest_guesses(choices, program, prices, effort)
    run = _Run(choices, guesses, threshold, effort)
    return Found(max(threshold(), run.best), True, run.plans) if run.everything() else None


class _Level:
    """What the options of the levels from one on reach: patterns that they tell apart, and how to get there."""

    def __init__(self, order: Positions, first: Positions, exponents: Floats) -> None:
        self.order, self.first, self.exponents = order, first, exponents

    def of(self, exponents: Floats) -> Floats:
        """Exponents of the whole (S,) that the level's patterns have in common: (S',)."""
        return exponents[self.order[self.first]]

    def folded(self, people: Floats) -> Floats:
        """People per pattern of the whole (k, S) as people per pattern of this level (k, S')."""
        if not len(self.first):
            return people[:, :0]
        return np.asarray(np.add.reduceat(people[:, self.order], self.first, axis=1))


class _Run:
    def __init__(
        self, choices: Choices, guesses: list[RestGuess], threshold: Callable[[], float], effort: Effort
    ) -> None:
        self.choices, self.guesses, self.asked, self.effort = choices, guesses, threshold, effort
        self.sums = slice(0, ROWS + len(choices.rows))
        self.exponents = choices.features[:, self.sums.stop :]
        self.plans = self.refused = 0
        self.best, self.gave_up = -np.inf, False
        met = choices.base[self.sums.stop :]
        self.people_left = choices.ceilings * np.exp(-met)
        self.engaged = float(choices.ceilings @ -np.expm1(-met))
        self.noise = _NOISE * (float(choices.ceilings.sum()) + float(np.abs(choices.features[:, :COST]).sum()))
        self.has_goal = choices.program.goal is not None

    @cached_property
    def levels(self) -> list[_Level]:
        """Per level its patterns, as a regrouping of those at the start."""
        made = []
        for level in range(self.choices.levels):
            rest = self.exponents[self.choices.start[level] :]
            kind, representative = equal_columns(rest)
            used = np.asarray(rest[:, representative].any(axis=0))
            order = np.argsort(np.where(used[kind], kind, len(used)), kind="stable")
            order = order[: int(np.count_nonzero(used[kind]))]
            first = np.flatnonzero(np.diff(kind[order], prepend=-1))
            exponents = np.ascontiguousarray(rest[:, representative[kind[order[first]]]] if len(order) else rest[:, :0])
            made.append(_Level(order, first, exponents))
        return made

    def better(self, bounds: Floats) -> Flags:
        """Which bounds leave room for a better plan; money is whole."""
        asked = self.asked()
        if self.has_goal and np.isfinite(asked):
            return np.asarray(bounds >= np.floor(asked) + 1.0)
        return np.asarray(bounds > asked)

    def everything(self) -> bool:
        """All ways down that may lead to something better, the most promising first; False if too many."""
        choices = self.choices
        self._dive()
        root = self._root()
        waiting = [(0, root)]
        while waiting and not self.gave_up:
            level, states = waiting.pop()
            states = states.those(self.better(states.bound))
            while len(states) and level < choices.levels:
                size = max(min(_BLOCK, _CELLS // max(self.levels[level].exponents.shape[1], 1)), 8)
                if len(states) > size:
                    waiting.append((level, states.those(slice(size, None))))
                    states = states.those(slice(size))
                states = self._down(states, level)
                level += 1
            self._report(states)
        return not self.gave_up

    def _dive(self) -> None:
        """One way down with the most promising few, for a good plan to begin with."""
        for width in _WIDTHS:
            states = self._root()
            for level in range(self.choices.levels):
                states = self._down(states, level).those(slice(width))
            self._report(states)

    def _root(self) -> _States:
        choices = self.choices
        return _States(
            choices.base[None, self.sums],
            np.full(1, self.engaged),
            np.zeros((1, len(choices.offer)), np.bool_),
            np.full(1, np.inf),
        )

    def _left(self, states: _States, level: int) -> Floats:
        """People left per pattern of the level: (k, S')."""
        met = np.exp(-(states.taken @ self.exponents))
        met *= self.people_left
        return self.levels[level].folded(met)

    def _down(self, states: _States, level: int) -> _States:
        """The states with every option of the level that may lead to something better, best first."""
        choices = self.choices
        options = np.arange(choices.start[level], choices.start[level + 1])
        self.gave_up |= self.effort.clock.over()
        if self.gave_up:
            return states.those(slice(0))
        left = self._left(states, level)
        met = left @ -np.expm1(-self.levels[level].exponents[: len(options)]).T
        children = []
        for place, option in enumerate(options.tolist()):
            taken = states.taken.copy()
            taken[:, option] = True
            sums = states.sums + choices.features[option, self.sums]
            children.append(_States(sums, states.people + met[:, place], taken, states.bound))
        made = _States(
            np.concatenate([child.sums for child in children]),
            np.concatenate([child.people for child in children]),
            np.concatenate([child.taken for child in children]),
            np.concatenate([child.bound for child in children]),
        )
        low, high = choices.low[level + 1], choices.high[level + 1]
        part = made.sums[:, COST:]
        made = made.those(((part <= high) & (part >= low)).all(axis=1))
        return self._bounded(made, level + 1)

    def _bounded(self, states: _States, level: int) -> _States:
        """The states whose bound is above the threshold, the highest first."""
        if not len(states):
            return states
        size = max(_CELLS // max(len(self.people_left), 1), 16)
        parts = [self._bounds(states.those(slice(at, at + size)), level) for at in range(0, len(states), size)]
        bound = np.minimum(np.concatenate(parts), states.bound)
        alive = np.flatnonzero(self.better(bound))
        alive = alive[np.argsort(-bound[alive], kind="stable")]
        return replace(states, bound=bound).those(alive)

    def _bounds(self, states: _States, level: int) -> Floats:
        choices, so_far = self.choices, states.sums
        counted = so_far[:, GAIN] + states.people
        best = np.full(len(states), np.inf)
        if level == choices.levels:
            for guess in self.guesses:
                for reach, charge, constant in zip(guess.reach, guess.charges, guess.constant, strict=True):
                    best = np.minimum(best, so_far[:, WORTH] + reach * counted - so_far[:, COST:] @ charge + constant)
            return np.where(self._may_reach(counted), best + self.noise, -np.inf)
        left, here = self._left(states, level), self.levels[level]
        rest, first = choices.start[level], choices.start[level:-1] - choices.start[level]
        worth = choices.features[rest:, self.sums]
        for guess in self.guesses:
            t = guess.weight[rest:] @ here.exponents
            slope = np.exp(-t)
            adds = left @ (here.exponents * slope).T + worth[:, GAIN]
            at_point = left @ (-np.expm1(-t) - t * slope)
            for reach, charge, constant in zip(guess.reach, guess.charges, guess.constant, strict=True):
                profit = reach * adds + (worth[:, WORTH] - worth[:, COST:] @ charge)
                most = np.maximum.reduceat(profit, first, axis=1).sum(axis=1)
                bound = so_far[:, WORTH] + reach * (counted + at_point) - so_far[:, COST:] @ charge + constant + most
                best = np.minimum(best, bound)
        if self.has_goal:
            gain, met = choices.most[level][GAIN], choices.most[level][self.sums.stop :]
            most = left @ -np.expm1(-here.of(met))
            best = np.where(self._may_reach(counted + gain + most), best, -np.inf)
        return best + self.noise

    def _may_reach(self, people: Floats) -> Flags:
        """Whether so many people may be the goal (True without one)."""
        goal = self.choices.program.goal
        return np.ones(len(people), np.bool_) if goal is None else np.asarray(people >= goal - self.noise)

    def _report(self, states: _States) -> None:
        """Have whole plans judged, the best first, with those of equal value, until the threshold is above the rest."""
        values = states.sums[:, WORTH] + (0.0 if self.has_goal else states.sums[:, GAIN] + states.people)
        accepted, judged = -np.inf, 0
        for place in np.lexsort((states.sums[:, COST], -values)).tolist():
            value = float(values[place])
            equal = value >= accepted - _EQUAL * abs(accepted)
            if not (equal and judged < _JUDGED if judged else self.better(np.array([value]))[0]):
                break
            offers = self.choices.offer[states.taken[place]]
            verdict = self.effort.report(np.sort(np.concatenate([self.choices.fixed, offers[offers >= 0]])))
            if verdict.feasible:
                accepted, judged = max(accepted, value), judged + 1
                self.plans, self.best = self.plans + 1, max(self.best, verdict.value)
            else:
                self.refused += 1
                self.gave_up |= self.refused > _REFUSED
