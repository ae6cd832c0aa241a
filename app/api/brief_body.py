"""The request body of every POST that takes a brief, as the OpenAPI document shows it.

Routes read the bytes themselves, so that they can be kept exactly and numbers lose no digits.
"""

from typing import Any

from app.api.body import JSON
from app.services import demo_briefs

BRIEF_EXAMPLES: dict[str, Any] = {
    demo.name: {"summary": demo.summary, "value": demo.body} for demo in demo_briefs.all_briefs()
}
"""For ``components/examples``: one copy, however many routes show them."""

BRIEF_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The brief. Unknown fields are errors.",
        "content": {
            JSON: {
                "schema": {"$ref": "#/components/schemas/Brief"},
                "examples": {name: {"$ref": f"#/components/examples/{name}"} for name in BRIEF_EXAMPLES},
            }
        },
    }
}
