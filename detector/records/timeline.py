"""A time for every record of a file, dead letters and records without a usable time among them.

On Kafka each record has a timestamp to fall back on; in a file the best stand-in is the time of the
record before. A date in 1970 between two of today would look like years of silence.
"""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from detector.records.chunk import Chunk, default_times
from detector.records.decoded import FloatArray

PATIENCE_RECORDS = 100_000  # leading records without a time that are kept until one has it


def with_times(chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, FloatArray]]:
    """Each chunk with the times of all of its records, shape (chunk.size,).

    A record without a time has that of the nearest record before with one. The leading ones have
    the first time there is, if it comes within PATIENCE_RECORDS; else, and where there is none at
    all, they are one second a record from the epoch.
    """
    waiting: list[Chunk] = []
    patient, last = True, math.nan
    for chunk in chunks:
        times = _own_times(chunk)
        known = np.flatnonzero(~np.isnan(times))
        front = np.full(chunk.size, last)
        if math.isnan(last):
            first_known = chunk.first + int(known[0]) if len(known) else chunk.first + chunk.size
            patient = patient and first_known < PATIENCE_RECORDS
            if patient and not len(known):
                waiting.append(chunk)
                continue
            front = np.full(chunk.size, times[known[0]]) if patient else _from_epoch(chunk)
            for early in waiting:
                yield early, np.full(early.size, front[0]) if patient else _from_epoch(early)
            waiting = []
        times = _carried(times, front)
        if len(known):
            last = float(times[-1])
        yield chunk, times
    for chunk in waiting:
        yield chunk, _from_epoch(chunk)


def _from_epoch(chunk: Chunk) -> FloatArray:
    return default_times(chunk.first, chunk.size)


def _own_times(chunk: Chunk) -> FloatArray:
    times = np.full(chunk.size, np.nan)
    times[chunk.decoded.kept] = chunk.decoded.times
    return times


def _carried(times: FloatArray, front: FloatArray) -> FloatArray:
    """*times* with each unknown one replaced by the known one before it, else by *front*."""
    known = np.maximum.accumulate(np.where(np.isnan(times), -1, np.arange(len(times))))
    return np.where(known < 0, front, times[known])
