"""A training scaler: the parameters and the reference of every feature of a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from detector.scaler.digest import prediction_digest
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

    features:   by name, in the file's order.
    digest:     ``sha256:…`` over what changes a prediction; found from the features where it is
                left empty.
    created_at: as written in the file, or None.
    source:     free form: where the training rows came from.
    """

    name: str
    version: str
    kind: Kind
    features: Mapping[str, FeatureScaler]
    digest: str = ""
    created_at: str | None = None
    source: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.digest:
            object.__setattr__(self, "digest", prediction_digest(self.features))

    @classmethod
    def load(cls, path: str | Path) -> "Scaler":
        """The scaler that a file describes; ConfigError with all its faults where it is wrong."""
        from detector.scaler.file import read_scaler  # noqa: PLC0415 - the file module knows this

        return read_scaler(Path(path))

    def save(self, path: str | Path) -> None:
        """Write the file, at once: a reader sees the old one or the new one.

        Raises ConfigError where *path* cannot be written.
        """
        from detector.scaler.file import write_scaler  # noqa: PLC0415 - the file module knows this

        write_scaler(self, Path(path))


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
