"""Departure tests that need no more than the scaler's parameters, valid for any law of the values.

Standard and robust scalers: shift and upward spread. Shrinking cannot be tested without a bound
on the
tails (Bahadur and Savage 1956), except that quartiles bound the mass near the median. Min-max and
max-abs: range only. Every e-value is tabulated by its infimum over a bin, which keeps it one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.departure.table import Table, nothing_to_test
from detector.detection.settings import Tolerance
from detector.detection.view import View
from detector.events import SignalKind
from detector.scaler import (
    IdentityParameters,
    MaxAbsParameters,
    MinMaxParameters,
    Parameters,
    RobustParameters,
    StandardParameters,
)
from detector.scaler.scaler import undo_before

SHIFT_RATES = (
    0.03,
    0.1,
    0.3,
    1.0,
)  # Catoni: small rates find small shifts, large ones react sooner
SPREAD_RATES = (0.001, 0.01, 0.05, 0.3)
MAJORITIES = (
    0.6,
    0.75,
    0.9,
    0.99,
)  # shares that a fault may give an event that half the rows may have
OUTSIDE_SHARES = (0.05, 0.3, 0.9)
OUTSIDE_ROWS = 8.0  # rows out of n that a sound stream may have beyond the widened training range
ASSUMED_COUNT = 1000  # rows of training where the file does not say
FLOOR = 0.001  # weight of the e-value 1 in each: a single far value must not wipe a statistic
SCORE_LIMIT = 3.3
_FINE = np.arange(-64, 65) / 16
_FAR = 4 * 1.25 ** np.arange(1, 26)  # out to a thousand training scales
_ROBUST_SCORE = 1.349  # interquartile range of the normal law in standard deviations


@dataclass(slots=True)
class _Bins:
    """Bins of z, and e-values by their infimum over a bin."""

    edges: FloatArray
    columns: list[FloatArray] = field(default_factory=list)
    kinds: list[SignalKind] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    @property
    def low(self) -> FloatArray:
        """Lower end of each bin."""
        return np.concatenate([[-np.inf], self.edges])

    @property
    def high(self) -> FloatArray:
        """Upper end of each bin."""
        return np.concatenate([self.edges, [np.inf]])

    def add(self, kind: SignalKind, weight: float, e: FloatArray) -> None:
        """Add an alternative by its e-value in each bin."""
        self.columns.append(np.log((1 - FLOOR) * e + FLOOR))
        self.kinds.append(kind)
        self.weights.append(weight)

    def add_monotone(
        self, kind: SignalKind, weight: float, e: Callable[[FloatArray], FloatArray]
    ) -> None:
        """Add an e-value that is monotone in z: its infimum stands at an end of the bin."""
        with np.errstate(all="ignore"):
            self.add(kind, weight, np.minimum(e(self.low), e(self.high)))

    def add_event(
        self, kind: SignalKind, weight: float, hit: FloatArray, p0: float, q: float
    ) -> None:
        """Add the likelihood ratio of an event that has probability *p0* at most, *q* under a
        fault.
        """
        self.add(kind, weight, np.where(hit > 0, q / p0, (1 - q) / (1 - p0)))


def scaler_only_table(view: View, tolerance: Tolerance) -> Table:
    """The table for a feature without reference; without alternatives for an identity scaler."""
    parameters = view.parameters
    match parameters:
        case StandardParameters():
            bins = _standard(tolerance)
        case RobustParameters():
            bins = _robust(tolerance)
        case MinMaxParameters() | MaxAbsParameters():
            bins = _range(parameters, tolerance)
        case IdentityParameters():
            return nothing_to_test()
    weights = np.array(bins.weights)
    edges = _topic_edges(view, bins.edges)
    return Table(
        edges=edges,
        log_e=np.array(bins.columns).T,
        weights=weights / weights.sum(),
        kinds=tuple(bins.kinds),
        scores=_scores(parameters, bins),
    )


def _standard(tolerance: Tolerance) -> _Bins:
    bins = _Bins(np.concatenate([-_FAR[::-1], _FINE, _FAR]))
    variance = (
        tolerance.scale**2 + tolerance.shift**2
    )  # second moment about the training mean, at most
    for rate in SHIFT_RATES:
        for sign in (1.0, -1.0):
            bins.add_monotone("location", 1.0, _catoni(rate, sign, tolerance.shift, variance))
    nearest = np.where(
        bins.low >= 0, bins.low, np.where(bins.high <= 0, -bins.high, 0.0)
    )  # distance of each bin from zero: where z squared is smallest
    for rate in SPREAD_RATES:
        bins.add("spread", 1.0, 1 + rate * (np.square(nearest) / variance - 1))
    return bins


def _catoni(
    rate: float, sign: float, shift: float, variance: float
) -> Callable[[FloatArray], FloatArray]:
    """Catoni's influence function as an e-value: E exp(phi(l z)) <= 1 + l tau + l^2 V / 2.

    Wang and Ramdas, arXiv 2202.01250.
    """
    bound = 1 + rate * shift + rate**2 * variance / 2

    def e(z: FloatArray) -> FloatArray:
        y = rate * sign * z
        size = 1 + np.abs(y) + np.square(y) / 2
        return np.where(y >= 0, size, 1 / size) / bound

    return e


def _robust(tolerance: Tolerance) -> _Bins:
    """Three quartiles bound four events: above, below, far from and near to the median."""
    far = tolerance.shift + tolerance.scale
    near = 1 / (2 * tolerance.scale) - tolerance.shift
    below = np.nextafter(-tolerance.shift, -np.inf)
    marks = [below, tolerance.shift, np.nextafter(-far, -np.inf), far]
    marks += [-near, np.nextafter(near, -np.inf)] if near > 0 else []
    coarse = np.concatenate([-_FAR[::-1], _FINE, _FAR])
    bins = _Bins(np.unique(np.concatenate([coarse, marks])))
    low, high = bins.low, bins.high
    above, under = low >= tolerance.shift, high <= below
    outside = (low >= far) | (high <= np.nextafter(-far, -np.inf))
    for q in MAJORITIES:
        bins.add_event("location", 1.0, above.astype(float), 0.5, q)
        bins.add_event("location", 1.0, under.astype(float), 0.5, q)
        bins.add_event("spread", 1.0, outside.astype(float), 0.5, q)
    if near > 0:
        inside = (low >= -near) & (high <= np.nextafter(near, -np.inf))
        for q in MAJORITIES[2:]:
            bins.add_event("spread", 1.0, inside.astype(float), 0.75, q)
    return bins


def _range(parameters: MinMaxParameters | MaxAbsParameters, tolerance: Tolerance) -> _Bins:
    """Values beyond every location-scale image of the training range within tolerance."""
    half = 1.0 if isinstance(parameters, MaxAbsParameters) else 0.5
    limit = half * tolerance.scale + tolerance.shift
    coarse = np.concatenate([-_FAR[::-1], _FINE, _FAR])
    lower = np.nextafter(-limit, -np.inf)
    bins = _Bins(np.unique(np.concatenate([coarse, [lower, limit]])))
    outside = ((bins.low >= limit) | (bins.high <= lower)).astype(float)
    for q in OUTSIDE_SHARES:
        bins.add_event("range", 1.0, outside, OUTSIDE_ROWS / ASSUMED_COUNT, q)
    return bins


def _scores(parameters: Parameters, bins: _Bins) -> FloatArray:
    """Middle of each bin in rough standard deviations, limited, for ADWIN."""
    with np.errstate(invalid="ignore"):
        middle = np.clip((bins.low + bins.high) / 2, -1e6, 1e6)
    factor = {"robust": _ROBUST_SCORE, "minmax": 4.0, "maxabs": 3.0}.get(parameters.kind, 1.0)
    return np.clip(middle * factor, -SCORE_LIMIT, SCORE_LIMIT)


def _topic_edges(view: View, z: FloatArray) -> FloatArray:
    """Edges of z in the topic's unit; ``before`` is increasing, so bins stay bins."""
    centre, spread = view.parameters.centre, view.parameters.spread
    edges = z * (spread or 1.0) + (centre or 0.0)
    if view.before == "sqrt":  # below zero nothing is defined: all of it is the lowest bin
        edges = np.where(edges < 0, np.nextafter(0.0, -1.0), np.square(edges))
        return np.maximum.accumulate(edges)
    edges = undo_before(view.before, edges)
    return np.maximum.accumulate(np.nan_to_num(edges, posinf=np.finfo(float).max))
