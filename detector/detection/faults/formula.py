"""Another formula with the same training data: min-max for standard, variance for deviation, half
a scaler.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from detector.detection.faults.fault import Affine, Column, Fault
from detector.events import Transform
from detector.scaler.scaler import apply_before

WORDS = {
    "centre_only": "by subtracting the centre only",
    "scale_only": "by dividing by the scale only",
    "variance": "with the variance in place of the deviation",
    "minmax": "to 0..1 by minimum and maximum",
    "minmax_pm1": "to -1..1 by minimum and maximum",
    "robust": "by median and interquartile range",
    "maxabs": "by the largest magnitude",
    "standard": "by mean and standard deviation",
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A kind of scaler with the parameters that the training rows give.

    map:       of values after ``before``.
    prior:     log prior, relative to a plain unit mistake.
    estimated: whether the parameters are only near the true ones: quartiles of a thinned law.
    """

    variant: str
    map: Affine
    prior: float
    estimated: bool = False


def faults(column: Column) -> Iterator[Fault]:
    """Every other scaler kind whose parameters the training rows give; scaled topics only."""
    own = column.scaling
    if column.view.values == "raw" or own is None:
        return
    kind = column.view.scaler.kind
    for one in (*_halves(column), *kinds(column)):
        whole = own.back().then(one.map)
        yield Fault(
            cause="scaler_kind",
            variant=one.variant,
            map=whole,
            prior=one.prior,
            figures=Transform(gain=whole.gain, offset=whole.offset),
            looks=f"is scaled {WORDS[one.variant]}",
            fix=f"scale {column.name} with the parameters of the training file ({kind})",
            estimated=one.estimated,
        )


def _halves(column: Column) -> Iterator[Formula]:
    """Parts of the training scaler, and its variance for its deviation."""
    parameters = column.view.scaler.parameters
    centre, spread = parameters.centre, parameters.spread
    if centre is None or spread is None:
        return
    yield Formula("centre_only", Affine(1.0, -centre), -1.0)
    yield Formula("scale_only", Affine(1 / spread, 0.0), -1.0)
    if parameters.kind == "standard":
        yield Formula("variance", Affine(spread**-2, -centre * spread**-2), -1.0)


def kinds(column: Column) -> Iterator[Formula]:
    """What every kind of scaler but the feature's own would have stored."""
    kind = column.view.scaler.kind
    yield from (one for one in _all_kinds(column) if one.variant != kind)


def _all_kinds(column: Column) -> Iterator[Formula]:
    reference, span = column.view.reference, column.raw_range
    if reference is None or span is None:
        return
    before = column.view.scaler.before
    low, high = apply_before(before, np.array(span)).tolist()
    if not (np.isfinite([low, high]).all() and high > low):
        return
    width, largest = high - low, max(abs(low), abs(high))
    yield Formula("minmax", Affine(1 / width, -low / width), 0.0)
    yield Formula("minmax_pm1", Affine(2 / width, -2 * low / width - 1), -1.0)
    lower, middle, upper = np.interp(
        [0.25, 0.5, 0.75], reference.probabilities, apply_before(before, reference.quantiles)
    ).tolist()
    if upper > lower:
        iqr = upper - lower
        yield Formula("robust", Affine(1 / iqr, -middle / iqr), -1.0, estimated=True)
    yield Formula("maxabs", Affine(1 / largest, 0.0), -1.0)
    if before is None and reference.mean is not None and reference.std:
        yield Formula("standard", Affine(1 / reference.std, -reference.mean / reference.std), 0.0)
