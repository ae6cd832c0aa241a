"""What is claimed, the figure that was measured for it, and whether it holds; and what would be a defect.

Times are medians over seeds. Ratios are of the time from arrays to plan, building the solver's model included, since
that is what a user waits for; the ratio without building stands beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from benchmarks.record import OURS, Record

GAP = 1e-6
_SAME = 1e-6
_LATE_S = 0.5
"""How much later than its time limit a solve may end."""
_NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class Claim:
    """holds: None where nothing was measured, or where a peer had too little time to show a ratio."""

    words: str
    figure: str
    holds: bool | None


def claims(measured: list[Record]) -> list[Claim]:
    """Every claim, in the order of the table."""
    records = [record for record in measured if record.ended]
    return [
        _faster(records, "plain", "8 segments, count cap + tier share, one offer", 150),
        _faster(records, "offers-rules", "3 offers per creator, ten rules of six kinds", 100),
        _against_exponents(records),
        _ten_million(records),
        _within(records, "large-5000", 100_000, 1.5, "5 000 chosen of 100 000: <= 1.5 s"),
        _within(records, "brief", 50, 0.015, "100 offers: <= 15 ms in process"),
        _every_family(records),
        _none_worse(records),
    ]


def of(records: Iterable[Record], family: str, size: int, solver: str = OURS) -> list[Record]:
    """The records of a case, by seed."""
    wanted = (family, size, solver)
    return sorted((r for r in records if (r.family, r.size, r.solver) == wanted), key=lambda record: record.seed)


def proven_gap(records: list[Record]) -> bool:
    """Whether each has a plan and the gap that is asked for."""
    return all(record.value is not None and record.gap is not None and record.gap <= GAP for record in records)


def worst_gap(records: list[Record]) -> float:
    """The largest gap; infinite where there is none."""
    return max((float("inf") if record.gap is None else record.gap for record in records), default=float("inf"))


def _faster(records: list[Record], family: str, words: str, times: int) -> Claim:
    claim = f"100 000 creators, {words}: >= {times} x faster than PuLP + CBC, same value, gap <= 1e-6"
    ours = {record.seed: record for record in of(records, family, 100_000)}
    theirs = [record for record in of(records, family, 100_000, "cbc") if record.seed in ours]
    if not theirs:
        return Claim(claim, "not measured", None)
    both = [(ours[record.seed], record) for record in theirs]
    ratio = median(peer.total_s / own.total_s for own, peer in both)
    solving = median((peer.total_s - peer.build_s) / own.total_s for own, peer in both)
    # A peer that the limit ended would have taken longer still.
    least = "" if all(peer.proven for _, peer in both) else ">= "
    values = [(own.value, peer.value) for own, peer in both if peer.proven]
    same = all(a is not None and b is not None and abs(a - b) <= _SAME * abs(a) for a, b in values)
    times_s = f"{median(o.total_s for o, _ in both):.2f} s, CBC {least}{median(p.total_s for _, p in both):.0f} s"
    value = ("same value" if same else "another value") if values else "CBC did not end"
    figure = f"{least}{ratio:.0f} x ({solving:.0f} x without building); {times_s}; {value}; "
    own = list(ours.values())
    holds = ratio >= times and same and proven_gap(own)
    undecided = not holds and bool(least) and same and proven_gap(own)
    return Claim(claim, figure + f"gap {worst_gap(own):.0e}", None if undecided else holds)


def _against_exponents(records: list[Record]) -> Claim:
    claim = "1 000 000 creators, arrays to plan: <= 5 x computing c alone, gap <= 1e-6"
    own = [record for record in of(records, "plain", 1_000_000) if record.exponents_s is not None]
    if not own:
        return Claim(claim, "not measured", None)
    ratio = median(record.total_s / record.exponents_s for record in own if record.exponents_s)
    c_s = median(record.exponents_s for record in own if record.exponents_s)
    figure = f"{ratio:.1f} x; {median(r.total_s for r in own):.2f} s, c alone {c_s:.2f} s; gap {worst_gap(own):.0e}"
    return Claim(claim, figure, ratio <= 5 and proven_gap(own))


def _ten_million(records: list[Record]) -> Claim:
    claim = "10 000 000 creators: gap <= 1e-6, peak memory < 12 GB"
    own = of(records, "plain", 10_000_000)
    peaks = [record.peak_mb for record in own if record.peak_mb is not None]
    if not peaks:
        return Claim(claim, "not measured" if not own else own[0].ending, None if not own else False)
    figure = f"gap {worst_gap(own):.0e}; {max(peaks) / 1000:.1f} GB; {median(r.total_s for r in own):.1f} s"
    return Claim(claim, figure, proven_gap(own) and max(peaks) < 12_000)


def _within(records: list[Record], family: str, size: int, limit_s: float, words: str) -> Claim:
    claim = f"{words}, gap <= 1e-6"
    own = of(records, family, size)
    if not own:
        return Claim(claim, "not measured", None)
    took = median(record.total_s for record in own)
    shown = f"{took:.2f} s" if limit_s >= 1 else f"{1000 * took:.1f} ms"
    figure = (
        f"{shown}, slowest seed {max(record.total_s for record in own) / took:.1f} x that; gap {worst_gap(own):.0e}"
    )
    return Claim(claim, figure, took <= limit_s and proven_gap(own))


def _every_family(records: list[Record]) -> Claim:
    claim = "every family, every size up to 1e6: gap <= 1e-6 or 10 s, none worse than greedy or wrongly infeasible"
    own = [record for record in records if record.solver == OURS and record.size <= 1_000_000]
    if not own:
        return Claim(claim, "not measured", None)
    open_ = [record for record in own if not proven_gap([record])]
    late = [record for record in open_ if record.total_s > record.limit_s + _LATE_S or record.value is None]
    worse = [record for record in own if _beaten_by(records, record, {"greedy"})]
    wrong = [record for record in own if record.ending == "infeasible"]
    families = len({record.family for record in own})
    figure = f"{families} families, {len(own) - len(open_)} of {len(own)} proven"
    if open_:
        worst = max(open_, key=lambda record: worst_gap([record]))
        figure += f" (worst gap {worst_gap([worst]):.0e}: {worst.family} {worst.size:,})"
    figure += f", {len(late)} late or without a plan, {len(worse)} worse than greedy, {len(wrong)} called infeasible"
    return Claim(claim, figure, not (late or worse or wrong))


def _none_worse(records: list[Record]) -> Claim:
    claim = "all cases that a peer finishes: our value >= the peer's - 1e-6"
    own = [record for record in records if record.solver == OURS]
    peers = {record.solver for record in records} - {OURS, "greedy"}
    keys = {record.key[:3] for record in own}
    finished = [record for record in records if record.solver in peers and record.proven and record.key[:3] in keys]
    if not finished:
        return Claim(claim, "not measured", None)
    beaten = [record for record in own if _beaten_by([*finished], record, peers)]
    names = "".join(f"; beaten: {record.family} {record.size:,} seed {record.seed}" for record in beaten[:3])
    return Claim(claim, f"{len(finished)} cases, {len(beaten)} below the peer's{names}", not beaten)


def _beaten_by(records: list[Record], own: Record, solvers: set[str]) -> bool:
    """Whether one of the solvers has a plan of higher value on the same problem, by more than 1e-6 of it."""
    rivals = [
        record.value
        for record in records
        if record.solver in solvers and record.key[:3] == own.key[:3] and record.value is not None
    ]
    return any(own.value is None or rival > own.value + _SAME * abs(rival) for rival in rivals)


def defects(records: list[Record]) -> list[str]:
    """What must never happen: wrong answers, whatever they cost in time."""
    found = []
    for own in (record for record in records if record.solver == OURS):
        case = f"{own.family} {own.size:,} seed {own.seed}"
        if not own.known_feasible:
            found.append(f"{case}: the family's own plan breaks a rule")
        if own.ending in ("infeasible", "failed", "killed"):
            found.append(f"{case}: {own.ending}")
        if own.broken:
            found.append(f"{case}: our plan breaks {', '.join(own.broken)}")
        for rival in (record for record in records if record.key[:3] == own.key[:3] and record.value is not None):
            value = rival.value or 0.0
            if own.bound is not None and value > own.bound + _NOISE * max(abs(value), 1.0):
                found.append(f"{case}: {rival.solver} has a plan worth {value!r}, above our bound {own.bound!r}")
    return found
