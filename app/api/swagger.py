"""Swagger UI at /docs, from packaged assets: no request leaves the machine, and the browser is told to see to it."""

import base64
import hashlib
import json
from html import escape
from importlib.resources import files
from string import Template

from fastapi import APIRouter, FastAPI, Request
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
_PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title: API</title>
<link rel="icon" href="$root$assets/favicon-32x32.png">
<link rel="stylesheet" href="$root$assets/swagger-ui.css">
<style>
body { margin: 0; }
#newest { position: sticky; top: 0; z-index: 2; margin: 0; padding: .6rem 1.25rem; background: #eef4fb; color: #1b2733;
  border-bottom: 1px solid #b8cde4; font: 14px/1.4 sans-serif; overflow-wrap: anywhere; }
#newest a { color: #0b4f9e; }
</style>
</head>
<body>
<p id="newest" role="status" hidden></p>
<div id="swagger-ui"></div>
<script src="$root$assets/swagger-ui-bundle.js"></script>
<script>$script</script>
</body>
</html>
""")

router = APIRouter(include_in_schema=False, dependencies=[ANYBODY])


@router.get("/docs")
def get_docs(request: Request) -> HTMLResponse:
    """The page. It may only talk to where it came from."""
    root: str = request.scope.get("root_path", "")
    settings = json.dumps({"root": root, "swagger": _PARAMETERS}).replace("<", "\\u003c")
    script = f"const settings = {settings};\n{(files('app.api') / 'swagger_page.js').read_text(encoding='utf-8')}"
    page = _PAGE.substitute(title=request.app.title, root=escape(root), assets=ASSETS_PATH, script=script)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; connect-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        f"script-src 'self' 'sha256-{digest}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": policy})


def mount_assets(app: FastAPI) -> None:
    """Serve Swagger UI's files, which the package ``fastapi_swagger`` brings."""
    app.mount(ASSETS_PATH, StaticFiles(packages=[("fastapi_swagger", "resources")]), name="swagger-assets")
