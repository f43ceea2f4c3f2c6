"""What one feature may have suffered: its catalogue with the laws and the inverse maps ready."""

from dataclasses import dataclass

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.lattice import Lattice, evidence, lattice_of, resolution, slope
from detector.detection.faults import Affine, Column, Curve, Fault, catalogue

Map = Affine | Curve
IDENTITY = Affine(1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Suspects:
    """The catalogue of one feature.

    maps:  faults with an inverse, whose training law is finite.
    laws:  the training law under each, ascending, shape (h, k).
    swaps: the column swaps.
    """

    column: Column
    lattice: Lattice | None
    maps: tuple[Fault, ...]
    laws: tuple[FloatArray, ...]
    swaps: tuple[Fault, ...]

    def on_lattice(self, maps: list[Map], values: FloatArray) -> FloatArray:
        """Log evidence of the training grid for each map behind topic *values*, shape (h,)."""
        lattice, view = self.lattice, self.column.view
        if lattice is None:
            return np.zeros(len(maps))
        steps = np.empty((len(maps), len(values)))
        slopes = np.empty_like(steps)
        with np.errstate(all="ignore"):
            for i, one in enumerate(maps):
                steps[i] = lattice.steps(view.to_raw(one.inverse(values)))
                slopes[i] = slope(lambda v, m=one: lattice.steps(view.to_raw(m.inverse(v))), values)
        return evidence(steps, slopes, values, resolution(values, lattice))


def suspects(column: Column) -> Suspects:
    """The catalogue of *column*; what gives no finite law is left out."""
    law = column.view.law
    maps: list[Fault] = []
    laws: list[FloatArray] = []
    swaps: list[Fault] = []
    for fault in catalogue(column):
        if fault.cause == "column_swap":
            swaps.append(fault)
        elif isinstance(fault.map, Affine | Curve) and law is not None:
            with np.errstate(all="ignore"):
                image = np.sort(fault.map.forward(law.knots))
            if np.isfinite(image).all():
                maps.append(fault)
                laws.append(image)
    return Suspects(column, lattice_of(column.view), tuple(maps), tuple(laws), tuple(swaps))
