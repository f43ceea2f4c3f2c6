"""The coarser lattice of a feature: fewer digits after the point than training's values mostly
need, on which live values show that digits were lost.
"""

from dataclasses import dataclass, replace

import numpy as np

from detector.detection.view import View
from detector.scaler import Coarser, Reference
from detector.scaler.coarser import measure_coarser

_MOST = 0.5  # a chance above it takes too many records
_DEPENDENT = 1.5  # autocorrelation time above which a law does not say how values follow each other


@dataclass(frozen=True, slots=True)
class CoarserLattice:
    """Digits that few training values do with.

    digits: after the point; below 0 it is whole tens and hundreds.
    share:  of the training values that stand there.
    limit:  highest chance, given the past, that a sound value does.
    """

    digits: int
    share: float
    limit: float


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
            return CoarserLattice(one.digits, one.share, limit)
    return None


def _limit(one: Coarser) -> float:
    """From training: the share with its error, and the longest run, which n values reach about
    once.
    """
    n, share = one.count, one.share
    limit = share + 2.5 * float(np.sqrt(share * (1 - share) / n)) + 5 / n
    return limit if not one.longest_run else max(limit, float(n ** (-1 / (one.longest_run + 1))))


def _estimated(reference: Reference) -> tuple[Coarser, ...]:
    """What the order statistics of an older file tell, where its rows were independent."""
    values = reference.quantiles
    k = len(values)
    middle = (np.arange(k) + 0.5) / k
    if (reference.autocorrelation_time or np.inf) > _DEPENDENT:
        return ()
    if not np.allclose(reference.probabilities, middle):
        return ()  # interpolated quantiles are no training values
    found = measure_coarser(values, reference.decimals)
    return tuple(replace(one, longest_run=0) for one in found)
