"""Part of a file as columns, and what to read of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from detector.errors import ConfigError, Fault
from detector.records.decoded import Decoded, FloatArray, IntArray
from detector.records.messages import DEFAULT_MAX_BYTES
from detector.records.times import TimeField

Format = Literal["ndjson", "csv", "parquet"]
FORMATS: tuple[Format, ...] = ("ndjson", "csv", "parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What to read of every record; the words are those of :class:`RecordDecoder`."""

    features: Sequence[str]
    fields: Mapping[str, str] = field(default_factory=dict)
    time: TimeField | None = None
    max_bytes: int = DEFAULT_MAX_BYTES

    def field_of(self, feature: str) -> str:
        """Where a feature stands: its own name unless the configuration says otherwise."""
        return self.fields.get(feature, feature)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Consecutive records of a file.

    first:     number of the first record; the records of a file count from zero, dead letters
               among them, blank lines and the header not.
    size:      records in this chunk, dead letters among them.
    decoded:   its indices count from *first*; a record without a usable time has NaN.
    originals: the bytes of each record, for dead letters; nothing for Parquet, which has none. A
               line over the limit is cut after it.
    bytes_read: how far the file has been read.
    """

    first: int
    size: int
    decoded: Decoded
    originals: Sequence[bytes] = ()
    bytes_read: int = 0

    @property
    def offsets(self) -> IntArray:
        """Numbers of the records that were kept, int64, shape (k,)."""
        return self.decoded.kept + self.first


def fallback_times(selection: Selection, first: int, size: int) -> FloatArray:
    """Times of records that say none, shape (size,): NaN where they should have said one."""
    return default_times(first, size) if selection.time is None else np.full(size, np.nan)


def default_times(first: int, size: int) -> FloatArray:
    """One second a record from the epoch, shape (size,)."""
    return np.arange(first, first + size, dtype=np.float64)


def require_distinct(columns: Sequence[str], place: str) -> None:
    """Raise ConfigError where a table names a column twice: nobody knows which is meant."""
    twice = sorted(name for name, count in Counter(columns).items() if count > 1)
    if twice:
        raise ConfigError(
            Fault(
                place=place,
                expected="columns with names of their own",
                got=f"{', '.join(map(repr, twice))} more than once",
            )
        )
