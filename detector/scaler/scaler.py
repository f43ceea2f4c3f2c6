"""A training scaler: the parameters and the reference of every feature of a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from detector.scaler.parameters import Kind, Parameters, inverse_transform, transform
from detector.scaler.reference import Reference

FloatArray = npt.NDArray[np.float64]
Before = Literal["log", "log1p", "sqrt"]
BEFORE: tuple[Before, ...] = ("log", "log1p", "sqrt")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureScaler:
    """How training scaled one feature: ``parameters`` after ``before``; unit and reference where
    known.
    """

    parameters: Parameters
    unit: str | None = None
    before: Before | None = None
    reference: Reference | None = None

    @property
    def kind(self) -> Kind:
        """The scaler's kind."""
        return self.parameters.kind

    def transform(self, values: FloatArray) -> FloatArray:
        """What the model gets for raw *values*, shape (n,); NaN where ``before`` is not defined."""
        return transform(self.parameters, apply_before(self.before, values))

    def inverse_transform(self, scaled: FloatArray) -> FloatArray:
        """Raw values for *scaled* ones, shape (n,)."""
        return undo_before(self.before, inverse_transform(self.parameters, scaled))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaler:
    """One scaler file.

    digest:   ``sha256:…`` over what changes a prediction.
    features: by name, in the file's order.
    """

    name: str
    version: str
    kind: Kind
    features: Mapping[str, FeatureScaler]
    digest: str
    created_at: str | None = None
    source: Mapping[str, object] = field(default_factory=dict)


def apply_before(before: Before | None, values: FloatArray) -> FloatArray:
    """*values* after the transformation that training applied before scaling, shape (n,)."""
    if before is None:
        return values
    with np.errstate(all="ignore"):
        match before:
            case "log":
                return np.log(values)
            case "log1p":
                return np.log1p(values)
            case "sqrt":
                return np.sqrt(values)


def undo_before(before: Before | None, values: FloatArray) -> FloatArray:
    """The inverse of :func:`apply_before`, shape (n,)."""
    if before is None:
        return values
    with np.errstate(all="ignore"):
        match before:
            case "log":
                return np.exp(values)
            case "log1p":
                return np.expm1(values)
            case "sqrt":
                return np.square(values)
