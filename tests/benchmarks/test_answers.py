"""The measurements of answers, small."""

import pytest

from benchmarks import answers, over_http
from benchmarks.families import FAMILIES


@pytest.mark.parametrize("family", answers.DRAWN)
def test_every_answer_is_measured_on_the_market_of_its_problem(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "ROUNDS", 1)
    solve_s, took_s, exact_s = answers.measured(family, 60, 1)
    assert solve_s > 0
    assert exact_s > 0
    assert set(took_s) == set(answers.ANSWERS)
    problem, market = FAMILIES[family].make(60, 1).problem, answers.DRAWN[family](60, 1)
    assert problem.cost.tolist() == market.cost.tolist()


def test_every_question_is_asked_of_a_running_service(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = (over_http.Kind(2, "0.5", rules=True),)
    monkeypatch.setattr(over_http, "KINDS", kinds)
    with over_http.service() as client:
        head, rule, row = over_http.table(client, 40, (1,))
    assert head.count("|") == rule.count("|") == row.count("|")
    figures = [float(cell) for cell in row.strip("| ").split(" | ")[4:]]
    assert len(figures) == len(over_http.QUESTIONS) + 2
    assert figures[0] > 0
