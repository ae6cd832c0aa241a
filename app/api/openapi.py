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

from app.api import idempotency
from app.api.brief_body import BRIEF_EXAMPLES
from app.api.documented import problems
from app.api.request_context import REPLAYED_HEADER, REQUEST_ID_HEADER
from app.errors import (
    BodyTooLarge,
    InvalidParameter,
    KeyInUse,
    KeyReused,
    MissingScope,
    NotFound,
    RateLimited,
    ServiceError,
    Unauthenticated,
    Unavailable,
)
from app.services.caller import SCOPES
from app.wire.break_even import BreakEvenRequest
from app.wire.brief import Brief
from app.wire.evaluation_request import EvaluationRequest
from app.wire.problem import Problem
from app.wire.replan_request import ReplanRequest
from app.wire.webhook_endpoint import WebhookEndpointRequest

Document = dict[str, Any]

TAGS = [
    {"name": "optimizations", "description": "A brief in, a proven plan out; a plan of your own; a plan made anew."},
    {
        "name": "answers",
        "description": "About a finished optimization: its report, why not the others, is less more, with which "
        "budget, at which price, how else.",
    },
    {
        "name": "webhooks",
        "description": "Being told when an optimization has ended (Standard Webhooks): `docs/how-to/webhooks.md`.",
    },
    {"name": "reference", "description": "Complete briefs to start from, default figures, codes of problems."},
    {"name": "health", "description": "For load balancers and operators."},
]
DESCRIPTION = (
    """\
Chooses the creators and offers of an influencer campaign exactly: the most engaged people of the target group for
the least reach wasted on others, within budget and rules, with proof.

### Two minutes

In Swagger UI every call below runs as it stands: choose the example, press *Execute*. The page fills in the `id` of
the answer wherever the next call needs it, and links the report at its top.

1. [Solve a brief](#/optimizations/create_optimization), example *realistic*: 60 creators, 25 000 EUR. Look at
   `result.value` (worth, and the bound that no plan exceeds), `result.totals` and `result.selection`.
2. Open the report: *Open its report* at the top of the page, or `/v1/optimizations/{id}/report` in a browser.
3. [Ask why not the others](#/answers/list_optimization_creators), `decision` *rejected*: `reasons` and
   `entry_price`.
4. [Is less more?](#/answers/get_optimization_strategies) Many small creators, few big ones and habits beside the
   best plan.
5. [Ask for exact prices](#/answers/ask_break_even_prices), example *realistic*: `drop_out_price` of a creator who
   is in, `entry_price` of one who is not.
6. [Replan](#/optimizations/replan_optimization), example *realistic*: two have signed, one declined. Look at
   `result.difference`.
7. [Solve a brief](#/optimizations/create_optimization) once more, example *infeasible*: `result.conflicts` names
   the rules that clash, `result.relaxations` the smallest changes that help.

The same first steps in a terminal:

```sh
API=http://127.0.0.1:8000
curl -s $API/v1/demo-briefs/realistic > brief.json
curl -s $API/v1/optimizations -H 'Content-Type: application/json' -d @brief.json > answer.json
id=$(grep -o 'opt_[0-9A-Z]*' answer.json | head -n 1)
curl -s "$API/v1/optimizations/$id/report?part=whole" > report.html
curl -s "$API/v1/optimizations/$id/creators?decision=rejected&limit=3"
```

### What all calls share

Money is a decimal string in the brief's currency. Every error is `application/problem+json` of one shape, with a
JSON Pointer to each fault. A field that is absent has the meaning that its description gives, and the answer names
every default that it leaned on (`result.assumptions`); default figures with their sources are at
[/v1/benchmarks](#/reference/get_benchmarks).

Calls are made with an API key (the button *Authorize*) that belongs to a tenant; a tenant sees nothing of
another's. As long as no key was made, the service answers its own machine without one. What a key may do is its
scopes:
"""
    + "".join(f"\n- `{scope}`: {meaning}" for scope, meaning in SCOPES.items())
    + "\n"
)

_LIMIT_HEADERS: Document = {
    "RateLimit-Policy": {
        "description": 'The limit of the API key: `"calls";q=6000;w=60` is 6000 calls in 60 seconds.',
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": 'Where the key stands: `"calls";r=99;t=42` is 99 calls left, and all again in 42 seconds.',
        "schema": {"type": "string"},
    },
}
_RETRY_AFTER: Document = {
    "description": "Seconds to wait, where the Idempotency-Key is in use.",
    "schema": {"type": "integer"},
}
_REF = "#/components/schemas/{model}"


def build_document(app: FastAPI) -> Document:
    """The document of the application's routes."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        description=app.description,
        routes=app.routes,
        webhooks=app.webhooks.routes,
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
        },
        **_LIMIT_HEADERS,
        REPLAYED_HEADER: idempotency.REPLAYED_DOCUMENTED,
    }
    for method, operation in _operations(document):
        _describe(method, operation)
    return document


def as_text(document: Document) -> str:
    """The document as it is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _add_schemas(schemas: Document) -> None:
    """Add what no route declares to FastAPI: bodies whose bytes are read raw, and the problem."""
    posted: list[type[BaseModel]] = [Brief, BreakEvenRequest, EvaluationRequest, ReplanRequest, WebhookEndpointRequest]
    _, bodies = models_json_schema([(model, "validation") for model in posted], ref_template=_REF)
    _, problem = models_json_schema([(Problem, "serialization")], ref_template=_REF)
    for added in (bodies["$defs"], problem["$defs"]):
        for name, schema in added.items():
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"two different schemas have the name {name}")


def _operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path in document["paths"].values():
        yield from path.items()


def _describe(method: str, operation: Document) -> None:
    if "HTTPValidationError" in json.dumps(operation["responses"].get("422", {})):
        del operation["responses"]["422"]
    if "security" in operation:
        if method == "post":
            _describe_idempotency(operation)
        _describe_key(operation)
    else:
        operation["security"] = []
    for response in operation["responses"].values():
        reference = {"$ref": f"#/components/headers/{REQUEST_ID_HEADER}"}
        response["headers"] = {REQUEST_ID_HEADER: reference, **response.get("headers", {})}
    for parameter in operation.get("parameters", []):
        _drop_null(parameter["schema"])


def _describe_key(operation: Document) -> None:
    """What every call with a key shares: its scope in words, the errors that keys have, the state of its limit."""
    scopes = " ".join(f"`{scope}`" for scope in next(iter(operation["security"][0].values())))
    operation["description"] += f"\n\nNeeds the scope {scopes}."
    _may_end_with(operation, Unauthenticated, MissingScope, RateLimited, Unavailable)
    for status, response in operation["responses"].items():
        if status != str(Unauthenticated.status):
            references = {name: {"$ref": f"#/components/headers/{name}"} for name in _LIMIT_HEADERS}
            response["headers"] = {**response.get("headers", {}), **references}


def _describe_idempotency(operation: Document) -> None:
    """What every POST shares: the header Idempotency-Key and what comes of it."""
    operation.setdefault("parameters", []).append(idempotency.DOCUMENTED)
    _may_end_with(operation, InvalidParameter, NotFound, KeyInUse, BodyTooLarge, KeyReused)
    for status, response in operation["responses"].items():
        if status < "300":
            reference = {"$ref": f"#/components/headers/{REPLAYED_HEADER}"}
            response["headers"] = {**response.get("headers", {}), REPLAYED_HEADER: reference}
        if status == str(KeyInUse.status):
            response["headers"] = {**response.get("headers", {}), "Retry-After": _RETRY_AFTER}


def _may_end_with(operation: Document, *errors: type[ServiceError]) -> None:
    responses: Document = operation["responses"]
    for error in errors:
        shared = problems(error)[error.status]
        own = responses.setdefault(str(error.status), shared)
        examples = _content_of(own)["examples"]
        if error.code not in examples:
            own["description"] = f"{own['description']} {shared['description']}"
            examples.update(_content_of(shared)["examples"])
    operation["responses"] = dict(sorted(responses.items()))


def _content_of(response: Document) -> Document:
    content: Document = next(iter(response["content"].values()))
    return content


def _drop_null(schema: Document) -> None:
    """A parameter is there or not; it cannot be null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:
        del schema["anyOf"]
        schema.update(kinds[0])
