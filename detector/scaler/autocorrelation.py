"""How many rows in their order are worth one independent row."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_MIN_BLOCKS = 16  # fewer block means say little about their variance
_NOISE = 1.1  # below it, independent rows and chance
_DOUBT = 2.0  # below it the lower end of the estimate is taken: noise must not slow the tests


def autocorrelation_time(values: FloatArray, laws: IntArray | None = None) -> float:
    """Integrated autocorrelation time in rows, 1 for independent ones.

    The largest over block lengths 2^k of V_k = 2^k mean((b_i - b_(i-1))^2 / 2) / variance, where
    b are block means of the normal score of the rank, and of its magnitude (volatility depends on
    the past where the value does not). The von Neumann difference takes out slow trends. For an
    AR(1) of coefficient r, V_k goes to (1 + r) / (1 - r).

    laws: which law each value is from, shape (n,); ranks are then within the law, since a season
          that is known is no dependence. None: all of one.
    """
    scores = normal_scores(values) if laws is None else np.zeros(len(values))
    for law in () if laws is None else np.unique(laws):
        scores[laws == law] = normal_scores(values[laws == law])
    largest = max(_largest_ratio(scores), _largest_ratio(np.abs(scores)))
    return largest if largest > _NOISE else 1.0


def _largest_ratio(scores: FloatArray) -> float:
    centred = scores - scores.mean()
    variance = float(centred.var())
    largest, size = 1.0, 1
    while variance > 0 and len(centred) // size >= _MIN_BLOCKS:
        blocks = len(centred) // size
        means = centred[: blocks * size].reshape(blocks, size).mean(axis=1)
        ratio = size * float(np.mean(np.diff(means) ** 2)) / 2 / variance
        cautious = ratio / (1 + 2 * np.sqrt(1.5 / blocks))  # less two standard errors
        largest = max(largest, float(cautious) if cautious < _DOUBT else ratio)
        size *= 2
    return largest


def normal_scores(values: FloatArray) -> FloatArray:
    """The standard normal quantile of each value's rank, (rank - 0.5) / n; ties share a rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return normal_quantile((ranks - 0.5) / len(values))[place]


def normal_quantile(probability: FloatArray) -> FloatArray:
    """Inverse of the standard normal distribution function, shape as given, to 1.2e-9 of itself.

    P. J. Acklam's rational approximation (2003): scipy costs a second of start-up.

    >>> normal_quantile(np.array([0.5, 0.975])).round(6).tolist()
    [0.0, 1.959964]
    """
    tail = np.minimum(probability, 1 - probability)
    q = np.sqrt(-2 * np.log(tail))
    outer = np.polyval(_C, q) / np.polyval([*_D, 1.0], q) * np.where(probability < 0.5, 1.0, -1.0)  # noqa: PLR2004 - the median
    r = probability - 0.5
    inner = np.polyval(_A, r * r) * r / np.polyval([*_B, 1.0], r * r)
    return np.where(tail < _TAIL, outer, inner)


_TAIL = 0.02425
_A = (
    -3.969683028665376e01,
    2.209460984245205e02,
    -2.759285104469687e02,
    1.383577518672690e02,
    -3.066479806614716e01,
    2.506628277459239e00,
)
_B = (
    -5.447609879822406e01,
    1.615858368580409e02,
    -1.556989798598866e02,
    6.680131188771972e01,
    -1.328068155288572e01,
)
_C = (
    -7.784894002430293e-03,
    -3.223964580411365e-01,
    -2.400758277161838e00,
    -2.549732539343734e00,
    4.374664141464968e00,
    2.938163982698783e00,
)
_D = (
    7.784695709041462e-03,
    3.224671290700398e-01,
    2.445134137142996e00,
    3.754408661907416e00,
)
