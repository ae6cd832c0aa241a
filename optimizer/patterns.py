"""Patterns: which sets of offers an offer is in, as one number per offer."""

import numpy as np
from numpy.typing import NDArray

from optimizer.columns import Positions


def patterns_of(n: int, sets: list[Positions]) -> tuple[NDArray[np.int32], list[Positions]]:
    """The pattern of each of n offers, and for each set the patterns that lie in it.

    Sets that hold a good part of all offers are packed as bits; small ones refine only the offers they touch.
    """
    key = np.zeros(n, np.int32)
    wide = [index for index, offers in enumerate(sets) if n > len(offers) > n // 64]
    for index in wide:
        inside = np.zeros(n, np.int32)
        inside[sets[index]] = 1
        key = _dense(2 * key + inside)
    narrow = [index for index, offers in enumerate(sets) if len(offers) <= n // 64]
    offer = np.concatenate([sets[index] for index in narrow] or [np.zeros(0, np.int64)])
    label = np.repeat(np.array(narrow, np.int64), [len(sets[index]) for index in narrow])
    order = np.argsort(offer, kind="stable")
    offer, label = offer[order], label[order]
    rank = np.arange(len(offer)) - np.searchsorted(offer, offer)
    for level in range(int(rank.max(initial=-1)) + 1):
        key = _refine(key, offer[rank == level], label[rank == level] + 1)
    patterns = int(key.max(initial=0)) + 1
    shown_by = np.zeros(patterns, np.int64)
    shown_by[key] = np.arange(n)
    representative = np.zeros(n, np.bool_)
    representative[shown_by[:n]] = True
    return key, [_patterns_in(key, representative, offers) for offers in sets]


def _patterns_in(key: NDArray[np.int32], representative: NDArray[np.bool_], offers: Positions) -> Positions:
    """The patterns of the offers of a set, each once."""
    if len(offers) == len(key):
        return np.arange(int(key.max(initial=-1)) + 1)
    return key[offers[representative[offers]]].astype(np.int64)


def _refine(key: NDArray[np.int32], offers: Positions, label: Positions) -> NDArray[np.int32]:
    """Split the patterns of ``offers`` by label (>= 1), leaving all others alone; keys stay 0..P-1 without holes."""
    if not len(offers):
        return key
    split = key * (label.max() + np.int64(1))
    split[offers] += label
    return _dense(split)


def _dense(key: NDArray[np.int32] | Positions) -> NDArray[np.int32]:
    """Keys >= 0 renumbered 0..P-1 in their order, without holes."""
    top = int(key.max(initial=0))
    if top >= 1 << 22:
        return np.unique(key, return_inverse=True)[1].astype(np.int32)
    used = np.zeros(top + 1, np.bool_)
    used[key] = True
    if used.all():
        return key.astype(np.int32, copy=False)
    return (np.cumsum(used) - 1).astype(np.int32)[key]
