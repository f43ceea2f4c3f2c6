"""Whether a scaled value is what the scaler makes of the raw one beside it, as exactly as the width
of the numbers allows.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.scaler import FeatureScaler
from detector.scaler.scaler import apply_before

# Relative. Two libraries that sum the same training rows in another order differ by a hundred
# roundings, over many rows by more; no refit on other rows comes that close.
DOUBLE = 1e-9
_SINGLE = 16 * 2.0**-24
_CAST = 4 * 2.0**-24  # what one cast to float32 on the way can move
_EXACT = 1e-12  # and what is left when that cast is repeated
_DIGITS = 9  # significant ones, that carry every float32
_TEXT = 6  # significant ones, that C and its heirs print by default
_DECIMALS = range(3, 9)  # digits after the point to which transport may round
_STEEPEST = 10.0  # a raw value rounded beside its scaled one may move that by so many half steps
_GRID = 1e-6  # of a step, within which a value stands on a decimal grid


def disagree(scaler: FeatureScaler, raw: FloatArray, scaled: FloatArray) -> npt.NDArray[np.bool_]:
    """Where *scaled* is not what the scaler makes of *raw*, shape (n,).

    NaN is missing, ±inf is invalid. What is missing must be so on both sides; an invalid raw value
    says nothing.
    """
    with np.errstate(all="ignore"):
        expected = scaler.transform(raw)
        gap = np.abs(scaled - expected)
        close = np.isfinite(gap) & (gap <= DOUBLE * size(scaler, raw, scaled))
        agree = close | np.isinf(raw) | (~np.isfinite(expected) & ~np.isfinite(scaled))
        for alike in (_is_rounded, _is_cast):
            doubtful = np.flatnonzero(~agree & np.isfinite(gap))
            if len(doubtful):
                agree[doubtful] = alike(scaler, raw[doubtful], scaled[doubtful], gap[doubtful])
    return np.asarray(~agree, np.bool_)


def size(scaler: FeatureScaler, raw: FloatArray, scaled: FloatArray) -> FloatArray:
    """What the roundings of a scaled value are relative to: the summands that make it."""
    gain, offset = scaler.parameters.affine()
    summands = np.abs(gain * apply_before(scaler.before, raw)) + abs(offset) + np.abs(scaled)
    return np.asarray(summands if scaler.before is None else summands + abs(gain), np.float64)


def width(raw: FloatArray, scaled: FloatArray) -> FloatArray:
    """How far arithmetic may move *scaled*, relative to its summands, shape (n,): float64 where
    all digits are there, float32 where a value needs no more.
    """
    with np.errstate(all="ignore"):
        narrow = _is_single(scaled) | _is_short(scaled, _DIGITS)
        narrow |= _is_single(raw) & ~_is_short(raw, _DIGITS)
        return np.where(narrow, DOUBLE + _SINGLE, DOUBLE)


def transport(scaler: FeatureScaler, raw: FloatArray, scaled: FloatArray) -> FloatArray:
    """How far rounding on the way may move *scaled*, shape (n,): zero where it has all its digits.

    Half a step of three to eight decimals or of six significant digits, and what the raw value
    beside it may have lost in the same way, or when it was stored in 32 bits.
    """
    with np.errstate(all="ignore"):
        step, steep = np.zeros(len(raw)), _steepness(scaler, raw)
        for decimals in reversed(_DECIMALS):
            half = 0.5 * 10.0**-decimals
            beside = np.where(_on_grid(raw, 10.0**decimals), np.minimum(steep, _STEEPEST), 0.0)
            step = np.where(_on_grid(scaled, 10.0**decimals), half * (1 + beside), step)
        text = _half_digit(scaled) + np.where(_is_short(raw, _TEXT), steep * _half_digit(raw), 0.0)
        short = _is_short(scaled, _TEXT)
        stored = np.where(_is_single(raw), steep * np.abs(raw) * 2.0**-24, 0.0)
        room = np.where(short, np.maximum(step, text), step) + stored
        return np.asarray(room * (1 + _GRID), np.float64)


def slack(scaler: FeatureScaler, raw: FloatArray, scaled: FloatArray) -> FloatArray:
    """How far *scaled* may lie from what the scaler makes of *raw*, by the width of the numbers."""
    with np.errstate(all="ignore"):
        whole = size(scaler, raw, scaled)
        rounded = transport(scaler, raw, scaled) + DOUBLE * whole
        return np.asarray(np.maximum(width(raw, scaled) * whole, rounded), np.float64)


def _is_rounded(
    scaler: FeatureScaler, raw: FloatArray, scaled: FloatArray, gap: FloatArray
) -> npt.NDArray[np.bool_]:
    half = scaler.transform(raw).astype(np.float16).astype(np.float64) == scaled
    return np.asarray(half | (gap <= slack(scaler, raw, scaled)), np.bool_)


def _is_cast(
    scaler: FeatureScaler, raw: FloatArray, scaled: FloatArray, gap: FloatArray
) -> npt.NDArray[np.bool_]:
    """Whether it takes one cast to float32 on the way, of value or parameters, to make *scaled*."""
    whole = size(scaler, raw, scaled)
    agree = np.zeros(len(raw), np.bool_)
    near = np.flatnonzero(gap <= _CAST * whole)
    if len(near):
        for expected in _with_casts(scaler, raw[near]):
            agree[near] |= np.abs(scaled[near] - expected) <= _EXACT * whole[near]
    return agree


def _with_casts(scaler: FeatureScaler, raw: FloatArray) -> Iterator[FloatArray]:
    inner = apply_before(scaler.before, raw)
    gain, offset = scaler.parameters.affine()
    centre, spread = scaler.parameters.centre, scaler.parameters.spread
    for one in (inner, _single(inner), apply_before(scaler.before, _single(raw))):
        yield gain * one + offset
        yield np.float64(np.float32(gain)) * one + np.float64(np.float32(offset))
        if centre is not None and spread is not None and scaler.kind != "minmax":
            yield (one - np.float64(np.float32(centre))) / np.float64(np.float32(spread))


def _steepness(scaler: FeatureScaler, raw: FloatArray) -> FloatArray:
    """How much *scaled* moves with *raw*."""
    gain, _ = scaler.parameters.affine()
    match scaler.before:
        case "log":
            inner = 1 / np.abs(raw)
        case "log1p":
            inner = 1 / np.abs(1 + raw)
        case "sqrt":
            inner = 0.5 / np.sqrt(np.abs(raw))
        case None:
            inner = np.ones(len(raw))
    slope = np.abs(gain * inner)
    return np.asarray(np.where(np.isfinite(slope), slope, 0.0), np.float64)


def _single(values: FloatArray) -> FloatArray:
    return values.astype(np.float32).astype(np.float64)


def _is_single(values: FloatArray) -> npt.NDArray[np.bool_]:
    """Which values a float32 holds as they are."""
    return np.asarray(_single(values) == values, np.bool_)


def _is_short(values: FloatArray, digits: int) -> npt.NDArray[np.bool_]:
    """Which values have no more significant digits than so many."""
    grid = _on_grid(values, 10.0 ** (digits - 1 - _magnitude(values)))
    return np.asarray(grid | (values == 0), np.bool_)


def _half_digit(values: FloatArray) -> FloatArray:
    """Half a step of the last significant digit of _TEXT."""
    return np.asarray(np.where(values == 0, 0.0, 0.5 * 10.0 ** (_magnitude(values) - _TEXT + 1)))


def _magnitude(values: FloatArray) -> FloatArray:
    return np.asarray(np.floor(np.log10(np.abs(values))), np.float64)


def _on_grid(values: FloatArray, scale: float | FloatArray) -> npt.NDArray[np.bool_]:
    steps = values * scale
    return np.asarray(np.abs(steps - np.rint(steps)) <= _GRID, np.bool_)
