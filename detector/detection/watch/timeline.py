"""All records of a batch, dead letters among them, in the order of their offsets."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.detection.batch import Batch, FloatArray, IntArray, Named
from detector.events import Position, Since, rfc3339


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a record was."""

    topic: str
    partition: int
    offset: int
    time: float

    @property
    def position(self) -> Position:
        """As an event's ``position``."""
        return Position(topic=self.topic, partition=self.partition, offset=self.offset)

    @property
    def since(self) -> Since:
        """As an event's ``since``."""
        return Since(partition=self.partition, offset=self.offset, time=rfc3339(self.time))


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Records of one partition, at least one.

    offsets:  int64, shape (n,), ascending.
    times:    seconds since the epoch, shape (n,).
    rejected: the record is a dead letter, shape (n,).
    sound:    rows of the records that are none, int64, shape (k,).
    named:    which scaler the sound records name, codes of shape (k,); None where none names any.
    """

    topic: str
    partition: int
    offsets: IntArray
    times: FloatArray
    rejected: npt.NDArray[np.bool_]
    sound: IntArray
    named: Named | None

    def __len__(self) -> int:
        return len(self.offsets)

    def place(self, row: int) -> Place:
        """The record at *row*, which may be negative to count from the end."""
        return Place(self.topic, self.partition, int(self.offsets[row]), float(self.times[row]))


def timeline_of(batch: Batch) -> Timeline:
    """The records of *batch* in their order."""
    bad = np.repeat([False, True], [len(batch.offsets), len(batch.rejected.offsets)])
    offsets = np.concatenate([batch.offsets, batch.rejected.offsets])
    times = np.concatenate([batch.times, batch.rejected.times])
    order = np.argsort(offsets, kind="stable")
    return Timeline(
        topic=batch.topic,
        partition=batch.partition,
        offsets=offsets[order],
        times=times[order],
        rejected=bad[order],
        sound=np.flatnonzero(~bad[order]),
        named=batch.named,
    )
