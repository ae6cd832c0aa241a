"""The command line: ``creatormix``."""

from app.cli.commands import commands

__all__ = ["commands", "main"]


def main() -> None:
    """The console script."""
    commands(prog_name="creatormix")
