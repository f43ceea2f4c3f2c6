"""When the map behind pairs that disagree gives way to another one, and since when.

Whether a pair obeys the map that is named is arithmetic, not statistics. So the pairs that disagree
and do not obey it are points of a second map, and once no more of the first one's arrive than
chance would hold back, the second has taken its place: since the first of its points that follows
the last one which only the first map explains. What obeys both maps tells nothing.
"""

from math import ceil, log

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.diagnosis import PairDiagnoser, Reading, is_sure, is_testable, may_be_one
from detector.detection.episode import PairCause
from detector.detection.window import LOOK_BACK, Window
from detector.events import Diagnosis

_LEAST, _AMONG_SOUND = 5, 8  # points of a second map; where sound pairs lie among them
_CHANCE = 1e-6  # that a map which still holds sends none for so long; every pair is a trial
_QUIET = 0.01  # the same by records: a second canary may come where the first one pauses
_ERA = 4  # points that only the first map explains: else it was named too early
_AGAIN = 1.5  # times as many points, before one asks again what they are called
_EVERY, _SELDOM = 32, 256  # records between two looks behind what no single pair can obey
_LATEST = 16  # points that such a look reads
_PATIENCE = 512  # records for which points without a name keep the first one
_SINGLE = 0.9  # of both maps' points: what explains so many of either explains them all

Records = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


class PairSuccession:
    """Looks for a second map in the pairs of one feature's open episode.

    The counts run ahead: as of the record after which to look, or else to the end of what arrived.
    They only tell when to look. What is decided at a record is read from the window's records up to
    that one.
    """

    def __init__(self, index: int, window: Window, pairs: PairDiagnoser) -> None:
        self._index, self._window, self._pairs = index, window, pairs
        self._reading: Reading | None = None
        self._look_at: int | None = None
        self._asked: tuple[int, int] = (-1, 0)  # first point of the tail asked for; points to ask
        self._strange = 0  # points that do not obey, with which to read them all again
        self._waiting: int | None = None  # first point of a tail that the last look could not name
        self.rereads = False  # whether the last look found reason to read all points again
        self._restart(0)

    def begin(self, cause: PairCause, record: int) -> None:
        """The map of *cause* holds, as was read at *record*."""
        self._reading, self._waiting = cause.reading, None
        self._restart(max(cause.onset, record - LOOK_BACK + 1))
        if self._follows:
            self._count(record + 1, looking=False)
            strange = self._seen - self._obeyed
            self._strange = max(_LEAST, ceil(_AGAIN * strange))
        else:
            self._look_at = self._later(cause, record)

    def due(self, first: int, last: int) -> list[int]:
        """The record from *first* to *last* (exclusive) after which to look, if there is one."""
        if self._reading is None or self._reading.fault.cause == "unknown":
            return []
        if self._follows and self._look_at is None:
            self._count(last, looking=True)
        return [] if self._look_at is None else [max(self._look_at, first)]

    def waits(self, record: int) -> bool:
        """Whether the first map has ceased by *record* and nothing is known of what came."""
        if self._reading is None or self._waiting is None or record - self._waiting >= _PATIENCE:
            return False
        records = self._unequal(self._window.rows(self._waiting, record))
        return not self._obeying(records, self._reading).any()

    def is_due(self, record: int) -> bool:
        """Whether to look after *record*."""
        return self._look_at is not None and record >= self._look_at

    def look(self, cause: PairCause, record: int) -> int | None:
        """The record since which another map than that of *cause* holds; None where none is known
        to.
        """
        self._look_at = None if self._follows else self._later(cause, record)
        self.rereads, self._waiting = self._follows, None
        self._strange = max(self._strange, ceil(_AGAIN * (self._seen - self._obeyed)))
        records, obeys = self._points(cause, record)
        tail = records[-_LATEST:]
        if obeys is not None:
            last = np.flatnonzero(obeys)
            tail = records[int(last[-1]) + 1 :] if len(last) else records
        if len(tail) < _LEAST:
            return None
        self._asked = (int(tail[0]), ceil(_AGAIN * len(tail)))
        found, reading = self._pairs.named(self._index, self._window, tail, record)
        since = self.since(cause, found, reading, record)
        unnamed = since is None and (found.cause == "unknown" or not is_sure(found))
        lasted = self._follows and self._reading is not None and self._reading.drawn is None
        if unnamed and lasted and len(records) - len(tail) >= _ERA:
            self.rereads, self._waiting = False, int(tail[0])
        return since

    def since(
        self, cause: PairCause, found: Diagnosis, reading: Reading, record: int
    ) -> int | None:
        """The record since which *found* holds in the place of *cause*; None where it does not, or
        where both may be one.
        """
        first = cause.reading
        if first is None or cause.diagnosis is None or not is_sure(found):
            return None
        if "unknown" in (first.fault.cause, found.cause) or may_be_one(first, reading):
            return None
        if not (is_testable(first) or is_testable(reading)):
            return None
        records, obeys = self._points(cause, record)
        theirs = self._obeying(records, reading) if is_testable(reading) else None
        if obeys is None:
            assert theirs is not None  # noqa: S101 - one of the two can be told
            obeys = ~theirs
        only = obeys if theirs is None else obeys & ~theirs
        era = np.flatnonzero(only)
        if len(era) < _ERA:
            return None
        after = records[int(era[-1]) + 1 :][~obeys[int(era[-1]) + 1 :]]
        if not _has_ceased(records, era, after, record):
            return None
        return None if self._is_one(records[only], after, record) else int(after[0])

    # ---------------------------------------------------------------- which pairs obey

    def _later(self, cause: PairCause, record: int) -> int:
        """When to look next behind what no single pair can obey."""
        return record + min(max(_EVERY, (record - cause.onset) // 4), _SELDOM)

    @property
    def _follows(self) -> bool:
        """Whether the map that is named can be obeyed by single pairs."""
        return self._reading is not None and is_testable(self._reading)

    def _points(self, cause: PairCause, record: int) -> tuple[Records, Mask | None]:
        """The records since the onset whose pairs disagree, and which of them obey the map."""
        records = self._unequal(self._window.rows(max(cause.onset, 0), record))
        first = cause.reading
        if first is None or not is_testable(first):
            return records, None
        return records, self._obeying(records, first)

    def _unequal(self, rows: slice) -> Records:
        at = np.flatnonzero(self._window.unequal(self._index, rows))
        return np.asarray(at + rows.start + self._window.base, np.intp)

    def _obeying(self, records: Records, reading: Reading) -> Mask:
        return self._pairs.obeying(self._index, self._window, records, reading)

    def _is_one(self, ours: Records, theirs: Records, record: int) -> bool:
        """Whether one map explains the points of both: two bounds, or two digits."""
        both = np.sort(np.concatenate((ours, theirs)))
        _, best = self._pairs.named(self._index, self._window, both, record)
        if not is_testable(best):
            return False
        return all(self._obeying(part, best).mean() >= _SINGLE for part in (ours, theirs))

    # ---------------------------------------------------------------- counting on

    def _restart(self, record: int) -> None:
        self._next = record  # that has not been counted
        self._seen = self._obeyed = 0  # points
        self._last = 0  # points that were seen when the last one obeyed
        self._tail = -1  # record of the first one after that
        self._look_at = None

    def _count(self, end: int, *, looking: bool) -> None:
        """Count the records up to *end* (exclusive); when *looking*, up to the one to look after.

        Otherwise only the last one tells whether to look.
        """
        assert self._reading is not None  # noqa: S101 - it is followed
        start = max(self._next, self._window.base)
        records = self._unequal(slice(start - self._window.base, end - self._window.base))
        self._next = end
        if not len(records):
            return
        obeys = self._obeying(records, self._reading)
        seen = self._seen + np.arange(1, len(records) + 1)
        obeyed = self._obeyed + np.cumsum(obeys)
        last = np.maximum.accumulate(np.where(obeys, seen, self._last))
        at = np.clip(last - self._seen, 0, len(records) - 1)
        begun = np.where(
            (last < self._seen + 1) & (self._last < self._seen), self._tail, records[at]
        )
        tail = seen - last
        least = np.where(records - begun + 1 > tail, _AMONG_SOUND, _LEAST)
        enough = tail >= _needed(obeyed / (last + 1), least=least)
        enough &= (begun != self._asked[0]) | (tail >= self._asked[1])
        mixed = (seen - obeyed >= self._strange) & looking
        if not looking:
            enough[:-1] = False
        hits = np.flatnonzero(enough | mixed)
        stop = int(hits[0]) if len(hits) else len(records) - 1
        if len(hits):
            self._look_at = int(records[stop]) if looking else end - 1
            self._next = self._look_at + 1
        self._seen, self._obeyed = int(seen[stop]), int(obeyed[stop])
        self._last, self._tail = int(last[stop]), int(begun[stop])


def _has_ceased(records: Records, era: Records, after: Records, record: int) -> bool:
    """Whether a map whose points are *era* of *records* would have sent another by *record*, were
    they as frequent still among those that disagree, and among all.

    after: records of the other map's points since.
    """
    last = int(era[-1])
    if len(after) < _needed(np.array(len(era) / (last + 2)), least=np.array(_LEAST)):
        return False
    if len(after) == record - after[0] + 1:  # no sound pair, nor one of the first map, among them
        return True
    rate = len(era) / (int(records[last] - records[era[0]]) + 2)
    return bool((record - records[last]) * np.log1p(-rate) <= log(_QUIET))


def _needed(share: FloatArray, *, least: Records) -> FloatArray:
    """Points without one of the first map, of which *share* were its own, that are no chance."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.maximum(least, np.ceil(log(_CHANCE) / np.log1p(-share))), np.float64)
