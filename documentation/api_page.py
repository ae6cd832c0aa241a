"""The HTTP API as one page, from its OpenAPI document."""

import json
import re
from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]
Schema = dict[str, Any]

METHODS = ("post", "get", "put", "patch", "delete")
COMMON_HEADERS = {"X-Request-Id", "RateLimit", "RateLimit-Policy", "Idempotent-Replayed"}


def api_page(document: Document) -> str:
    """Markdown: the calls by tag in the order of the tags, the webhooks, then every type."""
    lines: list[str] = []
    for tag in document["tags"]:
        lines += [f"## {tag['name'].capitalize()}", "", tag.get("description", ""), ""]
        for path, item in document["paths"].items():
            for method in METHODS:
                if tag["name"] in item.get(method, {}).get("tags", ()):
                    lines += _call(method, path, item[method], document)
    lines += ["## Events sent to webhooks", ""]
    for name, item in document.get("webhooks", {}).items():
        sent = item["post"]
        lines += [f"### {name}", "", _prose(sent.get("description", sent.get("summary", ""))), ""]
        lines += [f"Body: {_body(sent['requestBody'])}.", ""]
    lines += ["## Types", "", "`?` marks a field that may be absent.", ""]
    for name, schema in sorted(document["components"]["schemas"].items()):
        lines += _type(name, schema)
    return "\n".join(lines)


def _call(method: str, path: str, call: Schema, document: Document) -> Iterator[str]:
    yield f"### {call['summary'].rstrip('.')} {{ #{call['operationId']} }}"
    yield ""
    yield f"`{method.upper()} {path}`"
    yield ""
    yield _prose(call.get("description", ""))
    yield ""
    parameters = [_resolved(one, document) for one in call.get("parameters", ())]
    if parameters:
        yield "| parameter | in | type | meaning |"
        yield "|---|---|---|---|"
        for one in parameters:
            needed = "" if one.get("required") else "?"
            told = _cell(one.get("description", ""))
            yield f"| `{one['name']}`{needed} | {one['in']} | {shape(one['schema'])} | {told} |"
        yield ""
    if "requestBody" in call:
        yield f"Body: {_body(call['requestBody'])}."
        yield ""
    yield "| answer | body | meaning |"
    yield "|---|---|---|"
    for status, answer in call["responses"].items():
        answer = _resolved(answer, document)
        headers = [f"`{name}`" for name in answer.get("headers", ()) if name not in COMMON_HEADERS]
        told = _cell(answer.get("description", "")) + (f" Headers: {', '.join(headers)}." if headers else "")
        yield f"| {status} | {_body(answer) if 'content' in answer else ''} | {told} |"
    yield ""


def _type(name: str, schema: Schema) -> Iterator[str]:
    yield f"### {name} {{ #{anchor(name)} }}"
    yield ""
    yield _prose(schema.get("description", ""))
    yield ""
    if "properties" not in schema:
        yield f"{shape(schema)}."
        yield ""
        return
    yield "| field | type | meaning |"
    yield "|---|---|---|"
    for field, own in schema["properties"].items():
        needed = "" if field in schema.get("required", ()) else "?"
        default = own.get("default")
        told = f" Default: `{json.dumps(default)}`." if default not in (None, [], {}) else ""
        yield f"| `{field}`{needed} | {shape(own)} | {_cell(own.get('description', ''))}{told} |"
    yield ""


def anchor(name: str) -> str:
    """Where the type stands on the page."""
    return f"type-{name.lower()}"


def shape(schema: Schema) -> str:
    """A type in few words, with its limits and a link to what has a section of its own."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{anchor(name)})"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(shape(one) for one in schema[several]))
    if "allOf" in schema:
        return " and ".join(shape(one) for one in schema["allOf"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {shape(schema.get('items', {}))}" + _limits(schema, "minItems", "maxItems", "entries")
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {shape(schema['additionalProperties'])}"
    if kind == "string":
        return str(schema.get("format", "string")) + _limits(schema, "minLength", "maxLength", "characters")
    return str(kind) + _limits(schema, "minimum", "maximum", "") + _open_limits(schema)


def _limits(schema: Schema, least: str, most: str, of: str) -> str:
    sides = [f"{sign} {schema[key]:,}".replace(",", " ") for key, sign in ((least, "≥"), (most, "≤")) if key in schema]
    return f" {', '.join(sides)} {of}".rstrip() if sides else ""


def _open_limits(schema: Schema) -> str:
    keys = (("exclusiveMinimum", ">"), ("exclusiveMaximum", "<"))
    return "".join(f" {sign} {schema[key]}" for key, sign in keys if key in schema)


def _body(carrier: Schema) -> str:
    kinds = carrier["content"]
    shapes = dict.fromkeys(shape(kind["schema"]) for kind in kinds.values() if kind.get("schema"))
    names = ", ".join(f"`{name}`" for name in kinds if name != "application/json")
    return " or ".join(shapes) + (f" ({names})" if names else "")


def _resolved(entry: Schema, document: Document) -> Schema:
    if "$ref" not in entry:
        return entry
    found: Any = document
    for part in entry["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _prose(text: str) -> str:
    """A description under its own heading: headings in it would break the page's order."""
    return re.sub(r"^#+ +(.*)$", r"**\1**", text.strip(), flags=re.MULTILINE)


def _cell(text: str) -> str:
    """A description in one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
