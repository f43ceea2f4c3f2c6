"""The split of a series that tells two laws apart best."""

import math

import numpy as np

from detector.detection.kernels.compiled import njit_exact


@njit_exact
def best_split(cells, n_cells, least, latest):
    """Where the law of a series of cell numbers most probably changed: (first place after, nats).

    The log likelihood ratio of two multinomial laws against one, at the best of the splits that
    leave at least *least* places before and *latest* behind; (0, 0.0) where there is none.
    """
    n = len(cells)
    x_log_x = np.zeros(n + 1)
    for k in range(2, n + 1):
        x_log_x[k] = k * math.log(k)
    before, behind = np.zeros(n_cells, np.int64), np.zeros(n_cells, np.int64)
    for cell in cells:
        behind[cell] += 1
    one_law = -x_log_x[n]
    for count in behind:
        one_law += x_log_x[count]
    left, right = 0.0, one_law + x_log_x[n]
    place, best = 0, 0.0
    for k in range(n - latest):
        cell = cells[k]
        left += x_log_x[before[cell] + 1] - x_log_x[before[cell]]
        right += x_log_x[behind[cell] - 1] - x_log_x[behind[cell]]
        before[cell] += 1
        behind[cell] -= 1
        if k + 1 < least:
            continue
        gain = left - x_log_x[k + 1] + right - x_log_x[n - k - 1] - one_law
        if gain > best:
            place, best = k + 1, gain
    return place, best
