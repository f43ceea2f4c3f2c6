"""Laws as order statistics of equal weight."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def middle_probabilities(n: int) -> FloatArray:
    """Where *n* order statistics of equal weight stand: (i + 0.5) / n, shape (n,)."""
    return (np.arange(n) + 0.5) / n


def order_statistics(ordered: FloatArray, size: int) -> tuple[FloatArray, FloatArray]:
    """Probabilities (i + 0.5) / k and the values of a sorted array that stand there, shape (k,),
    where k is *size* or the number of values, if that is less.
    """
    count = len(ordered)
    size = min(size, count)
    probabilities = middle_probabilities(size)
    picked = np.minimum((probabilities * count).astype(np.int64), count - 1)
    return probabilities, ordered[picked]
