"""Formulas: LaTeX in Markdown becomes MathML when the site is built, so that no script has to draw it.

A block stands in a fence of the language ``math``, a formula in a sentence between ``$`` and backticks: what Git
hosts draw too.
"""

import re

from latex2mathml.converter import convert

_FENCE_OR_INLINE = re.compile(
    r"^```math\n(?P<block>.*?)^```$|^(?P<fence>`{3,})[^`\n]*\n.*?^(?P=fence)$|\$`(?P<inline>[^`]+)`\$",
    re.DOTALL | re.MULTILINE,
)
_PLACE = re.compile(r"formula(\d+)standshere")


class UnknownCommandError(ValueError):
    """A formula uses a LaTeX command that is not drawn."""


def taken_out(markdown: str) -> tuple[str, list[str]]:
    """The page with a word in the place of each formula, and the formulas as MathML.

    Raises UnknownCommandError.
    """
    drawn: list[str] = []

    def take(found: re.Match[str]) -> str:
        if found["block"] is None and found["inline"] is None:
            return found[0]
        block = found["block"] is not None
        drawn.append(_mathml(found["block"] or found["inline"], "block" if block else "inline"))
        return f"formula{len(drawn) - 1}standshere"

    return _FENCE_OR_INLINE.sub(take, markdown), drawn


def put_back(html: str, drawn: list[str]) -> str:
    """The page with each formula in its place."""
    return _PLACE.sub(lambda found: drawn[int(found[1])], html)


def _mathml(latex: str, display: str) -> str:
    # Git hosts draw both names of it, the converter only the second.
    drawn: str = convert(latex.strip().replace("{aligned}", "{align*}"), display=display)
    unknown = re.findall(r"\\\w*|<mi>&</mi>", drawn)
    if unknown:
        raise UnknownCommandError(f"not drawn: {unknown} in {latex.strip()}")
    return drawn
