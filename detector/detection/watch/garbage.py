"""A topic that is mostly dead letters."""

import numpy as np
import numpy.typing as npt

from detector.detection.settings import ModelSettings
from detector.detection.watch.timeline import Place, Timeline
from detector.detection.watch.turn import Finding, Turn
from detector.events import Signal

BREAKER_RECORDS = 1000  # the share of dead letters is taken over so many, and not before
_CALM = 0.5  # the breaker closes again at this part of the share at which it opened


class Garbage:
    """Begins where the share of dead letters exceeds ``stop_above``, ends at half of that."""

    def __init__(self, settings: ModelSettings) -> None:
        self._topic = settings.topic
        self._limit = settings.stop_above
        self._holds = False
        self._recent: npt.NDArray[np.bool_] = np.zeros(0, np.bool_)

    def adopt(self) -> None:
        """Go on with what an earlier process told."""
        self._holds = True

    def update(self, records: Timeline) -> list[Turn]:
        """What the records tell."""
        turns = []
        for row, share in self._crossings(records.rejected):
            place = records.place(row)
            self._holds = not self._holds
            turns.append(self._begin(row, place, share) if self._holds else self._end(row, place))
        return turns

    def _crossings(self, bad: npt.NDArray[np.bool_]) -> list[tuple[int, float]]:
        """Records at which the share of dead letters crosses a limit, with that share."""
        known = np.concatenate([self._recent, bad])
        sums = np.concatenate([[0], np.cumsum(known)])
        ends = np.arange(len(self._recent) + 1, len(known) + 1)
        shares = (sums[ends] - sums[np.maximum(ends - BREAKER_RECORDS, 0)]) / BREAKER_RECORDS
        full = ends >= BREAKER_RECORDS
        self._recent = known[-(BREAKER_RECORDS - 1) :]
        above, below = full & (shares > self._limit), full & (shares <= self._limit * _CALM)
        found: list[tuple[int, float]] = []
        holds, row = self._holds, 0
        while row < len(bad):
            ahead = np.flatnonzero(below[row:] if holds else above[row:])
            if not len(ahead):
                break
            row += int(ahead[0])
            found.append((row, float(shares[row])))
            holds = not holds
            row += 1
        return found

    def _begin(self, row: int, place: Place, share: float) -> Turn:
        signal = Signal(
            kind="invalid",
            value=share,
            tolerance=self._limit,
            unit=f"share of the last {BREAKER_RECORDS} records",
        )
        text = (
            f"{share:.0%} of the last {BREAKER_RECORDS} records of {self._topic}"
            " could not be decoded"
        )
        finding = Finding(signal=signal, severity="critical", summary=text)
        return Turn(kind="invalid", row=row, place=place, time=place.time, finding=finding)

    def _end(self, row: int, place: Place) -> Turn:
        ending = f"{self._topic}: records can be decoded again"
        return Turn(kind="invalid", row=row, place=place, time=place.time, ending=ending)
