"""Parquet files in chunks; pyarrow is imported when one comes, and only then."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from typing import Any

import numpy as np

from detector.errors import ConfigError, Fault
from detector.records.chunk import Chunk, Selection, fallback_times, require_distinct
from detector.records.decoded import INVALID, Decoded, FloatArray, count_missing
from detector.records.times import PER_SECOND, TimeField, in_calendar, seconds, with_defaults

CHUNK_ROWS = 16384
_TICKS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_DAY_S = 86_400.0


class ParquetFile:
    """A Parquet file: its columns, then its rows in chunks.

    Null and NaN are missing, ±infinity is invalid. A column of text, booleans, dates, lists or
    structs is invalid throughout; a dotted path leads into structs. There are no dead letters: a
    damaged file is a ConfigError.
    """

    def __init__(self, stream: BufferedIOBase, place: str, size: int) -> None:
        self._place = place
        self._size = size
        with self._errors():
            self._file = _pyarrow(place).parquet.ParquetFile(stream)
            self.columns = list(self._file.schema_arrow.names)
        require_distinct(self.columns, place)

    def read_chunks(self, selection: Selection) -> Iterator[Chunk]:
        """The rows; features without a column are missing throughout."""
        wanted = [selection.field_of(name) for name in selection.features]
        if selection.time is not None:
            wanted.append(selection.time.field)
        top = {self._top(field) for field in wanted} & set(self.columns)
        rows_of_file = max(1, self._file.metadata.num_rows)
        first = 0
        with self._errors():
            for batch in self._file.iter_batches(CHUNK_ROWS, columns=sorted(top)):
                decoded = self._decoded(batch, first, selection)
                first += batch.num_rows
                read = self._size * first // rows_of_file
                yield Chunk(
                    first=first - batch.num_rows,
                    size=batch.num_rows,
                    decoded=decoded,
                    bytes_read=read,
                )

    def _top(self, field: str) -> str:
        return field if field in self.columns else field.split(".", maxsplit=1)[0]

    def _decoded(self, batch: Any, first: int, selection: Selection) -> Decoded:
        rows = batch.num_rows
        columns: dict[str, FloatArray] = {}
        invalid: Counter[tuple[str, str]] = Counter()
        for name in selection.features:
            values = _find(batch, selection.field_of(name))
            if values is None:
                columns[name] = np.full(rows, np.nan)
                continue
            columns[name], kind = _numbers(values)
            count = int(np.count_nonzero(np.isinf(columns[name])))
            if count:
                invalid[name, kind] += count
        times, bad_times = fallback_times(selection, first, rows), 0
        if selection.time is not None:
            times, bad_times = with_defaults(_times(batch, selection.time), times)
        return Decoded(
            columns=columns,
            times=times,
            kept=np.arange(rows, dtype=np.int64),
            invalid=invalid,
            missing=count_missing(columns),
            bad_times=bad_times,
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (_pyarrow(self._place).ArrowException, OSError) as error:
            text = str(error).partition("\n")[0].rstrip(".")
            raise ConfigError(
                Fault(place=self._place, expected="a Parquet file", got=f"an error: {text}")
            ) from error


def _pyarrow(place: str) -> Any:
    try:
        import pyarrow as pa  # noqa: PLC0415 - heavy, and an extra
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(
            Fault(
                place=place,
                expected="pyarrow, to read Parquet",
                got="an environment without it",
                hint="pip install 'drift-detector[parquet]'",
            )
        ) from error
    return pa


def _find(batch: Any, field: str) -> Any:
    """The array at *field*: a column of that name, else a path into structs; None for neither."""
    if field in batch.schema.names:
        return batch.column(field)
    first, *rest = field.split(".")
    values = batch.column(first) if first in batch.schema.names else None
    for key in rest:
        if values is None or not hasattr(values.type, "get_field_index"):
            return None
        index = values.type.get_field_index(key)
        values = values.flatten()[index] if index >= 0 else None  # flatten: a null struct has nulls
    return values


def _numbers(values: Any) -> tuple[FloatArray, str]:
    """The column, and of which kind its invalid values are."""
    types = _pyarrow("").types
    if types.is_dictionary(values.type):
        values = values.dictionary_decode()
    kind = values.type
    if types.is_null(kind):
        return np.full(len(values), np.nan), "other"
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        numbers = values.cast("float64", safe=False).to_numpy(zero_copy_only=False)
        column = np.array(numbers, np.float64)
        column[np.isinf(column)] = INVALID
        return column, "number"
    valid = values.is_valid().to_numpy(zero_copy_only=False)
    return np.where(valid, INVALID, np.nan), _kind(kind)


def _kind(kind: Any) -> str:
    types = _pyarrow("").types
    if types.is_boolean(kind):
        return "boolean"
    if types.is_struct(kind) or types.is_map(kind):
        return "object"
    if types.is_nested(kind):
        return "list"
    text = (types.is_string, types.is_large_string, types.is_string_view, types.is_binary)
    return "text" if any(check(kind) for check in text) else "other"


def _times(batch: Any, time: TimeField) -> FloatArray:
    """Seconds since the epoch; a column of dates or timestamps is one whatever the unit says."""
    types = _pyarrow("").types
    values = _find(batch, time.field)
    if values is None:
        return np.full(batch.num_rows, np.nan)
    kind = values.type
    if types.is_timestamp(kind):
        ticks = values.cast("int64").to_numpy(zero_copy_only=False).astype(np.float64)
        return in_calendar(ticks / _TICKS[kind.unit])
    if types.is_date(kind):
        days = values.cast("date32").cast("int32").to_numpy(zero_copy_only=False)
        return in_calendar(days.astype(np.float64) * _DAY_S)
    if time.unit == "iso" or (time.unit == "any" and not types.is_integer(kind)):
        return seconds(values.to_pylist(), time.unit)
    numbers, _ = _numbers(values)
    return numbers if time.unit == "any" else in_calendar(numbers / PER_SECOND[time.unit])
