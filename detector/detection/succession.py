"""When to look for another fault inside an open episode, and since when it would be.

Every look asks whether the records since the present cause began still follow one law; where they
do not, the diagnosis is asked from the change on. What it does not name is asked again as it grows,
and in the end taken for nature's.
"""

from detector.detection.rupture import rupture
from detector.detection.window import LOOK_BACK, Window

_EVERY, _LATER = 32, 128  # records between two looks, in the first _LATE records and after
_LATE = 1024
_SAME = 16  # records within which two ruptures are one, better located
_GROWN = 2.0  # times as many records since a rupture, before the diagnosis is asked again
_SETTLED = 512  # records after which what is no fault by then is none


class Succession:
    """Looks for ruptures in one feature's open episode."""

    def __init__(self, index: int, window: Window) -> None:
        self._index, self._window = index, window
        self._floor = self._begun = 0
        self.is_divided = False  # whether some records since the onset followed another law
        self._place: int | None = None  # of the rupture that waits for a name
        self._asked_at = 0
        self.next_look = 0

    @property
    def waits(self) -> bool:
        """Whether the last records follow another law than those before, for a reason unknown."""
        return self._place is not None

    def begin(self, onset: int, record: int) -> None:
        """A cause holds since *onset*, as is known at *record*."""
        self._floor, self._begun = max(onset, 0), record
        self._place, self.is_divided = None, False
        self.next_look = record + _EVERY

    def look(self, record: int) -> int | None:
        """The record from which the diagnosis should be asked; None where there is no reason."""
        self.next_look = record + (_EVERY if record - self._begun < _LATE else _LATER)
        rows = self._window.rows(max(self._floor, record - LOOK_BACK + 1), record)
        at = rupture(
            self._window.adjusted[self._index, rows], self._window.codes[self._index, rows]
        )
        if at is None:
            self._place = None
            return None
        place = self._window.base + int(rows.start) + at
        known = self._place is not None and abs(place - self._place) <= _SAME
        if known and record - place + 1 < _GROWN * (self._asked_at - place + 1):
            return None
        self._place, self._asked_at = place, record
        return place

    def refuse(self, record: int) -> None:
        """No other fault was named; what lasts is the world's doing."""
        if self._place is not None and record - self._place >= _SETTLED:
            self._floor, self._place = self._place, None
            self.is_divided = True
