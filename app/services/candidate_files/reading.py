"""From a candidate file to columns: the way every format takes."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from app.errors import Fault, InvalidCandidateFile
from app.services.candidate_files.block import Block, block_of
from app.services.candidate_files.chunk import Chunk, Piece, Source
from app.services.candidate_files.collected import Collected
from app.services.candidate_files.delimited import Delimited
from app.services.candidate_files.exact import closer_look
from app.services.candidate_files.file_columns import FileColumns
from app.services.candidate_files.files import Opened, format_of
from app.services.candidate_files.merge import merged
from app.services.candidate_files.ndjson import Ndjson
from app.services.candidate_files.parquet import Parquet
from app.settings import usable_cpus
from app.wire.garbage import collector_paused
from app.wire.money import Currency

MOST_THREADS = 4


def read_candidates(path: Path, currency: Currency, wanted: frozenset[str]) -> FileColumns:
    """The candidates of a CSV, NDJSON or Parquet file.

    currency: of the prices. wanted: the audience dimensions that the target uses. Raises InvalidCandidateFile with
    the first faults when there is any, and OSError when the file cannot be read.
    """
    with _opened(path) as source, collector_paused():
        faults = Collected(path.name, source.counted_in)
        blocks: list[Block] = []
        for stretch in _read(source.pieces(), currency):
            blocks += stretch.blocks
            faults.add(stretch.faults)
            if faults.too_many:
                faults.refuse(complete=False)
        faults.refuse()
        if not blocks:
            detail = f"{path.name} has no candidates; it needs at least one creator."
            raise InvalidCandidateFile(detail, [Fault("candidates_needed", "", detail)], source=path.name)
        return merged(blocks, source.one_offer_per_row, wanted, faults)


@contextmanager
def _opened(path: Path) -> Iterator[Source]:
    """The file as what its name says it is, closed afterwards."""
    kind = format_of(path)
    with Opened(path) as file:
        if kind == "parquet":
            yield Parquet(file)
        else:
            yield Ndjson(file) if kind == "ndjson" else Delimited(file)


@dataclass(frozen=True, eq=False, slots=True)
class _Stretch:
    """What was read of a piece."""

    blocks: list[Block] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def _read(pieces: Iterator[Piece], currency: Currency) -> Iterator[_Stretch]:
    """The pieces in their order, a few at a time: Arrow computes without the interpreter's lock."""
    threads = min(usable_cpus(), MOST_THREADS)
    with ThreadPoolExecutor(threads, "candidates") as pool:
        running: list[Future[_Stretch]] = []
        try:
            for piece in pieces:
                running.append(pool.submit(_stretch, piece, currency))
                if len(running) > threads:
                    yield running.pop(0).result()
            while running:
                yield running.pop(0).result()
        finally:
            for future in running:
                future.cancel()


def _stretch(piece: Piece, currency: Currency) -> _Stretch:
    found = _Stretch()
    for chunk in piece.chunks():
        sure, doubtful = _sure(chunk, currency)
        found.blocks.extend(sure)
        block, faults = closer_look(chunk, np.flatnonzero(doubtful).tolist(), currency)
        found.blocks.extend([block] if block is not None else [])
        found.faults.extend(faults)
    return found


def _sure(chunk: Chunk, currency: Currency) -> tuple[list[Block], np.ndarray]:
    """The block of the rows that are surely right, and which are not: bool (r,)."""
    if chunk.table is None:
        return [], chunk.doubtful
    block, doubtful = block_of(chunk.table, chunk.line, currency)
    doubtful = doubtful | chunk.doubtful
    if not doubtful.any():
        return [block], doubtful
    kept = np.flatnonzero(~doubtful)
    if not len(kept):
        return [], doubtful
    table = {name: array.take(pa.array(kept)) for name, array in chunk.table.items()}
    block, again = block_of(table, chunk.line[kept], currency)
    if again.any():
        raise AssertionError("a row is sure beside others and doubtful without them")
    return [block], doubtful
