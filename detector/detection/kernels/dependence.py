"""Means of blocks of records, and the dependence that they show."""

import math

from detector.detection.bins import INVALID
from detector.detection.kernels.compiled import njit_exact

DEPENDENCE_BLOCKS = 32  # closed blocks before dependence is first asked for
DEPENDENCE_CHECKS = 4  # at 32, 64, 128 and 256 blocks; then it starts again


@njit_exact
def block_means(codes, first, last, scores, size, sums, seen, series, rows, counts):
    """Means of consecutive training scores, of their magnitudes and of their squares.

    size: valid values a block, shape (f,).
    sums, seen: the block that is still open, shapes (3, f) and (f,); updated.
    series, rows: shapes (3, f, n) and (f, n), of the blocks that closed, with the row that closed
    each; counts: how many there are, shape (f,).
    """
    for f in range(codes.shape[0]):
        code, score, length = codes[f], scores[f], size[f]
        a, b, q, k, n = sums[0, f], sums[1, f], sums[2, f], seen[f], 0
        for r in range(first, last):
            c = code[r]
            if c >= INVALID:
                continue
            g = score[c]
            a += g
            b += abs(g)
            q += g * g
            k += 1
            if k == length:
                series[0, f, n], series[1, f, n], series[2, f, n] = (
                    a / length,
                    b / length,
                    q / length,
                )
                rows[f, n] = r
                n += 1
                a, b, q, k = 0.0, 0.0, 0.0, 0
        sums[0, f], sums[1, f], sums[2, f], seen[f] = a, b, q, k
        counts[f] = n


@njit_exact
def block_dependence(
    series, counts, size, spread, left, half, previous, squares, largest, pairs, totals, checks,
    times, at, found,
):  # fmt: skip
    """Integrated autocorrelation time of block means, from how means of 1, 2, 4… blocks differ.

    V_k = size 2^k mean(d^2 / 2) / variance over neighbouring means of 2^k blocks, 1 for independent
    records; the two largest differences of each level are left out, so that one shift in and out
    is no dependence; less four standard errors, so that chance is none either.
    series: means, shape (3, f, n): of scores, magnitudes and squares, counts[f] of them closed.
    spread: variance of one score and of one magnitude in training, shape (f, 2): what the stream's
            own variances, from *totals*, must reach a part of (a stuck feature shows nothing).
    left:   blocks until the estimate is asked for, and then again after twice as many, shape (f,);
            checks: how many were asked for. After the last check everything starts again.
    times: shape (f, m), estimates above 1; at: shape (f, m, 2), the block that completed each and
           the
    number of blocks it rests on; found: how many there are, shape (f,).
    """
    levels = half.shape[2]
    for f in range(counts.shape[0]):
        found[f] = 0
        for b in range(counts[f]):
            for q in range(3):
                totals[f, q] += series[q, f, b]
            for q in range(2):
                value = series[q, f, b]
                for k in range(levels):
                    if pairs[f, q, k, 0] > 0:
                        d = 0.5 * (value - previous[f, q, k]) ** 2
                        squares[f, q, k] += d
                        if d > largest[f, q, k, 0]:
                            largest[f, q, k, 1] = largest[f, q, k, 0]
                            largest[f, q, k, 0] = d
                        elif d > largest[f, q, k, 1]:
                            largest[f, q, k, 1] = d
                    previous[f, q, k] = value
                    pairs[f, q, k, 0] += 1
                    if pairs[f, q, k, 0] % 2 == 1:
                        half[f, q, k] = value
                        break
                    value = 0.5 * (value + half[f, q, k])
            left[f] -= 1
            if left[f] > 0:
                continue
            best = 1.0
            blocks = pairs[f, 0, 0, 0]
            for q in range(2):
                own = totals[f, 2] / blocks - (totals[f, q] / blocks) ** 2
                for k in range(levels):
                    n = pairs[f, q, k, 0]
                    if n < 16 or own <= 0.1 * spread[f, q]:
                        continue
                    rest = squares[f, q, k] - largest[f, q, k, 0] - largest[f, q, k, 1]
                    v = size[f] * 2.0**k * rest / (n - 3) / own
                    best = max(best, v / (1.0 + 4.0 * math.sqrt(1.5 / n)))
            if best > 1.25:
                times[f, found[f]] = best
                at[f, found[f]] = b
                found[f] += 1
            checks[f] += 1
            left[f] = DEPENDENCE_BLOCKS * 2 ** (checks[f] - 1)
            if checks[f] == DEPENDENCE_CHECKS:
                checks[f], left[f] = 0, DEPENDENCE_BLOCKS
                half[f], previous[f], squares[f], largest[f] = 0.0, 0.0, 0.0, 0.0
                pairs[f], totals[f] = 0, 0.0
