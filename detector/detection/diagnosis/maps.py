"""The maps of the catalogue, held against points: which of them meets the points exactly."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.points import EXACT, Mask, Points, Reading
from detector.detection.faults import Affine, Curve, Fault, OneWay, rounding
from detector.detection.faults.quality import invalid, missing

Swapped = Callable[[str], FloatArray]

_UNCLIPPED = "unclipped"
_PROBE = 1e-6  # of a scaled value, over which the slope of a curve is taken
_LEVELS = 3  # different values that rounding leaves, lest two bounds pass for it


def known(points: Points, faults: Sequence[Fault], swapped: Swapped) -> Iterator[Reading]:
    """Every fault of the catalogue that meets a point.

    swapped: what stands at the points if another feature's raw values went through this scaler.
    """
    for fault in faults:
        if fault.cause == "column_swap" or isinstance(fault.map, Affine | Curve):
            yield from _met(points, fault, *image_of(points, fault, swapped))


def digits(points: Points) -> Iterator[Reading]:
    """Digits lost before the scaler or after it."""
    for fault in rounding.on_pairs(points.column):
        if isinstance(fault.map, OneWay):
            for one in _met(points, fault, *image_of(points, fault)):
                if len(np.unique(points.scaled[one.obeyed])) >= _LEVELS:
                    yield one


def formulas(points: Points) -> Iterator[Reading]:
    """Differences from the scaler that only pairs can show."""
    scaler = points.column.view.scaler
    fix = f"scale {points.column.name} with the scaler of the training file"
    if points.clips is not None:
        fault = Fault(
            cause="scaler_kind", variant=_UNCLIPPED, map=None, fix=fix,
            looks="is not cut to the range of its scaler as in training",
        )  # fmt: skip
        yield from _met(points, fault, *image_of(points, fault))
    reference = scaler.reference
    if scaler.kind == "standard" and reference is not None and reference.count > 1:
        gain = float(np.sqrt(1 - 1 / reference.count))
        fault = Fault(
            cause="scaler_kind", variant="ddof1", map=Affine(gain, 0.0), fix=fix,
            looks="is divided by a deviation that divides by n - 1, where training divided by n",
        )  # fmt: skip
        yield from _met(points, fault, *image_of(points, fault))


def lost(points: Points) -> Iterator[Reading]:
    """No value, or no finite one, where a scaled value belongs."""
    for gone, fault in ((np.isnan(points.scaled), missing), (np.isinf(points.scaled), invalid)):
        if gone.any():
            share = float(gone.sum() / points.records)
            yield Reading(
                fault=fault(points.column, share), obeyed=gone, nats=EXACT * float(gone.sum())
            )


def image_of(
    points: Points, fault: Fault, swapped: Swapped | None = None
) -> tuple[FloatArray, float | FloatArray]:
    """The scaled values that *fault* makes of the raw ones, and how much it enlarges what was
    rounded before it.
    """
    if fault.cause == "column_swap":
        assert swapped is not None and fault.feature is not None  # noqa: S101, PT018 - it names it
        return swapped(fault.feature), 1.0
    match fault.map:
        case Affine():
            return fault.map.forward(points.sound), abs(fault.map.gain)
        case Curve():
            return fault.map.forward(points.sound), _slope(fault.map, points.sound)
        case OneWay():
            return fault.map.forward(points.raw), 1.0
    return points.sound, 1.0


def meets(
    points: Points, fault: Fault, image: FloatArray, stretch: float | FloatArray
) -> tuple[Mask, FloatArray]:
    """Which points have *image* for their scaled value, and the nats that each is worth."""
    if points.clips is not None and fault.variant != _UNCLIPPED:
        beyond = np.isin(points.scaled, points.clips)
        image = np.where(beyond, np.clip(image, *points.clips), image)
    return points.near(image, stretch)


def _met(
    points: Points, fault: Fault, image: FloatArray, stretch: float | FloatArray
) -> Iterator[Reading]:
    met, worth = meets(points, fault, image, stretch)
    told = len(np.unique(points.raw[met])) == 1 or len(np.unique(points.scaled[met])) > 1
    if met.any() and told:  # a map that makes one value of many is no map
        nats = float(worth[met & points.fresh].sum()) + fault.prior
        yield Reading(fault=fault, obeyed=met, nats=nats)


def _slope(curve: Curve, sound: FloatArray) -> FloatArray:
    step = _PROBE * (1 + np.abs(sound))
    rise = np.abs(curve.forward(sound + step) - curve.forward(sound - step)) / (2 * step)
    return np.asarray(np.where(np.isfinite(rise), rise, 1.0), np.float64)
