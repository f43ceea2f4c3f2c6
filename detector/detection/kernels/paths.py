"""Paths: how likely each next value is, and how well a path goes on behind a map."""

import math

import numpy as np

from detector.detection.kernels.compiled import inline, njit_exact

HALF_OCTAVES, TAIL = 32, 181.02  # of a standardised residual; 2^7.5, where the last one begins
ALONE = 0.999  # weight of the path where the marginal law is left aside
_ROOT_2 = 0x6A09E667F3BCD  # the fraction of a float64
_NEAR_0 = 1e-60  # densities between it and its inverse are multiplied by fours


@inline
def _half_octave(size):
    """Number of the half octave from 2^-8 to 2^8 that holds *size*, or of the nearest one."""
    bits = np.float64(size).view(np.int64)  # the exponent, and whether the rest reaches root 2
    k = 2 * ((bits >> 52) - 1015) + (1 if bits & 0xFFFFFFFFFFFFF >= _ROOT_2 else 0)
    return min(max(k, 0), HALF_OCTAVES - 1)


@inline
def _standardised(z, table):
    """Log density of a standardised residual: a table by sign and half octave, a Pareto tail."""
    size = abs(z)
    g = table[1 if z > 0 else 0, _half_octave(size)]
    if size > TAIL:
        return g - 2.0 * math.log(size / TAIL)
    return g


@inline
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


@inline
def _mixed(g, q, weight):
    """log(weight e^g + (1 - weight) e^q)."""
    if g >= q:
        return g + math.log(weight + (1.0 - weight) * math.exp(q - g))
    return q + math.log(weight * math.exp(g - q) + (1.0 - weight))


@inline
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


@njit_exact
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


@njit_exact
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


@inline
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
                marginals[t] = math.exp(_marginal(x, edges, density))
            before = level
            level += alpha * (x - level)
            last = x


@inline
def _likely(z, scale, likelihoods):
    """Density of a residual that is *z* scales: of the table of densities, with a Pareto tail."""
    size = abs(z)
    found = likelihoods[1 if z > 0 else 0, _half_octave(size)] / scale
    return found if size <= TAIL else found * (TAIL / size) ** 2


@njit_exact
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

    Densities are multiplied by fours before a logarithm is taken, which is what costs.
    """
    n = len(values)
    beta, floor, weight = shape[2], shape[3], shape[4]
    likelihoods, usual, usual_marginal = np.exp(table), math.exp(shape[5]), math.exp(shape[6])
    moves, residuals, marginals = np.empty(n, np.bool_), np.empty(n), np.empty(n)
    for h in range(len(sounds)):
        _steps(sounds[h], state, shape, edges, density, moves, residuals, marginals)
        rest, moved = 0.0, 0
        for t in range(n):
            if moves[t]:
                rest += log_slopes[h, t]
            elif t == 0:  # lands exactly on the last value: worth a typical small step
                rest += log_slopes[h, t] - math.log(20.0 * floor)
            elif values[t] != values[t - 1]:
                rest -= 30.0
        out[h] = -np.inf
        for s in range(len(scales)):
            scale, k, moved = scales[s], 0, 0
            found, ordinary, worst, p, u = 0.0, 0.0, 0.0, 1.0, 1.0
            found_alone, ordinary_alone, worst_alone, p_alone, u_alone = 0.0, 0.0, 0.0, 1.0, 1.0
            for t in range(n):
                if moves[t]:
                    moved += 1
                    z = residuals[t] / scale
                    g, q, v = _likely(z, scale, likelihoods), marginals[t], usual / scale
                    a, c = weight * g + (1.0 - weight) * q, ALONE * g + (1.0 - ALONE) * q
                    b = weight * v + (1.0 - weight) * usual_marginal
                    d = ALONE * v + (1.0 - ALONE) * usual_marginal
                    if min(a, b, c, d) > _NEAR_0 and max(a, b, c, d) < 1.0 / _NEAR_0:
                        p, u, p_alone, u_alone = p * a, u * b, p_alone * c, u_alone * d
                    else:
                        log_scale = math.log(scale)
                        g = _standardised(z, table) - log_scale
                        q = _marginal(sounds[h, t], edges, density)
                        found += _mixed(g, q, weight)
                        found_alone += _mixed(g, q, ALONE)
                        ordinary += _mixed(shape[5] - log_scale, shape[6], weight)
                        ordinary_alone += _mixed(shape[5] - log_scale, shape[6], ALONE)
                    scale = max(scale + beta * (min(abs(z), 8.0) - 1.0) * scale, floor)
                reached = k < len(lengths) and t + 1 == lengths[k]
                if reached or t % 4 == 3 or t == n - 1:
                    found, ordinary, p, u = found + math.log(p), ordinary + math.log(u), 1.0, 1.0
                    found_alone += math.log(p_alone)
                    ordinary_alone += math.log(u_alone)
                    p_alone, u_alone = 1.0, 1.0
                if reached:
                    usually = moved * habit + deficits[k]
                    worst = max(worst, ordinary - found - usually)
                    worst_alone = max(worst_alone, ordinary_alone - found_alone - moved - usually)
                    k += 1
            out[h] = max(out[h], found + rest - worst - prices[s])
            if alone:
                out[h] = max(out[h], found_alone + rest - worst_alone - prices[s] - 1.0)


@njit_exact
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


@njit_exact
def restarts(values, level, scale, factors, shape, table, edges, density):
    """Best log likelihood of the innovations after the first value, at another volatility."""
    n = len(values) - 1
    beta, floor = shape[2], shape[3]
    likelihoods = np.exp(table)
    moves, residuals, marginals = np.empty(n, np.bool_), np.empty(n), np.empty(n)
    start = np.array([values[0], level, level])
    _steps(values[1:], start, shape, edges, density, moves, residuals, marginals)
    best = -1e300
    for factor in factors:
        now, total, p = max(scale, floor) * factor, 0.0, 1.0
        for t in range(n):
            if moves[t]:
                z = residuals[t] / now
                a = ALONE * _likely(z, now, likelihoods) + (1.0 - ALONE) * marginals[t]
                if _NEAR_0 < a < 1.0 / _NEAR_0:
                    p *= a
                else:
                    g = _standardised(z, table) - math.log(now)
                    total += _mixed(g, _marginal(values[t + 1], edges, density), ALONE)
                now = max(now + beta * (min(abs(z), 8.0) - 1.0) * now, floor * factor)
            if t % 4 == 3 or t == n - 1:
                total, p = total + math.log(p), 1.0
        best = max(best, total - 1.0 - abs(math.log(factor)))
    return best
