"""Values on a grid of equal steps: what the step is, and what standing there says."""

import math

import numpy as np

from detector.detection.kernels.compiled import inline, njit_exact


@njit_exact
def refined_step(values, step, exact, relative):
    """The step near *step* of which all *values* lie a multiple from the first; 0 for none.

    values:   distinct, shape (n,), n > 1.
    exact, relative: misses that arithmetic costs, in steps, and as a share of their number.
    """
    first, n = values[0], len(values)
    counts = np.empty(n)
    for _ in range(3):  # the estimate of the step sharpens with every span it explains
        spans, squares = 0.0, 0.0
        for i in range(n):
            counts[i] = np.rint((values[i] - first) / step)
            spans += counts[i] * (values[i] - first)
            squares += counts[i] * counts[i]
        if not squares > 0:
            return 0.0
        step = spans / squares
    for i in range(n):
        miss = abs((values[i] - first) / step - counts[i])
        if not miss <= exact + relative * abs(counts[i]):
            return 0.0
    return step


@njit_exact
def common_divisor(gaps, least):
    """The largest number of which all *gaps* are multiples, by Euclid; 0 where it is below
    *least*.
    """
    divisor = gaps[0]
    for i in range(1, len(gaps)):
        rest = gaps[i]
        while rest > least / 2:
            divisor, rest = rest, abs(divisor - rest * np.rint(divisor / rest))
        if not divisor >= least:
            return 0.0
    return divisor


@njit_exact
def transported_digits(values, fewest, most, near):
    """With how many digits after the point, from *fewest* to *most*, all *values* do but for *near*
    of the last one's unit; -1 for more.
    """
    for digits in range(fewest, most + 1):
        ten, does = 10.0**digits, True
        for value in values:
            y = value * ten
            if not abs(y - np.rint(y)) < near:
                does = False
                break
        if does:
            return digits
    return -1


@inline
def _roundest(steps, numbers):
    """Index of the last of *numbers* that divides the whole number next to *steps*; each of them
    divides the next.
    """
    whole, found = np.rint(steps) if np.isfinite(steps) else 1.0, 0
    while found + 1 < len(numbers) and np.fmod(whole, numbers[found + 1]) == 0.0:
        found += 1
    return found


@njit_exact
def count_roundness(steps, numbers, out):
    """How many *steps* (n,) each of *numbers* is the last to divide; in *out*, of that shape."""
    out[:] = 0
    for one in steps:
        out[_roundest(one, numbers)] += 1


@njit_exact
def grid_evidence(steps, slopes, sizes, moved, habits, numbers, low, high, limits, out):
    """What each of h maps gains by leading n values back to a grid.

    steps, slopes: the values mapped back in steps of the grid, and |d steps / d value|, (h, n).
    sizes:         of the values, shape (n,).
    moved:         how far each may have been moved, shape (n,) for all maps or (h, n).
    habits:        log evidence of roundness by the last of *numbers* that divides; may be empty.
    low, high:     steps between which sound values lie.
    limits:        see ``lattice.evidence``: (exact, relative, float, clear, generic, squeezed, on).
    out:           shape (h, 3), is filled: share of the values that miss the grid; median of what
                   one on it says; mean of what its roundness says.
    """
    exact, relative, float_, clear, generic, squeezed, most = limits
    h, n = steps.shape
    gains = np.empty(n)
    for i in range(h):
        missed, habit = 0, 0.0
        shifts = moved[min(i, len(moved) - 1)]
        for j in range(n):
            at, slope, size = steps[i, j], slopes[i, j], sizes[j]
            near = exact * min(1.0, slope * size)  # a tiny number is not near a grid point
            tolerance = near + relative * abs(at) + (shifts[j] + float_ * size) * slope + 1e-15
            told = tolerance < clear
            whole = np.rint(at)
            off = told and not abs(at - whole) <= tolerance
            if off or not (np.isfinite(at) and low <= at <= high):
                missed += 1
            gains[j] = 0.0
            if told and slope * size > squeezed:
                spacing = generic * (size + 1e-9)
                gain = min(-math.log(slope * spacing), -math.log(2 * tolerance))
                if np.isfinite(gain):
                    gains[j] = min(max(gain, 0.0), most)
            if told and len(habits) and whole != 0:
                habit += habits[_roundest(at, numbers)]
        gains.sort()
        out[i, 0] = missed / n
        out[i, 1] = (gains[(n - 1) // 2] + gains[n // 2]) / 2
        out[i, 2] = habit / n
