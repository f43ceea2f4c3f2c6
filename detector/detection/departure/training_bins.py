"""Bins on the training quantiles, and any law as probabilities of these bins."""

from dataclasses import dataclass

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.view import Law, View

PROBABILITIES = np.concatenate(
    [
        [0.001, 0.005, 0.01, 0.025],
        np.arange(0.05, 0.951, 0.05),
        [0.975, 0.99, 0.995, 0.999],
    ]
)
FAR = np.array([0.5, 2.0, 8.0, 100.0])  # bins beyond the training range, in ranges
NEAR = np.array([0.1, 0.2, 0.4, 0.8])  # and in training scales: a skewed law's range is wide
EMPTY = 0.25  # rows that a bin counts as having seen at least: what 1.5/n can reach with its error
UNLISTED_ATOM = 0.003  # share below which `fit` does not list a value as an atom
_NARROW = 1e-7  # half-width of the bin of one value, in training scales: float error of a transport


@dataclass(frozen=True, slots=True)
class TrainingBins:
    """Bins of one feature in the topic's unit.

    edges:    ascending, shape (k - 1,); bin b holds edges[b-1] < x <= edges[b].
    constants: numbers of the bins that hold one value only, with the share they may have had in
               training.
    """

    edges: FloatArray
    constants: dict[int, float]
    law: Law

    @property
    def count(self) -> int:
        """Number of bins."""
        return len(self.edges) + 1

    def probabilities(self, values: FloatArray) -> FloatArray:
        """The law of equally likely *values* on the bins: shape (n,) gives (k,), (j, n) gives (j,
        k).

        Smoothed as if each bin had seen EMPTY rows of a training set of the reference's size.
        What is
        not a number lies in the lowest bin.
        """
        table = np.atleast_2d(values)
        j, n = table.shape
        numbers = np.searchsorted(self.edges, np.where(np.isnan(table), -np.inf, table))
        numbers += np.arange(j)[:, None] * self.count
        counts = np.bincount(numbers.ravel(), minlength=j * self.count).reshape(j, self.count)
        rows = counts * (self.law.count / n) + EMPTY
        laws = rows / rows.sum(axis=1, keepdims=True)
        return np.asarray(laws if values.ndim > 1 else laws[0], np.float64)

    def training(self) -> FloatArray:
        """The training law on the bins, shape (k,); single values at the share they may have
        had.
        """
        p = self.probabilities(self.law.knots)
        for bin_number, share in self.constants.items():
            p[bin_number] = max(p[bin_number], share)
        return np.asarray(p / p.sum(), np.float64)


def training_bins(view: View, law: Law) -> TrainingBins:
    """Bins on the quantiles of *law*, beyond its range, and around constants that faults put in."""
    width = (law.high - law.low) or law.std
    values = np.unique(np.concatenate([law.knots, [v for v, _ in law.atoms], [law.low, law.high]]))
    wanted = np.quantile(law.knots, PROBABILITIES, method="inverted_cdf")
    above = values[np.minimum(np.searchsorted(values, wanted, side="right"), len(values) - 1)]
    inner = np.unique((wanted + above)[above > wanted] / 2)
    beyond = np.unique(np.concatenate([NEAR * law.std, FAR * width]))
    edges = np.concatenate([law.low - beyond[::-1], inner, law.high + beyond])
    constants: dict[float, float] = {}
    half = _NARROW * law.std
    for value in _constants(view, law):
        near = [share for atom, share in law.atoms if abs(atom - value) <= half]
        known = law.low <= value <= law.high
        constants[value] = sum(near) or max(UNLISTED_ATOM if known else 0.0, 3 / law.count)
        apart = np.abs(edges - value) > half
        edges = np.concatenate([edges[apart], [value - half, value + half]])
    edges = np.unique(edges)
    numbers = {int(np.searchsorted(edges, v)): share for v, share in constants.items()}
    return TrainingBins(edges=edges, constants=numbers, law=law)


def _constants(view: View, law: Law) -> list[float]:
    """Zero and the training mean: what imputation puts in."""
    raw = np.array([0.0])
    zero = float(raw[0]) if view.values == "raw" else float(view.scaler.transform(raw)[0])
    apart = abs(zero - law.mean) > 4 * _NARROW * law.std
    candidates = [zero, law.mean] if apart else [law.mean]
    return [v for v in candidates if np.isfinite(v)]
