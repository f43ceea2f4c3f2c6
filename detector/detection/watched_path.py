"""The path of one feature that depends on time, and the onsets at which it may have been cut."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from detector.detection import kernels, marks
from detector.detection.batch import FloatArray
from detector.detection.bins import INVALID
from detector.detection.diagnosis.innovation import HISTORY, Innovation, learn
from detector.detection.view import View
from detector.detection.window import BLOCK, Window

AGES = (8, 16, 32, 64, 128)  # records since a suspected onset at which the diagnosis looks
RECORDS_A_LOOK = 32  # on average: so a feature that startles all the time costs no more
MOST_LOOKS = 24.0  # in hand after a calm stretch: the ages of a few onsets
_MOST = 5  # onsets suspected at a time, the most surprising ones
_APART = 8  # records: of nearer ones only the most surprising is kept
_EIGHT = 8
_NEEDED = ((64, 9.0), (32, 12.0), (16, 15.0), (0, 19.0))  # nats by age, two below what a name needs
_KEPT = 512  # records whose surprise is remembered
_BEFORE = 128  # records before an onset whose mean surprise is habit, too
_MEMORY = 4096  # records for which shocks are remembered
_CALM = -0.3  # mean surprise that tells a path which became quieter
_RUN, _CLEAN = 3, 16  # values off the decimals in a row, after so many on them


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """Onsets that have reached an age at which the diagnosis should look.

    record: number of the record that completes the age.
    onsets: numbers of the first records of what may be a fault.
    """

    record: int
    onsets: tuple[int, ...]


@dataclass(slots=True)
class WatchedPath:
    """One feature: its law, where its path stands, and the onsets under suspicion."""

    index: int
    view: View
    law: Innovation | None = None
    state: FloatArray = field(default_factory=lambda: np.zeros(4))
    beyond: FloatArray = field(default_factory=lambda: np.zeros(0))
    states: FloatArray = field(default_factory=lambda: np.zeros((0, 4)))  # behind each record
    laws: list[tuple[int, Innovation]] = field(default_factory=list)  # and the record of learning
    candidates: dict[int, int] = field(default_factory=dict)  # onset to the number of its next age
    shocks: list[int] = field(default_factory=list)
    off: int = 0  # values off the training decimals in a row
    clean: int = 0  # values on them since there was such a row
    proven: set[int] = field(default_factory=set)  # onsets that need no surprise
    end: int = 0  # number of the next record
    looks: float = 0.0  # looks in hand, and the record they were counted at
    looked: int = 0

    def _may_look(self, record: int, *, proven: bool) -> bool:
        """Whether a look is due by the budget: what a feature that startles all the time may cost.

        A look costs milliseconds; a broken grid is always worth it.
        """
        gained = (record - self.looked) / RECORDS_A_LOOK
        self.looks = min(self.looks + gained, MOST_LOOKS)
        self.looked = record
        if proven or self.looks >= 1:
            self.looks = max(self.looks - 1, 0.0)
            return True
        return False

    def _remember(self, beyond: FloatArray, states: FloatArray) -> None:
        """Surprise of further records and the states behind them."""
        keep = _KEPT + _BEFORE + BLOCK  # a block runs ahead of the record that is judged
        self.beyond = np.concatenate((self.beyond, beyond))[-keep:]
        self.states = np.concatenate((self.states, states))[-keep:]

    def learn(self, window: Window, record: int) -> None:
        """Learn what is usual from the records before *record*."""
        law = self.view.law
        assert law is not None  # noqa: S101 - only features with one are watched
        history = window.valid(self.index, max(record - HISTORY, 0), record - 1)
        self.law = learn(history, law.knots)
        if self.law is not None:
            self.state = self.law.state.copy()
            self.laws = [*self.laws[-2:], (record, self.law)]

    def law_before(self, onset: int, record: int) -> Innovation | None:
        """The law of an ordinary step, and where the path stands before *onset*; None: unknown."""
        place = onset - (self.end - len(self.states))
        known = [law for learned, law in self.laws if learned < onset]
        if not known or record - onset >= _KEPT or not self.states[place - 1, 3] > 0:
            return None
        before = self.beyond[max(place - _BEFORE, 0) : place]
        lately = max(float(before.mean()), 0.0) if len(before) else 0.0
        return replace(known[-1], state=self.states[place - 1], lately=lately)

    def startled(self, onset: int, record: int) -> bool:
        """Whether a record next to *onset*, up to *record*, surprised as one in a thousand does."""
        next_ = bisect_left(self.shocks, onset - 1)
        return next_ < len(self.shocks) and self.shocks[next_] <= min(onset + 1, record)

    def take(
        self, window: Window, record: int, until: int, told: Sequence[tuple[int, int]]
    ) -> Iterator[Suspicion]:
        """Take the records record..until (exclusive) in; what they suggest, in their order.

        told: the record that reveals an onset without surprise, and the onset.
        """
        rows = slice(record - window.base, until - window.base)
        if self.law is None:
            self._remember(np.zeros(until - record), np.zeros((until - record, 4)))
            self._broken(window.flags[self.index, rows] & marks.OFF_LATTICE > 0, 0)
            self.candidates.clear()
            return
        beyond = self._follow(self.law, window, rows)
        self.shocks = [shock for shock in self.shocks if shock > record - _MEMORY]
        self.proven = {onset for onset in self.proven if onset > record - _MEMORY}
        self.shocks += (record + np.flatnonzero(beyond > self.law.shocking)).tolist()
        base = until - len(self.beyond)  # number of the record whose surprise stands first
        flags = _flags(self.law, self.beyond, record - base)
        flags += self._broken(window.flags[self.index, rows] & marks.OFF_LATTICE > 0, record - base)
        flags += [(last - base, onset - base) for last, onset in told if onset >= base]
        self.proven.update(onset for _, onset in told)
        yield from self._walk(sorted(set(flags)), base, until)

    def _follow(self, law: Innovation, window: Window, rows: slice) -> FloatArray:
        """Surprise beyond habit of the records in *rows*; 0 for ties and without a value."""
        values = window.values[self.index, rows]
        values = np.where(window.codes[self.index, rows] < INVALID, values, np.nan)
        n = len(values)
        logs, surprises, states = np.empty(n), np.empty(n), np.empty((n, 4))
        kernels.path(
            values,
            self.state,
            law.shape,
            law.table,
            law.edges,
            law.density,
            logs,
            surprises,
            states,
        )
        self.state = states[-1]
        beyond = np.where(surprises != 0, surprises - law.habit, 0.0)
        self._remember(beyond, states)
        return beyond

    def _broken(self, off: npt.NDArray[np.bool_], first: int) -> list[tuple[int, int]]:
        """Where values leave the training decimals for good: three in a row after a clean stretch.

        The same as ``_flags``; such an onset speaks without any surprise.
        """
        found: list[tuple[int, int]] = []
        for i, is_off in enumerate(off.tolist()):
            self.off = self.off + 1 if is_off else 0
            if self.off == _RUN and self.clean >= _CLEAN:
                onset = self._startled_before(first + i - _RUN + 1)
                found.append((first + i, onset))
                self.proven.add(self.end - first + onset)
            if self.off >= _RUN:
                self.clean = 0
            elif not is_off:
                self.clean += 1
        self.end += len(off)
        return found

    def _startled_before(self, place: int) -> int:
        """The most startling record where the decimals broke or just before, if any: under a map
        some values stand on the decimals by chance.
        """
        first = max(place - _APART, 0)
        near = self.beyond[first : place + 1]
        if self.law is None or near.max() <= self.law.startling:
            return place
        return first + int(np.argmax(near))

    def _walk(self, flags: list[tuple[int, int]], base: int, until: int) -> Iterator[Suspicion]:
        """Go through flags and ages in the order of their records."""
        waiting = [(base + last, base + onset) for last, onset in flags]
        at = 0
        while True:
            due = min((onset + AGES[k] - 1 for onset, k in self.candidates.items()), default=until)
            if at < len(waiting) and waiting[at][0] <= due:
                self._suspect(waiting[at][1], base, waiting[at][0])
                at += 1
                continue
            if due >= until:
                return
            onsets = sorted(o for o, k in self.candidates.items() if o + AGES[k] - 1 == due)
            speaking = tuple(
                o
                for o in onsets
                if o in self.proven or _speaks(self.beyond[o - base : due - base + 1])
            )
            for onset in onsets:
                self.candidates[onset] += 1
                if self.candidates[onset] == len(AGES):
                    del self.candidates[onset]
            if speaking and self._may_look(due, proven=any(o in self.proven for o in speaking)):
                yield Suspicion(record=due, onsets=speaking)

    def _suspect(self, onset: int, base: int, record: int) -> None:
        """Look at *onset*, which *record* reveals, from its next age on."""
        age = next((k for k, age in enumerate(AGES) if onset + age > record), None)
        if onset in self.candidates or age is None:
            return
        near = [other for other in self.candidates if abs(other - onset) < _APART]
        mine = self._fresh(onset - base, proven=onset in self.proven)
        if any(self._fresh(other - base, proven=other in self.proven) >= mine for other in near):
            return
        for other in near:
            del self.candidates[other]
        self.candidates[onset] = age
        if len(self.candidates) > _MOST:
            del self.candidates[
                min(
                    self.candidates,
                    key=lambda o: (self._fresh(o - base, proven=o in self.proven), o),
                )
            ]

    def _fresh(self, place: int, *, proven: bool = False) -> float:
        """Surprise beyond that of the eight records before: after a fault every record surprises.

        A broken grid is worth any surprise.
        """
        if proven:
            return np.inf
        before = self.beyond[max(place - _EIGHT, 0) : place]
        return float(self.beyond[place] - max(float(before.mean()) if len(before) else 0.0, 0.0))


def _flags(law: Innovation, beyond: FloatArray, first: int) -> list[tuple[int, int]]:
    """(place of the record that reveals it, place of the onset) from place *first* on, in order."""
    found = [(int(i), int(i)) for i in np.flatnonzero(beyond > law.startling) if i >= first]
    sums = np.concatenate(([0.0], np.cumsum(beyond)))
    eights = sums[_EIGHT:] - sums[:-_EIGHT]
    for i in np.flatnonzero(eights > law.eight).tolist():
        last = i + _EIGHT - 1
        if last >= first:
            backward = np.cumsum(beyond[i : i + _EIGHT][::-1])[::-1]
            found.append((last, i + int(np.argmax(backward))))
    return found


def _speaks(beyond: FloatArray) -> bool:
    """Whether nature has enough to explain: a fault's margin is at most the surprise since its
    onset.
    """
    needed = next(nats for age, nats in _NEEDED if len(beyond) >= age)
    return bool(np.cumsum(beyond).max() >= needed or beyond.mean() < _CALM)
