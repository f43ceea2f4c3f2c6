"""Change of a stream against its own past: River's ADWIN on training scores and on their magnitude.

ADWIN is not scale-free, so it is fed scores; it is blinded for good by one NaN, so only valid
values reach
it; and means of consecutive valid values, scaled back to unit variance, cost a fraction of single
values.
"""

from collections import deque
from dataclasses import dataclass
from math import ceil, sqrt

from river._river_rust.drift import AdaptiveWindowing

BLOCK = 8  # valid values a mean; single values react in half the time for four times the cost
CLOCK = 4  # means between two checks: 32 values, as River's default
DELTA = 0.002  # River's default
_KEPT = 512  # closed blocks whose records are remembered for the onset


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


def block_size(autocorrelation_time: float) -> int:
    """Valid values a mean: longer where neighbouring values depend on each other."""
    return BLOCK * max(1, ceil(autocorrelation_time / 2))


class ChangeDetector:
    """Two ADWINs of one feature, in the order of its records."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._windows = {"location": _Window(), "spread": _Window()}
        self._closed: deque[int] = deque(maxlen=_KEPT)
        self._last = -1

    def update(self, record: int, mean: float, magnitude: float) -> Change | None:
        """Take one closed block in; the change that it reveals, the level before the spread."""
        start = self._last + 1
        self._closed.append(start)
        self._last = record
        found: Change | None = None
        for kind, value in (("location", mean), ("spread", magnitude)):
            window = self._windows[kind]
            before = window.mean
            if window.update(value * sqrt(self.size)) and found is None:
                kept = min(window.width, len(self._closed))
                found = Change(
                    record=record,
                    since=self._closed[-kept] if kept else record,
                    kind=kind,
                    before=before / sqrt(self.size),
                    after=window.mean / sqrt(self.size),
                )
        return found


class _Window:
    """River's window itself: its wrapper forgets, after a detection, the part that ADWIN kept."""

    def __init__(self) -> None:
        self._adwin = AdaptiveWindowing(
            delta=DELTA, clock=CLOCK, max_buckets=5, min_window_length=5, grace_period=10
        )

    def update(self, value: float) -> bool:
        return bool(self._adwin.update(value))

    @property
    def width(self) -> int:
        return int(self._adwin.get_width())

    @property
    def mean(self) -> float:
        width = self._adwin.get_width()
        return float(self._adwin.get_total() / width) if width else 0.0
