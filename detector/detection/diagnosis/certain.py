"""Causes that need no comparison of laws: missing, invalid, stuck, values off the grid in piles,
batches whose own figures prove a refit.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.constants import strays
from detector.detection.diagnosis.lattice import common_step, off_grid
from detector.detection.diagnosis.refit import batch_of, robust_batch_of
from detector.detection.diagnosis.sample import BEFORE, Sample
from detector.detection.diagnosis.scoring import follows
from detector.detection.diagnosis.suspects import Suspects
from detector.detection.faults import Column, Fault, bounds, constants, quality, refit
from detector.detection.faults.columns import swapped_values
from detector.events import SignalKind

_RUN, _MOST = 4, 0.5  # a stuck value fills the end of the window, and most of it
_FAR = 6.0  # training scales beyond which a value is another column's rather than this one's
_STUCK = 16.0  # nats that a run must be worth under training's own chance of the value
_TELLING = 8  # values from which a bound can be told from a constant
_LEFT = 0.2  # of the values that a refit takes off the training grid, even from a late onset on
_CONSTANTS = 2  # distinct values that may be put in the place of others
_DEPENDENT = 1.5  # autocorrelation time above which values may repeat by themselves


def certain(
    suspects: Suspects,
    sample: Sample,
    kinds: Sequence[SignalKind],
    fits: Callable[[], bool],
    *,
    known: bool = False,
    swapped: str | None = None,
) -> Fault | None:
    """The cause that counting alone names; None where laws must be compared.

    kinds: of the signals, the one that tipped first.
    fits:  whether the values that there are follow training.
    known: whether a fault was there before: what it piled up is no news.
    swapped: the feature whose values are known to stand here.
    """
    column, records = suspects.column, max(sample.records, 1)
    for kind, count, fault in (
        ("missing", sample.missing, quality.missing),
        ("invalid", sample.invalid, quality.invalid),
    ):
        if kind in kinds and count and (kind == kinds[0] or fits() or len(sample.since) < 2):  # noqa: PLR2004
            return fault(column, count / records)
    if len(sample.since) < 2:  # noqa: PLR2004 - nothing to compare
        return None
    if _is_stuck(suspects, sample, swapped):
        return constants.stuck(column, float(sample.since[-1]), sample.longest_last_run)
    return _off_the_grid(suspects, sample, known=known)


def refitted(own: Suspects, seen: Sample, values: FloatArray) -> Fault | None:
    """A refit on each batch that its figures prove: of the deviation, or of the quartiles.

    It leaves the training grid. Quartiles of values that stand on one grid are whole by chance;
    two batches have two grids.
    """
    if own.lattice is not None and len(seen.since):
        left = off_grid(own.lattice, own.column.view, seen.since)
        if float(left.mean()) < _LEFT:
            return None
    batch = batch_of(values)
    if batch is not None:
        return refit.refit(own.column, batch)
    gridded = common_step(np.unique(seen.since[-BEFORE:])) is not None
    batch = None if gridded else robust_batch_of(values)
    return None if batch is None else refit.refit(own.column, batch, "robust")


def _is_stuck(suspects: Suspects, sample: Sample, swapped: str | None) -> bool:
    run, n = sample.longest_last_run, len(sample.since)
    if run < _RUN or run < _MOST * n:
        return False
    reference, law = suspects.column.view.reference, suspects.column.view.law
    value = float(sample.since[-1])
    if reference is None or law is None:
        return run >= 12  # noqa: PLR2004 - nothing is known of ties in training
    share = max([s for atom, s in law.atoms if atom == value] + [0.3 / law.count])
    if len(sample.before):
        share = max(share, float(np.mean(sample.before == value)))
    longest = max([reference.longest_run or 1, *_runs_elsewhere(suspects.column, value, swapped)])
    independent = (reference.autocorrelation_time or 1.0) <= _DEPENDENT and longest <= 12  # noqa: PLR2004
    if not independent:
        # training's longest run came once in all its rows: longer ones are rarer by as much again
        rarer = (run - longest) / longest * np.log(max(law.count, 2))
        return bool(run > 2 * longest + 2 and rarer > _STUCK)
    return bool(run * -np.log(min(share, 0.999)) > _STUCK)


def _runs_elsewhere(column: Column, value: float, swapped: str | None) -> Iterator[int]:
    """The longest training runs of the columns whose values may stand here: the one that is known
    to, or all that have such a value where this one has none.
    """
    law = column.view.law
    alien = law is None or not -_FAR < (value - law.mean) / law.std < _FAR
    for name, other in column.views.items():
        if name == column.name or other.law is None or other.reference is None:
            continue
        with np.errstate(all="ignore"):
            ends = swapped_values(column.view, other, np.array([other.law.low, other.law.high]))
        if name == swapped or (alien and ends.min() <= value <= ends.max()):
            yield other.reference.longest_run or 1


def _off_the_grid(suspects: Suspects, sample: Sample, *, known: bool) -> Fault | None:
    """One or two values that training's grid does not have, among values that stand on it and
    follow training.
    """
    found = strays(suspects, sample)
    law = suspects.column.view.law
    if found is None or law is None:
        return None
    values, share = found
    if known and (np.isin(values, sample.before).all() or _is_off(suspects, sample.before)):
        return None
    first = int(np.argmax(np.isin(sample.since, values)))
    window = sample.since[first:]
    low, high = float(window.min()), float(window.max())
    within = bool(((values > law.low) & (values < law.high)).all())  # a bound cuts something off
    if within and np.isin(values, (low, high)).all():
        lower, upper = (low if low in values else None), (high if high in values else None)
        if len(window) < _TELLING:
            return None
        if len(values) > 1 or _is_bound(law.knots, window, lower, upper):
            return bounds.clipped(suspects.column, lower, upper, prior=0.0)
    rest = np.sort(sample.since[~np.isin(sample.since, values)])
    laws = [law.knots] if sample.recent is None else [law.knots, sample.recent]
    if len(values) == 1 and len(rest) and any(follows(rest, one) for one in laws):
        return constants.imputed(suspects.column, float(values[0]), share, prior=0.0)
    return None


def _is_off(suspects: Suspects, values: FloatArray) -> bool:
    """Whether *values* left the grid as a whole, as behind a map: then some of them stand on it by
    chance, and the others are no constants.
    """
    if suspects.lattice is None:
        return False
    off = off_grid(suspects.lattice, suspects.column.view, values)
    return len(np.unique(values[off])) > _CONSTANTS


def _is_bound(
    knots: FloatArray, window: FloatArray, lower: float | None, upper: float | None
) -> bool:
    """Whether the value at an end of *window* is a bound rather than an imputed constant.

    A bound takes just the values that training had beyond it, and none is left there; a constant
    takes any share, and leaves what lies beyond.
    """
    outside = knots < lower if lower is not None else knots > (upper or 0.0)
    expected = (float(outside.sum()) + 0.5) / (len(knots) + 1)
    n = len(window)
    end = upper if lower is None else lower
    hit = int((window == end).sum())
    share = hit / n
    bound = hit * np.log(expected) + (n - hit) * np.log(1 - expected)
    free = hit * np.log(share) + (n - hit) * np.log(max((1 - share) * (1 - expected), 1e-300))
    return bool(bound > free - 0.5 * np.log(n))  # half a logarithm for the share that is free
