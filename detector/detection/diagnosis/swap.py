"""Two columns exchanged: evidence that only both together give."""

from collections.abc import Callable, Iterator

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.hypothesis import Hypothesis
from detector.detection.diagnosis.lattice import LAST, Lattice, evidence, resolution, slope
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.suspects import Suspects
from detector.detection.faults import Fault
from detector.detection.faults.columns import swapped_values
from detector.detection.view import View

MOST = 16  # other columns compared: those whose quantiles lie nearest
_DOUBT = 0.03
_AS_BEFORE = 0.5  # of the difference of two means
_AGAINST, _FOR, _LEAST, _SILENT = -30.0, 20.0, 3.0, -12.0


Theirs = Callable[[str], tuple[Sample, Lattice | None]]


def swaps(suspects: Suspects, mine: Sample, theirs: Theirs, weight: float) -> Iterator[Hypothesis]:
    """Every swap with a column whose training law could be what arrives here.

    theirs: the sample over the same records and the training grid of another feature, by name.
    """
    view = suspects.column.view
    if view.law is None:
        return
    for fault, law in _nearest(suspects, mine):
        name = fault.feature or ""
        values, lattice = theirs(name)
        said = fault.prior + _other_half(view, suspects.column.views[name], values)
        said += _on_other_grid(view, lattice, mine.since[-LAST:])
        said += _unturned(view, suspects.column.views[name], mine, values)
        yield Hypothesis(fault=fault, law=law, evidence=said, weight=weight)


def _nearest(suspects: Suspects, mine: Sample) -> list[tuple[Fault, FloatArray]]:
    found: list[tuple[float, int, Fault, FloatArray]] = []
    live = _levels(mine.ordered)
    for i, fault in enumerate(suspects.swaps):
        other = suspects.column.views[fault.feature or ""]
        if other.law is None:
            continue
        with np.errstate(all="ignore"):
            law = np.sort(swapped_values(suspects.column.view, other, other.law.knots))
            if not np.isfinite(law).all():
                continue
            expected = _levels(law)
            width = max(float(expected[-1] - expected[0]), float(live[-1] - live[0]), 1e-300)
            distance = float(np.abs(expected - live).sum()) / width
        found.append((distance, i, fault, law))
    found.sort(key=lambda entry: entry[:2])
    return [(fault, law) for _, _, fault, law in found[:MOST]]


def _levels(ordered: FloatArray) -> FloatArray:
    return ordered[(np.array([0.1, 0.5, 0.9]) * (len(ordered) - 1)).astype(np.int64)]


def _other_half(view: View, other: View, theirs: Sample) -> float:
    """Log evidence that the other column carries this one's values rather than its own."""
    live = theirs.ordered
    if len(live) < 4 or view.law is None or other.law is None:  # noqa: PLR2004 - too few to speak
        return _SILENT
    with np.errstate(all="ignore"):
        mine = np.sort(swapped_values(other, view, view.law.knots))
    if not np.isfinite(mine).all():
        return _AGAINST
    edges = np.unique(np.concatenate((other.law.knots[::32], mine[::32])))
    swapped, own = _masses(mine, edges), _masses(other.law.knots, edges)
    if theirs.recent is not None:
        own = 0.7 * own + 0.3 * _masses(theirs.recent, edges)
    seen = _masses(live, edges)
    floor = _DOUBT * ((swapped + own) / 2 + 0.5 / len(seen))
    gain = np.log(((1 - _DOUBT) * swapped + floor) / ((1 - _DOUBT) * own + floor))
    total = len(live) * float(seen @ gain)
    limited = float(np.clip(total / (1 + 0.02 * len(live)), _AGAINST, _FOR))
    return limited + (_SILENT if total < _LEAST else 0.0)


def _unturned(view: View, other: View, mine: Sample, theirs: Sample) -> float:
    """An exchange turns the difference of the two round: against it, where that stays as it was."""
    if view.law is None or other.law is None or not len(mine.since) or not len(theirs.since):
        return 0.0
    with np.errstate(all="ignore"):
        before = float(view.to_raw(view.law.knots).mean() - other.to_raw(other.law.knots).mean())
        now = float(view.to_raw(mine.since).mean() - other.to_raw(theirs.since).mean())
    return _AGAINST if now * np.sign(before) > _AS_BEFORE * abs(before) > 0 else 0.0


def _masses(ordered: FloatArray, edges: FloatArray) -> FloatArray:
    below = np.searchsorted(ordered, edges, side="right") / len(ordered)
    return np.diff(below, prepend=0.0, append=1.0)


def _on_other_grid(view: View, lattice: Lattice | None, values: FloatArray) -> float:
    """Evidence of the other column's grid for the values that arrive here."""
    if lattice is None or len(values) < 2:  # noqa: PLR2004
        return 0.0

    def steps(v: FloatArray) -> FloatArray:
        return lattice.steps(view.to_raw(v))

    with np.errstate(all="ignore"):
        at, slopes = steps(values), slope(steps, values)
    return float(evidence(at[None], slopes[None], values, resolution(values, lattice))[0])
