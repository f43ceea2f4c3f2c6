"""No fault: the values themselves moved, or there is not enough to go on."""

from detector.detection.faults.fault import Affine, Column, Fault
from detector.events import Transform
from detector.events.words import figure

_STILL = 0.01  # training scales, and of a factor: what is not worth a word


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
        looks=f"{_moved(column, distance, factor)}, and no known fault explains it",
        fix=_fix(column),
    )


def reshaped(column: Column, distance: float, factor: float, *, prior: float) -> Fault:
    """Another law altogether; *distance* in training scales and *factor* describe it."""
    return Fault(
        cause="distribution_shift",
        variant="shape",
        map=None,
        prior=prior,
        figures=Transform(shift=_rounded(distance), scale=_rounded(factor)),
        looks="follows another distribution than in training, which no known fault explains (mean"
        f" {_signed(distance)} training scales off, spread {figure(factor, 3)} times training's)",
        fix=_fix(column),
    )


def unknown(column: Column) -> Fault:
    """Not enough to go on."""
    if column.view.law is None:
        return Fault(
            cause="unknown",
            map=None,
            looks="departs from training; its scaler file has no reference to name a cause by",
            fix="write the scaler file with `detector fit`: it adds the reference of"
            f" {column.name}",
        )
    return Fault(
        cause="unknown",
        map=None,
        looks="departs from training; there are too few values yet to name a cause",
        fix=f"wait for the next event: more records of {column.name} decide",
    )


def fewer_digits(column: Column) -> Fault:
    """Some values lost digits, by a test, and all else is as it was: of a few records, or by the
    world's own liking for round numbers.
    """
    return Fault(
        cause="unknown",
        map=None,
        looks="needs fewer decimals than in training in some of its records, and nothing else about"
        " it has changed",
        fix=f"see whether one of the producers of {column.name} rounds, or accept the decimals in"
        " the configuration",
    )


def unmapped(column: Column) -> Fault:
    """Pairs that lie on no line and no curve of the catalogue."""
    return Fault(
        cause="unknown",
        map=None,
        looks="is not made of its raw value by the training scaler, nor by any map that is known",
        fix=f"look at the pairs of {column.name} in `evidence`, and at what writes scaled values",
    )


def _moved(column: Column, distance: float, factor: float) -> str:
    """Mean and spread beside training's, in the topic's unit where it has one."""
    still, same = abs(distance) < _STILL, abs(factor - 1) < _STILL
    wide = f"spreads {figure(factor, 3)} times as wide"
    if still:
        return "has mean and spread of training, but another law" if same else wide
    amount, spread = abs(distance), column.view.spread
    scales = f"{figure(amount, 3)} training scales"
    if spread is not None and column.view.values == "raw":
        scales = f"{figure(amount * spread, 3)}{column.suffix} ({scales})"
    text = f"has moved {'up' if distance > 0 else 'down'} by {scales}"
    return text if same else f"{text} and {wide}"


def _signed(distance: float) -> str:
    return f"{'-' if distance < 0 else '+'}{figure(abs(distance), 3)}"


def _fix(column: Column) -> str:
    return (
        "look for what changed at `since`: a season, a customer, a source; if it stays, retrain, or"
        f" raise the tolerance of {column.name}"
    )


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
