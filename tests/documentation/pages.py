"""Pages of the documentation as a test sees them: their code blocks in order, what each is for, and their links.

What stands on a fence, or in a comment before it, says what is done with a block:

    ```sh                         commands: run in order, all of a page in one shell and one folder
    ```json title="brief.json"    a file of that folder; any language
    ```text title="prints"        what the commands before it print; `...` leaves lines out, `…` a part of a word
    ```json                       a brief, a part of one, or another body: the service has to accept it
    ```                           a drawing
    <!-- not run: reason -->      nothing; the reason says why a test cannot
    <!-- run by tests/... -->     that test reads the page and runs it
    <!-- answers 422 -->          commands whose calls are answered with an error, on purpose
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown.extensions.toc import slugify

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PRINTS = "prints"

_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*?) -->\n)?^(?P<fence>`{3,})(?P<language>\w*)(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)$",
    re.DOTALL | re.MULTILINE,
)
_TEST = re.compile(r"(?:run by )?(tests/\S+\.py)")
_TITLE = re.compile(r'title="([^"]+)"')
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?)(?: +\{ *#([\w-]+) *\})?$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A code block. mark: the comment right before it, "" where there is none. line: of its fence, from 1."""

    language: str
    title: str
    text: str
    mark: str
    line: int

    @property
    def not_run(self) -> bool:
        """Whether a test cannot do anything with it; its mark then says why."""
        return self.mark.startswith("not run: ")

    @property
    def run_elsewhere(self) -> str:
        """The test that runs it instead, "" where that is this one."""
        found = _TEST.match(self.mark)
        return found[1] if found else ""


def blocks(page: Path) -> list[Block]:
    """The code blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        title = _TITLE.search(match["info"])
        line = text.count("\n", 0, match.start("fence")) + 1
        found.append(
            Block(match["language"], title[1] if title else "", match["text"], match["mark"] or "", line),
        )
    return found


def pages() -> list[Path]:
    """All pages of the documentation, with those beside it that people read first."""
    return [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]


def name(page: Path) -> str:
    """A page as it is called in a failure."""
    return page.relative_to(ROOT).as_posix()


def without_code(page: Path) -> str:
    """The text of a page without its code blocks and code words."""
    return re.sub(r"`[^`\n]*`", "", _BLOCK.sub("", page.read_text(encoding="utf-8")))


def links(page: Path) -> Iterator[tuple[str, str]]:
    """Links to files of the project: the path as written ("" for the page itself) and the anchor ("" for none)."""
    for target in _LINK.findall(without_code(page)):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield path, anchor


def anchors(page: Path) -> set[str]:
    """What can stand behind # in a link to the page."""
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    return {own or slugify(re.sub(r"[`*]|\]\([^)]*\)|\[", "", title), "-") for title, own in _HEADING.findall(text)}


_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e-\d+)?")


def not_printed(stated: str, printed: str) -> str | None:
    """The first stated line that is not among the printed ones in this order; None when all are.

    Padding is left aside; figures may differ by two thousandths.
    """
    lines = iter(printed.splitlines())
    for line in stated.splitlines():
        if line.strip() in ("", "..."):
            continue
        if not any(_same(line.split(), other.split()) for other in lines):
            return line
    return None


def _same(stated: list[str], printed: list[str]) -> bool:
    return len(stated) == len(printed) and all(map(_same_word, stated, printed))


def _same_word(stated: str, printed: str) -> bool:
    if "…" in stated:
        return re.fullmatch(".*".join(map(re.escape, stated.split("…"))), printed) is not None
    if _FIGURE.sub("#", stated) != _FIGURE.sub("#", printed):
        return False
    pairs = zip(_FIGURE.findall(stated), _FIGURE.findall(printed), strict=True)
    return all(_close(float(one.replace(",", "")), float(other.replace(",", ""))) for one, other in pairs)


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= 2e-3 * max(abs(one), abs(other))
