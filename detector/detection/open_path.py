"""What may begin along a path while an episode is open: another fault, or a rest that never ends.

What is usual along the sound path says little of the one that arrives under a fault: under another
map the steps have another size, and what was learned from both together is surprised by neither. So
an open episode has a watch of its own, which knows the records since its onset alone. And no step
along a path surprises where the value only stays.
"""

import numpy as np

from detector.detection.bins import INVALID
from detector.detection.diagnosis.innovation import HISTORY, learn
from detector.detection.succession import look_after
from detector.detection.view import View
from detector.detection.watched_path import Suspicion, WatchedPath
from detector.detection.window import LOOK_BACK, Window

_ENOUGH = 256  # records under the fault that tell what is usual there
_REST, _GROWN = 12, 1.5  # values that a rest has at least; times as long before it is told again


class OpenPath:
    """Watches the path of one feature while its episode is open."""

    def __init__(self, index: int, window: Window, view: View) -> None:
        self._index, self._view, self._window = index, view, window
        self._onset = self._begun = 0
        self._rest, self._told = -1, 0  # where the last rest began, and how long it was when told
        self._path: WatchedPath | None = None
        self.next_look = 0

    def begin(self, onset: int, record: int) -> None:
        """A cause holds since *onset*, as is known at *record*."""
        self._onset, self._begun = max(onset, 0), record
        self._path = None
        self.next_look = look_after(record, record)

    def steps(self, record: int) -> list[Suspicion]:
        """What the steps up to *record* suggest that no look has seen."""
        if self._path is not None:
            return list(self._path.take(self._window, self._path.end, record + 1, ()))
        if record - self._onset >= _ENOUGH:
            self._path = self._learned(record)
        return []

    def rest(self, record: int) -> Suspicion | None:
        """That the value has stayed what it is for long, and longer than when that was told."""
        self.next_look = look_after(record, self._begun)
        rows = self._window.rows(max(self._onset, record - LOOK_BACK + 1), record)
        valid = np.flatnonzero(self._window.codes[self._index, rows] < INVALID)
        values = self._window.values[self._index, rows][valid]
        moved = np.flatnonzero(np.diff(values))
        first = int(moved[-1]) + 1 if len(moved) else 0
        length = len(values) - first
        if not first or length < _REST:
            return None
        onset = self._window.base + int(rows.start) + int(valid[first])
        if onset == self._rest and length < _GROWN * self._told:
            return None
        self._rest, self._told = onset, length
        return Suspicion(record=record, onsets=(onset,))

    def _learned(self, record: int) -> WatchedPath | None:
        law = self._view.law
        assert law is not None  # noqa: S101 - only features with one have a path
        first = max(self._onset, record - HISTORY + 1)
        usual = learn(self._window.valid(self._index, first, record), law.knots[:0])
        if usual is None:
            return None
        return WatchedPath(
            self._index, self._view, law=usual, state=usual.state.copy(), end=record + 1
        )
