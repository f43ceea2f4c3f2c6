"""Where the law of a feature changed inside an episode: the best split of its records in two.

An open episode is no reason to look away: a second fault may come on top of the first, or take its
place. The tests of the departure cannot say so, since they ask whether a feature left training,
which it has. So the records of an episode are compared with each other.
"""

import numpy as np
import numpy.typing as npt

from detector.detection import kernels
from detector.detection.batch import FloatArray, IntArray
from detector.detection.bins import INVALID

CELLS = 8  # of equal counts
LEAST = 16  # records on the earlier side, and values without which there is no law
_LATEST = 4  # records on the later side
_STRIDE = 8  # of the values, every so many tell where cells end
_NEAR, _ABRUPT = 128, 12.0  # records on either side that must differ by so many nats: no slow drift
PROOF = 20.0  # nats; the best of 2,000 splits of one law exceeds it once in 5,000 looks


def rupture(values: FloatArray, codes: npt.NDArray[np.uint8]) -> int | None:
    """The first record after the most probable change of law; None without enough evidence.

    values, codes: of the records in their order, shape (n,); codes tell missing and invalid ones.

    The evidence is the log likelihood ratio of two multinomial laws against one, over cells of
    equal counts, missing and invalid ones two more (the G statistic of Sokal & Rohlf, half of it),
    at the split where it is greatest.
    """
    valid = codes < INVALID
    if int(valid.sum()) < LEAST:
        return None
    ordered = np.sort(values[valid][::_STRIDE] if len(values) > _STRIDE * 64 else values[valid])
    at = np.arange(1, CELLS) * len(ordered) // CELLS
    edges = np.unique(ordered[at])
    cells = np.searchsorted(edges, values, side="right")
    cells[~valid] = CELLS + codes[~valid] - INVALID
    place, gain = kernels.best_split(cells, CELLS + 2, LEAST, _LATEST)
    if gain < PROOF:
        return None
    near = _gain(cells[max(place - _NEAR, 0) : place], cells[place : place + _NEAR])
    return int(place) if near >= _ABRUPT else None


def _gain(before: IntArray, behind: IntArray) -> float:
    """The evidence of one split, in nats."""
    first, last = (np.bincount(part, minlength=CELLS + 2) for part in (before, behind))
    return _x_log_x(first) + _x_log_x(last) - _x_log_x(first + last)


def _x_log_x(counts: IntArray) -> float:
    n = int(counts.sum())
    return float((counts * np.log(np.maximum(counts, 1))).sum()) - n * float(np.log(max(n, 1)))
