"""Scaled with statistics of the live data instead of training's."""

from typing import Literal

from detector.detection.faults.fault import Column, Fault, OneWay
from detector.events import Transform

Kind = Literal["standard", "robust", "minmax", "minmax_pm1", "maxabs"]
_OF = {
    "standard": "the mean and deviation",
    "robust": "the median and interquartile range",
    "minmax": "the smallest and largest value",
    "minmax_pm1": "the smallest and largest value",
    "maxabs": "the largest magnitude",
}


def refit(
    column: Column,
    batch: int | None,
    kind: Kind = "standard",
    *,
    law: OneWay | None = None,
    prior: float = 0.0,
) -> Fault:
    """Every batch scaled by itself; *batch* records at a time where that is known.

    kind: of the scaler that is fitted again and again.
    law:  what arrives for sound values, where the marginal law says something.
    """
    size = "live batch" if batch is None else f"batch of {batch} live records"
    return Fault(
        cause="refit_on_live",
        variant=None if kind == "standard" else kind,
        map=law,
        prior=prior,
        figures=Transform(batch=batch),
        looks=f"is scaled with {_OF[kind]} of each {size} instead of training's, which hides"
        " every drift from the model",
        fix=f"call transform with the training scaler on live {column.name}, never fit_transform",
    )
