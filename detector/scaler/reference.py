"""The law of a feature in training, as the scaler file carries it.

Everything here is in the feature's unit before ``before``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
import numpy.typing as npt

from detector.scaler.coarser import Coarser

FloatArray = npt.NDArray[np.float64]
PhaseBy = Literal["hour_of_day", "day_of_week", "hour_of_week"]
PHASES: Mapping[PhaseBy, int] = {"hour_of_day": 24, "day_of_week": 7, "hour_of_week": 168}
MAX_LAWS = 8  # of a feature with a season: more would cost memory and rows, and gain little
_HOUR, _DAY = 3600.0, 86400.0  # seconds
_EPOCH_DAY = 3  # 1970-01-01 was a Thursday, and Monday is 0
_WRITTEN, _CUT = 1e-5, 1e-8  # relative, absolute: what a file may take off a probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Sizes of |x_t - x_(t-1)| over the training rows in their order."""

    mean: float
    q99: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockChange:
    """Largest change between neighbouring blocks of 16 rows.

    mean:    of the block mean, in training standard deviations.
    log_std: of the logarithm of the block standard deviation.
    """

    mean: float
    log_std: float


@dataclass(frozen=True, slots=True, eq=False)
class PhaseLaw:
    """The law of a feature in the phases that share it.

    count:      training rows with a valid value in these phases.
    probabilities, quantiles: shape (k,), as in :class:`Reference`.
    """

    count: int
    probabilities: FloatArray
    quantiles: FloatArray

    def __eq__(self, other: object) -> bool:
        """Equal in every field; arrays element by element."""
        return isinstance(other, PhaseLaw) and _equal(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays have none


@dataclass(frozen=True, slots=True)
class Phases:
    """The laws of a feature with a season, by the phase of a record's time, in UTC.

    table: for each phase which of *laws* holds: 24 hours, 7 days from Monday, or 168 hours from
           Monday midnight. Phases with like laws share one.
    """

    by: PhaseBy
    table: tuple[int, ...]
    laws: tuple[PhaseLaw, ...]


def phase_of(by: PhaseBy, times: FloatArray) -> npt.NDArray[np.int64]:
    """The phase of each of *times*, finite seconds since the epoch, shape (n,); in UTC.

    >>> phase_of("day_of_week", np.array([0.0, 4 * 86400.0])).tolist()  # a Thursday, a Monday
    [3, 0]
    """
    return _ticks(by, times) % PHASES[by]


def cycle_of(by: PhaseBy, times: FloatArray) -> npt.NDArray[np.int64]:
    """The day or the week of each of *times*, from that of the epoch; shape (n,)."""
    return _ticks(by, times) // PHASES[by]


def _ticks(by: PhaseBy, times: FloatArray) -> npt.NDArray[np.int64]:
    """Hours or days from the beginning of the day or week of the epoch."""
    if by == "day_of_week":
        return np.floor(times / _DAY).astype(np.int64) + _EPOCH_DAY
    first = 24 * _EPOCH_DAY if by == "hour_of_week" else 0
    return np.floor(times / _HOUR).astype(np.int64) + first


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """What training saw of one feature.

    Only ``count`` and ``quantiles`` are always there; a hand-written file may leave out the rest
    (None).

    count:      training rows with a valid value.
    probabilities, quantiles: the law, shape (k,), both ascending; an order-statistics list of n
    values
                stands at (i + 0.5) / n.
    std:        divides by n.
    atoms:      value to share, heaviest first: values that carry a share of their own.
    distinct:   number of distinct values, capped.
    decimals:   digits after the point that suffice for every training value, if any do.
    coarser:    how many do with fewer, the finest lattice first; empty where none of them tells
                much.
    missing_rate: share of the rows without a value.
    autocorrelation_time: integrated, in rows; 1 for independent rows.
    longest_run: of equal values.
    phases:     the laws by phase of a feature with a season; the autocorrelation time is then that
                of the values given their phase.
    """

    count: int
    probabilities: FloatArray
    quantiles: FloatArray
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None
    atoms: tuple[tuple[float, float], ...] = ()
    distinct: int | None = None
    decimals: int | None = None
    coarser: tuple[Coarser, ...] | None = None
    missing_rate: float | None = None
    autocorrelation_time: float | None = None
    longest_run: int | None = None
    step: Step | None = None
    block_change: BlockChange | None = None
    phases: Phases | None = None

    @property
    def has_order_statistics(self) -> bool:
        """Whether the quantiles are training values, and not interpolated between them."""
        k = len(self.quantiles)
        own = (np.arange(k) + 0.5) / k
        return bool((np.abs(self.probabilities - own) <= _CUT + _WRITTEN * own).all())

    def __eq__(self, other: object) -> bool:
        """Equal in every field; arrays element by element."""
        return isinstance(other, Reference) and _equal(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays have none


def _equal(one: "Reference | PhaseLaw", other: "Reference | PhaseLaw") -> bool:
    """Equal in every field, two of the same class; arrays element by element."""
    return all(
        np.array_equal(getattr(one, part.name), getattr(other, part.name))
        if part.name in ("probabilities", "quantiles")
        else getattr(one, part.name) == getattr(other, part.name)
        for part in fields(one)
    )
