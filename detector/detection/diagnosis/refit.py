"""Values scaled batch by batch with their own mean and deviation.

The sum of each batch is zero and the sum of its squares is its size, exactly. So the running sum
returns to the same value at every end of a batch, whatever the batch sizes, and one return with
the right squares is proof: by chance it takes a coincidence of a dozen digits.
"""

import numpy as np

from detector.detection.batch import FloatArray

_LEAST = 6  # records of a batch; fewer could be chance on a coarse grid
_SUM = 1e-7  # of the size of the summands: rounding in transport and of the sum
_SQUARES = 1e-6


def batch_of(values: FloatArray) -> int | None:
    """Records of a batch that was scaled by itself, somewhere in *values* (in order); or None."""
    n = len(values)
    if n < _LEAST:
        return None
    with np.errstate(all="ignore"):
        sums = np.concatenate(([0.0], np.cumsum(values)))
        squares = np.concatenate(([0.0], np.cumsum(np.square(values))))
        size = float(np.abs(values).mean())
    if not (np.isfinite(squares[-1]) and size > 0):
        return None
    order = np.argsort(sums, kind="stable")
    close = np.flatnonzero(np.diff(sums[order]) <= _SUM * size)
    found: list[int] = []
    for at in close:
        first, last = sorted((int(order[at]), int(order[at + 1])))
        count = last - first
        total = float(squares[last] - squares[first])
        if count >= _LEAST and min(abs(total - count), abs(total - count + 1)) <= _SQUARES * count:
            found.append(count)
    return min(found) if found else None
