"""How many records of a partition name another scaler, and when there were enough that do not."""

import math
from dataclasses import dataclass, field

import numpy as np

from detector.detection.batch import IntArray
from detector.detection.watch.roster import CONFIGURED

WINDOW = 1000  # shares are of so many records of each partition that name a scaler, at most
FEWEST_CLEAN = 500  # no stretch without a mismatch says less: what comes back in pieces is one
# Long enough is a stretch that a share like the one seen would leave clean once in 1e9 times. Until
# more is known, a share counts as that of a canary of one per cent: with less patience such a
# canary would open another episode with every few of its records.
_PATIENCE = -math.log(1e-9)
_CANARY = 100


@dataclass(slots=True)
class Tally:
    """The records of one partition that name a scaler, since an episode began.

    window: numbers of the scalers that the last of them name.
    clean:  how many came since the last mismatch: one that names another than the configured one.
    needed: so many are enough; 0 where there was no mismatch, or they have come.
    """

    window: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    clean: int = 0
    needed: int = 0

    def take(self, named: IntArray) -> None:
        """Count records that name these scalers."""
        starts, needed = self._stretches(named)
        self.clean = len(named) - 1 - int(starts[-1])
        self.needed = int(needed[-1]) if self.clean < needed[-1] else 0
        self.window = np.concatenate([self.window, named])[-WINDOW:]

    def end(self, named: IntArray) -> int | None:
        """Which of the records that come next makes a stretch long enough; None if none does."""
        starts, needed = self._stretches(named)
        enough = starts + needed
        reached = (needed > 0) & (enough < np.append(starts[1:], len(named)))
        return int(enough[reached][0]) if reached.any() else None

    def _stretches(self, named: IntArray) -> tuple[IntArray, IntArray]:
        """Where stretches without a mismatch begin, and how many records of each are enough.

        The first has begun before *named*, the others begin with its mismatches.
        """
        known = np.concatenate([self.window, named])
        sums = np.concatenate([[0], np.cumsum(known > CONFIGURED)])
        mismatches = np.flatnonzero(named > CONFIGURED)
        ends = mismatches + len(self.window) + 1
        sizes = np.minimum(ends, WINDOW)
        needed = long_enough(sums[ends] - sums[ends - sizes], sizes)
        return (
            np.concatenate([[-1 - self.clean], mismatches]),
            np.concatenate([[self.needed], needed]),
        )


def long_enough(mismatches: IntArray, records: IntArray) -> IntArray:
    """How many records without a mismatch are enough where so many of so many had one, shape (n,).

    >>> long_enough(np.array([1, 10, 100, 1000]), np.array([1, 1000, 1000, 1000])).tolist()
    [2073, 2278, 500, 500]
    """
    shares = mismatches / (records + _CANARY - 1)
    return np.maximum(np.ceil(_PATIENCE / shares), FEWEST_CLEAN).astype(np.int64)
