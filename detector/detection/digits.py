"""The coarser lattice of a feature: fewer digits after the point than training's values mostly
need, on which live values show that digits were lost.
"""

from dataclasses import dataclass, replace

import numpy as np

from detector.detection.view import View
from detector.scaler import Coarser, Reference
from detector.scaler.coarser import measure_coarser, stands_on

_MOST = 0.5  # a chance above it takes too many records
_DEPENDENT = 1.5  # autocorrelation time above which a law does not say how values follow each other


@dataclass(frozen=True, slots=True)
class CoarserLattice:
    """Digits that few training values do with.

    digits: after the point; below 0 it is whole tens and hundreds.
    share:  of the training values that stand there.
    limit:  highest chance, given the past, that a sound value does.
    full:   raw magnitude from which on every training value does: they are printed with so many
            significant digits, and one that is ten times as large has one less after the point.
    """

    digits: int
    share: float
    limit: float
    full: float


def coarser_lattice(view: View, accept_decimals: int | None = None) -> CoarserLattice | None:
    """The finest lattice that few training values stand on: who stands on a coarser one stands on
    it, too. None where there is none, or nothing is known.

    accept_decimals: digits to which sound values may be rounded: only fewer are watched.
    """
    reference = view.reference
    if reference is None or view.bends:
        return None
    known = [digits for digits in (reference.decimals, accept_decimals) if digits is not None]
    for one in reference.coarser if reference.coarser is not None else _estimated(reference):
        if accept_decimals is not None and one.digits >= accept_decimals:
            continue
        by_chance = 10.0 ** (one.digits - min(known)) if known else 0.0
        limit = max(_limit(one), by_chance)
        if limit <= _MOST:
            return CoarserLattice(one.digits, one.share, limit, _full(reference, one.digits))
    return None


def _full(reference: Reference, digits: int) -> float:
    """The power of ten above every training value that needs more *digits*; infinite where none
    is known.
    """
    if not reference.has_order_statistics:
        return float("inf")
    sizes = np.abs(reference.quantiles)
    needing = sizes[~stands_on(reference.quantiles, digits)]
    return float(10.0 ** (np.floor(np.log10(needing.max())) + 1)) if len(needing) else float("inf")


def _limit(one: Coarser) -> float:
    """From training: the share with its error, and the longest run, which n values reach about
    once.
    """
    n, share = one.count, one.share
    limit = share + 2.5 * float(np.sqrt(share * (1 - share) / n)) + 5 / n
    return limit if not one.longest_run else max(limit, float(n ** (-1 / (one.longest_run + 1))))


def _estimated(reference: Reference) -> tuple[Coarser, ...]:
    """What the order statistics of an older file tell, where its rows were independent."""
    dependent = (reference.autocorrelation_time or np.inf) > _DEPENDENT
    if dependent or not reference.has_order_statistics:
        return ()
    found = measure_coarser(reference.quantiles, reference.decimals)
    return tuple(replace(one, longest_run=0) for one in found)
