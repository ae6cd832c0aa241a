"""What is kept of a measured case: a line of JSON in the file that tables, charts and claims are made from."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

OURS = "creatormix"


@dataclass(frozen=True, slots=True)
class Record:
    """A measured case.

    size: creators; offers, segments: of the problem. ending: optimal, feasible, infeasible, no_solution (ours), proven,
    infeasible, time limit, failed, no proof (peers), killed. value: the judge's, None without a plan that keeps every
    rule; broken: rules that the plan breaks. bound, gap: ours in net people, a peer's by its own model. build_s: from
    arrays to the solver's model, 0 for us; total_s: from arrays to plan. first_plan_s: when we had any plan.
    exponents_s: computing c alone from engaged people and shares. known_feasible: the family's own plan keeps every
    rule. tangent_error: of a peer's model, relative to the value. made_s: drawing the problem.
    """

    family: str
    size: int
    seed: int
    solver: str
    limit_s: float
    version: str
    ending: str
    offers: int = 0
    segments: int = 0
    value: float | None = None
    bound: float | None = None
    gap: float | None = None
    chosen: int | None = None
    broken: tuple[str, ...] = ()
    build_s: float = 0.0
    total_s: float = 0.0
    rounds: int = 1
    first_plan_s: float | None = None
    exponents_s: float | None = None
    tangent_error: float | None = None
    known_feasible: bool = True
    peak_mb: float | None = None
    made_s: float = 0.0
    phases: dict[str, float] | None = None

    def line(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def of_line(cls, line: str) -> "Record":
        """The record of a line."""
        fields = json.loads(line)
        return cls(**fields | {"broken": tuple(fields["broken"])})

    @property
    def key(self) -> tuple[str, int, int, str]:
        """What was measured."""
        return self.family, self.size, self.seed, self.solver

    @property
    def ended(self) -> bool:
        """Whether it says something: a peer that was killed at its limit did not end within it, we must."""
        return self.ending != "failed" and (self.ending, self.solver) != ("killed", OURS)

    @property
    def proven(self) -> bool:
        """Whether it ended with a plan that its solver calls best, and that keeps every rule."""
        return self.ending in ("optimal", "proven") and self.value is not None


def read_records(path: Path) -> list[Record]:
    """The records of a file, a later one in place of an earlier one of the same case; none without the file."""
    if not path.exists():
        return []
    lines = [line for line in path.read_text().splitlines() if line.startswith('{"family"')]
    return list({record.key: record for record in map(Record.of_line, lines)}.values())
