"""The model itself, feature ``*``: a silent topic, too many dead letters, records that Kafka no
longer has.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.detection.batch import Batch, FloatArray, IntArray
from detector.detection.episode import Episode
from detector.detection.settings import ModelSettings
from detector.events import DriftEvent, Position, Severity, Signal, Since, alert_id, rfc3339

MODEL = "*"
BREAKER_RECORDS = 1000  # the share of dead letters is taken over so many, and not before
_CALM = 0.5  # the breaker closes again at this part of the share at which it opened


@dataclass(frozen=True, slots=True)
class _Place:
    topic: str
    partition: int
    offset: int
    time: float

    @property
    def position(self) -> Position:
        return Position(topic=self.topic, partition=self.partition, offset=self.offset)

    @property
    def since(self) -> Since:
        return Since(partition=self.partition, offset=self.offset, time=rfc3339(self.time))


class Watch:
    """One episode at a time of feature ``*``; it stays open while any of its conditions holds."""

    def __init__(self, settings: ModelSettings, group: str) -> None:
        self._settings = settings
        self._group = group
        self._holding: set[str] = set()
        self._episode: Episode | None = None
        self._last: _Place | None = None
        self._newest = -np.inf
        self._recent: npt.NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._seen_before = 0
        self._records = 0
        self._arrived_at: float | None = None

    @property
    def open_event(self) -> DriftEvent | None:
        """The last event of the open episode, if one is open."""
        return None if self._episode is None else self._episode.last

    def adopt(self, episode: Episode) -> None:
        """Go on with an episode that an earlier process opened."""
        self._episode = episode
        kinds = {signal.kind for signal in episode.signals}
        self._holding = {str(kind) for kind in kinds} or {"silence"}

    def update(self, batch: Batch) -> list[tuple[int, DriftEvent]]:
        """Events of the records of *batch*, dead letters included, each with its record's
        offset.
        """
        offsets, times, bad = _merged(batch)
        if not len(offsets):
            return []
        self._records += len(offsets)
        newest = np.maximum.accumulate(np.concatenate([[self._newest], times]))
        found: list[tuple[int, DriftEvent]] = []
        silent = self._gaps(times, newest[:-1])
        crossings = self._breaker(bad)
        for i in sorted({0, *silent, *crossings}):
            place = _Place(batch.topic, batch.partition, int(offsets[i]), float(times[i]))
            if i in silent and "silence" not in self._holding:
                before = self._last if i == 0 else _at(batch, offsets, times, i - 1)
                assert before is not None  # noqa: S101 - the first record of all ends no silence
                found += [(place.offset, event) for event in self._silence(before)]
            for condition in ("silence", "missing"):
                found += [(place.offset, event) for event in self._end(condition, place)]
            share = crossings.get(i)
            if share is not None and share > self._settings.stop_above:
                found += [(place.offset, event) for event in self._garbage(share, place)]
            elif share is not None:
                found += [(place.offset, event) for event in self._end("invalid", place)]
        self._newest = float(newest[-1])
        self._last = _at(batch, offsets, times, len(offsets) - 1)
        return found

    def advance(self, now: float) -> list[DriftEvent]:
        """Open a silence if no record has come for long enough in wall time."""
        if self._settings.silence_after_s is None:
            return []
        if self._arrived_at is None or self._records != self._seen_before:
            self._arrived_at, self._seen_before = now, self._records
            return []
        if now - self._arrived_at < self._settings.silence_after_s or "silence" in self._holding:
            return []
        start = _Place(self._settings.topic, 0, 0, self._arrived_at)
        return self._silence(self._last or start)

    def lost(self, topic: str, partition: int, expected: int, got: int, time: float) -> DriftEvent:
        """Kafka no longer has the records expected..got-1; resolved by the next record."""
        place = _Place(topic, partition, expected, time)
        signal = Signal(
            kind="missing", value=float(got - expected), tolerance=0.0, unit="records lost"
        )
        text = (
            f"{got - expected} records of {topic}/{partition} were deleted before they were read"
            f" (from offset {expected})"
        )
        events = self._begin("missing", signal, "critical", text, place, time)
        assert events or self._episode is not None  # noqa: S101 - one of the two by construction
        return events[0] if events else self._repeat(place, time)

    def _repeat(self, place: _Place, time: float) -> DriftEvent:
        """Say a loss inside an episode that is open already."""
        assert self._episode is not None  # noqa: S101 - the caller saw it open
        return self._emit("updated", place, time, self._episode.summary)

    def _gaps(self, times: FloatArray, newest: FloatArray) -> set[int]:
        after = self._settings.silence_after_s
        if after is None:
            return set()
        return set(np.flatnonzero(times - newest > after).tolist()) - (
            {0} if np.isinf(newest[0]) else set()
        )

    def _breaker(self, bad: npt.NDArray[np.bool_]) -> dict[int, float]:
        """Records at which the share of dead letters crosses a limit, with that share."""
        known = np.concatenate([self._recent, bad])
        sums = np.concatenate([[0], np.cumsum(known)])
        ends = np.arange(len(self._recent) + 1, len(known) + 1)
        shares = (sums[ends] - sums[np.maximum(ends - BREAKER_RECORDS, 0)]) / BREAKER_RECORDS
        full = ends >= BREAKER_RECORDS
        self._recent = known[-(BREAKER_RECORDS - 1) :]
        open_now, limit = "invalid" in self._holding, self._settings.stop_above
        above, below = full & (shares > limit), full & (shares <= limit * _CALM)
        found: dict[int, float] = {}
        i = 0
        while i < len(bad):
            ahead = np.flatnonzero(below[i:] if open_now else above[i:])
            if not len(ahead):
                break
            i += int(ahead[0])
            found[i] = float(shares[i])
            open_now = not open_now
            i += 1
        return found

    def _silence(self, last: _Place) -> list[DriftEvent]:
        after = self._settings.silence_after_s or 0.0
        signal = Signal(kind="silence", value=after, tolerance=after, unit="seconds")
        text = f"{self._settings.topic} has been silent for {after:g} seconds"
        return self._begin("silence", signal, "warning", text, last, last.time + after)

    def _garbage(self, share: float, place: _Place) -> list[DriftEvent]:
        signal = Signal(
            kind="invalid",
            value=share,
            tolerance=self._settings.stop_above,
            unit=f"share of the last {BREAKER_RECORDS} records",
        )
        text = (
            f"{share:.0%} of the last {BREAKER_RECORDS} records of {self._settings.topic}"
            " could not be decoded"
        )
        return self._begin("invalid", signal, "critical", text, place, place.time)

    def _begin(
        self,
        condition: str,
        signal: Signal,
        severity: Severity,
        text: str,
        place: _Place,
        time: float,
    ) -> list[DriftEvent]:
        self._holding.add(condition)
        if self._episode is not None:
            self._episode.signals = (*self._episode.signals, signal)
            self._episode.summary = text
            return []
        self._episode = Episode(
            model=self._settings.name,
            feature=MODEL,
            alert=alert_id(
                group=self._group,
                model=self._settings.name,
                feature=MODEL,
                since=f"{condition}/{place.partition}/{place.offset}",
                digest=self._settings.scaler.digest,
            ),
            since=place.since,
            onset=0,
            opened=0,
            severity=severity,
            signals=(signal,),
            summary=text,
        )
        return [self._emit("opened", place, time, text)]

    def _end(self, condition: str, place: _Place) -> list[DriftEvent]:
        if condition not in self._holding:
            return []
        self._holding.discard(condition)
        if self._holding or self._episode is None:
            return []
        words = {"silence": "records come again", "missing": "reading goes on"}
        text = f"{self._settings.topic}: {words.get(condition, 'records can be decoded again')}"
        event = self._emit("resolved", place, place.time, text)
        self._episode = None
        return [event]

    def _emit(self, status: str, place: _Place, time: float, text: str) -> DriftEvent:
        assert self._episode is not None  # noqa: S101 - set by every caller
        return self._episode.event(
            status,  # type: ignore[arg-type]  # one of the three
            consumer_group=self._group,
            position=place.position,
            time=time,
            training=None,
            live=None,
            summary=text,
        )


def _merged(batch: Batch) -> tuple[IntArray, FloatArray, npt.NDArray[np.bool_]]:
    """Offsets, times and rejection of all records of a batch, in the order of their offsets."""
    rejected = batch.rejected
    offsets = np.concatenate([batch.offsets, rejected.offsets])
    order = np.argsort(offsets, kind="stable")
    bad = np.repeat([False, True], [len(batch.offsets), len(rejected.offsets)])
    return offsets[order], np.concatenate([batch.times, rejected.times])[order], bad[order]


def _at(batch: Batch, offsets: IntArray, times: FloatArray, i: int) -> _Place:
    return _Place(batch.topic, batch.partition, int(offsets[i]), float(times[i]))
