"""A candidate file on disk, opened by what its name says it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.errors import InvalidCandidateFile

FORMATS = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet"}
"""Ending of a file's name to its format."""

_WIDE_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def format_of(path: Path) -> str:
    """csv, ndjson or parquet, by the ending of the name. Raises InvalidCandidateFile."""
    name = path.name.lower()
    ending = Path(name.removesuffix(".gz")).suffix
    known = FORMATS.get(ending)
    if known is None or (known == "parquet" and name.endswith(".gz")):
        detail = (
            f"{path.name} does not say what it is: expected a name that ends with .csv, .ndjson, .jsonl "
            "(each also with .gz) or .parquet."
        )
        raise InvalidCandidateFile(detail, source=path.name)
    return known


class Opened:
    """The bytes of a file, unpacked where its name ends with .gz."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self._stream: Any = self._open()

    def read(self, most: int) -> bytes:
        """At most so many bytes more, empty at the end."""
        return bytes(self.guarded(lambda: self._stream.read(most)))

    def again(self) -> "Opened":
        """The same file from its beginning."""
        return Opened(self.path)

    def stream(self) -> Any:
        """The stream itself, for Arrow's readers."""
        return self._stream

    def guarded(self, read: Callable[[], bytes]) -> bytes:
        """What ``read`` returns. Raises InvalidCandidateFile where a packed file is damaged."""
        try:
            return read()
        except OSError as error:
            if not self.name.lower().endswith(".gz"):
                raise
            detail = (
                f"{self.name} is no whole gzip file: {error}. Pack it again, or leave out .gz where it is not packed."
            )
            raise InvalidCandidateFile(detail, source=self.name) from None

    def refuse_other_encoding(self, data: bytes) -> None:
        """Raise InvalidCandidateFile when the first bytes are those of another encoding than UTF-8, or packed."""
        for mark, name in _WIDE_MARKS.items():
            if data.startswith(mark):
                raise InvalidCandidateFile(f"{self.name} is in {name}; save it as UTF-8.", source=self.name)
        if data.startswith(b"\x1f\x8b"):
            detail = f"{self.name} is packed with gzip; let its name end with .gz."
            raise InvalidCandidateFile(detail, source=self.name)
        if data.startswith(b"PAR1"):
            detail = f"{self.name} is a Parquet file; let its name end with .parquet."
            raise InvalidCandidateFile(detail, source=self.name)
        if data.startswith(b"PK\x03\x04"):
            detail = f"{self.name} is a zip file or a workbook (.xlsx); save the sheet as CSV in UTF-8."
            raise InvalidCandidateFile(detail, source=self.name)

    def _open(self) -> Any:
        self.path.open("rb").close()  # says what is wrong in the words of the system
        packed = "gzip" if self.name.lower().endswith(".gz") else None
        return pa.input_stream(str(self.path), compression=packed)
