"""The request body of every POST that takes a brief, as the OpenAPI document shows it.

Routes read the bytes themselves, so that they can be kept exactly and numbers lose no digits.
"""

from typing import Any

from app.api.body import JSON
from app.services import demo_briefs

BRIEF_EXAMPLES: dict[str, Any] = {
    demo.name: {"summary": f"{demo.name}: {demo.summary}", "value": demo.body} for demo in demo_briefs.all_briefs()
}
"""For ``components/examples``: one copy, however many routes show them."""

_BRIEF = {"$ref": "#/components/schemas/Brief"}


def _body(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    examples = {name: {"$ref": f"#/components/examples/{name}"} for name in BRIEF_EXAMPLES}
    content = {JSON: {"schema": schema, "examples": examples}}
    return {"requestBody": {"required": True, "description": description, "content": content}}


BRIEF_BODY = _body("The brief. Unknown fields are errors.", _BRIEF)

ANY_BODY = _body(
    "What is meant to be a brief; any JSON document can be checked.",
    {"anyOf": [_BRIEF, {"title": "Anything else", "description": "It is not valid, and the answer says why."}]},
)
