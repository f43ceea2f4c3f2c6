"""The reference of a feature, measured from its training rows.

All that depends on the order of the rows (autocorrelation time, runs, steps, blocks) takes the
valid values as consecutive: that is how live values are read too.
"""

import numpy as np
import numpy.typing as npt

from detector.scaler.autocorrelation import autocorrelation_time
from detector.scaler.coarser import measure_coarser
from detector.scaler.order_statistics import order_statistics
from detector.scaler.reference import BlockChange, Phases, Reference, Step, phase_of

FloatArray = npt.NDArray[np.float64]

QUANTILES = 512  # what the tests bin on; benchmarks/scaler_load.py: 200 features still load quickly
MAX_ATOMS = 50
MAX_DISTINCT = 10_000  # more says no more about a feature being discrete
MAX_DECIMALS = 5  # more is the significant digits of a float, not a lattice
BLOCK = 16  # rows; short enough to see a change, long enough for a standard deviation
_SHARE_OF_ATOMS = 0.003  # below it a value is one of many
_COUNT_OF_ATOMS = 3  # ties that chance makes are rarely more
_STEP_CLIP = 0.995  # the mean step is that of a usual day: one gap in the rows must not rule it
_BLOCK_FLOOR = 0.02  # of the standard deviation: a block of equal values has a finite logarithm


def measure_reference(
    values: FloatArray,
    *,
    quantiles: int = QUANTILES,
    season: tuple[Phases, FloatArray] | None = None,
) -> Reference:
    """What training saw of one feature.

    values:    shape (n,), rows in their order, in the unit before ``before``; NaN is missing, ±inf
               is invalid and left out. At least two valid values that differ.
    quantiles: length of the list of order statistics; all values are kept where there are fewer.
    season:    the laws by phase and the rows' times, seconds since the epoch, shape (n,); None for
               a feature without a season.
    """
    is_valid = np.isfinite(values)
    valid = values[is_valid] + 0.0  # -0.0 is the value 0
    count = len(valid)
    ordered = np.sort(valid)
    probabilities, picked = order_statistics(ordered, quantiles)
    laws = None if season is None else laws_of(season[0], season[1][is_valid])
    lowest, highest = float(ordered[0]), float(ordered[-1])
    distinct, counts = _distinct(ordered)
    std = float(np.std(valid))
    digits = decimals(distinct)
    return Reference(
        count=count,
        probabilities=probabilities,
        quantiles=picked,
        min=lowest,
        max=highest,
        mean=min(max(float(np.mean(valid)), lowest), highest),
        std=std,
        atoms=_atoms(distinct, counts),
        distinct=min(len(distinct), MAX_DISTINCT),
        decimals=digits,
        coarser=measure_coarser(valid, digits),
        missing_rate=float(np.isnan(values).sum() / len(values)),
        autocorrelation_time=autocorrelation_time(valid, laws),
        longest_run=longest_run(valid),
        step=_step(valid),
        block_change=_block_change(valid, std),
        phases=None if season is None else season[0],
    )


def laws_of(phases: Phases, times: FloatArray) -> npt.NDArray[np.int64]:
    """Which of the laws holds at each of *times*, seconds since the epoch; shape (n,)."""
    return np.array(phases.table, np.int64)[phase_of(phases.by, times)]


def decimals(values: FloatArray) -> int | None:
    """Digits after the point that suffice for every one of *values*; None where 5 do not.

    A value counts as on the lattice of d digits within 1e-7 + 1e-9 |x 10^d| of a whole number.
    Where that reaches a twentieth of a step, for large values, anything is on the lattice and
    nothing is shown: there is none.

    >>> decimals(np.array([0.25, 1.5, -3.0]))
    2
    """
    largest = np.abs(values).max()
    for digits in range(MAX_DECIMALS + 1):
        if 1e-7 + 1e-9 * largest * 10.0**digits > 1 / 20:
            return None
        shifted = values * 10.0**digits
        if (np.abs(shifted - np.round(shifted)) <= 1e-7 + 1e-9 * np.abs(shifted)).all():
            return digits
    return None


def longest_run(values: FloatArray) -> int:
    """Length of the longest run of equal values.

    >>> longest_run(np.array([1.0, 2.0, 2.0, 2.0, 1.0]))
    3
    """
    starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1], [True])))
    return int(np.diff(starts).max())


def _distinct(ordered: FloatArray) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Distinct values of a sorted array and how often each stands there."""
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return ordered[starts], np.diff(np.concatenate((starts, [len(ordered)])))


def _atoms(distinct: FloatArray, counts: npt.NDArray[np.int64]) -> tuple[tuple[float, float], ...]:
    count = int(counts.sum())
    heaviest = np.argsort(-counts, kind="stable")[:MAX_ATOMS]
    least = max(_COUNT_OF_ATOMS, _SHARE_OF_ATOMS * count)
    return tuple(
        (float(distinct[i]), float(counts[i] / count)) for i in heaviest if counts[i] > least
    )


def _step(values: FloatArray) -> Step:
    sizes = np.abs(np.diff(values))
    largest = float(sizes.max())
    clip, q99 = np.quantile(sizes, [_STEP_CLIP, 0.99])
    mean = float(np.minimum(sizes, clip).mean())
    return Step(mean=min(mean, largest), q99=min(float(q99), largest), max=largest)


def _block_change(values: FloatArray, std: float) -> BlockChange | None:
    """None where there are not two blocks."""
    blocks = len(values) // BLOCK
    if blocks < 2:  # noqa: PLR2004 - a change needs two
        return None
    cut = values[: blocks * BLOCK].reshape(blocks, BLOCK)
    spread = np.log(cut.std(axis=1) + _BLOCK_FLOOR * std)
    return BlockChange(
        mean=float(np.abs(np.diff(cut.mean(axis=1))).max() / std),
        log_std=float(np.abs(np.diff(spread)).max()),
    )
