"""The core without a solver: creator after creator, keep the partial plans that may still become better.

With prices near the optimum few partial plans survive, mostly a few dozen of 2^60, because each is held against
many prices at once (``price_pool``) and the dear creators, which leave the least to the others, are decided first.
A quick dive that keeps the best few at each level finds a good plan beforehand; then nothing is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.columns import Flags, Floats, Positions
from optimizer.method.bound import Window
from optimizer.method.choices import COST, Choices
from optimizer.method.core import Effort, Found
from optimizer.method.merge import narrowed
from optimizer.method.price_pool import PricePool
from optimizer.program import Priced, Program
from optimizer.tangents import is_wide

_WAYS = 9
"""Ways up to which the options of several creators are decided at once."""
_WIDTH = 24
"""Partial plans that the dive keeps at each level."""
_BLOCK = 192
"""Partial plans that go down together; the rest waits, so that memory stays small and better plans come early."""
_CROWD, _FITTED = 96, 6
"""Partial plans at a level above which prices are fitted to some of them, and to how many."""
_TRIES = 2
"""Times that prices are fitted at one level while each time kills a good part."""
_GOOD_PART = 0.3
_JUDGED, _REFUSED = 32, 200
"""Plans of equal value that are judged, and plans that the judge may refuse, before the sweep gives up."""
_EQUAL = 1e-12
_DIGITS = 2.0**44
"""Precision at which two partial plans are alike; what comes of them differs by less than a sum's rounding."""
_MOST_OPTIONS = 1_000


@dataclass(frozen=True, eq=False, slots=True)
class _States:
    """k partial plans: sums of features (k, F), and the options taken as bits (k, words)."""

    features: Floats
    taken: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.features)

    def those(self, which: Flags | Positions | slice) -> "_States":
        return _States(self.features[which], self.taken[which])


def sweep(
    program: Program,
    priced: Priced,
    window: Window,
    threshold: Callable[[], float],
    effort: Effort,
    most_states: int,
) -> Found | None:
    """All plans of the window above ``threshold`` (asked anew as plans are reported), the best of them reported.

    ``priced``: any prices of the program; the nearer they are to the best for this window, the fewer states. Returns
    a finished ``Found``, or None when more than ``most_states`` partial plans would be looked at, or time is over;
    plans met until then have been reported.
    """
    if len(window.free) > _MOST_OPTIONS:
        return None
    if is_wide(program.problem):
        program, priced, window, effort = narrowed(program, priced, window, effort)
    run = _Sweep(program, threshold, effort, most_states)
    if not run.all_of(Choices.of(program, window), priced):
        return None
    return Found(max(threshold(), run.best), True, run.plans)


@dataclass(frozen=True, eq=False, slots=True)
class _Step:
    """Some creators decided at once: k ways to, as sums of features (k, F) and bits (k, words), and the level then."""

    features: Floats
    taken: NDArray[np.uint64]
    level: int


class _Sweep:
    def __init__(self, program: Program, threshold: Callable[[], float], effort: Effort, most_states: int) -> None:
        self.whole_money = program.goal is not None
        self.asked, self.effort, self.left = threshold, effort, most_states
        self.plans = self.refused = 0
        self.best, self.gave_up = -np.inf, False

    def all_of(self, choices: Choices, priced: Priced) -> bool:
        """Whether all plans above the threshold were met."""
        pool = PricePool.around(choices, choices.start_prices(priced.prices))
        for first in (True, False):
            fewer = choices.keeping(self.better(pool.of_options()))
            if fewer is None:
                return True
            walk = _Walk(self, fewer, pool.over(fewer))
            crowd = walk.down() if first else None
            if crowd is None:
                return not self.gave_up if first else walk.everything()
            walk.dive(*crowd)
            choices, pool = fewer, walk.pool
        return False

    def better(self, bounds: Floats) -> Flags:
        """Which bounds leave room for a better plan; money is whole."""
        asked = self.asked()
        if self.whole_money and np.isfinite(asked):
            return np.asarray(bounds >= np.floor(asked) + 1.0)
        return np.asarray(bounds > asked)

    def spend(self, states: int) -> bool:
        """Count partial plans; False when there were too many, or time is over."""
        self.left -= states
        self.gave_up |= self.left < 0 or self.effort.clock.over()
        return not self.gave_up


def _steps(choices: Choices) -> list[_Step]:
    """The levels in steps of up to ``_WAYS`` ways: a step costs about the same whatever its ways."""
    option = np.arange(len(choices.offer))
    bits = np.zeros((len(option), len(option) // 64 + 1), np.uint64)
    taken = option[choices.offer >= 0]
    bits[taken, taken // 64] = np.uint64(1) << (taken % 64).astype(np.uint64)
    steps: list[_Step] = []
    for level in range(choices.levels):
        options = slice(choices.start[level], choices.start[level + 1])
        step = _Step(choices.features[options], bits[options], level + 1)
        if steps and len(steps[-1].features) * len(step.features) <= _WAYS:
            step = _Step(*_each_with_each(steps.pop(), step), level + 1)
        steps.append(step)
    return steps


def _each_with_each(some: _States | _Step, more: _Step) -> tuple[Floats, NDArray[np.uint64]]:
    features = (some.features[None] + more.features[:, None]).reshape(-1, some.features.shape[1])
    return features, (some.taken[None] | more.taken[:, None]).reshape(-1, some.taken.shape[1])


def _distinct(features: Floats) -> Positions:
    """One of each set of partial plans that are alike but for rounding, money exactly: sorted places."""
    mantissa, power = np.frexp(features)
    alike = np.ldexp(np.rint(mantissa * _DIGITS), power)
    alike[:, COST] = features[:, COST]
    return np.sort(np.unique(alike, axis=0, return_index=True)[1])


class _Walk:
    """Going down the steps of one table of choices."""

    def __init__(self, run: _Sweep, choices: Choices, pool: PricePool) -> None:
        self.run, self.choices, self.pool = run, choices, pool
        self.steps = _steps(choices)
        self.has_twins = choices.has_twins
        self.crowd = _CROWD

    def down(self) -> tuple[int, _States] | None:
        """All ways down at once, unless they become a crowd: the step before which they do, and who is in it."""
        states = self._root()
        for at, step in enumerate(self.steps):
            states = self._surviving(self._children(states, step), step.level, fit=False)
            if len(states) > _CROWD:
                return at + 1, states
        self._report(states)
        return None

    def dive(self, at: int, states: _States) -> None:
        """One way down from a step with the most promising few."""
        states = self._surviving(states, self.steps[at - 1].level, most=_WIDTH)
        for step in self.steps[at:]:
            states = self._surviving(self._children(states, step), step.level, most=_WIDTH)
        self._report(states)

    def everything(self) -> bool:
        """All ways down that may lead to something better, blocks of the most promising first; False if too many."""
        waiting = [(0, self._root())]
        while waiting:
            at, states = waiting.pop()
            if at:
                states = self._surviving(states, self.steps[at - 1].level)
            while len(states) and at < len(self.steps):
                if len(states) > _BLOCK:
                    waiting.append((at, states.those(slice(_BLOCK, None))))
                    states = states.those(slice(_BLOCK))
                states = self._surviving(self._children(states, self.steps[at]), self.steps[at].level)
                at += 1
            self._report(states)
        return self.run.spend(0)

    def _root(self) -> _States:
        root = _States(self.choices.base[None], np.zeros((1, len(self.choices.offer) // 64 + 1), np.uint64))
        return root.those(self.choices.possible(root.features, 0))

    def _children(self, states: _States, step: _Step) -> _States:
        """Every state with every way of a step that budget, rows and goal may still allow; none when time is over."""
        if not self.run.spend(len(states) * len(step.features)):
            return states.those(slice(0))
        features, taken = _each_with_each(states, step)
        possible = self.choices.possible(features, step.level)
        children = _States(features[possible], taken[possible])
        return children.those(_distinct(children.features)) if self.has_twins else children

    def _surviving(self, states: _States, level: int, most: int | None = None, fit: bool = True) -> _States:
        """The states whose bound is above the threshold, at most so many; where they are many the best first."""
        if not len(states):
            return states
        bounds, nearest = self.pool.bounds(states.features, level)
        alive = self.run.better(bounds)
        if not alive.all():
            states, bounds, nearest = states.those(alive), bounds[alive], nearest[alive]
        if len(states) <= _CROWD:
            self.crowd = _CROWD
        elif fit and len(states) > self.crowd and level < self.choices.levels:
            states, bounds = self._thinned(states, level, bounds, nearest)
        if len(states) > (_BLOCK if most is None else most):
            states = states.those(np.argsort(-bounds, kind="stable")[:most])
        return states

    def _thinned(self, states: _States, level: int, bounds: Floats, nearest: Positions) -> tuple[_States, Floats]:
        """The states that survive prices fitted to some of them, and their bounds; ``nearest``: best prices of each."""
        for _ in range(_TRIES):
            before = len(states)
            order = np.argsort(-bounds, kind="stable")
            some = order[np.linspace(0, before - 1, _FITTED).astype(np.int64)]
            added = self.pool.fit(states.features[some], level, nearest[some])
            lower, by = self.pool.bounds(states.features, level, len(self.pool.vectors) - added)
            nearest = np.where(lower < bounds, by, nearest)
            bounds = np.minimum(bounds, lower)
            alive = self.run.better(bounds)
            states, bounds, nearest = states.those(alive), bounds[alive], nearest[alive]
            if len(states) <= _CROWD or len(states) > (1.0 - _GOOD_PART) * before:
                break
        self.crowd = max(_CROWD, 2 * len(states))
        return states, bounds

    def _report(self, states: _States) -> None:
        """Have whole plans judged, the best first, with those of equal value, until the threshold is above the rest."""
        if not len(states):
            return
        choices, run = self.choices, self.run
        values = choices.values(states.features)
        accepted, judged = -np.inf, 0
        for place in np.lexsort((states.features[:, COST], -values)).tolist():
            value = float(values[place])
            equal = value >= accepted - _EQUAL * abs(accepted)
            if not (equal and judged < _JUDGED if judged else run.better(np.array([value]))[0]):
                break
            taken = choices.offer[
                np.unpackbits(states.taken[place].view(np.uint8), bitorder="little")[: len(choices.offer)] > 0
            ]
            verdict = run.effort.report(np.sort(np.concatenate([choices.fixed, taken])))
            if verdict.feasible:
                accepted, judged = max(accepted, value), judged + 1
                run.plans, run.best = run.plans + 1, max(run.best, verdict.value)
            else:
                run.refused += 1
                if run.refused > _REFUSED:
                    run.gave_up = True
                    return
