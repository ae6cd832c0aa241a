"""What proved the plan of an optimization. Nothing here commits."""

import zlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.tables import ProofRow


def add(session: Session, optimization_id: str, content: bytes) -> None:
    """Keep the proof of an optimization."""
    session.add(ProofRow(optimization_id=optimization_id, content=zlib.compress(content, 1)))


def find(session: Session, optimization_id: str) -> bytes | None:
    """The proof as it was added; None where none was."""
    content = session.scalar(select(ProofRow.content).where(ProofRow.optimization_id == optimization_id))
    return None if content is None else zlib.decompress(content)
