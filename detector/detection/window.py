"""The last records of a model: what onset, live figures and diagnosis look back on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.detection.batch import Batch, FloatArray
from detector.detection.bins import INVALID, MISSING
from detector.detection.marks import COARSER, NO_DIGITS, OFF_LATTICE, UNEQUAL
from detector.detection.phases import PhaseAdjuster
from detector.events import Since, rfc3339

LOOK_BACK = 2048  # records that an event's window and the search for an onset cover at most
BLOCK = 1024  # records taken in at a time
_CAPACITY = 4 * LOOK_BACK  # moving the kept part down once in a dozen blocks costs nothing


@dataclass(frozen=True, slots=True)
class Slice:
    """What a feature's records from one number to another hold.

    values: the valid ones, in order, shape (v,).
    moved:  the same, from the law of their phase to that of all; None where there is no season.
    records, missing, invalid: how many records, and how many without a valid value.
    off_lattice: how many valid values need more decimals than any training value.
    with_digits, coarser: how many are neither zero nor the value before once more, and how many of
             these do with fewer digits than training's values mostly do.
    """

    values: FloatArray
    records: int
    missing: int
    invalid: int
    off_lattice: int = 0
    with_digits: int = 0
    coarser: int = 0
    moved: FloatArray | None = None

    @property
    def adjusted(self) -> FloatArray:
        """The valid values without their season."""
        return self.values if self.moved is None else self.moved


class Window:
    """Values, bin numbers, flags and positions of the last records, by record number from 0.

    With *pairs* the scaled values beside the raw ones as well.
    """

    def __init__(
        self, features: Sequence[str], seasons: PhaseAdjuster | None = None, *, pairs: bool = False
    ) -> None:
        shape = (len(features), _CAPACITY)
        self._seasons = seasons.features if seasons is not None else ()
        self._adjuster = seasons
        self._features = features
        self.values = np.zeros(shape)
        self.adjusted = np.zeros(shape) if self._seasons else self.values
        self.scaled = np.zeros(shape if pairs else (0, _CAPACITY))
        self.codes = np.zeros(shape, np.uint8)
        self.flags = np.zeros(shape, np.uint8)
        self.times = np.zeros(_CAPACITY)
        self.offsets = np.zeros(_CAPACITY, np.int64)
        self.partitions = np.zeros(_CAPACITY, np.int64)
        self.base = 0  # number of the record in row 0
        self.filled = 0

    @property
    def next_record(self) -> int:
        """The number that the next record gets."""
        return self.base + self.filled

    def append(self, batch: Batch, first: int, last: int) -> tuple[int, int]:
        """Take records first..last of *batch* in; the rows that they fill."""
        n = last - first
        if self.filled + n > _CAPACITY:
            self._move_down()
        rows = slice(self.filled, self.filled + n)
        for f, name in enumerate(self._features):
            self.values[f, rows] = batch.columns[name][first:last]
        if len(self.scaled):
            for f, name in enumerate(self._features):
                self.scaled[f, rows] = batch.scaled[name][first:last]
        self.times[rows] = batch.times[first:last]
        self.offsets[rows] = batch.offsets[first:last]
        self.partitions[rows] = batch.partition
        if self._adjuster is not None and self._seasons:
            self._adjust(self._adjuster, rows.start, rows.stop)
        self.filled += n
        return rows.start, rows.stop

    def row(self, record: int) -> int:
        """The row of a record, or of the oldest one kept."""
        return max(record - self.base, 0)

    def since(self, record: int) -> Since:
        """Where and when a record, or the oldest one kept, stands."""
        row = self.row(record)
        return Since(
            partition=int(self.partitions[row]),
            offset=int(self.offsets[row]),
            time=rfc3339(float(self.times[row])),
        )

    def rows(self, since: int, record: int) -> slice:
        """Rows of the records since..record, at most the last LOOK_BACK of them."""
        return slice(self.row(max(since, record - LOOK_BACK + 1)), self.row(record) + 1)

    def unequal(self, feature: int, rows: slice) -> npt.NDArray[np.bool_]:
        """Where the pairs of *feature* disagree, shape (n,)."""
        return np.asarray(self.flags[feature, rows] & UNEQUAL > 0)

    def slice(self, feature: int, since: int, record: int) -> Slice:
        """What *feature* held in the records since..record, at most the last LOOK_BACK of them."""
        rows = self.rows(since, record)
        codes = self.codes[feature, rows]
        values = self.values[feature, rows]
        missing = int(np.count_nonzero(codes == MISSING))
        invalid = int(np.count_nonzero(codes == INVALID))
        moved = self.adjusted[feature, rows] if feature in self._seasons else None
        if missing or invalid:
            valid = codes < INVALID
            values = values[valid]
            moved = None if moved is None else moved[valid]
        flags = self.flags[feature, rows]
        return Slice(
            values,
            len(codes),
            missing,
            invalid,
            off_lattice=int(np.count_nonzero(flags & OFF_LATTICE)),
            with_digits=len(values) - int(np.count_nonzero(flags & NO_DIGITS)),
            coarser=int(np.count_nonzero((flags & (COARSER | NO_DIGITS)) == COARSER)),
            moved=moved,
        )

    def valid(self, feature: int, since: int, record: int) -> FloatArray:
        """The valid values of *feature* in the records since..record, as ``slice`` has them."""
        rows = self.rows(since, record)
        values, valid = self.values[feature, rows], self.codes[feature, rows] < INVALID
        return values if valid.all() else values[valid]

    def _adjust(self, adjuster: PhaseAdjuster, first: int, last: int) -> None:
        rows = np.s_[first:last]
        self.adjusted[:, rows] = self.values[:, rows]
        for f in self._seasons:
            self.adjusted[f, rows] = adjuster.adjust(
                f, self.values[f, rows], self.times[rows], self.offsets[rows]
            )

    def _move_down(self) -> None:
        drop = self.filled - LOOK_BACK
        arrays: tuple[npt.NDArray[np.generic], ...] = (
            self.values, self.codes, self.flags, self.times, self.offsets, self.partitions
        )  # fmt: skip
        if len(self.scaled):
            arrays = (*arrays, self.scaled)
        if self._seasons:
            arrays = (*arrays, self.adjusted)
        for array in arrays:
            array[..., :LOOK_BACK] = array[..., drop : self.filled].copy()
        self.base += drop
        self.filled = LOOK_BACK
