"""The OpenAPI 3.1 document: what FastAPI derives from the routes, and what it cannot know.

``docs/openapi.json`` is the committed copy; ``make openapi`` writes it.
"""

import json
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.api.brief_body import BRIEF_EXAMPLES
from app.api.request_context import REQUEST_ID_HEADER
from app.wire.break_even import BreakEvenRequest
from app.wire.brief import Brief
from app.wire.evaluation_request import EvaluationRequest
from app.wire.problem import Problem
from app.wire.replan_request import ReplanRequest

Document = dict[str, Any]

TAGS = [
    {"name": "optimizations", "description": "A brief in, a proven plan out. Start here: `POST /v1/optimizations`."},
    {
        "name": "answers",
        "description": "Questions about a finished optimization: at which price, with which budget, how else.",
    },
    {"name": "reference", "description": "Complete briefs to start from, the benchmarks, the codes of problems."},
    {"name": "health", "description": "For load balancers and operators."},
]
DESCRIPTION = """\
Chooses the creators and offers of an influencer campaign exactly: the most engaged people of the target group for the
least reach wasted on others, within budget and rules, with proof.

Post a brief to `/v1/optimizations`; the drop-down of its examples has complete ones. Money is a decimal string in the
brief's currency. Every error is `application/problem+json` of one shape, with a JSON Pointer to each fault.
"""

_REF = "#/components/schemas/{model}"


def build_document(app: FastAPI) -> Document:
    """The document of the application's routes."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        description=app.description,
        routes=app.routes,
        tags=TAGS,
    )
    schemas: Document = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    _add_schemas(schemas)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    document["components"]["examples"] = BRIEF_EXAMPLES
    document["components"]["headers"] = {
        REQUEST_ID_HEADER: {
            "description": "The request's id: the one that was sent, or a new one. The service's log has it too.",
            "required": True,
            "schema": {"type": "string"},
        }
    }
    for operation in _operations(document):
        _describe(operation)
    return document


def as_text(document: Document) -> str:
    """The document as it is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _add_schemas(schemas: Document) -> None:
    """Add what no route declares to FastAPI: bodies whose bytes are read raw, and the problem."""
    posted: list[type[BaseModel]] = [Brief, BreakEvenRequest, EvaluationRequest, ReplanRequest]
    _, bodies = models_json_schema([(model, "validation") for model in posted], ref_template=_REF)
    _, problem = models_json_schema([(Problem, "serialization")], ref_template=_REF)
    for added in (bodies["$defs"], problem["$defs"]):
        for name, schema in added.items():
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"two different schemas have the name {name}")


def _operations(document: Document) -> Iterator[Document]:
    for path in document["paths"].values():
        yield from path.values()


def _describe(operation: Document) -> None:
    responses: Document = operation["responses"]
    if "HTTPValidationError" in json.dumps(responses.get("422", {})):
        del responses["422"]
    for response in responses.values():
        reference = {"$ref": f"#/components/headers/{REQUEST_ID_HEADER}"}
        response["headers"] = {REQUEST_ID_HEADER: reference, **response.get("headers", {})}
    for parameter in operation.get("parameters", []):
        _drop_null(parameter["schema"])


def _drop_null(schema: Document) -> None:
    """A parameter is there or not; it cannot be null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:
        del schema["anyOf"]
        schema.update(kinds[0])
