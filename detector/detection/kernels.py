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
HALF_OCTAVES, TAIL = 32, 181.02  # of a standardised residual; 2^7.5, where the last one begins
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


@_inline
def _marginal(x, edges, density):
    """Log density of the marginal law at x: a table of cells with Cauchy tails."""
    cells = len(density)
    if x < edges[0] or x > edges[cells]:
        width = edges[cells] - edges[0]
        away = (edges[0] - x if x < edges[0] else x - edges[cells]) / width
        return -9.0 - math.log(width) - 2.0 * math.log1p(away)
    low, high = 0, cells
    while high - low > 1:
        middle = (low + high) // 2
        if x >= edges[middle]:
            low = middle
        else:
            high = middle
    return density[low]


@_inline
def _half_octave(size):
    """Number of the half octave from 2^-8 to 2^8 that holds *size*, or of the nearest one."""
    k = 2.0 * (math.log2(size + 1e-300) + 8.0)
    return int(min(k, HALF_OCTAVES - 1.0)) if k >= 1.0 else 0


@_inline
def _standardised(z, table):
    """Log density of a standardised residual: a table by sign and half octave, a Pareto tail."""
    size = abs(z)
    g = table[1 if z > 0 else 0, _half_octave(size)]
    if size > TAIL:
        return g - 2.0 * math.log(size / TAIL)
    return g


@_inline
def _mixed(g, q, weight):
    """log(weight e^g + (1 - weight) e^q)."""
    if g >= q:
        return g + math.log(weight + (1.0 - weight) * math.exp(q - g))
    return q + math.log(weight * math.exp(g - q) + (1.0 - weight))


@_inline
def _tabulate(z, moved, widths, cauchy, table):
    """Log density of standardised residuals where values moved, smoothed; returns its mean there.

    widths: of the half octaves. cauchy: pseudo-counts of a Cauchy law: what no residual has shown
    yet is possible.
    """
    counts = np.zeros(table.shape)
    for t in range(len(z)):
        if moved[t]:
            counts[1 if z[t] > 0 else 0, _half_octave(abs(z[t]))] += 1.0
    last, total, weight = HALF_OCTAVES - 1, 0.0, 2.0 * cauchy.sum()
    for sign in range(2):
        for k in range(HALF_OCTAVES):
            below, above = counts[sign, max(k - 1, 0)], counts[sign, min(k + 1, last)]
            table[sign, k] = 0.25 * below + 0.5 * counts[sign, k] + 0.25 * above
            total += table[sign, k]
    mean = 0.0
    for sign in range(2):
        for k in range(HALF_OCTAVES):
            table[sign, k] = math.log((table[sign, k] + cauchy[k]) / (total + weight) / widths[k])
            mean += counts[sign, k] * table[sign, k]
    return mean / counts.sum()


@_njit_exact
def filters(values, moved, marginal, choices, scale, floor, weights, skip, widths, cauchy,
            tables, usual, sums):  # fmt: skip
    """How well each filter of a path predicts it, with each weight of the path, shape (h, w).

    level <- level + alpha (x - level); forecast = level + phi (level - level before);
    scale <- scale + beta (min(|residual| / scale, 8) - 1) scale, at least *floor*; a tie leaves it.

    moved:    which values are no ties. marginal: log density of each value under the marginal law.
    choices:  alpha, phi, beta, shape (h, 3). skip: values until the filter has settled.
    tables, usual: log density of each filter's residuals, and its mean, shapes (h, 2, k) and (h,).
    """
    n = len(values)
    z, log_scales = np.empty(n), np.empty(n)
    product = np.empty(len(weights))
    for h in range(len(choices)):
        alpha, phi, beta = choices[h]
        level, before, last, now = values[0], values[0], np.nan, scale
        for t in range(n):
            x = values[t]
            residual = x - (level + phi * (level - before))
            z[t], log_scales[t] = residual / now, math.log(now)
            if x != last:
                now = max(now + beta * (min(abs(z[t]), 8.0) - 1.0) * now, floor)
            before = level
            level += alpha * (x - level)
            last = x
        usual[h] = _tabulate(z, moved, widths, cauchy, tables[h])
        sums[h], product[:], factors = 0.0, 1.0, 0
        for t in range(skip, n):
            if not moved[t]:
                continue
            g = _standardised(z[t], tables[h]) - log_scales[t]
            top = max(g, marginal[t])
            a, b = math.exp(g - top), math.exp(marginal[t] - top)
            factors += 1
            for w in range(len(weights)):
                sums[h, w] += top
                product[w] *= weights[w] * a + (1.0 - weights[w]) * b
                if factors == 16:  # one logarithm for many: none is below a hundredth
                    sums[h, w] += math.log(product[w])
                    product[w] = 1.0
            factors %= 16
        for w in range(len(weights)):
            sums[h, w] += math.log(product[w])


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
    for t in range(len(values)):
        x = values[t]
        logs[t], surprises[t] = 0.0, 0.0
        if math.isfinite(x):
            if x != last:
                z = (x - (level + phi * (level - before))) / scale
                log_scale = math.log(scale)
                g = _standardised(z, table) - log_scale
                logs[t] = _mixed(g, _marginal(x, edges, density), weight)
                surprises[t] = _mixed(usual - log_scale, usual_marginal, weight) - logs[t]
                scale = max(scale + beta * (min(abs(z), 8.0) - 1.0) * scale, floor)
            before = level
            level += alpha * (x - level)
            last = x
        states[t, 0], states[t, 1], states[t, 2], states[t, 3] = last, level, before, scale


ALONE = 0.999  # weight of the path where the marginal law is left aside


@_inline
def _steps(sound, state, shape, edges, density, moves, residuals, marginals):
    """Whether each value moves, its residual and marginal law: all that knows no scale."""
    last, level, before = state[0], state[1], state[2]
    alpha, phi = shape[0], shape[1]
    for t in range(len(sound)):
        x = sound[t]
        moves[t] = False
        if math.isfinite(x):
            if x != last:
                moves[t] = True
                residuals[t] = x - (level + phi * (level - before))
                marginals[t] = _marginal(x, edges, density)
            before = level
            level += alpha * (x - level)
            last = x


@_njit_exact
def continuations(
    values, sounds, log_slopes, state, shape, table, edges, density, habit, lengths, deficits,
    scales, prices, alone, out,
):  # fmt: skip
    """Log likelihood of *values* as images of each of the paths *sounds*, shape (h, n), that
    continue from *state*: the best of several stories.

    log_slopes: log |d sound / d value|, shape (h, n). A map that merges different values explains
                nothing.
    habit: mean surprise of ordinary records; what the path is more surprising than 99 % of
           ordinary stretches of *lengths* records (*deficits*) is taken off.
    scales, prices: volatilities from which a story may go on, and what each costs.
    alone:  whether a story may do without the marginal law, for another nat; its ordinary records
            are taken to be as much more surprising.
    """
    n = len(values)
    beta, floor, weight = shape[2], shape[3], shape[4]
    usual, usual_marginal = shape[5], shape[6]
    moves, residuals, marginals = np.empty(n, np.bool_), np.empty(n), np.empty(n)
    for h in range(len(sounds)):
        _steps(sounds[h], state, shape, edges, density, moves, residuals, marginals)
        out[h] = -np.inf
        for s in range(len(scales)):
            scale, k = scales[s], 0
            total, unusual, worst = 0.0, 0.0, 0.0
            total_alone, unusual_alone, worst_alone = 0.0, 0.0, 0.0
            for t in range(n):
                log, log_alone = 0.0, 0.0
                if moves[t]:
                    z = residuals[t] / scale
                    log_scale = math.log(scale)
                    g, q = _standardised(z, table) - log_scale, marginals[t]
                    log = _mixed(g, q, weight)
                    unusual += _mixed(usual - log_scale, usual_marginal, weight) - log - habit
                    if alone:
                        log_alone = _mixed(g, q, ALONE)
                        surprise = _mixed(usual - log_scale, usual_marginal, ALONE) - log_alone
                        unusual_alone += surprise - (habit + 1.0)
                    scale = max(scale + beta * (min(abs(z), 8.0) - 1.0) * scale, floor)
                if t == 0 or values[t] != values[t - 1]:
                    if moves[t]:
                        total += log + log_slopes[h, t]
                        total_alone += log_alone + log_slopes[h, t]
                    else:  # the first may land on the last value: worth a typical small step
                        tie = log_slopes[h, t] - math.log(20.0 * floor) if t == 0 else -30.0
                        total += tie
                        total_alone += tie
                if k < len(lengths) and t + 1 == lengths[k]:
                    worst = max(worst, unusual - deficits[k])
                    worst_alone = max(worst_alone, unusual_alone - deficits[k])
                    k += 1
            out[h] = max(out[h], total - worst - prices[s])
            if alone:
                out[h] = max(out[h], total_alone - worst_alone - (prices[s] + 1.0))


@_njit_exact
def affine_continuations(
    values, origins, slopes, state, shape, table, edges, density, habit, lengths, deficits,
    scales, prices, alone, out,
):  # fmt: skip
    """``continuations`` for the inverse maps sound = origin + slope value, shape (h,) each."""
    h, n = len(origins), len(values)
    sounds, log_slopes = np.empty((h, n)), np.empty((h, n))
    for i in range(h):
        sounds[i] = origins[i] + slopes[i] * values
        log_slopes[i] = math.log(abs(slopes[i]))
    continuations(
        values, sounds, log_slopes, state, shape, table, edges, density, habit, lengths, deficits,
        scales, prices, alone, out,
    )  # fmt: skip


@_njit_exact
def restarts(values, level, scale, factors, shape, table, edges, density):
    """Best log likelihood of the innovations after the first value, at another volatility."""
    n = len(values) - 1
    beta, floor = shape[2], shape[3]
    moves, residuals, marginals = np.empty(n, np.bool_), np.empty(n), np.empty(n)
    start = np.array([values[0], level, level])
    _steps(values[1:], start, shape, edges, density, moves, residuals, marginals)
    best = -1e300
    for factor in factors:
        now, total = max(scale, floor) * factor, 0.0
        for t in range(n):
            if moves[t]:
                z = residuals[t] / now
                g = _standardised(z, table) - math.log(now)
                total += _mixed(g, marginals[t], ALONE)
                now = max(now + beta * (min(abs(z), 8.0) - 1.0) * now, floor * factor)
        best = max(best, total - 1.0 - abs(math.log(factor)))
    return best
