"""Exact maps that no catalogue holds, where rows depend on time: a scaler refitted on other rows.

Values that left training's grid for another one went through a map, unless what measures them
changed its resolution: then the two steps are as plain fractions are. The steps give the gain, but
for a few small ratios, and the path before the onset the offset: what arrives first lies where the
path stood.
"""

from collections.abc import Iterator

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.catalogue import Suspect, image
from detector.detection.diagnosis.continuation import Path
from detector.detection.diagnosis.grids import Grids, grids_behind
from detector.detection.diagnosis.lattice import LAST, off_grid
from detector.detection.diagnosis.suspects import Suspects
from detector.detection.faults import Affine, exact

_LEFT = 0.8  # of the last values, that stand on training's grid no more
_VARIED = 12  # distinct values from which a grid of theirs is no chance
_FITTED = -10.0  # log prior: a ratio of seven, and a place that was chosen
_PLAIN = np.unique(np.outer(np.arange(1, 13), 1 / np.arange(1, 13)))  # ratios that one may have
_SAME = 1e-6  # relative difference
_FIRST = 8  # values whose middle may tell the place better than the first one


def other_grid(own: Suspects, before: FloatArray, since: FloatArray) -> Grids | None:
    """Training's grid and another one, if values *since* an onset left the one for the other by a
    map.
    """
    view = own.column.view
    if own.lattice is None or view.law is None or len(np.unique(since)) < _VARIED:
        return None
    left = [
        float(off_grid(own.lattice, view, some[-LAST:]).mean()) if len(some) else 0.0
        for some in (before, since)
    ]
    if left[0] > 1 - _LEFT or left[1] < _LEFT:
        return None
    grids = grids_behind(own, since)
    return grids if grids is not None and _is_generic(grids.live.step) else None


def free_maps(own: Suspects, path: Path, grids: Grids) -> Iterator[Suspect]:
    """The maps from the one grid to the other under which the path may go on."""
    law, values = own.column.view.law, path.values
    assert law is not None  # noqa: S101 - without one there is no grid
    starts = {float(values[0]), float(np.median(values[:_FIRST]))}
    for gain in grids.ratios:
        for one in {grids.aligned(Affine(gain, start - gain * path.law.level)) for start in starts}:
            fault = exact.rescaled(own.column, one, prior=_FITTED)
            yield Suspect(fault, one, image(one, law.knots))


def is_free(cause: str, variant: str | None) -> bool:
    """Whether such a name stands for a map whose figures were fitted to the values."""
    return cause == "gain" or variant == exact.UNKNOWN


def _is_generic(ratio: float) -> bool:
    """Whether the ratio of two steps is no plain fraction, whatever powers of ten come on top."""
    within = ratio / 10.0 ** np.arange(np.floor(np.log10(ratio)) - 1, np.log10(ratio) + 2)
    return not bool((np.abs(within[:, None] / _PLAIN - 1) < _SAME).any())
