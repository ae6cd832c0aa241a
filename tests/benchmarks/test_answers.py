"""The measurement of answers, small."""

import pytest

from benchmarks import answers
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
