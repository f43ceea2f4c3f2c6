"""Change of a stream against its own past: River's ADWIN on training scores and on their magnitude.

ADWIN is not scale-free, so it is fed scores; it is blinded for good by one NaN, so only valid
values reach
it; and means of consecutive valid values, scaled back to unit variance, cost a fraction of single
values.
"""

from collections import deque
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from river._river_rust.drift import AdaptiveWindowing

from detector.detection.batch import FloatArray

BLOCK = 8  # valid values a mean; single values react in half the time for four times the cost
BLOCK_WITH_REFERENCE = 32  # the departure test raises the alarms; a change only adds to them
CLOCK = 4  # means between two checks: 32 values, as River's default
DELTA = 0.002  # River's default
_KEPT = 512  # blocks that an onset may lie back


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A detection.

    record: number of the record that completed the block.
    since:  number of the first record of the window that ADWIN kept, as far back as is remembered.
    kind:   ``location`` for the scores, ``spread`` for their magnitude.
    before, after: mean score on either side.
    """

    record: int
    since: int
    kind: str
    before: float
    after: float


def block_size(autocorrelation_time: float, *, has_reference: bool) -> int:
    """Valid values a mean: longer where neighbouring values depend on each other."""
    size = BLOCK_WITH_REFERENCE if has_reference else BLOCK
    return size * max(1, ceil(autocorrelation_time / 2))


class ChangeDetector:
    """Two ADWINs of one feature, in the order of its records."""

    def __init__(self, size: int) -> None:
        self._root = sqrt(size)
        self._windows = (("location", _window()), ("spread", _window()))
        self._starts: deque[int] = deque(maxlen=2 * _KEPT)
        self._next_start = 0

    def update(
        self, records: list[int], means: list[float], magnitudes: list[float]
    ) -> list[Change]:
        """Take closed blocks in; the changes that they reveal, in the order of the records.

        records: the number of the record that closed each block. Of a level and a spread that
                 change
        at one record, the level is told.
        """
        if not records:
            return []
        found: dict[int, Change] = {}
        starts = [self._next_start, *(record + 1 for record in records[:-1])]
        for (kind, window), values in zip(self._windows, (means, magnitudes), strict=True):
            first, width, total = 0, int(window.get_width()), window.get_total()
            for i, value in enumerate(values):
                if not window.update(value * self._root):
                    continue
                for earlier in values[
                    first:i
                ]:  # in River's own order: the same digits in any split
                    total += earlier * self._root
                width += i - first
                kept = max(int(window.get_width()), 1)
                change = Change(
                    record=records[i],
                    since=self._start(starts, i, min(kept, _KEPT)),
                    kind=kind,
                    before=total / max(width, 1) / self._root,
                    after=window.get_total() / kept / self._root,
                )
                found.setdefault(records[i], change)
                first, width, total = i + 1, int(window.get_width()), window.get_total()
        self._starts.extend(starts)
        self._next_start = records[-1] + 1
        return [found[record] for record in sorted(found)]

    def _start(self, starts: list[int], i: int, width: int) -> int:
        """First record of the last *width* blocks, block *i* of the new ones included."""
        if width <= i + 1:
            return starts[i + 1 - width]
        back = width - i - 1
        return self._starts[-min(back, len(self._starts))] if self._starts else starts[0]


def locate(scores: FloatArray) -> tuple[int, float, float]:
    """Where a series changed its mean, and the means on either side.

    The split that explains most: n1 n2 / n (difference of means)^2 (Hawkins 1977). ADWIN drops
    its oldest
    values bucket by bucket, so its own window still begins before the change when it is found.
    scores: shape (n,), at least two.
    """
    n = len(scores)
    sums = np.cumsum(scores)
    first = np.arange(1, n)
    before, after = sums[:-1] / first, (sums[-1] - sums[:-1]) / (n - first)
    at = int(np.argmax(first * (n - first) * np.square(after - before)))
    return at + 1, float(before[at]), float(after[at])


def _window() -> AdaptiveWindowing:
    """River's window itself: its wrapper forgets, after a detection, the part that ADWIN kept."""
    return AdaptiveWindowing(
        delta=DELTA, clock=CLOCK, max_buckets=5, min_window_length=5, grace_period=10
    )
