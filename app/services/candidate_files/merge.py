"""All blocks of a file as one set of columns, in the order of ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.services.candidate_files import packed
from app.services.candidate_files.arrays import Array
from app.services.candidate_files.block import FIGURES, Block
from app.services.candidate_files.collected import Collected
from app.services.candidate_files.file_columns import FileColumns
from app.services.candidate_files.same import disagreements, repeated_creators, repeated_offers
from app.services.translate.columns import MOST_DIMENSIONS
from app.services.translate.text_columns import frozen
from optimizer.candidates import Candidates
from optimizer.columns import Flags, Positions, Shares, Texts

_ROWS_AT_A_TIME = 1 << 16


@dataclass(frozen=True, eq=False, slots=True)
class Order:
    """The rows of a file by id.

    rows: int64 (r,), all rows by id, those of one id as in the file. first: bool (r,), whether the row is the first of
    its id. creators: int64 (m,), the first row of each id.
    """

    rows: Positions
    first: Flags
    creators: Positions


def merged(blocks: Sequence[Block], one_offer_per_row: bool, wanted: frozenset[str], faults: Collected) -> FileColumns:
    """The columns of a file. wanted: the audience dimensions that the target uses.

    Raises InvalidCandidateFile for ids that are there twice, and for rows of one creator that contradict each other.
    """
    line = np.concatenate([block.line for block in blocks])
    ids = pa.chunked_array([block.creator_id for block in blocks])
    order = _order(ids, line)
    if one_offer_per_row:
        faults.add(disagreements(blocks, order.rows, order.first, line, faults.counted_in))
    else:
        faults.add(repeated_creators(ids, order.rows, order.first, line, faults.counted_in))
    faults.refuse()
    offers = _Offers.of(blocks, order)
    faults.add(
        repeated_offers(
            offers.ids, offers.owner, offers.within, line[offers.row], faults.counted_in if one_offer_per_row else None
        )
    )
    faults.refuse()
    items_start = packed.joined_starts([_starts(block.items_of) for block in blocks])
    items, item_start = packed.entries_of(items_start, offers.order)
    bundle = np.concatenate([block.bundle for block in blocks])[offers.order]
    owner = np.repeat(np.arange(len(offers.order)), np.diff(item_start))
    item = np.where(bundle[owner], np.arange(len(owner)) - item_start[:-1][owner], -1)
    candidates = Candidates(
        **_creators(blocks, order.creators, wanted),
        creator_id=_texts(ids, order.creators),
        offer_creator=frozen(offers.owner),
        offer_id=_texts(offers.ids, None),
        price_minor=_taken([block.price_minor for block in blocks], offers.order),
        item_offer=frozen(owner),
        item_format=packed.reordered_labels(packed.joined_labels([block.item_format for block in blocks]), items),
        item_posts=_taken([block.item_posts for block in blocks], items),
        item_expected_reach=_taken([block.item_expected_reach for block in blocks], items),
        item_non_follower_share=_taken([block.item_non_follower_share for block in blocks], items),
    )
    return FileColumns(
        candidates=candidates,
        creator=frozen(np.argsort(np.argsort(line[order.creators]))),
        offer=frozen(offers.within),
        item=frozen(item),
        handle=_texts(pa.chunked_array([block.handle for block in blocks]).fill_null(""), order.creators),
        faults=faults,
        creator_line=frozen(line[order.creators]),
        offer_line=frozen(line[offers.row]),
        one_offer_per_row=one_offer_per_row,
    )


def _order(ids: Array, line: Positions) -> Order:
    rows = np.arange(len(ids))
    if len(ids) > 1 and not pc.all(pc.less(ids[:-1], ids[1:])).as_py():
        rows = pc.sort_indices(ids).to_numpy().astype(np.int64)
    first = np.ones(len(ids), np.bool_)
    if len(ids) > 1:
        ordered = ids.take(pa.array(rows))
        first[1:] = pc.not_equal(ordered[1:], ordered[:-1]).to_numpy()
    if not first.all():
        rows = rows[np.lexsort((line[rows], np.cumsum(first)))]
    return Order(rows, first, rows[first])


@dataclass(frozen=True, eq=False, slots=True)
class _Offers:
    """The offers of a file by creator and id.

    order: int64 (n,), where each stands in the blocks. owner: position of its creator. row: the row it is in. within:
    which of its creator's offers it is, in the order of the file. ids: Arrow strings.
    """

    order: Positions
    owner: Positions
    row: Positions
    within: Positions
    ids: Array

    @classmethod
    def of(cls, blocks: Sequence[Block], order: Order) -> "_Offers":
        """By creator, then by id; offers of one id as in the file."""
        start = _starts(np.concatenate([block.offers_of for block in blocks]))
        place, by_row = packed.entries_of(start, order.rows)
        row = np.repeat(order.rows, np.diff(by_row))
        owner = np.repeat(np.cumsum(order.first) - 1, np.diff(by_row))
        begin = np.searchsorted(owner, np.arange(len(order.creators)))
        within = np.arange(len(owner)) - begin[owner]
        ids = pa.chunked_array([block.offer_id for block in blocks]).take(pa.array(place))
        if len(owner) > len(order.creators):
            coded = ids.combine_chunks().dictionary_encode()
            rank = np.empty(len(coded.dictionary), np.int64)
            rank[pc.sort_indices(coded.dictionary).to_numpy()] = np.arange(len(rank))
            by_id = np.lexsort((rank[coded.indices.to_numpy()], owner))
            place, row, within, ids = place[by_id], row[by_id], within[by_id], ids.take(pa.array(by_id))
        return cls(place, owner, row, within, ids)


def _creators(blocks: Sequence[Block], creators: Positions, wanted: frozenset[str]) -> dict[str, Any]:
    """The columns of ``Candidates`` that have a row per creator, but for the ids."""
    rows = [len(block.line) for block in blocks]
    posts, post_start = packed.entries_of(packed.joined_starts([_starts(block.posts_of) for block in blocks]), creators)
    stated = sorted({dimension for block in blocks for dimension in block.audience})
    kept = stated if len(stated) <= MOST_DIMENSIONS else [dimension for dimension in stated if dimension in wanted]

    def shares(parts: list[Shares | None]) -> Shares:
        return packed.reordered_shares(packed.joined_shares(parts, rows), creators)

    in_segments = [block.segment_shares for block in blocks]
    return {
        **{name: _taken([block.figures[name] for block in blocks], creators) for name in FIGURES},
        **{
            name: packed.reordered_labels(packed.joined_labels([getattr(block, name) for block in blocks]), creators)
            for name in ("platform", "country", "group")
        },
        **{
            name: _taken([getattr(block, name) for block in blocks], creators)
            for name in ("engagement_per", "engagement_rate", "engagement_posts")
        },
        "tags": packed.reordered_label_sets(packed.joined_label_sets([block.tags for block in blocks]), creators),
        "post_start": post_start,
        "post_rates": _taken([block.post_rates for block in blocks], posts),
        "audience": {name: shares([block.audience.get(name) for block in blocks]) for name in kept},
        "segment_shares": shares(in_segments) if any(part is not None for part in in_segments) else None,
    }


def _taken(parts: Sequence[Any], order: Positions) -> Any:
    return frozen(np.concatenate(parts)[order])


def _starts(counts: Positions) -> Positions:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def _texts(strings: Array, order: Positions | None) -> Texts:
    """Arrow strings as NumPy text, in stretches, through their bytes: no Python object per text."""
    taken = strings if order is None else strings.take(pa.array(order))
    result = np.empty(len(taken), np.dtypes.StringDType())
    for first in range(0, len(taken), _ROWS_AT_A_TIME):
        result[first : first + _ROWS_AT_A_TIME] = _short_texts(taken.slice(first, _ROWS_AT_A_TIME).combine_chunks())
    return frozen(result)


def _short_texts(strings: Array) -> Texts:
    strings = pa.concat_arrays([strings])  # offsets from 0
    start = np.frombuffer(strings.buffers()[1], np.int32)[: len(strings) + 1].astype(np.int64)
    length = np.diff(start)
    widest = max(1, int(length.max(initial=0)))
    cells = np.zeros(len(strings) * widest, np.uint8)
    used = np.frombuffer(strings.buffers()[2] or b"", np.uint8)[start[0] : start[-1]]
    row = np.repeat(np.arange(len(strings)) * widest - (start[:-1] - start[0]), length)
    cells[row + np.arange(len(used))] = used
    return cells.view(f"S{widest}").astype(np.dtypes.StringDType())
