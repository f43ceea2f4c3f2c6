"""All rows of a file as named columns, for fitting a scaler."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BufferedIOBase

import numpy as np

from detector.records import ndjson
from detector.records.chunk import Chunk, Selection
from detector.records.decoded import FloatArray
from detector.records.discovery import FieldNames
from detector.records.files import format_of, open_bytes, open_table, place_of, require_any
from detector.records.messages import DEFAULT_MAX_BYTES, RecordDecoder
from detector.records.times import TimeField


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A whole file as columns; n rows could be used.

    columns:   float64, shape (n,), in the file's order; NaN is missing, +inf is invalid.
    numeric:   the columns with more numbers than invalid values.
    invalid:   invalid values by column and kind.
    rejected:  rows that could not be used, by kind; they are in no column.
    times:     shape (n,): numbers as they stand, ISO text as seconds since the epoch; None where no
               time field was asked for.
    bad_times: rows without a time; ``times`` has NaN for them.
    """

    columns: dict[str, FloatArray]
    numeric: tuple[str, ...]
    invalid: Counter[tuple[str, str]] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    times: FloatArray | None = None
    bad_times: int = 0


def read_columns(
    name: str,
    *,
    given: str | None = None,
    features: Sequence[str] | None = None,
    time: str | None = None,
) -> Columns:
    """Every row of a file (``-``: standard input).

    given:    the format; None: by the suffix.
    features: names or dotted paths of the columns wanted; None: all there are, except *time*.
    time:     where a row's time stands.

    Raises ConfigError where the file cannot be read or lacks all of the *features*.
    """
    kind = format_of(name, given)
    moment = None if time is None else TimeField(time, "any")
    with open_bytes(name) as stream:
        if kind == "ndjson" and features is None:
            return _gather(_discovered(stream, moment), moment)
        if kind == "ndjson":
            selection = Selection(features=features or (), time=moment)
            return _gather(ndjson.read_chunks(stream, selection), moment)
        table = open_table(stream, name, kind)
        if table is None:
            return _gather(iter(()), moment)
        wanted = [column for column in table.columns if column != time]
        selection = Selection(features=wanted if features is None else features, time=moment)
        require_any(table.columns, selection, place_of(name))
        return _gather(table.read_chunks(selection), moment)


def _discovered(stream: BufferedIOBase, time: TimeField | None) -> Iterator[Chunk]:
    """Chunks with every field that has been seen up to them."""
    names = FieldNames()
    decoder = RecordDecoder((), time=time)
    first = 0
    for lines, bytes_read in ndjson.message_blocks(stream, DEFAULT_MAX_BYTES):
        if names.see(lines):
            features = [name for name in names if time is None or name != time.field]
            decoder = RecordDecoder(features, time=time)
        decoded = decoder.decode(lines, np.full(len(lines), np.nan))
        yield Chunk(first=first, size=len(lines), decoded=decoded, bytes_read=bytes_read)
        first += len(lines)


def _gather(chunks: Iterator[Chunk], time: TimeField | None) -> Columns:
    invalid: Counter[tuple[str, str]] = Counter()
    rejected: Counter[str] = Counter()
    parts: list[dict[str, FloatArray]] = []
    rows: list[int] = []
    times: list[FloatArray] = [np.zeros(0)]
    bad_times = 0
    for chunk in chunks:
        decoded = chunk.decoded
        parts.append(decoded.columns)
        rows.append(len(decoded))
        times.append(decoded.times)
        invalid += decoded.invalid
        rejected.update(error.kind for _, error in decoded.rejected)
        bad_times += decoded.bad_times
    columns = {
        name: np.concatenate(
            [p.get(name, np.full(n, np.nan)) for p, n in zip(parts, rows, strict=True)]
        )
        for name in (parts[-1] if parts else ())  # a later chunk knows all that earlier ones knew
    }
    return Columns(
        columns=columns,
        numeric=tuple(name for name, column in columns.items() if _is_numeric(column)),
        invalid=invalid,
        rejected=rejected,
        times=None if time is None else np.concatenate(times),
        bad_times=bad_times,
    )


def _is_numeric(column: FloatArray) -> bool:
    return int(np.isfinite(column).sum()) > int(np.isinf(column).sum())
