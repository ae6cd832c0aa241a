"""Writes what is generated into the pages of ``docs/reference``: ``make reference`` runs it, a test compares."""

import re
from pathlib import Path

from documentation.cli_page import cli_page
from documentation.lists import default_figures, problem_codes
from documentation.settings_table import settings_table

FOLDER = Path(__file__).resolve().parents[1] / "docs/reference"
WRITTEN = {
    "cli.md": cli_page,
    "default-figures.md": default_figures,
    "problem-codes.md": problem_codes,
    "settings.md": settings_table,
}
BETWEEN = re.compile(r"(?<=<!-- `make reference` writes this -->\n\n).*?(?=\n<!-- written end -->)", re.DOTALL)


def renewed(name: str) -> str:
    """The page with what is generated as it has to be now.

    Raises ValueError where the page lacks the two marks.
    """
    page = (FOLDER / name).read_text(encoding="utf-8")
    if len(BETWEEN.findall(page)) != 1:
        raise ValueError(f"{name}: the marks around what is written are missing")
    return BETWEEN.sub(lambda _: WRITTEN[name](), page)


if __name__ == "__main__":
    for name in WRITTEN:
        (FOLDER / name).write_text(renewed(name), encoding="utf-8")
