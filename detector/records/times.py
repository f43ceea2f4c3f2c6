"""When a record happened, as the record says it."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast

import numpy as np

from detector.records.decoded import MISSING, FloatArray

TimeUnit = Literal["s", "ms", "us", "iso"]
AnyUnit = TimeUnit | Literal["any"]
PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6}

# Years 1 to 9999: what an event's time can be written as. A nanosecond stamp taken for seconds
# lies far beyond and is a bad time, not a date in the year 55 billion.
EARLIEST_S = -62_135_596_800.0
LATEST_S = 253_402_300_799.0


@dataclass(frozen=True, slots=True)
class TimeField:
    """Where a record's time stands, and how it is written.

    field: as for features, a literal key or a dotted path.
    unit:  s, ms, us: a number since the epoch; iso: ISO 8601 text, UTC where it names no zone;
           any: numbers as they stand or ISO text, good for an order and for nothing else.
    """

    field: str
    unit: AnyUnit


def seconds(values: Sequence[object], unit: AnyUnit) -> FloatArray:
    """Seconds since the epoch, shape (n,); NaN where a value is no time in this unit."""
    if unit == "any":
        return np.array([v if isinstance(v, float) else _from_iso(v) for v in values], np.float64)
    if unit == "iso":
        return in_calendar(np.array([_from_iso(value) for value in values], np.float64))
    try:
        numbers = np.array(array("d", cast("Sequence[float]", values)), np.float64)
    except TypeError:  # a text or null among them
        numbers = np.array([_number(value) for value in values], np.float64)
    return in_calendar(numbers / PER_SECOND[unit])


def in_calendar(times: FloatArray) -> FloatArray:
    """*times* with NaN for those outside the years 1 to 9999."""
    inside = (times >= EARLIEST_S) & (times <= LATEST_S)
    return times if inside.all() else np.where(inside, times, np.nan)


def unit_of(times: FloatArray) -> TimeUnit | None:
    """The unit in which numbers since the epoch are most likely written; None for none of ours.

    Today is 1.8e9 in seconds, 1.8e12 in milliseconds and 1.8e15 in microseconds: a hundred times
    more or less is still told apart for every year from 1973 to 5138.
    """
    largest = float(np.abs(times).max(initial=0.0))
    bounds: tuple[tuple[float, TimeUnit], ...] = ((1e11, "s"), (1e14, "ms"), (1e17, "us"))
    return next((unit for bound, unit in bounds if largest < bound), None)


def with_defaults(times: FloatArray, defaults: FloatArray) -> tuple[FloatArray, int]:
    """*times* with the default wherever there is none, and how often that was."""
    bad = np.isnan(times)
    count = int(np.count_nonzero(bad))
    return (np.where(bad, defaults, times), count) if count else (times, 0)


def _number(value: object) -> float:
    return value if isinstance(value, float) else MISSING


def _from_iso(value: object) -> float:
    if not isinstance(value, str):
        return MISSING
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    except (ValueError, OverflowError):
        return MISSING
