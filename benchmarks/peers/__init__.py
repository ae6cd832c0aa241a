"""What a user would take instead: general solvers on the full model with tangents, and greedy."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from benchmarks.peers.answer import Answer, Asked
from optimizer.problem import Problem


@dataclass(frozen=True, slots=True)
class Peer:
    """name: in tables. module: of this package, with a ``solve``; package: the distribution whose version is said."""

    name: str
    module: str
    package: str

    def load(self) -> Callable[[Problem, Asked], Answer]:
        """Its ``solve``. Only in a process of its own: HiGHS and OR-Tools cannot be loaded into one."""
        solve: Callable[[Problem, Asked], Answer] = import_module(f"{__name__}.{self.module}").solve
        return solve


PEERS = {
    "cbc": Peer("PuLP + CBC", "pulp_cbc", "pulp"),
    "scip": Peer("SCIP", "scip", "ortools"),
    "highs": Peer("HiGHS", "highs", "highspy"),
    "cp-sat": Peer("CP-SAT", "cp_sat", "ortools"),
    "scipy": Peer("scipy milp", "scipy_milp", "scipy"),
    "greedy": Peer("greedy", "greedy", "numpy"),
}
