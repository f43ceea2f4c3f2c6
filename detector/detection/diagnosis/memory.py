"""What rows that depend on time do by themselves, and what they do not."""

import numpy as np

from detector.detection.diagnosis.constants import is_median
from detector.detection.diagnosis.continuation import newly_negative
from detector.detection.diagnosis.free_maps import is_free
from detector.detection.diagnosis.lattice import LAST
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.suspects import IDENTITY, Suspects
from detector.detection.faults import Fault, nature
from detector.detection.recurrence import constants_of, is_at


def comes_by_itself(own: Suspects, fault: Fault, *, gridded: bool) -> bool:
    """Whether rows that remember a little come to look like it: stretched, or seen twice.

    gridded: whether the values stand on another grid than training's, to which only a map leads.
    """
    constant, law = fault.figures.constant, own.column.view.law
    if fault.cause != "imputed_constant" or constant is None or law is None:
        return is_free(fault.cause, fault.variant) and not gridded
    special = is_median(law.knots, constant) or any(
        is_at(np.array([constant]), one)[0] for one in constants_of(own.column.view)
    )
    return law.low <= constant <= law.high and not special


def as_moved(own: Suspects, seen: Sample) -> Fault:
    """That the world moved the feature to where its values are."""
    view = own.column.view
    centre, spread = view.centre or 0.0, view.spread or 1.0
    factor = float(seen.since.std()) / spread
    moved = float(seen.since.mean()) - factor * centre
    return nature.shift(own.column, factor, moved, prior=0.0)


def is_unnatural(own: Suspects, seen: Sample) -> bool:
    """Whether the values show what no path of this feature does: other decimals, another sign."""
    leaves = float(own.on_lattice([IDENTITY], seen.since[-LAST:])[0]) < 0
    return leaves or newly_negative(own.column, seen.since)


def is_elsewhere(own: Suspects, seen: Sample) -> bool:
    """Whether the values lie where no training value was, as nature hardly takes them at once."""
    law = own.column.view.law
    if law is None:
        return False
    middle = float(np.median(seen.since))
    return not law.low - law.std <= middle <= law.high + law.std
