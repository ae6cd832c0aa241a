"""The page at / and its files: a brief is tried there by hand."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from app.api.caller import ANYBODY
from app.errors import NotFound
from app.web import start_page
from app.web.languages import LANGUAGES, Language, Words, wanted

router = APIRouter(include_in_schema=False, dependencies=[ANYBODY])


@router.get("/")
def get_start_page(
    request: Request,
    lang: Annotated[Language | None, Query()] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> Response:
    """The page. It shows nothing of a tenant's: what it asks for it asks of the API, with the reader's key."""
    words = wanted(lang, accept_language)
    html = start_page.start_page(request.scope.get("root_path", ""), words)
    return _page(html, words)


@router.get("/assets/{name}")
def get_asset(name: str, v: str | None = None) -> Response:
    """A style sheet or script; whoever names its content with ``v`` may keep it."""
    found = start_page.asset_of(name)
    if found is None:
        raise NotFound(f"There is nothing at /assets/{name[:80]}.")
    text, media_type = found
    kept = "public, max-age=31536000, immutable" if v == start_page.mark(name) else "no-cache"
    return Response(text, media_type=media_type, headers={"Cache-Control": kept, "X-Content-Type-Options": "nosniff"})


def key_response(request: Request) -> Response:
    """In place of a report that needs a key: a page that asks for it. The status says that the report is not here."""
    lang = request.query_params.get("lang")
    words = wanted(next((known for known in LANGUAGES if known == lang), None), request.headers.get("accept-language"))
    html = start_page.key_page(request.scope.get("root_path", ""), words, request.url.path)
    response = _page(html, words)
    response.status_code = HTTPStatus.UNAUTHORIZED
    response.headers["Cache-Control"] = "no-store"
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _page(html: str, words: Words) -> Response:
    return Response(
        html,
        media_type="text/html",
        headers={
            "Content-Language": words.tag,
            "Vary": "Accept-Language",
            "Cache-Control": "private, no-cache",
            "Content-Security-Policy": start_page.CONTENT_SECURITY_POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    )
