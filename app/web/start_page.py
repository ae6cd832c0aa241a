"""The page at /: a brief is edited, checked and run there, and its report shown, with an API key where needed."""

from app.services import demo_briefs
from app.web.languages import Words
from app.web.rendering import asset, digest, rendered

MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript"}
STYLES = ("report.css", "start.css")
SCRIPTS = ("report.js", "places.js", "caller.js", "start.js")
"""In the order in which they run."""
FIRST = "realistic"
"""The brief that stands in the editor."""
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may do: its own files, and calls to where it came from."""


def start_page(root: str, words: Words) -> str:
    """The page at /. root: the path under which the service is reached, such as "" or /creatormix."""
    return _page(root, words, report=None)


def key_page(root: str, words: Words, report: str) -> str:
    """What stands at the address of a report that needs a key: it asks for the key and shows the report with it."""
    return _page(root, words, report)


def asset_of(name: str) -> tuple[str, str] | None:
    """Text and media type of a file of these pages; None where there is none of this name."""
    if name not in STYLES + SCRIPTS:
        return None
    return asset(name), MEDIA_TYPES[name[name.rindex(".") :]]


def _page(root: str, words: Words, report: str | None) -> str:
    return rendered(
        "start.html",
        w=words,
        t=words.text,
        root=root,
        report=report,
        styles=[_address(root, name) for name in STYLES],
        scripts=[_address(root, name) for name in SCRIPTS],
        demos=[(demo.name, demo.name == FIRST) for demo in demo_briefs.all_briefs()],
        brief=demo_briefs.raw(FIRST).decode(),
    )


def mark(name: str) -> str:
    """A mark of a file's content, so that a browser never takes an old one for it."""
    return digest(asset(name)).translate(str.maketrans("+/", "-_"))[:12]


def _address(root: str, name: str) -> str:
    return f"{root}/assets/{name}?v={mark(name)}"
