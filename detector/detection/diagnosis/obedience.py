"""Which points a reading of earlier ones explains: whether its map still holds."""

import numpy as np

from detector.detection.diagnosis import levels, maps, pieces
from detector.detection.diagnosis.hypothesis import CONSTANT
from detector.detection.diagnosis.points import Mask, Points, Reading


def is_testable(reading: Reading) -> bool:
    """Whether a single point can obey *reading* or not."""
    return reading.lasts and reading.fault.cause != "unknown"


def obeying(reading: Reading, points: Points, swapped: maps.Swapped) -> Mask:
    """Which *points* the testable *reading* explains, shape (n,)."""
    fault, figures = reading.fault, reading.fault.figures
    match fault.cause:
        case "imputed_constant" | "stuck_value":
            met = points.scaled == figures.constant
        case "refit_on_live":  # of batches of one record
            met = points.scaled == 0
        case "missing_values":
            met = np.isnan(points.scaled)
        case "invalid_values":
            met = np.isinf(points.scaled)
        case "clipping":
            met = np.zeros(len(points), np.bool_)
            for value, side in ((figures.lower, -1), (figures.upper, 1)):
                if value is not None:
                    met |= levels.cut_at(points, value, side)
        case _ if reading.drawn is not None:
            met, _ = pieces.on_line(points, reading.drawn)
        case _:
            met, _ = maps.meets(points, fault, *maps.image_of(points, fault, swapped))
    return np.asarray(met, np.bool_)


def may_be_one(one: Reading, other: Reading) -> bool:
    """Whether two readings may be parts of one: lines without a name, levels of one kind, or two
    of one name.
    """
    if one.fault.cause == other.fault.cause:
        return one.fault.cause in CONSTANT or one.fault.variant == other.fault.variant
    return _is_nameless(one) and _is_nameless(other)


def _is_nameless(reading: Reading) -> bool:
    return reading.drawn is not None or not reading.lasts
