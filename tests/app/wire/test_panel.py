from typing import Any

import pytest

from app.errors import InvalidBrief
from app.wire.fault_codes import ERRORS
from app.wire.parse import parse_brief, parse_brief_head
from tests.builders import body, brief, creator, parsed

Json = dict[str, Any]


def panel(*samples: Any, **fields: Any) -> Json:
    """A brief whose candidates have these samples of a panel of three members."""
    weights = {"weights": {"a": 100.0, "b": 50, "c": 0}}
    candidates = [creator(f"c{k}", audience_sample=sample) for k, sample in enumerate(samples or ([],))]
    return brief(target={"panel": weights | fields}, candidates=candidates)


def target(**fields: Any) -> Json:
    return brief(target={"panel": {"weights": {"a": 1}}} | fields)


WRONG: list[tuple[str, str, Json]] = [
    ("missing_field", "/target/panel/weights", panel() | {"target": {"panel": {}}}),
    ("too_short", "/target/panel/weights", panel(weights={})),
    ("wrong_type", "/target/panel/weights", panel(weights=["a", "b"])),
    ("wrong_type", "/target/panel/weights/a", panel(weights={"a": "1"})),
    ("out_of_range", "/target/panel/weights/a", panel(weights={"a": -1})),
    ("out_of_range", "/target/panel/weights/a~1b", panel(weights={"a/b": 1e13})),
    ("too_short", "/target/panel/weights/", panel(weights={"": 1})),
    ("too_long", "/target/panel/weights/" + "x" * 129, panel(weights={"x" * 129: 1})),
    ("too_long", "/target/panel/weights", panel(weights={f"{k}": 1 for k in range(100_001)})),
    ("out_of_range", "/target/panel/weights", panel(weights={"a": 0, "b": 0})),
    ("unknown_member", "/target/panel/relevance/z", panel(relevance={"a": 0.5, "z": 0.5})),
    ("out_of_range", "/target/panel/relevance/a", panel(relevance={"a": 1.5})),
    ("unknown_field", "/target/panel/members", panel(members=[])),
    ("too_short", "/target/panel/name", panel(name="")),
    ("not_together", "/target/segments", target(segments=[{"name": "s"}])),
    ("not_together", "/target/niche", target(niche="trail-running")),
    ("not_together", "/target/size", target(size=5)),
    ("wrong_type", "/candidates/0/audience_sample", panel("a")),
    ("wrong_type", "/candidates/1/audience_sample/0", panel([], [1])),
    ("too_short", "/candidates/0/audience_sample/1", panel(["a", ""])),
    ("too_long", "/candidates/0/audience_sample/0", panel(["x" * 129])),
    ("unknown_member", "/candidates/1/audience_sample/1", panel(["a"], ["a", "z"])),
    ("duplicate_id", "/candidates/1/audience_sample/2", panel(["a"], ["a", "b", "a"])),
]


@pytest.mark.parametrize(("code", "place", "document"), WRONG, ids=[f"{code} {at[:50]}" for code, at, _ in WRONG])
def test_what_is_wrong_is_told_at_its_place(code: str, place: str, document: Json) -> None:
    with pytest.raises(InvalidBrief) as caught:
        parsed(document)
    assert {fault.code for fault in caught.value.faults} <= ERRORS.keys()
    assert (code, place) in [(fault.code, fault.pointer) for fault in caught.value.faults]


def test_a_right_one_is_read() -> None:
    made = parse_brief(body(panel(["a", "c"], [], None, relevance={"b": 0}, name="runners")))
    assert made.target.panel is not None
    assert made.target.panel.weights == {"a": 100, "b": 50, "c": 0}
    assert [row.audience_sample for row in made.candidates] == [["a", "c"], [], None]
    (segment,) = made.target.parts().segments
    assert (segment.name, segment.size) == ("runners", 150)
    assert segment.relevance == pytest.approx(2 / 3)


def test_candidates_from_a_file_have_no_samples() -> None:
    document = {name: value for name, value in panel().items() if name != "candidates"}
    with pytest.raises(InvalidBrief) as caught:
        parse_brief_head(body(document))
    assert [(fault.code, fault.pointer) for fault in caught.value.faults] == [("not_together", "/target/panel")]
