"""What must be true of every answer to a fuzzed request."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
from pydantic import TypeAdapter, ValidationError

from app.wire.break_even import BreakEven
from app.wire.evaluation import Evaluation
from app.wire.fault_codes import ERRORS, WARNINGS
from app.wire.optimization import Optimization
from app.wire.problem import MEDIA_TYPE, Problem
from app.wire.problem_types import PROBLEM_TYPES
from app.wire.validity import Validation
from tests.fuzz.cases import Case
from tests.fuzz.places import is_a_place, is_a_value
from tests.fuzz.strict_json import NotAccepted, read

GOOD = {"solve": (201, 202), "replan": (201, 202), "validate": (200,), "evaluate": (200,), "break_even": (200,)}
BAD = {400: "malformed_json", 413: "body_too_large", 415: "unsupported_media_type"}
MODELS: dict[str, type[Any]] = {
    "solve": Optimization,
    "replan": Optimization,
    "validate": Validation,
    "evaluate": Evaluation,
    "break_even": BreakEven,
}
ENDED = ("succeeded", "failed", "cancelled")
_NAMES = {kind.name for kind in PROBLEM_TYPES}
_OF_WHAT_IS_THERE = {"unknown_field", "wrong_type", "out_of_range", "too_long", "duplicate_id", "duplicate_name"}
"""Codes that only a value can deserve; others may name the field that is not there."""


def complaints(case: Case, response: httpx.Response) -> list[str]:
    """What is wrong with the answer, in words; nothing when all is well."""
    return list(_complaints(case, response))


def _complaints(case: Case, response: httpx.Response) -> Iterator[str]:
    status = response.status_code
    if not response.headers.get("X-Request-Id"):
        yield "no X-Request-Id"
    if status in GOOD[case.call]:
        yield from _of_a_good_one(case, response)
    elif status in (*BAD, 422):
        yield from _of_a_problem(case, response)
    else:
        yield f"status {status} is not among those of the contract: {response.text[:300]}"


def _of_a_good_one(case: Case, response: httpx.Response) -> Iterator[str]:
    try:
        document = read(case.raw)
    except NotAccepted as error:
        yield f"{response.status_code} for what is not accepted as JSON: {error}"
        return
    try:
        answer = json.loads(response.content, parse_constant=_no_constant)
        model = TypeAdapter(MODELS[case.call]).validate_python(answer)
    except (ValueError, ValidationError) as error:
        yield f"the answer is not of its shape: {error}"
        return
    if isinstance(model, Validation):
        yield from _of_issues(model.model_dump()["errors"], document, ERRORS, "error")
        yield from _of_issues(model.model_dump()["warnings"], document, WARNINGS, "warning")
        if model.valid == bool(model.errors):
            yield "valid and errors contradict each other"
    if isinstance(model, Optimization):
        yield from of_an_optimization(answer, document if case.call == "solve" else None)


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


def of_an_optimization(answer: dict[str, Any], brief: dict[str, Any] | None) -> Iterator[str]:
    """What is wrong with an optimization that was answered. brief: what was posted, where it was a brief."""
    if answer["status"] == "failed":
        yield f"{answer['id']} failed: {answer['failure']}"
    if brief is not None:
        yield from _of_issues(answer["warnings"], brief, WARNINGS, "warning")
    if answer["status"] != "succeeded":
        return
    result, solved = answer["result"], answer["solution_status"]
    if solved in ("optimal", "feasible") and (not result["value"] or not result["totals"]):
        yield f"{solved} without a value"
    if solved in ("infeasible", "no_solution") and (result["value"] or result["selection"]):
        yield f"{solved} with a plan"
    if solved == "infeasible" and not result["conflicts"]:
        yield "infeasible without conflicts"
    if result["value"]:
        yield from _of_a_plan(result, brief)


def _of_a_plan(result: dict[str, Any], brief: dict[str, Any] | None) -> Iterator[str]:
    spend = Decimal(result["totals"]["spend"])
    rows = sum((Decimal(row["landed_cost"]) for row in result["selection"]), Decimal(0))
    if rows != spend:
        yield f"the rows of the selection cost {rows}, the total says {spend}"
    if brief is not None and spend > Decimal(str(brief["budget"])):
        yield f"spends {spend} of {brief['budget']}"
    if len({row["creator_id"] for row in result["selection"]}) != len(result["selection"]):
        yield "a creator twice"
    value = result["value"]
    net, bound = value.get("net"), value["best_bound"]
    if net is not None and bound is not None and net > bound + 1e-6 * max(1.0, abs(bound)):
        yield f"a net value of {net} above the bound {bound}"


def _of_a_problem(case: Case, response: httpx.Response) -> Iterator[str]:
    if response.headers.get("Content-Type") != MEDIA_TYPE:
        yield f"an error of the type {response.headers.get('Content-Type')}"
        return
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError as error:
        yield f"the problem is not of its shape: {error}"
        return
    code = problem.type.partition("#")[2]
    expected = (BAD[response.status_code],) if response.status_code in BAD else ("invalid_brief", "invalid_request")
    if problem.status != response.status_code or code not in expected or code not in _NAMES:
        yield f"{response.status_code} says {problem.status} {code}"
    if problem.request_id != response.headers.get("X-Request-Id"):
        yield "two request ids"
    if response.status_code in (413, 415):
        return
    try:
        document = read(case.raw)
    except NotAccepted as error:
        if response.status_code != 400:
            yield f"{response.status_code} for what is not accepted as JSON: {error}"
        return
    if response.status_code == 400:
        yield f"refused as malformed, but it is acceptable JSON: {problem.detail}"
        return
    yield from _of_issues([issue.model_dump() for issue in problem.errors], document, ERRORS, "error")


def _of_issues(issues: list[dict[str, Any]], document: Any, known: dict[str, str], severity: str) -> Iterator[str]:
    for issue in issues:
        code, pointer = issue["code"], issue["pointer"]
        if code not in known:
            yield f"the code {code} is not published"
        if issue["severity"] != severity:
            yield f"{code} has the severity {issue['severity']}"
        if not is_a_place(pointer, document):
            yield f"{code} points to {pointer}, which is nowhere in the body"
        elif code in _OF_WHAT_IS_THERE and not is_a_value(pointer, document):
            yield f"{code} points to {pointer}, where there is no value"
        if not issue["detail"]:
            yield f"{code} says nothing"
