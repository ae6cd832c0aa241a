"""Where the command line meets its caller: bytes in, exit codes and messages out."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console

from app.errors import BodyTooLarge, InvalidCandidateFile, ServiceError, Unavailable
from app.settings import BadSettingError
from app.wire.candidate_file import file_problem_of
from app.wire.problem import problem_of
from optimizer.forecast.benchmarks_file import BenchmarksError

EXIT_FAILED = 1
EXIT_INVALID = 2
EXIT_INFEASIBLE = 3
EXIT_NO_PLAN = 4
EXIT_INTERRUPTED = 130

STDIN = "-"


class CannotGoOnError(Exception):
    """The command cannot do what it was asked to; the message says why, in one line."""


@contextmanager
def reported(instance: str) -> Iterator[None]:
    """Turn what can go wrong for a caller into a message and an exit code; defects pass through.

    instance: what was worked on, for problem details.
    """
    try:
        yield
        sys.stdout.flush()
    except Unavailable as error:
        complain(error.detail)
        raise typer.Exit(EXIT_FAILED) from None
    except InvalidCandidateFile as error:
        sys.stderr.write(f"{file_problem_of(error, request_id=_request_id()).model_dump_json(indent=2)}\n")
        raise typer.Exit(EXIT_INVALID) from None
    except ServiceError as error:
        problem = problem_of(error, instance=instance, request_id=_request_id())
        sys.stderr.write(f"{problem.model_dump_json(indent=2)}\n")
        raise typer.Exit(EXIT_INVALID) from None
    except (CannotGoOnError, BadSettingError, BenchmarksError) as error:
        complain(str(error))
        raise typer.Exit(EXIT_INVALID) from None
    except BrokenPipeError:
        # The reader has what it wanted (`creatormix demo | head`). Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(EXIT_INVALID) from None
    except OSError as error:
        complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        raise typer.Exit(EXIT_INVALID) from None
    except KeyboardInterrupt:
        complain("interrupted")
        raise typer.Exit(EXIT_INTERRUPTED) from None


def _request_id() -> str:
    return f"req_{secrets.token_hex(12)}"


class OutputConsole(Console):
    """A console on stdout that leaves a reader that goes away to ``reported``; rich would exit by itself."""

    def __init__(self) -> None:
        super().__init__(highlight=False)

    def on_broken_pipe(self) -> None:
        """Called by rich while it handles a BrokenPipeError."""
        raise BrokenPipeError


def complain(message: str) -> None:
    """Say on stderr what is wrong."""
    sys.stderr.write("".join(f"creatormix: {line}\n" for line in message.splitlines()))


def read_bytes(source: str, most: int) -> bytes:
    """The bytes of a file, or of stdin for ``-``. Raises CannotGoOnError, or BodyTooLarge above ``most`` bytes."""
    try:
        if source == STDIN:
            if sys.stdin is None or sys.stdin.closed:
                raise CannotGoOnError("standard input is closed")
            raw = sys.stdin.buffer.read(most + 1)
        else:
            with Path(source).open("rb") as file:
                raw = file.read(most + 1)
    except FileNotFoundError:
        raise CannotGoOnError(f"there is no file {source!r}") from None
    except IsADirectoryError:
        raise CannotGoOnError(f"{source!r} is a directory, not a file") from None
    except PermissionError:
        raise CannotGoOnError(f"{source!r} may not be read by this user") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CannotGoOnError(f"{source!r} cannot be read: {reason}") from None
    if len(raw) > most:
        raise BodyTooLarge(f"The brief is larger than {most} bytes (CREATORMIX_MAX_BODY_BYTES).")
    return raw


def write(text: str) -> None:
    """Text to stdout in UTF-8, whatever the terminal's encoding: what is written so is for programs."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()
