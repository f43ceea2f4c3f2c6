"""Record-by-record loops, compiled. numba lives here; each function reads like its formula.

Every function is a function of the records: state goes in and comes out in arrays, and cutting
the same
records into other batches gives the same bits. ``fastmath`` is limited to reassociation, so that
a sum over
alternatives is vectorised; checks for NaN and infinity stay.
"""

import math

import numba
import numpy as np

from detector.detection.bins import CELLS, INVALID, MISSING
from detector.detection.kernel_cache import kept

OFF_LATTICE = 1
TIE = 2
NOTHING, ALARM, BACK = 0, 1, 2
CHANNELS = 4  # missing, invalid, off the lattice, stuck
MISSING_CHANNEL, INVALID_CHANNEL, LATTICE_CHANNEL, STUCK_CHANNEL = range(CHANNELS)
VALUES = CHANNELS  # number of the value test where a test is named
_CAP = np.float32(1e30)  # of float32's 3e38: products with an e-value of a thousand stay finite
_CAP64 = 1e200

_njit = kept(numba.njit(nogil=True, fastmath={"reassoc", "contract", "nsz"}))
_njit_exact = kept(numba.njit(nogil=True))


@_njit_exact
def bin_values(values, first, last, edges, counts, low, inverse, cells, codes):
    """Bin number of every value, (f, first:last); MISSING for NaN, INVALID for an infinity."""
    for f in range(values.shape[0]):
        k = counts[f]
        for r in range(first, last):
            x = values[f, r]
            if math.isnan(x):
                codes[f, r] = MISSING
                continue
            if math.isinf(x):
                codes[f, r] = INVALID
                continue
            at = (x - low[f]) * inverse[f]
            if 0.0 <= at < CELLS and inverse[f] > 0.0:
                b = np.int64(cells[f, int(at)])
                while b > 0 and x <= edges[f, b - 1]:
                    b -= 1
                while b < k and x > edges[f, b]:
                    b += 1
            else:
                b, top = 0, k
                while b < top:
                    middle = (b + top) // 2
                    if x > edges[f, middle]:
                        b = middle + 1
                    else:
                        top = middle
            codes[f, r] = b


@_njit_exact
def mark_values(values, first, last, codes, factor, gain, offset, previous, run, flags):
    """Flags of every valid value: off the training lattice, equal to the valid value before it.

    factor: 10^decimals, 0 where there is no lattice; gain and offset take the topic's value to
            the raw one.
    previous, run: the last valid value and its run length, shape (f,); updated.
    """
    for f in range(values.shape[0]):
        last_value, length, ten = previous[f], run[f], factor[f]
        for r in range(first, last):
            if codes[f, r] >= INVALID:
                flags[f, r] = 0
                continue
            x = values[f, r]
            flag = 0
            if x == last_value:
                flag = TIE
                length += 1
            else:
                last_value = x
                length = 1
            if ten > 0.0:
                y = (x * gain[f] + offset[f]) * ten
                tolerance = 1e-6 + 2e-9 * abs(y)
                if tolerance < 0.05 and abs(y - np.rint(y)) > tolerance:
                    flag |= OFF_LATTICE
            flags[f, r] = flag
        previous[f], run[f] = last_value, length


@_njit_exact
def block_means(
    codes, first, last, scores, size, total, total_size, seen, means, sizes, rows, counts
):
    """Means of consecutive training scores and of their magnitudes, over *size* valid values each.

    total, total_size, seen: the block that is still open, shape (f,); updated.
    means, sizes, rows: shape (f, n), the blocks that closed and the record that closed each;
    counts: how many.
    """
    for f in range(codes.shape[0]):
        n = 0
        for r in range(first, last):
            code = codes[f, r]
            if code >= INVALID:
                continue
            g = scores[f, code]
            total[f] += g
            total_size[f] += abs(g)
            seen[f] += 1
            if seen[f] == size[f]:
                means[f, n] = total[f] / size[f]
                sizes[f, n] = total_size[f] / size[f]
                rows[f, n] = r
                n += 1
                total[f], total_size[f], seen[f] = 0.0, 0.0, 0
        counts[f] = n


@_njit
def judge(
    codes, flags, cursor, stop,
    e, weights, n_alternatives, statistic,
    channel_e, channel_weights, channel_statistic,
    threshold, is_open,
    back, n_back, back_statistic, channel_back, channel_back_statistic, back_threshold,
    evidence, moment,
):  # fmt: skip
    """Shiryaev-Roberts statistics of every feature from cursor[f] on, record by record.

    Stops a feature behind the record at which its weighted sum reaches the threshold (moment
    ALARM), at which
    every law outside the tolerance is refuted while an episode is open (moment BACK), or at
    stop[f].

    S <- (1 + S) e[bin]; R <- max(1, R) p/q[bin]. evidence: weighted sum of each test, shape (f, 5).
    """
    for f in range(codes.shape[0]):
        moment[f] = NOTHING
        n, m = n_alternatives[f], n_back[f]
        s, w = statistic[f], weights[f]
        r = cursor[f]
        last = stop[f]
        while r < last:
            code = codes[f, r]
            valid = code < INVALID
            flag = flags[f, r]
            total = 0.0
            for c in range(CHANNELS):
                if c >= LATTICE_CHANNEL and not valid:
                    total += evidence[f, c]
                    continue
                hit = 0
                if c == MISSING_CHANNEL:
                    hit = 1 if code == MISSING else 0
                elif c == INVALID_CHANNEL:
                    hit = 1 if code == INVALID else 0
                elif c == LATTICE_CHANNEL:
                    hit = 1 if flag & OFF_LATTICE else 0
                else:
                    hit = 1 if flag & TIE else 0
                mine = 0.0
                for a in range(channel_e.shape[2]):
                    value = (1.0 + channel_statistic[f, c, a]) * channel_e[f, c, a, hit]
                    value = min(value, _CAP64)
                    channel_statistic[f, c, a] = value
                    mine += channel_weights[f, c, a] * value
                evidence[f, c] = mine
                total += mine
            if valid:
                row = e[f, code]
                mine32 = np.float32(0.0)
                for a in range(n):
                    v = min((np.float32(1.0) + s[a]) * row[a], _CAP)
                    s[a] = v
                    mine32 += w[a] * v
                evidence[f, VALUES] = mine32
            total += evidence[f, VALUES]
            r += 1
            if not is_open[f]:
                if total >= threshold[f]:
                    moment[f] = ALARM
                    break
                continue
            least = np.inf
            if valid:
                line = back[f, code]
                for a in range(m):
                    v = min(max(np.float32(1.0), back_statistic[f, a]) * line[a], _CAP)
                    back_statistic[f, a] = v
            for a in range(m):
                least = min(least, back_statistic[f, a])
            for c in range(CHANNELS):
                if channel_weights[f, c, 0] == 0.0:
                    continue
                if c < LATTICE_CHANNEL or valid:
                    hit = 0
                    if c == MISSING_CHANNEL:
                        hit = 1 if code == MISSING else 0
                    elif c == INVALID_CHANNEL:
                        hit = 1 if code == INVALID else 0
                    elif c == LATTICE_CHANNEL:
                        hit = 1 if flag & OFF_LATTICE else 0
                    else:
                        hit = 1 if flag & TIE else 0
                    value = max(1.0, channel_back_statistic[f, c]) * channel_back[f, c, hit]
                    channel_back_statistic[f, c] = min(value, _CAP64)
                least = min(least, channel_back_statistic[f, c])
            if m > 0 and least >= back_threshold[f]:
                moment[f] = BACK
                break
        cursor[f] = r


@_njit
def onset(codes, log_e, log_weights):
    """Index s that maximises log sum_j w_j prod_(i >= s) e_j(code_i): where the evidence begins.

    codes: bin numbers, oldest first, shape (n,). Missing and invalid records carry no evidence.
    """
    n, j = codes.shape[0], log_e.shape[1]
    sums = log_weights.copy()
    best, at = -np.inf, n - 1
    for i in range(n - 1, -1, -1):
        code = codes[i]
        if code >= INVALID:
            continue
        top = -np.inf
        for a in range(j):
            sums[a] += log_e[code, a]
            top = max(top, sums[a])
        total = 0.0
        for a in range(j):
            total += math.exp(sums[a] - top)
        value = top + math.log(total)
        if value > best:
            best, at = value, i
    return at
