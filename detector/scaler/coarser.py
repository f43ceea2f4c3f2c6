"""How often training values do with fewer digits after the point than they have."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

EXACT, CARRIED = 1e-6, 1e-7  # of a step, and of a value: arithmetic, and a float of 32 bits
LEAST_DIGITS, MOST_DIGITS = -3, 15
_CLEAR = 0.01  # of a step: where the largest value may be off by more, chance makes hits
_MOST_SHARE = 0.5  # a lattice that more values stand on tells nothing
_KEPT = 4  # lattices, the finest: who stands on a coarser one stands on them, too
_FEW = 20  # values that a share is measured from


@dataclass(frozen=True, slots=True, kw_only=True)
class Coarser:
    """The training values that stand on a lattice coarser than their own.

    digits:      after the point, of that lattice; below 0 it is whole tens and hundreds.
    count:       values that were asked: they differ from the one before and from zero.
    share:       of these, or of all but the zeros if that is more, that stand on the lattice.
    longest_run: of the values that were asked, how many stood on it one after the other at most.
    """

    digits: int
    count: int
    share: float
    longest_run: int


def measure_coarser(values: FloatArray, decimals: int | None) -> tuple[Coarser, ...]:
    """The lattices of fewer digits than *decimals*; the finest first.

    values:   valid ones in the order of their rows, shape (n,).
    decimals: that suffice for all of them; None where they are floats of full width.

    A lattice whose step exceeds the deviation of the values, or that half of them stand on, is
    left out.
    """
    largest, spread = float(np.abs(values).max()), float(np.std(values))
    moved = np.concatenate(([True], values[1:] != values[:-1]))
    nonzero = values != 0
    asked = moved & nonzero
    found: list[Coarser] = []
    count = int(asked.sum())
    if count < _FEW:
        return ()
    finest = MOST_DIGITS if decimals is None else decimals - 1
    for digits in range(finest, LEAST_DIGITS - 1, -1):
        step = 10.0**-digits
        if CARRIED * largest > _CLEAR * step:
            continue
        if step > spread or len(found) == _KEPT:
            break
        hits = stands_on(values, digits)
        share = max(float(hits[asked].mean()), float(hits[nonzero].mean()))
        if share <= _MOST_SHARE:
            run = _longest_run(hits[asked])
            found.append(Coarser(digits=digits, count=count, share=share, longest_run=run))
    return tuple(found)


def stands_on(values: FloatArray, digits: int) -> npt.NDArray[np.bool_]:
    """Which of *values* do with so many digits after the point, shape (n,).

    >>> stands_on(np.array([20.0, 20.5, -3.0]), 0).tolist()
    [True, False, True]
    """
    steps = values * 10.0**digits
    return np.asarray(np.abs(steps - np.rint(steps)) <= EXACT + CARRIED * np.abs(steps))


def _longest_run(hits: npt.NDArray[np.bool_]) -> int:
    misses = np.flatnonzero(np.concatenate(([True], ~hits, [True])))
    return int(np.diff(misses).max()) - 1
