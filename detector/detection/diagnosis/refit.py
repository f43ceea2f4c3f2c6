"""Values scaled batch by batch with their own statistics.

Mean and deviation: the sum of each batch is zero and the sum of its squares is its size, exactly.
So the running sum returns to the same value at every end of a batch, whatever the batch sizes, and
one return with the right squares is proof: by chance it takes a coincidence of a dozen digits.

Median and interquartile range: the middle of each batch is zero and its quartiles lie one apart,
exactly. Of an even batch the two middle values are each other's negative, which shows where to
look. Where the quartiles are values that occur elsewhere, too, they are one apart by habit.
"""

import numpy as np

from detector.detection.batch import FloatArray

_LEAST = 6  # records of a batch; fewer could be chance on a coarse grid
_SUM = 1e-7  # of the size of the summands: rounding in transport and of the sum
_SQUARES = 1e-6
_DIGITS = 4  # after the point: values with no more are sums of whole numbers, which often return
_VARIED = 4  # distinct values without which a batch proves nothing: +1 and -1 sum to zero, too
_SIZES = (8, 10, 16, 20, 24, 25, 30, 32, 40, 48, 50, 60, 64, 80, 96, 100, 120, 128, 150, 200, 250,
          256, 300, 400, 500, 512)  # fmt: skip
_MIRRORED = 1e-9  # relative difference of two middle values from each other's negative
_PAIRS = 8  # middles looked at, the last ones
_LATEST = 1024  # values in which they are sought: the windows of every size cost the most
_QUARTILES = 1e-6


def batch_of(values: FloatArray) -> int | None:
    """Records of a batch that was standardised by itself, somewhere in *values* (in order); or
    None.
    """
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
        if count < _LEAST or min(abs(total - count), abs(total - count + 1)) > _SQUARES * count:
            continue
        if _is_telling(values[first:last]):
            found.append(count)
    return min(found) if found else None


def robust_batch_of(values: FloatArray) -> int | None:
    """Records of a batch with median 0 and quartiles 1 apart, somewhere in *values*; or None."""
    values = values[-_LATEST:]
    for first, last in _middles(values):
        for size in _SIZES:
            starts = np.arange(max(last - size + 1, 0), min(first, len(values) - size) + 1)
            if size <= last - first or not len(starts):
                continue
            batches = np.lib.stride_tricks.sliding_window_view(values, size)[starts]
            low, middle, high = np.percentile(batches, [25, 50, 75], axis=1)
            fits = (np.abs(middle) < _MIRRORED) & (np.abs(high - low - 1) < _QUARTILES)
            for at in np.flatnonzero(fits):
                first_of = int(starts[at])
                others = np.delete(values, slice(first_of, first_of + size))
                ends = np.array([low[at], high[at]])
                if _is_telling(batches[at]) and not np.isin(others, ends).any():
                    return size
    return None


def _middles(values: FloatArray) -> list[tuple[int, int]]:
    """Places of values that may be the middle of a batch: zeros, and pairs of opposite sign."""
    order = np.argsort(np.abs(values), kind="stable")
    size = np.abs(values)[order]
    twins = np.flatnonzero(np.diff(size) <= _MIRRORED * size[1:])
    pairs = [tuple(sorted((int(order[i]), int(order[i + 1])))) for i in twins]
    found = [(i, j) for i, j in pairs if values[i] == 0 or values[i] * values[j] < 0]
    found += [(int(i), int(i)) for i in np.flatnonzero(values == 0)]
    return sorted(found, key=lambda pair: -pair[1])[:_PAIRS]


def _is_telling(batch: FloatArray) -> bool:
    """Whether a batch varies, and not in whole steps only."""
    with np.errstate(all="ignore"):
        shifted = batch * 10.0**_DIGITS
        is_round = bool((np.abs(shifted - np.rint(shifted)) <= _SUM).all())
    return not is_round and len(np.unique(batch)) >= _VARIED
