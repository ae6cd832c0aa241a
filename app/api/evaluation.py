"""A plan of the caller's own against the best one."""

from fastapi import APIRouter, Request, Response

from app.api.asking import answered_by
from app.api.body import JSON, read_json_bytes
from app.api.caller import MayRead
from app.api.dependencies import FromParts
from app.api.documented import problems
from app.api.paging import NO_PARAMETERS
from app.errors import (
    BodyTooLarge,
    InvalidParameter,
    InvalidRequest,
    MalformedJson,
    Unavailable,
    UnsupportedMediaType,
    WorkFailed,
)
from app.services import demo_briefs
from app.services.demo_plans import habit
from app.services.questions import evaluation
from app.wire.evaluation import Evaluation

router = APIRouter(prefix="/v1/optimizations", tags=["optimizations"])

_EXAMPLES = {
    demo.name: {
        "summary": f"{demo.name}: the highest engagement rates first",
        "value": {"selection": habit(demo.body), "brief": demo.body},
    }
    for demo in demo_briefs.all_briefs()
}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "A brief and a plan for it. Unknown fields are errors.",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/EvaluationRequest"}, "examples": _EXAMPLES}},
    }
}


@router.post(
    ":evaluate",
    summary="Evaluate a plan of your own",
    dependencies=[NO_PARAMETERS],
    responses=problems(
        *(MalformedJson, BodyTooLarge, UnsupportedMediaType, InvalidRequest, InvalidParameter),
        *(Unavailable, WorkFailed),
    ),
    response_model=Evaluation,
    response_description="The judge's figures; a plan that breaks rules is a 200 too, and says which.",
    openapi_extra=_BODY,
)
async def evaluate_plan(request: Request, parts: FromParts, caller: MayRead) -> Response:
    """Evaluate a plan of your own: what it comes to, what it breaks, and how far it is from the best one.

    The brief is solved within its `solver.time_limit` for the comparison. Nothing is stored.
    """
    raw = await read_json_bytes(request, parts.settings.max_body_bytes)
    return await answered_by(parts, caller, evaluation.answer, raw)
