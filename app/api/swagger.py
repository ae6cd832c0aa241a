"""Swagger UI at /docs, from packaged assets: no request leaves the machine, and the browser is told to see to it."""

import base64
import hashlib
import re

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from app.api.caller import ANYBODY

ASSETS_PATH = "/docs/assets"
_PARAMETERS = {
    "tryItOutEnabled": True,
    "displayRequestDuration": True,
    "deepLinking": True,
    "validatorUrl": None,  # Swagger's default sends the document to a validator on the Internet
    "defaultModelsExpandDepth": 0,
    "docExpansion": "list",
    "syntaxHighlight": False,  # colouring a large brief makes the page stall
}
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)

router = APIRouter(include_in_schema=False, dependencies=[ANYBODY])


@router.get("/docs")
def get_docs(request: Request) -> HTMLResponse:
    """The page. It may only talk to where it came from."""
    root: str = request.scope.get("root_path", "")
    page = get_swagger_ui_html(
        openapi_url=f"{root}/openapi.json",
        title=f"{request.app.title}: API",
        swagger_js_url=f"{root}{ASSETS_PATH}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{ASSETS_PATH}/swagger-ui.css",
        swagger_favicon_url=f"{root}{ASSETS_PATH}/favicon-32x32.png",
        swagger_ui_parameters=_PARAMETERS,
    )
    scripts = [
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in _INLINE_SCRIPT.findall(bytes(page.body).decode())
    ]
    page.headers["Content-Security-Policy"] = (
        "default-src 'none'; connect-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        f"script-src 'self' {' '.join(scripts)}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return page


def mount_assets(app: FastAPI) -> None:
    """Serve Swagger UI's files, which the package ``fastapi_swagger`` brings."""
    app.mount(ASSETS_PATH, StaticFiles(packages=[("fastapi_swagger", "resources")]), name="swagger-assets")
