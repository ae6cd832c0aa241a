"""The optimization that a question is about: its campaign and its solution."""

from collections.abc import Callable
from dataclasses import dataclass

from app.errors import NotAnswerable
from app.services import optimizations
from app.services.briefs import ANY_NUMBER
from app.services.opened import Latest, opened
from app.services.questions import proof
from app.services.translate import Campaign, translate
from app.settings import Settings
from app.storage import proofs
from app.storage.database import Database
from app.wire.figures import Answer
from app.wire.optimization import Optimization
from app.wire.parse import parse_brief
from optimizer.forecast.benchmarks import Benchmarks
from optimizer.solution import Limits, Solution
from optimizer.solve import solve


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """A solved campaign. solution: with the plan that was answered, its bound and the prices that prove it."""

    campaign: Campaign
    solution: Solution

    @property
    def limits(self) -> Limits:
        """The limits of the brief; each further solve has them for itself."""
        return self.campaign.brief.solver.limits()


def of_stored(
    database: Database, tenant_id: str, optimization_id: str, benchmarks: Benchmarks, latest: Latest | None = None
) -> Asked:
    """A finished optimization with the plan that it answered. latest: may know its campaign from a question before.

    Raises NotFound, and NotAnswerable when it has not succeeded or when other benchmarks are in use by now.
    """
    with database.reading() as session:
        optimization = optimizations.get(session, tenant_id, optimization_id)
        content = proofs.find(session, optimization_id)
    _require_answerable(optimization, benchmarks)

    def read() -> Campaign:
        with database.reading() as session:
            raw = optimizations.brief(session, tenant_id, optimization_id)
        return translate(parse_brief(raw, ANY_NUMBER), benchmarks)

    campaign = (latest or Latest()).of(optimization_id, read)
    if content is None:  # solved before proofs were kept
        return Asked(campaign, solve(campaign.problem, campaign.brief.solver.limits()))
    return Asked(campaign, proof.read(content, campaign.problem))


def answer(settings: Settings, tenant_id: str, optimization_id: str, question: Callable[[Asked], Answer]) -> bytes:
    """The JSON of the answer to a question about a stored optimization; runs in a process of its own.

    Raises NotFound, NotAnswerable, and what the question raises.
    """
    at = opened(settings)
    about = of_stored(at.database, tenant_id, optimization_id, at.benchmarks, at.latest)
    return question(about).model_dump_json().encode()


def _require_answerable(optimization: Optimization, benchmarks: Benchmarks) -> None:
    if optimization.status != "succeeded":
        raise NotAnswerable(f"Optimization {optimization.id} is {optimization.status}; ask when it has succeeded.")
    known = optimization.reproducibility
    if known is not None and known.parameters_hash != benchmarks.hash:
        raise NotAnswerable(
            f"Optimization {optimization.id} was forecast with other benchmarks than the service uses now; "
            "post its brief again and ask about the new one."
        )
