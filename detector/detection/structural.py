"""Causes that the kind of the signal names by itself: stuck, missing, invalid."""

from collections.abc import Sequence

import numpy as np

from detector.detection.view import View
from detector.detection.window import Slice
from detector.detection.wording import figure
from detector.events import Diagnosis, Signal, Transform

_SURE = (
    0.95  # a run or a rate beyond its limit is what it is; the rest is for a cause not thought of
)
_MOST = 0.5  # of the window must repeat one value before the feature is called stuck


def structural_cause(view: View, found: Sequence[Signal], window: Slice) -> Diagnosis | None:
    """The cause that the first signal names, or None where values have to be compared."""
    if not found:
        return None
    match found[0].kind:
        case "missing":
            share = window.missing / max(window.records, 1)
            return _diagnosis(
                "missing_values",
                f"{share:.0%} of the records since the onset carry no {view.name}",
                f"look for what stopped filling {view.name} in",
                Transform(share=round(share, 4)),
            )
        case "invalid":
            share = window.invalid / max(window.records, 1)
            return _diagnosis(
                "invalid_values",
                f"{share:.0%} of the records since the onset carry no finite number as {view.name}",
                f"look for text, booleans or overflowing numbers in {view.name}",
                Transform(share=round(share, 4)),
            )
        case "constant":
            return _stuck(view, window)
        case _:
            return None


def is_fault(diagnosis: Diagnosis | None) -> bool:
    """True for a named preprocessing fault; missing and invalid values are data quality."""
    quality = ("missing_values", "invalid_values", "distribution_shift", "unknown")
    return diagnosis is not None and diagnosis.cause not in quality


def _stuck(view: View, window: Slice) -> Diagnosis | None:
    values = window.values
    if not len(values) or float(np.mean(values == values[-1])) < _MOST:
        return None
    constant = float(values[-1])
    return _diagnosis(
        "stuck_value",
        f"every {view.name} is {figure(constant)}",
        f"restart or replace the source of {view.name}; until then treat it as missing",
        Transform(constant=constant),
    )


def _diagnosis(cause: str, explanation: str, fix: str, transform: Transform) -> Diagnosis:
    return Diagnosis(
        cause=cause,  # type: ignore[arg-type]  # from the vocabulary above
        variant=None,
        confidence=_SURE,
        explanation=explanation,
        transform=transform,
        fix=fix,
        alternatives=(),
    )
