"""The OpenAPI document says what the service does, and its committed copy says the same."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from app.api.openapi import as_text
from app.errors import ServiceError
from app.services import demo_briefs
from app.wire.problem import Problem
from app.wire.problem_types import PROBLEM_TYPES

COPY = Path(__file__).parents[3] / "docs" / "openapi.json"
Document = dict[str, Any]


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> Document:
    found: Document = client.get("/openapi.json").json()
    return found


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_committed_copy_is_this_document(document: Document) -> None:
    assert COPY.read_text() == as_text(document), "run: make openapi"


def test_every_error_shows_the_one_problem(document: Document) -> None:
    for path, method, operation in operations(document):
        statuses = operation["responses"]
        assert "500" in statuses, (path, method)
        for status, response in statuses.items():
            assert "X-Request-Id" in response["headers"], (path, method, status)
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"], (path, method, status)
                shown = response["content"]["application/problem+json"]
                assert shown["schema"] == {"$ref": "#/components/schemas/Problem"}, (path, method, status)
                for example in shown["examples"].values():
                    assert Problem.model_validate(example["value"]).status == int(status)
                assert response["description"]
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])


def test_it_is_openapi_3_1_with_stable_names(document: Document) -> None:
    assert document["openapi"].startswith("3.1")
    assert sorted(operation["operationId"] for _, _, operation in operations(document)) == [
        "ask_break_even_prices",
        "create_optimization",
        "create_webhook_endpoint",
        "delete_optimization",
        "delete_webhook_endpoint",
        "enable_webhook_endpoint",
        "evaluate_plan",
        "get_benchmarks",
        "get_demo_brief",
        "get_livez",
        "get_metrics",
        "get_optimization",
        "get_optimization_alternatives",
        "get_optimization_brief",
        "get_optimization_events",
        "get_optimization_frontier",
        "get_optimization_report",
        "get_optimization_strategies",
        "get_readyz",
        "get_version",
        "get_webhook_delivery",
        "get_webhook_endpoint",
        "list_demo_briefs",
        "list_optimization_creators",
        "list_optimizations",
        "list_problem_types",
        "list_webhook_deliveries",
        "list_webhook_endpoints",
        "ping_webhook_endpoint",
        "replan_optimization",
        "replay_webhook_delivery",
        "rotate_webhook_secret",
        "stop_optimization",
        "validate_optimization",
    ]
    tags = [tag["name"] for tag in document["tags"]]
    assert tags[0] == "optimizations"
    assert all(operation["tags"][0] in tags for _, _, operation in operations(document))


def test_every_field_and_parameter_is_explained(document: Document) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            assert described.get("description") or field == "kind", (name, field)
    for path, method, operation in operations(document):
        assert operation["description"], (path, method)
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (path, method, parameter["name"])


@pytest.mark.parametrize("path", ["/v1/optimizations", "/v1/optimizations:validate"])
def test_posts_offer_every_demo_brief_as_an_example(document: Document, path: str) -> None:
    body = document["paths"][path]["post"]["requestBody"]
    assert body["required"] is True
    shown = body["content"]["application/json"]
    assert {"$ref": "#/components/schemas/Brief"} in (shown["schema"], *shown["schema"].get("anyOf", []))
    assert list(shown["examples"]) == ["minimal", "realistic", "infeasible", "pinned"]
    for name, reference in shown["examples"].items():
        assert reference == {"$ref": f"#/components/examples/{name}"}
        assert document["components"]["examples"][name]["value"] == json.loads(demo_briefs.raw(name))


def test_the_id_of_an_answer_leads_to_what_can_be_done_with_it(document: Document) -> None:
    links = document["paths"]["/v1/optimizations"]["post"]["responses"]["201"]["links"]
    known = {operation["operationId"]: operation for _, _, operation in operations(document)}
    for link in links.values():
        named = [parameter["name"] for parameter in known[link["operationId"]]["parameters"]]
        assert set(link["parameters"]) <= set(named)


def test_demo_briefs_fit_the_schema_and_answers_too(document: Document, client: httpx.Client) -> None:
    def validator(name: str) -> Any:
        return jsonschema_rs.validator_for(
            {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        )

    for demo in demo_briefs.all_briefs():
        validator("Brief").validate(demo.body)
        optimization = client.post("/v1/optimizations", json=demo.body).json()
        validator("Optimization").validate(optimization)


def test_demo_briefs_can_be_posted_back(client: httpx.Client) -> None:
    names = [demo["name"] for demo in client.get("/v1/demo-briefs").json()["data"]]
    assert names == ["minimal", "realistic", "infeasible", "pinned"]
    for name in names:
        raw = client.get(f"/v1/demo-briefs/{name}").content
        posted = client.post("/v1/optimizations", content=raw, headers={"Content-Type": "application/json"})
        assert posted.status_code == 201


def test_benchmarks_carry_their_sources(client: httpx.Client) -> None:
    document = client.get("/v1/benchmarks").json()
    alpha = document["platforms"]["instagram"]["priors"]["follower"]["alpha"]
    assert set(alpha) == {"value", "source"}


def test_problem_types_list_every_error_class(client: httpx.Client) -> None:
    def classes(of: type[ServiceError]) -> set[str]:
        return {of.code}.union(*(classes(inner) for inner in of.__subclasses__()))

    listed = client.get("/v1/problem-types").json()["data"]
    names = [row["name"] for row in listed]
    assert len(names) == len(set(names)) == len(PROBLEM_TYPES)
    assert classes(ServiceError) <= set(names)
    assert all(row["title"] for row in listed)


def test_swagger_ui_comes_from_the_package(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; connect-src 'self'")
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"):
        assert f"/docs/assets/{asset}" in page.text
        assert client.get(f"/docs/assets/{asset}").status_code == 200
