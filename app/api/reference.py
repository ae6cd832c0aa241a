"""What a client can look up: complete briefs to start from, the benchmarks, the problem types."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from app.api.body import JSON
from app.api.caller import ANYBODY
from app.api.dependencies import FromParts
from app.api.documented import problems
from app.api.paging import NO_PARAMETERS
from app.errors import InvalidParameter, NotFound
from app.services import demo_briefs
from app.wire.problem_types import PROBLEM_TYPES
from app.wire.reference import BenchmarksDocument, DemoBrief, DemoBriefList, ProblemTypeList

router = APIRouter(prefix="/v1", tags=["reference"], dependencies=[ANYBODY])


@router.get(
    "/demo-briefs",
    summary="List the built-in briefs",
    dependencies=[NO_PARAMETERS],
    responses=problems(InvalidParameter),
)
def list_demo_briefs() -> DemoBriefList:
    """List the built-in briefs."""
    return DemoBriefList(data=[DemoBrief(name=demo.name, summary=demo.summary) for demo in demo_briefs.all_briefs()])


@router.get(
    "/demo-briefs/{name}",
    summary="Get a built-in brief",
    response_class=Response,
    response_description="A complete brief that can be posted as it stands.",
    dependencies=[NO_PARAMETERS],
    responses={
        200: {"content": {JSON: {"schema": {"$ref": "#/components/schemas/Brief"}}}},
        **problems(InvalidParameter, NotFound),
    },
)
def get_demo_brief(name: Annotated[str, Path(description="Its `name` in the list.")]) -> Response:
    """Get a built-in brief."""
    return Response(demo_briefs.raw(name), media_type=JSON)


@router.get(
    "/benchmarks", summary="Get the benchmarks", dependencies=[NO_PARAMETERS], responses=problems(InvalidParameter)
)
def get_benchmarks(parts: FromParts) -> BenchmarksDocument:
    """Get the benchmarks that forecasts use, each figure with its source."""
    return BenchmarksDocument.model_validate(parts.benchmarks.as_document())


@router.get(
    "/problem-types",
    summary="List the codes of problems",
    dependencies=[NO_PARAMETERS],
    responses=problems(InvalidParameter),
)
def list_problem_types() -> ProblemTypeList:
    """List the stable codes of errors and warnings."""
    return ProblemTypeList(data=PROBLEM_TYPES)
