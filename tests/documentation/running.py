"""Runs the commands of a page as a reader would: in a folder of its own, beside a real service on SQLite."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.documentation.pages import PRINTS, Block
from tests.processes import EXECUTABLE, Api, api, environment

TIMEOUT_S = 600
PROGRAMS = ("bash", "curl", "jq")
HOW_TO_INSTALL = "the commands of the documentation need bash, curl and jq: apt install curl jq"

SERVICE = "http://127.0.0.1:8000"
DATABASE = "creatormix.db"

_BETWEEN = "\x1e"
_STATUS = "answered "
_REFUSED = re.compile(rf"^{_STATUS}(?P<status>[045]\d\d) .*", re.MULTILINE)
_EXPECTED = re.compile(r"answers (\d\d\d)")


@dataclass(frozen=True)
class Desk:
    """Where a page is run."""

    folder: Path
    service: Api


@contextmanager
def desk(folder: Path, page: list[Block]) -> Iterator[Desk]:
    """A folder for a page, with a ready service on creatormix.db in it where the page calls it or copies that."""
    service = api(folder, {"database_url": f"sqlite:///{folder / DATABASE}"})
    programs = folder / ".venv/bin"
    programs.mkdir(parents=True)
    curl = [str(shutil.which("curl")), "--write-out", f"%{{stderr}}{_STATUS}%{{http_code}} %{{url}}\\n"]
    for program, command in {"creatormix": EXECUTABLE, "python": [sys.executable], "curl": curl}.items():
        (programs / program).write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        (programs / program).chmod(0o755)
    try:
        if any(SERVICE in block.text or DATABASE in block.text for block in page if runnable(block)):
            service.start()
            service.wait_until_ready()
        yield Desk(folder, service)
    finally:
        service.destroy()


def runnable(block: Block) -> bool:
    """Whether a block has a part in the run: it is a file or commands."""
    if block.not_run or block.run_elsewhere:
        return False
    return block.language == "sh" or block.title not in ("", PRINTS)


def run(page: list[Block], where: Desk) -> dict[Block, str]:
    """Run the blocks in order; what each block of commands printed.

    Raises AssertionError at the first that fails. A call that is answered with an error has failed too, unless the
    comment before its block is `answers` and the status.
    """
    steps = [block for block in page if runnable(block)]
    script = where.folder / ".page.sh"
    script.write_text("\n".join(_step(number, block, where.service.base_url) for number, block in enumerate(steps)))
    path = ":".join([str(where.folder / ".venv/bin"), *filter(None, map(_folder_of, PROGRAMS)), "/usr/bin", "/bin"])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", str(script)],
        cwd=where.folder,
        env={**environment(where.service.settings), "PATH": path, "COLUMNS": "80", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    printed = dict(zip(steps, done.stdout.split(_BETWEEN)[1:], strict=False))
    assert done.returncode == 0, f"line {list(printed)[-1].line}: exit code {done.returncode}\n{done.stdout[-3000:]}"
    for block, output in printed.items():
        marked = _EXPECTED.fullmatch(block.mark)
        expected = marked[1] if marked else "none"
        for refused in _REFUSED.finditer(output):
            assert refused["status"] == expected, f"line {block.line}: {refused[0]}\n{output[-2000:]}"
    return printed


def _folder_of(program: str) -> str | None:
    found = shutil.which(program)
    return None if found is None else str(Path(found).parent)


def _step(number: int, block: Block, base_url: str) -> str:
    begin = "printf '\\036'\n"
    if block.title:
        return f"{begin}cat > {shlex.quote(block.title)} <<'END_OF_FILE_{number}'\n{block.text}END_OF_FILE_{number}\n"
    return begin + block.text.replace(SERVICE, base_url)
