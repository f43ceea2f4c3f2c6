"""Hypotheses that a few values pile up: imputed, clipped, rounded."""

from collections.abc import Iterator

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.hypothesis import Hypothesis
from detector.detection.diagnosis.lattice import LAST, off_grid
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.scoring import largest_gap
from detector.detection.diagnosis.suspects import IDENTITY, Suspects
from detector.detection.faults import Fault, OneWay, bounds, constants, rounding

_LOOKED_AT = 8  # most frequent live values
_EXCESS, _ERRORS = 0.04, 2.5  # share beyond training's, and standard errors, of an imputed value
_FEW = 16  # values below which no pile at an end is seen
_PILE = 0.02
_ELSEWHERE = 0.6  # distance of distribution functions: another map moved the values, and cut them
_SAME = 1e-9
_EXACT = 1e-6  # of a step: what arithmetic costs
_COUNTED = 24  # values that speak for lost digits, before it is settled
_RARE = 0.003  # share of an ordinary value
_SPECIAL = (0.0, 1.0, -1.0, -9.0, -99.0, -999.0, -9999.0, 999.0, 9999.0)
_IMPUTED, _ORDINARY, _CLIPPED = -2.5, -14.0, -3.0


def largest_excess(suspects: Suspects, sample: Sample) -> tuple[float, float, float]:
    """The value that is the most frequent beyond its training share; its share, and that one."""
    values, shares = sample.distinct
    some = np.argsort(-shares, kind="stable")[:_LOOKED_AT]
    expected = np.array([_expected(suspects, sample, float(values[i])) for i in some])
    best = int(np.argmax(shares[some] - expected))
    return float(values[some[best]]), float(shares[some[best]]), float(expected[best])


def piles(
    suspects: Suspects, sample: Sample, base: FloatArray, weight: float
) -> Iterator[Hypothesis]:
    """Imputed constants, clipping and rounding that the sample suggests for *base* (ascending)."""
    top, share, expected = largest_excess(suspects, sample)
    n = len(sample.since)
    error = np.sqrt(max(expected, 1e-3) * (1 - expected) / n)
    if share * n >= 3 and share > max(0.05, expected + _EXCESS + _ERRORS * error) and share < 1:  # noqa: PLR2004
        yield from _imputed(suspects, sample, base, top, share, expected, weight)
    if n >= _FEW:
        yield from _clipped(suspects, sample, base, weight)
    yield from _rounded(suspects, sample, base, weight)


def strays(suspects: Suspects, sample: Sample) -> tuple[FloatArray, float] | None:
    """The one or two distinct values off the grid, where all others stand on it, and their share.

    None where there is no grid, or more values left it.
    """
    if suspects.lattice is None or not len(sample.since):
        return None
    off = off_grid(suspects.lattice, suspects.column.view, sample.since)
    n = int(off.sum())
    if n < 3 or n >= 0.9 * len(off):  # noqa: PLR2004 - one may be a slip; nearly all are another fault
        return None
    values = np.unique(sample.since[off])
    if len(values) > 2 or n < 3 * len(values) - 2:  # noqa: PLR2004 - both ends, and each seen again
        return None
    return values, n / len(off)


def on_grid(suspects: Suspects, values: FloatArray) -> float:
    """Evidence of the training grid for values as they are."""
    return float(suspects.on_lattice([IDENTITY], values[-LAST:])[0])


def _expected(suspects: Suspects, sample: Sample, value: float) -> float:
    known = _atom(suspects, value)
    if len(sample.before) > 32:  # noqa: PLR2004 - a share needs some
        known = max(known, float(np.mean(sample.before == value)))
    return known


def _atom(suspects: Suspects, value: float) -> float:
    law = suspects.column.view.law
    if law is None:
        return 0.0
    near = [share for atom, share in law.atoms if abs(atom - value) <= 1e-9 * abs(value) + 1e-12]
    return near[0] if near else 0.0


def _imputed(
    suspects: Suspects, sample: Sample, base: FloatArray, top: float, share: float,
    expected: float, weight: float,
) -> Iterator[Hypothesis]:  # fmt: skip
    view, law = suspects.column.view, suspects.column.view.law
    if law is None:
        return
    raw = float(view.to_raw(np.array([top]))[0])
    special = (
        expected < _RARE
        or any(abs(raw - s) < _SAME for s in _SPECIAL)
        or abs(top - law.mean) < 1e-6 * law.std
        or not law.low <= top <= law.high
    )
    excess = (share - expected) / (1 - expected)
    fault = constants.imputed(
        suspects.column, top, excess, prior=_IMPUTED if special else _ORDINARY
    )
    rest = sample.since[sample.since != top]
    yield _of(suspects, fault, base, rest, weight)


def _clipped(
    suspects: Suspects, sample: Sample, base: FloatArray, weight: float
) -> Iterator[Hypothesis]:
    law = suspects.column.view.law
    values, shares = sample.distinct
    if law is None or len(values) < 3:  # noqa: PLR2004 - two ends and something between
        return
    n = len(sample.since)
    low, high = float(values[0]), float(values[-1])
    at_low = shares[0] > _atom(suspects, low) + _PILE and shares[0] * n >= 3 and low > law.low  # noqa: PLR2004
    at_high = shares[-1] > _atom(suspects, high) + _PILE and shares[-1] * n >= 3 and high < law.high  # noqa: PLR2004
    if not (at_low or at_high):
        return
    fault = bounds.clipped(
        suspects.column, low if at_low else None, high if at_high else None,
        prior=_CLIPPED + (1.0 if at_low and at_high else 0.0),
    )  # fmt: skip
    inner = sample.since[(sample.since > low) & (sample.since < high)]
    yield _of(suspects, fault, base, inner, weight)


def _rounded(
    suspects: Suspects, sample: Sample, base: FloatArray, weight: float
) -> Iterator[Hypothesis]:
    """Raw values on a coarser grid of decimals than training's."""
    view, lattice = suspects.column.view, suspects.lattice
    with np.errstate(all="ignore"):
        raw = view.to_raw(sample.since)
    if len(raw) < 3 or (lattice is not None and lattice.through is not None):  # noqa: PLR2004
        return
    for decimals in (0, 1, 2):
        step = 10.0**-decimals
        if lattice is not None and step <= 1.5 * lattice.step:
            return
        if not (np.abs(raw / step - np.rint(raw / step)) < 1e-6).all():  # noqa: PLR2004 - arithmetic
            continue
        ordinary = _share_on(view.to_raw(base), step)  # of values that stood on it before, too
        digits = -min(len(raw), _COUNTED) * float(np.log(ordinary))
        known = on_grid(suspects, sample.since)
        for fault in rounding.rounded(suspects.column, decimals):
            image = np.sort(fault.map.forward(base)) if isinstance(fault.map, OneWay) else base
            if largest_gap(sample.ordered, image) > _ELSEWHERE:
                continue
            evidence = fault.prior + digits + known
            yield Hypothesis(fault=fault, law=image, evidence=evidence, weight=weight)
        return


def _share_on(raw: FloatArray, step: float) -> float:
    """Share of raw values that are multiples of *step*, above 0 and below 1."""
    steps = raw / step
    hits = int((np.abs(steps - np.rint(steps)) < _EXACT).sum())
    return (hits + 0.5) / (len(steps) + 1)


def _of(
    suspects: Suspects, fault: Fault, base: FloatArray, rest: FloatArray, weight: float
) -> Hypothesis:
    image = np.sort(fault.map.forward(base)) if fault.map is not None else base
    evidence = fault.prior + (on_grid(suspects, rest) if len(rest) >= 2 else 0.0)  # noqa: PLR2004
    return Hypothesis(fault=fault, law=image, evidence=evidence, weight=weight)
