import pytest
from jiter import LosslessFloat

from app.errors import MalformedJson
from app.wire.json_body import read_json


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"{}", {}),
        (b"\xef\xbb\xbf{}", {}),
        (b' \r\n\t[1, "a", true, false, null] ', [1, "a", True, False, None]),
        (b'{"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}', {"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}),
        (b'"\\ud83d\\ude00 \xc3\xa4 \\u00e4"', "😀 ä ä"),
        (b'"\\\\u0000"', "\\u0000"),
        (b"9" * 308, int("9" * 308)),
        (b"[" * 64 + b"]" * 64, eval("[" * 64 + "]" * 64)),
        (b'["[[[[", "\\"]", "]]"]', ["[[[[", '"]', "]]"]),
        (b'["' + b"[" * 100 + b'\\\\"]', ["[" * 100 + "\\"]),
        (b'"1e999"', "1e999"),
        (b'"' + b"1" * 1000 + b'"', "1" * 1000),
    ],
)
def test_reads_what_json_allows(raw: bytes, value: object) -> None:
    assert read_json(raw) == value


def test_keeps_the_digits_of_fractions() -> None:
    number = read_json(b"90000000000000.010")
    assert isinstance(number, LosslessFloat)
    assert str(number) == "90000000000000.010"
    assert float(number) == 90000000000000.01


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (b"", ""),
        (b" \n", ""),
        (b"\xef\xbb\xbf", ""),
        (b"nonsense", ""),
        (b"{", ""),
        (b"{} {}", ""),
        (b"[1,]", ""),
        (b'{"a": 1,}', ""),
        (b"{'a': 1}", ""),
        (b"// no comments\n{}", ""),
        (b"[01]", ""),
        (b"[+1]", ""),
        (b"[.5]", ""),
        (b"[NaN]", ""),
        (b"[Infinity]", ""),
        (b"[-Infinity]", ""),
        (b'"a\x00b"', ""),
        (b'"a\nb"', ""),
        (b'"\xff"', ""),
        (b'"\xed\xa0\x80"', ""),
        ('{"a": 1}'.encode("utf-16"), ""),
        (b'"\\ud800"', ""),
        (b'"\\ude00\\ud83d"', ""),
        (b'{"a": 1, "a": 2}', ""),
        (b'{"a": 1, "\\u0061": 2}', ""),
        (b'[{"b": {"a": 1, "c": 2, "a": 1}}]', ""),
        (b'{"a": ["x", "\\u0000"]}', "/a/1"),
        (b'{"a/b": {"~": "x\\u0000"}}', "/a~1b/~0"),
        (b'{"a": {"\\u0000": 1}}', "/a"),
        (b'{"a": [1, 1e999]}', "/a/1"),
        (b'{"a": -1E+400}', "/a"),
        (b"9" * 309, ""),
        (b'{"a": ' + b"9" * 250 + b"e+99}", "/a"),
        (b'{"a": ' + b"1" * 401 + b"}", "/a"),
        (b'{"a": 0.' + b"0" * 400 + b"1}", "/a"),
        (b"1" * 5000, ""),
        (b"[" * 65 + b"]" * 65, ""),
        (b'{"a":' * 65 + b"1" + b"}" * 65, ""),
        (b'[{"a":' * 33 + b"1" + b"}]" * 33, ""),
        (b"[" * 1_000_000, ""),
        (b'{"a":' * 1_000_000, ""),
        (b"[" * 1_000_000 + b"]" * 1_000_000, ""),
        (b"[]" * 1_000_000, ""),
        (b"[1 1]", ""),
    ],
)
def test_refuses_and_says_where(raw: bytes, pointer: str) -> None:
    with pytest.raises(MalformedJson) as caught:
        read_json(raw)
    (fault,) = caught.value.faults
    assert (fault.code, fault.pointer, fault.severity) == ("malformed_json", pointer, "error")
    assert len(fault.detail) < 400


def test_says_line_and_column() -> None:
    with pytest.raises(MalformedJson, match="at line 2 column 5"):
        read_json(b'{"a": 1,\n"b" 2}')


@pytest.mark.parametrize("number", [b"1e300", b"1.7976931348623157e308", b"1" * 308, b"0." + b"1" * 399, b"1e-400"])
def test_takes_the_longest_and_largest_numbers(number: bytes) -> None:
    assert abs(float(read_json(b"[" + number + b"]")[0])) < float("inf")  # type: ignore[index]
