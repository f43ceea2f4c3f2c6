"""Scaled with statistics of the live data instead of training's."""

from detector.detection.faults.fault import Column, Fault
from detector.events import Transform


def refit(column: Column, batch: int | None) -> Fault:
    """Every batch centred and scaled by itself; *batch* records at a time where that is known."""
    size = "live batch" if batch is None else f"batch of {batch} live records"
    return Fault(
        cause="refit_on_live",
        map=None,
        figures=Transform(batch=batch),
        looks=f"is scaled with the statistics of each {size} instead of training's, which hides"
        " every drift from the model",
        fix=f"call transform with the training scaler on live {column.name}, never fit_transform",
    )
