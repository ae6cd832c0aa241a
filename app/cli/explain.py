"""``creatormix explain``: why these creators, and why not the others."""

from typing import Annotated

import typer
from rich.console import Console

from app.cli.asking import BriefArgument, CandidatesOption, JsonOption, received
from app.cli.clash import show_clash
from app.cli.edge import EXIT_INFEASIBLE, EXIT_NO_PLAN, STDIN, OutputConsole, read_bytes, reported, write
from app.cli.explained_creator import show_creator
from app.cli.explained_plan import show_plan
from app.cli.solving import watch
from app.cli.words import money, people
from app.services.questions.explanation import creator_explanation, explanation
from app.services.run import Outcome, run
from app.services.translate import Campaign
from app.settings import load_settings


def explain(
    brief: BriefArgument,
    creator: Annotated[
        str | None, typer.Option(metavar="ID", help="Everything about this creator, with exact prices.")
    ] = None,
    candidates: CandidatesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Solve a brief and say why these creators are chosen, what holds the plan back, and why not the others.

    Exit codes: 0 explained, 2 invalid (problem details on stderr), 3 infeasible, 4 no plan in time.
    """
    with reported("stdin" if brief == STDIN else brief):
        settings = load_settings()
        asked = received(read_bytes(brief, settings.max_body_bytes), settings, candidates)
        campaign = asked.campaign
        outcome = watch(
            lambda on_progress, should_stop: run(campaign, asked.read_s, on_progress, should_stop),
            Console(stderr=True, highlight=False),
        )
        console = OutputConsole()
        if creator is not None:
            about = creator_explanation(campaign, outcome, creator)
            if as_json:
                write(f"{about.model_dump_json()}\n")
            else:
                show_creator(console, about, campaign.currency.code, campaign.handles([creator]).get(creator))
                if outcome.result.totals is None:
                    _no_plan(console, campaign, outcome, as_json)
        elif as_json:
            write(f"{explanation(campaign, outcome).model_dump_json()}\n")
        elif outcome.result.totals is not None:
            show_plan(console, explanation(campaign, outcome), outcome.result, campaign)
    if creator is None and outcome.result.totals is None:
        raise typer.Exit(_no_plan(console, campaign, outcome, as_json))


def _no_plan(console: Console, campaign: Campaign, outcome: Outcome, as_json: bool) -> int:
    """Say why there is nothing to explain; the exit code."""
    infeasible = outcome.solution_status == "infeasible"
    if as_json:
        return EXIT_INFEASIBLE if infeasible else EXIT_NO_PLAN
    if infeasible:
        code, problem = campaign.currency.code, campaign.problem
        goal = "" if problem.goal is None else f"{people(problem.goal)} engaged people"
        budget = f"{money(campaign.currency.format(problem.budget))} {code}"
        show_clash(console, outcome.result, code, {"budget": budget, "goal": goal})
        return EXIT_INFEASIBLE
    console.print("No plan was found in time; give it more (solver.time_limit) or fewer rules.")
    return EXIT_NO_PLAN
