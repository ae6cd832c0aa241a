"""Every command of the documentation runs, every JSON is accepted, every link leads somewhere."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.services import demo_briefs
from app.wire.brief import Brief
from app.wire.candidate import Candidate
from app.wire.replan_request import ReplanRequest
from app.wire.webhook_event import OptimizationEvent
from tests.documentation.pages import DOCS, PRINTS, ROOT, Block, anchors, blocks, links, name, not_printed, pages
from tests.documentation.running import HOW_TO_INSTALL, PROGRAMS, desk, run, runnable
from tests.processes import serving

PAGES = {name(page): page for page in pages()}
WITH_COMMANDS = [key for key, page in PAGES.items() if any(runnable(block) for block in blocks(page))]


@pytest.mark.parametrize("key", WITH_COMMANDS)
def test_the_commands_of_the_page_run_and_print_what_it_says(key: str, tmp_path: Path) -> None:
    if not all(map(shutil.which, PROGRAMS)):
        pytest.skip(HOW_TO_INSTALL)
    page = blocks(PAGES[key])
    with desk(tmp_path, page) as where:
        printed = run(page, where)
    last = ""
    for block in page:
        last = printed.get(block, last) if block.language == "sh" else last
        if block.title == PRINTS:
            missing = not_printed(block.text, last)
            assert missing is None, f"{key}, line {block.line}: not printed, or not in this order: {missing}\n{last}"


@pytest.fixture(scope="module")
def service() -> Iterator[httpx.Client]:
    with serving() as api, httpx.Client(base_url=api.base_url, trust_env=False, timeout=120) as client:
        yield client


def bodies() -> Iterator[Any]:
    """Every JSON of the documentation that is neither a file nor printed."""
    for key, page in PAGES.items():
        for block in blocks(page):
            if block.language == "json" and not block.title and not block.not_run:
                yield pytest.param(block, id=f"{key}:{block.line}")


@pytest.mark.parametrize("block", list(bodies()))
def test_every_json_is_accepted(block: Block, service: httpx.Client) -> None:
    body = json.loads(block.text)
    realistic = json.loads(demo_briefs.raw("realistic"))
    if body.keys() >= {"type", "timestamp", "data"}:
        OptimizationEvent.model_validate_json(block.text)
        return
    if body.keys() <= ReplanRequest.model_fields.keys() and not body.keys() <= Brief.model_fields.keys():
        made = service.post("/v1/optimizations", json=realistic).json()
        answer = service.post(f"/v1/optimizations/{made['id']}:replan", json=body)
        assert answer.status_code == 201, answer.text
        return
    if body.keys() <= Brief.model_fields.keys():
        brief = {**realistic, **body}
    else:
        assert body.keys() <= Candidate.model_fields.keys(), "neither a brief, a part of one nor a body of a call"
        brief = {**realistic, "candidates": [{**realistic["candidates"][0], **body}, *realistic["candidates"][1:]]}
    answer = service.post("/v1/optimizations:validate", json=brief)
    assert answer.json()["valid"], answer.text


@pytest.mark.parametrize("key", PAGES)
def test_what_is_not_run_has_a_reason_or_a_test_of_its_own(key: str) -> None:
    for block in blocks(PAGES[key]):
        if block.not_run:
            assert len(block.mark.removeprefix("not run: ").split()) >= 3, f"line {block.line}: {block.mark}"
        elif block.run_elsewhere:
            test = (ROOT / block.run_elsewhere).read_text(encoding="utf-8")
            assert PAGES[key].name in test, f"line {block.line}: {block.run_elsewhere} does not read the page"
        else:
            assert block.language in ("", "sh", "json", "math") or block.title, f"line {block.line}: nobody runs this"


@pytest.mark.parametrize("key", PAGES)
def test_every_link_leads_somewhere(key: str) -> None:
    page = PAGES[key]
    for path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{path} does not exist"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{path}#{anchor}: no such heading"


@pytest.mark.parametrize("key", PAGES)
def test_every_make_target_that_is_named_exists(key: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = PAGES[key].read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
    assert named - targets == set()


def test_every_page_is_in_the_navigation() -> None:
    listed = re.findall(r"(?:: |- )(\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))
