"""Data quality of a feature as Bernoulli e-processes: missing, invalid, off the training
decimals, stuck, on a lattice coarser than training's.

Each channel asks of every record whether something happened that may happen with probability p0
at most;
its e-value against an alternative q is q/p0 where it did and (1 - q)/(1 - p0) where not.
"""

from dataclasses import dataclass

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.digits import CoarserLattice, coarser_lattice
from detector.detection.marks import (
    CHANNELS,
    COARSER_CHANNEL,
    INVALID_CHANNEL,
    LATTICE_CHANNEL,
    MISSING_CHANNEL,
    STUCK_CHANNEL,
)
from detector.detection.settings import FeatureSettings
from detector.detection.view import View

ALTERNATIVES = 2
UNKNOWN_MISSING = 0.05  # tolerated where the file does not say what training missed
UNKNOWN_ROWS = 1000
UNKNOWN_TIES = 0.97  # chance of a repeated value where the file does not say
MAX_TIES = 0.985  # above it a stuck value cannot be told from an ordinary one
ALWAYS = 0.999
_MOSTLY = 0.9  # of the values on the coarser lattice: beside a value that comes and goes there
_BACK_SHARE = 0.02  # an episode resolves once a rate this much above training's is refuted
_BACK_DIGITS, _LEAST = 0.4, 1e-4  # the same of lost digits, of what training leaves
WEIGHTS = {
    MISSING_CHANNEL: 0.02,
    INVALID_CHANNEL: 0.02,
    LATTICE_CHANNEL: 0.1,
    STUCK_CHANNEL: 0.04,
    COARSER_CHANNEL: 0.02,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """The channels of one feature.

    limit:   p0 of each channel, shape (5,); NaN where the channel does not apply.
    e:       e-value by channel, alternative and outcome, shape (5, 2, 2).
    weights: shape (5, 2); zero where the channel does not apply.
    back:    p/q by channel and outcome, against a rate well above training's, shape (5, 2).
    factor:  10^decimals of the training lattice, zero without one.
    coarser: 10^digits of the coarser lattice, zero without one.
    full:    raw magnitude from which on sound values stand on it; infinite without one.
    """

    limit: FloatArray
    e: FloatArray
    weights: FloatArray
    back: FloatArray
    factor: float
    coarser: float
    full: float

    @property
    def weight(self) -> float:
        """What the channels take of the feature's budget."""
        return float(self.weights.sum())


def channels(view: View, settings: FeatureSettings) -> Channels:
    """The channels of one feature of a topic."""
    decimals = lattice_decimals(view, settings)
    limit = np.full(CHANNELS, np.nan)
    limit[MISSING_CHANNEL] = _missing_limit(view)
    limit[INVALID_CHANNEL] = 5 / _rows(view)
    if decimals is not None:
        limit[LATTICE_CHANNEL] = 5 / _rows(view)
    ties = tie_limit(view, settings.accept_decimals)
    if ties <= MAX_TIES:
        limit[STUCK_CHANNEL] = ties
    fewer = coarser_lattice(view, settings.accept_decimals)
    if fewer is not None:
        limit[COARSER_CHANNEL] = fewer.limit
    e = np.ones((CHANNELS, ALTERNATIVES, 2))
    weights = np.zeros((CHANNELS, ALTERNATIVES))
    back = np.ones((CHANNELS, 2))
    for c, p0 in enumerate(limit):
        if np.isnan(p0):
            continue
        weights[c] = WEIGHTS[c] / ALTERNATIVES
        for a, q in enumerate(_alternatives(c, p0)):
            e[c, a] = (1 - q) / (1 - p0), q / p0
        back[c] = _back(c, p0, view) if c != COARSER_CHANNEL else _back_from_coarser(fewer)
    return Channels(
        limit=limit,
        e=e,
        weights=weights,
        back=back,
        factor=0.0 if decimals is None else 10.0**decimals,
        coarser=0.0 if fewer is None else 10.0**fewer.digits,
        full=np.inf if fewer is None else fewer.full,
    )


def lattice_decimals(view: View, settings: FeatureSettings) -> int | None:
    """Decimals that suffice for every live value, as they did in training or as the user
    accepts.
    """
    reference = view.reference
    if reference is None or reference.decimals is None:
        return None
    if view.values == "scaled" and view.scaler.before is not None:
        return None  # undoing the logarithm costs more digits than the lattice has
    return max(reference.decimals, settings.accept_decimals or 0)


def tie_limit(view: View, accept_decimals: int | None = None) -> float:
    """Highest chance, given the past, that a sound value repeats the one before it.

    From training: the heaviest atom's share, and the longest run, which n rows reach about once.
    accept_decimals: digits after the point to which sound values may be rounded, which makes atoms.
    """
    reference = view.reference
    if reference is None or reference.longest_run is None:
        return UNKNOWN_TIES
    heaviest = max([share for _, share in reference.atoms] + [0.0])
    if accept_decimals is not None and view.law is not None:
        rounded = np.round(view.to_raw(view.law.knots), accept_decimals)
        heaviest = max(heaviest, np.unique(rounded, return_counts=True)[1].max() / len(rounded))
    n = max(reference.count, 2)
    heaviest += 2.5 * np.sqrt(heaviest * (1 - heaviest) / n)
    hazard = float(n ** (-1 / (reference.longest_run + 1)))
    return float(min(max(heaviest, hazard, 5 / n), 1.0))


def _missing_limit(view: View) -> float:
    rate = None if view.reference is None else view.reference.missing_rate
    if rate is None:
        return UNKNOWN_MISSING
    n = _rows(view)
    return float(min(rate + 2.5 * np.sqrt(rate * (1 - rate) / n) + 5 / n, 0.98))


def _rows(view: View) -> int:
    return UNKNOWN_ROWS if view.reference is None else max(view.reference.count, 20)


def _alternatives(channel: int, p0: float) -> tuple[float, float]:
    if channel == STUCK_CHANNEL:
        return ALWAYS, (1 + p0) / 2 if p0 < 0.9 else ALWAYS  # noqa: PLR2004 - little room above
    if channel == COARSER_CHANNEL:
        return ALWAYS, min(1 - p0 / 2, _MOSTLY)  # every second one there is no evidence
    return p0 + 0.1 * (1 - p0), p0 + 0.7 * (1 - p0)


def _back(channel: int, p0: float, view: View) -> tuple[float, float]:
    """Training's law against a rate beyond what an episode may end with: (not hit, hit)."""
    if channel == STUCK_CHANNEL:
        return (1 - p0) / (1 - ALWAYS), p0 / ALWAYS
    known = view.reference.missing_rate if view.reference is not None else None
    p = (known or 0.0) if channel == MISSING_CHANNEL else 0.0
    p = max(p, 0.2 / _rows(view))
    q = max(2 * p0, p0 + _BACK_SHARE)
    q = min(q, (1 + p0) / 2)
    return (1 - p) / (1 - q), p / q


def _back_from_coarser(fewer: CoarserLattice | None) -> tuple[float, float]:
    assert fewer is not None  # noqa: S101 - else the channel does not apply
    q = fewer.limit + _BACK_DIGITS * (1 - fewer.limit)
    return (1 - fewer.share) / (1 - q), max(fewer.share, _LEAST) / q
