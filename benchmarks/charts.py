"""Time, gap and peak memory against the number of creators, on logarithmic axes, as SVG files."""

from pathlib import Path
from typing import Any

import altair

from benchmarks.peers import PEERS
from benchmarks.record import OURS, Record

_LEAST_GAP = 1e-9
_NAMES = {OURS: "creatormix"} | {key: peer.name for key, peer in PEERS.items()}
_SHOWN = ("plain", "rules", "offers-rules", "saturated", "same-price", "one-creator", "groups", "inverse")


def draw_charts(folder: Path, records: list[Record]) -> dict[str, str]:
    """Write the charts; file name -> what it shows."""
    folder.mkdir(exist_ok=True)
    plain = [record for record in records if record.family == "plain" and record.ending not in ("killed", "failed")]
    ours = [record for record in records if record.solver == OURS and record.family in _SHOWN]
    memory = [record for record in plain if record.peak_mb]
    charts = {
        "time.svg": ("Time of the plain family", plain, "total_s", "seconds, arrays to plan", "solver"),
        "time-families.svg": ("Our time by family", ours, "total_s", "seconds, arrays to plan", "family"),
        "gap.svg": ("Our proven gap by family", ours, "gap", "relative gap", "family"),
        "memory.svg": ("Peak memory of the plain family", memory, "peak_mb", "MB of the process", "solver"),
    }
    for file, (title, some, figure, axis, by) in charts.items():
        _chart(title, some, figure, axis, by).save(str(folder / file), format="svg")
    return {
        file: f"{title}: {axis} against creators, both logarithmic" for file, (title, _, _, axis, _) in charts.items()
    }


def _chart(title: str, records: list[Record], figure: str, axis: str, by: str) -> Any:
    rows = [
        {
            "creators": record.size,
            "figure": max(getattr(record, figure), _LEAST_GAP),
            by: _NAMES[record.solver] if by == "solver" else record.family,
            "ended": "by the time limit" if _limited(record) else "by itself",
        }
        for record in records
        if getattr(record, figure) is not None
    ]
    powers = [10**power for power in range(1, 9)]
    x = altair.X(
        "creators:Q",
        scale=altair.Scale(type="log", nice=False, padding=10),
        axis=altair.Axis(format="~s", values=powers),
    )
    log = altair.Scale(type="log")
    y_axis = altair.Axis(values=[10.0**power for power in range(-9, 6)], format="~g")
    color = altair.Color(f"{by}:N", title=by)
    shape = altair.Shape("ended:N", scale=altair.Scale(domain=["by itself", "by the time limit"]))
    base = altair.Chart(altair.Data(values=rows), title=title, width=520, height=320)
    lines = base.mark_line().encode(
        x=x, y=altair.Y("median(figure):Q", scale=log, title=axis, axis=y_axis), color=color
    )
    points = base.mark_point(size=36).encode(
        x=x, y=altair.Y("figure:Q", scale=log, title=axis, axis=y_axis), color=color, shape=shape
    )
    return lines + points


def _limited(record: Record) -> bool:
    return record.ending in ("time limit", "feasible", "no_solution", "killed")
