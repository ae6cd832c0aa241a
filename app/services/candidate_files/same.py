"""Rows of a file that say they are the same: ids that are there twice, rows of one creator that differ."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.errors import Fault
from app.services.candidate_files import packed
from app.services.candidate_files.arrays import Array
from app.services.candidate_files.block import FIGURES, Block
from optimizer.columns import Flags, Floats, Positions, Shares


def repeated_creators(ids: Array, rows: Positions, first: Flags, line: Positions, counted_in: str) -> Iterator[Fault]:
    """A fault for each row whose id is there already. rows: by id; first: whether the first of its id."""
    begin = np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))
    for at in np.flatnonzero(~first).tolist():
        name = ids[int(rows[at])].as_py()
        detail = (
            f"The creator in {counted_in} {line[rows[begin[at]]]} has the same id {name!r}; ids are unique in a file."
        )
        yield Fault("duplicate_id", "/id", detail, line=int(line[rows[at]]))


def repeated_offers(
    ids: Array, owner: Positions, within: Positions, line: Positions, one_per: str | None
) -> Iterator[Fault]:
    """A fault for each offer whose creator has one of the same id already; all by creator and id.

    one_per: "line" or "row" where each of these holds one offer, None where a creator has all its offers in one.
    """
    if len(owner) < 2:
        return
    candidates = np.flatnonzero(owner[1:] == owner[:-1]) + 1
    if not len(candidates):
        return
    same = ids.take(pa.array(candidates)).combine_chunks()
    before = ids.take(pa.array(candidates - 1)).combine_chunks()
    equal = np.asarray(pc.equal(same, before).to_numpy(zero_copy_only=False))
    for at in candidates[equal].tolist():
        name = ids[at].as_py()
        earlier = f"The offer in {one_per} {line[at - 1]}" if one_per else f"Offer {within[at - 1]}"
        detail = f"{earlier} of this creator has the same id {name!r}; ids are unique within a creator."
        index = 0 if one_per else within[at]
        yield Fault("duplicate_id", f"/offers/{index}/id", detail, line=int(line[at]))


def disagreements(
    blocks: Sequence[Block], rows: Positions, first: Flags, line: Positions, counted_in: str
) -> Iterator[Fault]:
    """A fault for each row that says of its creator otherwise than the row before it of the same id."""
    later = np.flatnonzero(~first)
    if not len(later):
        return
    this, before = rows[later], rows[later - 1]
    found: dict[int, str] = {}
    for field, differs in _differences(blocks, this, before):
        for at in np.flatnonzero(differs).tolist():
            found.setdefault(at, field)
    for at, field in sorted(found.items()):
        detail = (
            f"The same creator has another value in {counted_in} {line[before[at]]}; rows of one creator differ in "
            "their offer alone. Repeat the creator's cells as they are, or give another creator another id."
        )
        yield Fault("creator_disagrees", f"/{field}", detail, line=int(line[this[at]]))


def _differences(blocks: Sequence[Block], this: Positions, before: Positions) -> Iterator[tuple[str, Flags]]:
    """Field by field, whether rows ``this`` and ``before`` differ."""
    for name in FIGURES:
        yield name, _differ(np.concatenate([block.figures[name] for block in blocks]), this, before)
    for name, pointer in (("rate", "engagement/rate"), ("posts", "engagement/posts"), ("per", "engagement/per")):
        column = np.concatenate([getattr(block, f"engagement_{name}") for block in blocks]).astype(np.float64)
        yield pointer, _differ(column, this, before)
    for name in ("platform", "country", "group"):
        codes = packed.joined_labels([getattr(block, name) for block in blocks]).codes
        yield name, codes[this] != codes[before]
    handle = pa.chunked_array([block.handle for block in blocks]).fill_null("")
    other = pc.not_equal(handle.take(pa.array(this)), handle.take(pa.array(before)))
    yield "handle", np.asarray(other.to_numpy())
    tags = packed.joined_label_sets([block.tags for block in blocks])
    yield "tags", _entries_differ(tags.start, [tags.codes], this, before)
    posts = packed.joined_starts([np.concatenate(([0], np.cumsum(block.posts_of))) for block in blocks])
    rates = np.concatenate([block.post_rates for block in blocks])
    yield "engagement/post_rates", _entries_differ(posts, [rates], this, before)
    counts = [len(block.line) for block in blocks]
    for dimension in sorted({name for block in blocks for name in block.audience}):
        shares = packed.joined_shares([block.audience.get(dimension) for block in blocks], counts)
        yield f"audience/{dimension}", _shares_differ(shares, this, before)
    if any(block.segment_shares is not None for block in blocks):
        shares = packed.joined_shares([block.segment_shares for block in blocks], counts)
        yield "segment_shares", _shares_differ(shares, this, before)


def _shares_differ(shares: Shares, this: Positions, before: Positions) -> Flags:
    differ = _entries_differ(shares.start, [shares.codes, shares.shares], this, before)
    return np.asarray(differ | (shares.given[this] != shares.given[before]))


def _differ(column: Floats, this: Positions, before: Positions) -> Flags:
    one, other = column[this], column[before]
    return np.asarray((one != other) & ~(np.isnan(one) & np.isnan(other)))


def _entries_differ(start: Positions, columns: Sequence[np.ndarray], this: Positions, before: Positions) -> Flags:
    """Whether two compressed rows differ in number or in any entry."""
    counts = np.diff(start)
    differ = np.asarray(counts[this] != counts[before])
    alike = np.flatnonzero(~differ)
    one, begin = packed.entries_of(start, this[alike])
    other, _ = packed.entries_of(start, before[alike])
    unequal = np.zeros(len(one), np.bool_)
    for column in columns:
        unequal |= column[one] != column[other]
    owner = np.repeat(alike, np.diff(begin))
    differ[owner[unequal]] = True
    return differ
