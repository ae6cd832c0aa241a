"""What is wrong with a candidate is told as when it is posted, with the line; nothing wrong gets past the columns."""

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.errors import Fault, InvalidCandidateFile, ServiceError
from app.services.candidate_files import collected
from app.wire.fault_codes import ERRORS
from tests.app.services.candidate_files.written import FORMATS, read, write
from tests.app.wire.test_brief import WRONG
from tests.app.wire.test_brief_fuzz import FULL, ODD
from tests.builders import brief, bundle, campaign, creator, offer

HEAD = brief(candidates=...)
WRONG_CANDIDATES = [
    (code, pointer, document["candidates"])
    for code, pointer, document in WRONG
    if pointer.startswith("/candidates/") and isinstance(document.get("candidates"), list)
    if not (
        pointer.startswith("/candidates/1/audience") and document["candidates"][1]["audience"] == {"topic": {"x": None}}
    )
]
"""All but a share that is null: in files it is absent."""


def refused(path: Path, head: dict[str, Any] = HEAD) -> InvalidCandidateFile:
    with pytest.raises(InvalidCandidateFile) as caught:
        read(path, head)
    assert {fault.code for fault in caught.value.faults} <= ERRORS.keys() | {"malformed_json"}
    return caught.value


def lines(*rows: object) -> str:
    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)


def test_there_are_cases_to_learn_from() -> None:
    assert len(WRONG_CANDIDATES) > 60


@pytest.mark.parametrize(
    ("code", "pointer", "candidates"), WRONG_CANDIDATES, ids=[f"{code} {at[:60]}" for code, at, _ in WRONG_CANDIDATES]
)
def test_a_wrong_line_is_told_as_when_it_is_posted(
    tmp_path: Path, code: str, pointer: str, candidates: list[Any]
) -> None:
    path = tmp_path / "creators.ndjson"
    path.write_text(lines(*map(json.dumps, candidates)))
    error = refused(path)
    _, _, index, *below = pointer.split("/")
    assert (code, "".join(f"/{step}" for step in below), int(index) + 1) in [
        (fault.code, fault.pointer, fault.line) for fault in error.faults
    ]
    assert error.counted_in == "line"


def outcome(call: Any) -> set[tuple[str, str]] | None:
    """Codes and pointers of what is wrong, None where nothing is."""
    try:
        call()
    except ServiceError as error:
        return {(fault.code, fault.pointer) for fault in error.faults}
    return None


@st.composite
def odd_candidates(draw: st.DrawFn) -> list[Any]:
    """Candidates of which up to three places were replaced, removed or added to."""
    candidates: Any = copy.deepcopy(FULL["candidates"])
    for _ in range(draw(st.integers(1, 3))):
        container: Any = candidates
        key: Any = draw(st.integers(0, len(candidates) - 1))
        while isinstance(container[key], dict | list) and container[key] and draw(st.integers(0, 5)):
            container = container[key]
            key = draw(st.sampled_from(list(container) if isinstance(container, dict) else range(len(container))))
        match draw(st.integers(0, 4)):
            case 0 if container is not candidates:
                del container[key]
            case 1 if isinstance(container, dict):
                container[draw(st.text(max_size=3))] = copy.deepcopy(draw(ODD))
            case _:
                container[key] = copy.deepcopy(draw(ODD))
    return list(candidates)


def with_what_files_leave_out(candidates: list[Any]) -> list[Any]:
    """The candidates without shares and dimensions that are null, and without an engagement that says nothing."""
    kept = copy.deepcopy(candidates)
    for row in kept:
        if not isinstance(row, dict):
            continue
        if isinstance(row.get("audience"), dict):
            row["audience"] = {name: shares for name, shares in row["audience"].items() if shares is not None}
        for group in (row, row.get("audience")):
            if not isinstance(group, dict):
                continue
            for name in ("segment_shares",) if group is row else tuple(group):
                if isinstance(group.get(name), dict):
                    group[name] = {key: share for key, share in group[name].items() if share is not None}
        if isinstance(row.get("engagement"), dict) and all(value is None for value in row["engagement"].values()):
            del row["engagement"]
    return kept


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(odd_candidates())
def test_columns_let_nothing_pass_that_is_refused_when_posted(tmp_path: Path, candidates: list[Any]) -> None:
    head = FULL | {"rules": []}
    posted = outcome(lambda: campaign(head | {"candidates": with_what_files_leave_out(candidates)}))
    path = tmp_path / "odd.ndjson"
    path.write_text(lines(*map(json.dumps, candidates)))
    from_file = outcome(lambda: read(path, {name: value for name, value in head.items() if name != "candidates"}))
    assert (posted is None) == (from_file is None)
    if posted is None or from_file is None:
        return
    if any(code == "malformed_json" for code, _ in posted | from_file):
        return  # of a body that is no JSON only that is told, of a file all lines
    without_index = {(code, "/".join(["", *pointer.split("/")[3:]])) for code, pointer in posted}
    assert without_index <= from_file | {("duplicate_id", "/id")} or from_file <= without_index


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(odd_candidates())
@example([FULL["candidates"][0], FULL["candidates"][1] | {"engagement": {}}])
def test_columns_of_parquet_let_nothing_pass_either(tmp_path: Path, candidates: list[Any]) -> None:
    try:
        names = list(dict.fromkeys(name for row in candidates for name in row))
        table = pa.table({name: [row.get(name) for row in candidates] for name in names})
        pq.write_table(table, tmp_path / "odd.parquet")
    except (pa.ArrowException, AttributeError, TypeError, OverflowError, UnicodeError, ValueError):
        return  # nothing that Parquet can hold
    head = {name: value for name, value in FULL.items() if name not in ("rules", "candidates")}
    rows = with_what_files_leave_out(table.to_pylist())
    as_read = [{name: part for name, part in row.items() if part is not None} for row in rows]
    posted = outcome(lambda: campaign(head | {"candidates": without_nulls(as_read)}))
    from_file = outcome(lambda: read(tmp_path / "odd.parquet", head))
    if from_file == {("unknown_field", "")}:
        return  # a column that means nothing, which is refused even where all of it is null
    assert (posted is None) == (from_file is None)


def without_nulls(value: Any) -> Any:
    """What Arrow made of the candidates, without the nulls that stand for fields a struct does not have."""
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


def test_the_first_faults_are_listed_and_all_bad_rows_counted(tmp_path: Path) -> None:
    path = tmp_path / "creators.ndjson"
    path.write_text(lines(*(creator(f"c{i}", followers=0 if i % 2 else 5) for i in range(1000))))
    error = refused(path)
    assert error.bad_rows == 500
    assert error.complete
    assert [fault.line for fault in error.faults] == list(range(2, 204, 2))
    assert error.detail == (
        "creators.ndjson has 500 bad rows, the first at line 2, /followers: Expected at least 1, received 0."
    )


def test_reading_ends_when_nearly_all_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collected, "MOST_BAD_ROWS", 50)
    monkeypatch.setattr("app.services.candidate_files.ndjson.BYTES_AT_A_TIME", 10_000)
    path = tmp_path / "creators.ndjson"
    path.write_text(lines(*(creator(f"c{i}", followers="many") for i in range(1000))))
    error = refused(path)
    assert not error.complete
    assert 50 < (error.bad_rows or 0) < 1000
    assert "in the part that was read" in error.detail


@pytest.mark.parametrize("ending", FORMATS)
def test_a_bad_creator_is_named_by_its_place_in_every_format(tmp_path: Path, ending: str) -> None:
    rows = [creator("c1"), creator("c2", genuine_share=1.5), creator("c3", offers=[offer(price="1.005")])]
    error = refused(write(tmp_path / f"creators.{ending}", rows))
    first = 2 if ending.endswith("csv") else 1
    found = [(fault.line, fault.code, fault.pointer) for fault in error.faults]
    assert found == [
        (first + 1, "out_of_range", "/genuine_share"),
        (first + 2, "money_too_fine", "/offers/0/price"),
    ]
    assert error.bad_rows == 2
    assert error.counted_in == ("row" if ending.endswith("parquet") else "line")
    assert "Expected at most 1, received 1.5 (1.5 % is 0.015)" in error.faults[0].detail


@pytest.mark.parametrize("ending", FORMATS)
def test_what_only_the_forecast_can_tell_has_its_place_too(tmp_path: Path, ending: str) -> None:
    rows = [creator("b"), creator("a", platform="nowhere", offers=[offer(format="audio")])]
    error = refused(write(tmp_path / f"creators.{ending}", rows))
    line = 3 if ending.endswith("csv") else 2
    assert ("reach_needed", "/offers/0/expected_reach", line) in [(f.code, f.pointer, f.line) for f in error.faults]


@pytest.mark.parametrize("ending", ["ndjson", "parquet", "wide.csv"])
def test_of_two_equal_ids_the_second_is_named(tmp_path: Path, ending: str) -> None:
    rows = [creator("c1"), creator("c2"), creator("c1", followers=30)]
    (fault,) = refused(write(tmp_path / f"creators.{ending}", rows)).faults
    first = 2 if ending.endswith("csv") else 1
    assert (fault.code, fault.pointer, fault.line) == ("duplicate_id", "/id", first + 2)
    assert f" {first} has the same id 'c1'" in fault.detail


@pytest.mark.parametrize("ending", FORMATS)
def test_of_two_equal_offers_the_second_is_named(tmp_path: Path, ending: str) -> None:
    rows = [creator("c0"), creator("c1", offers=[offer("x"), offer("a"), offer("x", price=5)])]
    (fault,) = refused(write(tmp_path / f"creators.{ending}", rows)).faults
    a_row_per_offer = ending in ("csv", "flat.parquet")
    first = 2 if ending.endswith("csv") else 1
    assert (fault.code, fault.pointer) == ("duplicate_id", f"/offers/{0 if a_row_per_offer else 2}/id")
    assert fault.line == first + (3 if a_row_per_offer else 1)


def test_a_repaired_row_beside_a_bad_one_keeps_its_place(tmp_path: Path) -> None:
    """Rows that need a closer look come back in the order of the file."""
    rows = [creator("c1"), creator("c2", offers=[offer(price="100.0000000")]), creator("c2")]
    (fault,) = refused(write(tmp_path / "creators.ndjson", rows)).faults
    assert (fault.line, fault.pointer) == (3, "/id")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.ndjson", b"", "has no candidates"),
        ("blank.jsonl", b"\n \n\r\n", "has no candidates"),
        ("list.ndjson", b'[{"id": "a"},\n{"id": "b"}]', "begins with ["),
        ("wide.ndjson", '{"id": "a"}'.encode("utf-16"), "UTF-16"),
        ("packed.ndjson", b"\x1f\x8b\x08\x00", "let its name end with .gz"),
        ("broken.ndjson.gz", b"\x1f\x8b\x08\x00nonsense", "no whole gzip file"),
        ("plain.csv.gz", b"id,platform\n", "no whole gzip file"),
        ("sheet.csv", b"PK\x03\x04....", "save the sheet as CSV"),
        ("table.csv", b"PAR1....", "let its name end with .parquet"),
        ("none.parquet", b"", "no whole Parquet file"),
        ("text.parquet", b"id,platform\na,b\n", "no whole Parquet file"),
        ("creators.txt", b"", "does not say what it is"),
        ("creators", b"", "does not say what it is"),
        ("creators.parquet.gz", b"", "does not say what it is"),
    ],
)
def test_files_that_are_not_what_they_seem(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert words in refused(path).detail


def test_a_line_that_is_no_json_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "creators.ndjson"
    path.write_bytes(
        lines(creator("c1"), '{"id": "c2"', "", creator("c3"), "nonsense").encode() + b'{"id": "\xff"}\n{"id": NaN}\n'
    )
    assert [(fault.code, fault.line) for fault in refused(path).faults] == [
        *(("malformed_json", 2), ("malformed_json", 5), ("malformed_json", 6), ("malformed_json", 7)),
    ]


def test_two_objects_on_a_line_and_an_object_on_two_lines_are_refused(tmp_path: Path) -> None:
    one, two = json.dumps(creator("c1")), json.dumps(creator("c2"))
    path = tmp_path / "creators.ndjson"
    for text in (f"{one} {two}\n", one.replace(', "platform"', '\n, "platform"') + f"{two}{two}\n"):
        path.write_text(text)
        assert refused(path).faults[0].code == "malformed_json"


@pytest.mark.parametrize(
    "price", ["1e2", "100.001", '"1e2"', '"+5"', '" 5"', "-5", "true", "null", '""', "9e99", '"5."']
)
def test_prices_that_are_no_plain_amounts_are_refused_in_lines(tmp_path: Path, price: str) -> None:
    path = tmp_path / "creators.ndjson"
    path.write_text(lines(creator("c1"), json.dumps(creator("c2")).replace('"price": "100.00"', f'"price": {price}')))
    (fault,) = refused(path).faults
    assert (fault.line, fault.pointer) == (2, "/offers/0/price")


@pytest.mark.parametrize("price", ["100", "100.0", '"100.00000000"', '"0100.50"', "89999999999999.99", "0"])
def test_prices_are_read_by_their_digits(tmp_path: Path, price: str) -> None:
    path = tmp_path / "creators.ndjson"
    path.write_text(json.dumps(creator("c2")).replace('"price": "100.00"', f'"price": {price}'))
    (minor,) = read(path, HEAD).candidates.price_minor.tolist()
    assert minor == 100 * Decimal(price.strip('"'))


def test_an_offer_that_exceeds_a_segment_is_removed_with_a_warning(tmp_path: Path) -> None:
    target = {"segments": [{"name": "runners", "size": 100, "where": {"topic": "trail-running"}}]}
    rows = [creator("c1"), creator("c2", followers=10), creator("c3", offers=[offer("x"), bundle()])]
    for ending in FORMATS:
        found = read(write(tmp_path / f"creators.{ending}", rows), HEAD | {"target": target})
        removed = found.problem.rules[-1]
        assert (removed.name, removed.offers.tolist()) == ("audience_exceeds_segment", [0, 2, 3])  # type: ignore[union-attr]
        (warning,) = [fault for fault in found.warnings if fault.code == "audience_exceeds_segment"]
        assert warning.detail.startswith(f"creators.{ending}, ")
        assert "3 offers are removed" in warning.detail


def test_a_rule_that_needs_a_creator_the_file_has_not_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "creators.ndjson", [creator("c1")])
    rules = [{"kind": "require", "creator_id": "c2"}, {"kind": "require", "creator_id": "c1", "offer_id": "none"}]
    with pytest.raises(ServiceError) as caught:
        read(path, HEAD | {"rules": rules})
    assert [(fault.code, fault.pointer) for fault in caught.value.faults] == [
        ("unknown_creator", "/rules/0/creator_id"),
        ("unknown_offer", "/rules/1/offer_id"),
    ]


def test_odd_but_valid_parquet_is_read(tmp_path: Path) -> None:
    offers = pa.array([[{"id": "1 reel", "format": "reel", "price": 100}], [{"id": "x", "format": "reel", "price": 7}]])
    maps = pa.map_(pa.string(), pa.map_(pa.string(), pa.float32()))
    table = pa.table(
        {
            "id": pa.array(["ü", "b"]).dictionary_encode(),
            "platform": pa.array(["instagram"] * 2, pa.large_string()),
            "followers": pa.array([20_000, 10_000], pa.uint16()),
            "genuine_share": pa.array([1, None], pa.decimal128(10, 4)),
            "audience": pa.array([[("topic", [("trail-running", 0.5)])], None], maps),
            "segment_shares": pa.array([None, [("runners", 0.25)]], pa.map_(pa.string(), pa.float64())),
            "tags": pa.array([["vegan"], None], pa.large_list(pa.string())),
            "offers": offers,
        }
    )
    pq.write_table(table, tmp_path / "creators.parquet")
    found = read(tmp_path / "creators.parquet", HEAD).candidates
    assert found.creator_id.tolist() == ["b", "ü"]
    assert found.price_minor.tolist() == [700, 10_000]
    assert found.audience["topic"].shares.tolist() == [0.5]
    assert found.audience["topic"].given.tolist() == [False, True]


@pytest.mark.parametrize(
    ("column", "values", "pointer"),
    [
        ("followers", ["many", "5"], "/followers"),
        ("followers", [1.5, 5.0], "/followers"),
        ("followers", [True, False], "/followers"),
        ("genuine_share", [float("nan"), 0.5], "/genuine_share"),
        ("id", [1, 2], "/id"),
        ("id", [None, "a"], "/id"),
        ("id", ["a\x00", "b"], "/id"),
        ("country", [b"DE", b"AT"], "/country"),
        ("audience", [{"topic": {"x": "much"}}, None], "/audience/topic/x"),
        ("audience", ["runners", None], "/audience"),
        ("engagement", [{"rate": 0.1, "per": None}, None], "/engagement/per"),
        ("offers", [[], [offer()]], "/offers"),
        ("offers", [[None], [offer()]], "/offers/0"),
        ("offers", [[offer(price="1.005")], [offer()]], "/offers/0/price"),
        ("offers", [[offer(price=1.005)], [offer(price=0.1)]], "/offers/0/price"),
    ],
)
def test_wrong_values_in_parquet_are_named_by_row_and_field(
    tmp_path: Path, column: str, values: list[Any], pointer: str
) -> None:
    rows: dict[str, Any] = {
        "id": ["a", "b"],
        "platform": ["instagram"] * 2,
        "followers": [5, 6],
        "offers": [[offer()], [offer()]],
    }
    pq.write_table(pa.table(rows | {column: values}), tmp_path / "creators.parquet")
    fault: Fault = refused(tmp_path / "creators.parquet").faults[0]
    assert (fault.line, fault.pointer) == (1, pointer)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ({"folowers": [1]}, "'folowers' here; did you mean 'followers'"),
        ({"engagement": [{"rate": 0.1, "pre": "follower"}]}, "'pre' in engagement; did you mean 'engagement.per'"),
        ({"offers": [[{"id": "x", "prize": 5}]]}, "'prize' in offers; did you mean 'offer.price'"),
        ({"__index_level_0__": [1]}, "leave it out"),
        ({"engagement": [None], "engagement.rate": [0.1]}, "say the same"),
    ],
)
def test_unknown_columns_of_parquet_are_named_with_what_was_meant(
    tmp_path: Path, column: dict[str, Any], words: str
) -> None:
    rows = {"id": ["a"], "platform": ["instagram"], "followers": [5], "offers": [[offer()]]} | column
    pq.write_table(pa.table(rows), tmp_path / "creators.parquet")
    assert words in refused(tmp_path / "creators.parquet").detail
