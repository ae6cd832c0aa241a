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
_OTHERS = ("scip", "highs", "cp-sat", "scipy")


@dataclass(frozen=True, slots=True)
class Batch:
    """Cases of one family and size, measured one after the other in one process.

    limit_s: for each case; times_ours: so many times as long as we took, if that is more and within twice the limit.
    """

    family: str
    size: int
    seeds: tuple[int, ...]
    solvers: tuple[str, ...] = (OURS,)
    limit_s: float = LIMIT_S
    times_ours: int = 0

    @property
    def is_peer(self) -> bool:
        """Whether a general solver is measured."""
        return OURS not in self.solvers


_BOTH = (OURS, "greedy")


def _seeds(number: int) -> tuple[int, ...]:
    return tuple(range(1, number + 1))


def quick() -> Iterator[Batch]:
    """The claims, ours and greedy on every family, CBC beside the claims, then small sizes."""
    for name, size in CLAIMED:
        yield Batch(name, size, _seeds(3))
    yield Batch(*_MILLIONS, seeds=(1,))
    yield Batch("plain", 100_000, (1,), ("cbc",), 60.0, times_ours=150)
    for name, family in FAMILIES.items():
        yield Batch(name, max(size for size in family.sizes if size <= _usual(name)), (1,), _BOTH)
    yield Batch("offers-rules", 100_000, (1,), ("cbc",), 55.0, times_ours=100)
    for name, family in FAMILIES.items():
        if family.sizes[0] == 100:
            yield Batch(name, 100, (1,), _BOTH)
            yield Batch(name, 100, (1,), ("cbc",), 5.0)


def _usual(family: str) -> int:
    return 100_000 if family.startswith("large") else 10_000


def whole() -> Iterator[Batch]:
    """Everything: the claims, ours and greedy everywhere, CBC where it may end, the others where that tells most."""
    for name, size in CLAIMED:
        yield Batch(name, size, _seeds(5))
    yield Batch(*_MILLIONS, seeds=(1,))
    yield Batch("plain", 100_000, (1, 2), ("cbc",), 90.0, times_ours=150)
    yield Batch("offers-rules", 100_000, (1,), ("cbc",), 180.0, times_ours=100)
    for name, family in FAMILIES.items():
        for size in family.sizes:
            if (name, size) != _MILLIONS:
                yield Batch(name, size, _seeds(_number_of_seeds(size)), _BOTH)
    for name, family in FAMILIES.items():
        for size in family.sizes:
            if size <= 1_000:
                yield Batch(name, size, (1,), ("cbc",), 10.0)
    for solver in _OTHERS:
        for size, limit_s in ((1_000, 10.0), (10_000, 30.0), (100_000, 60.0)):
            yield Batch("plain", size, (1,), (solver,), limit_s)
    for name, family in FAMILIES.items():
        if name != "plain" and 1_000 in family.sizes:
            for solver in _OTHERS[:3]:
                yield Batch(name, 1_000, (1,), (solver,), 6.0)
    for name, family in FAMILIES.items():
        if 10_000 in family.sizes:
            yield Batch(name, 10_000, (1,), ("cbc",), 15.0)


def _number_of_seeds(size: int) -> int:
    return 3 if size <= 10_000 else 2 if size <= 100_000 else 1
