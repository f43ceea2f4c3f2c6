"""One feature of a model: its episode, when it opens, is looked at again and resolves."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from msgspec.structs import replace as replaced

from detector.detection import kernels
from detector.detection.bins import INVALID
from detector.detection.change import Change, locate
from detector.detection.dependence import Dependence, step_of
from detector.detection.diagnosis import Case, Diagnoser, PairDiagnoser, is_fault, is_news
from detector.detection.episode import Episode
from detector.detection.figures import live_figures, training_figures
from detector.detection.ladder import Ladder
from detector.detection.parity import Parity
from detector.detection.quality import Channels
from detector.detection.refit import Refit
from detector.detection.settings import FeatureSettings, ModelSettings
from detector.detection.signals import change_signal, departure, severity, signals, worse
from detector.detection.statistics import Statistics
from detector.detection.suspicion import Suspicion
from detector.detection.view import View
from detector.detection.window import LOOK_BACK, Slice, Window
from detector.detection.wording import summary
from detector.events import (
    Diagnosis,
    DriftEvent,
    Position,
    Signal,
    SignalKind,
    Since,
    Status,
    alert_id,
    rfc3339,
)

QUIET_RECORDS = 512  # without a sequential test of return: so many must speak for training
MIN_AGE = 256  # and an episode lasts at least so long
BACK_WIDTH = 2.0  # tolerances within which a window counts as returned
CHANGES_A_BLOCK = 64  # more than ADWIN can find in a block of records
LEAST_LOCATED = 16  # values in which a change can be looked for
NEAR = 64  # records that the start of a change may lie before the onset and still belong to it
COOL_DOWN = 10_000  # records within which another episode of the feature is flapping
MAX_FLAPS = 6  # doublings of the evidence that a return needs while it flaps


Note = Change | Dependence | Refit | Suspicion | Parity


class Feature:
    """The life of one feature's episodes. Its tests live in ``statistics``, its records in
    ``window``.
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
        self._diagnoser = diagnoser
        self._ladder = ladder
        self._pairs = pairs
        self._parity: Parity | None = None  # while scaled values are not those of the scaler
        self._fresh_from = 0  # nothing before this record belongs to the statistic
        self._resolved_at = -COOL_DOWN
        self._flaps = 0
        self._changes: deque[Change] = deque(maxlen=4 * CHANGES_A_BLOCK)

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

    @property
    def _channels(self) -> Channels:
        return self._statistics.channels[self.index]

    def takes(self, changes: Iterable[Change]) -> bool:
        """Remember changes; True where one may open an episode: training has no law to depart
        from.
        """
        self._changes.extend(changes)
        return self.view.law is None

    def _opens_by(self, change: Change) -> bool:
        if change.record - self._resolved_at < LOOK_BACK:
            return False  # the way back to training is a change, too
        tolerance = self.settings.tolerance
        if change.kind == "location":
            away = abs(change.after) > max(abs(change.before), tolerance.shift)
            moved = abs(change.after - change.before) > tolerance.shift
            return moved and (away or self.view.spread is None)
        low, high = sorted((abs(change.before) + 1e-9, abs(change.after) + 1e-9))
        return high / low > tolerance.scale

    def _located(self, change: Change, record: int) -> Change:
        """*change* with its onset and its levels as the last records show them."""
        first = max(self._fresh_from, record - LOOK_BACK + 1)
        rows = self._window.rows(first, record)
        values = self._window.adjusted[self.index, rows]
        valid = np.flatnonzero(np.isfinite(values))
        if len(valid) < LEAST_LOCATED:
            return change
        table = self._statistics.tables[self.index]
        scores = table.scores[np.searchsorted(table.edges, values[valid])]
        if change.kind == "spread":
            scores = np.abs(scores)
        at, before, after = locate(scores)
        since = self._window.base + rows.start + int(valid[at])
        better = replace(change, since=since, before=before, after=after)
        self._changes[self._changes.index(change)] = better
        return better

    def _change_since(self, onset: int, record: int) -> Change | None:
        """The latest change that *record* knows of and that began with the episode or later."""
        for change in reversed(self._changes):
            if change.record <= record:
                since = self._no_earlier(change.since, change.record)
                return change if since >= onset - NEAR else None
        return None

    def _no_earlier(self, since: int, record: int) -> int:
        """An onset seen at *record*, no earlier than the last episode's end and the LOOK_BACK
        records that the window is sure to hold: how many more it holds depends on the split.
        """
        return max(since, self._fresh_from, record - LOOK_BACK + 1)

    def due(self, first: int, last: int) -> Iterable[int]:
        """Records from first to last (exclusive) at which the open episode must be looked at."""
        if self.episode is None:
            return []
        records = [self.episode.next_check]
        if self.episode.hidden and self.settings.mute_until is not None:
            times = self._window.times[self._window.row(first) : self._window.row(last)]
            heard = np.flatnonzero(times >= self.settings.mute_until)
            records += [first + int(heard[0])] if len(heard) else []
        return records

    # ---------------------------------------------------------------- life of an episode

    def adopt(self, episode: Episode) -> None:
        """Go on with an episode that an earlier process opened."""
        self.episode = episode
        kinds = {signal.kind for signal in episode.signals}
        if self._pairs is not None and "parity" in kinds:
            at = self._window.next_record
            self._parity = Parity(record=at, since=at, broken=True)
        if self._parity is None or len(kinds) > 1:
            self._statistics.open(self.index)

    def opens(self, moment: int, notes: Sequence[Note], record: int) -> bool:
        """Open an episode if a test tipped at *record* or another detector spoke; True if it
        did.
        """
        tests: tuple[SignalKind, ...] = ()
        note = _telling(notes)
        self._parity = _begun(notes)
        departed = self._parity is None or moment == kernels.ALARM
        if moment == kernels.ALARM:
            tests = self._statistics.rejecting(self.index, at_least=1)
            since = self._onset(record, tests[0])
        elif self._parity is not None:
            since = self._parity.since
        elif isinstance(note, Refit):
            tests = ("shape",)
            since = note.since
        elif isinstance(note, Suspicion):
            named = self._suspected(note, record)
            if named is None:
                self._temper(notes)
                return False
            tests = ("shape",)
            since = named
        elif note is not None and self._opens_by(change := self._located(note, record)):
            since = change.since
        else:
            self._temper(notes)
            return False
        since = self._no_earlier(since, record)
        place = self._place(since)
        self.episode = Episode(
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
            onset=since,
            opened=record,
            severity="info",
            signals=(),
            hidden=self._muted(record),
        )
        near = record - self._resolved_at < COOL_DOWN
        self._flaps = min(self._flaps + 1, MAX_FLAPS) if near else 0
        if departed:
            self._statistics.open(self.index)
        self._statistics.back_threshold[self.index] = 1000.0 * 4.0**self._flaps
        self._assess(record, tests)
        return True

    def look_again(self, moment: int, notes: Sequence[Note], record: int) -> list[DriftEvent]:
        """Revise the open episode, or resolve it."""
        episode = self.episode
        assert episode is not None  # noqa: S101 - the caller looked
        parity = _parity(notes)
        if parity is not None:
            self._parity = _begun(notes)
        if self._is_back(episode, moment, record):
            if self._parity is None:
                return self._resolve(record)
            self._statistics.close(self.index)
        elif moment == kernels.ALARM:
            self._statistics.open(self.index)
        self._temper(notes)
        before = episode.severity, episode.diagnosis
        if parity is not None and not parity.broken:
            episode.diagnosis = None  # what is left is not what the pairs said
        note = _telling(notes)
        if isinstance(note, Suspicion):
            self._reconsider(episode, note, record)
        due = record == episode.next_check and (
            self._parity is not None or not self._is_over(episode, record)
        )
        if due or parity is not None or isinstance(note, Refit) or moment == kernels.ALARM:
            self._assess(record, self._statistics.rejecting(self.index))
        if record == episode.next_check:
            episode.checked()
        if episode.hidden and not self._muted(record):
            episode.hidden = False
            return self.publish("opened", record)
        told = before[1] if episode.last is None else episode.last.data.diagnosis
        news = episode.severity != before[0] or is_news(told, episode.diagnosis)
        return self.publish("updated", record) if news else []

    def publish(self, status: Status, record: int) -> list[DriftEvent]:
        """The next event of the episode; none while the feature is muted."""
        episode = self.episode
        assert episode is not None  # noqa: S101 - the caller looked
        if episode.hidden:
            self.muted_events += 1
            return []
        episode.diagnosis = self._with_evidence(episode, status, record)
        row = self._window.row(record)
        live = live_figures(self._since_onset(record))
        text = summary(self.view, status, episode.signals, live)
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
            summary=text,
        )
        return [event]

    def _with_evidence(self, episode: Episode, status: Status, record: int) -> Diagnosis | None:
        """The diagnosis with what it foretells beside what arrived; once it is over, as told."""
        found, shown = episode.diagnosis, None
        if found is None:
            return None
        if status == "resolved":  # by now the window holds sound values, too
            told = None if episode.last is None else episode.last.data.diagnosis
            shown = told.evidence if told is not None and told.cause == found.cause else None
        elif self._parity is not None and self._pairs is not None:
            since = self._parity.since
            shown = self._pairs.evidence(self.index, found, self._window, since, record)
        else:
            case = Case(feature=self.index, onset=episode.onset, record=record, signals=())
            shown = self._diagnoser.evidence(case, found, self._window)
        return replaced(found, evidence=shown)

    def _resolve(self, record: int) -> list[DriftEvent]:
        events = self.publish("resolved", record)
        self._statistics.close(self.index)
        self.episode = None
        self._parity = None
        self._fresh_from = record + 1
        self._resolved_at = record
        return events

    def _temper(self, notes: Sequence[Note]) -> None:
        """Let the stream's own dependence raise what the scaler file says of it."""
        for note in notes:
            if isinstance(note, Dependence):
                self._statistics.temper(self.index, step_of(note.time))

    # ---------------------------------------------------------------- suspicions

    def _reconsider(self, episode: Episode, note: Suspicion, record: int) -> None:
        """A fault inside an episode that nature opened; or more to see of the one named."""
        if not is_fault(episode.diagnosis):
            named = self._suspected(note, record)
            if named is None:
                return
            episode.onset = named
        elif episode.onset not in note.onsets:
            return
        tests = self._statistics.rejecting(self.index)
        self._assess(record, tests or ("shape",))  # tempered tests may not have spoken yet

    def _suspected(self, note: Suspicion, record: int) -> int | None:
        """The onset since which a fault can be named with the most confidence; None if none can."""
        best, at = 0.0, None
        for onset in note.onsets:
            if self._no_earlier(onset, record) != onset:
                continue
            case = Case(
                feature=self.index, onset=onset, record=record, signals=(_DOUBT,), suspected=True
            )
            found = self._diagnoser.diagnose(case, self._window, None)
            if found is not None and is_fault(found) and found.confidence > best:
                best, at = found.confidence, onset
        return at

    # ---------------------------------------------------------------- what the window says

    def _assess(self, record: int, tests: tuple[SignalKind, ...]) -> None:
        """Bring signals, severity and cause of the episode up to date."""
        episode = self.episode
        assert episode is not None  # noqa: S101 - the caller looked
        window = self._since_onset(record)
        found = signals(
            self.view, self.settings.tolerance, self._channels, window, tests, self._run(record)
        )
        change = self._change_since(episode.onset, record)
        if change is not None:
            signal = change_signal(change.before, change.after)
            found = (*found, signal) if found else (signal,)
        proof = None
        if self._parity is not None and self._pairs is not None:
            proof = self._pairs.diagnose(self.index, self._window, self._parity.since, record)
            found = (proof.signal, *found)
        if not found:
            return
        episode.signals = found
        case = Case(feature=self.index, onset=episode.onset, record=record, signals=found)
        with np.errstate(all="ignore"):  # values near the end of float64 overflow in its sums
            episode.diagnosis = (
                self._diagnoser.diagnose(case, self._window, episode.diagnosis)
                if proof is None
                else proof.diagnosis or episode.diagnosis
            )
        fault = is_fault(episode.diagnosis)
        rung = "info" if fault else self._ladder.severity(window.adjusted)
        now = severity(rung, self.settings.tolerance, found, fault=fault)
        episode.severity = worse(episode.severity, now)

    def _is_back(self, episode: Episode, moment: int, record: int) -> bool:
        """Whether nothing but the pairs, at most, speaks any more."""
        if not self._statistics.is_open[self.index]:
            return self._parity is None
        return moment == kernels.BACK or (
            record == episode.next_check and self._has_returned(episode, record)
        )

    def _has_returned(self, episode: Episode, record: int) -> bool:
        """The rule for features without a sequential test of return; it carries no guarantee."""
        if self._statistics.reversible(self.index) or record - episode.opened < MIN_AGE:
            return False
        recent = self._window.slice(self.index, record - QUIET_RECORDS + 1, record)
        if recent.records < MIN_AGE or self._gains(record):
            return False
        share_missing = recent.missing / recent.records
        share_invalid = recent.invalid / recent.records
        limit = self._channels.limit
        if share_missing > limit[0] or share_invalid > max(limit[1], 1 / recent.records):
            return False
        if self._run(record) > MIN_AGE // 2:
            return False
        return self._within(recent)

    def _within(self, recent: Slice) -> bool:
        tolerance, effect = self.settings.tolerance, departure(self.view, recent.adjusted)
        if effect.shift is None or effect.ratio is None:
            return self.view.spread is None  # nothing known: calm is all that can be asked
        wide = 1 + BACK_WIDTH * (tolerance.scale - 1)
        error = 1 / np.sqrt(len(recent.values))
        near = abs(effect.shift) <= BACK_WIDTH * tolerance.shift + effect.ratio * error
        ratio = max(effect.ratio, 1e-12)
        if self.view.parameters.kind in ("minmax", "maxabs"):
            return True  # only the range is known, and it was asked above
        return bool(near and abs(np.log(ratio)) <= np.log(wide) + error)

    def _is_over(self, episode: Episode, record: int) -> bool:
        """Whether what spoke since the onset speaks no more: a window from there on would mix wrong
        and right, and what that would be called is neither.
        """
        rows = self._window.rows(max(episode.onset, 0), record)
        return self._statistics.is_over(self.index, self._window, rows)

    def _gains(self, record: int) -> bool:
        """Whether any alternative still explains the last records better than training."""
        table = self._statistics.tables[self.index]
        if not len(table.weights):
            return False
        rows = self._window.rows(record - QUIET_RECORDS + 1, record)
        codes = self._window.codes[self.index, rows]
        counts = np.bincount(codes[codes < INVALID], minlength=table.n_bins)
        return bool((counts[: table.n_bins] @ table.log_e).max() > 0)

    def _since_onset(self, record: int) -> Slice:
        episode = self.episode
        assert episode is not None  # noqa: S101 - the caller looked
        return self._window.slice(self.index, max(episode.onset, 0), record)

    def _onset(self, record: int, kind: SignalKind) -> int:
        first = self._window.row(max(self._fresh_from, record - LOOK_BACK + 1))
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

    def _run(self, record: int) -> int:
        """Length of the run of equal valid values that ends at *record*, at most LOOK_BACK."""
        rows = self._window.rows(record - LOOK_BACK + 1, record)
        valid = self._window.codes[self.index, rows] < INVALID
        ties = (self._window.flags[self.index, rows] & kernels.TIE > 0)[valid][::-1]
        breaks = np.flatnonzero(~ties)
        return int(breaks[0]) + 1 if len(breaks) else len(ties)

    def _muted(self, record: int) -> bool:
        until = self.settings.mute_until
        return until is not None and bool(self._window.times[self._window.row(record)] < until)


_DOUBT = Signal(kind="shape", value=None, tolerance=None, unit=None)  # what a suspicion says


def _telling(notes: Sequence[Note]) -> Change | Refit | Suspicion | None:
    """The note of a record that says that something happened, if there is one."""
    return next((note for note in notes if not isinstance(note, Dependence | Parity)), None)


def _parity(notes: Sequence[Note]) -> Parity | None:
    """What the pairs say at a record, if they say anything new."""
    return next((note for note in notes if isinstance(note, Parity)), None)


def _begun(notes: Sequence[Note]) -> Parity | None:
    """The note that pairs disagree from now on."""
    note = _parity(notes)
    return note if note is not None and note.broken else None
