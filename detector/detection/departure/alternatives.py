"""Laws that a departed feature may follow: shifts, stretches, constants, clips, and every
catalogue fault.
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
    laws, weights = [], []
    for law, weight in _laws(bins, column):
        laws.append((1 - _MIX) * law + _MIX / bins.count)
        weights.append(weight)
    return np.array(laws), np.array(weights)


def _laws(bins: TrainingBins, column: Column) -> Iterator[tuple[FloatArray, float]]:
    knots, mean, std = bins.law.knots, bins.law.mean, bins.law.std
    training = bins.training()
    for shift in SHIFTS:
        for sign in (1.0, -1.0):
            yield bins.probabilities(knots + sign * shift * std), 2.0
    for stretch in STRETCHES:
        yield bins.probabilities(mean + stretch * (knots - mean)), 1.5
    for shift, stretch in MIXED:
        yield bins.probabilities(mean + shift * std + stretch * (knots - mean)), 0.5
    for number in range(bins.count):
        only = np.zeros(bins.count)
        only[number] = 1.0
        weight = 0.5 if number in bins.constants else 0.15
        for share in SHARES:
            yield (1 - share) * training + share * only, weight
    for law in _catalogue_laws(bins, column):
        yield law, 1.0
    for level in CLIPS:
        low, high = np.quantile(knots, [1 - level, level])
        for lower, upper in ((low, high), (low, np.inf), (-np.inf, high)):
            yield bins.probabilities(np.clip(knots, lower, upper)), 0.7


def _catalogue_laws(bins: TrainingBins, column: Column) -> list[FloatArray]:
    """T(training) for every fault T of the catalogue, equal ones once, other columns' merged."""
    faults = catalogue(column)
    own = [fault for fault in faults if fault.feature is None]
    others = _spread_out(bins, column, [fault for fault in faults if fault.feature is not None])
    return _distinct(_law(bins, column, fault) for fault in own + others)


def _law(bins: TrainingBins, column: Column, fault: Fault, every: int = 1) -> FloatArray | None:
    """The law of faulty values, from every so many of the training quantiles; None where it has
    none.
    """
    with np.errstate(all="ignore"):
        if fault.map is not None:
            values = fault.map.forward(bins.law.knots[::every])
        else:
            other = column.views[fault.feature or ""]
            if other.law is None:
                return None
            values = swapped_values(column.view, other, other.law.knots[::every])
    values = np.asarray(values)[~np.isnan(values)]
    return bins.probabilities(values) if len(values) else None


def _distinct(laws: Iterator[FloatArray | None]) -> list[FloatArray]:
    found: dict[bytes, FloatArray] = {}
    for law in laws:
        if law is not None:
            found.setdefault(np.round(law, 3).tobytes(), law)
    return list(found.values())


def _spread_out(bins: TrainingBins, column: Column, faults: Sequence[Fault]) -> list[Fault]:
    """At most MAX_COLUMN_LAWS of *faults*, the law of each next one the farthest from those
    kept.
    """
    if len(faults) <= MAX_COLUMN_LAWS:
        return list(faults)
    sketched = [(f, _law(bins, column, f, SKETCH)) for f in faults]
    known = [(fault, law) for fault, law in sketched if law is not None]
    roots = np.sqrt(np.array([law for _, law in known]))
    kept = [0]
    distance = np.square(roots - roots[0]).sum(axis=1)
    while len(kept) < min(MAX_COLUMN_LAWS, len(known)):
        kept.append(int(np.argmax(distance)))
        distance = np.minimum(distance, np.square(roots - roots[kept[-1]]).sum(axis=1))
    return [known[i][0] for i in kept]
