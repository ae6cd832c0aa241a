"""A short `make fuzz`: a real service process, fuzzed bodies, and walks along the links of the document."""

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz import mutations
from tests.fuzz.__main__ import SETTINGS
from tests.fuzz.campaign import Campaign, keep
from tests.fuzz.cases import case
from tests.fuzz.stateful import walk
from tests.processes import Api, make_key, serving

CASES = 400
SEED = 1
WALKS = 15


@pytest.fixture(scope="module")
def headers(service: Api) -> dict[str, str]:
    return make_key(service.settings, scopes=["admin"])


@pytest.fixture(scope="module")
def service() -> Iterator[Api]:
    with serving(**SETTINGS) as running:
        yield running
        assert "Traceback" not in running.output()


def test_fuzzed_bodies_have_only_good_answers_and_proper_problems(
    service: Api, headers: dict[str, str], tmp_path: Path
) -> None:
    outcome = Campaign(service, SEED, headers).run(CASES)
    assert not outcome.defects, "\n".join(keep(outcome.defects, tmp_path))
    assert outcome.still_answers
    assert outcome.memory_is_bounded()
    statuses = {status for _, status, _ in outcome.counts}
    assert {200, 201, 400, 415, 422} <= statuses, "the bodies are no longer as various as they were"


def test_walks_along_the_links_meet_only_what_the_document_declares(service: Api, headers: dict[str, str]) -> None:
    walk(service.base_url, headers, WALKS, derandomize=True)


def test_a_case_can_be_made_again_from_its_seed_and_number() -> None:
    brief = {"candidates": [{"id": "c1", "offers": [{"id": "o"}]}], "budget": "1.00"}
    assert [case(3, number, brief) for number in range(50)] == [case(3, number, brief) for number in range(50)]


def test_making_cases_leaves_what_they_are_made_of_as_it_was() -> None:
    brief = {"candidates": [{"id": "c1", "offers": [{"id": "o"}]}], "budget": "1.00"}
    before = copy.deepcopy(mutations.ODD_VALUES)
    for number in range(2_000):
        case(3, number, brief)
    assert before == mutations.ODD_VALUES
