"""Another formula with the same training data: min-max for standard, variance for deviation, half
a scaler.
"""

from collections.abc import Iterator

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


def faults(column: Column) -> Iterator[Fault]:
    """Every other scaler kind whose parameters the training rows give; scaled topics only."""
    own, span = column.scaling, column.raw_range
    if column.view.values == "raw" or own is None:
        return
    raw = own.back()
    kind = column.view.scaler.kind
    for variant, formula, prior in _formulas(column, span):
        if variant != kind:
            whole = raw.then(formula)
            yield Fault(
                cause="scaler_kind",
                variant=variant,
                map=whole,
                prior=prior,
                figures=Transform(gain=whole.gain, offset=whole.offset),
                looks=f"is scaled {WORDS[variant]}",
                fix=f"scale {column.name} with the parameters of the training file ({kind})",
            )


def _formulas(
    column: Column, span: tuple[float, float] | None
) -> Iterator[tuple[str, Affine, float]]:
    """Maps of raw values that another kind of scaler would have applied."""
    parameters = column.view.scaler.parameters
    centre, spread = parameters.centre, parameters.spread
    if centre is not None and spread is not None:
        yield "centre_only", Affine(1.0, -centre), -1.0
        yield "scale_only", Affine(1 / spread, 0.0), -1.0
        if parameters.kind == "standard":
            yield "variance", Affine(spread**-2, -centre * spread**-2), -1.0
    reference, before = column.view.reference, column.view.scaler.before
    if reference is None or span is None or span[1] <= span[0]:
        return
    low, high = apply_before(before, np.array(span)).tolist()
    if not np.isfinite([low, high]).all():
        return
    width = high - low
    yield "minmax", Affine(1 / width, -low / width), 0.0
    yield "minmax_pm1", Affine(2 / width, -2 * low / width - 1), -1.0
    lower, middle, upper = np.interp(
        [0.25, 0.5, 0.75], reference.probabilities, apply_before(before, reference.quantiles)
    ).tolist()
    if upper > lower:
        yield "robust", Affine(1 / (upper - lower), -middle / (upper - lower)), -1.0
    largest = max(abs(low), abs(high))
    yield "maxabs", Affine(1 / largest, 0.0), -1.0
    if before is None and reference.mean is not None and reference.std:
        yield "standard", Affine(1 / reference.std, -reference.mean / reference.std), 0.0
