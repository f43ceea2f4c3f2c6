"""One or two values that stand for many: bounds, stuck and imputed values."""

from collections.abc import Iterator

import numpy as np

from detector.detection.diagnosis.points import EXACT, Mask, Points, Reading
from detector.detection.faults import bounds, constants, refit

_SHORT, _ROUND = 4.0, 2.0  # nats that a value costs: of at most three digits; zero and one
_BEYOND = 8.0  # nats at most that the raw values say for a bound by lying beyond it
_MILD = 3.0  # times the logarithm of the share within: who clips leaves most values alone
_STUCK, _IMPUTED = 0.0, -3.0
_SATURATED = 0.5  # confidence: the scaler's own clipping may hide any fault
_FROZEN = 10.0  # nats: it is the last value that was right
_SURE = 0.99
_LONE = 0.8  # confidence that a batch of one record hides behind zeros


def constant(points: Points) -> Iterator[Reading]:
    """A value that stands in most points."""
    finite = np.isfinite(points.scaled)
    if not finite.any():
        return
    values, counts = np.unique(points.scaled[finite], return_counts=True)
    value = float(values[int(np.argmax(counts))])
    obeyed = points.scaled == value
    known = obeyed & (points.fresh | np.isnan(points.raw))
    nats = EXACT * float(known.sum()) - _cost(points, value)
    most = _SATURATED if value in (points.clips or ()) else _SURE
    if points.still and not np.isnan(points.raw).any():
        frozen = _FROZEN if value == points.before else 0.0
        yield Reading(
            fault=constants.stuck(points.column, value),
            obeyed=obeyed,
            nats=nats + _STUCK + frozen,
            most=most,
        )
        if value == 0:
            yield Reading(
                fault=refit.refit(points.column, 1), obeyed=obeyed, nats=nats + 1, most=_LONE
            )
    share = float(obeyed.sum() / points.records)
    fault = constants.imputed(points.column, value, share, prior=0.0)
    yield Reading(fault=fault, obeyed=obeyed, nats=nats + _IMPUTED, most=most)


def clipped(points: Points) -> Iterator[Reading]:
    """Values cut off below, above or on both sides."""
    lower = _bound(points, points.valid & (points.scaled > points.sound), -1)
    upper = _bound(points, points.valid & (points.scaled < points.sound), 1)
    for low, high in ((lower, None), (None, upper), (lower, upper)):
        if (low is None and high is None) or (low is not None and low == high):
            continue
        obeyed, nats = np.zeros(len(points), np.bool_), 0.0
        for value, side in ((low, -1), (high, 1)):
            if value is not None:
                cut = cut_at(points, value, side)
                obeyed |= cut
                nats += EXACT * float((cut & points.fresh).sum()) - _cost(points, value)
        nats += _beyond(points, low, high, int((obeyed & points.fresh).sum()))
        yield Reading(
            fault=bounds.clipped(points.column, low, high, prior=0.0), obeyed=obeyed, nats=nats
        )


def cut_at(points: Points, value: float, side: int) -> Mask:
    """Which points a bound explains: their raw values lie below (side -1) or above (1) it."""
    cut = points.valid & (points.scaled == value)
    return np.asarray(cut & (side * (points.sound - value) > 0), np.bool_)


def _bound(points: Points, cut: Mask, side: int) -> float | None:
    """The value that most of the points *cut* carry; of several the outermost."""
    if not cut.any():
        return None
    values, counts = np.unique(side * points.scaled[cut], return_counts=True)
    return side * float(values[np.flatnonzero(counts == counts.max())[-1]])


def _beyond(points: Points, low: float | None, high: float | None, count: int) -> float:
    """What it says for a bound that all *count* raw values lie beyond it."""
    outside = np.zeros(len(points.law), np.bool_)
    if low is not None:
        outside |= points.law < low
    if high is not None:
        outside |= points.law > high
    share = (float(outside.sum()) + 1) / (len(points.law) + 2)
    return min(_BEYOND, -count * float(np.log(share))) + _MILD * float(np.log(1 - share))


def _cost(points: Points, value: float) -> float:
    """What it costs to say which value: less for one that people choose."""
    if value in (-1.0, 0.0, 1.0):
        return _ROUND
    raw = float(points.column.view.scaler.inverse_transform(np.array([value]))[0])
    return _SHORT if _is_short(value) or _is_short(raw) else EXACT


def _is_short(value: float) -> bool:
    return bool(np.isfinite(value)) and abs(float(f"{value:.3g}") - value) <= 1e-9 * abs(value)
