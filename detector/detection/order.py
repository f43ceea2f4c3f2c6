"""Pairs of columns that always kept their order, as a daily low and a daily high do, and where it
is reversed: two columns were exchanged, and their paths may show nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.bins import INVALID
from detector.detection.view import View
from detector.detection.window import Window

LEAST = 256  # records that a pair must have kept its order
_APART = 0.9  # share of them in which the two differ
_REMEMBERED = 4096  # records
_RUN, _CLEAN = 3, 16  # reversed records in a row, after so many that were not
_RARE, _WITHIN = 4, 1024  # onsets within so many records; with more, paths cross by themselves


@dataclass(slots=True)
class _Pair:
    """Two features by index, the first of which is never below the second."""

    upper: int
    lower: int
    reversed_: int = 0  # in a row
    since: int = 0  # number of the first of them
    clean: int = _CLEAN  # records in order since there was such a row


class Orders:
    """Watches the pairs among *views* (by feature index) that kept their order so far."""

    def __init__(self, views: Sequence[tuple[int, View]]) -> None:
        self._views = views
        self._overlaps = _overlaps([view for _, view in views])
        self._pairs: list[_Pair] = []
        self._reversed: dict[int, list[tuple[int, int]]] = {}  # pairs of features by onset
        self._onsets: dict[int, set[int]] = {i: set() for i, _ in views}  # by feature

    def exchanged(self, feature: int, onset: int) -> set[int]:
        """Features whose order with *feature* is reversed since *onset*, as far as is known."""
        pairs = self._reversed.get(onset, ())
        return {j if i == feature else i for i, j in pairs if feature in (i, j)}

    def learn(self, window: Window, first: int, last: int) -> None:
        """Take note of the pairs that kept their order in the records first..last (exclusive)."""
        known = {(pair.upper, pair.lower): pair for pair in self._pairs}
        ordered = self._ordered(window, first, last)
        self._pairs = [known.get(two, _Pair(*two)) for two in ordered]

    def _ordered(self, window: Window, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Upper and lower of the pairs that kept their order, by feature index."""
        indices = np.array([i for i, _ in self._views], np.int64)
        raw = np.array([raw_values(window, i, view, first, last) for i, view in self._views])
        for at, i in enumerate(indices.tolist()):
            others = at + 1 + np.flatnonzero(self._overlaps[at, at + 1 :])
            difference = raw[at] - raw[others]
            above, below = _in_order(difference), _in_order(-difference)
            for j, is_upper in zip(
                indices[others[above | below]].tolist(), above[above | below].tolist(), strict=True
            ):
                yield (i, j) if is_upper else (j, i)

    def reversals(self, window: Window, first: int, last: int) -> dict[int, list[tuple[int, int]]]:
        """Where pairs are reversed within the records first..last (exclusive), by feature: number
        of the record that reveals it, and of the first one that is.

        Among many columns that wander, some pair always happens to have kept its order, and then
        crosses: what a feature does again and again says nothing, and is left out.
        """
        views = dict(self._views)
        used = {i for pair in self._pairs for i in (pair.upper, pair.lower)}
        raw = {i: raw_values(window, i, views[i], first, last) for i in used}
        revealed = sorted(
            (place, onset, pair.upper, pair.lower)
            for pair in self._pairs
            for place, onset in _walk(pair, raw[pair.upper] - raw[pair.lower], first)
        )
        self._forget(first - _REMEMBERED)
        found: dict[int, list[tuple[int, int]]] = {}
        for place, onset, upper, lower in revealed:
            self._reversed.setdefault(onset, []).append((upper, lower))
            for i in (upper, lower):
                if self._is_rare(i, onset, place):
                    found.setdefault(i, []).append((place, onset))
        return found

    def _is_rare(self, feature: int, onset: int, record: int) -> bool:
        """Whether orders of *feature* ended at few records lately; takes note of this onset."""
        onsets = self._onsets[feature]
        onsets.add(onset)
        return sum(record - _WITHIN < at for at in onsets) <= _RARE

    def _forget(self, before: int) -> None:
        self._reversed = {at: pairs for at, pairs in self._reversed.items() if at > before}
        for i, onsets in self._onsets.items():
            self._onsets[i] = {at for at in onsets if at > before}


def raw_values(window: Window, feature: int, view: View, first: int, last: int) -> FloatArray:
    """Raw values of the records first..last (exclusive), shape (n,); NaN where there is none."""
    rows = slice(first - window.base, last - window.base)
    with np.errstate(all="ignore"):
        values = view.to_raw(window.values[feature, rows])
    return np.where(window.codes[feature, rows] < INVALID, values, np.nan)


def is_kept(difference: FloatArray) -> bool:
    """Whether the first was never below the second; NaN where either is missing."""
    with np.errstate(invalid="ignore"):
        return not bool((difference < 0).any())


def _in_order(difference: FloatArray) -> npt.NDArray[np.bool_]:
    """Which rows of *difference*, shape (p, n), were never below zero, and mostly above."""
    count = np.isfinite(difference).sum(axis=1)
    with np.errstate(all="ignore"):
        apart = (difference > 0).sum(axis=1) / count >= _APART
        return np.asarray((count >= LEAST) & apart & ~(difference < 0).any(axis=1))


def _overlaps(views: Sequence[View]) -> npt.NDArray[np.bool_]:
    """Which columns' values could be which others', shape (m, m): else an exchange is plain to
    see.
    """
    ends = np.full((len(views), 2), np.nan)
    for i, view in enumerate(views):
        if view.law is not None:
            ends[i] = np.sort(view.to_raw(np.array([view.law.low, view.law.high])))
    low, high = ends[:, :1], ends[:, 1:]
    return np.asarray((low < high.T) & (high > low.T))


def _walk(pair: _Pair, difference: FloatArray, first: int) -> Iterator[tuple[int, int]]:
    if is_kept(difference) and not pair.reversed_:
        pair.clean += int((difference > 0).sum())
        return
    for i, d in enumerate(difference.tolist()):
        if d < 0:
            if not pair.reversed_:
                pair.since = first + i
            pair.reversed_ += 1
            if pair.reversed_ == _RUN and pair.clean >= _CLEAN:
                yield first + i, pair.since
            if pair.reversed_ >= _RUN:
                pair.clean = 0
        elif d > 0:
            pair.reversed_ = 0
            pair.clean += 1
