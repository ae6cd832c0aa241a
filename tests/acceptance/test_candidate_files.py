"""docs/reference/candidate-files.md says what is true: its example is solved, its columns are those that are read."""

import json
import re
from pathlib import Path

from typer.testing import CliRunner

from app.cli import commands
from app.services.candidate_files.names import SCALARS, flat
from app.wire.candidate import Candidate, Engagement, Item, Offer

PAGE = (Path(__file__).parents[2] / "docs/reference/candidate-files.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language} [^\n]*\n(.*?)```", PAGE, flags=re.DOTALL)
    return str(found)


def test_the_example_has_the_plan_that_the_page_names(tmp_path: Path) -> None:
    (tmp_path / "brief.json").write_text(block("json"))
    (tmp_path / "creators.csv").write_text(block("csv"))
    done = CliRunner().invoke(
        commands, ["solve", str(tmp_path / "brief.json"), "--candidates", str(tmp_path / "creators.csv"), "--json"]
    )
    assert done.exit_code == 0, done.stderr
    result = json.loads(done.stdout)["result"]
    claim = re.search(r"the plan takes (.*) for ([\d.]+)\.", PAGE)
    assert claim
    assert claim[1] == " and ".join(f"`{row['offer_id']}` of {row['creator_id']}" for row in result["selection"])
    assert claim[2] == result["totals"]["spend"]


def test_every_column_that_is_named_is_read_and_every_field_is_named() -> None:
    table = PAGE[PAGE.index("| column | says |") : PAGE.index("- An empty cell")]
    named = set(re.findall(r"`([a-z_0-9.<>]+)`", table)) - {"engagement.", "offer."}
    assert {name for name in named if flat(name) is None} == set()
    assert named >= set(SCALARS)
    assert named >= {f"engagement.{name}" for name in Engagement.model_fields}
    assert named >= {f"offer.{name}" for name in Offer.model_fields if name != "items"}
    assert {"engagement", "audience", "segment_shares", "audience_sample", "offers"} == set(
        Candidate.model_fields
    ) - set(SCALARS)
    assert set(Item.model_fields) < set(Offer.model_fields)
