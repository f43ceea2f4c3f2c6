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
_PRECISION = 0.1  # messages
_QUARTILES = 1.349  # interquartile range of the normal law in standard deviations


def expected_delay(table: Table, view: View, shift: float, threshold: float) -> float | None:
    """Messages until the statistic reaches *threshold* after a shift, to first order.

    The n for which sum_j w_j exp(g_j n) / (1 - exp(-g_j)) is the threshold, where g_j is the mean
    growth
    of an alternative's evidence a message: the Shiryaev-Roberts statistic without its noise.
    Without a
    reference the values are taken to be normal. None where no alternative grows: the shift is
    within
    tolerance, or nothing can be tested.
    """
    law = _shifted(table, view, shift)
    if law is None or not len(table.weights):
        return None
    growth = law @ table.log_e
    rises = growth > 0
    if not rises.any():
        return None
    g = growth[rises]
    start = np.log(table.weights[rises]) - np.log(-np.expm1(-g))
    low, high = 0.0, float(np.min((log(threshold) - start) / g))
    while high - low > _PRECISION:
        middle = (low + high) / 2
        reached = np.logaddexp.reduce(start + g * middle) >= log(threshold)
        low, high = (low, middle) if reached else (middle, high)
    return max(high, 1.0)


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
