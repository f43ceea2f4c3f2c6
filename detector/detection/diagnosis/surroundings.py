"""What the diagnosis asks of the window: samples, paths and grids of a feature and others."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.bins import INVALID
from detector.detection.diagnosis.before import Before, Former
from detector.detection.diagnosis.behind import SoundPath
from detector.detection.diagnosis.catalogues import Catalogues, is_dependent
from detector.detection.diagnosis.differences import Difference
from detector.detection.diagnosis.innovation import HISTORY, Innovation, learn
from detector.detection.diagnosis.lattice import Lattice
from detector.detection.diagnosis.sample import BEFORE, Sample, sample
from detector.detection.diagnosis.scene import Neighbour, Scene
from detector.detection.diagnosis.swap import Theirs
from detector.detection.order import LEAST, is_kept, raw_values
from detector.detection.window import LOOK_BACK, Window

_LONGER = 1.5  # times the longest rest of training: no ordinary one
_LAST, _FEW = 3, 8  # values, and records that hold them where none is missing
_LAWS = 64  # learned laws that are kept: the ages of one suspicion share them
_ONSETS, _FRESH = 16, 256  # onsets and records for which what came before them is kept


class Watched(Protocol):
    """What a watch over the paths of the model's features knows, up to *record*."""

    def law(self, name: str, onset: int, record: int) -> Innovation | None:
        """The law of a feature's steps before *onset*, and where its path stood; None: unknown."""

    def startled(self, onset: int, record: int) -> set[str]:
        """Features that a record next to *onset* surprised as one in a thousand does."""

    def exchanged(self, name: str, onset: int) -> set[str]:
        """Features whose order with the feature was always kept, and is reversed since *onset*."""


@dataclass(slots=True)
class _Past:
    """What came before one onset, by feature, as far as it was asked for."""

    laws: dict[str, Innovation] = field(default_factory=dict)
    before: dict[str, FloatArray] = field(default_factory=dict)
    behind: dict[tuple[str, int], SoundPath | None] = field(default_factory=dict)
    last: FloatArray | None = None


class Surroundings:
    """Samples, paths and learned laws of a model's features, made when they are first asked for."""

    def __init__(self, catalogues: Catalogues, watched: Watched) -> None:
        self.catalogues = catalogues
        self._watched = watched
        self._names = list(catalogues.views)
        self._indices = {name: i for i, name in enumerate(self._names)}
        self._laws: dict[tuple[str, int], Innovation | None] = {}
        self._pasts: dict[int, _Past] = {}

    def name(self, feature: int) -> str:
        """The name of a feature by its index."""
        return self._names[feature]

    def sample(self, name: str, window: Window, onset: int, record: int) -> Sample:
        """The values of a feature around *onset*."""
        before = self._before(name, window, onset, record)
        return sample(window, self._indices[name], onset, record, before)

    def theirs(self, window: Window, onset: int, record: int) -> Theirs:
        """Other features by name: over the records onset..record, and their training grid."""

        def other(name: str) -> tuple[Callable[[], Sample], Lattice | None]:
            values = partial(self.sample, name, window, onset, record)
            return values, self.catalogues.lattice(name)

        return other

    def law(self, name: str, window: Window, onset: int, record: int) -> Innovation | None:
        """What an ordinary step of the feature is, learned from the records before *onset*."""
        past = self._past(onset, record)
        if name in past.laws:
            return past.laws[name]
        watched = self._watched.law(name, onset, record)
        if watched is not None:
            past.laws[name] = watched
            return watched
        key = (name, onset)
        if key not in self._laws:
            first = max(onset - HISTORY, record - LOOK_BACK + 1, 0)
            known = self.catalogues.views[name].law
            history = window.valid(self._indices[name], first, onset - 1)
            learnable = onset > first and known is not None
            self._keep(key, learn(history, known.knots) if learnable and known else None)
        return self._laws[key]

    def behind(
        self, name: str, fault: Before, former: Former, window: Window, onset: int, record: int
    ) -> SoundPath | None:
        """The sound path behind *fault* before *onset*; None where too little of it is known.

        It is told by the records under the fault, after the sound ones where these are few.
        """
        past, key = self._past(onset, record).behind, (name, former.since)
        if key not in past:
            begin = max(former.since, onset - HISTORY)
            history = fault.sound(self._between(name, window, begin, onset, record))
            if len(history) < BEFORE:
                first = former.first
                sound = self._between(name, window, first - HISTORY, first, record)
                history = np.concatenate((sound, history))[-HISTORY:]
            known = self.catalogues.views[name].law
            law = None if known is None else learn(history, known.knots)
            past[key] = None if law is None else SoundPath(law, history[-BEFORE:])
        return past[key]

    def under(
        self, scene: Scene, former: Former | None, window: Window, onset: int, record: int
    ) -> Scene | None:
        """The path of a fault, as it arrives: told by the records under that fault alone; None
        where these are too few.
        """
        if former is None:
            return None
        name = scene.own.column.name
        begin = max(former.since, onset - HISTORY)
        key = (f"{name} since {begin}", onset)
        known = self.catalogues.views[name].law
        if key not in self._laws:
            history = self._between(name, window, begin, onset, record)
            enough = known is not None and len(history) >= BEFORE
            self._keep(key, learn(history, known.knots[:0]) if enough and known else None)
        law = self._laws[key]
        if law is None:
            return None
        own = replace(scene.own, others=None)  # what arrives in another's place never met the fault
        return replace(scene, own=own, law=law, faulty=True)

    def _keep(self, key: tuple[str, int], law: Innovation | None) -> None:
        if len(self._laws) >= _LAWS:
            self._laws.pop(next(iter(self._laws)))
        self._laws[key] = law

    def rest_too(self, name: str, window: Window, record: int, run: int) -> bool:
        """Whether other columns rest for longer than they ever did in training within the last
        *run* records, half of which at least: the recording failed, no step of the preprocessing.
        """
        for other, view in self.catalogues.views.items():
            if other == name or view.reference is None or not is_dependent(view):
                continue
            values = window.slice(self._indices[other], record - run + 1, record).values
            ends = np.flatnonzero(np.diff(values, append=np.nan))
            rest = int(np.diff(ends, prepend=-1).max(initial=0))
            if rest > max(_LONGER * (view.reference.longest_run or 1), run / 2):
                return True
        return False

    def _past(self, onset: int, record: int) -> _Past:
        """What is kept of the records before *onset*; nothing where it is long ago."""
        if record - onset >= _FRESH:
            return _Past()
        if onset not in self._pasts:
            if len(self._pasts) >= _ONSETS:
                self._pasts.pop(next(iter(self._pasts)))
            self._pasts[onset] = _Past()
        return self._pasts[onset]

    def _before(self, name: str, window: Window, onset: int, record: int) -> FloatArray:
        """The feature's values in the 256 records before *onset*, as far as they are kept."""
        past = self._past(onset, record).before
        if name not in past:
            past[name] = self._between(name, window, onset - BEFORE, onset, record)
        return past[name]

    def _between(
        self, name: str, window: Window, first: int, onset: int, record: int
    ) -> FloatArray:
        first = max(first, record - LOOK_BACK + 1, 0)
        if onset <= first:
            return np.zeros(0)
        return window.valid(self._indices[name], first, onset - 1).copy()  # the window moves on

    def scene(
        self, name: str, seen: Sample, window: Window, onset: int, record: int
    ) -> Scene | None:
        """The feature's path since *onset*, where its own sample is *seen*; None where too little
        is known of what came before.
        """
        law = self.law(name, window, onset, record)
        if law is None:
            return None

        def neighbour(other: str) -> Neighbour | None:
            theirs = self.law(other, window, onset, record)
            if theirs is None:
                return None
            there = window.valid(self._indices[other], max(onset, 0), record)

            def before() -> FloatArray:
                return self._before(other, window, onset, record)

            return Neighbour(
                there,
                before,
                theirs,
                self.catalogues.column(other),
                lambda: self.catalogues.lattice(other),
            )

        return Scene(
            own=self.catalogues.suspects(name),
            values=seen.since,
            before=seen.before,
            law=law,
            together=sorted(self._watched.startled(onset, record) - {name}),
            others=neighbour,
            last=lambda: self._last(window, onset, record),
            turned=sorted(self._watched.exchanged(name, onset)),
            less=lambda other: self._difference(name, other, window, onset, record),
        )

    def _last(self, window: Window, onset: int, record: int) -> FloatArray:
        """The last values of every feature before *onset*, in raw values, shape (m, 3); fewer are
        filled up with NaN.
        """
        past = self._past(onset, record)
        if past.last is None:
            found = np.full((len(self._names), _LAST), np.nan)
            first = max(onset - _FEW, record - LOOK_BACK + 1, 0)  # which hold three, mostly
            easy = np.zeros(len(self._names), np.bool_)
            if onset - first >= _LAST:
                rows = window.rows(first, onset - 1)
                easy = np.asarray((window.codes[:, rows][:, -_LAST:] < INVALID).all(axis=1))
                found[easy] = window.values[:, rows][easy, -_LAST:]
            for i in np.flatnonzero(~easy).tolist():
                few = self._between(self._names[i], window, first, onset, record)
                if len(few) < _LAST:
                    few = self._before(self._names[i], window, onset, record)
                found[i, : len(few[-_LAST:])] = few[-_LAST:]
            past.last = self.catalogues.others.raw(found)
        return past.last

    def _difference(
        self, name: str, other: str, window: Window, onset: int, record: int
    ) -> Difference | None:
        """One feature less another around *onset*; None where their order says nothing."""
        first = max(onset - HISTORY, record - LOOK_BACK + 1, 0)
        if onset - first < LEAST:
            return None
        mine, theirs = (
            raw_values(window, self._indices[n], self.catalogues.views[n], first, record + 1)
            for n in (name, other)
        )
        difference = mine - theirs
        known = np.isfinite(difference)
        before, since = difference[: onset - first], difference[onset - first :]
        before = before[known[: onset - first]]
        if len(before) < LEAST or not (is_kept(before) or is_kept(-before)):
            return None
        sign = 1.0 if is_kept(before) else -1.0
        since = since[known[onset - first :]]
        return Difference(sign, since, lambda: self._learned(f"{name} - {other}", onset, before))

    def _learned(self, name: str, onset: int, history: FloatArray) -> Innovation | None:
        key = (name, onset)
        if key not in self._laws:
            self._keep(key, learn(history, np.sort(history)))
        return self._laws[key]
