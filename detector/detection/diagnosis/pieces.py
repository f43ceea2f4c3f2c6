"""Maps from raw to scaled values that no catalogue holds: constants, bounds, lines and broken
lines.
"""

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.faults import (
    Affine,
    Column,
    Fault,
    OneWay,
    bounds,
    constants,
    exact,
    rounding,
)
from detector.detection.parity import slack
from detector.events import Transform
from detector.scaler.scaler import apply_before

ROUNDING = 1e-9  # relative: roundings of a map that has several steps
_FITS = 0.9  # of the points that must lie on a line
_LEAST = 3  # points without which a line proves nothing
_BOTH = 2  # bounds
FEW = 8  # values on which a bound and an imputed value may still be mixed up
_CHANCE = 1e-3  # that all wrong values lie beyond one that is no bound


def stretch(sound: FloatArray, image: FloatArray) -> float:
    """How much a map enlarges what was rounded before it."""
    width = float(np.ptp(sound))
    ratio = float(np.ptp(image)) / width if width > 0 else 1.0
    return ratio if np.isfinite(ratio) else 1.0


def constant(
    column: Column, raw: FloatArray, scaled: FloatArray, wrong: npt.NDArray[np.bool_]
) -> Fault | None:
    """A bound, a stuck or an imputed value, where one or two values stand in all wrong pairs."""
    values = np.unique(scaled[wrong])
    if len(values) > _BOTH or wrong.sum() < _BOTH or not np.isfinite(values).all():
        return None
    sound = column.view.scaler.transform(raw)
    lower, upper = _bounds(values, sound[wrong], scaled[wrong])
    cut = np.clip(sound, -np.inf if lower is None else lower, np.inf if upper is None else upper)
    room = slack(column.view.scaler, raw, scaled)
    beyond = float(np.mean((cut != sound)[np.isfinite(sound)]))  # of a canary not all are cut
    asked = wrong if beyond ** wrong.sum() < _CHANCE else np.ones(len(wrong), np.bool_)
    near = _all_near(cut[asked], scaled[asked], room[asked])
    if (lower is not None or upper is not None) and near:
        return bounds.clipped(column, lower, upper, prior=0.0)
    if len(values) == _BOTH:
        return None
    share = float(wrong.mean())
    if share < 1:
        return constants.imputed(column, float(values[0]), share, prior=0.0)
    return constants.stuck(column, float(values[0]))


def free(column: Column, raw: FloatArray, scaled: FloatArray) -> Fault | None:
    """The line that the points lie on, if they do."""
    inner = apply_before(column.view.scaler.before, raw)
    line = _line(column, inner, raw, scaled)
    own = column.scaling or Affine(1.0, 0.0)
    if line is None or line.gain == 0:
        return None
    whole = own.back().then(line)
    if abs(whole.gain - 1) <= np.sqrt(ROUNDING):
        return exact.offset(column, whole.offset, prior=0.0)
    near = np.sqrt(ROUNDING) * max(1.0, abs(own.offset * whole.gain))
    if line.gain < 0 or abs(whole.offset) <= near or column.scaling is None:
        return exact.gain(column, whole.gain, whole.offset, prior=0.0)
    mean, scale = -line.offset / line.gain, 1 / line.gain
    return Fault(
        cause="scaler_version",
        variant="unknown",
        map=whole,
        figures=Transform(mean=mean, scale=scale, gain=whole.gain, offset=whole.offset),
        looks="is scaled with parameters that no version configured here has",
        fix="deploy the scaler and the model that were trained together,"
        " or add the file of that version to `versions`",
    )


def rounded(column: Column, raw: FloatArray, scaled: FloatArray) -> Fault | None:
    """Digits cut before the scaler or after it, where that is all that happened."""
    if len(np.unique(raw)) < _LEAST:
        return None
    room = slack(column.view.scaler, raw, scaled) + ROUNDING * np.abs(scaled)
    for fault in rounding.on_pairs(column):
        if isinstance(fault.map, OneWay):
            image = fault.map.forward(raw)
            if np.mean(np.abs(scaled - image) <= room) >= _FITS:
                return fault
    return None


def is_pieced(column: Column, raw: FloatArray, scaled: FloatArray) -> bool:
    """Whether neighbouring points lie on lines, which change every now and then."""
    inner = apply_before(column.view.scaler.before, raw)
    if len(inner) < 4 * _LEAST:
        return False
    first, second, third = inner[:-2], inner[1:-1], inner[2:]
    wide = np.abs(third - first)
    line = scaled[:-2] + (scaled[2:] - scaled[:-2]) * (second - first) / (third - first)
    beside = np.maximum(1.0, np.abs((second - first) / (third - first)))
    room = 64 * beside * (slack(column.view.scaler, raw, scaled)[1:-1] + ROUNDING)
    told = wide > 0
    return bool(
        told.sum() >= _LEAST
        and np.mean(np.abs(line - scaled[1:-1])[told] <= room[told]) >= _FITS / 1.2
    )


def _line(column: Column, inner: FloatArray, raw: FloatArray, scaled: FloatArray) -> Affine | None:
    if len(np.unique(inner)) < _LEAST:
        return None
    own = column.scaling or Affine(1.0, 0.0)
    room = slack(column.view.scaler, raw, scaled) + ROUNDING * np.abs(scaled)
    order = np.argsort(inner, kind="stable")
    for low, high in ((0, -1), (len(order) // 4, -1 - len(order) // 4)):
        at, to = int(order[low]), int(order[high])
        if inner[to] > inner[at]:
            gain = float((scaled[to] - scaled[at]) / (inner[to] - inner[at]))
            line = Affine(gain, float(scaled[at] - gain * inner[at]))
            wide = 8 * max(1.0, abs(gain / own.gain))
            if np.mean(np.abs(line.forward(inner) - scaled) <= wide * room) >= _FITS:
                return line
    return None


def _bounds(
    values: FloatArray, sound: FloatArray, scaled: FloatArray
) -> tuple[float | None, float | None]:
    """Lower and upper bound, if each value is one: all that it stands for lies beyond it."""
    lower = upper = None
    for value in values.tolist():
        behind = sound[scaled == value]
        if (behind > value).all():
            upper = value
        elif (behind < value).all():
            lower = value
        else:
            return None, None
    return lower, upper


def _all_near(one: FloatArray, other: FloatArray, room: FloatArray) -> bool:
    both = np.isfinite(one) & np.isfinite(other)
    return bool((np.abs(one - other)[both] <= room[both]).all())
