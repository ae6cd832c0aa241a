"""docs/how-to/api.md and README.md name calls that the service has."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.main import create_app
from app.settings import Settings
from tests.in_threads import InThreads

ROOT = Path(__file__).parents[2]
CALL = re.compile(r"(?:\$API|http://127\.0\.0\.1:8000|`(?:GET|POST|DELETE) )(/[^\s`\"'?>]*)")


def calls(page: str) -> set[str]:
    """The paths that a page names."""
    found = CALL.findall((ROOT / page).read_text(encoding="utf-8"))
    return {path.replace("$id", "{id}") for path in found}


@pytest.mark.parametrize(("page", "at_least"), [("docs/how-to/api.md", 12), ("README.md", 5)])
def test_every_call_of_the_page_exists(page: str, at_least: int, new_settings: Callable[..., Settings]) -> None:
    app = create_app(new_settings(), InThreads)
    templates = [re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)) for path in app.openapi()["paths"]]
    named = calls(page) - {"/docs", "/openapi.json"}
    assert len(named) >= at_least
    assert {path for path in named if not any(re.fullmatch(one, path) for one in templates)} == set()
