"""Benchmarks: the figures that stand in where a brief does not say, each with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from optimizer.forecast.benchmarks_file import (
    BenchmarkFile,
    BenchmarksError,
    Figure,
    PlatformFigures,
    Prior,
    read_benchmarks,
)

__all__ = ["Benchmarks", "BenchmarksError", "Figure", "PlatformFigures", "Prior", "load_benchmarks"]

PACKAGED = Path(__file__).with_name("benchmarks.toml")
"""The file that is used unless a user brings another."""


@dataclass(frozen=True, eq=False, slots=True)
class Benchmarks:
    """The parsed and checked content of one benchmarks file.

    version: the file's own word for its edition. hash: sha256 of the file's bytes, hex.
    tiers: tier name -> lowest follower count, rising from 0; figures by tier are read by these bounds.
    definitions: kind of figure -> what it measures.
    platforms: platform -> its figures; a platform, format or ``per`` without a figure is absent.
    """

    version: str
    tiers: Mapping[str, float]
    definitions: Mapping[str, str]
    platforms: Mapping[str, PlatformFigures]
    hash: str

    def as_document(self) -> dict[str, object]:
        """The JSON shape of ``GET /v1/benchmarks``; each figure is ``{"value", "source"}``.

        ``unique_viewer_share`` is None where a platform has no such figure. Fresh objects on every
        call, so a caller may change what it gets.
        """
        return {
            "version": self.version,
            "platforms": {name: _platform_document(figures) for name, figures in self.platforms.items()},
        }


def load_benchmarks(path: Path | None = None) -> Benchmarks:
    """The benchmarks of a file in TOML, or the packaged ones when ``path`` is None.

    Raises BenchmarksError (a ValueError) that names every fault of the file with its place,
    OSError when the file cannot be read.
    """
    place = PACKAGED if path is None else path
    file: BenchmarkFile = read_benchmarks(place.read_bytes(), place.name)
    return Benchmarks(file.version, file.tiers, file.definitions, file.platforms, file.hash)


def _platform_document(figures: PlatformFigures) -> dict[str, object]:
    unique = figures.unique_viewer_share
    return {
        "priors": {
            per: {"alpha": _figure(prior.alpha), "beta": _figure(prior.beta), "tau": _figure(prior.tau)}
            for per, prior in figures.priors.items()
        },
        "sigma": {tier: _figure(figure) for tier, figure in figures.sigma.items()},
        "reach_rate": {
            format_name: {tier: _figure(figure) for tier, figure in by_tier.items()}
            for format_name, by_tier in figures.reach_rate.items()
        },
        "non_follower_share": {name: _figure(figure) for name, figure in figures.non_follower_share.items()},
        "unique_viewer_share": None if unique is None else _figure(unique),
    }


def _figure(figure: Figure) -> dict[str, object]:
    return {"value": figure.value, "source": figure.source}
