"""A candidate file on disk, opened by what its name says it is."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from app.errors import InvalidCandidateFile

FORMATS = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet"}
"""Ending of a file's name to its format."""

_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


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
        self.name = path.name
        self._packed = self.name.lower().endswith(".gz")
        self._file = path.open("rb", buffering=0)
        self._stream: Any = self._file
        if self._packed:
            self._stream = pa.CompressedInputStream(pa.PythonFile(self._file), "gzip")

    def read(self, most: int) -> bytes:
        """At most so many bytes more, empty at the end. Raises InvalidCandidateFile where a packed file is damaged."""
        try:
            data: bytes = self._stream.read(most)
        except OSError as error:
            if not self._packed:
                raise
            detail = (
                f"{self.name} is no whole gzip file: {error}. Pack it again, or leave out .gz where it is not packed."
            )
            raise InvalidCandidateFile(detail, source=self.name) from None
        return data

    def whole(self) -> Any:
        """The file as it is, for a reader that goes to and fro in it."""
        return self._file

    def __enter__(self) -> "Opened":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._file.close()

    def refuse_other_encoding(self, data: bytes) -> None:
        """Raise InvalidCandidateFile when the first bytes are those of another encoding than UTF-8, or packed."""
        if data.startswith(_WIDE_MARKS):
            raise InvalidCandidateFile(f"{self.name} is in UTF-16; save it as UTF-8.", source=self.name)
        if data.startswith(b"\x1f\x8b"):
            detail = f"{self.name} is packed with gzip; let its name end with .gz."
            raise InvalidCandidateFile(detail, source=self.name)
        if data.startswith(b"PAR1"):
            detail = f"{self.name} is a Parquet file; let its name end with .parquet."
            raise InvalidCandidateFile(detail, source=self.name)
        if data.startswith(b"PK\x03\x04"):
            detail = f"{self.name} is a zip file or a workbook (.xlsx); save the sheet as CSV in UTF-8."
            raise InvalidCandidateFile(detail, source=self.name)
