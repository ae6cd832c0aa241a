"""The built-in briefs show what they say they show, and are small enough to read."""

import json

import pytest

from app.errors import NotFound
from app.services import demo_briefs
from tests.app.services.solved import demo, outcome_of


@pytest.mark.parametrize("brief", demo_briefs.all_briefs(), ids=lambda brief: brief.name)
def test_a_built_in_brief_is_small_and_its_handles_are_invented(brief: demo_briefs.DemoBrief) -> None:
    assert len(brief.raw) < 100_000
    assert json.loads(brief.raw) == brief.body
    for candidate in brief.body["candidates"]:
        assert candidate.get("handle", "@demo_").startswith("@demo_")


def test_names_are_those_of_the_contract_and_others_are_unknown() -> None:
    assert [brief.name for brief in demo_briefs.all_briefs()] == ["minimal", "realistic", "infeasible", "pinned"]
    with pytest.raises(NotFound, match="minimal, realistic"):
        demo_briefs.raw("nonsense")


def test_the_realistic_brief_is_60_creators_with_2_offers_from_nano_to_mega() -> None:
    candidates = demo("realistic")["candidates"]
    assert len(candidates) == 60
    assert {len(candidate["offers"]) for candidate in candidates} == {2}
    followers = [candidate["followers"] for candidate in candidates]
    assert min(followers) < 10_000
    assert max(followers) >= 1_000_000


def test_the_pinned_brief_keeps_what_is_settled() -> None:
    result = outcome_of(demo("pinned")).result
    chosen = {row.creator_id: row.offer_id for row in result.selection}
    assert chosen["ada"] == "1 reel"
    assert "ole" not in chosen
    assert chosen.get("pia") != "1 story"
    assert "tim" not in chosen or "tom" in chosen
    assert len({"kai", "lea"} & set(chosen)) <= 1
    assert {"rob", "sue"} & set(chosen)


def test_the_budget_of_the_minimal_brief_does_not_buy_everybody() -> None:
    result = outcome_of(demo("minimal")).result
    assert len(result.selection) == 2
    assert result.next_1000 is not None
    assert result.next_1000 > 0
