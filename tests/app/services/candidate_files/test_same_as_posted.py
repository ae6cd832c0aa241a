"""Candidates from a file of any format mean what they mean when they are posted, to the last bit."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.services import demo_briefs
from app.services.candidate_files.width import MOST_CELLS, rows_at_a_time
from app.services.run import run
from tests.app.services.candidate_files.written import FORMATS, assert_same, read, write
from tests.app.services.solved import outcome_of
from tests.builders import brief, bundle, creator, offer

VARIED: list[dict[str, Any]] = [
    creator("z1", handle="@z", country="DE", group="agency A", tags=["vegan", "outdoor"], reply_rate=0.5),
    creator("a2", genuine_share=0.123456789012345, sponsored_ratio=0.9, delivery_probability=0.95),
    creator("ä", engagement={"post_rates": [0.03, 0.04, 0.05, 0.02, 0.01], "per": "follower"}),
    creator("B", engagement={"rate": 0.05, "per": "view"}, average_views=15_200.5),
    creator("😀 long " + "x" * 180, engagement={"rate": 0.05, "per": "reach", "posts": 3}, average_reach=9800),
    creator("a10", offers=[offer("b", price="12.5"), offer("a", price=7), offer("10", price="0.10")]),
    creator("two items", offers=[bundle(), offer("1 story", format="story", posts=3, expected_reach=5200)]),
    creator("no figure", followers=48_200) | {"engagement": None, "genuine_share": None},
    creator("unknown audience", audience=None),
    creator("all of it", audience={"topic": {"trail-running": 0.7, "outdoor": 0.6}, "country": {"DE": 1}}),
    creator("direct", segment_shares={"runners": 0.3, "others": 0.1}),
    creator('comma, "quote" and ; semicolon', reach_rate=0.35),
    creator("strange", offers=[offer(format="audio", expected_reach=100, non_follower_share=0.5)]),
]
BRIEF = brief(
    rules=[
        {"kind": "count", "where": {"country": "DE"}, "max": 1},
        {"kind": "require", "creator_id": "a10", "offer_id": "a"},
        {"kind": "count", "where": {"tag": "vegan", "group": ["agency A"], "creator_id": ["z1", "ä"]}, "max": 1},
    ]
)


def stated(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


@pytest.mark.parametrize("ending", FORMATS)
def test_the_columns_the_forecast_and_the_problem_are_the_same(tmp_path: Path, ending: str) -> None:
    rows = [stated(row) for row in VARIED]
    assert_same(write(tmp_path / f"creators.{ending}", rows), BRIEF, rows)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("name", ["minimal", "realistic", "infeasible", "pinned"])
def test_the_built_in_briefs_have_the_same_answer(tmp_path: Path, name: str, ending: str) -> None:
    document = json.loads(demo_briefs.raw(name))
    candidates = document["candidates"]
    campaign = assert_same(write(tmp_path / f"creators.{ending}", candidates), document, candidates)
    answer, posted = run(campaign, 0.25).result, outcome_of(document).result
    assert answer.model_copy(update={"timings": None}) == posted.model_copy(update={"timings": None})


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    rows = [stated(row) for row in VARIED]
    for ending in FORMATS:
        assert_same(write(tmp_path / f"back.{ending}", rows[::-1]), BRIEF, rows[::-1])


def test_rows_of_one_creator_need_not_stand_together(tmp_path: Path) -> None:
    rows = [stated(row) for row in VARIED]
    path = write(tmp_path / "creators.csv", rows)
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *lines[1::2], *lines[::2]]), encoding="utf-8")
    found = read(path, {name: value for name, value in BRIEF.items() if name != "candidates"})
    assert found.problem.offers == sum(len(row["offers"]) for row in rows)


@pytest.mark.parametrize("ending", ["ndjson", "csv"])
def test_packed_files_are_unpacked(tmp_path: Path, ending: str) -> None:
    rows = [stated(row) for row in VARIED]
    plain = write(tmp_path / f"creators.{ending}", rows)
    packed = tmp_path / f"creators.{ending}.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert_same(packed, BRIEF, rows)


@pytest.mark.parametrize("ending", ["ndjson", "csv"])
def test_marks_line_ends_and_empty_lines_change_nothing(tmp_path: Path, ending: str) -> None:
    rows = [stated(row) for row in VARIED]
    path = write(tmp_path / f"creators.{ending}", rows)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n\r\n".join(lines).encode() + b"\r\n\r\n")
    assert_same(path, BRIEF, rows)


def test_files_without_a_last_line_end_are_read_to_the_end(tmp_path: Path) -> None:
    rows = [stated(row) for row in VARIED]
    for ending in ("ndjson", "csv"):
        path = write(tmp_path / f"creators.{ending}", rows)
        path.write_bytes(path.read_bytes().rstrip())
        assert_same(path, BRIEF, rows)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_seen_in_the_header(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "creators.csv"
    header = ["id", "platform", "followers", "tags", "offer.id", "offer.format", "offer.price"]
    rows = [["c1", "instagram", "20000", '"vegan; outdoor"', "1 reel", "reel", "100.00"]]
    path.write_text("\n".join(delimiter.join(row) for row in [header, *rows]))
    candidate = {"id": "c1", "platform": "instagram", "followers": 20000, "tags": ["vegan", "outdoor"]}
    assert_same(path, brief(), [candidate | {"offers": [offer()]}])


def test_rows_of_a_sheet_that_are_empty_are_none(tmp_path: Path) -> None:
    rows = [stated(row) for row in VARIED[:3]]
    path = write(tmp_path / "creators.csv", rows)
    commas = "," * path.read_text(encoding="utf-8").splitlines()[0].count(",")
    path.write_text(path.read_text(encoding="utf-8") + f"{commas}\n{commas}\n", encoding="utf-8")
    assert_same(path, brief(), rows)


@pytest.mark.parametrize("own_names", [0, 1, 5])
def test_names_of_their_own_in_every_row_are_read_in_little_memory(tmp_path: Path, own_names: int) -> None:
    rows = [
        creator(f"c{i}", audience={"topic": {"trail-running": 0.1} | {f"{i} {k}": 0.1 for k in range(own_names)}})
        for i in range(1000)
    ]
    assert_same(write(tmp_path / "creators.ndjson", rows), brief(), rows)


def test_wide_lines_are_read_a_few_at_a_time_or_one_by_one() -> None:
    def at_a_time(names: int, own_names: int) -> int:
        keys = "".join(f'"n{k}":0,' for k in range(names))
        lines = [keys + "".join(f'"{i} {k}":0,' for k in range(own_names)) for i in range(5000)]
        ends = np.cumsum([len(line) for line in lines])
        return rows_at_a_time("".join(lines).encode(), np.concatenate(([0], ends[:-1])), ends)

    assert at_a_time(20, 0) == 5000
    assert at_a_time(20, 5) == 0
    assert 1000 < at_a_time(20, 1) < 5000
    assert at_a_time(5000, 0) == MOST_CELLS // 5000
