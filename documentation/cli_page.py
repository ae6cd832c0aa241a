"""The command line as a page, from its Typer application."""

from collections.abc import Iterator
from typing import Any

import typer

from app.cli import commands


def cli_page() -> str:
    """A section per command, in the order of `creatormix --help`."""
    lines: list[str] = []
    for words, command in _commands("creatormix", typer.main.get_command(commands)):
        lines += _section(words, command)
    return "\n".join(lines)


def _commands(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Commands with the words that call them. A group stands for those in it, and the program itself comes first."""
    inner = getattr(command, "commands", {})
    if not inner or words == "creatormix":
        yield words, command
    for name, one in inner.items():
        yield from _commands(f"{words} {name}", one)


def _section(words: str, command: Any) -> Iterator[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    said = [_named(one) if one.required else f"[{_named(one)}]" for one in arguments]
    if hasattr(command, "commands"):
        said.append("COMMAND")
    yield f"## {words}"
    yield ""
    yield f"`{' '.join([words, *(['[options]'] if options else []), *said])}`"
    yield ""
    yield (command.help or "").strip()
    yield ""
    if arguments or options:
        yield "| argument or option | default | meaning |"
        yield "|---|---|---|"
        for one in (*arguments, *options):
            yield f"| {_names(one)} | {_default(one)} | {(one.help or '').strip().rstrip('.')}{_bounds(one)} |"
        yield ""


def _named(argument: Any) -> str:
    return str(argument.metavar or argument.name)


def _names(one: Any) -> str:
    if one.param_type_name == "argument":
        return f"`{_named(one)}`"
    value = "" if one.is_flag else f" {one.metavar or one.name.upper()}"
    return ", ".join(f"`{name}{value}`" for name in one.opts)


def _default(one: Any) -> str:
    if one.required:
        return "needed"
    return "" if one.default in (None, False, []) else f"`{one.default}`"


def _bounds(one: Any) -> str:
    if one.max is not None:
        return f", {one.min} to {one.max}"
    return "" if one.min is None else f", {one.min} or more"
