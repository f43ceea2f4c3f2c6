"""The parameters that scikit-learn would store for a feature, from its training values.

Source of the formulas: scikit-learn 1.9.1, ``sklearn/preprocessing/_data.py``; on ordinary
columns the results are equal to the last bit.
"""

import numpy as np
import numpy.typing as npt

from detector.scaler.parameters import (
    IdentityParameters,
    Kind,
    MaxAbsParameters,
    MinMaxParameters,
    Parameters,
    RobustParameters,
    StandardParameters,
)

FloatArray = npt.NDArray[np.float64]
_EPSILON = float(np.finfo(np.float64).eps)


def is_constant(values: FloatArray) -> bool:
    """True where *values*, shape (n,), do not vary by more than rounding.

    ``_is_constant_feature``: the variance is within the error of computing it.
    """
    mean, variance, count = float(values.mean()), float(values.var()), len(values)
    if not np.isfinite(variance):
        return False
    return variance <= count * _EPSILON * variance + (count * mean * _EPSILON) ** 2


def estimate_parameters(values: FloatArray, kind: Kind) -> Parameters:
    """What a scaler of *kind* stores for *values*: finite, shape (n,), after ``before``, varying.

    >>> estimate_parameters(np.array([1.0, 2.0, 4.0, 7.0]), "robust")
    RobustParameters(center=3.0, scale=3.0)
    """
    match kind:
        case "standard":  # ddof 0
            return StandardParameters(mean=float(values.mean()), scale=float(values.std()))
        case "minmax":
            return MinMaxParameters(data_min=float(values.min()), data_max=float(values.max()))
        case "robust":  # numpy's linear percentiles
            lower, middle, upper = np.percentile(values, [25.0, 50.0, 75.0])
            return RobustParameters(center=float(middle), scale=_nonzero(float(upper - lower)))
        case "maxabs":
            return MaxAbsParameters(max_abs=_nonzero(float(np.abs(values).max())))
        case "identity":
            return IdentityParameters()


def _nonzero(scale: float) -> float:
    """``_handle_zeros_in_scale``: 1.0 where a divisor is zero in all but name."""
    return 1.0 if scale < 10 * _EPSILON else scale
