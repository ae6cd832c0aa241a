"""Query parameters that lists share, and the Link header of their pages."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field


class ListParameters(BaseModel):
    """Query parameters of a list. One that the list does not know is an error, so that a typing error is seen."""

    model_config = ConfigDict(extra="forbid")


class NoParameters(BaseModel):
    """The query of a call that takes no parameters; one is an error."""

    model_config = ConfigDict(extra="forbid")


def _nothing_asked(_: Annotated[NoParameters, Query()]) -> None:
    return None


NO_PARAMETERS = Depends(_nothing_asked)
"""For the ``dependencies`` of a call that takes no query parameters."""


def cursor_field(form: str) -> Any:
    """The parameter ``cursor`` of a list whose cursors match ``form``; the service checks it, with better words."""
    return Field(
        default=None,
        description="`next_cursor` of the page before; without it the first page.",
        json_schema_extra={"pattern": form},
    )


def link_header(request: Request, next_cursor: str | None) -> dict[str, str]:
    """The header that names the next page, with the filters of this one; {} on the last page."""
    if next_cursor is None:
        return {}
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    query = urlencode([*kept, ("cursor", next_cursor)])
    return {"Link": f'<{request.url.path}?{query}>; rel="next"'}
