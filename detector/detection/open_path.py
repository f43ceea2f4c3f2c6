"""What may begin along a path while an episode is open: another fault, or a rest that never ends.

What is usual along the sound path says little of the one that arrives under a fault: under another
map the steps have another size, and what was learned from both together is surprised by neither. So
an open episode has a watch of its own, which knows the records since its onset alone. And no step
along a path surprises where the value only stays.
"""

import numpy as np

from detector.detection.bins import INVALID
from detector.detection.diagnosis.innovation import HISTORY, learn
from detector.detection.view import View
from detector.detection.watched_path import Suspicion, WatchedPath
from detector.detection.window import Window

_EVERY = 32  # records between two looks
_LEARNED_AFTER = (256, 512)  # records since the onset, then every 1,024, at which steps are learned
_REST, _GROWN = 12, 1.5  # values that a rest has at least; times as long before it is told again


class OpenPath:
    """Watches the path of one feature while its episode is open."""

    def __init__(self, index: int, window: Window, view: View) -> None:
        self._index, self._window, self._view = index, window, view
        self._path: WatchedPath | None = None
        self.begin(0, 0)

    def begin(self, onset: int, record: int) -> None:
        """A cause holds since *onset*, as is known at *record*."""
        self._onset = self._next = max(onset, 0)
        self._path, self._learned_at = None, 0
        self._value: float | None = None  # where the values rest
        self._rest: int | None = None  # since which record; unknown of the first rest
        self._length = self._told = 0  # how many values; how many when that was told
        self.next_look = record + _EVERY

    def look(self, record: int, *, followed: bool) -> list[Suspicion]:
        """What the records since the last look, up to *record*, suggest; nothing is told twice.

        followed: whether the values have a path of their own, as under a named fault.
        """
        self.next_look = record + _EVERY
        found = [self._rests(record), self._moves(record) if followed else None]
        if not followed:
            self._path, self._learned_at = None, 0
        return [one for one in found if one is not None]

    def _rests(self, record: int) -> Suspicion | None:
        """That the value has stayed what it is for long, and longer than when that was told."""
        rows = self._window.rows(self._next, record)
        first, self._next = self._window.base + int(rows.start), record + 1
        places = np.flatnonzero(self._window.codes[self._index, rows] < INVALID)
        values = self._window.values[self._index, rows][places]
        if not len(values):
            return None
        before = values[0] if self._value is None else self._value
        moved = np.flatnonzero(values != np.concatenate(([before], values[:-1])))
        if len(moved):
            self._rest, self._length, self._told = first + int(places[moved[-1]]), 0, 0
            values = values[moved[-1] :]
        self._value, self._length = float(values[-1]), self._length + len(values)
        if self._rest is None or self._length < max(_REST, _GROWN * self._told):
            return None
        self._told = self._length
        return Suspicion(record=record, onsets=(self._rest,))

    def _moves(self, record: int) -> Suspicion | None:
        """The onsets that the steps suggest."""
        onsets: set[int] = set()
        if self._path is not None:
            seen = self._path.take(self._window, self._path.end, record + 1, ())
            onsets = {onset for one in seen for onset in one.onsets}
        if record - self._onset >= self._due:
            self._learn(record)
        return Suspicion(record=record, onsets=tuple(sorted(onsets))) if onsets else None

    @property
    def _due(self) -> int:
        """Records since the onset at which the usual step is learned next."""
        later = [after for after in _LEARNED_AFTER if after > self._learned_at]
        return later[0] if later else (self._learned_at // HISTORY + 1) * HISTORY

    def _learn(self, record: int) -> None:
        """Learn what is usual from the records since the onset, the last 1,024 of them."""
        law = self._view.law
        assert law is not None  # noqa: S101 - only features with one have a path
        self._learned_at = record - self._onset
        first = max(self._onset, record - HISTORY + 1)
        usual = learn(self._window.valid(self._index, first, record), law.knots[:0])
        if usual is None:
            self._path = None
            return
        if self._path is None:
            self._path = WatchedPath(self._index, self._view, end=record + 1, looked=record + 1)
        self._path.law, self._path.state = usual, usual.state.copy()
