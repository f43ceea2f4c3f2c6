"""How the cause of an open episode is revised: when a check is due, when a detector speaks, and
when another cause takes over.
"""

from collections.abc import Sequence

from detector.detection import marks
from detector.detection.assessment import Assessment
from detector.detection.diagnosis import is_dependent, is_fault, is_same, is_sure
from detector.detection.episode import Episode, Takeover
from detector.detection.notes import Notes
from detector.detection.parity import Parity
from detector.detection.refit import Refit
from detector.detection.succession import Succession
from detector.detection.watched_path import Suspicion
from detector.detection.window import LOOK_BACK
from detector.events import SignalKind

_SETTLED = 512  # records since the onset after which a sure fault is the cause
_LOST = 0.05  # share of a window without a value


class Revision:
    """Revises the episodes of one feature, one after the other."""

    def __init__(self, assessment: Assessment) -> None:
        view = assessment.view
        one_law = view.law is not None and not is_dependent(view)
        self._assessment = assessment
        self._succession = Succession(assessment.index, assessment.window) if one_law else None

    @property
    def looks(self) -> Sequence[int]:
        """The record after which another fault is looked for next, if any is looked for."""
        return [] if self._succession is None else [self._succession.next_look]

    def begin(self, onset: int, record: int) -> None:
        """A cause holds since *onset*, as is known at *record*."""
        if self._succession is not None:
            self._succession.begin(onset, record)

    def reconsider(
        self, episode: Episode, moment: int, notes: Notes, record: int, parity: Parity | None
    ) -> None:
        """Look at signals and cause where a detector speaks or a check is due.

        parity: while scaled values are not those of the scaler.
        """
        if notes.parity is not None and not notes.parity.broken:
            episode.diagnosis = None  # what is left is not what the pairs said
        note = notes.telling
        if isinstance(note, Suspicion):
            self._suspect(episode, note, record, parity)
        if self._succession is not None and record == self._succession.next_look:
            self._look_for_another(episode, self._succession, record, parity)
        due = record == episode.next_check
        told = notes.parity is not None or isinstance(note, Refit) or moment == marks.ALARM
        if told or (due and self._is_one_story(episode, record, parity)):
            settled = self._is_settled(episode, record, parity)
            self._assessment.revise(episode, record, self._tests, parity, settled=settled)
        if due:
            episode.checked()

    @property
    def _tests(self) -> tuple[SignalKind, ...]:
        return self._assessment.statistics.rejecting(self._assessment.index)

    def _is_one_story(self, episode: Episode, record: int, parity: Parity | None) -> bool:
        """Whether the records since the onset tell of one cause, which lasts."""
        if parity is not None:
            return True
        second = self._succession
        if second is not None and (
            second.waits or (second.is_divided and is_fault(episode.diagnosis))
        ):
            return False
        return not self._assessment.recovery.is_over(episode, record)

    def _is_settled(self, episode: Episode, record: int, parity: Parity | None) -> bool:
        """Whether more records would not say more of the cause: then only a rupture is news."""
        if self._succession is None or parity is not None or not is_sure(episode.diagnosis):
            return False
        enough = _SETTLED if is_fault(episode.diagnosis) else LOOK_BACK
        return record - episode.onset >= enough

    # ---------------------------------------------------------------- another cause

    def _look_for_another(
        self, episode: Episode, succession: Succession, record: int, parity: Parity | None
    ) -> None:
        """Ask for the cause of what came upon the present one, if anything did."""
        onset = succession.look(record)
        if onset is None or parity is not None:
            return
        if not self._may_be_ending(onset, record):
            found = self._assessment.doubted(onset, record, episode.former)
            if is_sure(found) and not is_same(found, episode.diagnosis):
                self._turn(episode, onset, record, parity)
                return
        succession.refuse(record)
        self._assessment.revise(episode, record, self._tests, parity, settled=True)

    def _may_be_ending(self, onset: int, record: int) -> bool:
        """Whether the records since *onset* may be training's."""
        window = self._assessment.since(onset, record)
        lost = (window.missing + window.invalid) / window.records
        return lost < _LOST and self._assessment.fits(onset, record)

    def _suspect(
        self, episode: Episode, note: Suspicion, record: int, parity: Parity | None
    ) -> None:
        """A fault inside an open episode; or more to see of the one that is named."""
        known = is_fault(episode.diagnosis)
        if known and episode.onset in note.onsets:
            self._turned(episode, record, parity)
            return
        named = self._assessment.suspected(note, record, episode.former)
        if named is None:
            return
        onset, found = named
        if not known or (is_sure(found) and not is_same(found, episode.diagnosis)):
            self._turn(episode, onset, record, parity)

    def _turn(self, episode: Episode, onset: int, record: int, parity: Parity | None) -> None:
        """The episode goes on under another cause, since *onset*."""
        former = episode.former
        if former is not None:
            episode.takeover = Takeover(since=self._assessment.window.since(onset), former=former)
        episode.onset, episode.diagnosis = onset, None
        self.begin(onset, record)
        self._turned(episode, record, parity)

    def _turned(self, episode: Episode, record: int, parity: Parity | None) -> None:
        tests = self._tests or ("shape",)  # tempered ones may be late
        self._assessment.revise(episode, record, tests, parity)
