"""What one plan has that another has not, and facts about why."""

from dataclasses import dataclass

import numpy as np

from optimizer.answers.explain import contributions, engaged_on_top
from optimizer.columns import Flags, Floats, Positions
from optimizer.problem import Problem

OPEN_AGAIN = 0.01
"""Share of more people from which on an audience counts as open again: in a segment all creators overlap a little."""


@dataclass(frozen=True, eq=False, slots=True)
class Difference:
    """From one plan to another, sorted positions of offers; another offer of the same creator is dropped and added.

    kept, dropped: with the first plan all of it. kept, added: with the second all of it.
    brings_dropped: net value that each of ``dropped`` brought to the first plan; brings_kept, brings_added: that each
    brings to the second (engaged people, negative where only a rule keeps it in).
    """

    kept: Positions
    dropped: Positions
    added: Positions
    brings_kept: Floats
    brings_dropped: Floats
    brings_added: Floats


def difference(problem: Problem, before: Positions, after: Positions) -> Difference:
    """The difference between two plans of one problem; ``before`` may break its rules."""
    lost, now = contributions(problem, before), contributions(problem, after)
    stays, was_there = np.isin(before, after), np.isin(after, before)
    return Difference(
        kept=after[was_there],
        dropped=before[~stays],
        added=after[~was_there],
        brings_kept=now[was_there],
        brings_dropped=lost[~stays],
        brings_added=now[~was_there],
    )


def open_again(problem: Problem, before: Positions, found: Difference) -> Flags:
    """Whether each added offer engages clearly more people on top of what is kept than on top of all of ``before``.

    bool (added,): True when dropped offers had reached so many of its people that it engages 1 % more without them.
    """
    then, now = (engaged_on_top(problem, plan)[found.added] for plan in (before, found.kept))
    return np.asarray(now > then * (1 + OPEN_AGAIN))
