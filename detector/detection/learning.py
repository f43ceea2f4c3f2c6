"""A scale from the stream itself, for features of which training says nothing.

An identity scaler without a reference has no training scale, and ADWIN is not scale-free: the first
valid values lend it one. Until then nothing is fed to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.departure.scaler_only import SCORE_LIMIT
from detector.detection.departure.table import Table
from detector.detection.view import View
from detector.detection.window import Window

LEARNED_FROM = 256  # valid values: enough for a quartile, few enough to be done with soon
_QUARTILES = 1.349  # interquartile range of the normal law in standard deviations
_LEAST = 1e-3  # of the median's magnitude: a constant has a scale, too
EDGES = np.arange(-28, 29) / 8  # of the scores: finer than ADWIN can tell apart


def unknown() -> Table:
    """The table until the scale is learned: all values in one bin, nothing tested."""
    return _table(np.full(len(EDGES), np.inf), np.zeros(len(EDGES) + 1))


def learned(values: FloatArray) -> Table:
    """Bins and scores by the median and the quartiles of *values*, shape (n,)."""
    with np.errstate(all="ignore"):  # values near the end of float64
        lower, centre, upper = np.percentile(values, [25, 50, 75])
        spread = (upper - lower) / _QUARTILES
        edges = centre + EDGES * spread
        if not (spread > 0 and np.isfinite(edges).all()):
            centre = np.sort(values)[len(values) // 2]
            edges = centre + EDGES * (_LEAST * abs(centre) or 1.0)
    middle = np.concatenate([[-SCORE_LIMIT], (EDGES[1:] + EDGES[:-1]) / 2, [SCORE_LIMIT]])
    return _table(edges, np.clip(middle, -SCORE_LIMIT, SCORE_LIMIT))


@dataclass(slots=True)
class Learner:
    """The features whose scale is still unknown, by index, and their first valid values."""

    waiting: dict[int, list[float]] = field(default_factory=dict)

    @classmethod
    def of(cls, views: Sequence[View]) -> "Learner":
        """Every feature of which training says nothing."""
        return cls({i: [] for i, view in enumerate(views) if view.spread is None})

    def update(self, window: Window, row: int) -> dict[int, Table]:
        """Take one row of *window* in; the tables of the features whose scale it completes."""
        done: dict[int, Table] = {}
        for feature, values in self.waiting.items():
            value = float(window.values[feature, row])
            if np.isfinite(value):
                values.append(value)
            if len(values) == LEARNED_FROM:
                done[feature] = learned(np.array(values))
        for feature in done:
            del self.waiting[feature]
        return done


def _table(edges: FloatArray, scores: FloatArray) -> Table:
    return Table(
        edges=edges,
        log_e=np.zeros((len(edges) + 1, 0)),
        weights=np.zeros(0),
        kinds=(),
        scores=scores,
    )
