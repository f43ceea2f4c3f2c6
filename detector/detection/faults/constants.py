"""A constant where values belong: imputed for missing ones, or nothing else at all."""

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.faults.fault import Column, Fault, OneWay
from detector.detection.wording import figure
from detector.events import Transform


def imputed(column: Column, constant: float, share: float, *, prior: float) -> Fault:
    """*constant* replaces a *share* of the values, between 0 and 1 (topic unit)."""

    def forward(values: FloatArray) -> FloatArray:
        extra = round(len(values) * share / max(1 - share, 0.01))
        return np.concatenate((values, np.full(extra, constant)))

    return Fault(
        cause="imputed_constant",
        map=OneWay(forward),
        prior=prior,
        figures=Transform(constant=constant, share=round(share, 4)),
        looks=f"is {figure(constant)} in {share:.0%} of the records beyond what training had:"
        " a constant stands for missing values",
        fix=f"send null where {column.name} is unknown, or impute as training did;"
        " look for what makes it unknown",
    )


def stuck(column: Column, constant: float) -> Fault:
    """One value only (topic unit)."""
    return Fault(
        cause="stuck_value",
        map=None,
        figures=Transform(constant=constant),
        looks=f"is stuck at {figure(constant)}",
        fix=f"restart or replace the source of {column.name}; until then treat it as missing",
    )
