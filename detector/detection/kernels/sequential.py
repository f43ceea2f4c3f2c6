"""The sequential tests: departure, return, and where a departure began."""

import math

import numpy as np

from detector.detection.bins import INVALID, MISSING
from detector.detection.kernels.compiled import inline, njit
from detector.detection.marks import (
    ALARM,
    BACK,
    CHANNELS,
    COARSER,
    COARSER_CHANNEL,
    INVALID_CHANNEL,
    LATTICE_CHANNEL,
    MISSING_CHANNEL,
    NO_DIGITS,
    NOTHING,
    OFF_LATTICE,
    STUCK_CHANNEL,
    TIE,
    UNEQUAL,
    VALUES,
)

_CAP = np.float32(1e20)  # far above any threshold; its products stay below float32's 3e38
_CAP64 = 1e200


@inline
def _hit(channel, code, flag):
    """Whether a record speaks in a channel."""
    if channel == MISSING_CHANNEL:
        return code == MISSING
    if channel == INVALID_CHANNEL:
        return code == INVALID
    if channel == LATTICE_CHANNEL:
        return flag & OFF_LATTICE != 0
    if channel == STUCK_CHANNEL:
        return flag & TIE != 0
    return flag & COARSER != 0


@inline
def _asked(channel, code, flag):
    """Whether a record has anything to say in a channel."""
    if channel < LATTICE_CHANNEL:
        return True
    if code >= INVALID:
        return False
    return channel != COARSER_CHANNEL or flag & NO_DIGITS == 0


@inline
def _channel(hit, e, weights, statistic):
    """S <- (1 + S) e[outcome]: the weighted sum of one channel, and whether it stands still."""
    outcome = 1 if hit else 0
    still = not hit
    total = 0.0
    for a in range(statistic.shape[0]):
        before = statistic[a]
        value = min((1.0 + before) * e[a, outcome], _CAP64)
        still = still and value == before
        statistic[a] = value
        total += weights[a] * value
    return total, still


@njit
def _returning(
    code, flag, back, n_back, statistic, channel_back, channel_weights, channel_statistic
):
    """R <- max(1, R) p/q for every law q outside the tolerance; the least of them all."""
    least = np.inf
    if code < INVALID:
        line = back[code]
        for a in range(n_back):
            statistic[a] = min(max(np.float32(1.0), statistic[a]) * line[a], _CAP)
    for a in range(n_back):
        least = min(least, statistic[a])
    for c in range(CHANNELS):
        if channel_weights[c, 0] == 0.0:
            continue
        if _asked(c, code, flag):
            hit = 1 if _hit(c, code, flag) else 0
            value = max(1.0, channel_statistic[c]) * channel_back[c, hit]
            channel_statistic[c] = min(value, _CAP64)
        least = min(least, channel_statistic[c])
    return least


@njit
def judge(
    codes, flags, cursor, stop,
    e, weights, n_alternatives, statistic,
    channel_e, channel_weights, channel_statistic, calm,
    threshold, is_open,
    back, n_back, back_statistic, channel_back, channel_back_statistic, back_threshold,
    evidence, moment,
):  # fmt: skip
    """Shiryaev-Roberts statistics of every feature from cursor[f] on, record by record.

    Stops a feature behind the record at which its weighted sum reaches the threshold (moment
    ALARM), at which every law outside the tolerance is refuted while an episode is open (moment
    BACK), or at stop[f].

    S <- (1 + S) e[bin]; see also the functions above. evidence: weighted sum of each test, shape
    (f, 6). calm: the channel stands where records without a hit keep it, shape (f, 5). Few records
    speak in the channels, but for the coarser lattice, on which one in ten may stand: its two
    alternatives are kept at hand.
    """
    for f in range(codes.shape[0]):
        moment[f] = NOTHING
        n = n_alternatives[f]
        s, w, rows, mine = statistic[f], weights[f], e[f], evidence[f]
        code_of, flag_of = codes[f], flags[f]
        still, limit, opened = False, threshold[f], is_open[f]
        base = mine[0] + mine[1] + mine[2] + mine[3]
        u, fewer = channel_weights[f, COARSER_CHANNEL], channel_e[f, COARSER_CHANNEL]
        first, second = channel_statistic[f, COARSER_CHANNEL]
        digits, short = u[0] > 0.0, mine[COARSER_CHANNEL]
        r, last = cursor[f], stop[f]
        while r < last:
            code, flag = code_of[r], flag_of[r]
            r += 1
            if digits and _asked(COARSER_CHANNEL, code, flag):
                outcome = 1 if flag & COARSER != 0 else 0
                first = min((1.0 + first) * fewer[0, outcome], _CAP64)
                second = min((1.0 + second) * fewer[1, outcome], _CAP64)
                short = u[0] * first + u[1] * second
            if flag & ~(COARSER | UNEQUAL) != 0 or code >= INVALID or not still:
                still = True
                for c in range(COARSER_CHANNEL):
                    if not _asked(c, code, flag):
                        continue
                    hit = _hit(c, code, flag)
                    if hit or not calm[f, c]:
                        mine[c], calm[f, c] = _channel(
                            hit, channel_e[f, c], channel_weights[f, c], channel_statistic[f, c]
                        )
                for c in range(COARSER_CHANNEL):
                    still = still and calm[f, c]
                base = mine[0] + mine[1] + mine[2] + mine[3]
            if code < INVALID:
                row = rows[code]
                total = np.float32(0.0)
                for a in range(n):
                    v = (np.float32(1.0) + s[a]) * row[a]
                    s[a] = v
                    total += w[a] * v
                if total > _CAP:
                    for a in range(n):
                        s[a] = min(s[a], _CAP)
                mine[VALUES] = total
            if not opened:
                if base + short + mine[VALUES] >= limit:
                    moment[f] = ALARM
                    break
            elif n_back[f] > 0:
                least = _returning(
                    code, flag, back[f], n_back[f], back_statistic[f],
                    channel_back[f], channel_weights[f], channel_back_statistic[f],
                )  # fmt: skip
                if least >= back_threshold[f]:
                    moment[f] = BACK
                    break
        cursor[f], mine[COARSER_CHANNEL] = r, short
        channel_statistic[f, COARSER_CHANNEL, 0] = first
        channel_statistic[f, COARSER_CHANNEL, 1] = second


@njit
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
