"""Bin number and flags of each value."""

import math

import numpy as np

from detector.detection.bins import CELLS, INVALID, MISSING
from detector.detection.kernels.compiled import inline, njit_exact
from detector.detection.marks import COARSER, OFF_LATTICE, TIE, ZERO
from detector.scaler.coarser import CARRIED, EXACT

_FLOAT_MAX = np.finfo(np.float64).max


@inline
def _carried(x, slope, shift):
    """How far a value may lie off its training decimals as it was carried; -1 if not at all.

    float32 keeps 24 bits of the value and of all that it was computed from; a scaled value that was
    rounded to k decimals is known to half a unit of the last. A full float64 has no excuse.
    """
    slack = -1.0
    if np.float64(np.float32(x)) == x:
        slack = 2.4e-7 * (abs(x * slope) + abs(shift))
    if slope != 1.0 or shift != 0.0:
        for k in range(9):
            t = x * 10.0**k
            if abs(t - np.rint(t)) < 1e-7:
                return max(slack, 0.55 * 10.0**-k * abs(slope))
    return slack


@inline
def _slack(value, code, r, slope, shift):
    """What `_carried` allows the value in row r, unless one of the 16 before it came at full width.

    A constant that a fault puts in may have few digits by itself; a pipeline has few throughout.
    """
    slack = _carried(value[r], slope, shift)
    if slack <= 0.0:
        return 0.0
    for q in range(r - 1, max(r - 17, -1), -1):
        if code[q] < INVALID and _carried(value[q], slope, shift) < 0.0:
            return 0.0
    return slack


@njit_exact
def classify(
    values, adjusted, first, last,
    edges, counts, low, inverse, cells,
    factor, coarser, full, gain, offset, previous,
    codes, flags, tally, extremes,
):  # fmt: skip
    """Bin number and flags of every value in columns first..last.

    Codes: bin number, MISSING for NaN, INVALID for an infinity. Flags: off the training lattice
    (the value needs more decimals than any training value), equal to the valid value before it, on
    a coarser lattice, zero.
    factor:   10^decimals, 0 where there is no lattice; gain and offset take a value to the raw one.
    coarser:  the same for the coarser lattice.
    full:     raw magnitude from which on sound values stand on that: they have no digit to lose.
    adjusted: the values without their season, which are binned; the values where there is none.
    previous: the last valid value, shape (f,); updated.
    tally:    missing, invalid and valid records, shape (f, 3). extremes: shape (f, 2), of the
              valid.
    """
    for f in range(values.shape[0]):
        value, moved, code, flag = values[f], adjusted[f], codes[f], flags[f]
        edge, cell, count = edges[f], cells[f], counts[f]
        start, scale, ten, few = low[f], inverse[f], factor[f], coarser[f]
        carried, plain = CARRIED * few, full[f]
        slope, shift = gain[f], offset[f]
        before = previous[f]
        missing, invalid = 0, 0
        smallest, largest = np.inf, -np.inf
        for r in range(first, last):
            x = value[r]
            if not abs(x) <= _FLOAT_MAX:
                flag[r] = 0
                if math.isnan(x):
                    code[r] = MISSING
                    missing += 1
                else:
                    code[r] = INVALID
                    invalid += 1
                continue
            z = moved[r]
            at = (z - start) * scale
            if 0.0 <= at < CELLS:  # a table of cells, then a step or two
                b = np.int64(cell[int(at)])
                while b < count and z > edge[b]:
                    b += 1
                while b > 0 and z <= edge[b - 1]:
                    b -= 1
            else:
                b, top = np.int64(0), count
                while b < top:
                    middle = (b + top) // 2
                    if z > edge[middle]:
                        b = middle + 1
                    else:
                        top = middle
            code[r] = b
            mark = TIE if x == before else 0
            before = x
            if ten > 0.0:
                y = (x * slope + shift) * ten
                tolerance = 1e-6 + 2e-9 * abs(y)
                off = abs(y - np.rint(y))
                if tolerance < 0.05 and off > tolerance:
                    tolerance += _slack(value, code, r, slope, shift) * ten
                    if tolerance < 0.05 and off > tolerance:
                        mark |= OFF_LATTICE
            if few > 0.0:
                raw = x * slope + shift
                y = raw * few
                tolerance = EXACT + carried * (abs(x * slope) + abs(shift))
                nearest = np.rint(y)
                if abs(raw) >= plain:
                    mark |= ZERO
                elif tolerance < 0.05 and abs(y - nearest) <= tolerance:
                    mark |= COARSER if nearest != 0.0 else ZERO
            flag[r] = mark
            smallest = min(smallest, x)
            largest = max(largest, x)
        previous[f] = before
        tally[f, 0], tally[f, 1], tally[f, 2] = missing, invalid, last - first - missing - invalid
        extremes[f, 0], extremes[f, 1] = smallest, largest
