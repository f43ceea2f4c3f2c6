"""The law of a feature in training, as the scaler file carries it.

Everything here is in the feature's unit before ``before``.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


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
    missing_rate: share of the rows without a value.
    autocorrelation_time: integrated, in rows; 1 for independent rows.
    longest_run: of equal values.
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
    missing_rate: float | None = None
    autocorrelation_time: float | None = None
    longest_run: int | None = None
    step: Step | None = None
    block_change: BlockChange | None = None

    def __eq__(self, other: object) -> bool:
        """Equal in every field; arrays element by element."""
        if not isinstance(other, Reference):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, part.name), getattr(other, part.name))
            if part.name in ("probabilities", "quantiles")
            else getattr(self, part.name) == getattr(other, part.name)
            for part in fields(self)
        )

    __hash__ = None  # type: ignore[assignment]  # arrays have none
