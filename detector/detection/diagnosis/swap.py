"""Two columns exchanged: evidence that only both together give."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.exchange import Exchange, masses
from detector.detection.diagnosis.hypothesis import Further, Hypothesis
from detector.detection.diagnosis.lattice import (
    LAST,
    Lattice,
    evidence,
    placed,
    resolutions,
)
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.suspects import Suspects
from detector.detection.view import View

_DOUBT = 0.03
_AS_BEFORE = 0.5  # of the difference of two means
_AGAINST, _FOR, _LEAST, _SILENT = -30.0, 20.0, 3.0, -12.0


Theirs = Callable[[str], tuple[Callable[[], Sample], Lattice | None]]


def swaps(suspects: Suspects, mine: Sample, theirs: Theirs, weight: float) -> Iterator[Hypothesis]:
    """Every swap with a column whose training law could be what arrives here.

    theirs: the sample over the same records and the training grid of another feature, by name.
    The other half of an exchange is asked about only where it may decide.
    """
    view = suspects.column.view
    if view.law is None:
        return
    near = suspects.nearest(mine.ordered)
    others = [theirs(exchange.fault.feature or "") for exchange in near]
    grids = on_other_grids(view, [lattice for _, lattice in others], mine.since[-LAST:])
    with np.errstate(all="ignore"):
        here = float(view.to_raw(mine.since).mean()) if len(mine.since) else np.nan
    for one, (values, _), grid in zip(near, others, grids.tolist(), strict=True):
        yield Hypothesis(
            fault=one.fault,
            law=one.law,
            evidence=one.fault.prior + grid,
            weight=weight,
            further=Further(_FOR, partial(_elsewhere, one, here, values)),
        )


def _elsewhere(one: Exchange, here: float, theirs: Callable[[], Sample]) -> float:
    """What the other column says."""
    values = theirs()
    return _other_half(one, values) + _unturned(one, here, values)


def _other_half(one: Exchange, theirs: Sample) -> float:
    """Log evidence that the other column carries this one's values rather than its own."""
    live = theirs.ordered
    if len(live) < 4:  # noqa: PLR2004 - too few to speak
        return _SILENT
    half = one.half()
    if half.edges is None:
        return _AGAINST
    own = half.own
    if theirs.recent is not None:
        own = 0.7 * own + 0.3 * masses(theirs.recent, half.edges)
    seen = masses(live, half.edges)
    floor = _DOUBT * ((half.swapped + own) / 2 + 0.5 / len(seen))
    gain = np.log(((1 - _DOUBT) * half.swapped + floor) / ((1 - _DOUBT) * own + floor))
    total = len(live) * float(seen @ gain)
    limited = float(np.clip(total / (1 + 0.02 * len(live)), _AGAINST, _FOR))
    return limited + (_SILENT if total < _LEAST else 0.0)


def _unturned(one: Exchange, here: float, theirs: Sample) -> float:
    """An exchange turns the difference of the two round: against it, where that stays as it was.

    here: mean raw value of this column; not a number without any.
    """
    if np.isnan(here) or not len(theirs.since):
        return 0.0
    before = one.half().apart
    with np.errstate(all="ignore"):
        now = here - float(one.other.to_raw(theirs.since).mean())
    return _AGAINST if now * np.sign(before) > _AS_BEFORE * abs(before) > 0 else 0.0


def on_other_grid(view: View, lattice: Lattice | None, values: FloatArray) -> float:
    """Evidence of the other column's grid for the values that arrive here."""
    return float(on_other_grids(view, [lattice], values)[0])


def on_other_grids(
    view: View, lattices: Sequence[Lattice | None], values: FloatArray
) -> FloatArray:
    """The same for several other columns, shape (h,); 0 for one without a grid."""
    found = np.zeros(len(lattices))
    known = [(i, one) for i, one in enumerate(lattices) if one is not None]
    if not known or len(values) < 2:  # noqa: PLR2004
        return found
    at, slopes = (np.empty((len(known), len(values))) for _ in range(2))
    for row, (_, lattice) in enumerate(known):
        at[row], slopes[row] = placed(lattice, view, values)
    moved = resolutions(values, np.array([lattice.step for _, lattice in known]))
    found[[i for i, _ in known]] = evidence(at, slopes, values, moved)
    return found
