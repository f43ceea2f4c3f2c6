"""Severity as a test: the widest tolerance that the window since the onset refutes.

Each rung is the departure test itself with a wider tolerance, so a severity that is reported has
been
proven, not estimated. The tables of the upper rungs are made when a feature first departs; what
training is held against is the same on all of them.
"""

from dataclasses import dataclass, replace

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.departure import Against, against_training, evidence_table, table_of
from detector.detection.faults import Column
from detector.detection.settings import FeatureSettings, Tolerance
from detector.events import Severity

RUNGS: tuple[tuple[float, Severity], ...] = ((20.0, "critical"), (5.0, "warning"))
REFUTED = 1000.0  # evidence at which a tolerance counts as left behind


@dataclass(frozen=True, slots=True)
class Rung:
    """The departure test with one tolerance; as in a ``Table``."""

    edges: FloatArray
    log_e: FloatArray
    weights: FloatArray


class Ladder:
    """The wider tolerances of one feature."""

    def __init__(self, column: Column, settings: FeatureSettings) -> None:
        self._column = column
        self._settings = settings
        self._against: Against | None = None
        self._rungs: dict[float, Rung] = {}

    def severity(self, values: FloatArray) -> Severity:
        """The highest rung that valid *values*, shape (n,), refute; ``info`` if none."""
        for factor, name in RUNGS:
            if self._refutes(self._rung(factor), values):
                return name
        return "info"

    @staticmethod
    def _refutes(rung: Rung, values: FloatArray) -> bool:
        """Whether the mixture of the alternatives' evidence reaches REFUTED."""
        if not len(rung.weights) or not len(values):
            return False
        numbers = np.searchsorted(rung.edges, values)
        sums = np.bincount(numbers, minlength=len(rung.edges) + 1) @ rung.log_e
        return bool(np.logaddexp.reduce(sums + np.log(rung.weights)) >= np.log(REFUTED))

    def _rung(self, factor: float) -> Rung:
        if factor not in self._rungs:
            self._rungs[factor] = self._made(widened(self._settings, factor))
        return self._rungs[factor]

    def _made(self, tolerance: Tolerance) -> Rung:
        law = self._column.view.law
        if law is None:
            table = table_of(self._column, replace(self._settings, tolerance=tolerance))
            return Rung(table.edges, table.log_e, table.weights)
        if self._against is None:
            self._against = against_training(self._column, law)
        log_e, weights = evidence_table(
            self._against, self._column, law, tolerance, self._settings.accept_decimals
        )
        edges = self._against.bins.edges
        if len(self._rungs) == len(RUNGS) - 1:
            self._against = None  # no other rung will ask
        return Rung(edges, log_e, weights)


def widened(settings: FeatureSettings, factor: float) -> Tolerance:
    """The tolerance times *factor*: shift times it, scale by as many times its excess over 1."""
    own = settings.tolerance
    return Tolerance(shift=factor * own.shift, scale=1 + factor * (own.scale - 1))
