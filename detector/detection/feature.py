"""One feature of a model: its episode, when it opens, is looked at again and resolves."""

from collections.abc import Iterable

import numpy as np

from detector.detection import marks
from detector.detection.assessment import Assessment
from detector.detection.change import Change
from detector.detection.change_log import ChangeLog
from detector.detection.dependence import step_of
from detector.detection.diagnosis import (
    Diagnoser,
    PairDiagnoser,
    is_news,
)
from detector.detection.episode import Episode
from detector.detection.figures import live_figures, training_figures
from detector.detection.ladder import Ladder
from detector.detection.notes import Notes
from detector.detection.recovery import Recovery
from detector.detection.refit import Refit
from detector.detection.revision import Revision
from detector.detection.settings import FeatureSettings, ModelSettings
from detector.detection.statistics import BACK_EVIDENCE, Statistics
from detector.detection.view import View
from detector.detection.watched_path import Suspicion
from detector.detection.window import Window
from detector.detection.wording import summary
from detector.events import DriftEvent, Position, SignalKind, Status, alert_id

COOL_DOWN = 10_000  # records within which another episode of the feature is flapping
MAX_FLAPS = 6  # doublings of the evidence that a return needs while it flaps
_FLAP = 4.0
_LOSSES = {"missing", "invalid"}  # signals that are news beside a named fault


class Feature:
    """The life of one feature's episodes. Its tests live in ``statistics``, its records in
    ``window``, what they say in ``assessment``.
    """

    def __init__(
        self,
        *,
        index: int,
        view: View,
        settings: FeatureSettings,
        statistics: Statistics,
        window: Window,
        model: ModelSettings,
        group: str,
        diagnoser: Diagnoser,
        ladder: Ladder,
        pairs: PairDiagnoser | None = None,
    ) -> None:
        self.index = index
        self.view = view
        self.settings = settings
        self.episode: Episode | None = None
        self.muted_events = 0
        self._statistics = statistics
        self._window = window
        self._model = model
        self._group = group
        self._resolved_at = -COOL_DOWN
        self._flaps = 0
        around = (index, view, settings.tolerance, window, statistics)
        self._changes, self._recovery = ChangeLog(*around), Recovery(*around)
        self._assessment = Assessment(
            index=index,
            view=view,
            tolerance=settings.tolerance,
            statistics=statistics,
            window=window,
            changes=self._changes,
            recovery=self._recovery,
            diagnoser=diagnoser,
            ladder=ladder,
            pairs=pairs,
        )
        self._revision = Revision(self._assessment)

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.view.name

    @property
    def open_event(self) -> DriftEvent | None:
        """The last event of the open episode, if one is open and was published."""
        return None if self.episode is None else self.episode.last

    @property
    def is_broken(self) -> bool:
        """Whether its scaled values are not what the scaler makes of its raw ones."""
        return self.episode is not None and self.episode.pairs is not None

    def takes(self, changes: Iterable[Change]) -> bool:
        """Remember changes; True where one may open an episode: training has no law to depart
        from.
        """
        self._changes.add(changes)
        return self.view.law is None

    def due(self, first: int, last: int) -> Iterable[int]:
        """Records from first to last (exclusive) at which the open episode must be looked at."""
        if self.episode is None:
            return []
        records = [self.episode.next_check, *self._revision.looks(self.episode, first, last)]
        if self.episode.hidden and self.settings.mute_until is not None:
            times = self._window.times[self._window.row(first) : self._window.row(last)]
            heard = np.flatnonzero(times >= self.settings.mute_until)
            records += [first + int(heard[0])] if len(heard) else []
        return records

    # ---------------------------------------------------------------- life of an episode

    def adopt(self, episode: Episode) -> None:
        """Go on with an episode that an earlier process opened."""
        self.episode = episode
        at = self._window.next_record
        kinds = {signal.kind for signal in episode.signals}
        if kinds != {"parity"}:
            self._statistics.open(self.index)
        self._revision.adopt(episode, at, pairs="parity" in kinds)

    def opens(self, moment: int, notes: Notes, record: int) -> bool:
        """Open an episode if a test tipped at *record* or another detector spoke; True if it
        did.
        """
        found = self._opening(moment, notes, record)
        if found is None:
            self._temper(notes)
            return False
        onset, tests = found
        onset = self._changes.no_earlier(onset, record)
        self.episode = self._new_episode(onset, record)
        near = record - self._resolved_at < COOL_DOWN
        self._flaps = min(self._flaps + 1, MAX_FLAPS) if near else 0
        if notes.broken is None or moment == marks.ALARM:
            self._statistics.open(self.index)
        self._statistics.back_threshold[self.index] = BACK_EVIDENCE * _FLAP**self._flaps
        self._revision.begin(self.episode, record, tests, notes)
        return True

    def look_again(self, moment: int, notes: Notes, record: int) -> list[DriftEvent]:
        """Revise the open episode, or resolve it."""
        episode = self.episode
        assert episode is not None  # noqa: S101 - the caller looked
        agree = episode.pairs is None if notes.parity is None else not notes.parity.broken
        if self._is_back(episode, moment, record, agree=agree):
            if agree:
                return self._resolve(record)
            self._statistics.close(self.index)
            episode.values_returned()
        elif moment == marks.ALARM and not self._statistics.is_open[self.index]:
            onset = self._onset(record, self._statistics.rejecting(self.index, at_least=1)[0])
            self._revision.depart(episode, onset, record)
        self._temper(notes)
        told = episode.last.data if episode.last is not None else None
        severity = episode.severity
        diagnosis = episode.told if told is None else told.diagnosis
        self._revision.reconsider(episode, moment, notes, record)
        if episode.hidden and not self._muted(record):
            episode.hidden = False
            return self.publish("opened", record)
        news = episode.severity != severity or is_news(diagnosis, episode.told)
        if told is not None:
            kinds, known = ({s.kind for s in one.signals} for one in (episode, told))
            news |= bool(kinds & _LOSSES - known)
            news |= known == {"parity"} != kinds and self._assessment.speaks(episode)
        return self.publish("updated", record) if news else []

    def publish(self, status: Status, record: int) -> list[DriftEvent]:
        """The next event of the episode; none while the feature is muted."""
        episode = self.episode
        assert episode is not None  # noqa: S101 - the caller looked
        if episode.hidden:
            self.muted_events += 1
            return []
        resolved = status == "resolved"
        self._assessment.show_evidence(episode, record, resolved=resolved)
        row = self._window.row(record)
        alone = None if self._assessment.speaks(episode) else episode.pairs
        onset = episode.onset if alone is None else alone.onset  # as of the signals
        live = live_figures(self._assessment.since(onset, record))
        event = episode.event(
            status,
            consumer_group=self._group,
            position=Position(
                topic=self._model.topic,
                partition=int(self._window.partitions[row]),
                offset=int(self._window.offsets[row]),
            ),
            time=float(self._window.times[row]),
            training=training_figures(self._model.scaler, self.view),
            live=live,
            summary=summary(self.view, status, episode.signals, live),
        )
        return [event]

    def _opening(
        self, moment: int, notes: Notes, record: int
    ) -> tuple[int, tuple[SignalKind, ...]] | None:
        """The first record of a new episode, and the tests that speak; None where none begins."""
        note = notes.telling
        if moment == marks.ALARM:
            tests = self._statistics.rejecting(self.index, at_least=1)
            return self._onset(record, tests[0]), tests
        if notes.broken is not None:
            return notes.broken.since, ()
        if isinstance(note, Refit):
            return note.since, ("shape",)
        if isinstance(note, Suspicion):
            named = self._assessment.suspected(note, record, None)
            return None if named is None else (named[0], ("shape",))
        change = None if note is None else self._changes.opening(note, record)
        return None if change is None else (change.since, ())

    def _new_episode(self, onset: int, record: int) -> Episode:
        place = self._window.since(onset)
        return Episode(
            model=self._model.name,
            feature=self.name,
            alert=alert_id(
                group=self._group,
                model=self._model.name,
                feature=self.name,
                since=f"{place.partition}/{place.offset}",
                digest=self._model.scaler.digest,
            ),
            since=place,
            onset=onset,
            opened=record,
            severity="info",
            signals=(),
            hidden=self._muted(record),
        )

    def _resolve(self, record: int) -> list[DriftEvent]:
        events = self.publish("resolved", record)
        self._statistics.close(self.index)
        self.episode = None
        self._changes.resolved(record)
        self._resolved_at = record
        return events

    def _is_back(self, episode: Episode, moment: int, record: int, *, agree: bool) -> bool:
        """Whether nothing but the pairs speaks any more, at most; *agree*: nor do they."""
        if not self._statistics.is_open[self.index]:
            return agree
        return moment == marks.BACK or (
            record == episode.next_check and self._recovery.has_returned(episode, record)
        )

    def _temper(self, notes: Notes) -> None:
        """Let the stream's own dependence raise what the scaler file says of it."""
        for note in notes.dependence:
            self._statistics.temper(self.index, step_of(note.time))

    def _onset(self, record: int, kind: SignalKind) -> int:
        first = self._window.row(self._changes.no_earlier(0, record))
        row = self._window.row(record)
        at = self._statistics.onset(self.index, self._window, first, row, kind)
        return self._window.base + at

    def _muted(self, record: int) -> bool:
        until = self.settings.mute_until
        return until is not None and bool(self._window.times[self._window.row(record)] < until)
