"""Edits of JSON text: what they name changes, every other byte stays."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.wire.json_body import read_json
from app.wire.json_edit import document_start, edited, elements, members, text_of

SPACES = st.text(" \t\r\n", max_size=2)
SCALARS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5).map(json.dumps),
    st.sampled_from(["0", "-1", "1.50", "1e2", "90071992547409.91", "null", "true", '"\\u00e9\\"}]"', "[]", "{}"]),
)


@st.composite
def objects(draw: st.DrawFn) -> str:
    keys = draw(st.lists(st.text('ab"\\{}[],:é', max_size=3), unique=True, max_size=5))
    parts = []
    for key in keys:
        values = [draw(SCALARS) for _ in range(draw(st.integers(0, 3)))]
        value = draw(st.sampled_from([json.dumps(key), "[" + draw(SPACES) + f" {draw(SPACES)},".join(values) + " ]"]))
        parts.append(draw(SPACES) + json.dumps(key) + draw(SPACES) + ":" + draw(SPACES) + value + draw(SPACES))
    return draw(SPACES) + "{" + ",".join(parts or [draw(SPACES)]) + "}" + draw(SPACES)


def plain(text: str) -> Any:
    return json.loads(text)


@given(objects(), st.booleans())
def test_values_are_found_where_they_stand(text: str, marked: bool) -> None:
    raw = (b"\xef\xbb\xbf" if marked else b"") + text.encode()
    assert isinstance(read_json(raw), dict)
    assert text_of(raw) == text
    found = members(text, document_start(text))
    assert {key: plain(text[at.start : at.end]) for key, at in found.items()} == plain(text)
    for at in found.values():
        if text[at.start] == "[":
            values = elements(text, at.start)
            assert [value for _, value in values] == plain(text[at.start : at.end])
            assert [plain(text[one.start : one.end]) for one, _ in values] == plain(text[at.start : at.end])


@given(objects(), st.data())
def test_an_edit_changes_its_value_and_nothing_else(text: str, data: st.DataObject) -> None:
    found = members(text, document_start(text))
    chosen = data.draw(st.sets(st.sampled_from(sorted(found)))) if found else set()
    after = edited(text, [found[key].replaced_by('"new"') for key in chosen])
    assert plain(after) == {key: "new" if key in chosen else value for key, value in plain(text).items()}
    kept = text
    for key in sorted(chosen, key=lambda key: -found[key].start):
        kept = kept[: found[key].start] + '"new"' + kept[found[key].end :]
    assert after == kept
