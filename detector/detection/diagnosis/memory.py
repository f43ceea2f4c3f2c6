"""What rows that depend on time do by themselves, and what they do not."""

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.constants import is_median
from detector.detection.diagnosis.continuation import newly_negative
from detector.detection.diagnosis.free_maps import is_free
from detector.detection.diagnosis.hypothesis import NATURAL
from detector.detection.diagnosis.lattice import LAST
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.suspects import IDENTITY, Suspects
from detector.detection.faults import Affine, Fault, nature
from detector.detection.recurrence import constants_of, is_at
from detector.detection.view import Law

_STRETCHED = 8.0  # times as wide: what a spell may be
_UNMOVED = 0.25  # training's standard deviations


def comes_by_itself(own: Suspects, fault: Fault, *, gridded: bool) -> bool:
    """Whether rows that remember a little come to look like it: stretched, or seen twice.

    gridded: whether the values stand on another grid than training's, to which only a map leads.
    """
    if fault.cause in NATURAL:
        return False
    constant, law = fault.figures.constant, own.column.view.law
    if fault.cause != "imputed_constant" or constant is None or law is None:
        return (is_free(fault.cause, fault.variant) or _is_a_spell(own, fault)) and not gridded
    special = is_median(law.knots, constant) or any(
        is_at(np.array([constant]), one)[0] for one in constants_of(own.column.view)
    )
    return law.low <= constant <= law.high and not special


def _is_a_spell(own: Suspects, fault: Fault) -> bool:
    """Whether it makes no more of the law than a busy or a calm spell does, or one that falls
    instead of rising: wider or narrower about the same middle, or turned over.
    """
    law, arriving = own.column.view.law, _arriving(own, fault)
    if law is None or arriving is None:
        return False
    low, middle, high = _tenths(law)
    if not high > low:
        return False
    moved, stretched = arriving[1] - middle, abs(arriving[2] - arriving[0]) / (high - low)
    return bool(abs(moved) < _UNMOVED * law.std and 1 / _STRETCHED < stretched < _STRETCHED)


def _arriving(own: Suspects, fault: Fault) -> FloatArray | None:
    """Where a tenth, a half and nine tenths of the law arrive under a linear map or a swap."""
    view = own.column.view
    if isinstance(fault.map, Affine) and view.law is not None:
        return fault.map.forward(_tenths(view.law))
    other = own.column.views.get(fault.variant or "") if fault.cause == "column_swap" else None
    if other is None or other.law is None:
        return None
    return view.from_raw(other.to_raw(_tenths(other.law)))


def _tenths(law: Law) -> FloatArray:
    """Where a tenth, a half and nine tenths of the training rows lie below."""
    k = len(law.knots)
    return law.knots[[k // 10, k // 2, k - 1 - k // 10]]


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
