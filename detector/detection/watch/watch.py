"""One episode at a time of feature ``*``, whichever of its conditions holds."""

from detector.detection.batch import Batch
from detector.detection.episode import Episode
from detector.detection.settings import ModelSettings
from detector.detection.watch.garbage import Garbage
from detector.detection.watch.loss import Loss
from detector.detection.watch.silence import Silence
from detector.detection.watch.timeline import timeline_of
from detector.detection.watch.turn import Finding, Turn
from detector.detection.watch.versions import Versions
from detector.events import DriftEvent, Severity, Signal, SignalKind, Status, alert_id

MODEL = "*"
_RISING: tuple[Severity, ...] = ("info", "warning", "critical")
_UNTOLD = Signal(kind="silence", value=None, tolerance=None, unit=None)


class Watch:
    """The episode is open while any condition holds; each that joins or leaves it is an update."""

    def __init__(self, settings: ModelSettings, group: str) -> None:
        self._settings = settings
        self._group = group
        self._silence = Silence(settings)
        self._loss = Loss(settings)
        self._garbage = Garbage(settings)
        self._versions = Versions(settings)
        self._holding: dict[SignalKind, Finding] = {}
        self._episode: Episode | None = None

    @property
    def open_event(self) -> DriftEvent | None:
        """The last event of the open episode, if one is open."""
        return None if self._episode is None else self._episode.last

    @property
    def mismatches(self) -> int:
        """Records so far that named another scaler than the configured one."""
        return self._versions.mismatches

    def adopt(self, episode: Episode) -> None:
        """Go on with an episode that an earlier process opened, with every condition of it."""
        self._episode = episode
        for signal in episode.signals or (_UNTOLD,):
            is_version = signal.kind == "version"
            self._holding[signal.kind] = Finding(
                signal=signal,
                severity=episode.severity,
                summary=episode.summary,
                diagnosis=episode.diagnosis if is_version else None,
                versions=episode.versions if is_version else None,
            )
            match signal.kind:
                case "missing":
                    self._loss.adopt()
                case "invalid":
                    self._garbage.adopt()
                case "version":
                    self._versions.adopt(episode)
                case _:
                    self._silence.adopt()

    def update(self, batch: Batch) -> list[tuple[int, DriftEvent]]:
        """Events of the records of *batch*, dead letters included, each with the offset of the
        record at which it is told.
        """
        records = timeline_of(batch)
        if not len(records):
            return []
        turns = [
            *self._silence.update(records),
            *self._loss.update(records),
            *self._garbage.update(records),
            *self._versions.update(records),
        ]
        turns.sort(key=lambda turn: turn.row)
        return [(int(records.offsets[turn.row]), self._take(turn)) for turn in turns]

    def advance(self, now: float) -> list[DriftEvent]:
        """Open a silence if no record has come for long enough in wall time."""
        return [self._take(turn) for turn in self._silence.advance(now)]

    def lost(self, topic: str, partition: int, expected: int, got: int, time: float) -> DriftEvent:
        """Kafka no longer has the records expected..got-1; resolved by the next record."""
        return self._take(self._loss.lost(topic, partition, expected, got, time))

    def _take(self, turn: Turn) -> DriftEvent:
        """The event of a turn: opened by the first condition, resolved with the last."""
        if turn.finding is not None:
            status: Status = "updated" if self._holding else "opened"
            self._holding[turn.kind] = turn.finding
        else:
            del self._holding[turn.kind]
            status = "updated" if self._holding else "resolved"
        if self._episode is None:
            self._episode = self._begun(turn)
        if self._holding:
            self._sum_up(self._episode)
        event = self._episode.event(
            status,
            consumer_group=self._group,
            position=turn.place.position,
            time=turn.time,
            training=None,
            live=None,
            summary=turn.ending if status == "resolved" else self._episode.summary,
        )
        if status == "resolved":
            self._episode = None
        return event

    def _sum_up(self, episode: Episode) -> None:
        """Let the episode say what holds now."""
        findings = self._holding.values()
        episode.severity = max((each.severity for each in findings), key=_RISING.index)
        episode.signals = tuple(each.signal for each in findings)
        episode.summary = "; ".join(dict.fromkeys(each.summary for each in findings))
        version = self._holding.get("version")
        episode.diagnosis = None if version is None else version.diagnosis
        episode.versions = None if version is None else version.versions

    def _begun(self, turn: Turn) -> Episode:
        place = turn.place
        return Episode(
            model=self._settings.name,
            feature=MODEL,
            alert=alert_id(
                group=self._group,
                model=self._settings.name,
                feature=MODEL,
                since=f"{turn.kind}/{place.partition}/{place.offset}",
                digest=self._settings.scaler.digest,
            ),
            since=place.since,
            onset=0,
            opened=0,
            severity="info",
            signals=(),
        )
