"""Scaled with statistics of the live data instead of training's."""

from detector.detection.faults.fault import Column, Fault
from detector.events import Transform


def refit(column: Column, batch: int | None) -> Fault:
    """Every batch centred and scaled by itself; *batch* records at a time where that is known."""
    size = "" if batch is None else f" of {batch} records"
    return Fault(
        cause="refit_on_live",
        map=None,
        figures=Transform(batch=batch),
        looks=f"is scaled with the mean and deviation of each live batch{size},"
        " which hides every drift from the model",
        fix=f"call transform with the training scaler, never fit_transform, on live {column.name}",
    )
