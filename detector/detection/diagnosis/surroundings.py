"""What the diagnosis asks of the window: samples, paths and grids of a feature and others."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.differences import Difference
from detector.detection.diagnosis.innovation import HISTORY, Innovation, learn
from detector.detection.diagnosis.lattice import Lattice
from detector.detection.diagnosis.sample import BEFORE, Sample, sample
from detector.detection.diagnosis.scene import Neighbour, Scene
from detector.detection.diagnosis.suspects import Suspects, suspects
from detector.detection.faults import Column
from detector.detection.order import LEAST, is_kept, raw_values
from detector.detection.settings import ModelSettings
from detector.detection.view import View
from detector.detection.window import LOOK_BACK, Window

DEPENDENT = 2.0  # autocorrelation time above which paths are compared: chance alone reaches 1.5
_LONGER = 1.5  # times the longest rest of training: no ordinary one
_LAST, _FEW = 3, 8  # values, and records that hold them where none is missing
_LAWS = 64  # learned laws that are kept: the ages of one suspicion share them


class Watched(Protocol):
    """What a watch over the paths of the model's features knows, up to *record*."""

    def law(self, name: str, onset: int, record: int) -> Innovation | None:
        """The law of a feature's steps before *onset*, and where its path stood; None: unknown."""

    def startled(self, onset: int, record: int) -> set[str]:
        """Features that a record next to *onset* surprised as one in a thousand does."""

    def exchanged(self, name: str, onset: int) -> set[str]:
        """Features whose order with the feature was always kept, and is reversed since *onset*."""


def autocorrelation_time(view: View) -> float:
    """Rows that are worth one independent row; 1 for independent ones, and up to DEPENDENT."""
    reference = view.reference
    time = None if reference is None else reference.autocorrelation_time
    return time if time is not None and time > DEPENDENT else 1.0


def is_dependent(view: View) -> bool:
    """Whether the feature's training rows depended on their order."""
    return autocorrelation_time(view) > DEPENDENT


def is_ordered(view: View) -> bool:
    """Whether anything speaks for a memory of the training rows: their order was no chance."""
    reference = view.reference
    return reference is not None and (reference.autocorrelation_time or 1.0) > 1


class Surroundings:
    """Catalogues and learned laws of a model's features, made when they are first asked for."""

    def __init__(self, views: Sequence[View], settings: ModelSettings, watched: Watched) -> None:
        self._watched = watched
        self.views = {view.name: view for view in views}
        self._indices = {view.name: i for i, view in enumerate(views)}
        self._names = [view.name for view in views]
        self._settings = settings
        self._suspects: dict[str, Suspects] = {}
        self._laws: dict[tuple[str, int], Innovation | None] = {}

    def name(self, feature: int) -> str:
        """The name of a feature by its index."""
        return self._names[feature]

    def suspects(self, name: str) -> Suspects:
        """The catalogue of a feature."""
        if name not in self._suspects:
            column = Column(
                view=self.views[name], views=self.views, versions=self._settings.versions
            )
            self._suspects[name] = suspects(column)
        return self._suspects[name]

    def sample(self, name: str, window: Window, onset: int, record: int) -> Sample:
        """The values of a feature around *onset*."""
        return sample(window, self._indices[name], onset, record)

    def other(
        self, name: str, window: Window, onset: int, record: int
    ) -> tuple[Sample, Lattice | None]:
        """Another feature over the same records, and its training grid."""
        return self.sample(name, window, onset, record), self.suspects(name).lattice

    def law(self, name: str, window: Window, onset: int, record: int) -> Innovation | None:
        """What an ordinary step of the feature is, learned from the records before *onset*."""
        watched = self._watched.law(name, onset, record)
        if watched is not None:
            return watched
        key = (name, onset)
        if key not in self._laws:
            first = max(onset - HISTORY, record - LOOK_BACK + 1, 0)
            known = self.views[name].law
            history = window.slice(self._indices[name], first, onset - 1).values
            learnable = onset > first and known is not None
            self._keep(key, learn(history, known.knots) if learnable and known else None)
        return self._laws[key]

    def _keep(self, key: tuple[str, int], law: Innovation | None) -> None:
        if len(self._laws) >= _LAWS:
            self._laws.pop(next(iter(self._laws)))
        self._laws[key] = law

    def rest_too(self, name: str, window: Window, record: int, run: int) -> bool:
        """Whether other columns rest for longer than they ever did in training within the last
        *run* records, half of which at least: the recording failed, no step of the preprocessing.
        """
        for other, view in self.views.items():
            if other == name or view.reference is None or not is_dependent(view):
                continue
            values = window.slice(self._indices[other], record - run + 1, record).values
            ends = np.flatnonzero(np.diff(values, append=np.nan))
            rest = int(np.diff(ends, prepend=-1).max(initial=0))
            if rest > max(_LONGER * (view.reference.longest_run or 1), run / 2):
                return True
        return False

    def scene(self, name: str, window: Window, onset: int, record: int) -> Scene | None:
        """The feature's path since *onset*; None where too little is known of what came before."""
        law = self.law(name, window, onset, record)
        if law is None:
            return None
        seen = self.sample(name, window, onset, record)

        def neighbour(other: str) -> Neighbour | None:
            theirs = self.law(other, window, onset, record)
            if theirs is None:
                return None
            there = self.sample(other, window, onset, record)
            return Neighbour(there.since, there.before, theirs, self.suspects(other))

        def last(other: str) -> FloatArray:
            first = max(onset - BEFORE, record - LOOK_BACK + 1, 0)
            found = np.zeros(0)
            for since in (max(onset - _FEW, first), first):  # the last few hold three values mostly
                if onset <= since:
                    break
                found = window.slice(self._indices[other], since, onset - 1).values[-_LAST:]
                if len(found) == _LAST:
                    return found
            return found

        return Scene(
            own=self.suspects(name),
            values=seen.since,
            before=seen.before,
            law=law,
            together=sorted(self._watched.startled(onset, record) - {name}),
            others=neighbour,
            last=last,
            turned=sorted(self._watched.exchanged(name, onset)),
            less=lambda other: self._difference(name, other, window, onset, record),
        )

    def _difference(
        self, name: str, other: str, window: Window, onset: int, record: int
    ) -> Difference | None:
        """One feature less another around *onset*; None where their order says nothing."""
        first = max(onset - HISTORY, record - LOOK_BACK + 1, 0)
        if onset - first < LEAST:
            return None
        mine, theirs = (
            raw_values(window, self._indices[n], self.views[n], first, record + 1)
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
