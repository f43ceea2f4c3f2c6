"""What the world may have done to a feature: nothing, moved it, stretched it, anything."""

from collections.abc import Iterator

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.grids import Grids
from detector.detection.diagnosis.hypothesis import Hypothesis, Scored
from detector.detection.diagnosis.lattice import LAST, off_grid
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.scoring import largest_gap, saturated
from detector.detection.diagnosis.suspects import Suspects
from detector.detection.faults import Affine, Fault, exact, nature, refit
from detector.detection.faults.refit import Kind

_UNCHANGED = -1.0
_MOVED, _BY_DISTANCE, _BY_FACTOR, _STRETCHED = -3.5, -0.8, -1.2, -1.0
_FAR, _BEYOND, _FARTHEST = 6.0, -0.3, 20.0  # training scales that the world hardly moves at once
_EXACT = -1.0  # an exact map is rarer than a change of the world
_WHOLE = -4.0  # a stretch by a whole number, which keeps the common fraction
_RESHAPED = -8.0  # about the price of fitting a law freely
_REFUTED = -40.0  # evidence of the grid against a map that leads nowhere near it
_MISSED = 10.0  # nats of the values against its law
_BY_CHANCE, _ERROR = 0.07, 1.3  # gap of two distribution functions that is no misfit
_ENDS = (0.1, 0.25, 0.75, 0.9)  # where a shift shows, too, if few values lie oddly
_FEW = 8  # values below which no stretch is estimated
_GAIN_LIMITS = 0.05, 20.0
_SAME_FRACTION = 0.8
_LEFT = -8.0  # evidence of the grid from which values have left it; unusual roundness says less
_DISTINCT = 256  # of the latest values, that are looked at one by one
_VARIED = 8  # distinct values that must stand on no common grid
_VARYING = -6.0  # evidence of that against one map for all
_DIGITS, _SOME = -6.0, 0.25  # price of more digits; share off the grid, and on it, that shows them


def natural(
    suspects: Suspects,
    sample: Sample,
    base: FloatArray,
    on_grid: float,
    weight: float,
    grids: Grids | None = None,
) -> Iterator[Hypothesis]:
    """The laws that nature may have made of *base* (ascending), and exact maps of no known unit.

    on_grid: evidence of the training grid for the values as they are; where it speaks against
             them, what fits is no change of the world but a map.
    grids:   training's and the live values' own; where that is coarser, a map has made it so.
    """
    column, live = suspects.column, sample.ordered
    off = suspects.lattice is not None and on_grid <= _LEFT
    if off and (_is_bent(suspects) or _has_more_digits(suspects, sample, grids)):
        off, on_grid = False, _DIGITS
    none = nature.shift(column, 1.0, 0.0, prior=_UNCHANGED)
    yield Hypothesis(fault=none, law=base, evidence=none.prior + on_grid, weight=weight)
    coarser = not off and grids is not None and grids.coarser
    varying = off and grids is None and _is_varying(suspects, sample)
    common = off and _common_fraction(suspects, sample)
    known = grids if off or coarser else None
    for one in affine_fits(base, live, known):
        price = _price(suspects, one)
        if off:
            fault, extra = _named(suspects, one, common, price), 0.0
            if varying:
                extra = _VARYING
                yield _refitted(suspects, one, base, price, weight)
        elif coarser and one.gain != 1:
            fault = exact.rescaled(suspects.column, one, prior=price + _EXACT)
            extra = float(suspects.on_lattice([one], sample.since[-LAST:])[0])
        else:
            fault, extra = nature.shift(column, one.gain, one.offset, prior=price), on_grid
        law = one.forward(base)
        yield Hypothesis(fault=fault, law=law, evidence=fault.prior + extra, weight=weight)
    if known is not None:
        yield from _factors(suspects, sample, base, known, weight)


def _factors(
    suspects: Suspects, sample: Sample, base: FloatArray, grids: Grids, weight: float
) -> Iterator[Hypothesis]:
    """Multiplications of the topic's or of the raw values that lead from one grid to the other: of
    all the places that the law leaves open, theirs is no chance.
    """
    spread, column = suspects.column.view.spread or 1.0, suspects.column
    room = spread / (grids.step * np.sqrt(len(sample.since)))
    telling = float(np.log(max(room, 1.0)))
    ratio = sample.ordered.std() / max(base.std(), 1e-300)
    for gain in grids.gains([float(np.clip(ratio, *_GAIN_LIMITS))]):
        for one in (Affine(gain, 0.0), column.in_topic(Affine(gain, 0.0))):
            if gain == 1 or not isinstance(one, Affine) or not grids.leads(one):
                continue
            price = _price(suspects, one) + _EXACT + telling
            fault = exact.gain(column, one.gain, one.offset, prior=price)
            law = np.sort(one.forward(base))
            yield Hypothesis(fault=fault, law=law, evidence=fault.prior, weight=weight)


def _is_bent(suspects: Suspects) -> bool:
    """Whether the topic bends the grid: then no line leads from it to any other, and none is
    proven by having left it.
    """
    return suspects.lattice is not None and suspects.lattice.line(suspects.column.view) is None


def _has_more_digits(suspects: Suspects, sample: Sample, grids: Grids | None) -> bool:
    """Whether values came to be written with more digits: many of them still do without, as hardly
    any would behind a map, but for one to a coarser grid.
    """
    if suspects.lattice is None or (grids is not None and grids.live.step >= 1):
        return False
    off = float(off_grid(suspects.lattice, suspects.column.view, sample.since[-_DISTINCT:]).mean())
    return _SOME < off < 1 - _SOME


def _is_varying(suspects: Suspects, sample: Sample) -> bool:
    """Whether scaled values off the grid stand on no other: no one map has led them there."""
    lattice, view = suspects.lattice, suspects.column.view
    if lattice is None or view.values == "raw" or lattice.line(view) is None:
        return False
    return len(np.unique(sample.since[-_DISTINCT:])) >= _VARIED and view.scaler.kind != "identity"


def _refitted(
    suspects: Suspects, one: Affine, base: FloatArray, price: float, weight: float
) -> Hypothesis:
    """A map that changes from batch to batch and is *one* on the whole."""
    kind = suspects.column.view.scaler.kind
    kind_of: Kind = "standard" if kind == "identity" else kind
    fault = refit.refit(suspects.column, None, kind_of, prior=price + _EXACT)
    return Hypothesis(fault=fault, law=one.forward(base), evidence=fault.prior, weight=weight)


def reshaped(suspects: Suspects, sample: Sample, best: Hypothesis, score: float) -> Scored:
    """Another law altogether, against the *best* explanation and its score.

    It gains by Pinsker's inequality: a distance D of distribution functions costs at least 2 D²
    nats a value. Where the grid refutes even the best, and its law misses, too, nothing known has
    happened.
    """
    view, n = suspects.column.view, len(sample.since)
    centre, spread = view.centre or 0.0, view.spread or 1.0
    with np.errstate(all="ignore"):
        moved = float(np.clip((sample.since.mean() - centre) / spread, -1e300, 1e300))
        factor = float(np.clip(sample.since.std() / spread, 0.0, 1e300))
    fault = nature.reshaped(suspects.column, moved, factor, prior=_RESHAPED)
    by_chance = _BY_CHANCE + _ERROR / np.sqrt(n * best.weight)
    apart = max(largest_gap(sample.ordered, best.law) - by_chance, 0.0)
    gain = float(saturated(np.array(2 * apart**2), n * best.weight))
    refuted = best.evidence - best.fault.prior <= _REFUTED and best.evidence - score > _MISSED
    beyond = -_REFUTED if refuted else 0.0
    return Scored(fault=fault, score=score + gain + fault.prior + beyond)


def _price(suspects: Suspects, one: Affine) -> float:
    view = suspects.column.view
    centre, spread = view.centre or 0.0, view.spread or 1.0
    distance = abs(one.offset + (one.gain - 1) * centre) / spread
    stretched = 0.0 if one.gain == 1 else _STRETCHED
    beyond = min(max(distance - _FAR, 0.0), _FARTHEST)
    return float(
        _MOVED
        + _BEYOND * beyond
        + _BY_DISTANCE * np.log1p(distance)
        + _BY_FACTOR * abs(np.log(one.gain))
        + stretched
    )


def affine_fits(base: FloatArray, live: FloatArray, grids: Grids | None = None) -> Iterator[Affine]:
    """Affine maps that take *base* to *live*, by several ways of matching spread and middle."""
    middle, middle_live = _quantile(base, 0.5), _quantile(live, 0.5)
    mean, mean_live = float(base.mean()), float(live.mean())
    gains = _gains(base, live, middle, middle_live)
    if grids is not None:
        gains = grids.gains(gains) or gains
    for gain in gains:
        offsets = {middle_live - gain * middle, mean_live - gain * mean}
        if gain == 1:
            offsets |= {_quantile(live, at) - _quantile(base, at) for at in _ENDS}
        for offset in sorted(offsets):
            if np.isfinite(offset):
                one = Affine(gain, offset)
                yield one if grids is None else grids.aligned(one)


def _gains(base: FloatArray, live: FloatArray, middle: float, middle_live: float) -> list[float]:
    gains = [1.0]
    if len(live) < _FEW:
        return gains
    pairs = [
        (float(live.std()), float(base.std())),
        (float(np.abs(live - middle_live).mean()), float(np.abs(base - middle).mean())),
    ]
    pairs += [
        (
            _quantile(live, 1 - low) - _quantile(live, low),
            _quantile(base, 1 - low) - _quantile(base, low),
        )
        for low in (0.1, 0.25)
    ]
    for ours, theirs in pairs:
        if ours > 0 and theirs > 0:
            gains.append(float(np.round(np.clip(ours / theirs, *_GAIN_LIMITS), 3)))
    return list(dict.fromkeys(gains))


def _quantile(ordered: FloatArray, at: float) -> float:
    return float(ordered[min(int(at * len(ordered)), len(ordered) - 1)])


def _named(suspects: Suspects, one: Affine, common: bool, price: float) -> Fault:
    """Off the grid: a shift keeps one common fraction of a step, a stretch rarely does."""
    if one.gain == 1 and common:
        return exact.offset(suspects.column, one.offset, prior=price + _EXACT)
    rare = _WHOLE if common else 0.0
    if one.gain == 1:
        return exact.gain(suspects.column, 1.0, one.offset, prior=price + _EXACT + rare)
    return exact.rescaled(suspects.column, one, prior=price + _EXACT + rare)


def _common_fraction(suspects: Suspects, sample: Sample) -> bool:
    """Whether the distinct values lie apart by whole steps, all from the grid by one fraction."""
    lattice, view = suspects.lattice, suspects.column.view
    if lattice is None:
        return False
    values = np.unique(sample.since[-_DISTINCT:])
    with np.errstate(all="ignore"):
        steps = lattice.steps(view.to_raw(values))
        fractions = (steps - steps[len(steps) // 2] + 0.5) % 1 - 0.5
        tolerance = 1e-4 + 4e-9 * np.abs(steps)
    return bool(np.mean(np.abs(fractions) < tolerance) > _SAME_FRACTION)
