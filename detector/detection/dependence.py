"""How much neighbouring records depend on each other, as the live stream shows it.

Dependence tempers the evidence: what m dependent records say is what one independent record says.
The
live stream may raise the autocorrelation time of the scaler file, never lower it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.detection import kernels
from detector.detection.batch import IntArray
from detector.detection.blocks import Closed
from detector.detection.departure import Table

LEVELS = 5  # means of 1 to 16 blocks: 256 blocks hold 16 of the longest
STEPS = (
    1.5,
    2.0,
    3.0,
    4.0,
    6.0,
    8.0,
    12.0,
    16.0,
    24.0,
    32.0,
    48.0,
    64.0,
    96.0,
    128.0,
    192.0,
    256.0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependence:
    """An estimate of the autocorrelation time, in records.

    record: number of the record that completed it.
    """

    record: int
    time: float


class DependenceDetector:
    """Estimates the autocorrelation time of every feature, again and again."""

    def __init__(self, tables: Sequence[Table], size: IntArray) -> None:
        f, shape = len(tables), (len(tables), 2, LEVELS)
        self._size = size
        self._spread = np.array([table.score_variances for table in tables])
        self._left = np.full(f, kernels.DEPENDENCE_BLOCKS, np.int64)
        self._checks = np.zeros(f, np.int64)
        self._half, self._previous = np.zeros(shape), np.zeros(shape)
        self._squares, self._largest = np.zeros(shape), np.zeros((*shape, 2))
        self._pairs = np.zeros((*shape, 1), np.int64)
        self._totals = np.zeros((f, 3))

    def update(self, closed: Closed) -> dict[int, list[Dependence]]:
        """Take closed blocks in; the estimates above 1 that they complete, by feature."""
        f, n = closed.records.shape
        most = n // kernels.DEPENDENCE_BLOCKS + 2
        times, at = np.zeros((f, most)), np.zeros((f, most), np.int64)
        found = np.zeros(f, np.int64)
        kernels.block_dependence(
            closed.series, closed.counts, self._size, self._spread, self._left, self._half,
            self._previous, self._squares, self._largest, self._pairs, self._totals, self._checks,
            times, at, found,
        )  # fmt: skip
        return {
            i: [
                Dependence(record=int(closed.records[i, at[i, e]]), time=float(times[i, e]))
                for e in range(found[i])
            ]
            for i in np.flatnonzero(found).tolist()
        }


def step_of(time: float) -> float:
    """The largest of STEPS that *time* reaches; 1 below the first."""
    return max((step for step in STEPS if step <= time), default=1.0)
