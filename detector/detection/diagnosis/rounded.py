"""Maps whose images were rounded: a converted temperature that is sent with one decimal again.

The inverse of a rounded value leaves the training grid, which would refute the true map. So a map
may also be explained by the grid that rounding left, for the price of one more step.
"""

from collections.abc import Sequence

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.catalogue import Suspect
from detector.detection.diagnosis.lattice import evidence, resolution
from detector.detection.diagnosis.suspects import Suspects

_PRICE = 3.0  # nats for a rounding after the map
_DECIMALS = range(4)
_EXACT = 1e-6  # of a step: what arithmetic costs
_ENOUGH = 3  # values that must stand on the grid of their decimals


def rounded_after(
    own: Suspects, maps: Sequence[Suspect], values: FloatArray, proofs: list[float]
) -> list[float]:
    """The evidence *proofs* of each map behind topic *values*, or that of its rounded image.

    Only on raw topics: what a scaler made is not rounded to decimals of its own by habit.
    """
    step = decimal_step(values) if own.column.view.values == "raw" else None
    if own.lattice is None or step is None:
        return proofs
    every = np.full((1, len(values)), 1 / step)
    moved = resolution(values, own.lattice)
    seen = float(evidence(values[None] / step, every, values, moved)[0])
    behind = own.on_lattice([one.map for one in maps], values, cut=step / 2).tolist()
    return [
        max(proof, max(cut, seen) - _PRICE) if cut >= 0 else proof
        for proof, cut in zip(proofs, behind, strict=True)
    ]


def decimal_step(values: FloatArray) -> float | None:
    """The step of the decimals that all values share; None where they need more than three."""
    if len(values) < _ENOUGH:
        return None
    with np.errstate(all="ignore"):
        for decimals in _DECIMALS:
            steps = values * 10.0**decimals
            if (np.abs(steps - np.rint(steps)) <= _EXACT + 4e-16 * np.abs(steps)).all():
                return float(10.0**-decimals)
    return None
