"""What scikit-learn's scalers stored for one feature, under scikit-learn's own names.

Source of the formulas: scikit-learn 1.9.1, ``sklearn.preprocessing`` (StandardScaler, MinMaxScaler,
RobustScaler,
MaxAbsScaler). No value is beyond LARGEST and no divisor below its inverse: the reader of scaler
files sees to it.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Kind = Literal["standard", "minmax", "robust", "maxabs", "identity"]
KINDS: tuple[Kind, ...] = ("standard", "minmax", "robust", "maxabs", "identity")
LARGEST = 1e75  # the square of a quotient of two such numbers is still a float64


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardParameters:
    """StandardScaler: (x - mean) / scale.

    mean:  in the feature's unit (after ``before``).
    scale: standard deviation dividing by n, same unit, above zero; 1.0 where training was constant.
    """

    kind: ClassVar[Kind] = "standard"
    mean: float
    scale: float

    @property
    def centre(self) -> float:
        """Where the scaler puts zero."""
        return self.mean

    @property
    def spread(self) -> float:
        """The training scale as far as the parameters know it."""
        return self.scale

    def affine(self) -> tuple[float, float]:
        """Gain and offset of the map: scaled = gain x + offset."""
        return 1.0 / self.scale, -self.mean / self.scale


@dataclass(frozen=True, slots=True, kw_only=True)
class MinMaxParameters:
    """MinMaxScaler: data_min..data_max becomes feature_range; values beyond it are cut where
    ``clip``.
    """

    kind: ClassVar[Kind] = "minmax"
    data_min: float
    data_max: float
    feature_range: tuple[float, float] = (0.0, 1.0)
    clip: bool = False

    @property
    def centre(self) -> float:
        """The middle of the training range."""
        return self.data_min + (self.data_max - self.data_min) / 2

    @property
    def spread(self) -> float:
        """The training range."""
        return self.data_max - self.data_min

    def affine(self) -> tuple[float, float]:
        """Gain and offset of the map before clipping."""
        low, high = self.feature_range
        gain = (high - low) / (self.data_max - self.data_min)
        return gain, low - self.data_min * gain


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustParameters:
    """RobustScaler: (x - center) / scale, the median and by default the interquartile range."""

    kind: ClassVar[Kind] = "robust"
    center: float
    scale: float

    @property
    def centre(self) -> float:
        """Where the scaler puts zero."""
        return self.center

    @property
    def spread(self) -> float:
        """The interquartile range."""
        return self.scale

    def affine(self) -> tuple[float, float]:
        """Gain and offset of the map: scaled = gain x + offset."""
        return 1.0 / self.scale, -self.center / self.scale


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxAbsParameters:
    """MaxAbsScaler: x / max_abs."""

    kind: ClassVar[Kind] = "maxabs"
    max_abs: float

    @property
    def centre(self) -> float:
        """Zero: this scaler never moves a value."""
        return 0.0

    @property
    def spread(self) -> float:
        """The largest magnitude in training."""
        return self.max_abs

    def affine(self) -> tuple[float, float]:
        """Gain and offset of the map: scaled = gain x."""
        return 1.0 / self.max_abs, 0.0


@dataclass(frozen=True, slots=True)
class IdentityParameters:
    """No scaler: the model gets the value as it is."""

    kind: ClassVar[Kind] = "identity"

    @property
    def centre(self) -> float | None:
        """None: nothing is known of training."""
        return None

    @property
    def spread(self) -> float | None:
        """None: nothing is known of training."""
        return None

    def affine(self) -> tuple[float, float]:
        """Gain one, offset zero."""
        return 1.0, 0.0


Parameters = (
    StandardParameters | MinMaxParameters | RobustParameters | MaxAbsParameters | IdentityParameters
)


def transform(parameters: Parameters, values: FloatArray) -> FloatArray:
    """Scaled values, shape (n,), as scikit-learn's ``transform`` gives them; NaN stays NaN.

    >>> transform(StandardParameters(mean=50.0, scale=10.0), np.array([70.0]))
    array([2.])
    """
    match parameters:
        case StandardParameters():
            return (values - parameters.mean) / parameters.scale
        case RobustParameters():
            return (values - parameters.center) / parameters.scale
        case MaxAbsParameters():
            return values / parameters.max_abs
        case IdentityParameters():
            return values
        case MinMaxParameters():
            gain, offset = parameters.affine()
            scaled = values * gain + offset
            return np.clip(scaled, *parameters.feature_range) if parameters.clip else scaled


def inverse_transform(parameters: Parameters, scaled: FloatArray) -> FloatArray:
    """Values in the feature's unit (after ``before``), shape (n,); what was clipped stays at the
    bound.
    """
    match parameters:
        case StandardParameters():
            return scaled * parameters.scale + parameters.mean
        case RobustParameters():
            return scaled * parameters.scale + parameters.center
        case MaxAbsParameters():
            return scaled * parameters.max_abs
        case IdentityParameters():
            return scaled
        case MinMaxParameters():
            gain, offset = parameters.affine()
            return (scaled - offset) / gain
