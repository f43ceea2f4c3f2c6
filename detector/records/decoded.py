"""What came out of a run of messages or rows: columns, and what could not be used."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from detector.errors import RecordError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MISSING = float("nan")
INVALID = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A run of messages as columns; k of them became records.

    columns:    float64, shape (k,), one a feature; NaN is missing, ±inf is invalid.
    times:      seconds since the epoch, float64, shape (k,).
    kept:       int64, shape (k,), ascending: which messages the records were.
    rejected:   the messages that are dead letters, ascending, each with what is wrong with it.
    tombstones: the messages with a null value, ascending; they are no records and no dead letters.
    invalid:    invalid values by feature and kind: text, boolean, number (beyond float64), list,
                object, other (a table's cell of another kind).
    missing:    missing values by feature.
    bad_times:  records whose time was missing or no time, so that the default stands for it.
    """

    columns: dict[str, FloatArray]
    times: FloatArray
    kept: IntArray
    rejected: list[tuple[int, RecordError]] = field(default_factory=list)
    tombstones: list[int] = field(default_factory=list)
    invalid: Counter[tuple[str, str]] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    bad_times: int = 0

    def __len__(self) -> int:
        return len(self.kept)


def count_missing(columns: dict[str, FloatArray]) -> Counter[str]:
    """Missing values by feature, without the features that have none."""
    counts = {name: int(np.count_nonzero(np.isnan(column))) for name, column in columns.items()}
    return Counter({name: count for name, count in counts.items() if count})
