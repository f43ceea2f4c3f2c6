"""Maps whose figures are estimates, made exact by the grids of training and of the live values."""

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from detector.detection.diagnosis.catalogue import Map, Suspect
from detector.detection.diagnosis.grids import Grids
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.suspects import Suspects
from detector.detection.faults import Affine
from detector.events import Transform

_FITTED = -2.0  # figures chosen among the few near an estimate
_RESOLVED = 1e6  # steps of a range, of which float64 shows each after a map
_LATEST, _VARIED = 256, 12  # values looked at, and distinct ones among them that show a grid
_ALIKE = 1e-3  # relative difference of two maps that a few grid points do not tell apart


def sharpened(maps: Sequence[Suspect], grids: Grids | None) -> list[Suspect]:
    """*maps*, with the exact figures that the grids give where their own are estimates.

    An estimate that comes down to a map of known figures says nothing of its own.
    """
    known = [one for one in maps if not one.fault.estimated]
    sharp = [_exact(one, grids) for one in maps if one.fault.estimated]
    return known + [one for one in sharp if not any(_alike(one.map, other.map) for other in known)]


def leaves_a_grid(own: Suspects, seen: Sample) -> bool:
    """Whether an affine map of training would have left a grid to be seen among the values."""
    law, lattice, view = own.column.view.law, own.lattice, own.column.view
    if law is None or lattice is None or lattice.line(view) is None:
        return False
    low, high = lattice.steps(view.to_raw(np.array([law.low, law.high]))).tolist()
    return high - low < _RESOLVED and len(np.unique(seen.since[-_LATEST:])) >= _VARIED


def _exact(one: Suspect, grids: Grids | None) -> Suspect:
    if grids is None or not isinstance(one.map, Affine):
        return one
    exact = grids.exact(one.map)
    if exact is None:
        return one
    figures = Transform(gain=exact.gain, offset=exact.offset)
    fault = replace(one.fault, map=exact, figures=figures, prior=one.fault.prior + _FITTED)
    return Suspect(fault, exact, np.sort(exact.forward(one.map.inverse(one.law))))


def _alike(one: Map, other: Map) -> bool:
    if not (isinstance(one, Affine) and isinstance(other, Affine)):
        return False
    moved = abs(one.offset - other.offset) - _ALIKE * abs(other.offset)
    return abs(one.gain / other.gain - 1) < _ALIKE and moved < _ALIKE * abs(other.gain)
