"""One feature of a model: its episode, when it opens, is looked at again and resolves."""

from collections.abc import Iterable

import numpy as np

from detector.detection import kernels
from detector.detection.assessment import Assessment
from detector.detection.change import Change
from detector.detection.change_log import ChangeLog
from detector.detection.dependence import step_of
from detector.detection.diagnosis import (
    Diagnoser,
    PairDiagnoser,
    is_dependent,
    is_fault,
    is_news,
    is_same,
    is_sure,
)
from detector.detection.episode import Episode, Turn
from detector.detection.figures import live_figures, training_figures
from detector.detection.ladder import Ladder
from detector.detection.notes import Notes
from detector.detection.parity import Parity
from detector.detection.recovery import Recovery
from detector.detection.refit import Refit
from detector.detection.settings import FeatureSettings, ModelSettings
from detector.detection.statistics import BACK_EVIDENCE, Statistics
from detector.detection.succession import Succession
from detector.detection.suspicion import Suspicion
from detector.detection.view import View
from detector.detection.window import LOOK_BACK, Window
from detector.detection.wording import summary
from detector.events import DriftEvent, Position, SignalKind, Since, Status, alert_id, rfc3339

COOL_DOWN = 10_000  # records within which another episode of the feature is flapping
MAX_FLAPS = 6  # doublings of the evidence that a return needs while it flaps
_FLAP = 4.0
_SETTLED = 512  # records since the onset after which a sure fault is the cause
_LOST = 0.05  # share of a window without a value
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
        self._parity: Parity | None = None  # while scaled values are not those of the scaler
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
        one_law = view.law is not None and not is_dependent(view)
        self._succession = Succession(index, window) if one_law else None

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
        return self._parity is not None

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
        records = [self.episode.next_check]
        if self._succession is not None:
            records.append(self._succession.next_look)
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
        if self._model.values == "both" and "parity" in kinds:
            self._parity = Parity(record=at, since=at, broken=True)
        if self._parity is None or len(kinds) > 1:
            self._statistics.open(self.index)
        if self._succession is not None:
            self._succession.begin(at, at)

    def opens(self, moment: int, notes: Notes, record: int) -> bool:
        """Open an episode if a test tipped at *record* or another detector spoke; True if it
        did.
        """
        self._parity = notes.broken
        found = self._opening(moment, notes, record)
        if found is None:
            self._temper(notes)
            return False
        onset, tests = found
        onset = self._changes.no_earlier(onset, record)
        self.episode = self._new_episode(onset, record)
        near = record - self._resolved_at < COOL_DOWN
        self._flaps = min(self._flaps + 1, MAX_FLAPS) if near else 0
        if self._parity is None or moment == kernels.ALARM:
            self._statistics.open(self.index)
        self._statistics.back_threshold[self.index] = BACK_EVIDENCE * _FLAP**self._flaps
        if self._succession is not None:
            self._succession.begin(onset, record)
        self._assessment.revise(self.episode, record, tests, self._parity)
        return True

    def look_again(self, moment: int, notes: Notes, record: int) -> list[DriftEvent]:
        """Revise the open episode, or resolve it."""
        episode = self.episode
        assert episode is not None  # noqa: S101 - the caller looked
        if notes.parity is not None:
            self._parity = notes.broken
        if self._is_back(episode, moment, record):
            if self._parity is None:
                return self._resolve(record)
            self._statistics.close(self.index)
        elif moment == kernels.ALARM:
            self._statistics.open(self.index)
        self._temper(notes)
        told = episode.last.data if episode.last is not None else None
        severity = episode.severity
        diagnosis = episode.diagnosis if told is None else told.diagnosis
        self._reconsider(episode, moment, notes, record)
        if episode.hidden and not self._muted(record):
            episode.hidden = False
            return self.publish("opened", record)
        news = episode.severity != severity or is_news(diagnosis, episode.diagnosis)
        lost = _LOSSES & {signal.kind for signal in episode.signals}
        news |= told is not None and bool(lost - {signal.kind for signal in told.signals})
        return self.publish("updated", record) if news else []

    def publish(self, status: Status, record: int) -> list[DriftEvent]:
        """The next event of the episode; none while the feature is muted."""
        episode = self.episode
        assert episode is not None  # noqa: S101 - the caller looked
        if episode.hidden:
            self.muted_events += 1
            return []
        resolved = status == "resolved"
        self._assessment.show_evidence(episode, record, self._parity, resolved=resolved)
        row = self._window.row(record)
        live = live_figures(self._assessment.since(episode.onset, record))
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
        if moment == kernels.ALARM:
            tests = self._statistics.rejecting(self.index, at_least=1)
            return self._onset(record, tests[0]), tests
        if self._parity is not None:
            return self._parity.since, ()
        if isinstance(note, Refit):
            return note.since, ("shape",)
        if isinstance(note, Suspicion):
            named = self._assessment.suspected(note, record, None)
            return None if named is None else (named[0], ("shape",))
        change = None if note is None else self._changes.opening(note, record)
        return None if change is None else (change.since, ())

    def _new_episode(self, onset: int, record: int) -> Episode:
        place = self._place(onset)
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
        self._parity = None
        self._changes.resolved(record)
        self._resolved_at = record
        return events

    def _is_back(self, episode: Episode, moment: int, record: int) -> bool:
        """Whether nothing but the pairs, at most, speaks any more."""
        if not self._statistics.is_open[self.index]:
            return self._parity is None
        return moment == kernels.BACK or (
            record == episode.next_check and self._recovery.has_returned(episode, record)
        )

    def _temper(self, notes: Notes) -> None:
        """Let the stream's own dependence raise what the scaler file says of it."""
        for note in notes.dependence:
            self._statistics.temper(self.index, step_of(note.time))

    # ---------------------------------------------------------------- the cause, once more

    def _reconsider(self, episode: Episode, moment: int, notes: Notes, record: int) -> None:
        """Look at signals and cause where a detector speaks or a check is due."""
        if notes.parity is not None and not notes.parity.broken:
            episode.diagnosis = None  # what is left is not what the pairs said
        note = notes.telling
        if isinstance(note, Suspicion):
            self._suspect(episode, note, record)
        if self._succession is not None and record == self._succession.next_look:
            self._look_for_another(episode, self._succession, record)
        due = record == episode.next_check
        told = notes.parity is not None or isinstance(note, Refit) or moment == kernels.ALARM
        if told or (due and self._is_one_story(episode, record)):
            self._revise(episode, record, settled=self._is_settled(episode, record))
        if due:
            episode.checked()

    def _revise(self, episode: Episode, record: int, *, settled: bool = False) -> None:
        tests = self._statistics.rejecting(self.index)
        self._assessment.revise(episode, record, tests, self._parity, settled=settled)

    def _is_one_story(self, episode: Episode, record: int) -> bool:
        """Whether the records since the onset tell of one cause, which lasts."""
        if self._parity is not None:
            return True
        second = self._succession
        if second is not None and (
            second.waits or (second.is_divided and is_fault(episode.diagnosis))
        ):
            return False
        return not self._recovery.is_over(episode, record)

    def _is_settled(self, episode: Episode, record: int) -> bool:
        """Whether more records would not say more of the cause: then only a rupture is news."""
        if self._succession is None or self._parity is not None or not is_sure(episode.diagnosis):
            return False
        enough = _SETTLED if is_fault(episode.diagnosis) else LOOK_BACK
        return record - episode.onset >= enough

    def _look_for_another(self, episode: Episode, succession: Succession, record: int) -> None:
        """Ask for the cause of what came upon the present one, if anything did."""
        onset = succession.look(record)
        if onset is None or self._parity is not None:
            return
        if not self._may_be_ending(onset, record):
            found = self._assessment.doubted(onset, record, episode.diagnosis)
            if is_sure(found) and not is_same(found, episode.diagnosis):
                self._turn(episode, onset, record)
                return
        succession.refuse(record)
        self._revise(episode, record, settled=True)

    def _may_be_ending(self, onset: int, record: int) -> bool:
        """Whether the records since *onset* may be training's."""
        window = self._assessment.since(onset, record)
        lost = (window.missing + window.invalid) / window.records
        return lost < _LOST and self._assessment.fits(onset, record)

    def _suspect(self, episode: Episode, note: Suspicion, record: int) -> None:
        """A fault inside an open episode; or more to see of the one that is named."""
        known = is_fault(episode.diagnosis)
        if known and episode.onset in note.onsets:
            self._turned(episode, record)
            return
        named = self._assessment.suspected(note, record, episode.diagnosis)
        if named is None:
            return
        onset, found = named
        if not known or (is_sure(found) and not is_same(found, episode.diagnosis)):
            self._turn(episode, onset, record)

    def _turn(self, episode: Episode, onset: int, record: int) -> None:
        """The episode goes on under another cause, since *onset*."""
        if episode.diagnosis is not None:
            episode.turn = Turn(since=self._place(onset), before=episode.diagnosis)
        episode.onset, episode.diagnosis = onset, None
        if self._succession is not None:
            self._succession.begin(onset, record)
        self._turned(episode, record)

    def _turned(self, episode: Episode, record: int) -> None:
        tests = self._statistics.rejecting(self.index) or ("shape",)  # tempered, they may be late
        self._assessment.revise(episode, record, tests, self._parity)

    # ---------------------------------------------------------------- where it was

    def _onset(self, record: int, kind: SignalKind) -> int:
        first = self._window.row(self._changes.no_earlier(0, record))
        row = self._window.row(record)
        at = self._statistics.onset(self.index, self._window, first, row, kind)
        return self._window.base + at

    def _place(self, record: int) -> Since:
        row = self._window.row(record)
        return Since(
            partition=int(self._window.partitions[row]),
            offset=int(self._window.offsets[row]),
            time=rfc3339(float(self._window.times[row])),
        )

    def _muted(self, record: int) -> bool:
        until = self.settings.mute_until
        return until is not None and bool(self._window.times[self._window.row(record)] < until)
