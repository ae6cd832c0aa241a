"""The core without a solver: creator after creator, keep the partial plans that may still become better.

With prices near the optimum few partial plans survive, mostly a few dozen of 2^60, because each is held against
many prices at once (``price_pool``) and the dear creators, which leave the least to the others, are decided first.
A quick dive that keeps the best few at each level finds a good plan beforehand; then nothing is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.bound import Window
from optimizer.choices import COST, Choices
from optimizer.columns import Flags, Floats, Positions
from optimizer.core import Effort, Found
from optimizer.price_pool import PricePool
from optimizer.program import Priced, Program

_WIDTH = 24
"""Partial plans that the dive keeps at each level."""
_BLOCK = 128
"""Partial plans that go down together; the rest waits, so that memory stays small and better plans come early."""
_CROWD, _FITTED = 32, 6
"""Partial plans at a level above which prices are fitted to some of them, and to how many."""
_TRIES = 2
"""Times that prices are fitted at one level while each time kills a good part."""
_GOOD_PART = 0.3
_JUDGED, _REFUSED = 32, 200
"""Plans of equal value that are judged, and plans that the judge may refuse, before the sweep gives up."""
_EQUAL = 1e-12
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
    run = _Sweep(program, threshold, effort, most_states)
    if not run.all_of(Choices.of(program, window), priced):
        return None
    return Found(threshold(), True, run.plans)


class _Sweep:
    def __init__(self, program: Program, threshold: Callable[[], float], effort: Effort, most_states: int) -> None:
        self.whole_money = program.goal is not None
        self.asked, self.effort, self.left = threshold, effort, most_states
        self.plans = self.refused = 0

    def all_of(self, choices: Choices, priced: Priced) -> bool:
        """Whether all plans above the threshold were met."""
        pool = PricePool.around(choices, choices.start_prices(priced.prices))
        for dive in (True, False):
            fewer = choices.keeping(self.better(pool.of_options()))
            if fewer is None:
                return True
            choices, pool = fewer, pool.over(fewer)
            walk = _Walk(self, choices, pool)
            if not (walk.dive() if dive else walk.everything()):
                return False
        return True

    def better(self, bounds: Floats) -> Flags:
        """Which bounds leave room for a better plan; money is whole."""
        asked = self.asked()
        if self.whole_money and np.isfinite(asked):
            return np.asarray(bounds >= np.floor(asked) + 1.0)
        return np.asarray(bounds > asked)

    def spend(self, states: int) -> bool:
        """Count partial plans; False when there were too many, or time is over."""
        self.left -= states
        return self.left >= 0 and self.refused <= _REFUSED and not self.effort.clock.over()


class _Walk:
    """Going down the levels of one table of choices."""

    def __init__(self, run: _Sweep, choices: Choices, pool: PricePool) -> None:
        self.run, self.choices, self.pool = run, choices, pool
        option = np.arange(len(choices.offer))
        self.bits = np.zeros((len(option), len(option) // 64 + 1), np.uint64)
        taken = choices.offer >= 0
        self.bits[option[taken], option[taken] // 64] = np.uint64(1) << (option[taken] % 64).astype(np.uint64)
        self.crowd = _CROWD

    def dive(self) -> bool:
        """One way down with the most promising few; False when that was too much already."""
        states = self._root()
        for level in range(self.choices.levels):
            states = self._children(states, level)
            if not self.run.spend(len(states)):
                return False
            states = self._surviving(states, level + 1, most=_WIDTH)
        self._report(states)
        return True

    def everything(self) -> bool:
        """All ways down that may lead to something better, blocks of the most promising first; False if too many."""
        waiting = [(0, self._root())]
        while waiting:
            level, states = waiting.pop()
            states = self._surviving(states, level)
            while len(states) and level < self.choices.levels:
                if len(states) > _BLOCK:
                    waiting.append((level, states.those(slice(_BLOCK, None))))
                    states = states.those(slice(_BLOCK))
                states = self._children(states, level)
                level += 1
                if not self.run.spend(len(states)):
                    return False
                states = self._surviving(states, level)
            self._report(states)
            if not self.run.spend(0):
                return False
        return True

    def _root(self) -> _States:
        root = _States(self.choices.base[None], np.zeros((1, self.bits.shape[1]), np.uint64))
        return root.those(self.choices.possible(root.features, 0))

    def _children(self, states: _States, level: int) -> _States:
        """Every state with every option of a level that budget, rows and goal may still allow."""
        choices = self.choices
        options = slice(choices.start[level], choices.start[level + 1])
        features = (states.features[None] + choices.features[options, None]).reshape(-1, states.features.shape[1])
        taken = (states.taken[None] | self.bits[options, None]).reshape(-1, states.taken.shape[1])
        possible = choices.possible(features, level + 1)
        return _States(features[possible], taken[possible])

    def _surviving(self, states: _States, level: int, most: int | None = None) -> _States:
        """The states whose bound is above the threshold, at most so many; where they are many the best first."""
        if not len(states):
            return states
        granted = self.pool.bounds(states.features, level)
        bounds = granted.min(axis=1)
        alive = self.run.better(bounds)
        if not alive.all():
            states, bounds, granted = states.those(alive), bounds[alive], granted[alive]
        if len(states) <= _CROWD:
            self.crowd = _CROWD
        elif len(states) > self.crowd and level < self.choices.levels:
            states, bounds = self._thinned(states, level, bounds, granted.argmin(axis=1))
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
            granted = self.pool.bounds(states.features, level)[:, -added:]
            lower = granted.min(axis=1)
            nearest = np.where(lower < bounds, len(self.pool.vectors) - added + granted.argmin(axis=1), nearest)
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
            option = np.flatnonzero((self.bits & states.taken[place]).any(axis=1))
            verdict = run.effort.report(np.sort(np.concatenate([choices.fixed, choices.offer[option]])))
            if verdict.feasible:
                accepted, judged = max(accepted, value), judged + 1
                run.plans += 1
            else:
                run.refused += 1
                if run.refused > _REFUSED:
                    return
