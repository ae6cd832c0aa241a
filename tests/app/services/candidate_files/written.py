"""Candidates written to files, read again, and compared with those that are posted."""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.services.candidate_files import read_candidates
from app.services.translate import Campaign, currency_in, translate_columns, wanted_dimensions
from app.wire.parse import parse_brief_head
from optimizer.columns import Labels, LabelSets, Shares
from optimizer.forecast.benchmarks import load_benchmarks
from tests.builders import body, campaign

Json = Any
FORMATS = ("ndjson", "parquet", "flat.parquet", "csv", "wide.csv")


def write(path: Path, candidates: Sequence[Json]) -> Path:
    """Write candidates in the form that the ending of the file's name says."""
    if path.name.endswith(".ndjson"):
        path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in candidates), encoding="utf-8")
    elif path.name.endswith("flat.parquet"):
        rows = [{name: str(value) for name, value in row.items()} for row in flat_rows(candidates)]
        names = sorted({name for row in rows for name in row})
        pq.write_table(pa.table({name: typed(name, [row.get(name) for row in rows]) for name in names}), path)
    elif path.name.endswith(".parquet"):
        rows = with_one_type_of_price(candidates)
        names = list(dict.fromkeys(name for row in rows for name in row))
        pq.write_table(pa.table({name: [row.get(name) for row in rows] for name in names}), path)
    else:
        wide = path.name.endswith("wide.csv")
        rows = list(wide_rows(candidates) if wide else flat_rows(candidates))
        names = sorted({name for row in rows for name in row})
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
    return path


TEXTS = ("id", "handle", "platform", "country", "group", "tags", "per", "format", "price", "post_rates")


def typed(name: str, cells: list[str | None]) -> Json:
    """A flat Parquet column: prices, lists and names as text, all else as numbers where the cells are."""
    if name.startswith(("audience.", "segment_shares.")) or name.rpartition(".")[2] not in TEXTS:
        with suppress(ValueError):
            return pa.array([None if cell is None else float(cell) for cell in cells])
    return pa.array(cells, pa.string())


def with_one_type_of_price(candidates: Sequence[Json]) -> list[Json]:
    return [row | {"offers": [offer | {"price": str(offer["price"])} for offer in row["offers"]]} for row in candidates]


def flat_rows(candidates: Sequence[Json]) -> Iterator[dict[str, Json]]:
    """A row per offer, the creator's cells repeated."""
    for candidate in candidates:
        for offer in candidate["offers"]:
            yield creator_cells(candidate) | dict(offer_cells("offer", offer))


def wide_rows(candidates: Sequence[Json]) -> Iterator[dict[str, Json]]:
    """A row per creator, its offers numbered."""
    for candidate in candidates:
        cells = creator_cells(candidate)
        for index, offer in enumerate(candidate["offers"]):
            cells |= dict(offer_cells(f"offers.{index}", offer))
        yield cells


def creator_cells(candidate: Json) -> dict[str, Json]:
    cells: dict[str, Json] = {}
    for name, value in candidate.items():
        if name == "tags":
            cells[name] = ";".join(value)
        elif name == "engagement":
            cells |= {f"engagement.{key}": joined(part) for key, part in value.items()}
        elif name == "segment_shares":
            cells |= {f"segment_shares.{key}": part for key, part in value.items()}
        elif name == "audience":
            for dimension, shares in value.items():
                cells |= {f"audience.{dimension}.{key}": part for key, part in shares.items()}
        elif name != "offers":
            cells[name] = value
    return cells


def offer_cells(prefix: str, offer: Json) -> Iterator[tuple[str, Json]]:
    for name, value in offer.items():
        if name == "items":
            for index, item in enumerate(value):
                yield from offer_cells(f"{prefix}.items.{index}", item)
        else:
            yield f"{prefix}.{name}", value


def joined(value: Json) -> Json:
    return ";".join(map(str, value)) if isinstance(value, list) else value


def read(path: Path, brief: Json) -> Campaign:
    """The campaign of a brief whose candidates are in a file."""
    head = parse_brief_head(body(brief))
    made = read_candidates(path, currency_in(head), wanted_dimensions(head))
    return translate_columns(head, made, load_benchmarks())


def assert_same(path: Path, brief: Json, candidates: Sequence[Json]) -> Campaign:
    """The file gives the very columns, forecast and problem that the candidates give when they are posted."""
    posted = campaign(brief | {"candidates": candidates})
    found = read(path, {name: value for name, value in brief.items() if name != "candidates"})
    for part in ("candidates", "forecast", "problem"):
        one, other = getattr(posted, part), getattr(found, part)
        for field in fields(one):
            assert_equal(getattr(one, field.name), getattr(other, field.name), f"{part}.{field.name}")
    assert_equal(posted.posted_creator, found.posted_creator, "posted_creator")
    assert_equal(posted.handle, found.handle, "handle")
    assert [warning.code for warning in posted.warnings] == [warning.code for warning in found.warnings]
    return found


def assert_equal(one: Any, other: Any, what: str) -> None:
    """Equal in every bit, NaN being NaN."""
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, what
        np.testing.assert_array_equal(one, other, what)
    elif isinstance(one, Labels | LabelSets | Shares):
        for name in ("start", "codes", "shares", "names", "given"):
            if hasattr(one, name):
                assert_equal(getattr(one, name), getattr(other, name), f"{what}.{name}")
    elif isinstance(one, dict):
        assert list(one) == list(other), what
        for name in one:
            assert_equal(one[name], other[name], f"{what}.{name}")
    elif isinstance(one, tuple) and one and hasattr(one[0], "__dataclass_fields__"):
        assert len(one) == len(other), what
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            for field in fields(left):
                if field.name != "detail":
                    assert_equal(getattr(left, field.name), getattr(right, field.name), f"{what}[{index}].{field.name}")
    else:
        assert one == other, what
