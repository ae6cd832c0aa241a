"""Every field of the OpenAPI document says to a newcomer what it means: unit, range, what its absence means and why."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

Document = dict[str, Any]

UNIT = re.compile(
    r"people|person|followers|members?\b|creators?\b|contacts?\b|views|posts?\b|offers?\b|attempts|draws|orders"
    r"|changes|money|currency|budget|spend|cost|price|revenue|share|ratio|probability|chance|seconds|millisecond|status"
    r"|seed|ln|unit|times|/ ",
    re.IGNORECASE,
)
"""A figure's unit, or the formula of two figures with units."""
RANGE = re.compile(r"\d \d*|\d|or more|at most", re.IGNORECASE)
ABSENCE = re.compile(r"\babsent\b|\bneeded\b|\binstead of\b|\bdefault\b", re.IGNORECASE)
DEFAULT_FIGURE = re.compile(r"(?:absent(?: or null)?|a member absent): (?:PT)?[\d.]", re.IGNORECASE)
ORIGIN = re.compile(r"the product's default|the benchmarks?\b|since|/v1/benchmarks", re.IGNORECASE)


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> Document:
    found: Document = client.get("/openapi.json").json()
    return found


def named(schema: Any) -> Iterator[str]:
    """The names of the schemas that a part of the document refers to."""
    if isinstance(schema, dict):
        if "$ref" in schema and "/schemas/" in schema["$ref"]:
            yield schema["$ref"].rsplit("/", 1)[1]
        for inner in schema.values():
            yield from named(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from named(inner)


def reached(document: Document, parts: list[Any]) -> set[str]:
    schemas, found, waiting = document["components"]["schemas"], set[str](), list(named(parts))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(named(schemas[name]))
    return found


def operations(document: Document) -> Iterator[Document]:
    for place in ("paths", "webhooks"):
        for methods in document[place].values():
            yield from methods.values()


def posted(document: Document) -> set[str]:
    """Names of the schemas that callers post."""
    bodies = [methods["post"].get("requestBody", {}) for methods in document["paths"].values() if "post" in methods]
    return reached(document, bodies)


def fields(document: Document, names: set[str]) -> Iterator[tuple[str, Document, bool]]:
    """Name, schema and whether it is required, of each field of some schemas."""
    for name in sorted(names):
        schema = document["components"]["schemas"][name]
        for field, told in schema.get("properties", {}).items():
            yield f"{name}.{field}", told, field in schema.get("required", [])


def numbers(schema: Any) -> Iterator[Document]:
    """The schemas of numbers that a field is or holds; money is a text, and its number form has no largest value."""
    if not isinstance(schema, dict):
        return
    if schema.get("type") in ("number", "integer"):
        yield schema
    kinds = schema.get("anyOf", [])
    money = any("[0-9]" in kind.get("pattern", "") for kind in kinds)
    for inner in [] if money else [*kinds, *schema.get("oneOf", [])]:
        yield from numbers(inner)
    for key in ("items", "additionalProperties"):
        yield from numbers(schema.get(key))


def is_money(schema: Any) -> bool:
    return any("[0-9]+" in kind.get("pattern", "") for kind in (schema, *schema.get("anyOf", [])))


def test_every_schema_field_and_parameter_has_a_meaning(document: Document) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description"), name
    for name, schema, _ in fields(document, set(document["components"]["schemas"])):
        assert schema.get("description"), name
    for operation in operations(document):
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (operation["operationId"], parameter["name"])
        for status, response in operation["responses"].items():
            assert response["description"], (operation["operationId"], status)


def test_every_posted_figure_has_unit_and_range(document: Document) -> None:
    checked = 0
    for name, schema, _ in fields(document, posted(document)):
        told = schema["description"]
        for number in numbers(schema):
            checked += 1
            assert {"minimum", "exclusiveMinimum"} & set(number), f"{name} has no lower limit"
            assert {"maximum", "exclusiveMaximum"} & set(number), f"{name} has no upper limit"
            assert RANGE.search(told), f"{name} does not tell its range: {told}"
            assert UNIT.search(told), f"{name} does not tell its unit: {told}"
        if is_money(schema):
            assert re.search(r"money|currency", told), f"{name} does not say that it is money: {told}"
            assert RANGE.search(told), f"{name} does not tell its range: {told}"
    assert checked > 30


def test_every_optional_field_says_what_its_absence_means_and_where_a_default_figure_comes_from(
    document: Document,
) -> None:
    for name, schema, required in fields(document, posted(document)):
        told = schema["description"]
        if not required:
            assert ABSENCE.search(told), f"{name} does not say what it means when it is absent: {told}"
        if DEFAULT_FIGURE.search(told):
            assert ORIGIN.search(told), f"{name} does not say where its default comes from: {told}"


def test_every_answered_figure_has_a_unit(document: Document) -> None:
    answers = [response.get("content", {}) for each in operations(document) for response in each["responses"].values()]
    checked = 0
    for name, schema, _ in fields(document, reached(document, answers) - posted(document)):
        if list(numbers(schema)) and "SourcedFigure" not in str(schema):
            checked += 1
            assert UNIT.search(schema["description"]), f"{name} does not tell its unit: {schema['description']}"
    assert checked > 60


def test_every_parameter_that_is_a_number_has_limits_and_a_default(document: Document) -> None:
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                for number in numbers(parameter["schema"]):
                    where = f"{operation['operationId']} {parameter['name']}"
                    assert {"minimum", "maximum"} <= set(number), where
                    assert "default" in parameter["schema"] or "by default" in parameter["description"], where
