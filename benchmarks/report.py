"""Tables for people: the claims for a terminal, everything for docs/benchmarks.md between its two markers."""

import math
import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.claims import Claim, of, worst_gap
from benchmarks.families import FAMILIES
from benchmarks.peers import PEERS
from benchmarks.record import OURS, Record

BEGIN = "<!-- measured: begin (written by `make bench`) -->"
END = "<!-- measured: end -->"
_MARK = {True: "yes", False: "**no**", None: "-"}


def machine() -> str:
    """What it ran on, without a name of the machine."""
    packages = ", ".join(
        f"{name} {version(package)}" for name, package in (("OR-Tools", "ortools"), ("NumPy", "numpy"))
    )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {platform.machine()}, Python {platform.python_version()}, {packages}"


def claims_table(found: Iterable[Claim]) -> str:
    """Claim, measured figure, whether it holds."""
    rows = [(claim.words, claim.figure, _MARK[claim.holds]) for claim in found]
    return markdown(("claim", "measured", "holds"), rows)


def markdown(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], right: int = 0) -> str:
    """A Markdown table; the columns from ``right`` on are set to the right, none for 0."""
    sides = ["---:" if right and place >= right else "---" for place in range(len(head))]
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join(sides)}|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


def write_report(docs: Path, records: list[Record], found: list[Claim]) -> None:
    """Put tables into ``docs``/benchmarks.md between its markers and charts into ``docs``/benchmarks/."""
    from benchmarks.charts import draw_charts

    page = docs / "benchmarks.md"
    before, _, rest = page.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    charts = draw_charts(docs / "benchmarks", records)
    page.write_text(f"{before}{BEGIN}\n\n{body(records, found, charts)}\n\n{END}{after}")


def body(measured: list[Record], found: list[Claim], charts: dict[str, str]) -> str:
    """The measured part of the page. charts: file under benchmarks/ -> what it shows."""
    records = [record for record in measured if record.ended or record.solver != OURS]
    parts = [
        f"On {machine()}.",
        "### Claims",
        claims_table(found),
        "### Growth",
        growth(records),
        *(f"![{words}](benchmarks/{file})" for file, words in charts.items()),
        "### Beside other solvers",
        peers_table(records),
        "### Families",
        *(family_table(records, name) for name in FAMILIES if of_family(records, name)),
    ]
    return "\n\n".join(part for part in parts if part)


def of_family(records: Iterable[Record], family: str) -> list[Record]:
    """Our records of a family."""
    return [record for record in records if record.family == family and record.solver == OURS]


def slope(records: list[Record], family: str, lowest: int = 100_000) -> tuple[float, int] | None:
    """Exponent b of time = a n^b by least squares on logarithms from ``lowest`` creators on, and the largest size."""
    sizes = sorted({record.size for record in of_family(records, family) if record.size >= lowest})
    if len(sizes) < 2:
        return None
    times = [median(record.total_s for record in of(records, family, size)) for size in sizes]
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0]), sizes[-1]


def growth(records: list[Record]) -> str:
    """How time grows with n, per family."""
    rows = []
    for name in FAMILIES:
        fitted = slope(records, name)
        if fitted is not None:
            held = all(record.proven for record in of_family(records, name) if record.size >= 100_000)
            note = "" if held else "at the time limit"
            rows.append((name, f"{fitted[0]:.2f}", f"{fitted[1]:,}", note))
    if not rows:
        return ""
    words = "Slope of time against n on log-log axes, fitted from 100 000 creators on; 1 is proportional to n."
    return f"{words}\n\n" + markdown(("family", "slope", "up to", ""), rows, right=1)


def peers_table(records: list[Record]) -> str:
    """Each peer's run beside ours on the same problem."""
    own = {record.key[:3]: record for record in records if record.solver == OURS}
    rows = []
    for record in sorted(records, key=_place):
        mine = own.get(record.key[:3])
        if record.solver in (OURS, "greedy") or mine is None:
            continue
        ended = record.ending in ("proven", "infeasible")
        least = "" if ended else ">= "
        rows.append(
            (
                record.family,
                f"{record.size:,}",
                PEERS[record.solver].name,
                seconds(mine.total_s),
                least + seconds(max(record.total_s, record.limit_s) if not ended else record.total_s),
                seconds(record.build_s) if record.build_s else "",
                f"{least}{_ratio(record, mine, ended):,.1f} x",
                _difference(record, mine),
                "" if record.tangent_error is None else f"{record.tangent_error:.0e}",
                _size(mine.peak_mb),
                _size(record.peak_mb),
            )
        )
    head = (
        "family",
        "creators",
        "peer",
        "ours",
        "peer's",
        "building",
        "ratio",
        "its value",
        "tangents",
        "MB",
        "its MB",
    )
    return markdown(head, rows, right=3)


def _ratio(record: Record, mine: Record, ended: bool) -> float:
    took = record.total_s if ended else max(record.total_s, record.limit_s)
    return took / mine.total_s


def _place(record: Record) -> tuple[int, int, int, int]:
    return (
        list(FAMILIES).index(record.family),
        record.size,
        [OURS, *PEERS].index(record.solver),
        record.seed,
    )


def _difference(record: Record, mine: Record) -> str:
    """The peer's value against ours."""
    if record.broken:
        return f"breaks {record.broken[0]}"
    if record.value is None or mine.value is None:
        return "none"
    relative = (record.value - mine.value) / max(abs(mine.value), 1e-9)
    return "same" if abs(relative) <= 1e-9 else f"{relative:+.0e}"


def family_table(records: list[Record], family: str) -> str:
    """Our figures of a family, a row per size."""
    rows = []
    for size in sorted({record.size for record in of_family(records, family)}):
        own = of(records, family, size)
        greedy = {record.seed: record.value for record in of(records, family, size, "greedy")}
        better = [
            (record.value - beside) / max(abs(beside), 1e-9)
            for record in own
            if record.value is not None and (beside := greedy.get(record.seed)) is not None
        ]
        first = [record.first_plan_s for record in own if record.first_plan_s is not None]
        chosen = [record.chosen for record in own if record.chosen is not None]
        rows.append(
            (
                f"{size:,}",
                f"{own[0].offers:,}",
                str(len(own)),
                f"{median(chosen):.0f}" if chosen else "",
                seconds(max(first)) if first else "",
                seconds(median(record.total_s for record in own)),
                seconds(max(record.total_s for record in own)),
                f"{sum(record.proven for record in own)} of {len(own)}",
                _gap(worst_gap(own)),
                f"{median(better):+.2%}" if better else "",
                _size(max((record.peak_mb or 0.0 for record in own), default=0.0)),
            )
        )
    ours = ("first plan", "median", "slowest", "proven", "worst gap", "over greedy", "MB")
    head = ("creators", "offers", "seeds", "chosen", *ours)
    return f"**{family}**: {FAMILIES[family].about}\n\n{markdown(head, rows, right=1)}"


def _gap(gap: float) -> str:
    return "none" if math.isinf(gap) else f"{gap:.0e}"


def _size(peak_mb: float | None) -> str:
    return "" if not peak_mb else f"{peak_mb:,.0f}"


def seconds(took: float) -> str:
    """Seconds or milliseconds with three figures at most."""
    if took < 1:
        return f"{1000 * took:.1f} ms" if took < 0.1 else f"{1000 * took:.0f} ms"
    return f"{took:.2f} s" if took < 10 else f"{took:,.0f} s"
