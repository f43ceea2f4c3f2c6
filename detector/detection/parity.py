"""Raw and scaled value in one record: whether the one is what the scaler makes of the other.

No statistics are needed but for glitches: by arithmetic the null rate is zero, so two records out
of LOOK_BACK that disagree open an episode, and a canary that is wrong on a few records is found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log, log1p

import numpy as np

from detector.detection import marks
from detector.detection.agreement import disagree
from detector.detection.window import LOOK_BACK, Window
from detector.scaler import FeatureScaler

_EVIDENCE = 1000.0  # that agreement must reach against the share that disagreed
_SHARE = 0.01  # of disagreeing records that agreement must refute, or half of what was seen
_COOL_DOWN, _MAX_FLAPS = 10_000, 6  # as for every episode: it flaps, and needs four times as much


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """The pairs of a feature begin to disagree, or agree again.

    record: number of the record that tells.
    since:  number of the first record that disagreed.
    """

    record: int
    since: int
    broken: bool


@dataclass(slots=True)
class _Watched:
    """One feature's pairs.

    latest: number of the latest record that disagreed; None where there is none to count.
    count:  records since ``since`` that disagreed.
    """

    scaler: FeatureScaler
    latest: int | None = None
    since: int = 0
    count: int = 0
    broken: bool = False
    flaps: int = 0
    whole_at: int = -_COOL_DOWN

    @property
    def quiet(self) -> int:
        """Records in a row that must agree before the pairs are said to do so."""
        assert self.latest is not None  # noqa: S101 - they disagreed
        share = min(_SHARE, 0.5 * self.count / (self.latest - self.since + 1))
        return ceil((log(_EVIDENCE) + self.flaps * log(4.0)) / -log1p(-share))

    def follow(self, wrong: list[int], end: int) -> list[Parity]:
        """Take in the records up to *end* (exclusive), of which *wrong* disagree."""
        if self.broken and self._goes_on(wrong, end):
            self.latest, self.count = max([self.latest or 0, *wrong]), self.count + len(wrong)
            return []
        notes: list[Parity] = []
        for record in [*wrong, end]:
            if self.broken and self.latest is not None and self.latest + self.quiet < record:
                notes.append(self._whole(self.latest + self.quiet))
            if record == end:
                return notes
            if self.broken:
                self.count += 1
            elif self.latest is not None and record - self.latest < LOOK_BACK:
                notes.append(self._break(self.latest, record))
            self.latest = record
        return notes

    def _goes_on(self, wrong: list[int], end: int) -> bool:
        """Whether no gap is long enough to ask; the same in every split of the records."""
        steps = np.diff(np.array([self.latest or 0, *wrong, end], np.int64))
        return bool(steps.max() <= log(_EVIDENCE) / -log1p(-_SHARE))

    def _break(self, since: int, record: int) -> Parity:
        near = since - self.whole_at < _COOL_DOWN
        self.flaps = min(self.flaps + 1, _MAX_FLAPS) if near else 0
        self.broken, self.since, self.count = True, since, 2
        return Parity(record=record, since=since, broken=True)

    def _whole(self, record: int) -> Parity:
        self.broken, self.latest, self.whole_at = False, None, record
        return Parity(record=record, since=self.since, broken=False)


class ParityDetector:
    """Compares the pairs of every feature; without scalers it has nothing to do."""

    def __init__(self, scalers: Sequence[FeatureScaler]) -> None:
        self._watched = [_Watched(scaler) for scaler in scalers]

    def adopt(self, feature: int, record: int) -> None:
        """Go on with pairs that disagreed when an earlier process ended before *record*."""
        one = self._watched[feature]
        one.broken, one.latest, one.since, one.count = True, record, record, 1

    def update(self, window: Window, first: int, last: int) -> dict[int, list[Parity]]:
        """Take the rows first..last of *window* in and mark those that disagree; what they tell, by
        feature.
        """
        found: dict[int, list[Parity]] = {}
        for i, one in enumerate(self._watched):
            raw, scaled = window.values[i, first:last], window.scaled[i, first:last]
            unequal = disagree(one.scaler, raw, scaled)
            window.flags[i, first:last][unequal] |= marks.UNEQUAL
            wrong = np.flatnonzero(unequal) + (window.base + first)
            notes = one.follow(wrong.tolist(), window.base + last)
            if notes:
                found[i] = notes
        return found
