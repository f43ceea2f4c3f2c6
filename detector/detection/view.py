"""A feature as its topic carries it: parameters, reference law and training scale in the topic's
unit.
"""

from dataclasses import dataclass

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.settings import Values
from detector.scaler import (
    Before,
    FeatureScaler,
    IdentityParameters,
    MaxAbsParameters,
    MinMaxParameters,
    Parameters,
    Reference,
    RobustParameters,
    StandardParameters,
)
from detector.scaler.scaler import apply_before

KNOTS = 512  # equal-weight quantiles that stand for the training law


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """The training law of a feature in the topic's unit.

    count: training rows it rests on.
    knots: equal-weight quantiles, ascending, shape (k,).
    atoms: values with a share of their own.
    mean, std, low, high: of the training rows; std divides by n and is above zero.
    """

    count: int
    knots: FloatArray
    atoms: tuple[tuple[float, float], ...]
    mean: float
    std: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One feature, as the topic shows it.

    parameters: of the scaler that takes the topic's values to the model's; for a scaled topic those
                that its values obey already (mean 0 and scale 1, and so on).
    before:     applied before ``parameters``; None on a scaled topic.
    law:        where the scaler file has a reference.
    """

    name: str
    values: Values
    scaler: FeatureScaler
    parameters: Parameters
    before: Before | None
    law: Law | None

    @property
    def reference(self) -> Reference | None:
        """What training saw, in the unit before ``before``."""
        return self.scaler.reference

    @property
    def spread(self) -> float | None:
        """The training scale, unit of every tolerance; None where nothing is known of training."""
        return self.law.std if self.law is not None else self.parameters.spread

    @property
    def centre(self) -> float | None:
        """The training location that shifts are measured from."""
        return self.law.mean if self.law is not None else self.parameters.centre

    def score(self, values: FloatArray) -> FloatArray:
        """Distances from the training location in training scales, shape (n,).

        A value for which ``before`` is not defined lies infinitely far below.
        """
        if self.law is not None:
            return (values - self.law.mean) / self.law.std
        centre, spread = self.parameters.centre, self.parameters.spread
        if centre is None or spread is None:
            return np.full(len(values), np.nan)
        if self.before is not None:
            values = apply_before(self.before, values)
            values = np.where(np.isnan(values), -np.inf, values)
        return (values - centre) / spread

    @property
    def bends(self) -> bool:
        """Whether raw values lie behind anything but a line."""
        return self.values == "scaled" and self.scaler.before is not None

    def to_raw(self, values: FloatArray) -> FloatArray:
        """The topic's values in the unit before ``before``, shape (n,)."""
        return values if self.values == "raw" else self.scaler.inverse_transform(values)

    def from_raw(self, raw: FloatArray) -> FloatArray:
        """Raw values as the topic carries them, shape (n,)."""
        return raw if self.values == "raw" else self.scaler.transform(raw)


def view_of(name: str, scaler: FeatureScaler, values: Values) -> View:
    """The view of one feature of a topic that carries *values*; of both, the raw ones."""
    scaled = values == "scaled"
    return View(
        name=name,
        values="scaled" if scaled else "raw",
        scaler=scaler,
        parameters=_obeyed(scaler.parameters) if scaled else scaler.parameters,
        before=None if scaled else scaler.before,
        law=_law(scaler, scaled=scaled),
    )


def _obeyed(parameters: Parameters) -> Parameters:
    """The parameters that values obey once they are scaled."""
    match parameters:
        case StandardParameters():
            return StandardParameters(mean=0.0, scale=1.0)
        case RobustParameters():
            return RobustParameters(center=0.0, scale=1.0)
        case MaxAbsParameters():
            return MaxAbsParameters(max_abs=1.0)
        case MinMaxParameters(feature_range=(low, high)):
            return MinMaxParameters(data_min=low, data_max=high)
        case IdentityParameters():
            return parameters


def _law(scaler: FeatureScaler, *, scaled: bool) -> Law | None:
    reference = scaler.reference
    if reference is None:
        return None
    knots = _knots(reference)
    low = float(knots[0]) if reference.min is None else reference.min
    high = float(knots[-1]) if reference.max is None else reference.max
    mean = float(knots.mean()) if reference.mean is None else reference.mean
    std = float(knots.std()) if reference.std is None else reference.std
    atoms = reference.atoms
    if scaled:
        knots = scaler.transform(knots)
        low, high = (float(v) for v in scaler.transform(np.array([low, high])))
        values = scaler.transform(np.array([value for value, _ in atoms]))
        atoms = tuple((float(v), share) for v, (_, share) in zip(values, atoms, strict=True))
        if not np.isfinite([low, high, *knots]).all():
            return None  # ``before`` is not defined for all of training
        mean, std = _scaled_moments(scaler, mean, std, knots)
    if not std > 0:
        return None
    return Law(
        count=reference.count, knots=knots, atoms=atoms, mean=mean, std=std, low=low, high=high
    )


def _knots(reference: Reference) -> FloatArray:
    """Equal-weight quantiles, exact where the file carries order statistics."""
    quantiles, probabilities = reference.quantiles, reference.probabilities
    k = len(quantiles)
    if k >= 2 and np.allclose(probabilities, (np.arange(k) + 0.5) / k):  # noqa: PLR2004 - a law
        return quantiles
    low = [] if reference.min is None else [(0.0, reference.min)]
    high = [] if reference.max is None else [(1.0, reference.max)]
    points = low + list(zip(probabilities.tolist(), quantiles.tolist(), strict=True)) + high
    at, values = (np.array(column) for column in zip(*points, strict=True))
    return np.asarray(np.interp((np.arange(KNOTS) + 0.5) / KNOTS, at, values), np.float64)


def _scaled_moments(
    scaler: FeatureScaler, mean: float, std: float, knots: FloatArray
) -> tuple[float, float]:
    clips = isinstance(scaler.parameters, MinMaxParameters) and scaler.parameters.clip
    if scaler.before is not None or clips:
        return float(knots.mean()), float(knots.std())
    gain, offset = scaler.parameters.affine()
    return gain * mean + offset, abs(gain) * std
