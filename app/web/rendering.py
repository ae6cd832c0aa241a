"""What all pages share: the files that come with them, templates that escape, and what a browser may run."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from app.services.resource import service_version
from app.web.languages import LANGUAGES, NO_FIGURE


@cache
def asset(name: str) -> str:
    """A style sheet or script that comes with the pages."""
    return files("app.web").joinpath("assets", name).read_text("utf-8").strip()


def digest(text: str) -> str:
    """The SHA-256 of a text, as Content-Security-Policy writes it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def rendered(template: str, **values: Any) -> str:
    """A page or a piece of one."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("app.web"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(languages=LANGUAGES, no_figure=NO_FIGURE, version=service_version())
    return environment
