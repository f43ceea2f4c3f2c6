"""Steps onto a constant: how often a path takes them, against how often it usually does."""

import math

import numpy as np

from detector.detection.kernels.compiled import njit_exact


@njit_exact
def steps_onto(hit, onto, states, near, least):
    """How often a path steps onto a constant, and the log likelihood ratio of some share more.

    hit:    which records hold the constant *onto*, shape (n,); the first does, somewhere.
    states: of the path behind each record that does not, as of ``path``.
    near:   ordinary chance by distance, in octaves from an eighth of the scale; at least *least*.

    Returns the ratio, the steps counted and the records that could have taken one: those behind
    the first hit that hold another value.
    """
    n = len(hit)
    first = np.argmax(hit)
    free, counted = 0, 0
    for t in range(first, n - 1):
        if not hit[t]:
            free += 1
            counted += 1 if hit[t + 1] else 0
    if free == 0:
        return 0.0, 0, 0
    ratio, own = -np.inf, 0.02
    while own < 0.9:  # imputing takes no ordinary step away, so no rate is below the usual one
        sum_, at = 0.0, 0
        for t in range(n - 1):
            if hit[t]:
                continue
            if t > first:
                away = 8.0 * abs(onto - states[at, 1]) / states[at, 3]
                octave = int(min(max(math.log2(away + 1e-300), 0.0), 8.0)) if away < 256.0 else 8
                usual = min(max(least, near[octave], 1e-4), 0.7)
                if hit[t + 1]:
                    sum_ += math.log((usual + (1.0 - usual) * own) / usual)
                else:
                    sum_ += math.log(1.0 - own)
            at += 1
        ratio = max(ratio, sum_)
        own *= 1.6
    return ratio, counted, free
