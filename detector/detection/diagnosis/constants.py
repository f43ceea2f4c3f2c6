"""Hypotheses that a few values pile up: imputed, clipped."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.hypothesis import Hypothesis
from detector.detection.diagnosis.lattice import LAST, off_grid
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.suspects import IDENTITY, Suspects
from detector.detection.faults import Fault, bounds, constants

_LOOKED_AT = 8  # most frequent live values
_EXCESS, _ERRORS = 0.04, 2.5  # share beyond training's, and standard errors, of an imputed value
_FEW = 16  # values below which no pile at an end is seen
_PILE = 0.02
_SAME = 1e-9
_RARE = 0.003  # share of an ordinary value
_MIDDLE = 1.0  # standard errors of a rank, twice: a median of thinned training values
_SPECIAL = (0.0, 1.0, -1.0, -9.0, -99.0, -999.0, -9999.0, 999.0, 9999.0)
_IMPUTED, _ORDINARY, _CLIPPED = -2.5, -14.0, -3.0


class Excess(NamedTuple):
    """The value that is the most frequent beyond its training share; its share, and that one."""

    value: float
    share: float
    expected: float


def largest_excess(suspects: Suspects, sample: Sample) -> Excess:
    """That of the sample."""
    values, shares = sample.distinct
    some = np.argsort(-shares, kind="stable")[:_LOOKED_AT]
    expected = _expected(suspects, sample, values[some])
    best = int(np.argmax(shares[some] - expected))
    return Excess(float(values[some[best]]), float(shares[some[best]]), float(expected[best]))


def piles(
    suspects: Suspects, sample: Sample, base: FloatArray, excess: Excess, weight: float
) -> Iterator[Hypothesis]:
    """Imputed constants and clipping that the sample, with its *excess*, suggests for *base*
    (ascending).
    """
    top, share, expected = excess
    n = len(sample.since)
    error = np.sqrt(max(expected, 1e-3) * (1 - expected) / n)
    if share * n >= 3 and share > max(0.05, expected + _EXCESS + _ERRORS * error) and share < 1:  # noqa: PLR2004
        yield from _imputed(suspects, sample, base, top, share, expected, weight)
    if n >= _FEW:
        yield from _clipped(suspects, sample, base, top, weight)


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
    return float(suspects.on_lattice([IDENTITY], values[-LAST:], (-np.inf, np.inf))[0])


def _expected(suspects: Suspects, sample: Sample, values: FloatArray) -> FloatArray:
    """The share of each of some values in training or before the onset, whichever is larger."""
    known = np.array([_atom(suspects, value) for value in values.tolist()])
    if sample.recent is None:  # a share needs some
        return known
    below, upto = (np.searchsorted(sample.recent, values, side) for side in ("left", "right"))
    return np.asarray(np.maximum(known, (upto - below) / len(sample.recent)))


def _atom(suspects: Suspects, value: float) -> float:
    law = suspects.column.view.law
    if law is None:
        return 0.0
    room = 1e-9 * abs(value) + 1e-12
    return next((share for atom, share in law.atoms if abs(atom - value) <= room), 0.0)


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
        or is_median(law.knots, top)
        or not law.low <= top <= law.high
    )
    excess = (share - expected) / (1 - expected)
    fault = constants.imputed(
        suspects.column, top, excess, prior=_IMPUTED if special else _ORDINARY
    )
    rest = sample.since[sample.since != top]
    yield _of(suspects, fault, base, rest, weight)


def is_median(knots: FloatArray, value: float) -> bool:
    """Whether half of the training values may lie on either side."""
    k = len(knots)
    below = np.searchsorted(knots, value, "left"), np.searchsorted(knots, value, "right")
    return bool(
        below[0] <= k / 2 + _MIDDLE * np.sqrt(k) and below[1] >= k / 2 - _MIDDLE * np.sqrt(k)
    )


def _clipped(
    suspects: Suspects, sample: Sample, base: FloatArray, top: float, weight: float
) -> Iterator[Hypothesis]:
    values = sample.since
    windows = (values, values[int(np.argmax(values == top)) :], values[len(values) // 2 :])
    # the onset may be a little early, and the values before the bound are still free
    ends = [_piled(suspects, window) for window in windows]
    lower, upper = max(ends, key=lambda pair: sum(end is not None for end in pair))
    inner = values[
        (values > (-np.inf if lower is None else lower))
        & (values < (np.inf if upper is None else upper))
    ]
    if (lower is None and upper is None) or not len(inner):
        return
    both = lower is not None and upper is not None
    fault = bounds.clipped(suspects.column, lower, upper, prior=_CLIPPED + (1.0 if both else 0.0))
    yield _of(suspects, fault, base, inner, weight)


def _piled(suspects: Suspects, window: FloatArray) -> tuple[float | None, float | None]:
    """The smallest and the largest value, each if it is a pile that training went beyond."""
    law, n = suspects.column.view.law, len(window)
    if law is None or n < 3:  # noqa: PLR2004 - two ends and something between
        return None, None

    def is_pile(end: float) -> bool:
        count = int(np.count_nonzero(window == end))
        return count >= 3 and count / n > _atom(suspects, end) + _PILE  # noqa: PLR2004

    low, high = float(window.min()), float(window.max())
    return (
        low if low > law.low and is_pile(low) else None,
        high if high < law.high and is_pile(high) else None,
    )


def _of(
    suspects: Suspects, fault: Fault, base: FloatArray, rest: FloatArray, weight: float
) -> Hypothesis:
    evidence = fault.prior + (on_grid(suspects, rest) if len(rest) else 0.0)
    return Hypothesis(fault=fault, law=fault.law_of(base), evidence=evidence, weight=weight)
