"""Laws that a departed feature may follow: shifts, stretches, constants, clips, every catalogue
fault.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.departure.training_bins import TrainingBins
from detector.detection.faults import Column, Fault, catalogue
from detector.detection.faults.columns import swapped_values

SHIFTS = (0.2, 0.35, 0.6, 1.0, 1.6, 3.0, 6.0)  # training scales
STRETCHES = (0.05, 0.3, 0.5, 0.7, 0.8, 1.25, 1.5, 1.8, 3.0, 10.0)
MIXED = ((-1.5, 0.4), (-1.5, 2.5), (1.5, 0.4), (1.5, 2.5))
SHARES = (0.1, 0.5)  # of the records that fall into one bin
CLIPS = (0.65, 0.75, 0.85, 0.92, 0.96, 0.985)
MAX_COLUMN_LAWS = 16  # other columns' laws a feature keeps: they grow with the number of features
SKETCH = 16  # of how many quantiles one is looked at to choose them
_MIX = 0.001  # of the uniform law in each alternative: no single value may wipe a statistic


def alternatives(bins: TrainingBins, column: Column) -> tuple[FloatArray, FloatArray]:
    """Laws on the bins, shape (j, k), and their weights, shape (j,)."""
    values, weights = zip(*_values(bins, column), strict=True)
    laws = np.concatenate([bins.probabilities(np.array(values)), _constants(bins)])
    weight = np.concatenate([weights, _constant_weights(bins)])
    _, first = np.unique(np.round(laws, 3), axis=0, return_index=True)
    kept = np.sort(first)
    return (1 - _MIX) * laws[kept] + _MIX / bins.count, weight[kept]


def _values(bins: TrainingBins, column: Column) -> Iterator[tuple[FloatArray, float]]:
    """Equally likely values of each law, shape (n,), and its weight."""
    knots, mean, std = bins.law.knots, bins.law.mean, bins.law.std
    for shift in SHIFTS:
        for sign in (1.0, -1.0):
            yield knots + sign * shift * std, 2.0
    for stretch in STRETCHES:
        yield mean + stretch * (knots - mean), 1.5
    for shift, stretch in MIXED:
        yield mean + shift * std + stretch * (knots - mean), 0.5
    for values in _faulty(bins, column):
        yield values, 1.0
    for level in CLIPS:
        low, high = np.quantile(knots, [1 - level, level])
        for lower, upper in ((low, high), (low, np.inf), (-np.inf, high)):
            yield np.clip(knots, lower, upper), 0.7


def _constants(bins: TrainingBins) -> FloatArray:
    """Training mixed with one bin that holds a share of its own, shape (2 k, k)."""
    training, only = bins.training(), np.eye(bins.count)
    return np.concatenate([(1 - share) * training + share * only for share in SHARES])


def _constant_weights(bins: TrainingBins) -> FloatArray:
    weights = [0.5 if number in bins.constants else 0.15 for number in range(bins.count)]
    return np.array(weights * len(SHARES))


def _faulty(bins: TrainingBins, column: Column) -> Iterator[FloatArray]:
    """T(training) for every fault T of the catalogue, other columns' merged."""
    faults = catalogue(column)
    others = [fault for fault in faults if fault.feature is not None]
    for fault in faults:
        if fault.feature is None:
            yield _arriving(bins, column, fault)
    for fault in _spread_out(bins, column, others):
        yield _arriving(bins, column, fault)


def _arriving(bins: TrainingBins, column: Column, fault: Fault, every: int = 1) -> FloatArray:
    """What arrives for every so many of the training quantiles; as many values for every fault."""
    with np.errstate(all="ignore"):
        if fault.map is not None:
            return np.asarray(fault.map.forward(bins.law.knots[::every]), np.float64)
        law = column.views[fault.feature or ""].law
        theirs = bins.law.knots if law is None else law.knots
        if len(theirs) != len(bins.law.knots):
            at = np.arange(len(bins.law.knots)) + 0.5
            theirs = theirs[(at * len(theirs) / len(bins.law.knots)).astype(int)]
        return swapped_values(column.view, column.views[fault.feature or ""], theirs[::every])


def _spread_out(bins: TrainingBins, column: Column, faults: Sequence[Fault]) -> list[Fault]:
    """At most MAX_COLUMN_LAWS of *faults*, the law of each next one the farthest from those
    kept.
    """
    if len(faults) <= MAX_COLUMN_LAWS:
        return list(faults)
    sketches = np.array([_arriving(bins, column, fault, SKETCH) for fault in faults])
    roots = np.sqrt(bins.probabilities(sketches))
    kept = [0]
    distance = np.square(roots - roots[0]).sum(axis=1)
    while len(kept) < MAX_COLUMN_LAWS:
        kept.append(int(np.argmax(distance)))
        distance = np.minimum(distance, np.square(roots - roots[kept[-1]]).sum(axis=1))
    return [faults[i] for i in kept]
