"""How the cause of an open episode is revised: when a check is due, when a detector speaks, and
when another cause takes over.
"""

from collections.abc import Sequence

from detector.detection import marks
from detector.detection.adopted import adopt_values
from detector.detection.assessment import Assessment
from detector.detection.diagnosis import (
    has_path,
    is_dependent,
    is_fault,
    is_same,
    is_sure,
)
from detector.detection.episode import Episode, Takeover
from detector.detection.notes import Notes
from detector.detection.open_path import OpenPath
from detector.detection.pair_revision import PairRevision
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
        dependent = is_dependent(view)
        around = assessment.index, assessment.window
        self._assessment = assessment
        self._succession = Succession(*around) if view.law is not None and not dependent else None
        self._path = OpenPath(*around, view) if view.law is not None and dependent else None
        self._pairs = None if assessment.pairs is None else PairRevision(*around, assessment.pairs)

    def looks(self, episode: Episode, first: int, last: int) -> Sequence[int]:
        """Records from *first* to *last* (exclusive) after which another fault is looked for."""
        looks = [one.next_look for one in (self._succession, self._path) if one is not None]
        return looks if self._pairs is None else [*looks, *self._pairs.due(episode, first, last)]

    def begin(
        self, episode: Episode, record: int, tests: tuple[SignalKind, ...], notes: Notes
    ) -> None:
        """The *episode* opens at *record*."""
        self._begin_values(episode, record)
        self._begin_pairs(episode, notes, record)
        self._assessment.revise(episode, record, tests)

    def adopt(self, episode: Episode, record: int, *, pairs: bool) -> None:
        """Go on with an episode of another process; of *pairs* if it told that they disagree."""
        if pairs and self._pairs is not None:
            self._pairs.adopt(episode, record)
        else:
            adopt_values(episode)
        self._begin_values(episode, record)

    def reconsider(self, episode: Episode, moment: int, notes: Notes, record: int) -> None:
        """Look at signals and cause where a detector speaks or a check is due."""
        self._begin_pairs(episode, notes, record)
        note = notes.telling
        if isinstance(note, Suspicion):
            self._suspect(episode, note, record)
        if self._succession is not None and record == self._succession.next_look:
            self._look_for_another(episode, self._succession, record)
        if self._path is not None and record == self._path.next_look:
            self._look_along(episode, self._path, record)
        due = record == episode.next_check
        told = notes.parity is not None or isinstance(note, Refit) or moment == marks.ALARM
        read = self._pairs is not None and self._pairs.reconsider(episode, record, due=told or due)
        if told or read or (due and self._is_one_story(episode, record)):
            mixed = not told and not self._is_one_story(episode, record)
            settled = mixed or self._is_settled(episode, record)
            self._assessment.revise(episode, record, self._tests, settled=settled)
        if due:
            episode.checked()

    def depart(self, episode: Episode, onset: int, record: int) -> None:
        """The values depart as well, since *onset*, in an episode of the pairs."""
        episode.onset, episode.place = onset, self._assessment.window.since(onset)
        self._assessment.statistics.open(self._assessment.index)
        episode.turned(record)
        self._begin_values(episode, record)

    def _begin_values(self, episode: Episode, record: int) -> None:
        """A cause of the values holds since the episode's onset, as is known at *record*."""
        if self._succession is not None:
            self._succession.begin(episode.onset, record)
        if self._path is not None:
            self._path.begin(episode.onset, record)

    def _begin_pairs(self, episode: Episode, notes: Notes, record: int) -> None:
        if self._pairs is None or notes.parity is None:
            return
        episode.pairs = None
        if notes.parity.broken:
            self._pairs.begin(episode, notes.parity.since, record)

    @property
    def _tests(self) -> tuple[SignalKind, ...]:
        return self._assessment.statistics.rejecting(self._assessment.index)

    def _is_one_story(self, episode: Episode, record: int) -> bool:
        """Whether the records since the onset tell of one cause of the values, which lasts."""
        second = self._succession
        if second is not None and (
            second.waits or (second.is_divided and is_fault(episode.diagnosis))
        ):
            return False
        return not self._assessment.recovery.is_over(episode, record)

    def _is_settled(self, episode: Episode, record: int) -> bool:
        """Whether more records would not say more of the cause: then only a rupture is news."""
        if self._succession is None or not is_sure(episode.diagnosis):
            return False
        enough = _SETTLED if is_fault(episode.diagnosis) else LOOK_BACK
        return record - episode.onset >= enough

    # ---------------------------------------------------------------- another cause

    def _look_for_another(self, episode: Episode, succession: Succession, record: int) -> None:
        """Ask for the cause of what came upon the present one, if anything did."""
        onset = succession.look(record)
        if onset is None or not self._assessment.speaks(episode):
            return
        if not self._may_be_ending(onset, record):
            found = self._assessment.doubted(onset, record, episode.former)
            if is_sure(found) and not is_same(found, episode.diagnosis):
                self._turn(episode, onset, record)
                return
        succession.refuse(record)
        self._assessment.revise(episode, record, self._tests, settled=True)

    def _look_along(self, episode: Episode, path: OpenPath, record: int) -> None:
        """Ask for what may have begun along the path."""
        for suspicion in path.look(record, followed=has_path(episode.diagnosis)):
            self._suspect(episode, suspicion, record)

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
        named = self._assessment.suspected(note, record, episode.former)
        if named is None:
            return
        onset, found = named
        if not known or (is_sure(found) and not is_same(found, episode.diagnosis)):
            self._turn(episode, onset, record)

    def _turn(self, episode: Episode, onset: int, record: int) -> None:
        """The values go on under another cause, since *onset*."""
        former, place = episode.former, self._assessment.window.since(onset)
        if former is not None:
            episode.takeover = Takeover.of(place, former)
        episode.diagnosis = None
        if not self._assessment.speaks(episode):
            self._assessment.statistics.open(self._assessment.index)
        episode.onset, episode.place = onset, place
        self._begin_values(episode, record)
        self._turned(episode, record)

    def _turned(self, episode: Episode, record: int) -> None:
        tests = self._tests or ("shape",)  # tempered ones may be late
        self._assessment.revise(episode, record, tests)
