"""Two columns exchanged: evidence that only both together give."""

from collections.abc import Callable, Iterator

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.hypothesis import Hypothesis
from detector.detection.diagnosis.lattice import LAST, Lattice, evidence, resolution, slope
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.suspects import Suspects
from detector.detection.faults.columns import swapped_values
from detector.detection.view import View

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
    for fault, law in suspects.nearest(mine.ordered):
        name = fault.feature or ""
        values, lattice = theirs(name)
        said = fault.prior + _other_half(view, suspects.column.views[name], values)
        said += on_other_grid(view, lattice, mine.since[-LAST:])
        said += _unturned(view, suspects.column.views[name], mine, values)
        yield Hypothesis(fault=fault, law=law, evidence=said, weight=weight)


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


def on_other_grid(view: View, lattice: Lattice | None, values: FloatArray) -> float:
    """Evidence of the other column's grid for the values that arrive here."""
    if lattice is None or len(values) < 2:  # noqa: PLR2004
        return 0.0

    def steps(v: FloatArray) -> FloatArray:
        return lattice.steps(view.to_raw(v))

    with np.errstate(all="ignore"):
        at, slopes = steps(values), slope(steps, values)
    return float(evidence(at[None], slopes[None], values, resolution(values, lattice))[0])
