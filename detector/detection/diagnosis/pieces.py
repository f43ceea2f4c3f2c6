"""Maps from raw to scaled values that no catalogue holds: lines, batches with a line each, and
lines that turn slowly.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import lgamma, log

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.points import EXACT, Drawn, Mask, Points, Reading
from detector.detection.diagnosis.refit import batch_of, robust_batch_of
from detector.detection.faults import Affine, Column, Fault, exact, refit

Indices = npt.NDArray[np.intp]

_ZERO = 3e-5  # relative: what the recovered figures may be off, points being rounded
_FIGURES = 2  # of a line, that as many points have to pay for
_HIDDEN = (
    4.0  # a line without a name on n points may be one batch's own: with a chance of 4 in n + 4
)
_PRIOR, _BATCHED, _TURNING = 0.0, -4.0, -2.0
_BATCH_PROOF = 2 * EXACT  # that sums return to zero with the right squares
_TRIPLE = 64.0  # roundings within which a point between two others lies on their line
_APART = ((0.0, 1.0), (0.25, 0.75), (0.0, 0.5), (0.5, 1.0))
_TIMES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_ONE_LINE = 0.9  # of the points: no batches, then
_MANY = 8  # points from which an order says something
_GUESS = 0.9
_BOUNDS: dict[refit.Kind, tuple[float, ...]] = {
    "minmax": (0.0, 1.0), "minmax_pm1": (-1.0, 1.0), "maxabs": (1.0,)
}  # fmt: skip
_TOUCH, _TOUCHED = 1e-6, 2  # of a bound, within which a value touches it; values that must


def lines(points: Points) -> Iterator[Reading]:
    """The line that most points lie on."""
    at = np.flatnonzero(points.valid)
    inner = points.inner[at]
    if len(np.unique(inner)) <= _FIGURES:
        return
    best: Reading | None = None
    for one, other in _anchors(at, inner):
        found = _line(points, one, other)
        if found is not None and (best is None or found.nats > best.nats):
            best = found
    if best is not None:
        yield best


def _anchors(at: Indices, inner: FloatArray) -> Iterator[tuple[int, int]]:
    """Points to draw a line through: far apart in value, and neighbours in time."""
    order = at[np.argsort(inner, kind="stable")]
    for quantiles in _APART:
        one, other = (int(order[round(q * (len(order) - 1))]) for q in quantiles)
        yield one, other
    for q in _TIMES:
        first = round(q * (len(at) - 2))
        one, other = sorted((first, first + 1), key=lambda k: float(inner[k]))
        yield int(at[one]), int(at[other])


def batches(points: Points) -> Iterator[Reading]:
    """Neighbouring points on lines that change every now and then: each batch has its own."""
    at = np.flatnonzero(points.valid)
    scaled = points.scaled[at]
    size = batch_of(scaled)
    if size is not None:
        fresh = float(points.fresh.sum())
        nats = EXACT * (fresh - _FIGURES * len(at) / size) + _BATCH_PROOF + _BATCHED
        fault = refit.refit(points.column, size)
        yield Reading(fault=fault, obeyed=points.valid, nats=nats, lasts=False)
    if any(one.obeyed.sum() >= _ONE_LINE * len(points) for one in lines(points)):
        return
    collinear, worth = _collinear(points, at)
    ends = np.flatnonzero(collinear[:-1] & ~collinear[1:])
    if len(ends):
        obeyed = np.zeros(len(points), np.bool_)
        for shift in range(3):
            obeyed[at[shift : len(collinear) + shift]] |= collinear
        nats = float(worth[collinear].sum()) / 2 - len(ends) * EXACT / 2 + _BATCHED
        fault = refit.refit(points.column, None)
        yield Reading(fault=fault, obeyed=obeyed, nats=nats, lasts=False)


def turning(points: Points) -> Iterator[Reading]:
    """A gain or an offset that grows, or shrinks, from point to point."""
    gain, offset = points.own.gain, points.own.offset
    at = np.flatnonzero(points.valid & (np.abs(points.sound) > _ZERO))
    raw, scaled, sound = points.inner[at], points.scaled[at], points.sound[at]
    ways = (scaled / sound, (scaled - offset) / (gain * raw), scaled - sound)
    for way, figures in enumerate(ways):
        steps = np.diff(figures)
        n = len(figures)
        if n < _MANY or not np.isfinite(figures).all() or not _one_way(steps):
            continue
        last = float(figures[-1])
        fault = (
            exact.offset(points.column, last, prior=0.0)
            if way == len(ways) - 1
            else exact.gain(points.column, last, 0.0 if way == 0 else offset * (1 - last), prior=0)
        )
        obeyed = np.zeros(len(points), np.bool_)
        obeyed[at] = True
        nats = lgamma(n + 1) - log(2 * len(ways)) + _TURNING
        yield Reading(fault=fault, obeyed=obeyed, nats=nats, most=_GUESS, lasts=False)


def specified(points: Points, reading: Reading) -> Reading:
    """*reading* with the kind of scaler, where every batch has its own."""
    fault = reading.fault
    if fault.cause != "refit_on_live" or fault.figures.batch is not None:
        return reading
    return replace(reading, fault=refit.refit(points.column, None, _kind(points.scaled)))


def _kind(scaled: FloatArray) -> refit.Kind:
    """The scaler that is fitted again and again: every batch touches its bounds."""
    known = scaled[np.isfinite(scaled)]
    for kind, bounds in _BOUNDS.items():
        size = np.abs(known) if kind == "maxabs" else known
        near = [np.abs(size - bound) <= _TOUCH for bound in bounds]
        lowest = bounds[0] if len(bounds) > 1 else 0.0
        inside = (size <= bounds[-1] + _TOUCH) & (size >= lowest - _TOUCH)
        if inside.all() and all(hit.sum() >= _TOUCHED for hit in near):
            return kind
    return "standard" if robust_batch_of(known) is None else "robust"


def _one_way(steps: FloatArray) -> bool:
    return bool((steps > 0).all() or (steps < 0).all())


def _line(points: Points, one: int, other: int) -> Reading | None:
    run = points.inner[other] - points.inner[one]
    gain = float((points.scaled[other] - points.scaled[one]) / run) if run > 0 else 0.0
    if not np.isfinite(gain) or gain == 0:
        return None
    line = Affine(gain, float(points.scaled[one] - gain * points.inner[one]))
    drawn = Drawn(map=line, start=float(points.inner[one]), run=float(run))
    met, worth = on_line(points, drawn)
    told = np.sort(worth[met & points.fresh])[:-_FIGURES]
    count = int((met & points.fresh).sum())
    if not len(told):
        return None
    unsure = float(points.transport[one] + points.transport[other])
    loose = max(_ZERO, 2 * unsure / abs(points.own.gain * run))
    most = count / (count + _HIDDEN)
    return Reading(
        fault=called(points.column, line, loose),
        obeyed=met,
        nats=float(told.sum()) + _PRIOR,
        most=min(most, 0.99),
        drawn=drawn,
    )


def on_line(points: Points, drawn: Drawn) -> tuple[Mask, FloatArray]:
    """Which points lie on a line, and the nats that each is worth.

    Figures taken from two points carry the roundings of both, the more the nearer they are.
    """
    away = np.abs(points.inner - drawn.start) / drawn.run
    stretch = (1 + away) * max(abs(drawn.map.gain / points.own.gain), 1.0)
    return points.near(drawn.map.forward(points.inner), stretch, fitted=True)


def called(column: Column, line: Affine, loose: float) -> Fault:
    """What a line is called whose gain is known to within *loose*, relative to the scaler's."""
    own = column.scaling or Affine(1.0, 0.0)
    whole = own.back().then(line)
    if abs(whole.gain - 1) <= loose and abs(whole.offset) > loose:
        return exact.offset(column, whole.offset, prior=0.0)
    return exact.rescaled(column, whole, loose=loose, prior=0.0)


def _collinear(points: Points, at: Indices) -> tuple[Mask, FloatArray]:
    """Of every three neighbours, whether they lie on one line that is not level, and the nats that
    it would be worth.
    """
    inner, scaled = points.inner[at], points.scaled[at]
    if len(inner) <= _FIGURES:
        return np.zeros(0, np.bool_), np.zeros(0)
    first, second, third = inner[:-2], inner[1:-1], inner[2:]
    share = (second - first) / (third - first)
    line = scaled[:-2] + (scaled[2:] - scaled[:-2]) * share
    room = (points.width * (points.summands + np.abs(points.scaled)) + points.transport)[at]
    widest = np.maximum(np.maximum(room[:-2], room[1:-1]), room[2:])
    room = _TRIPLE * np.maximum(1.0, np.abs(share)) * widest
    near = np.abs(line - scaled[1:-1]) <= room
    told = (first != third) & (scaled[:-2] != scaled[2:]) & (second != first) & (second != third)
    high = np.maximum(np.maximum(scaled[:-2], scaled[1:-1]), scaled[2:])
    low = np.minimum(np.minimum(scaled[:-2], scaled[1:-1]), scaled[2:])
    told &= np.isfinite(room)  # near the end of float64 nothing is told apart
    return near & told, np.clip(np.log((high - low) / room), 0.0, EXACT)
