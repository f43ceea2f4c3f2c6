"""A topic without a record for too long, in the times of the records or on the wall."""

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.settings import ModelSettings
from detector.detection.watch.timeline import Place, Timeline
from detector.detection.watch.turn import Finding, Turn
from detector.events import Signal


class Silence:
    """Begins ``silence_after_s`` behind the last record, ends with the next one."""

    def __init__(self, settings: ModelSettings) -> None:
        self._topic = settings.topic
        self._after_s = settings.silence_after_s
        self._holds = False
        self._last: Place | None = None
        self._newest = -np.inf
        self._records = 0
        self._records_before = 0
        self._arrived_at: float | None = None

    def adopt(self) -> None:
        """Go on with a silence that an earlier process told."""
        self._holds = True

    def update(self, records: Timeline) -> list[Turn]:
        """What the records tell, dead letters among them."""
        newest = np.maximum.accumulate(np.concatenate([[self._newest], records.times]))
        gaps = self._gaps(records.times, newest[:-1])
        turns: list[Turn] = []
        for row in sorted({0, *gaps}):
            if row in gaps and not self._holds:
                before = self._last if row == 0 else records.place(row - 1)
                assert before is not None  # noqa: S101 - the first record of all ends no silence
                turns.append(self._begin(row, before))
            if self._holds:
                turns.append(self._end(row, records.place(row)))
        self._records += len(records)
        self._newest = float(newest[-1])
        self._last = records.place(-1)
        return turns

    def advance(self, now: float) -> list[Turn]:
        """Let wall time pass; *now* in seconds since the epoch."""
        if self._after_s is None:
            return []
        if self._arrived_at is None or self._records != self._records_before:
            self._arrived_at, self._records_before = now, self._records
            return []
        if now - self._arrived_at < self._after_s or self._holds:
            return []
        return [self._begin(0, self._last or Place(self._topic, 0, 0, self._arrived_at))]

    def _gaps(self, times: FloatArray, newest: FloatArray) -> set[int]:
        """Rows that come too long after the newest time before them."""
        if self._after_s is None:
            return set()
        first = {0} if np.isinf(newest[0]) else set()
        return set(np.flatnonzero(times - newest > self._after_s).tolist()) - first

    def _begin(self, row: int, last: Place) -> Turn:
        self._holds = True
        after = self._after_s or 0.0
        finding = Finding(
            signal=Signal(kind="silence", value=after, tolerance=after, unit="seconds"),
            severity="warning",
            summary=f"{self._topic} has been silent for {after:g} seconds",
        )
        return Turn(kind="silence", row=row, place=last, time=last.time + after, finding=finding)

    def _end(self, row: int, place: Place) -> Turn:
        self._holds = False
        ending = f"{self._topic}: records come again"
        return Turn(kind="silence", row=row, place=place, time=place.time, ending=ending)
