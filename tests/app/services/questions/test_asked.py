"""What is asked about is what was answered: the stored plan, its bound and its prices, without solving again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.errors import NotAnswerable, NotFound
from app.services import optimizations
from app.services.caller import command_line
from app.services.opened import Latest
from app.services.questions import asked, proof
from app.settings import Settings, load_settings
from app.storage import migrate
from app.storage.database import Database
from app.storage.tables import DEFAULT_TENANT
from optimizer.forecast.benchmarks import load_benchmarks
from optimizer.solution import Limits
from optimizer.solve import solve
from tests.app.services import queue
from tests.builders import body, brief, creator
from tests.optimizer.problems import random_problem

BENCHMARKS = load_benchmarks()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(database_url=f"sqlite:///{tmp_path}/asked.db")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    migrate.upgrade(settings.database_url)
    database = Database(settings.database_url)
    yield database
    database.close()


def solved(database: Database, settings: Settings, document: object) -> str:
    return queue.solved(database, settings, BENCHMARKS, queue.posted(body(document), settings)).id


def test_the_answered_plan_is_asked_about(database: Database, settings: Settings) -> None:
    optimization_id = solved(database, settings, brief(budget="200.00"))
    about = asked.of_stored(database, DEFAULT_TENANT, optimization_id, BENCHMARKS)
    with database.reading() as session:
        result = optimizations.get(session, DEFAULT_TENANT, optimization_id).result
    assert result is not None
    assert about.solution.plan is not None
    creators = about.campaign.candidates.creator_id[about.campaign.problem.creator[about.solution.plan]]
    assert creators.tolist() == [row.creator_id for row in result.selection]
    assert about.solution.status == "optimal"


def test_an_infeasible_one_keeps_its_conflict(database: Database, settings: Settings) -> None:
    rules = [{"kind": "require", "creator_id": "c1", "name": "the face"}]
    dear = creator("c1", offers=[{"id": "1 reel", "format": "reel", "price": "5000.00"}])
    optimization_id = solved(database, settings, brief(rules=rules, candidates=[dear, creator("c2")]))
    about = asked.of_stored(database, DEFAULT_TENANT, optimization_id, BENCHMARKS)
    assert about.solution.status == "infeasible"
    assert set(about.solution.conflicts) == {"the face", "budget"}


def test_an_unknown_one_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        asked.of_stored(database, DEFAULT_TENANT, "opt_01KAN5V8YH09D6M2X4QZ7C3WTB", BENCHMARKS)


def test_other_benchmarks_by_now_are_said(database: Database, settings: Settings) -> None:
    optimization_id = solved(database, settings, brief())
    with pytest.raises(NotAnswerable, match="other benchmarks"):
        asked.of_stored(database, DEFAULT_TENANT, optimization_id, replace(BENCHMARKS, hash="another"))


@pytest.mark.parametrize("seed", range(60))
def test_a_kept_solution_comes_back_whole(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), rules=3, inverse=seed % 3 == 0)
    solution = solve(problem, Limits())
    again = proof.read(proof.written(solution), problem)
    assert (again.status, again.stop_reason, again.conflicts) == (
        solution.status,
        solution.stop_reason,
        solution.conflicts,
    )
    assert (again.best_bound, again.relative_gap) == (solution.best_bound, solution.relative_gap)
    if solution.plan is None or solution.duals is None:
        assert again.plan is None
        return
    assert again.plan is not None
    assert again.duals is not None
    assert again.plan.tolist() == solution.plan.tolist()
    assert again.duals.rules == solution.duals.rules
    if not any(rule.kind == "only_with" for rule in problem.rules):
        np.testing.assert_allclose(again.duals.reduced_profit, solution.duals.reduced_profit, rtol=1e-9, atol=1e-9)


def test_a_campaign_is_read_once_for_several_questions_and_never_for_another_or_an_erased_one(
    database: Database, settings: Settings
) -> None:
    latest = Latest()
    first, second = (solved(database, settings, brief(budget=budget)) for budget in ("200.00", "100.00"))
    about = asked.of_stored(database, DEFAULT_TENANT, first, BENCHMARKS, latest)
    assert asked.of_stored(database, DEFAULT_TENANT, first, BENCHMARKS, latest).campaign is about.campaign
    assert asked.of_stored(database, DEFAULT_TENANT, second, BENCHMARKS, latest).campaign.problem.budget == 100_00
    assert asked.of_stored(database, DEFAULT_TENANT, first, BENCHMARKS, latest).campaign.problem.budget == 200_00
    with pytest.raises(NotFound):
        asked.of_stored(database, "another", first, BENCHMARKS, latest)
    with database.writing() as session:
        optimizations.erase(session, command_line(), first)
    with pytest.raises(NotFound):
        asked.of_stored(database, DEFAULT_TENANT, first, BENCHMARKS, latest)
