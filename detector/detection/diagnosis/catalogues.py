"""The catalogues of a model's features, made when they are first asked for."""

from collections.abc import Sequence

from msgspec.structs import astuple

from detector.detection.diagnosis.before import Before
from detector.detection.diagnosis.lattice import Lattice, lattice_of
from detector.detection.diagnosis.others import Others
from detector.detection.diagnosis.suspects import Suspects, suspects
from detector.detection.diagnosis.upon import known_fault
from detector.detection.faults import Column
from detector.detection.settings import ModelSettings
from detector.detection.view import View
from detector.events import Diagnosis

DEPENDENT = 2.0  # autocorrelation time above which paths are compared: chance alone reaches 1.5
_KEPT = 16  # catalogues under a fault


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


class Catalogues:
    """What each feature of a model may have suffered, and the training grids that tell of it."""

    def __init__(self, views: Sequence[View], settings: ModelSettings) -> None:
        self.views = {view.name: view for view in views}
        self.others = Others(self.views)
        self._settings = settings
        self._suspects: dict[str, Suspects] = {}
        self._named: dict[tuple[object, ...], Before] = {}
        self._columns: dict[str, Column] = {}
        self._lattices: dict[str, Lattice | None] = {}

    def suspects(self, name: str) -> Suspects:
        """The catalogue of a feature."""
        if name not in self._suspects:
            self._suspects[name] = suspects(self.column(name), self.lattice(name), self.others)
        return self._suspects[name]

    def column(self, name: str) -> Column:
        """A feature among the others."""
        if name not in self._columns:
            self._columns[name] = Column(
                view=self.views[name], views=self.views, versions=self._settings.versions
            )
        return self._columns[name]

    def lattice(self, name: str) -> Lattice | None:
        """The grid of a feature's training values."""
        if name not in self._lattices:
            self._lattices[name] = lattice_of(self.views[name])
        return self._lattices[name]

    def before(self, name: str, named: Diagnosis | None) -> Before | None:
        """The fault of a feature that is there already, as the laws take it; None without one."""
        if named is None:
            return None
        figures = named.transform
        key = (name, named.cause, named.variant, None if figures is None else astuple(figures))
        if key not in self._named:
            if len(self._named) >= _KEPT:
                self._named.pop(next(iter(self._named)))
            self._named[key] = known_fault(
                self.suspects(name), named, is_dependent=is_dependent(self.views[name])
            )
        return self._named[key]
