"""Severity as a test: the widest tolerance that the window since the onset refutes.

Each rung is the departure test itself with a wider tolerance, so a severity that is reported has
been
proven, not estimated. The tables of the upper rungs are made when a feature first departs.
"""

from dataclasses import replace

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.departure import Table, table_of
from detector.detection.faults import Column
from detector.detection.settings import FeatureSettings, Tolerance
from detector.events import Severity

RUNGS: tuple[tuple[float, Severity], ...] = ((20.0, "critical"), (5.0, "warning"))
REFUTED = 1000.0  # evidence at which a tolerance counts as left behind


class Ladder:
    """The wider tolerances of one feature."""

    def __init__(self, column: Column, settings: FeatureSettings) -> None:
        self._column = column
        self._settings = settings
        self._tables: dict[float, Table] = {}

    def severity(self, values: FloatArray) -> Severity:
        """The highest rung that valid *values*, shape (n,), refute; ``info`` if none."""
        for factor, name in RUNGS:
            if self._refutes(self._table(factor), values):
                return name
        return "info"

    @staticmethod
    def _refutes(table: Table, values: FloatArray) -> bool:
        """Whether the mixture of the alternatives' evidence reaches REFUTED."""
        if not len(table.weights) or not len(values):
            return False
        numbers = np.searchsorted(table.edges, values)
        sums = np.bincount(numbers, minlength=table.n_bins) @ table.log_e
        return bool(np.logaddexp.reduce(sums + np.log(table.weights)) >= np.log(REFUTED))

    def _table(self, factor: float) -> Table:
        if factor not in self._tables:
            self._tables[factor] = table_of(
                self._column, replace(self._settings, tolerance=widened(self._settings, factor))
            )
        return self._tables[factor]


def widened(settings: FeatureSettings, factor: float) -> Tolerance:
    """The tolerance times *factor*: shift times it, scale by as many times its excess over 1."""
    own = settings.tolerance
    return Tolerance(shift=factor * own.shift, scale=1 + factor * (own.scale - 1))
