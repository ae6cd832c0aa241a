"""Candidates from a file: CSV, NDJSON or Parquet into columns, without a Python object per creator."""

from app.services.candidate_files.reading import read_candidates

__all__ = ["read_candidates"]
