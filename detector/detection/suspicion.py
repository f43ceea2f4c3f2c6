"""Records at which the path of a feature that depends on time may have been cut by a fault.

The departure test is tempered where rows depend on each other, and an episode that nature opened
may be open for long. So every record's surprise, given the path before it, is watched as well.
This names nothing and opens nothing: it says when the diagnosis should look, and since when.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from detector.detection import kernels
from detector.detection.batch import FloatArray
from detector.detection.bins import INVALID
from detector.detection.diagnosis.innovation import HISTORY, Innovation, learn
from detector.detection.diagnosis.surroundings import is_dependent
from detector.detection.order import Orders
from detector.detection.recurrence import Recurrences
from detector.detection.view import View
from detector.detection.window import BLOCK, Window

AGES = (8, 16, 32, 64, 128)  # records since a suspected onset at which the diagnosis looks
RECORDS_A_LOOK = 32  # on average: so a feature that startles all the time costs no more
MOST_LOOKS = 24.0  # in hand after a calm stretch: the ages of a few onsets
_LEARNED_AT = (256, 512, 1024)  # records, then every 1,024, at which the usual surprise is learned
_MOST = 5  # onsets suspected at a time, the most surprising ones
_APART = 8  # records: of nearer ones only the most surprising is kept
_EIGHT = 8
_NEEDED = ((64, 9.0), (32, 12.0), (16, 15.0), (0, 19.0))  # nats by age, two below what a name needs
_RUN, _CLEAN = 3, 16  # values off the decimals in a row, after so many on them
_KEPT = 512  # records whose surprise is remembered
_BEFORE = 128  # records before an onset whose mean surprise is habit, too
_MEMORY = 4096  # records for which shocks are remembered
_CALM = -0.3  # mean surprise that tells a path which became quieter


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """Onsets that have reached an age at which the diagnosis should look.

    record: number of the record that completes the age.
    onsets: numbers of the first records of what may be a fault.
    """

    record: int
    onsets: tuple[int, ...]


@dataclass(slots=True)
class _Watched:
    """One feature: its law, where its path stands, and the onsets under suspicion."""

    index: int
    view: View
    law: Innovation | None = None
    state: FloatArray = field(default_factory=lambda: np.zeros(4))
    beyond: FloatArray = field(default_factory=lambda: np.zeros(0))
    states: FloatArray = field(default_factory=lambda: np.zeros((0, 4)))  # behind each record
    laws: list[tuple[int, Innovation]] = field(
        default_factory=list
    )  # and the record it was learned at
    candidates: dict[int, int] = field(default_factory=dict)  # onset to the number of its next age
    shocks: list[int] = field(default_factory=list)
    off: int = 0  # values off the training decimals in a row
    clean: int = 0  # values on them since there was such a row
    proven: set[int] = field(default_factory=set)  # onsets that need no surprise
    end: int = 0  # number of the next record
    looks: float = 0.0  # looks in hand, and the record they were counted at
    looked: int = 0

    def may_look(self, record: int, *, proven: bool) -> bool:
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

    def remember(self, beyond: FloatArray, states: FloatArray) -> None:
        """Surprise of further records and the states behind them."""
        keep = _KEPT + _BEFORE + BLOCK  # a block runs ahead of the record that is judged
        self.beyond = np.concatenate((self.beyond, beyond))[-keep:]
        self.states = np.concatenate((self.states, states))[-keep:]


class Suspicions:
    """Watches the features whose training rows depended on their order."""

    def __init__(self, views: Sequence[View]) -> None:
        self._watched = [
            _Watched(i, view)
            for i, view in enumerate(views)
            if view.law is not None and is_dependent(view)
        ]
        self._by_name = {one.view.name: one for one in self._watched}
        watched = [(one.index, one.view) for one in self._watched]
        self._orders, self._recurrences = Orders(watched), Recurrences(watched)
        self._next_learning = _LEARNED_AT[0]
        self._end = 0

    def law(self, name: str, onset: int, record: int) -> Innovation | None:
        """What an ordinary step of a watched feature is, and where its path stands before *onset*.

        None where that is not known: too early, too long ago, or a feature that is not watched.
        """
        one = self._by_name.get(name)
        if one is None:
            return None
        place = onset - (self._end - len(one.states))
        known = [law for learned, law in one.laws if learned < onset]
        if not known or record - onset >= _KEPT or not one.states[place - 1, 3] > 0:
            return None
        before = one.beyond[max(place - _BEFORE, 0) : place]
        lately = max(float(before.mean()), 0.0) if len(before) else 0.0
        return replace(known[-1], state=one.states[place - 1], lately=lately)

    def startled(self, onset: int, record: int) -> set[str]:
        """Features that a record next to *onset*, up to *record*, surprised as one in a
        thousand.
        """
        return {
            one.view.name
            for one in self._watched
            if any(abs(shock - onset) <= 1 and shock <= record for shock in one.shocks)
        }

    def exchanged(self, name: str, onset: int) -> set[str]:
        """Features whose order with the feature was always kept, and is reversed since *onset*."""
        one = self._by_name.get(name)
        if one is None:
            return set()
        others = self._orders.exchanged(one.index, onset)
        return {other.view.name for other in self._watched if other.index in others}

    def update(self, window: Window, first: int, last: int) -> dict[int, list[Suspicion]]:
        """Take the rows first..last of *window* in; what they suggest, by feature."""
        found: dict[int, list[Suspicion]] = {}
        if not self._watched:
            return found
        record, end = window.base + first, window.base + last
        self._end = end
        while record < end:
            until = min(end, self._next_learning)
            reversals = self._orders.reversals(window, record, until)
            begun = self._recurrences.begun(window, record, until)
            for one in self._watched:
                told = reversals.get(one.index, []) + begun.get(one.index, [])
                for suspicion in self._segment(one, window, record, until, told):
                    found.setdefault(one.index, []).append(suspicion)
            if until == self._next_learning:
                self._learn(window, until)
            record = until
        return found

    def _learn(self, window: Window, record: int) -> None:
        later = [at for at in _LEARNED_AT if at > record]
        self._next_learning = later[0] if later else record + HISTORY
        for one in self._watched:
            law = one.view.law
            assert law is not None  # noqa: S101 - only features with one are watched
            history = window.valid(one.index, max(record - HISTORY, 0), record - 1)
            one.law = learn(history, law.knots)
            if one.law is not None:
                one.state = one.law.state.copy()
                one.laws = [*one.laws[-2:], (record, one.law)]
        first = max(record - HISTORY, 0)
        self._orders.learn(window, first, record)
        self._recurrences.learn(window, first, record)

    def _segment(
        self, one: _Watched, window: Window, record: int, until: int,
        told: Sequence[tuple[int, int]],
    ) -> Iterator[Suspicion]:  # fmt: skip
        """Records record..until (exclusive) of one feature.

        told: the record that reveals an onset without surprise, and the onset.
        """
        rows = slice(record - window.base, until - window.base)
        if one.law is None:
            one.remember(np.zeros(until - record), np.zeros((until - record, 4)))
            _broken(one, window.flags[one.index, rows] & kernels.OFF_LATTICE > 0, 0)
            one.candidates.clear()
            return
        beyond = _follow(one, one.law, window, rows)
        one.shocks = [shock for shock in one.shocks if shock > record - _MEMORY]
        one.proven = {onset for onset in one.proven if onset > record - _MEMORY}
        one.shocks += (record + np.flatnonzero(beyond > one.law.shocking)).tolist()
        base = until - len(one.beyond)  # number of the record whose surprise stands first
        flags = _flags(one.law, one.beyond, record - base)
        flags += _broken(
            one, window.flags[one.index, rows] & kernels.OFF_LATTICE > 0, record - base
        )
        flags += [(last - base, onset - base) for last, onset in told if onset >= base]
        one.proven.update(onset for _, onset in told)
        yield from _walk(one, sorted(set(flags)), base, until)


def _follow(one: _Watched, law: Innovation, window: Window, rows: slice) -> FloatArray:
    """Surprise beyond habit of the records in *rows*; 0 for ties and where there is no value."""
    values = window.values[one.index, rows]
    values = np.where(window.codes[one.index, rows] < INVALID, values, np.nan)
    n = len(values)
    logs, surprises, states = np.empty(n), np.empty(n), np.empty((n, 4))
    kernels.path(
        values, one.state, law.shape, law.table, law.edges, law.density, logs, surprises, states
    )
    one.state = states[-1]
    beyond = np.where(surprises != 0, surprises - law.habit, 0.0)
    one.remember(beyond, states)
    return beyond


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


def _broken(one: _Watched, off: npt.NDArray[np.bool_], first: int) -> list[tuple[int, int]]:
    """Where values leave the training decimals for good: three in a row after a clean stretch.

    The same as ``_flags``; such an onset speaks without any surprise.
    """
    found: list[tuple[int, int]] = []
    for i, is_off in enumerate(off.tolist()):
        one.off = one.off + 1 if is_off else 0
        if one.off == _RUN and one.clean >= _CLEAN:
            onset = _startled_before(one, first + i - _RUN + 1)
            found.append((first + i, onset))
            one.proven.add(one.end - first + onset)
        if one.off >= _RUN:
            one.clean = 0
        elif not is_off:
            one.clean += 1
    one.end += len(off)
    return found


def _startled_before(one: _Watched, place: int) -> int:
    """The most startling record where the decimals broke or just before, if any: under a map some
    values stand on the decimals by chance.
    """
    first = max(place - _APART, 0)
    near = one.beyond[first : place + 1]
    if one.law is None or near.max() <= one.law.startling:
        return place
    return first + int(np.argmax(near))


def _walk(
    one: _Watched, flags: list[tuple[int, int]], base: int, until: int
) -> Iterator[Suspicion]:
    """Go through flags and ages in the order of their records."""
    waiting = [(base + last, base + onset) for last, onset in flags]
    at = 0
    while True:
        due = min((onset + AGES[k] - 1 for onset, k in one.candidates.items()), default=until)
        if at < len(waiting) and waiting[at][0] <= due:
            _suspect(one, waiting[at][1], base, waiting[at][0])
            at += 1
            continue
        if due >= until:
            return
        onsets = sorted(o for o, k in one.candidates.items() if o + AGES[k] - 1 == due)
        speaking = tuple(
            o for o in onsets if o in one.proven or _speaks(one.beyond[o - base : due - base + 1])
        )
        for onset in onsets:
            one.candidates[onset] += 1
            if one.candidates[onset] == len(AGES):
                del one.candidates[onset]
        if speaking and one.may_look(due, proven=any(o in one.proven for o in speaking)):
            yield Suspicion(record=due, onsets=speaking)


def _suspect(one: _Watched, onset: int, base: int, record: int) -> None:
    """Look at *onset*, which *record* reveals, from its next age on."""
    age = next((k for k, age in enumerate(AGES) if onset + age > record), None)
    if onset in one.candidates or age is None:
        return
    near = [other for other in one.candidates if abs(other - onset) < _APART]
    mine = _fresh(one, onset - base, proven=onset in one.proven)
    if any(_fresh(one, other - base, proven=other in one.proven) >= mine for other in near):
        return
    for other in near:
        del one.candidates[other]
    one.candidates[onset] = age
    if len(one.candidates) > _MOST:
        del one.candidates[
            min(one.candidates, key=lambda o: (_fresh(one, o - base, proven=o in one.proven), o))
        ]


def _fresh(one: _Watched, place: int, *, proven: bool = False) -> float:
    """Surprise beyond that of the eight records before: after a fault every record surprises.

    A broken grid is worth any surprise.
    """
    if proven:
        return np.inf
    before = one.beyond[max(place - _EIGHT, 0) : place]
    return float(one.beyond[place] - max(float(before.mean()) if len(before) else 0.0, 0.0))


def _speaks(beyond: FloatArray) -> bool:
    """Whether nature has enough to explain: a fault's margin is at most the surprise since its
    onset.
    """
    needed = next(nats for age, nats in _NEEDED if len(beyond) >= age)
    return bool(np.cumsum(beyond).max() >= needed or beyond.mean() < _CALM)
