"""The page at / over HTTP: closed to the outside, and without anything of a tenant's."""

import httpx
import pytest

from tests.app.api.test_report import Page


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Which creators are worth the budget?"), ("de", "Welche Creator sind das Budget wert?")],
)
def test_the_language_is_chosen_by_query_or_header(client: httpx.Client, language: str, title: str) -> None:
    for answer in (client.get(f"/?lang={language}"), client.get("/", headers={"Accept-Language": f"{language}-AT"})):
        assert answer.status_code == 200
        assert title in answer.text
        assert answer.headers["Content-Language"].startswith(language)
        assert answer.headers["Vary"] == "Accept-Language"


def test_everything_comes_from_here_and_nothing_runs_that_stands_in_the_page(client: httpx.Client) -> None:
    answer = client.get("/")
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    page = Page(answer.text)
    files = [one["src"] for one in page.all("script")]
    files += [one["href"] for one in page.all("link") if one["rel"] == "stylesheet"]
    assert len(files) == 6
    for address in files:
        file = client.get(address or "")
        assert file.status_code == 200
        assert file.headers["Content-Type"].split(";")[0] in ("text/javascript", "text/css")
        assert "immutable" in file.headers["Cache-Control"]
        for other in ("", "?v=another"):
            assert client.get((address or "").partition("?")[0] + other).headers["Cache-Control"] == "no-cache"
    for tag, attributes in page.tags:
        assert tag not in ("style", "iframe", "img", "base")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert not (attributes.get("href") or "").startswith(("http", "//", "javascript:"))
