"""The catalogue of preprocessing faults: one small file a family.

A new fault is one function from a column to the maps that it may have suffered, each with its
sentence and its fix. The departure test takes its alternatives from the catalogue, and the
diagnosis its hypotheses. ``bounds``, ``constants``, ``rounding``, ``exact``, ``refit``,
``quality`` and ``nature`` hold what has figures that only live values give.
"""

from detector.detection.faults import columns, formula, logs, scaling, sign, units, versions
from detector.detection.faults.fault import Affine, Column, Curve, Fault, OneWay

FAMILIES = (units, scaling, formula, versions, columns, logs, sign)

__all__ = ["FAMILIES", "Affine", "Column", "Curve", "Fault", "OneWay", "catalogue"]


def catalogue(column: Column) -> list[Fault]:
    """Every fault that the feature may have suffered."""
    return [fault for family in FAMILIES for fault in family.faults(column)]
