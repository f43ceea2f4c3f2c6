"""What one feature may have suffered: its catalogue with the laws and the inverse maps ready."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.lattice import Lattice, evidence, lattice_of, resolution, slope
from detector.detection.faults import Affine, Column, Curve, Fault, catalogue
from detector.detection.view import View

Map = Affine | Curve
IDENTITY = Affine(1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A fault with an inverse, and what it makes of the training law.

    law: ascending, shape (k,).
    """

    fault: Fault
    map: Map
    law: FloatArray

    def law_of(self, base: FloatArray) -> FloatArray:
        """What it makes of another ascending sample."""
        with np.errstate(all="ignore"):
            return np.sort(self.map.forward(base))


@dataclass(frozen=True, slots=True)
class Suspects:
    """The catalogue of one feature: faults with an inverse, and column swaps."""

    column: Column
    lattice: Lattice | None
    maps: tuple[Suspect, ...]
    swaps: tuple[Fault, ...]

    def on_lattice(self, maps: Sequence[Map], values: FloatArray) -> FloatArray:
        """Log evidence of the training grid for each map behind topic *values*, shape (h,)."""
        if self.lattice is None:
            return np.zeros(len(maps))
        steps = np.empty((len(maps), len(values)))
        slopes = np.empty_like(steps)
        line = self.lattice.line(self.column.view)
        for i, one in enumerate(maps):
            if line is not None and isinstance(one, Affine):
                origin, rise = line
                steps[i] = origin + (rise / one.gain) * (values - one.offset)
                slopes[i] = abs(rise / one.gain)
                continue
            back = partial(_steps, self.lattice, self.column.view, one)
            with np.errstate(all="ignore"):
                steps[i], slopes[i] = back(values), slope(back, values)
        return evidence(steps, slopes, values, resolution(values, self.lattice))


def suspects(column: Column) -> Suspects:
    """The catalogue of *column*; what gives no finite law is left out."""
    law = column.view.law
    maps: list[Suspect] = []
    swaps: list[Fault] = []
    for fault in catalogue(column):
        if fault.cause == "column_swap":
            swaps.append(fault)
        elif isinstance(fault.map, Affine | Curve) and law is not None:
            with np.errstate(all="ignore"):
                image = np.sort(fault.map.forward(law.knots))
            if np.isfinite(image).all():
                maps.append(Suspect(fault, fault.map, image))
    return Suspects(column, lattice_of(column.view), tuple(maps), tuple(swaps))


def _steps(lattice: Lattice, view: View, one: Map, values: FloatArray) -> FloatArray:
    return lattice.steps(view.to_raw(one.inverse(values)))
