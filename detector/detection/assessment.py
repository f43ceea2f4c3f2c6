"""What the records since an onset say of a feature: signals, severity and cause."""

from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from detector.detection.change_log import ChangeLog
from detector.detection.diagnosis import (
    Case,
    Diagnoser,
    Former,
    PairDiagnoser,
    is_fault,
)
from detector.detection.episode import Episode
from detector.detection.ladder import Ladder
from detector.detection.recovery import Recovery
from detector.detection.settings import Tolerance
from detector.detection.signals import FEWER_DIGITS, change_signal, severity, signals, worse
from detector.detection.statistics import Statistics
from detector.detection.view import View
from detector.detection.watched_path import Suspicion
from detector.detection.window import Slice, Window
from detector.events import Diagnosis, Signal, SignalKind

_DOUBT = Signal(kind="shape", value=None, tolerance=None, unit=None)  # what a suspicion says


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Looks at one feature's records; it keeps nothing but what it writes into the episode."""

    index: int
    view: View
    tolerance: Tolerance
    statistics: Statistics
    window: Window
    changes: ChangeLog
    recovery: Recovery
    diagnoser: Diagnoser
    ladder: Ladder
    pairs: PairDiagnoser | None

    def since(self, onset: int, record: int) -> Slice:
        """The feature's records since *onset*."""
        return self.window.slice(self.index, max(onset, 0), record)

    def revise(
        self,
        episode: Episode,
        record: int,
        tests: tuple[SignalKind, ...],
        *,
        settled: bool = False,
    ) -> None:
        """Bring signals and severity of the episode up to date, and the cause of its values.

        tests:   kinds of those that speak, the strongest first.
        settled: leaves the cause as it is.
        """
        window = self.since(episode.onset, record)
        found = self._signals(episode, window, record, tests)
        pairs = (
            () if episode.pairs is None or episode.pairs.signal is None else (episode.pairs.signal,)
        )
        if not found and not pairs:
            return
        episode.signals = (*pairs, *found)
        if found and not settled and self.speaks(episode):
            episode.diagnosis = self._diagnosis(episode, found, record)
            if episode.takeover is not None and episode.takeover.is_void(episode.diagnosis):
                episode.takeover = None
        fault = is_fault(episode.told)
        rung = "info" if fault else self.ladder.severity(window.adjusted)
        now = severity(rung, self.tolerance, found, fault=fault)
        episode.severity = worse(episode.severity, now)

    def show_evidence(self, episode: Episode, record: int, *, resolved: bool) -> None:
        """Put what the cause foretells beside what arrived; once it is over, as it was told."""
        proven = episode.pairs_lead
        teller = episode.pairs if proven and episode.pairs is not None else episode
        found, shown = teller.diagnosis, None
        if found is None:
            return
        if resolved:  # by now the window holds sound values, too
            told = None if episode.last is None else episode.last.data.diagnosis
            shown = told.evidence if told is not None and told.cause == found.cause else None
        elif proven and self.pairs is not None:
            shown = self.pairs.evidence(self.index, found, self.window, teller.onset, record)
        else:
            case = Case(feature=self.index, onset=episode.onset, record=record, signals=())
            shown = self.diagnoser.evidence(case, found, self.window)
        teller.diagnosis = replace(found, evidence=shown)

    def speaks(self, episode: Episode) -> bool:
        """Whether the values themselves have departed, and not only their pairs."""
        return episode.pairs is None or bool(self.statistics.is_open[self.index])

    def doubted(self, onset: int, record: int, former: Former | None) -> Diagnosis | None:
        """What the records since *onset* would be called, if no test had tipped.

        former: the cause that is named already.
        """
        case = Case(
            feature=self.index,
            onset=onset,
            record=record,
            signals=(_DOUBT, *self._losses()),
            suspected=True,
            fewer=self._shows_fewer_digits(former),
            former=former,
        )
        return self.diagnoser.diagnose(case, self.window, None)

    def fits(self, onset: int, record: int) -> bool:
        """Whether the values since *onset* follow training's law."""
        return self.diagnoser.fits(self.index, self.window, onset, record)

    def suspected(
        self, note: Suspicion, record: int, former: Former | None
    ) -> tuple[int, Diagnosis] | None:
        """The onset since which a fault can be named with the most confidence, and that fault."""
        best: tuple[int, Diagnosis] | None = None
        begun = former.since if former is not None and is_fault(former.named) else 0
        for onset in note.onsets:
            if self.changes.no_earlier(onset, record) != onset or onset < begun:
                continue
            found = self.doubted(onset, record, former)
            if found is None or not is_fault(found):
                continue
            if best is None or found.confidence > best[1].confidence:
                best = onset, found
        return best

    def _losses(self) -> tuple[Signal, ...]:
        """What is missing or invalid, where a test says so."""
        lost = [k for k in self.statistics.rejecting(self.index) if k in ("missing", "invalid")]
        return tuple(Signal(kind=kind, value=None, tolerance=None, unit=None) for kind in lost)

    def _shows_fewer_digits(self, former: Former | None) -> bool:
        """Whether a test says that digits were lost, and not to a map that was there before."""
        if former is not None and is_fault(former.named) and former.named.cause != "precision":
            return False
        return self.statistics.shows_fewer_digits(self.index)

    def _signals(
        self, episode: Episode, window: Slice, record: int, tests: tuple[SignalKind, ...]
    ) -> tuple[Signal, ...]:
        limits, run = self.statistics.channels[self.index], self.recovery.run(record)
        kinds = self.statistics.told(self.index, tests)
        found = signals(self.view, self.tolerance, limits, window, kinds, run)
        change = self.changes.since(episode.onset, record)
        if change is None:
            return found
        signal = change_signal(change.before, change.after)
        return (*found, signal) if found else (signal,)

    def _diagnosis(
        self, episode: Episode, found: tuple[Signal, ...], record: int
    ) -> Diagnosis | None:
        former = None if episode.takeover is None else episode.takeover.former
        case = Case(
            feature=self.index,
            onset=episode.onset,
            record=record,
            signals=found,
            digits_only=all(signal.unit == FEWER_DIGITS for signal in found),
            fewer=self._shows_fewer_digits(former),
            former=former,
        )
        with np.errstate(all="ignore"):  # values near the end of float64 overflow in its sums
            return self.diagnoser.diagnose(case, self.window, episode.diagnosis)
