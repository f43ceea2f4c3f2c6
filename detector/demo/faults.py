"""What goes wrong in the demo: four faults of preprocessing as they happen in real pipelines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from detector.demo.rows import Columns, FloatArray
from detector.events import Cause
from detector.scaler import Scaler

Distortion = Callable[[Columns, slice, Scaler], Mapping[str, FloatArray]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault.

    cause:    its name in the vocabulary of ``diagnosis.cause``.
    features: those that it breaks.
    words:    what happened, for people.
    distort:  the values of these features, as they arrive instead, for a span of rows.
    """

    cause: Cause
    features: tuple[str, ...]
    words: str
    distort: Distortion


def celsius(columns: Columns, span: slice, _scaler: Scaler) -> Mapping[str, FloatArray]:
    """Temperatures as a European feed gives them, with one decimal."""
    return {"temp": np.round((columns["temp"][span] - 32.0) / 1.8, 1)}


def already_scaled(columns: Columns, span: slice, scaler: Scaler) -> Mapping[str, FloatArray]:
    """Distances that a new producer has scaled, so that the model scales them twice."""
    return {"distance": scaler.features["distance"].transform(columns["distance"][span])}


def swapped(columns: Columns, span: slice, _scaler: Scaler) -> Mapping[str, FloatArray]:
    """Dew point and humidity, each in the other's column."""
    return {"dewp": columns["humid"][span], "humid": columns["dewp"][span]}


def stuck(columns: Columns, span: slice, _scaler: Scaler) -> Mapping[str, FloatArray]:
    """The last wind speed before the span, again and again."""
    before = columns["wind_speed"][: span.start]
    last = before[np.isfinite(before)][-1]
    return {"wind_speed": np.full(span.stop - span.start, last)}


FAULTS = (
    Fault(
        cause="unit",
        features=("temp",),
        words="temp arrives in °C; training had °F",
        distort=celsius,
    ),
    Fault(
        cause="double_scaling",
        features=("distance",),
        words="distance arrives already scaled, so the model scales it twice",
        distort=already_scaled,
    ),
    Fault(
        cause="column_swap",
        features=("dewp", "humid"),
        words="dewp and humid stand in each other's column",
        distort=swapped,
    ),
    Fault(
        cause="stuck_value",
        features=("wind_speed",),
        words="the wind sensor is stuck at its last value",
        distort=stuck,
    ),
)
