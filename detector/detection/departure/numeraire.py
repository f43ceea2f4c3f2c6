"""E-values of alternatives against a composite null class: reverse information projection.

For an alternative q the log-optimal e-value is q / p*, where p* is the law of the convex hull of
the null
class that is nearest to q (Larsson, Ramdas and Ruf, Annals of Statistics 2025, arXiv 2402.18810).
It is found
by expectation maximisation over the weights of the null laws.

Each null law is known only up to the sampling error of n training rows, so each is widened: under
the true
law the mean of an e-value e may be larger than under the estimated one by LIMIT standard errors,
LIMIT sqrt(Var e / n), which is the mean under the law p (1 + LIMIT (e - E e) / (sd(e) sqrt(n))).
"""

import numpy as np

from detector.detection.batch import FloatArray

LIMIT = (
    2.0  # standard errors of the training law; benchmarks/false_alarms.py measures what it keeps
)
STEPS = 60  # more change no e-value by a hundredth
_SLACK = 1.002  # what may be left between the grid of null laws and the continuum


def e_values(null: FloatArray, alternatives: FloatArray, rows: float) -> FloatArray:
    """E-values by alternative and bin, shape (j, k).

    null:         laws within tolerance, shape (i, k), every entry above zero.
    alternatives: shape (j, k).
    rows:         independent training rows that the null laws rest on.
    Under every null law, widened by its sampling error, each row has mean at most one.
    """
    j, i = len(alternatives), len(null)
    weights = np.full((j, i), 1.0 / i)
    nearest = weights @ null
    error = LIMIT / np.sqrt(rows)
    transposed = np.ascontiguousarray(null.T)
    for _ in range(STEPS):
        e = alternatives / nearest
        mean, tilt, most = _widened(e, transposed, error)
        weights *= most
        weights /= weights.sum(axis=1, keepdims=True)
        widened = (weights * (1 - tilt * mean)) @ null + e * ((weights * tilt) @ null)
        nearest = 0.5 * (nearest + widened)
    e = alternatives / nearest
    _, _, most = _widened(e, transposed, error)
    return np.asarray(e / (most.max(axis=1, keepdims=True) * _SLACK), np.float64)


def _widened(
    e: FloatArray, transposed: FloatArray, error: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean of each e-value under each null law, the tilt that widens it, and the mean then, (j,
    i).
    """
    mean = e @ transposed
    variance = np.maximum((e * e) @ transposed - mean * mean, 1e-300)
    tilt = np.minimum(error / np.sqrt(variance), 1 / mean)
    return mean, tilt, mean + tilt * variance
