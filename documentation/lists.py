"""Lists that the service publishes, as tables: the codes of problems, and the default figures of the forecast."""

from collections.abc import Iterator

from app.wire.problem_types import PROBLEM_TYPES
from optimizer.forecast.benchmarks import Benchmarks, Figure, load_benchmarks


def problem_codes() -> str:
    """Two tables: what a whole answer can be, and what can be said of one place of a body."""
    lines = ["## Of a whole request", "", "`type` of a problem ends with the code.", ""]
    lines += ["| status | code | meaning |", "|---|---|---|"]
    lines += [f"| {kind.status} | `{kind.name}` | {kind.title} |" for kind in PROBLEM_TYPES if kind.status is not None]
    lines += [
        "",
        "## Of one place",
        "",
        "`errors[].code` of a problem, `warnings[].code` and `failure.code` of an optimization.",
        "",
    ]
    lines += ["| code | comes as | meaning |", "|---|---|---|"]
    lines += [
        f"| `{kind.name}` | {' or '.join(kind.severities)} | {kind.title} |"
        for kind in PROBLEM_TYPES
        if kind.status is None
    ]
    return "\n".join([*lines, ""])


def default_figures() -> str:
    """Per platform the figures of the packaged benchmarks, each with its source."""
    benchmarks = load_benchmarks()
    lines = [f"Edition {benchmarks.version}.", "", "| figure | means |", "|---|---|"]
    lines += [f"| {name} | {meaning} |" for name, meaning in benchmarks.definitions.items()]
    for platform in benchmarks.platforms:
        lines += ["", f"## {platform}", "", "| figure | of | value | source |", "|---|---|---|---|"]
        lines += _rows(benchmarks, platform)
    return "\n".join([*lines, ""])


def _rows(benchmarks: Benchmarks, platform: str) -> Iterator[str]:
    figures = benchmarks.platforms[platform]
    for per, prior in figures.priors.items():
        value = f"alpha {prior.alpha.value:g}, beta {prior.beta.value:g}, tau {prior.tau.value:g}"
        yield f"| prior | per {per} | {value} | {prior.alpha.source} |"
    yield from _by_tier("sigma", "", figures.sigma)
    for name, by_tier in figures.reach_rate.items():
        yield from _by_tier("reach_rate", name, by_tier)
    for name, figure in figures.non_follower_share.items():
        yield f"| non_follower_share | {name} | {figure.value:g} | {figure.source} |"
    if figures.unique_viewer_share is not None:
        unique = figures.unique_viewer_share
        yield f"| unique_viewer_share | | {unique.value:g} | {unique.source} |"


def _by_tier(name: str, of: str, figures: "dict[str, Figure]") -> Iterator[str]:
    if figures:
        value = ", ".join(f"{tier} {figure.value:g}" for tier, figure in figures.items())
        yield f"| {name} | {of} | {value} | {next(iter(figures.values())).source} |"
