"""How badly each hypothesis' law fits the live values: Kullback-Leibler divergence on common
bins.
"""

from collections.abc import Sequence

import numpy as np

from detector.detection import kernels
from detector.detection.batch import FloatArray, IntArray

_LIVE_BINS = 14
_LAW_BINS = np.array([0.005, 0.1, 0.3, 0.5, 0.7, 0.9, 0.995])
_FINEST, _COARSEST = 0.04, 0.2  # least mass that some law must have in a bin: no bins of noise
_DOUBT = 0.03  # of every law is something else: stray values, and errors of the reference
_NUDGE = 1e-9  # relative: an edge stands just above its value, whatever arithmetic did to it
TOLERATED = 0.02  # nats a value below which a misfit says nothing: tiny ones never look certain
_ORDINARY = 10.0  # nats against a law below which values count as following it


def misfits(live: FloatArray, laws: Sequence[FloatArray], marks: FloatArray) -> FloatArray:
    """Divergence of the live values from each law in nats a value, shape (m,), chance taken off.

    live, laws: ascending. marks: values that must not share a bin with what lies below them.
    """
    n = len(live)
    starts = np.concatenate(([0], np.cumsum([len(law) for law in laws]), [0]))
    starts[-1] = starts[-2] + n
    joined = np.concatenate([*laws, live])
    edges = _edges(live, joined, starts[:-1], marks)
    shares = np.empty((len(edges), len(laws) + 1))
    kept = kernels.coarse_shares(joined, starts, edges, min(max(_FINEST, 1 / n), _COARSEST), shares)
    masses = np.diff(shares[:kept].T, axis=1, prepend=0.0, append=1.0)
    masses = masses[:, masses[-1] > 0]  # bins without a live value play no part
    masses, seen = masses[:-1], masses[-1]
    other = masses.mean(axis=0) / 2 + seen / 4 + 1 / (4 * (kept + 1))
    masses = (1 - _DOUBT) * masses + _DOUBT * other
    divergence = (seen * np.log(seen / masses)).sum(axis=1)
    chance = min((len(seen) - 1) / (2 * n), float(divergence.min()))
    return np.asarray(divergence - chance)


def saturated(divergence: FloatArray, n: float | FloatArray) -> FloatArray:
    """Log evidence against a law from *n* values, at most 1/TOLERATED of its divergence."""
    return np.asarray(n * divergence / (1 + TOLERATED * n))


def follows(ordered: FloatArray, law: FloatArray) -> bool:
    """Whether ascending values may come from the law of an ascending sample."""
    divergence = misfits(ordered, [law], ordered[:1])
    return bool(saturated(divergence, len(ordered))[0] < _ORDINARY)


def largest_gap(live: FloatArray, law: FloatArray) -> float:
    """Largest distance between the distribution functions of two ascending samples."""
    at = np.unique(np.concatenate((live, law)))
    at = at + _NUDGE * (np.abs(at) + 1e-12)
    here = np.searchsorted(live, at, side="right") / len(live)
    there = np.searchsorted(law, at, side="right") / len(law)
    return float(np.abs(here - there).max())


def _edges(live: FloatArray, laws: FloatArray, starts: IntArray, marks: FloatArray) -> FloatArray:
    """Where bins may end, ascending; *laws* stand one after another, the first at starts[0]."""
    n = len(live)
    at = np.linspace(0.04, 0.96, min(_LIVE_BINS, max(3, n // 3)))
    places = starts[:-1, None] + (_LAW_BINS * (np.diff(starts) - 1)[:, None]).astype(np.int64)
    above = np.concatenate(
        (live[np.minimum((at * n).astype(np.int64), n - 1)], laws[places.ravel()])
    )
    above = above[np.isfinite(above)]
    above = above + _NUDGE * (np.abs(above) + 1e-12)
    below = marks - _NUDGE * (np.abs(marks) + 1e-12)
    return np.unique(np.concatenate((above, below)))
