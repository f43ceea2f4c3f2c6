"""Values cut off at a bound, where they pile up."""

import numpy as np

from detector.detection.faults.fault import Column, Fault, OneWay
from detector.detection.wording import figure
from detector.events import Transform


def clipped(column: Column, lower: float | None, upper: float | None, *, prior: float) -> Fault:
    """Cut to *lower*..*upper* (topic unit); None: not cut on that side."""
    low = -np.inf if lower is None else lower
    high = np.inf if upper is None else upper
    return Fault(
        cause="clipping",
        variant="both" if lower is not None and upper is not None
        else "lower" if lower is not None else "upper",
        map=OneWay(lambda values: np.clip(values, low, high)),
        prior=prior,
        figures=Transform(lower=lower, upper=upper),
        looks=f"is cut off {_bounds(lower, upper)}, where training went on",
        fix=f"remove or widen the clipping of {column.name}, or train with it",
    )  # fmt: skip


def _bounds(lower: float | None, upper: float | None) -> str:
    if lower is None:
        return f"above {figure(upper)}"
    if upper is None:
        return f"below {figure(lower)}"
    return f"below {figure(lower)} and above {figure(upper)}"
