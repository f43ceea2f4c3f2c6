"""What no test can beat: the first-order limit of the delay, where the laws are known."""

import math

import numpy as np

from lab.faults import Fault
from lab.laws import RATE, FloatArray, Law

SHIFT, SCALE = 0.1, 1.1  # the default tolerance
_GRID = 20_001
_FAR = 60.0  # scales that the grid reaches to either side of the broken law


def least_delay(law: Law, fault: Fault, std: float, promise: float) -> float | None:
    """ln(promise) / KL(q || p) messages, q the broken law and p the nearest one within tolerance.

    Lorden's bound (1971) for a test that may alarm once in *promise* messages at p. Tolerated laws
    are searched on a grid of location-scale images; the convex hull that our test is held to lies
    nearer still. std: the training scale. None where the fault's law has no known density.
    One message at least: so much is told where the broken law leaves the sound one's support.

    >>> from lab.faults import FAULTS
    >>> from lab.laws import LAWS
    >>> one = FAULTS[2]  # a normal law, one scale away: the nearest is .1 nearer and a tenth wider
    >>> round(least_delay(LAWS[0], one, 1.0, 1e6), 1)
    40.2
    """
    if not fault.is_affine:
        return None
    if law.density is None:
        return _of_rate(fault.shift, promise) if fault.shift else None
    mean = float(_mean(law))
    gain = fault.stretch * fault.gain
    offset = fault.shift * std + mean * (1 - fault.stretch)
    x = _grid(law, gain, offset)
    q = law.density((x - offset) / gain) / gain
    q = q / np.trapezoid(q, x)
    nearest: float = min(
        _divergence(q, _image(law, x, mean, shift * std, scale), x)
        for shift in np.linspace(-SHIFT, SHIFT, 5)
        for scale in (1 / SCALE, 1.0, SCALE)
    )
    return max(math.log(promise) / nearest, 1.0)


def _of_rate(shift: float, promise: float) -> float:
    rate, near = (
        RATE + shift * math.sqrt(RATE),
        RATE + math.copysign(SHIFT, shift) * math.sqrt(RATE),
    )
    return math.log(promise) / (rate * math.log(rate / near) - rate + near)


def _mean(law: Law) -> float:
    return math.exp(0.5) if law.name == "lognormal" else 0.0


def _grid(law: Law, gain: float, offset: float) -> FloatArray:
    if law.name == "lognormal":
        return offset + gain * np.exp(np.linspace(-8, 8, _GRID))
    reach = np.sinh(np.linspace(-math.asinh(_FAR), math.asinh(_FAR), _GRID))
    return offset + gain * reach


def _image(law: Law, x: FloatArray, mean: float, shift: float, scale: float) -> FloatArray:
    assert law.density is not None
    return law.density((x - shift - mean) / scale + mean) / scale


def _divergence(q: FloatArray, p: FloatArray, x: FloatArray) -> float:
    sure = q > 1e-300
    ratio = np.log(q[sure]) - np.log(np.maximum(p[sure], 1e-300))
    value = np.zeros(len(x))
    value[sure] = q[sure] * ratio
    return float(np.trapezoid(value, x))
