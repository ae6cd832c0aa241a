"""CSV: what a header may say, what a cell may hold, and what is said about a sheet that is wrong."""

from pathlib import Path
from typing import Any

import pytest

from app.errors import InvalidCandidateFile
from tests.app.services.candidate_files.written import assert_same, read
from tests.builders import brief, creator, offer

HEAD = brief(candidates=...)
HEADER = "id,platform,followers,offer.id,offer.format,offer.price"


def sheet(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "creators.csv"
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
    return path


def refused(path: Path) -> InvalidCandidateFile:
    with pytest.raises(InvalidCandidateFile) as caught:
        read(path, HEAD)
    return caught.value


def test_a_row_per_offer_is_a_creator_per_id(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        "id,platform,followers,genuine_share,engagement.rate,engagement.per,audience.topic.trail-running,"
        "offer.id,offer.format,offer.posts,offer.price,offer.items.0.format,offer.items.1.format,offer.items.1.posts",
        "c1,instagram,20000,0.9,0.04,follower,0.4,1 reel,reel,1,100.00,,,",
        "c2,instagram,1000,,,,,1 story,story,,20,,,",
        'c1,instagram,20000,0.9,0.04,follower,0.4,both,,,"150.00",reel,story,2',
    )
    both = {"id": "both", "price": "150.00", "items": [{"format": "reel"}, {"format": "story", "posts": 2}]}
    c1 = creator("c1", engagement={"rate": 0.04, "per": "follower"}, offers=[offer(posts=1), both])
    c2 = {"id": "c2", "platform": "instagram", "followers": 1000}
    assert_same(path, HEAD, [c1, c2 | {"offers": [offer("1 story", format="story", price="20")]}])


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("id,platform,folowers,offer.id,offer.format,offer.price", "did you mean 'followers'"),
        ("ID,platform,followers,offer.id,offer.format,offer.price", "'id' is one"),
        ("id,platform,followers,offer.id,offer.format,price", "'offer.price' is one"),
        (HEADER + ",engagement_rate", "'engagement.rate' is one"),
        (HEADER + ",Genuine Share", "'genuine_share' is one"),
        (HEADER + ",colour", "leave it out"),
        (HEADER + ",audience.topic", "no column 'audience.topic'"),
        (HEADER + ",id", "'id' is there twice"),
        (HEADER + ",offers.0.price", "exclude each other"),
        (HEADER + ",", "column 7 has no name"),
        ("id,platform,followers", "no columns of offers"),
        ("id,followers,offer.id,offer.format,offer.price", "'platform' is missing"),
        ("c1", "no column 'c1'"),
        ('"id,platform', "header has to be one line"),
        ("id,platform\rc1,instagram", "header has to be one line"),
    ],
)
def test_a_header_that_is_wrong_is_told_with_what_was_meant(tmp_path: Path, header: str, words: str) -> None:
    assert words in refused(sheet(tmp_path, header, "c1,instagram,5,x,reel,5")).detail


@pytest.mark.parametrize(
    ("row", "code", "pointer"),
    [
        ("c1,instagram,many,x,reel,5", "wrong_type", "/followers"),
        ("c1,instagram,0,x,reel,5", "out_of_range", "/followers"),
        ("c1,instagram,1e99,x,reel,5", "out_of_range", "/followers"),
        ("c1,instagram,1.5,x,reel,5", "wrong_type", "/followers"),
        ("c1,instagram,nan,x,reel,5", "wrong_type", "/followers"),
        ('c1,instagram,"1,5",x,reel,5', "wrong_type", "/followers"),
        ("c1,instagram,,x,reel,5", "missing_field", "/followers"),
        (",instagram,5,x,reel,5", "missing_field", "/id"),
        ("c1,instagram,5,,reel,5", "missing_field", "/offers/0/id"),
        ("c1,instagram,5,x,,5", "missing_field", "/offers/0/format"),
        ("c1,instagram,5,x,reel,", "missing_field", "/offers/0/price"),
        ("c1,instagram,5,,,", "missing_field", "/offers"),
        ("c1,instagram,5,x,reel,1.005", "money_too_fine", "/offers/0/price"),
        ("c1,instagram,5,x,reel,1e2", "money_form", "/offers/0/price"),
        ("c1,instagram,5,x,reel,-1", "money_negative", "/offers/0/price"),
        ('c1,instagram,5,x,reel,"1.000,50"', "money_form", "/offers/0/price"),
        ("c1,instagram,5,x,reel,5 EUR", "money_form", "/offers/0/price"),
        ("c1,instagram,5,x,reel,99999999999999999999", "money_too_large", "/offers/0/price"),
        ("c1,instagram,5,x,reel", "cell_count", ""),
        ("c1,instagram,5,x,reel,1,50", "cell_count", ""),
        (f"{'x' * 201},instagram,5,x,reel,5", "too_long", "/id"),
        ("c\0,instagram,5,x,reel,5", "malformed_json", "/id"),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_field(tmp_path: Path, row: str, code: str, pointer: str) -> None:
    good = 'c0,instagram,"5","two\nlines",reel,5'
    error = refused(sheet(tmp_path, HEADER, good, "", row, "c9,instagram,5,x,reel,5"))
    assert [(fault.code, fault.pointer, fault.line) for fault in error.faults] == [(code, pointer, 5)]
    assert error.bad_rows == 1


@pytest.mark.parametrize(
    ("cell", "followers"), [(" 20000 ", 20000), ("2e4", 20000), ("+20000", 20000), ("020000.0", 20000), ("5.", 5)]
)
def test_numbers_as_sheets_write_them_are_read(tmp_path: Path, cell: str, followers: int) -> None:
    path = sheet(tmp_path, HEADER, f"c1,instagram,{cell},x,reel,5")
    assert read(path, HEAD).candidates.followers.tolist() == [followers]


def test_rows_of_one_creator_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    header = HEADER + ",handle,country,tags,audience.topic.x,engagement.post_rates,engagement.per"
    row = "c1,instagram,5,{},reel,5,{},DE,a;b,0.5,0.1;0.2,follower"
    same = [row.format("x", "@c"), row.format("y", "@c")]
    assert len(read(sheet(tmp_path, header, *same), HEAD).candidates.creator_id) == 1
    changes = {
        "/followers": (",5,z", ",6,z"),
        "/platform": ("instagram", "tiktok"),
        "/country": ("DE", "AT"),
        "/handle": ("@c", "@d"),
        "/tags": ("a;b", "a"),
        "/audience/topic": (",0.5,", ",0.4,"),
        "/engagement/post_rates": ("0.1;0.2", "0.1;0.3"),
        "/engagement/per": ("follower", "reach"),
    }
    for pointer, (old, new) in changes.items():
        other = row.format("z", "@c").replace(old, new)
        (fault,) = refused(sheet(tmp_path, header, *same, other)).faults
        assert (fault.code, fault.pointer, fault.line) == ("creator_disagrees", pointer, 4)
        assert "in line 3" in fault.detail


def test_a_quote_that_is_never_closed_is_named_by_its_line(tmp_path: Path) -> None:
    error = refused(
        sheet(tmp_path, HEADER, "c1,instagram,5,x,reel,5", 'c2,instagram,5,"x,reel,5', "c3,instagram,5,x,reel,5")
    )
    assert "line 3: a quote that begins in this row is never closed" in error.detail


def test_quotes_inside_of_bare_cells_are_told(tmp_path: Path) -> None:
    rows = ['c1,instagram,5,5" x,reel,5', 'c2,instagram,5,6" x,reel,5', "c3,instagram,5,x,reel,5"]
    assert "double the quote" in refused(sheet(tmp_path, HEADER, *rows)).detail


def test_other_encodings_are_told_with_line_and_byte(tmp_path: Path) -> None:
    row = "c1,instagram,5,x,reel,5"
    error = refused(sheet(tmp_path, HEADER, row, "ü,instagram,5,x,reel,5", encoding="latin-1"))
    assert "line 3: byte 0xfc is not UTF-8" in error.detail
    assert "UTF-16" in refused(sheet(tmp_path, HEADER, row, encoding="utf-16")).detail
    assert "line 1: byte 0xfc" in refused(sheet(tmp_path, HEADER + ",ü", row, encoding="latin-1")).detail


@pytest.mark.parametrize("text", ["", "\n", "\r\n\r\n", " \n"])
def test_an_empty_sheet_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "creators.csv").write_text(text)
    assert "it needs a header" in refused(tmp_path / "creators.csv").detail


def test_a_header_alone_has_no_candidates(tmp_path: Path) -> None:
    assert "has no candidates" in refused(sheet(tmp_path, HEADER)).detail


def test_stretches_of_a_large_sheet_fit_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.candidate_files.delimited.BYTES_AT_A_TIME", 300)
    ids = ['"line\nbreak {0}"', "plain {0}", '"quo""te, {0}"', "ü{0}"]
    names = [ids[i % 4].format(i) for i in range(400)]
    rows = [f"{name},instagram,{i + 1},x,reel,{i}.50" for i, name in enumerate(names)]
    candidates: list[dict[str, Any]] = [
        {"id": name.strip('"').replace('""', '"'), "platform": "instagram", "followers": i + 1}
        | {"offers": [offer("x", price=f"{i}.50")]}
        for i, name in enumerate(names)
    ]
    assert_same(sheet(tmp_path, HEADER, *rows), HEAD, candidates)
    error = refused(sheet(tmp_path, HEADER, *rows, "last,instagram,x,x,reel,1"))
    assert [(fault.pointer, fault.line) for fault in error.faults] == [("/followers", 502)]
