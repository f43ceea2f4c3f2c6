"""Record-by-record loops, compiled. numba lives here; each function reads like its formula.

Every function is a function of the records: state goes in and comes out in arrays, and cutting the
same records into other batches gives the same bits. ``fastmath`` is limited to reassociation, so
that
a sum over alternatives is vectorised; checks for NaN and infinity stay.
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
DEPENDENCE_BLOCKS = 32  # closed blocks before dependence is first asked for
DEPENDENCE_CHECKS = 4  # at 32, 64, 128 and 256 blocks; then it starts again
SLOTS = 2048  # values of a running sum that are remembered, 80 KB a feature of a scaled topic
MAX_BATCH = 2048
LINKS = 3  # batches in a row: fewer can be chance where values are whole numbers
_CAP = np.float32(1e20)  # far above any threshold; its products stay below float32's 3e38
_CAP64 = 1e200
_FLOAT_MAX = np.finfo(np.float64).max

_njit = kept(numba.njit(nogil=True, fastmath={"reassoc", "contract", "nsz"}))
_njit_exact = kept(numba.njit(nogil=True))
_inline = numba.njit(nogil=True)  # LLVM inlines; numba's own inlining costs 20 ns a call


@_inline
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


@_inline
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


@_njit_exact
def classify(
    values, adjusted, first, last,
    edges, counts, low, inverse, cells,
    factor, gain, offset, previous,
    codes, flags, tally, extremes,
):  # fmt: skip
    """Bin number and flags of every value in columns first..last.

    Codes: bin number, MISSING for NaN, INVALID for an infinity. Flags: off the training lattice
    (the value needs more decimals than any training value), equal to the valid value before it.
    factor:   10^decimals, 0 where there is no lattice; gain and offset take a value to the raw one.
    adjusted: the values without their season, which are binned; the values where there is none.
    previous: the last valid value, shape (f,); updated.
    tally:    missing, invalid and valid records, shape (f, 3). extremes: shape (f, 2), of the
              valid.
    """
    for f in range(values.shape[0]):
        value, moved, code, flag = values[f], adjusted[f], codes[f], flags[f]
        edge, cell, count = edges[f], cells[f], counts[f]
        start, scale, ten = low[f], inverse[f], factor[f]
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
            flag[r] = mark
            smallest = min(smallest, x)
            largest = max(largest, x)
        previous[f] = before
        tally[f, 0], tally[f, 1], tally[f, 2] = missing, invalid, last - first - missing - invalid
        extremes[f, 0], extremes[f, 1] = smallest, largest


@_njit_exact
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


@_njit_exact
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


@_inline
def _hit(channel, code, flag):
    """Whether a record speaks in a channel."""
    if channel == MISSING_CHANNEL:
        return code == MISSING
    if channel == INVALID_CHANNEL:
        return code == INVALID
    if channel == LATTICE_CHANNEL:
        return flag & OFF_LATTICE != 0
    return flag & TIE != 0


@_inline
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


@_njit
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
        if c < LATTICE_CHANNEL or code < INVALID:
            hit = 1 if _hit(c, code, flag) else 0
            value = max(1.0, channel_statistic[c]) * channel_back[c, hit]
            channel_statistic[c] = min(value, _CAP64)
        least = min(least, channel_statistic[c])
    return least


@_njit
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
    (f, 5). calm: the channel stands where records without a hit keep it, shape (f, 4).
    """
    for f in range(codes.shape[0]):
        moment[f] = NOTHING
        n = n_alternatives[f]
        s, w, rows, mine = statistic[f], weights[f], e[f], evidence[f]
        code_of, flag_of = codes[f], flags[f]
        still, limit, opened = False, threshold[f], is_open[f]
        base = mine[0] + mine[1] + mine[2] + mine[3]
        r, last = cursor[f], stop[f]
        while r < last:
            code, flag = code_of[r], flag_of[r]
            r += 1
            if flag != 0 or code >= INVALID or not still:
                still = True
                for c in range(CHANNELS):
                    if c >= LATTICE_CHANNEL and code >= INVALID:
                        continue
                    hit = _hit(c, code, flag)
                    if hit or not calm[f, c]:
                        mine[c], calm[f, c] = _channel(
                            hit, channel_e[f, c], channel_weights[f, c], channel_statistic[f, c]
                        )
                for c in range(CHANNELS):
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
                if base + mine[VALUES] >= limit:
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
        cursor[f] = r


@_njit_exact
def returns(
    values, codes, first, last, base, active, total, energy, keys, at, squares, links, starts,
    rows, firsts, counts,
):  # fmt: skip
    """Records at which the running sum has come back to one value LINKS times in a row.

    A scaler refitted on each batch centres it: the sum of its scaled values returns to the same
    value at the end of every batch, with a mean square of 1 in between, whatever the batches'
    sizes.
    base: number of the record in row 0. total, energy: running sum and sum of squares, shape (f,).
    keys, at, squares, links, starts: what was seen at each value of the sum, shape (f, SLOTS),
    where
    *links* counts the returns in a row and *starts* is the record behind the first of them.
    rows, firsts: shape (f, n), where it happened and the record with which the first batch began;
    counts: how many there are.
    """
    for f in range(values.shape[0]):
        counts[f] = 0
        if not active[f]:
            continue
        value, code = values[f], codes[f]
        p, q, n = total[f], energy[f], 0
        key_of, at_of, square_of = keys[f], at[f], squares[f]
        link_of, start_of = links[f], starts[f]
        for r in range(first, last):
            if code[r] >= INVALID:
                continue
            x = value[r]
            p += x
            q += x * x
            if not abs(p) < 1e10:  # as far as a sum keeps five decimals; beyond it starts again
                p, q = 0.0, 0.0
            key = np.int64(np.rint(p * 1e5))
            slot = (key ^ (key >> 11)) & (SLOTS - 1)
            record = base + r
            gap = record - at_of[slot]
            link, start = 0, record + 1
            if key_of[slot] == key and 4 <= gap <= MAX_BATCH:
                mean = (q - square_of[slot]) / gap
                if abs(mean - 1.0) < 2e-4 or abs(mean - 1.0 + 1.0 / gap) < 2e-4:
                    link, start = link_of[slot] + 1, start_of[slot]
                    if link == LINKS:
                        rows[f, n] = r
                        firsts[f, n] = start
                        n += 1
            key_of[slot], at_of[slot], square_of[slot] = key, record, q
            link_of[slot], start_of[slot] = link, start
        total[f], energy[f] = p, q
        counts[f] = n


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


# ---------------------------------------------------------------- diagnosis


@_njit_exact
def cumulative(laws, starts, edges, out):
    """Share of each law at or below every edge, shape (m, e); laws ascending, one after another.

    starts: where each law begins in *laws*, and the end of the last, shape (m + 1,).
    """
    for m in range(len(starts) - 1):
        first, last = starts[m], starts[m + 1]
        at = first
        for e in range(len(edges)):
            while at < last and laws[at] <= edges[e]:
                at += 1
            out[m, e] = (at - first) / (last - first)


@_njit_exact
def coarse_edges(shares, least, kept):
    """Keep an edge where, since the one kept before, some law has gathered *least* of its mass.

    shares: of every law at or below each edge, shape (m, e). kept: shape (e,), bool, filled.
    """
    m, n = shares.shape
    before = np.zeros(m)
    for e in range(n):
        most = 0.0
        for h in range(m):
            most = max(most, shares[h, e] - before[h])
        kept[e] = most >= least
        if kept[e]:
            for h in range(m):
                before[h] = shares[h, e]


@_njit_exact
def innovations(values, alpha, phi, beta, floor, first, scale, forecasts, scales):
    """Forecast and local scale before each value of a path, shape (n,) each.

    level <- level + alpha (x - level); forecast = level + phi (level - level before);
    scale <- scale + beta (min(|residual| / scale, 8) - 1) scale, at least *floor*; a tie leaves it.
    """
    level, before, last = first, first, np.nan
    for t in range(len(values)):
        x = values[t]
        forecast = level + phi * (level - before)
        forecasts[t], scales[t] = forecast, scale
        if x != last:
            scale = max(scale + beta * (min(abs(x - forecast) / scale, 8.0) - 1.0) * scale, floor)
        before = level
        level += alpha * (x - level)
        last = x


@_njit_exact
def path(values, state, shape, table, edges, density, logs, surprises, states):
    """Predictive log density of each value of a path (0 for a tie), and how surprising it is.

    state:  last value, level, level before, scale. shape: alpha, phi, beta, floor, weight, and the
            usual log density of a standardised residual and of a marginal value.
    table:  log density of the standardised residual, by sign and half octave from 2^-8 to 2^8,
            with a Pareto tail. edges, density: log density of the marginal law by cell, with
            Cauchy tails.
    logs, surprises: shape (n,); states: after each value, shape (n, 4).

    The density is weight x (law of the residual) + (1 - weight) x (marginal law); surprise is
    what an ordinary value would have scored at this scale, less what this one scored.
    """
    last, level, before, scale = state[0], state[1], state[2], state[3]
    alpha, phi, beta, floor, weight = shape[0], shape[1], shape[2], shape[3], shape[4]
    usual, usual_marginal = shape[5], shape[6]
    cells = len(density)
    width = edges[cells] - edges[0]
    for t in range(len(values)):
        x = values[t]
        logs[t], surprises[t] = 0.0, 0.0
        if math.isfinite(x):
            if x != last:
                z = (x - (level + phi * (level - before))) / scale
                size = abs(z)
                k = min(max(int(2.0 * (math.log2(size + 1e-300) + 8.0)), 0), 31)
                g = table[1 if z > 0 else 0, k] - math.log(scale)
                if size > 181.02:
                    g -= 2.0 * math.log(size / 181.02)
                if x < edges[0] or x > edges[cells]:
                    away = (edges[0] - x if x < edges[0] else x - edges[cells]) / width
                    q = -9.0 - math.log(width) - 2.0 * math.log1p(away)
                else:
                    low, high = 0, cells
                    while high - low > 1:
                        middle = (low + high) // 2
                        if x >= edges[middle]:
                            low = middle
                        else:
                            high = middle
                    q = density[low]
                top = max(g, q)
                logs[t] = top + math.log(
                    weight * math.exp(g - top) + (1.0 - weight) * math.exp(q - top)
                )
                g = usual - math.log(scale)
                top = max(g, usual_marginal)
                surprises[t] = (
                    top
                    + math.log(
                        weight * math.exp(g - top) + (1.0 - weight) * math.exp(usual_marginal - top)
                    )
                    - logs[t]
                )
                scale = max(scale + beta * (min(size, 8.0) - 1.0) * scale, floor)
            before = level
            level += alpha * (x - level)
            last = x
        states[t, 0], states[t, 1], states[t, 2], states[t, 3] = last, level, before, scale


@_njit_exact
def continuation(
    values, sound, log_slopes, state, shape, table, edges, density, habit, lengths, deficits
):
    """Log likelihood of *values* as images of the path *sound* that continues from *state*.

    log_slopes: log |d sound / d value|. A map that merges different values explains nothing.
    habit: mean surprise of ordinary records; what the path is more surprising than 99 % of
           ordinary stretches of *lengths* records (*deficits*) is taken off.
    """
    n = len(values)
    logs, surprises, states = np.empty(n), np.empty(n), np.empty((n, 4))
    path(sound, state, shape, table, edges, density, logs, surprises, states)
    total, unusual, worst, k = 0.0, 0.0, 0.0, 0
    for t in range(n):
        if t == 0 or values[t] != values[t - 1]:
            if logs[t] != 0.0:
                total += logs[t] + log_slopes[t]
            elif t == 0:  # lands exactly on the last value: worth a typical small step
                total += log_slopes[t] - math.log(20.0 * shape[3])
            else:
                total -= 30.0
        if surprises[t] != 0.0:
            unusual += surprises[t] - habit
        if k < len(lengths) and t + 1 == lengths[k]:
            worst = max(worst, unusual - deficits[k])
            k += 1
    return total - worst


@_njit_exact
def affine_continuations(
    values, origins, slopes, state, shape, table, edges, density, habit, lengths, deficits, out
):
    """``continuation`` for the inverse maps sound = origin + slope value, shape (h,) each."""
    for h in range(len(origins)):
        sound = origins[h] + slopes[h] * values
        steep = np.full(len(values), math.log(abs(slopes[h])))
        out[h] = continuation(
            values, sound, steep, state, shape, table, edges, density, habit, lengths, deficits
        )


@_njit_exact
def restarts(values, level, scale, factors, shape, table, edges, density):
    """Best log likelihood of the innovations after the first value, at another volatility."""
    n = len(values) - 1
    logs, surprises, states = np.empty(n), np.empty(n), np.empty((n, 4))
    best = -1e300
    own = shape.copy()
    own[4] = 0.999
    for factor in factors:
        own[3] = shape[3] * factor
        state = np.array([values[0], level, level, max(scale, shape[3]) * factor])
        path(values[1:], state, own, table, edges, density, logs, surprises, states)
        best = max(best, logs.sum() - 1.0 - abs(math.log(factor)))
    return best


@_njit_exact
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
