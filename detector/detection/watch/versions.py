"""Records that name another scaler than the configured one.

Begins with the first of them. Shares are counted from there on, in each partition by itself: a
fetch brings long runs of one partition, and one producer may be right while another is not.
"""

import numpy as np

from detector.detection.batch import IntArray, ScalerName
from detector.detection.episode import FIRST_CHECK, LAST_DOUBLING, Episode
from detector.detection.settings import ModelSettings
from detector.detection.watch.roster import CONFIGURED, UNNAMED, Roster
from detector.detection.watch.tally import Tally, long_enough
from detector.detection.watch.timeline import Timeline
from detector.detection.watch.turn import Turn
from detector.detection.watch.version_finding import version_finding

FORGOTTEN = 50_000  # records without a mismatch, naming a scaler or not: nobody says more of it
# A share has moved where it left what was told by six standard deviations of its estimate (the
# arcsine of its root has one of 1 / (2 √n) whatever the share). Two estimates of one share differ
# by three of them often enough for an update by chance every few hundred thousand records. And by
# a fifth: that 100 % became 98 is certain long before anybody wants to know.
_MOVED = 6 / 2
_A_LOT = 0.2


class Versions:
    """Begins with the first record that names another scaler, ends after a stretch without one."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._roster = Roster(settings)
        self._holds = False
        self._tallies: dict[int, Tally] = {}
        self._told: dict[int, float] = {}
        self._records = 0  # sound ones before the batch
        self._opened = 0  # these are numbers of records, counted likewise
        self._last_mismatch = 0
        self._age = FIRST_CHECK
        self.mismatches = 0

    def adopt(self, episode: Episode) -> None:
        """Go on with what an earlier process told; its last records are gone, its shares stand."""
        self._begin(self._records)
        assert episode.last is not None  # noqa: S101 - an adopted one has its event
        versions = episode.versions or ()
        seen = sum(each.records for each in versions)
        away = sum(each.records for each in versions if not each.configured)
        needed = long_enough(np.array([max(away, 1)]), np.array([seen]))
        partition = episode.last.data.position.partition
        self._tallies[partition] = Tally(needed=int(needed[0]))
        for each in versions:
            number = self._roster.number(ScalerName(digest=each.digest, version=each.version))
            if number != UNNAMED:
                self._told[number] = each.share

    def update(self, records: Timeline) -> list[Turn]:
        """What the records tell, dead letters not among them."""
        count = len(records.sound)
        turns: list[Turn] = []
        if records.named is not None or self._holds:
            names = (
                np.full(count, UNNAMED)
                if records.named is None
                else self._roster.numbers(records.named)
            )
            self.mismatches += int(np.count_nonzero(names > CONFIGURED))
            first = 0
            while first < count:
                first = self._go_on(records, names, first, turns)
        self._records += count
        return turns

    def _go_on(self, records: Timeline, names: IntArray, first: int, turns: list[Turn]) -> int:
        """Take the sound records from *first* to the next at which there is something to do; the
        record after it.
        """
        count = len(names)
        if not self._holds:
            ahead = np.flatnonzero(names[first:] > CONFIGURED)
            if not len(ahead):
                return count
            first += int(ahead[0])
            self._begin(self._records + first)
            self._tally(records.partition, names, first, first + 1)
            turns.append(self._tell(records, first))
            return first + 1
        check = self._opened + self._age - self._records
        stop = min(check, count - 1) + 1
        end = self._end(records.partition, names[:stop], first)
        row = stop - 1 if end is None else end
        self._tally(records.partition, names, first, row + 1)
        if end is not None:
            self._holds = False
            turns.append(self._over(records, row))
        elif row == check:
            self._age += min(self._age, LAST_DOUBLING)
            if self._has_moved():
                turns.append(self._tell(records, row))
        return row + 1

    def _begin(self, record: int) -> None:
        self._holds = True
        self._opened = self._last_mismatch = record
        self._age = FIRST_CHECK
        self._tallies = {}
        self._told = {}

    # ---------------------------------------------------------------- counting

    def _tally(self, partition: int, names: IntArray, first: int, stop: int) -> None:
        """Count the sound records first..stop-1."""
        rows = first + np.flatnonzero(names[first:stop] != UNNAMED)
        mismatches = rows[names[rows] > CONFIGURED]
        if len(mismatches):
            self._last_mismatch = self._records + int(mismatches[-1])
        self._tallies.setdefault(partition, Tally()).take(names[rows])

    def _end(self, partition: int, names: IntArray, first: int) -> int | None:
        """The sound record from *first* on at which it is over; None if it goes on."""
        rows = first + np.flatnonzero(names[first:] != UNNAMED)
        mismatches = rows[names[rows] > CONFIGURED]
        forgotten = FORGOTTEN + np.append(self._last_mismatch - self._records, mismatches)
        ends: list[int] = forgotten[forgotten < np.append(mismatches, len(names))][:1].tolist()
        if not any(each.needed for p, each in self._tallies.items() if p != partition):
            end = self._tallies.get(partition, Tally()).end(names[rows])
            ends += [] if end is None else [int(rows[end])]
        return min(ends, default=None)

    # ---------------------------------------------------------------- telling

    def _counts(self) -> IntArray:
        counts = np.zeros(len(self._roster), np.int64)
        for tally in self._tallies.values():
            counts += np.bincount(tally.window, minlength=len(counts))
        return counts

    def _has_moved(self) -> bool:
        """Whether one more scaler is named or a share has left what was told of it."""
        counts = self._counts()
        if not counts[CONFIGURED + 1 :].any():  # on its way to be over
            return False
        if any(number not in self._told for number in np.flatnonzero(counts).tolist() if number):
            return True
        told = np.array([self._told.get(number, 0.0) for number in range(len(counts))])
        shares = counts / counts.sum()
        moves = np.abs(np.arcsin(np.sqrt(shares)) - np.arcsin(np.sqrt(told)))
        moved = (moves > _MOVED / np.sqrt(counts.sum())) & (abs(shares - told) > _A_LOT * told)
        return bool(moved[CONFIGURED + 1 :].any())

    def _tell(self, records: Timeline, record: int) -> Turn:
        counts = self._counts()
        shares = counts / counts.sum()
        numbers = {*self._told, *np.flatnonzero(counts).tolist()}
        self._told = {number: float(shares[number]) for number in numbers}
        row = int(records.sound[record])
        place = records.place(row)
        finding = version_finding(self._settings, self._roster, counts)
        return Turn(kind="version", row=row, place=place, time=place.time, finding=finding)

    def _over(self, records: Timeline, record: int) -> Turn:
        topic, own = self._settings.topic, self._settings.scaler
        ending = f"records of {topic} name {own.name} version {own.version} again"
        if self._records + record - self._last_mismatch >= FORGOTTEN:
            ending = f"no record of {topic} has named another scaler for {FORGOTTEN:,} records"
        row = int(records.sound[record])
        place = records.place(row)
        return Turn(kind="version", row=row, place=place, time=place.time, ending=ending)
