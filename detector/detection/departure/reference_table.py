"""The departure test on training quantiles: an e-detector against everything within tolerance."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, log
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.departure.alternatives import alternatives
from detector.detection.departure.numeraire import e_values
from detector.detection.departure.scaler_only import SCORE_LIMIT
from detector.detection.departure.table import Table
from detector.detection.departure.training_bins import TrainingBins, training_bins
from detector.detection.faults import Column
from detector.detection.settings import Tolerance
from detector.detection.view import Law, View
from detector.events import SignalKind

FINEST_SHIFT = 0.5  # training scales between laws of the null class; within it alternatives mix
FINEST_STRETCH = 0.4  # of the logarithm of the spread, likewise
WORTH = 1e-3  # nats a record below which an alternative can never win
BACK_WORTH = 0.015  # nats a record by which training must differ from a law that a return refutes
MAX_BACK = 64  # laws refuted at a return; the nearest to training decide how long it takes


def reference_table(
    column: Column, law: Law, tolerance: Tolerance, accept_decimals: int | None = None
) -> Table:
    """The e-values of one feature with a reference; tempered by its autocorrelation time.

    accept_decimals: digits after the point to which values may be rounded: such a law is no
                     departure.
    """
    against = against_training(column, law)
    bins, laws = against.bins, against.laws
    training = bins.training()
    log_e, keep = _log_e(against, column, law, tolerance, accept_decimals)
    time = autocorrelation_time(column.view)
    scores = _scores(training)
    return Table(
        edges=bins.edges,
        log_e=log_e[keep].T / time,
        weights=_kept(against.weights, keep),
        kinds=tuple(_kind(scores, training, q, tolerance) for q in laws[keep]),
        scores=scores,
        score_variances=(_variance(training, scores), _variance(training, np.abs(scores))),
        log_back=_back(bins, training, laws[keep], tolerance).T / time,
    )


@dataclass(frozen=True, slots=True)
class Against:
    """What training is held against, whatever the tolerance.

    laws, weights: of the alternatives on the bins, shape (j, k) and (j,).
    """

    bins: TrainingBins
    laws: FloatArray
    weights: FloatArray


def against_training(column: Column, law: Law) -> Against:
    """Bins and alternatives of one feature."""
    bins = training_bins(column.view, law)
    return Against(bins, *alternatives(bins, column))


def evidence_table(
    against: Against,
    column: Column,
    law: Law,
    tolerance: Tolerance,
    accept_decimals: int | None = None,
) -> tuple[FloatArray, FloatArray]:
    """``log_e`` and ``weights`` of ``reference_table`` alone."""
    log_e, keep = _log_e(against, column, law, tolerance, accept_decimals)
    return log_e[keep].T / autocorrelation_time(column.view), _kept(against.weights, keep)


def _log_e(
    against: Against,
    column: Column,
    law: Law,
    tolerance: Tolerance,
    accept_decimals: int | None,
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Logarithm of the e-values, shape (j, k), and which alternatives can ever win."""
    bins, laws = against.bins, against.laws
    within = np.array(list(_within(bins, column.view, tolerance, accept_decimals)))
    null = np.concatenate([bins.training()[None, :], bins.probabilities(within)])
    time = autocorrelation_time(column.view)
    log_e = np.log(e_values(null, laws, max(_rows(column.view, law) / time, 20.0)))
    return log_e, (laws * log_e).sum(axis=1) > WORTH


def _kept(weights: FloatArray, keep: npt.NDArray[np.bool_]) -> FloatArray:
    return np.asarray(weights[keep] / weights[keep].sum(), np.float64)


def autocorrelation_time(view: View) -> float:
    """How many dependent records say as much as one independent one; 1 where the file does not
    say.
    """
    reference = view.reference
    if reference is None or reference.autocorrelation_time is None:
        return 1.0
    return max(reference.autocorrelation_time, 1.0)


def _within(
    bins: TrainingBins, view: View, tolerance: Tolerance, accept_decimals: int | None
) -> Iterator[FloatArray]:
    """Values of each location-scale image of training within tolerance, and rounded if accepted."""
    mean, std = bins.law.mean, bins.law.std
    laws = [bins.law.knots]
    if accept_decimals is not None:
        laws.append(view.from_raw(np.round(view.to_raw(bins.law.knots), accept_decimals)))
    for knots in laws:
        for shift in _grid(tolerance.shift, FINEST_SHIFT, 2):
            for stretch in np.exp(_grid(log(tolerance.scale), FINEST_STRETCH, 1)):
                yield mean + shift * std + stretch * (knots - mean)


def _grid(limit: float, finest: float, least: int) -> FloatArray:
    """Points from -limit to limit, no farther apart than *finest* and at least so many on a
    side.
    """
    side = max(ceil(limit / finest), least)
    return np.linspace(-limit, limit, 2 * side + 1)


def _back(
    bins: TrainingBins, training: FloatArray, laws: FloatArray, tolerance: Tolerance
) -> FloatArray:
    """Log p/q for laws q outside twice the tolerance, shape (r, k): all must be refuted for a
    return.
    """
    knots, mean, std = bins.law.knots, bins.law.mean, bins.law.std
    shift, stretch = 2 * tolerance.shift * std, 1 + 2 * (tolerance.scale - 1)
    edge = [
        bins.probabilities(knots + shift),
        bins.probabilities(knots - shift),
        bins.probabilities(mean + stretch * (knots - mean)),
        bins.probabilities(mean + (knots - mean) / stretch),
    ]
    q = np.concatenate([np.array(edge), laws])
    ratios = np.log(training) - np.log(q)
    apart = ratios @ training
    order = np.argsort(apart, kind="stable")
    order = order[apart[order] > BACK_WORTH][:MAX_BACK]
    return np.asarray(ratios[order], np.float64)


def _scores(training: FloatArray) -> FloatArray:
    """Normal score of the middle of each bin, for ADWIN."""
    middle = np.cumsum(training) - training / 2
    normal = NormalDist()
    scores = [normal.inv_cdf(min(max(float(u), 1e-9), 1 - 1e-9)) for u in middle]
    return np.asarray(np.clip(scores, -SCORE_LIMIT, SCORE_LIMIT), np.float64)


def _rows(view: View, law: Law) -> int:
    """Training rows that the law rests on; of a season, those of the phases known least."""
    phases = None if view.reference is None else view.reference.phases
    return law.count if phases is None else min(one.count for one in phases.laws)


def _variance(law: FloatArray, scores: FloatArray) -> float:
    return float(law @ np.square(scores) - (law @ scores) ** 2)


def _kind(
    scores: FloatArray, training: FloatArray, q: FloatArray, tolerance: Tolerance
) -> SignalKind:
    """Whether an alternative is mostly another place, another width or another shape."""
    mean, base = float(q @ scores), float(training @ scores)
    if abs(mean - base) > tolerance.shift:
        return "location"
    width = np.sqrt(max(float(q @ np.square(scores)) - mean**2, 0.0))
    usual = np.sqrt(max(float(training @ np.square(scores)) - base**2, 1e-12))
    return "shape" if 1 / tolerance.scale <= width / usual <= tolerance.scale else "spread"
