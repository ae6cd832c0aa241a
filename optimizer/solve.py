"""From a problem to the best plan with its proof: greedy, bound, screen, core, judge.

Every plan on the way is valued by the judge; the bound comes from prices that hold over all offers
(``program.price``) and from the integer program over what they leave open. "No plan" is an answer.
"""

from collections.abc import Callable

import numpy as np

from optimizer.clock import Clock
from optimizer.columns import Positions
from optimizer.conflicts import find_conflicts
from optimizer.course import Course
from optimizer.first_plan import any_plan
from optimizer.method.approach import approach
from optimizer.method.bound import FINE, Relaxation, confined, neighbourhood, relax, together
from optimizer.method.core import Effort
from optimizer.method.first_tangents import around_plan, around_prices
from optimizer.method.greedy import Greedy, greedy, outlined, sketched
from optimizer.method.improve import complete, improve, rounded
from optimizer.method.merge import merged
from optimizer.method.people_left import search_people_left
from optimizer.method.screen import screen, without_copies
from optimizer.method.search import Aim, glance, search
from optimizer.method.sweep import sweep
from optimizer.method.thrift import spend_less
from optimizer.method.window import Window
from optimizer.problem import Problem
from optimizer.program import Program, duals_of, known_prices
from optimizer.proof import Proof
from optimizer.rise import Rise
from optimizer.solution import COLD, Limits, Progress, Solution, SolutionStatus, Start, StopReason, Verdict
from optimizer.sorted_sets import union
from optimizer.tangents import Tangents, is_wide

_SWEPT = ((150, 60_000), (150, 60_000))
"""Offers left by the screen up to which a sweep is tried, and partial plans after which it gives up: first with the
greedy plan alone, then with an improved one."""
_SWEPT_WIDE = 15_000
"""The same of a wide problem, whose partial plans are dearer."""
_VAST = 1 << 21
"""Offers above which a first plan is made from some of them."""
_LOOKS, _WITHIN_REACH = ((3, 6), (2,), (4,), (5,), (8,), (1,), (10,)), 20.0
"""Offers of each size in looks for better plans; after the first as long as the gap is within so many of the asked."""
_GLANCES, _GLANCED, _GLANCED_STATES = (4,), 2_500, 3_000
"""Where prices are known: offers of each size in the first looks; offers left by the screen up to which a sweep is
tried then, and partial plans after which it gives up."""
_COMPARED = 1 << 20
"""Offers left by the screen up to which equals among them are looked for."""
_SMALL = 1_000
"""Offers up to which the relaxed point is completed to a plan before anything else."""
_COARSE = 2e-5
"""Share of the people by which tangents may stand above the curves where few offers are looked at together first: what
is open among those is mostly far more, and the sweep finds prices of its own."""
_WARM = 2e-6
"""The same where the prices of a neighbour are known: its tangents do, and the core has many prices."""


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
        self.problem, self.limits, self.clock = problem, limits, clock
        self.start = start
        self.proof = Proof(problem, limits.relative_gap, start.enough)
        self.rise = Rise(problem, start)
        self.effort = Effort(clock, limits.seed, self.offer, self._best)
        self.course = Course(self.proof, clock, on_progress)
        self._phase, self._report = self.course.phase, self.course.report

    def run(self) -> Solution:
        with self._phase("greedy"):
            program = self.rise.program()
            start = self._begin(program)
        with self._phase("bound"):
            prices = known_prices(program, self.start.duals) if start is None else approach(program, start)
            if start is None:
                tangents, slack = around_prices(program, prices, self.proof.incumbent.plan), _WARM
            else:
                tangents, slack = around_plan(program, start.plan), FINE
            slack = _COARSE if together(program) else slack
            relaxation = relax(program, prices, tangents, self.proof.just_too_little(), self.clock.over, slack)
            self.proof.lower_to(relaxation.priced.bound)
        if program.problem.offers <= _SMALL and not self.proof.done():
            self._complete(program, relaxation)
        holds_none = False
        if not self.proof.done():
            known = self.proof.incumbent.plan is not None or self.rise.begun
            holds_none = not known and not self._any_plan(program, relaxation, tangents)
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
            self.offer(sketched(program))
            self._report("greedy")
        start = greedy(program)
        self.offer(start.plan)
        return start

    def offer(self, plan: Positions) -> Verdict:
        """Judge a plan and keep it if it is the best so far; one that is enough ends the solve, or raises a cost."""
        verdict = self.rise.by(plan)
        if verdict is not None:
            return verdict
        verdict = self.proof.offer(plan)
        if self.proof.has_enough():
            self.clock.end()
        return verdict

    def _best(self) -> Positions:
        return np.zeros(0, np.int64) if self.proof.incumbent.plan is None else self.proof.incumbent.plan

    def _complete(self, program: Program, relaxation: Relaxation) -> None:
        """A plan from the relaxation of few offers; by greedy where that fails and has not been tried."""
        with self._phase("improve"):
            complete(program, relaxation, self.effort)
            if self.proof.incumbent.plan is None and together(program):
                self.offer(greedy(program).plan)
            self.proof.lower_to(self.proof.bound)

    def _any_plan(self, program: Program, relaxation: Relaxation, tangents: Tangents) -> bool:
        """False if there is none. Where that stays open the relaxation says what is likely."""
        with self._phase("core"):
            found = any_plan(self.problem, program, relaxation, tangents, self.effort)
        # without a proof there may be a plan; only the search for a clash, which proves it, is worth a guess
        return (relaxation.feasible or self.proof.wanted()) if found is None else found

    def _close(self, program: Program, relaxation: Relaxation, tangents: Tangents) -> bool:
        """Look for a better plan near indifference, screen, search the rest; True if there is no plan at all."""
        wide = is_wide(program.problem)
        is_warm = self.start.duals is not None and program.problem.offers > _SMALL and not wide
        closed, core = (self._glanced if is_warm else self._looked)(program, relaxation)
        if closed and not self.rise.begun:
            return self._searched(-np.inf)
        if core is None:
            return False
        offers = union(core.free, core.fixed)
        part, prices = program.part(offers, core.fixed), relaxation.priced.prices
        if wide:
            part, prices = merged(part, np.searchsorted(offers, core.fixed), prices)
            tangents = around_plan(part, self.effort.within(offers).best())
        with self._phase("core"):
            effort = self.effort.within(offers)
            if is_wide(part.problem):
                window = Window(np.searchsorted(offers, core.free), np.searchsorted(offers, core.fixed))
                if search_people_left(part, prices, window, self.proof.threshold, effort) is not None:
                    return self._searched(-np.inf)
                if self.clock.over():
                    return self._searched(relaxation.priced.bound)
            if is_warm:
                root = confined(part, offers, relaxation)
            else:
                root = relax(part, prices, tangents, self.proof.threshold(), self.clock.over)
            aim = Aim(self.proof.threshold, self.proof.tolerance, self._report_bound, lambda: self.rise.cost)
            bound = search(part, root, tangents, aim, effort)
        return self._searched(bound)

    def _looked(self, program: Program, relaxation: Relaxation) -> tuple[bool, Window | None]:
        """Whether a sweep goes through, with the greedy plan or after looks for better ones; the core, None if done."""
        wide = is_wide(program.problem)
        for stage, (most_offers, most_states) in enumerate(_SWEPT):
            if stage:
                self._look(program, relaxation)
                if self.proof.done() or self.clock.over():
                    return False, None
            elif program.problem.offers > _SMALL:
                continue  # little is decided before a good plan is known
            core = self._screened(program, relaxation)
            if wide and stage:
                break  # who is left of a panel guides better than prices
            if len(core.free) <= most_offers:
                states = _SWEPT_WIDE if wide else most_states
                with self._phase("core"):
                    if sweep(program, relaxation.priced, core, self.proof.threshold, self.effort, states) is not None:
                        return True, core
        return False, core

    def _glanced(self, program: Program, relaxation: Relaxation) -> tuple[bool, Window | None]:
        """Whether a sweep goes through after a quick look, which mostly finds the best plan; the core, None if done."""
        with self._phase("improve"):
            offers, part, there = neighbourhood(program, relaxation)
            glance(part, there.priced, self.proof.threshold, self.effort.within(offers), _GLANCES)
            self.proof.lower_to(self.proof.bound)
        if self.proof.done() or self.clock.over():
            return False, None
        core = self._screened(program, relaxation)
        if len(core.free) <= _GLANCED:
            with self._phase("core"):
                threshold, effort = self.proof.threshold, self.effort
                if sweep(program, relaxation.priced, core, threshold, effort, _GLANCED_STATES) is not None:
                    return True, core
            core = self._screened(program, relaxation)
        return False, core

    def _look(self, program: Program, relaxation: Relaxation) -> None:
        """Look for better plans near indifference."""
        with self._phase("improve"):
            offers, part, there = neighbourhood(program, relaxation)
            effort = self.effort.within(offers)
            if not improve(part, there, rounded(there), self.proof.threshold, effort):
                improve(part, there, effort.best(), self.proof.threshold, effort)
            for sizes in _LOOKS:
                before = self.proof.incumbent.value
                glance(part, there.priced, self.proof.threshold, effort, sizes)
                if self.proof.incumbent.value > before:
                    improve(part, there, effort.best(), self.proof.threshold, effort)
                if not self.proof.relative_gap < self.proof.gap() < _WITHIN_REACH * self.proof.relative_gap:
                    break
            self.proof.lower_to(self.proof.bound)

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
            return Solution("infeasible", "proven", None, None, None, None, None, (), self.course.seconds)
        with self._phase("conflicts"):
            clash = find_conflicts(self.problem, self.limits, self.clock, solve)
        if clash.plan is not None and self.offer(clash.plan).feasible:
            return None
        if clash.names is None:
            return None
        return Solution("infeasible", "proven", None, None, None, None, None, clash.names, self.course.seconds)

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
            return Solution("no_solution", reason, None, None, bound, None, duals, (), self.course.seconds)
        proven = self.proof.proven()
        status: SolutionStatus = "optimal" if proven else "feasible"
        gap = self.proof.gap() if bound is not None else None
        return Solution(status, self._stop_reason(proven), plan, verdict, bound, gap, duals, (), self.course.seconds)

    def _stop_reason(self, proven: bool) -> StopReason:
        if proven:
            return "proven" if self.proof.gap() <= 1e-6 else "gap_limit"
        if self.proof.exhausted:
            return "gap_limit"
        return "stopped" if self.clock.stopped else "time_limit"
