"""What a false-alarm budget means: how many messages a shift of the location takes to be found."""

from math import log
from statistics import NormalDist

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.departure.table import Table
from detector.detection.departure.training_bins import training_bins
from detector.detection.view import View
from detector.scaler import RobustParameters, StandardParameters
from detector.scaler.scaler import apply_before

SHIFTS = (0.5, 1.0, 3.0)  # training scales
_QUARTILES = 1.349  # interquartile range of the normal law in standard deviations


def expected_delay(table: Table, view: View, shift: float, threshold: float) -> float | None:
    """Messages until the statistic reaches *threshold* after a shift, to first order.

    ln(threshold / weight) over the growth of the evidence a message, for the alternative that is
    quickest (Lorden 1971). Without a reference the values are taken to be normal. None where no
    alternative grows: the shift is within tolerance, or nothing can be tested.
    """
    law = _shifted(table, view, shift)
    if law is None or not len(table.weights):
        return None
    growth = law @ table.log_e
    rises = growth > 0
    if not rises.any():
        return None
    needed = log(threshold) - np.log(table.weights[rises])
    return float(np.min(needed / growth[rises]))


def _shifted(table: Table, view: View, shift: float) -> FloatArray | None:
    """The shifted law on the bins of *table*, shape (k,)."""
    if view.law is not None:
        bins = training_bins(view, view.law)
        return bins.probabilities(view.law.knots + shift * view.law.std)
    match view.parameters:
        case StandardParameters():
            normal = NormalDist(shift, 1.0)
        case RobustParameters():
            normal = NormalDist(shift, 1 / _QUARTILES)
        case _:
            return None
    centre, spread = view.parameters.centre, view.parameters.spread
    with np.errstate(all="ignore"):
        z = (np.nan_to_num(apply_before(view.before, table.edges), nan=-np.inf) - centre) / spread
    below = np.array([0.0, *(normal.cdf(float(edge)) for edge in z), 1.0])
    return np.diff(below)
