"""Which cases a run measures, what matters most first: when time runs out, the peers at the end are left out."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.families import FAMILIES
from benchmarks.record import OURS

LIMIT_S = 10.0
"""Our time limit, in every case."""
CLAIMED = (
    ("plain", 100_000),
    ("offers-rules", 100_000),
    ("plain", 1_000_000),
    ("large-5000", 100_000),
    ("brief", 50),
)
"""Cases that claims are about, with more seeds."""
_MILLIONS = ("plain", 10_000_000)


@dataclass(frozen=True, slots=True)
class Batch:
    """Cases of one family, size and solver, measured one after the other in one process."""

    family: str
    size: int
    seeds: tuple[int, ...]
    solver: str = OURS
    limit_s: float = LIMIT_S


def _seeds(number: int) -> tuple[int, ...]:
    return tuple(range(1, number + 1))


def quick() -> Iterator[Batch]:
    """The claims: ours and greedy on every family at two sizes, CBC with the time that is left."""
    for name, size in CLAIMED:
        yield Batch(name, size, _seeds(3))
    yield Batch(*_MILLIONS, seeds=(1,))
    for name, family in FAMILIES.items():
        for size in (family.sizes[0], 10_000):
            if size in family.sizes and (name, size) not in CLAIMED:
                yield Batch(name, size, (1,))
                yield Batch(name, size, (1,), "greedy")
    yield Batch("plain", 1_000, (1,), "cbc", 10.0)
    yield Batch("plain", 100_000, (1,), "cbc", 120.0)
    yield Batch("offers-rules", 100_000, (1,), "cbc", 120.0)


def whole() -> Iterator[Batch]:
    """Everything: ours and greedy everywhere, CBC where it may end, the others where they were asked about."""
    for name, size in CLAIMED:
        yield Batch(name, size, _seeds(5))
    yield Batch(*_MILLIONS, seeds=(1,))
    for name, size in CLAIMED[:2]:
        yield Batch(name, size, (1,), "cbc", 150.0)
    for name, family in FAMILIES.items():
        for size in family.sizes:
            if (name, size) != _MILLIONS:
                yield Batch(name, size, _seeds(_number_of_seeds(size)))
                yield Batch(name, size, _seeds(_number_of_seeds(size)), "greedy", 30.0)
    yield Batch(*_MILLIONS, seeds=(1,), solver="greedy", limit_s=60.0)
    for name, family in FAMILIES.items():
        for size in family.sizes:
            if size <= 10_000:
                yield Batch(name, size, (1,), "cbc", 15.0)
    for solver in ("scip", "highs", "cp-sat", "scipy"):
        for size, limit_s in ((1_000, 15.0), (10_000, 30.0), (100_000, 90.0)):
            yield Batch("plain", size, (1,), solver, limit_s)
    for name, family in FAMILIES.items():
        if name != "plain" and 1_000 in family.sizes:
            for solver in ("scip", "highs", "cp-sat"):
                yield Batch(name, 1_000, (1,), solver, 8.0)


def _number_of_seeds(size: int) -> int:
    return 3 if size <= 10_000 else 2 if size <= 100_000 else 1
