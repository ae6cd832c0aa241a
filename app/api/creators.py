"""What became of each candidate of an optimization."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from app.api.body import JSON
from app.api.caller import MayRead
from app.api.dependencies import FromParts, OptimizationId, Parts
from app.api.documented import LINK, problems
from app.api.paging import ListParameters, cursor_field, link_header
from app.errors import InvalidParameter, NotFound, Unavailable
from app.services import creators
from app.services.caller import Caller
from app.services.cursors import CREATOR_CURSOR
from app.wire import creator_csv
from app.wire.creator_row import Decision
from app.wire.pages import CreatorPage

router = APIRouter(prefix="/v1/optimizations", tags=["answers"])

_JSON_LIMIT = 100


class CreatorsQuery(ListParameters):
    """What the list of creators takes."""

    cursor: str | None = cursor_field(CREATOR_CURSOR)
    limit: int | None = Field(
        default=None, ge=1, le=1000, description=f"Most rows on a page; {_JSON_LIMIT} by default, in CSV all of them."
    )
    decision: Decision | None = Field(default=None, description="Only the offers with this decision.")
    format: Literal["json", "csv"] = Field(default="json", description="JSON, or a table (CSV).")


@router.get(
    "/{optimization_id}/creators",
    summary="List every offer with its decision",
    response_model=CreatorPage,
    response_description="Chosen before rejected, each by creator and offer id.",
    responses={
        200: {
            "headers": {"Link": LINK},
            "content": {
                creator_csv.MEDIA_TYPE: {
                    "schema": {
                        "type": "string",
                        "description": "Columns name nested fields with dots; lists are joined with `;`. A cell that "
                        "begins with = + - @ tab or carriage return gets a leading apostrophe.",
                    }
                }
            },
        },
        **problems(InvalidParameter, NotFound, Unavailable),
    },
)
def list_optimization_creators(
    optimization_id: OptimizationId,
    request: Request,
    parts: FromParts,
    caller: MayRead,
    query: Annotated[CreatorsQuery, Query()],
) -> Response:
    """List every offer of every candidate: decision, reasons, entry price and forecast.

    There are no rows until the optimization has succeeded, and none when it failed or was cancelled.
    """
    if query.format == "csv":
        return _csv(caller, optimization_id, request, parts, query)
    with parts.database.reading() as session:
        page = creators.page(
            session,
            caller.tenant_id,
            optimization_id,
            decision=query.decision,
            cursor=query.cursor,
            limit=query.limit or _JSON_LIMIT,
        )
    headers = link_header(request, page.next_cursor)
    return Response(page.model_dump_json(), media_type=JSON, headers=headers)


def _csv(caller: Caller, optimization_id: str, request: Request, parts: Parts, query: CreatorsQuery) -> Response:
    media_type = f"{creator_csv.MEDIA_TYPE}; charset=utf-8; header=present"
    headers = {"Content-Disposition": f'attachment; filename="creators-{optimization_id}.csv"'}
    if query.limit is None:
        table = creators.table(
            parts.database, caller.tenant_id, optimization_id, decision=query.decision, cursor=query.cursor
        )
        return StreamingResponse(table, media_type=media_type, headers=headers)
    with parts.database.reading() as session:
        text, next_cursor = creators.csv_page(
            session,
            caller.tenant_id,
            optimization_id,
            decision=query.decision,
            cursor=query.cursor,
            limit=query.limit,
        )
    return Response(text, media_type=media_type, headers={**headers, **link_header(request, next_cursor)})
