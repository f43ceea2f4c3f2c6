"""No fault: the values themselves moved, or there is not enough to go on."""

from detector.detection.faults.fault import Affine, Column, Fault
from detector.detection.wording import figure
from detector.events import Transform


def shift(column: Column, factor: float, moved: float, *, prior: float) -> Fault:
    """The law of training stretched by *factor* and moved by *moved* (topic unit)."""
    mean = column.view.centre or 0.0
    spread = column.view.spread or 1.0
    distance = (factor * mean + moved - mean) / spread
    return Fault(
        cause="distribution_shift",
        map=Affine(factor, moved),
        prior=prior,
        figures=Transform(shift=_rounded(distance), scale=_rounded(factor)),
        looks=f"has moved by {figure(distance)} training scales"
        + ("" if factor == 1 else f" and spreads {figure(factor)} times as wide"),
        fix=f"check whether the world behind {column.name} has changed; if so, retrain",
    )


def reshaped(column: Column, distance: float, factor: float, *, prior: float) -> Fault:
    """Another law altogether; *distance* in training scales and *factor* describe it."""
    return Fault(
        cause="distribution_shift",
        variant="shape",
        map=None,
        prior=prior,
        figures=Transform(shift=_rounded(distance), scale=_rounded(factor)),
        looks="follows another distribution than in training, which no known fault explains",
        fix=f"check whether the world behind {column.name} has changed; if so, retrain",
    )


def unknown(column: Column) -> Fault:
    """Not enough to go on."""
    return Fault(
        cause="unknown",
        map=None,
        looks="departs from training; there is not enough to name a cause yet",
        fix=f"wait for more records of {column.name}, or write a reference into the scaler file",
    )


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
