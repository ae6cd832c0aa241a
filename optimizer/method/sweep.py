"""The core without a solver: creator after creator, keep the partial plans that may still become better.

With prices near the optimum few partial plans survive, mostly a few dozen of 2^60, because each is held against
many prices at once (``price_pool``) and the dear creators, which leave the least to the others, are decided first.
A quick dive that keeps the best few at each level finds a good plan beforehand; then nothing is left out.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from optimizer.columns import Flags, Floats, Positions
from optimizer.method.choices import COST, Choices
from optimizer.method.core import Effort, Found
from optimizer.method.merge import narrowed
from optimizer.method.partial import States, Step, distinct, each_with_each
from optimizer.method.price_pool import PricePool
from optimizer.method.window import Window
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
_MANY = 400
"""Options ahead above which the work of looking at all of them is counted as that of so many partial plans."""
_MOST_OPTIONS = 8_000
_LATELY, _LONG, _FEW = 9, 60, 0.7
"""Levels after which what lies ahead is looked at anew, where that is at least so many; share of the options that are
then few enough to go on with them alone."""


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
            self.table, self.words, self.has_twins = fewer, len(fewer.offer) // 64 + 1, fewer.has_twins
            walk = _Walk(self, fewer, pool.over(fewer), np.arange(len(fewer.offer)))
            crowd = walk.down() if first else None
            if crowd is None:
                return not self.gave_up if first else walk.everything()
            there, level, states = crowd
            there.dive(level, states)
            choices, pool = fewer, walk.pool
        return False

    def plan(self, taken: NDArray[np.uint64]) -> Positions:
        """The offers of a whole plan: sorted positions."""
        table = self.table
        is_taken = np.unpackbits(taken.view(np.uint8), bitorder="little")[: len(table.offer)] > 0
        return np.sort(np.concatenate([table.fixed, table.offer[is_taken]]))

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


class _Walk:
    """Going down the levels of one table of choices. bit: (n,) place of each option among the bits of what is taken."""

    def __init__(self, run: _Sweep, choices: Choices, pool: PricePool, bit: Positions) -> None:
        self.run, self.choices, self.pool, self.bit = run, choices, pool, bit
        self.has_twins = run.has_twins
        self.crowd, self.look_at = _CROWD, _LATELY
        self._steps: dict[int, Step] = {}

    def down(self) -> "tuple[_Walk, int, States] | None":
        """All ways down at once, unless they become a crowd: the level before which they do, and who is in it."""
        walk, level, states = self, 0, self._root()
        while len(states) and level < walk.choices.levels:
            walk, level, states = walk._on(level, states, fit=False)
            if len(states) > _CROWD:
                return walk, level, states
        walk._report(states)
        return None

    def dive(self, level: int, states: States) -> None:
        """One way down from a level with the most promising few."""
        walk, states = self, self._surviving(states, level, most=_WIDTH)
        while len(states) and level < walk.choices.levels:
            walk, level, states = walk._on(level, states, most=_WIDTH)
        walk._report(states)

    def everything(self) -> bool:
        """All ways down that may lead to something better, blocks of the most promising first; False if too many."""
        waiting = [(self, 0, self._root())]
        while waiting:
            walk, level, states = waiting.pop()
            states = walk._surviving(states, level) if level else states
            while len(states) and level < walk.choices.levels:
                if len(states) > _BLOCK:
                    waiting.append((walk, level, states.those(slice(_BLOCK, None))))
                    states = states.those(slice(_BLOCK))
                walk, level, states = walk._on(level, states)
            walk._report(states)
        return self.run.spend(0)

    def _on(self, level: int, states: States, most: int | None = None, fit: bool = True) -> "tuple[_Walk, int, States]":
        """One step down: the walk there, its level, and who survives."""
        walk, level, states = self._narrowed(level, states)
        if level == walk.choices.levels or not len(states):
            return walk, level, states
        step = walk._step(level)
        return walk, step.level, walk._surviving(walk._children(states, step), step.level, most, fit)

    def _step(self, level: int) -> Step:
        """The step from a level down: up to ``_WAYS`` ways, since a step costs about the same whatever its ways."""
        if level not in self._steps:
            step = self._ways(level)
            while step.level < self.choices.levels:
                options = self.choices.start[step.level + 1] - self.choices.start[step.level]
                if len(step.features) * options > _WAYS:
                    break
                step = Step(*each_with_each(step, self._ways(step.level)), step.level + 1)
            self._steps[level] = step
        return self._steps[level]

    def _ways(self, level: int) -> Step:
        """The options of one level."""
        options = np.arange(self.choices.start[level], self.choices.start[level + 1])
        taken = np.flatnonzero(self.choices.offer[options] >= 0)
        place = self.bit[options[taken]]
        bits = np.zeros((len(options), self.run.words), np.uint64)
        bits[taken, place // 64] = np.uint64(1) << (place % 64).astype(np.uint64)
        return Step(self.choices.features[options], bits, level + 1)

    def _narrowed(self, level: int, states: States) -> "tuple[_Walk, int, States]":
        """The way on without what none of the states can use any more; as it is where little would be gained."""
        options = len(self.bit) - int(self.choices.start[level])
        is_due = level >= self.look_at and self.choices.levels - level >= _LONG
        if not is_due or not self.run.spend(options // 4):
            return self, level, states
        bounds, nearest = self.pool.bounds(states.features, level)
        highest = np.full(len(self.pool.vectors), -np.inf)
        np.maximum.at(highest, nearest, bounds)
        kept = self.run.better(self.pool.of_later(level, highest))
        if kept.sum() > _FEW * len(kept):
            self.look_at = level + _LATELY
            return self, level, states
        found = self.choices.after(level, kept)
        if found is None:
            return self, level, states.those(slice(0))
        fewer, kept_at, taken_at = found
        taken = states.taken.copy()
        for place in self.bit[taken_at].tolist():
            taken[:, place // 64] |= np.uint64(1 << place % 64)
        features = states.features + self.choices.features[taken_at].sum(axis=0)
        walk = _Walk(self.run, fewer, self.pool.over(fewer), self.bit[kept_at])
        walk.crowd = self.crowd
        return walk, 0, States(features, taken)

    def _root(self) -> States:
        root = States(self.choices.base[None], np.zeros((1, self.run.words), np.uint64))
        return root.those(self.choices.possible(root.features, 0))

    def _children(self, states: States, step: Step) -> States:
        """Every state with every way of a step that budget, rows and goal may still allow; none when time is over."""
        if not self.run.spend(len(states) * len(step.features)):
            return states.those(slice(0))
        features, taken = each_with_each(states, step)
        possible = self.choices.possible(features, step.level)
        children = States(features[possible], taken[possible])
        return children.those(distinct(children.features)) if self.has_twins else children

    def _surviving(self, states: States, level: int, most: int | None = None, fit: bool = True) -> States:
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

    def _thinned(self, states: States, level: int, bounds: Floats, nearest: Positions) -> tuple[States, Floats]:
        """The states that survive prices fitted to some of them, and their bounds; ``nearest``: best prices of each."""
        ahead = len(self.bit) - int(self.choices.start[level])
        for _ in range(_TRIES):
            before = len(states)
            if ahead > _MANY and not self.run.spend(ahead // 2):
                break
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

    def _report(self, states: States) -> None:
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
            verdict = run.effort.report(run.plan(states.taken[place]))
            if verdict.feasible:
                accepted, judged = max(accepted, value), judged + 1
                run.plans, run.best = run.plans + 1, max(run.best, verdict.value)
            else:
                run.refused += 1
                if run.refused > _REFUSED:
                    run.gave_up = True
                    return
