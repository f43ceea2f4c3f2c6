"""What the diagnosis looks at: the values of a feature since the onset and just before it, or its
pairs.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray, IntArray
from detector.detection.window import Slice, Window

BEFORE = 256  # records: the recent law, which a fault maps even where it has left training's
ENOUGH_BEFORE = 32  # values without which there is no recent law


@dataclass(frozen=True)
class Sample:
    """Valid values of one feature around an onset, in the order of the records.

    since:  at and after the onset, shape (n,).
    before: of the 256 records before it, shape (b,); empty where they are no longer kept.
    records, missing, invalid: counts since the onset.
    """

    since: FloatArray
    before: FloatArray
    records: int
    missing: int
    invalid: int

    @cached_property
    def ordered(self) -> FloatArray:
        """The values since the onset, ascending."""
        return np.sort(self.since)

    @cached_property
    def recent(self) -> FloatArray | None:
        """The values before the onset, ascending; None where there are too few."""
        return np.sort(self.before) if len(self.before) >= ENOUGH_BEFORE else None

    @cached_property
    def distinct(self) -> tuple[FloatArray, FloatArray]:
        """Distinct values since the onset, ascending, and the share of each."""
        values, counts = np.unique(self.since, return_counts=True)
        return values, counts / max(len(self.since), 1)

    @cached_property
    def longest_last_run(self) -> int:
        """Length of the run of equal values at the end."""
        other = np.flatnonzero(self.since[::-1] != self.since[-1])
        return int(other[0]) if len(other) else len(self.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs since the first that disagreed, in the order of the records, shape (n,) each.

    raw, scaled: NaN is missing, ±inf is invalid.
    wrong:       which pairs disagree.
    swapped:     by feature, what stands there if that feature's raw values went through this
                 scaler.
    partitions, offsets: where the records stand.
    """

    raw: FloatArray
    scaled: FloatArray
    wrong: npt.NDArray[np.bool_]
    swapped: dict[str, FloatArray]
    partitions: IntArray
    offsets: IntArray


def sample(window: Window, feature: int, onset: int, record: int, before: FloatArray) -> Sample:
    """The sample of records *onset*..*record* behind the values *before*."""
    inside: Slice = window.slice(feature, max(onset, 0), record)
    return Sample(
        since=inside.values,
        before=before,
        records=inside.records,
        missing=inside.missing,
        invalid=inside.invalid,
    )
