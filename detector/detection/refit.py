"""Scaled values whose running sum keeps coming back: each batch was scaled by its own statistics.

No marginal test can see it: mean and spread are what they should be, only too well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.detection import kernels
from detector.detection.view import View
from detector.detection.window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Refit:
    """A run of batches that were each scaled by themselves.

    record: number of the record that completed the last of them.
    since:  number of the record with which the first of them began.
    """

    record: int
    since: int


class RefitDetector:
    """Watches the features of a scaled topic whose scaler centres and divides by the deviation.

    Chance does it too, with a probability far below the promise: it takes three returns in a row to
    five decimals, each with a mean square of 1 (or of 1 - 1/n) to two ten-thousandths.
    """

    def __init__(self, views: Sequence[View]) -> None:
        f = len(views)
        self._active = np.array(
            [v.values == "scaled" and v.scaler.kind == "standard" for v in views], np.bool_
        )
        slots = kernels.SLOTS if self._active.any() else 1
        self._total, self._energy = np.zeros(f), np.zeros(f)
        self._keys = np.full((f, slots), np.iinfo(np.int64).min)
        self._at = np.full((f, slots), -kernels.MAX_BATCH - 1, np.int64)
        self._squares = np.zeros((f, slots))
        self._links = np.zeros((f, slots), np.int64)
        self._starts = np.zeros((f, slots), np.int64)

    def update(self, window: Window, first: int, last: int) -> dict[int, list[Refit]]:
        """Take the rows first..last of *window* in; what they reveal, by feature."""
        if not self._active.any():
            return {}
        f = len(self._active)
        rows, firsts = np.zeros((2, f, last - first), np.int64)
        counts = np.zeros(f, np.int64)
        kernels.returns(
            window.values, window.codes, first, last, window.base, self._active,
            self._total, self._energy, self._keys, self._at, self._squares, self._links,
            self._starts, rows, firsts, counts,
        )  # fmt: skip
        return {
            i: [
                Refit(record=window.base + int(rows[i, n]), since=int(firsts[i, n]))
                for n in range(counts[i])
            ]
            for i in np.flatnonzero(counts).tolist()
        }
