"""What is generated into docs/ is what the code says now."""

import pytest

from app.cli import commands
from documentation.__main__ import FOLDER, WRITTEN, renewed
from documentation.api_page import anchor, api_page
from documentation.formulas import UnknownCommandError, put_back, taken_out


@pytest.mark.parametrize("name", WRITTEN)
def test_the_page_is_as_the_code_has_it(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == renewed(name), "run `make reference`"


def test_every_command_has_a_section() -> None:
    page = (FOLDER / "cli.md").read_text(encoding="utf-8")
    assert {f"## creatormix {command.name}" for command in commands.registered_commands if command.name} <= {
        *page.splitlines()
    }


def test_every_call_and_every_type_of_the_api_has_a_section() -> None:
    document = {
        "tags": [{"name": "plans", "description": "What | is | planned."}],
        "paths": {
            "/plans/{id}": {
                "get": {
                    "tags": ["plans"],
                    "summary": "Get a plan",
                    "operationId": "get_plan",
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                    "responses": {
                        "200": {
                            "description": "It.",
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Plan"}}},
                        }
                    },
                }
            }
        },
        "components": {
            "schemas": {
                "Plan": {
                    "description": "A plan.",
                    "required": ["spend"],
                    "properties": {
                        "spend": {"type": "string", "description": "Money | exact."},
                        "posts": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "default": 1},
                    },
                }
            }
        },
    }
    page = api_page(document)
    assert "### Get a plan { #get_plan }" in page
    assert "`GET /plans/{id}`" in page
    assert "| `id` | path | string |  |" in page
    assert f"| 200 | [Plan](#{anchor('Plan')}) | It. |" in page
    assert f"### Plan {{ #{anchor('Plan')} }}" in page
    assert r"| `spend` | string | Money \| exact. |" in page
    assert "| `posts`? | integer ≥ 1 or null |  Default: `1`. |" in page


def test_formulas_become_mathml_and_code_stays_code() -> None:
    page = "Value $`x_o`$ and `$`.\n\n```math\n\\begin{aligned}a &= \\sum_s b\\end{aligned}\n```\n\n"
    page += "```sh\necho $`id`$\n```\n"
    text, drawn = taken_out(page)
    assert text.endswith("```sh\necho $`id`$\n```\n")
    assert len(drawn) == 2
    html = put_back(text, drawn)
    assert html.count("<math") == 2
    assert "<msub>" in html
    assert "<mtable" in html


def test_a_formula_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(UnknownCommandError, match="nosuchthing"):
        taken_out("$`\\nosuchthing`$")
