"""Parts of reports that take long to make, kept once they are made. Nothing here commits."""

import zlib
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.tables import OptimizationRow, ReportPartRow


def add(session: Session, optimization_id: str, parts: Mapping[str, bytes]) -> None:
    """Keep parts by name, those that are kept already anew; nothing where the optimization is erased by now.

    It is locked, so that it is not erased meanwhile, and nobody else keeps the same parts at the same moment.
    """
    own = select(OptimizationRow.id).where(OptimizationRow.id == optimization_id)
    if session.scalar(own.with_for_update(key_share=True)) is None:
        return
    for name, content in parts.items():
        session.merge(ReportPartRow(optimization_id=optimization_id, name=name, content=zlib.compress(content, 6)))


def read(session: Session, optimization_id: str) -> dict[str, bytes]:
    """All parts that are kept, by name."""
    rows = select(ReportPartRow.name, ReportPartRow.content).where(ReportPartRow.optimization_id == optimization_id)
    return {name: zlib.decompress(content) for name, content in session.execute(rows)}
