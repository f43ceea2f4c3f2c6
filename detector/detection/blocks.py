"""Training scores of consecutive valid values, block by block: what ADWIN and dependence are
fed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.detection import kernels
from detector.detection.batch import FloatArray, IntArray
from detector.detection.change import block_size
from detector.detection.departure import Table
from detector.detection.view import View
from detector.detection.window import Window


@dataclass(frozen=True, slots=True)
class Closed:
    """Blocks that closed in some rows.

    series:  mean score, magnitude and square of each, shape (3, f, n).
    records: number of the record that closed each, shape (f, n).
    counts:  how many there are of each feature, shape (f,).
    """

    series: FloatArray
    records: IntArray
    counts: IntArray

    def of(self, feature: int) -> tuple[list[int], list[float], list[float]]:
        """Records, mean scores and mean magnitudes of one feature's blocks."""
        n = int(self.counts[feature])
        scores, magnitudes = self.series[:2, feature, :n].tolist()
        return self.records[feature, :n].tolist(), scores, magnitudes


class ScoreBlocks:
    """The open block of every feature."""

    def __init__(self, views: Sequence[View], tables: Sequence[Table]) -> None:
        f = len(tables)
        self._scores = np.zeros((f, max(table.n_bins for table in tables)))
        for i, table in enumerate(tables):
            self._scores[i, : table.n_bins] = table.scores
        self.size = np.array([_size(view) for view in views], np.int64)
        self._sums = np.zeros((3, f))
        self._seen = np.zeros(f, np.int64)

    def set_scores(self, feature: int, table: Table) -> None:
        """Score *feature* by another table of as many bins, from a new block on."""
        self._scores[feature, : table.n_bins] = table.scores
        self._sums[:, feature], self._seen[feature] = 0.0, 0

    def close(self, window: Window, first: int, last: int) -> Closed:
        """Take the rows first..last of *window* in; the blocks that closed."""
        shape = (len(self.size), (last - first) // int(self.size.min()) + 1)
        series = np.empty((3, *shape))
        rows, counts = np.empty(shape, np.int64), np.zeros(shape[0], np.int64)
        kernels.block_means(
            window.codes, first, last, self._scores, self.size, self._sums, self._seen, series,
            rows, counts,
        )  # fmt: skip
        return Closed(series=series, records=rows + window.base, counts=counts)


def _size(view: View) -> int:
    reference = view.reference
    time = reference.autocorrelation_time if reference is not None else None
    return block_size(time or 1.0, has_reference=view.law is not None)
