"""The main job: a campaign in, a proven plan with its answers out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from app.services.answers import plan_tables
from app.services.answers.creator_rows import CreatorRows
from app.services.answers.price_estimates import PriceEstimates
from app.services.answers.ranges import ranges
from app.services.answers.relaxations import relaxations
from app.services.answers.rules import next_1000, next_1000_people, rules
from app.services.answers.value import OnProgress, conflicts, progress_told, totals, value
from app.services.translate import Campaign
from app.wire.optimization import AssumptionRow, CreatorRow, Decision, Issue, Result, Timings
from app.wire.problem import issue_of
from app.wire.relaxation import Relaxation
from optimizer.solution import Solution, SolutionStatus, StopReason
from optimizer.solve import solve

ShouldStop = Callable[[], bool]


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """A solved campaign. warnings: as in the resource. creators: the rows of /creators, made on demand.

    solution: what the result was made of.
    """

    solution_status: SolutionStatus
    stop_reason: StopReason
    result: Result
    warnings: list[Issue]
    creators: CreatorRows
    solution: Solution

    def creator_chunks(self, decision: Decision, size: int = 500) -> Iterator[list[CreatorRow]]:
        """The rows of one decision in the order of ids, at most ``size`` at a time."""
        return self.creators.chunks(decision, size)

    def creator_documents(self, decision: Decision, size: int = 500) -> Iterator[list[dict[str, Any]]]:
        """As ``creator_chunks``, without a model per row, for those who only write them down."""
        return self.creators.documents(decision, size)


def run(
    campaign: Campaign,
    read_s: float,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Outcome:
    """Solve the campaign within its brief's limits and answer around the plan.

    read_s: what reading and checking the brief took, for the timings. ``on_progress`` and ``should_stop`` are
    called while solving; a stopped solve keeps its best plan.
    """
    start = perf_counter()
    told = progress_told(campaign, on_progress)
    solution = solve(campaign.problem, campaign.brief.solver.limits(), told, should_stop)
    solved = perf_counter()
    prices = PriceEstimates.of(campaign, solution)
    creators = CreatorRows.of(campaign, solution, prices)
    found = relaxations(campaign, solution, solved - start, should_stop)
    parts = _parts(campaign, solution, prices, found.rows)
    answers_s = perf_counter() - solved
    solve_s = solved - start
    timings = Timings(
        read_s=read_s,
        forecast_s=campaign.forecast_s,
        solve_s=solve_s,
        answers_s=answers_s,
        total_s=read_s + campaign.forecast_s + solve_s + answers_s,
    )
    return Outcome(
        solution_status=solution.status,
        stop_reason=solution.stop_reason,
        result=parts.model_copy(update={"timings": timings}),
        warnings=[issue_of(fault) for fault in (*campaign.warnings, *found.warnings)],
        creators=creators,
        solution=solution,
    )


def _parts(campaign: Campaign, solution: Solution, prices: PriceEstimates, changes: list[Relaxation]) -> Result:
    """The result but for its timings, which are 0."""
    assumptions = [
        AssumptionRow(name=used.name, value=used.value, source=used.source, creators=used.creators)
        for used in campaign.forecast.assumptions
    ]
    plan, verdict = solution.plan, solution.verdict
    has_plan = plan is not None and verdict is not None
    return Result(
        value=value(campaign, solution, verdict) if verdict is not None else None,
        totals=totals(campaign, plan, verdict) if plan is not None and verdict is not None else None,
        ranges=ranges(campaign, plan) if plan is not None else None,
        mix=plan_tables.mix(campaign, plan) if plan is not None else [],
        segments=plan_tables.segments(campaign, plan) if plan is not None else [],
        selection=plan_tables.selection(campaign, plan, prices) if plan is not None else [],
        rules=rules(campaign, solution, verdict) if verdict is not None else [],
        next_1000=next_1000(campaign, solution) if has_plan else None,
        next_1000_people=next_1000_people(campaign, solution),
        conflicts=conflicts(campaign, solution),
        relaxations=changes,
        assumptions=assumptions,
        timings=Timings(read_s=0, forecast_s=0, solve_s=0, answers_s=0, total_s=0),
        difference=None,
    )
