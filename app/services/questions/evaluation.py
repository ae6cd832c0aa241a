"""A plan of the caller's own: what it comes to, what it breaks, and how far it is from the best one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from app.errors import InvalidBrief
from app.services.answers import plan_tables
from app.services.answers.difference import Before, plan_difference
from app.services.answers.price_estimates import PriceEstimates
from app.services.answers.value import OnProgress, conflicts, progress_told, share_of_best, totals, value
from app.services.briefs import refuse_long
from app.services.opened import opened
from app.services.questions.planned import Planned, found
from app.services.translate import Campaign, translate
from app.settings import Settings
from app.wire.evaluation import Evaluation, Optimum, RuleCheckRow
from app.wire.evaluation_request import parse_evaluation
from app.wire.optimization import Timings
from app.wire.plan_csv import plan_file_error, read_plan
from app.wire.problem import issue_of
from app.wire.request import below, invalid_request
from optimizer.answers.explain import engaged_alone
from optimizer.columns import Positions
from optimizer.forecast.benchmarks import Benchmarks
from optimizer.judge import judge
from optimizer.rules import Filter
from optimizer.solution import RuleCheck, Solution, Verdict
from optimizer.solve import solve

_MONEY_KINDS = ("budget", "spend")


@dataclass(frozen=True, eq=False, slots=True)
class Evaluated:
    """A plan to be evaluated. place: pointer to its brief within the body, "" where the brief is the body."""

    campaign: Campaign
    plan: Positions
    place: str
    read_s: float


def read_evaluation(raw: bytes, settings: Settings, benchmarks: Benchmarks) -> Evaluated:
    """Check and translate the body of a request.

    Raises MalformedJson, BodyTooLarge, InvalidRequest with all that is wrong; pointers are into the body.
    """
    start = perf_counter()
    brief, selection = parse_evaluation(raw, settings.max_candidates)
    try:
        refuse_long(brief.solver, settings)
        read_s = perf_counter() - start
        campaign = translate(brief, benchmarks)
    except InvalidBrief as error:
        raise invalid_request(below("/brief", error.faults)) from None
    planned = [
        Planned(entry.creator_id, entry.offer_id, f"/selection/{index}") for index, entry in enumerate(selection)
    ]
    plan = found(campaign, planned)
    if plan.faults:
        raise invalid_request(plan.faults)
    return Evaluated(campaign, plan.plan, "/brief", read_s)


def answer(settings: Settings, raw: bytes) -> bytes:
    """The JSON of the answer to the body of a request; runs in a process of its own. Raises as read_evaluation."""
    evaluated = read_evaluation(raw, settings, opened(settings).benchmarks)
    return evaluate(evaluated).model_dump_json().encode()


def of_table(campaign: Campaign, raw: bytes, source: str, read_s: float) -> Evaluated:
    """A plan in a table (CSV) for a campaign. source: the file's name. Raises InvalidPlanFile."""
    rows = read_plan(raw, source)
    plan = found(campaign, [Planned(row.creator_id, row.offer_id, "", row.line) for row in rows])
    if plan.faults:
        raise plan_file_error(source, plan.faults)
    return Evaluated(campaign, plan.plan, "", read_s)


def evaluate(
    asked: Evaluated,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Evaluation:
    """Judge the plan, solve the brief within its limits, and compare the two."""
    campaign, plan = asked.campaign, asked.plan
    start = perf_counter()
    verdict = judge(campaign.problem, plan)
    told = progress_told(campaign, on_progress)
    solution = solve(campaign.problem, campaign.brief.solver.limits(), told, should_stop)
    solution = _at_least(solution, plan, verdict, campaign.brief.solver.limits().relative_gap)
    solved = perf_counter()
    nothing = PriceEstimates.none(campaign)
    checks = [_check_row(campaign, plan, check) for check in verdict.checks]
    answer = Evaluation(
        feasible=verdict.feasible,
        violations=[row.name for row in checks if not row.holds],
        net_value=verdict.net,
        share_of_optimum=share_of_best(campaign.problem, verdict, solution.verdict),
        additive_would_claim=float(engaged_alone(campaign.problem, plan).sum()),
        totals=totals(campaign, plan, verdict),
        mix=plan_tables.mix(campaign, plan),
        segments=plan_tables.segments(campaign, plan),
        selection=plan_tables.selection(campaign, plan, nothing),
        rules=checks,
        optimum=_optimum(campaign, solution),
        difference=plan_difference(campaign, solution, Before.of(campaign, plan)),
        warnings=[issue_of(fault) for fault in below(asked.place, campaign.warnings)],
        timings=Timings(read_s=asked.read_s, forecast_s=campaign.forecast_s, solve_s=0, answers_s=0, total_s=0),
    )
    return answer.model_copy(update={"timings": _timings(answer.timings, solved - start, perf_counter() - solved)})


def _at_least(solution: Solution, plan: Positions, verdict: Verdict, relative_gap: float) -> Solution:
    """The solution, or the plan itself where it keeps every rule and the solve had no time to find a better one."""
    known = solution.verdict
    if not verdict.feasible or (known is not None and known.value >= verdict.value):
        return solution
    gap = None
    if solution.best_bound is not None:
        gap = max(solution.best_bound - verdict.value, 0.0) / max(abs(verdict.value), 1e-9)
    proven = gap is not None and gap <= relative_gap
    return replace(solution, status="optimal" if proven else "feasible", plan=plan, verdict=verdict, relative_gap=gap)


def _optimum(campaign: Campaign, solution: Solution) -> Optimum:
    plan, verdict = solution.plan, solution.verdict
    return Optimum(
        solution_status=solution.status,
        stop_reason=solution.stop_reason,
        value=None if verdict is None else value(campaign, solution, verdict),
        totals=None if plan is None or verdict is None else totals(campaign, plan, verdict),
        conflicts=conflicts(campaign, solution),
    )


def _check_row(campaign: Campaign, plan: Positions, check: RuleCheck) -> RuleCheckRow:
    def in_unit(figure: float | None) -> float | str | None:
        money = figure is not None and check.kind in _MONEY_KINDS
        return campaign.currency.format(int(figure or 0)) if money else figure

    return RuleCheckRow(
        name=check.name,
        kind=check.kind,
        activity=in_unit(check.activity),
        min=in_unit(check.least),
        max=in_unit(check.most),
        holds=check.holds,
        creator_ids=[] if check.holds else _removed(campaign, plan, check.name),
    )


def _removed(campaign: Campaign, plan: Positions, name: str) -> list[str]:
    """The creators of the plan whose offer a filter removes; of any other rule nobody."""
    rules = [rule for rule in campaign.problem.rules if rule.name == name and isinstance(rule, Filter)]
    offers = [plan[np.isin(plan, rule.offers)] for rule in rules]
    creators = campaign.candidates.offer_creator[np.concatenate(offers)] if offers else plan[:0]
    return [str(name) for name in campaign.candidates.creator_id[creators]]


def _timings(known: Timings, solve_s: float, answers_s: float) -> Timings:
    total_s = known.read_s + known.forecast_s + solve_s + answers_s
    return known.model_copy(update={"solve_s": solve_s, "answers_s": answers_s, "total_s": total_s})
