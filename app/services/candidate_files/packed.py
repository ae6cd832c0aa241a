"""Compressed rows put together and into another order, without a Python object per row."""

from collections.abc import Sequence

import numpy as np

from app.services.translate.text_columns import frozen
from optimizer.columns import Codes, Labels, LabelSets, Positions, Shares


def entries_of(start: Positions, order: Positions) -> tuple[Positions, Positions]:
    """Where the entries of rows stand when the rows come in ``order``, and the new start of each row."""
    if start[-1] == len(start) - 1 and np.all(start == np.arange(len(start))):  # one entry in every row
        return order, frozen(np.arange(len(order) + 1))
    counts = (start[1:] - start[:-1])[order]
    begin = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return np.repeat(start[:-1][order] - begin[:-1], counts) + np.arange(begin[-1]), frozen(begin)


def joined_labels(parts: Sequence[Labels]) -> Labels:
    """Labels one below the other; names sorted, and only those that some row has."""
    names, codes = _recoded([(part.names, part.codes) for part in parts])
    return Labels(frozen(codes), names)


def reordered_labels(labels: Labels, order: Positions | None) -> Labels:
    """The labels of the rows in ``order``; None is the order they have."""
    return labels if order is None else Labels(frozen(labels.codes[order]), labels.names)


def joined_label_sets(parts: Sequence[LabelSets]) -> LabelSets:
    """Label sets one below the other."""
    names, codes = _recoded([(part.names, part.codes) for part in parts])
    return LabelSets(joined_starts([part.start for part in parts]), frozen(codes), names)


def reordered_label_sets(sets: LabelSets, order: Positions | None) -> LabelSets:
    """The label sets of the rows in ``order``."""
    if order is None:
        return sets
    entries, start = entries_of(sets.start, order)
    return LabelSets(start, frozen(sets.codes[entries]), sets.names)


def joined_shares(parts: Sequence[Shares | None], rows: Sequence[int]) -> Shares:
    """Shares one below the other; rows: of each part, where a part that is None states none."""
    names, codes = _recoded([(part.names, part.codes) for part in parts if part is not None])
    start = [np.zeros(n + 1, np.int64) if part is None else part.start for part, n in zip(parts, rows, strict=True)]
    given = [np.zeros(n, np.bool_) if part is None else part.given for part, n in zip(parts, rows, strict=True)]
    values = np.concatenate([part.shares for part in parts if part is not None])
    return Shares(joined_starts(start), frozen(codes), frozen(values), names, frozen(np.concatenate(given)))


def reordered_shares(shares: Shares, order: Positions | None) -> Shares:
    """The shares of the rows in ``order``."""
    if order is None:
        return shares
    entries, start = entries_of(shares.start, order)
    codes, values = shares.codes[entries], shares.shares[entries]
    return Shares(start, frozen(codes), frozen(values), shares.names, frozen(shares.given[order]))


def joined_starts(parts: Sequence[Positions]) -> Positions:
    """Starts of compressed rows one below the other."""
    counts = np.concatenate([np.diff(start) for start in parts])
    return frozen(np.concatenate(([0], np.cumsum(counts))).astype(np.int64))


def _recoded(parts: Sequence[tuple[tuple[str, ...], Codes]]) -> tuple[tuple[str, ...], Codes]:
    """Codes of several lists of names as codes of one sorted list, of the names that some code has; -1 stays."""
    used: set[str] = set()
    for names, codes in parts:
        present = np.zeros(len(names) + 1, np.bool_)
        present[codes] = True
        used.update(name for name, here in zip(names, present.tolist(), strict=False) if here)
    ordered = sorted(used)
    code_of = {name: code for code, name in enumerate(ordered)}
    recoded = [np.array([*(code_of.get(name, -1) for name in names), -1], np.int32)[codes] for names, codes in parts]
    return tuple(ordered), np.concatenate(recoded) if recoded else np.zeros(0, np.int32)
