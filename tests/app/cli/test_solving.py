"""Watching a solve: what it returns and raises, and what a terminal shows meanwhile."""

import io
import threading
from typing import cast

import pytest
from rich.console import Console
from rich.status import Status

from app.cli import solving
from app.services.answers.value import OnProgress
from app.services.run import Outcome, ShouldStop
from optimizer.solution import Progress

OUTCOME = cast(Outcome, object())


def watched(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> str:
    """What is written while a solve reports progress, waits to be seen on a terminal, and ends."""
    monkeypatch.setattr(solving, "QUIET_S", 0.0)
    paper = io.StringIO()
    console = Console(file=paper, force_terminal=terminal, width=100)
    seen = threading.Event()
    show = solving._show

    def notice(status: Status, at: solving._Watched[Outcome]) -> None:
        show(status, at)
        if at.progress is not None:
            seen.set()

    monkeypatch.setattr(solving, "_show", notice)

    def work(on_progress: OnProgress, should_stop: ShouldStop) -> Outcome:
        on_progress(Progress("core", 1234.5, 1240.0, 0.004, 3.0))
        assert not should_stop()
        if terminal:
            assert seen.wait(10)
        return OUTCOME

    assert solving.watch(work, console) is OUTCOME
    return paper.getvalue()


def test_a_terminal_shows_phase_value_bound_and_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = watched(monkeypatch, terminal=True)
    for expected in ("core", "value 1,234.5", "bound 1,240.0", "gap 0.004", "Ctrl-C"):
        assert expected in shown


def test_what_is_no_terminal_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert watched(monkeypatch, terminal=False) == ""


def test_what_the_work_raises_is_raised() -> None:
    def work(_on_progress: OnProgress, _should_stop: ShouldStop) -> Outcome:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        solving.watch(work, Console(file=io.StringIO()))
