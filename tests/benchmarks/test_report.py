"""From records to claims, defects and tables."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.claims import claims, defects
from benchmarks.plans import quick, whole
from benchmarks.record import OURS, Record, read_records
from benchmarks.report import body, claims_table, seconds, slope

GOOD = Record(
    family="plain", size=100_000, seed=1, solver=OURS, limit_s=10.0, version="1", ending="optimal", offers=100_000,
    segments=8, value=1000.0, bound=1000.0005, gap=5e-7, chosen=12, total_s=0.1, first_plan_s=0.01, peak_mb=300.0,
)  # fmt: skip
CBC = replace(GOOD, solver="cbc", ending="proven", bound=None, gap=None, build_s=4.0, total_s=24.0, tangent_error=1e-6)
GREEDY = replace(GOOD, solver="greedy", ending="no proof", value=990.0, bound=None, gap=None, total_s=0.02)


def _claim(records: list[Record], words: str) -> tuple[str, bool | None]:
    (found,) = [claim for claim in claims(records) if words in claim.words]
    return found.figure, found.holds


def test_a_ratio_counts_building_and_shows_the_other() -> None:
    figure, holds = _claim([GOOD, CBC], "one offer")
    assert figure.startswith("240 x (200 x without building)")
    assert holds


def test_a_peer_that_ran_into_its_limit_gives_a_least_ratio() -> None:
    figure, holds = _claim([GOOD, replace(CBC, ending="time limit", value=None)], "one offer")
    assert figure.startswith(">= 240 x")
    assert "CBC did not end" in figure
    assert holds


def test_a_ratio_that_a_peers_limit_cannot_show_is_undecided() -> None:
    assert _claim([GOOD, replace(CBC, ending="killed", value=None, total_s=10.0)], "one offer")[1] is None


@pytest.mark.parametrize(
    "ours", [replace(GOOD, gap=2e-6), replace(GOOD, total_s=0.3), replace(GOOD, value=999.0), replace(GOOD, gap=None)]
)
def test_a_claim_fails_on_time_value_or_gap(ours: Record) -> None:
    assert _claim([ours, CBC], "one offer")[1] is False


def test_what_was_not_measured_neither_holds_nor_fails() -> None:
    assert {claim.holds for claim in claims([])} == {None}
    assert "| not measured | - |" in claims_table(claims([]))


def test_less_than_greedy_fails_and_within_a_millionth_does_not() -> None:
    assert _claim([GOOD, GREEDY], "every family")[1] is True
    assert _claim([GOOD, replace(GREEDY, value=1000.0005)], "every family")[1] is True
    assert _claim([GOOD, replace(GREEDY, value=1001.0)], "every family")[1] is False


def test_an_honest_gap_at_the_time_limit_is_allowed_and_a_late_end_is_not() -> None:
    late = replace(GOOD, gap=0.01, ending="feasible", total_s=10.1)
    assert _claim([late], "every family")[1] is True
    assert _claim([replace(late, total_s=11.0)], "every family")[1] is False


def test_less_than_a_peer_that_ended_fails() -> None:
    assert _claim([GOOD, replace(CBC, value=1000.1)], "a peer finishes")[1] is False
    assert _claim([GOOD, replace(CBC, value=1000.1, ending="time limit")], "a peer finishes")[1] is None


def test_a_plan_above_our_bound_is_a_defect_whoever_found_it() -> None:
    assert defects([GOOD, CBC, GREEDY]) == []
    (found,) = defects([GOOD, replace(CBC, value=1000.001, ending="time limit")])
    assert "cbc has a plan worth 1000.001, above our bound 1000.0005" in found


def test_a_feasible_problem_called_infeasible_is_a_defect() -> None:
    (found,) = defects([replace(GOOD, ending="infeasible", value=None, bound=None, gap=None)])
    assert found == "plain 100,000 seed 1: infeasible"


def test_records_are_read_back_and_the_later_one_counts(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    later = replace(GOOD, broken=("budget",), phases={"core": 0.05})
    file.write_text("".join(record.line() + "\n" for record in (GOOD, CBC, later)))
    assert read_records(file) == [later, CBC]
    assert read_records(tmp_path / "none.jsonl") == []


def test_the_slope_of_linear_growth_is_one() -> None:
    grown = [replace(GOOD, size=size, total_s=2e-6 * size) for size in (1_000, 100_000, 1_000_000, 10_000_000)]
    fitted = slope(grown, "plain")
    assert fitted is not None
    assert fitted[0] == pytest.approx(1.0)
    assert fitted[1] == 10_000_000


def test_the_page_shows_each_measured_family_beside_its_peers() -> None:
    broken = replace(CBC, value=None, broken=("budget",), ending="time limit")
    text = body([GOOD, CBC, GREEDY, replace(broken, solver="highs")], claims([GOOD, CBC]), {})
    assert "| plain | 100,000 | PuLP + CBC | 100 ms | 24 s | 4.00 s | 240.0 x | same |" in text
    assert "| >= 240.0 x | breaks budget |" in text
    assert "**plain**: 8 segments" in text
    assert "**offers**" not in text


@pytest.mark.parametrize(("took", "shown"), [(0.00123, "1.2 ms"), (0.25, "250 ms"), (1.234, "1.23 s"), (61.0, "61 s")])
def test_seconds_have_a_fitting_unit(took: float, shown: str) -> None:
    assert seconds(took) == shown


def test_no_run_measures_a_case_twice() -> None:
    for plan in (list(quick()), list(whole())):
        cases = [(b.family, b.size, seed, solver) for b in plan for seed in b.seeds for solver in b.solvers]
        peers = [case for case in cases if case[3] != OURS]
        assert len(set(peers)) == len(peers)
