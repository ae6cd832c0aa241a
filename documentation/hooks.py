"""Called by mkdocs for every page (``hooks`` in ``mkdocs.yml``)."""

import json
from pathlib import Path
from typing import Any

from mkdocs.structure.pages import Page

from documentation import formulas
from documentation.api_page import api_page

API_MARK = "<!-- the calls and types stand here in the built page -->"

_formulas: dict[str, list[str]] = {}


def on_page_markdown(markdown: str, page: Page, config: dict[str, Any], **_: object) -> str:
    """Write out what is generated, and take the formulas out: Markdown must not read them."""
    if API_MARK in markdown:
        document = json.loads((Path(config["docs_dir"]) / "openapi.json").read_text(encoding="utf-8"))
        markdown = markdown.replace(API_MARK, api_page(document))
    markdown, _formulas[page.file.src_uri] = formulas.taken_out(markdown)
    return markdown


def on_page_content(html: str, page: Page, **_: object) -> str:
    """Put the formulas back."""
    return formulas.put_back(html, _formulas.pop(page.file.src_uri))
