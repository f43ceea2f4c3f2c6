"""Pairs of columns that always kept their order, as a daily low and a daily high do, and where it
is reversed: two columns were exchanged, and their paths may show nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.bins import INVALID
from detector.detection.view import View
from detector.detection.window import Window

LEAST = 256  # records that a pair must have kept its order
_APART = 0.9  # share of them in which the two differ
_REMEMBERED = 4096  # records
_RUN, _CLEAN = 3, 16  # reversed records in a row, after so many that were not


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
        self._pairs: list[_Pair] = []
        self._reversed: list[tuple[int, int, int]] = []  # onset and the two features

    def exchanged(self, feature: int, onset: int) -> set[int]:
        """Features whose order with *feature* is reversed since *onset*, as far as is known."""
        return {
            j if i == feature else i
            for at, i, j in self._reversed
            if at == onset and feature in (i, j)
        }

    def learn(self, window: Window, first: int, last: int) -> None:
        """Take note of the pairs that kept their order in the records first..last (exclusive)."""
        known = {(pair.upper, pair.lower): pair for pair in self._pairs}
        self._pairs = []
        raw = {i: raw_values(window, i, view, first, last) for i, view in self._views}
        for at, (i, view) in enumerate(self._views):
            for j, other in self._views[at + 1 :]:
                if not _overlap(view, other):
                    continue
                for upper, lower in ((i, j), (j, i)):
                    if _in_order(raw[upper] - raw[lower]):
                        self._pairs.append(known.get((upper, lower), _Pair(upper, lower)))

    def reversals(self, window: Window, first: int, last: int) -> dict[int, list[tuple[int, int]]]:
        """Where pairs are reversed within the records first..last (exclusive), by feature: number
        of the record that reveals it, and of the first one that is.
        """
        found: dict[int, list[tuple[int, int]]] = {}
        views = dict(self._views)
        used = {i for pair in self._pairs for i in (pair.upper, pair.lower)}
        raw = {i: raw_values(window, i, views[i], first, last) for i in used}
        self._reversed = [one for one in self._reversed if one[0] > first - _REMEMBERED]
        for pair in self._pairs:
            for place, onset in _walk(pair, raw[pair.upper] - raw[pair.lower], first):
                self._reversed.append((onset, pair.upper, pair.lower))
                for i in (pair.upper, pair.lower):
                    found.setdefault(i, []).append((place, onset))
        return found


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


def _in_order(difference: FloatArray) -> bool:
    known = np.isfinite(difference)
    return (
        int(known.sum()) >= LEAST
        and is_kept(difference)
        and float(np.mean(difference[known] > 0)) >= _APART
    )


def _overlap(one: View, other: View) -> bool:
    """Whether one column's values could be the other's: else an exchange is plain to see."""
    if one.law is None or other.law is None:
        return False
    (low, high), (low_other, high_other) = (
        np.sort(view.to_raw(np.array([view.law.low, view.law.high])))
        for view in (one, other)
        if view.law is not None
    )
    return bool(low < high_other and low_other < high)


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
