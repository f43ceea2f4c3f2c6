"""Values cut off at a bound, where they pile up."""

import numpy as np

from detector.detection.faults.fault import Column, Fault, OneWay
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
        looks=f"is cut off: {_bounds(column, lower, upper)}",
        fix=f"remove or widen what clips {column.name}, or train with the same bounds",
    )  # fmt: skip


def _bounds(column: Column, lower: float | None, upper: float | None) -> str:
    law = column.view.law
    texts = []
    if lower is not None:
        training = "" if law is None else f" (training: down to {column.amount(law.low)})"
        texts.append(f"nothing below {column.amount(lower)}{training}")
    if upper is not None:
        training = "" if law is None else f" (training: up to {column.amount(law.high)})"
        texts.append(f"nothing above {column.amount(upper)}{training}")
    return " and ".join(texts)
