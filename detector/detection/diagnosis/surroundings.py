"""What the diagnosis asks of the window: samples, paths and grids of a feature and others."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.innovation import HISTORY, Innovation, learn
from detector.detection.diagnosis.lattice import Lattice
from detector.detection.diagnosis.paths import Neighbour, Scene
from detector.detection.diagnosis.sample import BEFORE, Sample, sample
from detector.detection.diagnosis.suspects import Suspects, suspects
from detector.detection.faults import Column
from detector.detection.settings import ModelSettings
from detector.detection.view import View
from detector.detection.window import LOOK_BACK, Window

DEPENDENT = 2.0  # autocorrelation time above which paths are compared: chance alone reaches 1.5
_LAST, _FEW = 3, 8  # values, and records that hold them where none is missing
_LAWS = 64  # learned laws that are kept: the ages of one suspicion share them


class Watched(Protocol):
    """What a watch over the paths of the model's features knows, up to *record*."""

    def law(self, name: str, onset: int, record: int) -> Innovation | None:
        """The law of a feature's steps before *onset*, and where its path stood; None: unknown."""

    def startled(self, onset: int, record: int) -> set[str]:
        """Features that a record next to *onset* surprised as one in a thousand does."""


def autocorrelation_time(view: View) -> float:
    """Rows that are worth one independent row; 1 for independent ones, and up to DEPENDENT."""
    reference = view.reference
    time = None if reference is None else reference.autocorrelation_time
    return time if time is not None and time > DEPENDENT else 1.0


def is_dependent(view: View) -> bool:
    """Whether the feature's training rows depended on their order."""
    return autocorrelation_time(view) > DEPENDENT


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
            if len(self._laws) >= _LAWS:
                self._laws.pop(next(iter(self._laws)))
            first = max(onset - HISTORY, record - LOOK_BACK + 1, 0)
            known = self.views[name].law
            history = window.slice(self._indices[name], first, onset - 1).values
            learnable = onset > first and known is not None
            self._laws[key] = learn(history, known.knots) if learnable and known else None
        return self._laws[key]

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
        )
