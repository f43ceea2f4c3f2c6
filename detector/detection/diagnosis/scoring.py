"""How badly each hypothesis' law fits the live values: Kullback-Leibler divergence on common
bins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from detector.detection import kernels
from detector.detection.batch import FloatArray, IntArray

_LIVE_BINS = 14
_LAW_BINS = np.array([0.005, 0.1, 0.3, 0.5, 0.7, 0.9, 0.995])
_FINEST, _COARSEST = 0.04, 0.2  # least mass that some law must have in a bin: no bins of noise
_DOUBT = 0.03  # of every law is something else: stray values, and errors of the reference
_FEW_BINS = np.linspace(0.08, 0.92, 7)  # ends of those of a first look
_NUDGE = 1e-9  # relative: an edge stands just above its value, whatever arithmetic did to it
TOLERATED = 0.02  # nats a value below which a misfit says nothing: tiny ones never look certain
_ORDINARY = 10.0  # nats against a law below which values count as following it


def misfits(live: FloatArray, laws: Sequence[FloatArray], marks: FloatArray) -> FloatArray:
    """Divergence of the live values from each law in nats a value, shape (m,), chance taken off.

    live, laws: ascending. marks: values that must not share a bin with what lies below them.
    """
    n = len(live)
    joined, starts = _joined([*laws, live])
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


@dataclass(frozen=True, slots=True)
class FewBins:
    """A few bins of the live values: a first look, in which a law hardly misfits more than in all.

    edges: ascending, shape (e,); beyond the outer ones the bins are open.
    seen:  share of the live values in each bin, shape (e + 1,).
    """

    edges: FloatArray
    seen: FloatArray

    @classmethod
    def of(cls, live: FloatArray) -> Self:
        """Those of an ascending sample."""
        at = live[(_FEW_BINS * len(live)).astype(np.int64)]
        edges = np.unique(at) + _NUDGE * (np.abs(np.unique(at)) + 1e-12)
        upto = np.searchsorted(live, edges, side="right") / len(live)
        return cls(edges, np.diff(upto, prepend=0.0, append=1.0))

    def shares(self, laws: Sequence[FloatArray]) -> FloatArray:
        """The share of each law (ascending) in each bin, shape (m, e + 1)."""
        joined, starts = _joined(laws)
        upto = np.empty((len(laws), len(self.edges)))
        kernels.shares_upto(joined, starts, self.edges, upto)
        return np.diff(upto, axis=1, prepend=0.0, append=1.0)

    def misfits(self, shares: FloatArray) -> FloatArray:
        """Divergence of the live values from laws of such shares, in nats a value, shape (m,)."""
        seen = self.seen[self.seen > 0]
        doubted = (1 - _DOUBT) * shares[:, self.seen > 0] + _DOUBT * seen
        return np.asarray(np.log(seen / doubted) @ seen)


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


def _joined(laws: Sequence[FloatArray]) -> tuple[FloatArray, IntArray]:
    """The laws one after another; where each begins, and the end of the last, shape (m + 1,)."""
    starts = np.zeros(len(laws) + 1, np.int64)
    np.cumsum([len(law) for law in laws], out=starts[1:])
    return np.concatenate(laws), starts


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
