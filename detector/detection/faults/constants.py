"""A constant where values belong: imputed for missing ones, or nothing else at all."""

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.faults.fault import Column, Fault, OneWay
from detector.events import Transform, words
from detector.events.words import figure

_SAME = 1e-6  # training scales within which a constant is the mean, to a reader


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
        looks=f"is exactly {_amount(column, constant)} in {words.share(share)} of the records more"
        " than in training: a constant stands where values are missing",
        fix=f"send null where {column.name} is unknown, or impute as training did; find out why it"
        " is unknown",
    )


def stuck(column: Column, constant: float, run: int | None = None) -> Fault:
    """One value only (topic unit); *run*: how many records in a row, where that was counted."""
    longest = None if column.view.reference is None else column.view.reference.longest_run
    looks = f"is stuck at {_amount(column, constant)}"
    if run is not None:
        looks += f" for {run:,} values in a row"
        looks += "" if longest is None else f", where training had {longest:,} at most"
    return Fault(
        cause="stuck_value",
        map=None,
        figures=Transform(constant=constant),
        looks=looks,
        fix=f"restart or replace the source of {column.name}; until then treat it as missing",
    )


def _amount(column: Column, constant: float) -> str:
    """The constant, with what it means: a raw value behind it, or training's mean."""
    text, view = column.amount(constant), column.view
    if view.law is not None and abs(constant - view.law.mean) < _SAME * view.law.std:
        text += ", the mean of training,"
    elif view.values == "scaled":
        raw = float(view.to_raw(np.array([constant]))[0])
        text += f" (scaled; raw: {figure(raw)}{column.suffix})" if np.isfinite(raw) else ""
    return text
