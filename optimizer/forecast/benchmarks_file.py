"""Reading a benchmarks file: TOML to checked figures, with every fault named at its place."""

import hashlib
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from optimizer.candidates import PER

_Entry = TypeVar("_Entry")

KINDS: Mapping[str, frozenset[str]] = {
    "prior": frozenset({"platform", "per", "alpha", "beta", "tau"}),
    "sigma": frozenset({"platform", "by_tier"}),
    "reach_rate": frozenset({"platform", "format", "by_tier"}),
    "non_follower_share": frozenset({"platform", "format", "value"}),
    "unique_viewer_share": frozenset({"platform", "value"}),
}
"""Kind of figure -> the keys of its entries, next to ``source`` and ``year``."""


class BenchmarksError(ValueError):
    """A benchmarks file is not of its form; ``faults`` has one sentence for each thing that is wrong."""

    def __init__(self, name: str, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{name} cannot be used:\n" + "\n".join(f"  {fault}" for fault in self.faults))


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and where it comes from."""

    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Prior:
    """ln(rate) ~ Normal(alpha + beta x ln(followers), tau^2) over the creators of a platform."""

    alpha: Figure
    beta: Figure
    tau: Figure


@dataclass(frozen=True, slots=True)
class PlatformFigures:
    """The figures of one platform.

    priors: by ``per``. sigma: by tier, all tiers. reach_rate: by format, then by tier, all tiers.
    non_follower_share: by format. unique_viewer_share: None where there is none.
    """

    priors: dict[str, Prior] = field(default_factory=dict)
    sigma: dict[str, Figure] = field(default_factory=dict)
    reach_rate: dict[str, dict[str, Figure]] = field(default_factory=dict)
    non_follower_share: dict[str, Figure] = field(default_factory=dict)
    unique_viewer_share: Figure | None = None


@dataclass(frozen=True, slots=True)
class BenchmarkFile:
    """The content of a file; see ``Benchmarks`` for the fields."""

    version: str
    tiers: dict[str, float]
    definitions: dict[str, str]
    platforms: dict[str, PlatformFigures]
    hash: str


@dataclass(frozen=True, slots=True)
class _Range:
    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    def holds(self, value: float) -> bool:
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above and below

    def __str__(self) -> str:
        low = "more than" if self.low_open else "at least"
        high = "less than" if self.high_open else "at most"
        return f"{low} {self.low:g} and {high} {self.high:g}"


RANGES: Mapping[str, _Range] = {
    "alpha": _Range(-30, 10),
    "beta": _Range(-2, 2),
    "tau": _Range(0, 5, low_open=True),
    "sigma": _Range(0, 5, low_open=True),
    "reach_rate": _Range(0, 10, low_open=True),
    "non_follower_share": _Range(0, 1, high_open=True),
    "unique_viewer_share": _Range(0, 1, low_open=True),
}
"""What each figure may be; wide enough for every measured one, narrow enough to catch percent for shares."""


def read_benchmarks(raw: bytes, name: str) -> BenchmarkFile:
    """The checked content of a file's bytes; ``name`` stands in the error.

    Raises BenchmarksError with all faults: TOML, unknown or missing keys, types, ranges, doubles,
    tiers that do not rise from 0, a platform without sigma.
    """
    try:
        content = tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BenchmarksError(name, [f"it is not TOML in UTF-8: {error}"]) from error
    reader = _Reader()
    file = reader.file(content, hashlib.sha256(raw).hexdigest())
    if reader.faults:
        raise BenchmarksError(name, reader.faults)
    return file


class _Reader:
    """Walks the parsed TOML, collects faults, and returns what it could read."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def file(self, content: Mapping[str, object], digest: str) -> BenchmarkFile:
        self._only(content, {"version", "tiers", "definitions", *KINDS}, "the file")
        version = self._text(content, "version", "the file")
        tiers = self._tiers(content.get("tiers"))
        definitions = self._definitions(content.get("definitions"))
        platforms: dict[str, PlatformFigures] = {}
        for kind in KINDS:
            entries = content.get(kind, [])
            if not isinstance(entries, list):
                self.faults.append(f"{kind}: write entries as [[{kind}]]")
                continue
            for index, entry in enumerate(entries):
                if isinstance(entry, dict):
                    self._entry(kind, entry, f"{kind}[{index}]", tiers, platforms)
                else:
                    self.faults.append(f"{kind}[{index}]: is not a table")
        self.faults += [
            f"platform {platform!r}: has figures but no [[sigma]], which every platform needs"
            for platform, figures in platforms.items()
            if not figures.sigma
        ]
        return BenchmarkFile(version, tiers, definitions, platforms, digest)

    def _entry(
        self,
        kind: str,
        entry: Mapping[str, object],
        place: str,
        tiers: Mapping[str, float],
        platforms: dict[str, PlatformFigures],
    ) -> None:
        """Reads one entry and puts it under its platform."""
        self._only(entry, {"source", "year", *KINDS[kind]}, place)
        platform = self._text(entry, "platform", place)
        source = f"{self._text(entry, 'source', place)} ({self._year(entry, place)})"
        figures = platforms.setdefault(platform, PlatformFigures())
        if kind == "prior":
            per = self._text(entry, "per", place)
            if per and per not in PER:
                self.faults.append(f"{place}.per: is {per!r}, allowed are {', '.join(PER)}")
            terms = [
                Figure(self._number(entry.get(key), RANGES[key], f"{place}.{key}"), source)
                for key in ("alpha", "beta", "tau")
            ]
            self._put(figures.priors, per, Prior(*terms), f"{place} ({platform}, per {per})")
        elif kind == "sigma":
            if figures.sigma:
                self.faults.append(f"{place} ({platform}): stands twice")
            figures.sigma.update(self._by_tier(kind, entry.get("by_tier"), tiers, source, place))
        elif kind == "reach_rate":
            format_name = self._text(entry, "format", place)
            by_tier = self._by_tier(kind, entry.get("by_tier"), tiers, source, place)
            self._put(figures.reach_rate, format_name, by_tier, f"{place} ({platform}, {format_name})")
        elif kind == "non_follower_share":
            format_name = self._text(entry, "format", place)
            share = Figure(self._number(entry.get("value"), RANGES[kind], f"{place}.value"), source)
            self._put(figures.non_follower_share, format_name, share, f"{place} ({platform}, {format_name})")
        else:
            share = Figure(self._number(entry.get("value"), RANGES[kind], f"{place}.value"), source)
            if figures.unique_viewer_share is not None:
                self.faults.append(f"{place} ({platform}): stands twice")
            platforms[platform] = PlatformFigures(
                figures.priors, figures.sigma, figures.reach_rate, figures.non_follower_share, share
            )

    def _put(self, figures: dict[str, _Entry], key: str, value: _Entry, place: str) -> None:
        if key in figures:
            self.faults.append(f"{place}: stands twice")
        figures[key] = value

    def _tiers(self, content: object) -> dict[str, float]:
        if not isinstance(content, dict) or not content:
            self.faults.append("tiers: is missing; write [tiers] with name = lowest follower count")
            return {}
        anything = _Range(0, math.inf, high_open=True)
        bounds = {name: self._number(bound, anything, f"tiers.{name}") for name, bound in content.items()}
        rising = sorted(bounds.values())
        if len(set(rising)) < len(rising) or rising[0] != 0:
            self.faults.append("tiers: the lowest bound must be 0 and no two may be equal")
        return dict(sorted(bounds.items(), key=lambda item: item[1]))

    def _definitions(self, content: object) -> dict[str, str]:
        if not isinstance(content, dict):
            self.faults.append(f"definitions: is missing; write [definitions] with {', '.join(KINDS)}")
            return {}
        self._only(content, set(KINDS), "definitions")
        return {kind: self._text(content, kind, "definitions") for kind in KINDS}

    def _by_tier(
        self, kind: str, content: object, tiers: Mapping[str, float], source: str, place: str
    ) -> dict[str, Figure]:
        if not isinstance(content, dict):
            self.faults.append(
                f"{place}.by_tier: is missing; write {{ {', '.join(f'{name} = ...' for name in tiers)} }}"
            )
            return {}
        self._only(content, set(tiers), f"{place}.by_tier")
        return {
            name: Figure(self._number(content.get(name), RANGES[kind], f"{place}.by_tier.{name}"), source)
            for name in tiers
        }

    def _only(self, content: Mapping[str, object], known: set[str], place: str) -> None:
        for key in content:
            if key not in known:
                self.faults.append(f"{place}: {key!r} is unknown, known are {', '.join(sorted(known))}")

    def _text(self, content: Mapping[str, object], key: str, place: str) -> str:
        value = content.get(key)
        if isinstance(value, str) and value.strip():
            return value
        self.faults.append(f"{place}: {key!r} must be a text, and not an empty one")
        return ""

    def _year(self, content: Mapping[str, object], place: str) -> int:
        value = content.get("year")
        if isinstance(value, int) and not isinstance(value, bool) and 1990 <= value <= 2100:
            return value
        self.faults.append(f"{place}: 'year' must be a whole number from 1990 to 2100")
        return 0

    def _number(self, value: object, allowed: _Range, place: str) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = float(value) if abs(value) < 1e300 else math.inf
            if math.isfinite(number) and allowed.holds(number):
                return number
            self.faults.append(
                f"{place}: is {value if math.isfinite(number) else 'not a finite number'}, must be {allowed}"
            )
        else:
            self.faults.append(f"{place}: {'is missing' if value is None else 'is not a number'}, must be {allowed}")
        return math.nan
