"""From a problem to the best plan with its proof: greedy, bound, screen, core, judge.

Every plan on the way is valued by the judge; the bound comes from prices that hold over all offers
(``program.price``) and from the integer program over what they leave open. "No plan" is an answer.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np

from optimizer.clock import Clock
from optimizer.columns import Positions
from optimizer.conflicts import find_conflicts
from optimizer.first_plan import any_plan
from optimizer.method.approach import approach
from optimizer.method.bound import FINE, Relaxation, Window, neighbourhood, relax, together
from optimizer.method.core import Effort
from optimizer.method.greedy import Greedy, greedy, outlined
from optimizer.method.improve import complete, improve, rounded
from optimizer.method.merge import merged
from optimizer.method.people_left import search_people_left
from optimizer.method.screen import screen, without_copies
from optimizer.method.search import Aim, glance, search
from optimizer.method.sweep import sweep
from optimizer.method.thrift import spend_less
from optimizer.problem import Problem
from optimizer.program import Program, duals_of, known_prices
from optimizer.proof import Proof
from optimizer.solution import COLD, Limits, Progress, Solution, SolutionStatus, Start, StopReason, Verdict
from optimizer.tangents import Tangents, is_wide, spread

Phase = Literal["greedy", "bound", "improve", "screen", "core", "judge", "conflicts"]

_SWEPT = ((150, 60_000), (150, 60_000))
"""Offers left by the screen up to which a sweep is tried, and partial plans after which it gives up: first with the
greedy plan alone, then with an improved one."""
_SWEPT_WIDE = 15_000
"""The same of a wide problem, whose partial plans are dearer."""
_VAST, _SKETCHED = 1 << 21, 1 << 16
"""Offers above which a first plan is made from about that many of them."""
_LOOKS, _WITHIN_REACH = ((3, 6), (2,), (4,), (5,), (8,), (1,), (10,)), 20.0
"""Offers of each size in looks for better plans; after the first as long as the gap is within so many of the asked."""
_GLANCES, _GLANCED, _GLANCED_STATES = (2, 4), 2_500, 3_000
"""Where prices are known: offers of each size in the first looks; offers left by the screen up to which a sweep is
tried then, and partial plans after which it gives up."""
_COMPARED = 1 << 20
"""Offers left by the screen up to which equals among them are looked for."""
_SMALL = 1_000
"""Offers up to which the relaxed point is completed to a plan before anything else."""
_COARSE = 2e-5
"""Share of the people by which tangents may stand above the curves where few offers are looked at together first: what
is open among those is mostly far more, and the sweep finds prices of its own."""
_AROUND = (0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 2.0)
_NEAR = (0.5, 0.7, 0.8, 0.87, 0.93, 1.0, 1.07, 1.15, 1.25, 1.5, 2.0)
"""First tangents, in shares of what the first plan meets; the second where that alone is to be enough."""


def solve(
    problem: Problem,
    limits: Limits,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    start: Start = COLD,
) -> Solution:
    """The best plan of ``problem`` with a proven bound, within ``limits``, from what ``start`` knows of it.

    Returns a ``Solution``: *optimal* when the gap is at most ``limits.relative_gap``, *feasible* with the honest
    gap when time ran out or ``should_stop`` said so, *infeasible* with a minimal set of clashing rules (none where
    ``start`` says what is enough, or wants no conflicts), or
    *no_solution* when neither a plan nor a proof was found in time. The same problem, limits and seed give the
    same answer unless the time limit cuts in. ``on_progress`` is called from this thread. Raises BoundBrokenError when
    a plan's value exceeds a bound. A gap below 1e-8 is rounding: where less is asked for and the search has ended,
    the bound is reported as the plan's value.
    """
    with Clock(limits.time_limit_s, should_stop) as clock:
        return _Run(problem, limits, clock, on_progress, start).run()


class _Run:
    def __init__(
        self,
        problem: Problem,
        limits: Limits,
        clock: Clock,
        on_progress: Callable[[Progress], None] | None,
        start: Start,
    ) -> None:
        self.problem, self.limits, self.clock, self.on_progress = problem, limits, clock, on_progress
        self.start = start
        self.proof = Proof(problem, limits.relative_gap, start.enough)
        self.seconds: dict[str, float] = {}

    def run(self) -> Solution:
        with self._phase("greedy"):
            program = Program.of(self.problem)
            start = self._begin(program)
        with self._phase("bound"):
            tangents = _first_tangents(program, self.proof.incumbent.plan if start is None else start.plan)
            prices = known_prices(program, self.start.duals) if start is None else approach(program, start)
            slack = _COARSE if together(program) else FINE
            relaxation = relax(program, prices, tangents, self.proof.just_too_little(), self.clock.over, slack)
            self.proof.lower_to(relaxation.priced.bound)
        if program.problem.offers <= _SMALL and not self.proof.done():
            self._complete(program, relaxation)
        holds_none = False
        if not self.proof.done():
            holds_none = self.proof.incumbent.plan is None and not self._any_plan(program, relaxation, tangents)
        if not holds_none and not self.proof.done() and not self.clock.over():
            holds_none = self._close(program, relaxation, tangents)
        if holds_none:
            solution = self._explain_infeasible()
            if solution is not None:
                return solution
        return self._finish(program, relaxation)

    def _begin(self, program: Program) -> Greedy | None:
        """Offer first plans: those that are known, or what greedy finds; None when the known prices do."""
        for plan in self.start.plans:
            self.offer(plan)
        if self.start.duals is not None and self.proof.incumbent.plan is not None:
            return None
        if together(program):
            return outlined(program)
        if program.problem.offers > _VAST:
            self._sketch(program)
        start = greedy(program)
        self.offer(start.plan)
        return start

    def offer(self, plan: Positions) -> Verdict:
        """Judge a plan and keep it if it is the best so far; one that is enough ends the solve."""
        verdict = self.proof.offer(plan)
        if self.proof.has_enough():
            self.clock.end()
        return verdict

    def _sketch(self, program: Program) -> None:
        """A plan from every so many creators, while passes over all of them have yet to begin."""
        every = -(-program.problem.offers // _SKETCHED)
        offers = program.offers_of(np.arange(0, len(program.first), every))
        offers = offers[~np.isin(offers, program.closed, assume_unique=True)]
        self.offer(offers[greedy(program.part(offers, program.forced)).plan])
        self._report("greedy")

    def _complete(self, program: Program, relaxation: Relaxation) -> None:
        """A plan from the relaxation of few offers; by greedy where that fails and has not been tried."""
        with self._phase("improve"):
            complete(program, relaxation, Effort(self.clock, self.limits.seed, self.offer))
            if self.proof.incumbent.plan is None and together(program):
                self.offer(greedy(program).plan)
            self.proof.lower_to(self.proof.bound)

    def _any_plan(self, program: Program, relaxation: Relaxation, tangents: Tangents) -> bool:
        """False if there is none. Where that stays open the relaxation says what is likely."""
        with self._phase("core"):
            effort = Effort(self.clock, self.limits.seed, self.offer)
            found = any_plan(self.problem, program, relaxation, tangents, effort)
        # without a proof there may be a plan; only the search for a clash, which proves it, is worth a guess
        return (relaxation.feasible or self.proof.wanted()) if found is None else found

    def _close(self, program: Program, relaxation: Relaxation, tangents: Tangents) -> bool:
        """Look for a better plan near indifference, screen, search the rest; True if there is no plan at all."""
        effort, wide = Effort(self.clock, self.limits.seed, self.offer), is_wide(program.problem)
        is_warm = self.start.duals is not None and program.problem.offers > _SMALL and not wide
        if is_warm and self._closed_at_a_glance(program, relaxation, effort):
            return self._searched(-np.inf)
        for stage, (most_offers, most_states) in enumerate(_SWEPT):
            if stage:
                self._look(program, relaxation)
                if self.proof.done() or self.clock.over():
                    return False
            elif program.problem.offers > _SMALL:
                continue  # little is decided before a good plan is known
            core = self._screened(program, relaxation)
            if wide and stage:
                break  # who is left of a panel guides better than prices
            if len(core.free) <= most_offers:
                states = _SWEPT_WIDE if wide else most_states
                with self._phase("core"):
                    if sweep(program, relaxation.priced, core, self.proof.threshold, effort, states) is not None:
                        return self._searched(-np.inf)
        offers = np.union1d(core.free, core.fixed)
        part, prices = program.part(offers, core.fixed), relaxation.priced.prices
        if wide:
            part, prices = merged(part, np.searchsorted(offers, core.fixed), prices)
            tangents = _first_tangents(part, self._among(offers))
        with self._phase("core"):
            effort = Effort(self.clock, self.limits.seed, lambda plan: self.offer(offers[plan]))
            if is_wide(part.problem):
                window = Window(np.searchsorted(offers, core.free), np.searchsorted(offers, core.fixed))
                if search_people_left(part, prices, window, self.proof.threshold, effort) is not None:
                    return self._searched(-np.inf)
                if self.clock.over():
                    return self._searched(relaxation.priced.bound)
            root = relax(part, prices, tangents, self.proof.threshold(), self.clock.over)
            aim = Aim(self.proof.threshold, self.proof.tolerance, self._report_bound)
            bound = search(part, root, tangents, aim, effort)
        return self._searched(bound)

    def _closed_at_a_glance(self, program: Program, relaxation: Relaxation, effort: Effort) -> bool:
        """A quick look, and whether a sweep of what the screen leaves then goes through."""
        with self._phase("improve"):
            offers, part, there = neighbourhood(program, relaxation)
            inside = Effort(self.clock, self.limits.seed, lambda plan: self.offer(offers[plan]))
            glance(part, there.priced, self.proof.threshold, inside, _GLANCES)
            self.proof.lower_to(self.proof.bound)
        core = self._screened(program, relaxation)
        if len(core.free) > _GLANCED:
            return False
        with self._phase("core"):
            return sweep(program, relaxation.priced, core, self.proof.threshold, effort, _GLANCED_STATES) is not None

    def _look(self, program: Program, relaxation: Relaxation) -> None:
        """Look for better plans near indifference."""
        with self._phase("improve"):
            offers, part, there = neighbourhood(program, relaxation)
            effort = Effort(self.clock, self.limits.seed, lambda plan: self.offer(offers[plan]))
            if not improve(part, there, rounded(there), self.proof.threshold, effort):
                improve(part, there, self._among(offers), self.proof.threshold, effort)
            for sizes in _LOOKS:
                before = self.proof.incumbent.value
                glance(part, there.priced, self.proof.threshold, effort, sizes)
                if self.proof.incumbent.value > before:
                    improve(part, there, self._among(offers), self.proof.threshold, effort)
                if not self.proof.relative_gap < self.proof.gap() < _WITHIN_REACH * self.proof.relative_gap:
                    break
            self.proof.lower_to(self.proof.bound)

    def _among(self, offers: Positions) -> Positions:
        """The best plan's offers as places in ``offers`` (sorted positions)."""
        best = np.zeros(0, np.int64) if self.proof.incumbent.plan is None else self.proof.incumbent.plan
        return np.searchsorted(offers, best[np.isin(best, offers)])

    def _screened(self, program: Program, relaxation: Relaxation) -> Window:
        with self._phase("screen"):
            core = screen(program, relaxation.priced, self.proof.threshold())
            return without_copies(program, core) if len(core.free) <= _COMPARED else core

    def _searched(self, bound: float) -> bool:
        """Take over what a search of all that was left open says; True if there is no plan at all."""
        return self.proof.searched(bound, not self.clock.over())

    def _report_bound(self, bound: float) -> None:
        if np.isfinite(bound):
            self.proof.lower_to(max(bound, self.proof.threshold()))
        self._report("core")

    def _explain_infeasible(self) -> Solution | None:
        """The infeasible answer, or None when the search for a conflict met a plan after all."""
        if self.proof.wanted() or not self.start.conflicts:
            return Solution("infeasible", "proven", None, None, None, None, None, (), self.seconds)
        with self._phase("conflicts"):
            clash = find_conflicts(self.problem, self.limits, self.clock, solve)
        if clash.plan is not None and self.offer(clash.plan).feasible:
            return None
        if clash.names is None:
            return None
        return Solution("infeasible", "proven", None, None, None, None, None, clash.names, self.seconds)

    def _finish(self, program: Program, relaxation: Relaxation) -> Solution:
        with self._phase("judge"):
            if self.proof.incumbent.plan is not None and self.problem.goal is None and not self.proof.wanted():
                spend_less(self.problem, self.proof.incumbent.plan, program.closed, self.proof.incumbent.offer_cheaper)
            plan, verdict = self.proof.incumbent.plan, self.proof.incumbent.verdict
            duals = duals_of(program, relaxation.priced)
        self.proof.round_off()
        bound = self.proof.bound if np.isfinite(self.proof.bound) else None
        if plan is None or verdict is None:
            reason: StopReason = "stopped" if self.clock.stopped else "time_limit"
            return Solution("no_solution", reason, None, None, bound, None, duals, (), self.seconds)
        proven = self.proof.proven()
        status: SolutionStatus = "optimal" if proven else "feasible"
        gap = self.proof.gap() if bound is not None else None
        return Solution(status, self._stop_reason(proven), plan, verdict, bound, gap, duals, (), self.seconds)

    def _stop_reason(self, proven: bool) -> StopReason:
        if proven:
            return "proven" if self.proof.gap() <= 1e-6 else "gap_limit"
        if self.proof.exhausted:
            return "gap_limit"
        return "stopped" if self.clock.stopped else "time_limit"

    @contextmanager
    def _phase(self, phase: Phase) -> Iterator[None]:
        start = self.clock.elapsed_s()
        yield
        now = self.clock.elapsed_s()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - start
        self._report(phase)

    def _report(self, phase: Phase) -> None:
        if self.on_progress is not None:
            value = self.proof.incumbent.value if self.proof.incumbent.plan is not None else None
            bound = self.proof.bound if np.isfinite(self.proof.bound) else None
            gap = None if value is None or bound is None else self.proof.gap()
            self.on_progress(Progress(phase, value, bound, gap, self.clock.elapsed_s()))


def _first_tangents(program: Program, plan: Positions | None) -> Tangents:
    """A grid around what the first plan meets in each segment."""
    plan = np.zeros(0, np.int64) if plan is None else plan
    u = program.problem.exponents[plan].sum(axis=0)
    return spread(program.problem, u, np.array(_NEAR if together(program) else _AROUND))
