"""Comma-separated values with a header line, in chunks."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import BufferedIOBase

import numpy as np

from detector.errors import ConfigError, Fault, RecordError
from detector.records import cells
from detector.records.chunk import Chunk, Selection, fallback_times, require_distinct
from detector.records.decoded import Decoded, FloatArray, count_missing
from detector.records.lines import line_blocks
from detector.records.times import seconds, with_defaults

CHUNK_ROWS = 8192
MAX_LINE_BYTES = 1 << 24  # what a line without an end may cost in memory
Row = tuple[bytes, list[str] | RecordError]  # the bytes as they stand, and the cells


class CsvFile:
    """A stream of CSV: its header, then its rows in chunks.

    Cells are separated by commas and quoted by ``"``; text is UTF-8, with or without a byte-order
    mark. A blank line is no record. A line with more or fewer cells than the header is a dead
    letter, and so is one whose quotes do not close.
    """

    def __init__(self, stream: BufferedIOBase, place: str) -> None:
        self._place = place
        self._stream = stream
        self._waits = False  # the reader has all that has come so far
        self._consumed: list[bytes] = []
        self._bytes_read = 0
        self._reader = csv.reader(self._texts(), strict=True)
        self.columns = self._header()

    def read_chunks(self, selection: Selection) -> Iterator[Chunk]:
        """The rows; features without a column are missing throughout."""
        rows: list[Row] = []
        first = 0
        for row in self._rows(selection.max_bytes):
            rows.append(row)
            if self._waits or len(rows) == CHUNK_ROWS:
                yield self._chunk(rows, first, selection)
                first += len(rows)
                rows = []
        if rows:
            yield self._chunk(rows, first, selection)

    def _texts(self) -> Iterator[str]:
        encoding = "utf-8-sig"
        for lines, bytes_read in line_blocks(self._stream, MAX_LINE_BYTES):
            self._bytes_read = bytes_read
            for left, line in zip(range(len(lines) - 1, -1, -1), lines, strict=True):
                self._consumed.append(line)
                self._waits = not left
                yield line.decode(encoding, "surrogateescape") + "\n"
                encoding = "utf-8"

    def _taken(self) -> bytes:
        """The bytes that the reader took since the last call."""
        line = b"\n".join(self._consumed)
        self._consumed.clear()
        return line

    def _header(self) -> list[str]:
        """Names of the columns; none where the input is empty."""
        try:
            header = [name.strip() for name in next((row for row in self._reader if row), [])]
        except csv.Error as error:
            raise ConfigError(
                Fault(place=self._place, expected="a CSV header line", got=str(error))
            ) from error
        require_distinct(header, f"{self._place}:{self._reader.line_num}")
        self._taken()
        return header

    def _rows(self, max_bytes: int) -> Iterator[Row]:
        width = len(self.columns)
        while True:
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._taken()[: max_bytes + 1], RecordError("csv", f"not CSV: {error}")
                continue
            line = self._taken()
            if not row:
                continue
            fault = _fault(line, len(row), width, max_bytes)
            yield (line, row) if fault is None else (line[: max_bytes + 1], fault)

    def _chunk(self, rows: Sequence[Row], first: int, selection: Selection) -> Chunk:
        good = [
            (index, row) for index, (_, row) in enumerate(rows) if not isinstance(row, RecordError)
        ]
        kept = np.array([index for index, _ in good], np.int64)
        texts = dict.fromkeys(self.columns, ())
        if good:
            texts = dict(
                zip(self.columns, zip(*(row for _, row in good), strict=True), strict=True)
            )
        columns, invalid = _numbers(texts, selection, len(good))
        times, bad_times = fallback_times(selection, first, len(rows))[kept], 0
        if selection.time is not None:
            moments = texts.get(selection.time.field, ("",) * len(good))
            unit = selection.time.unit
            times, bad_times = with_defaults(seconds(cells.moments(moments, unit), unit), times)
        decoded = Decoded(
            columns=columns,
            times=times,
            kept=kept,
            rejected=[(i, row) for i, (_, row) in enumerate(rows) if isinstance(row, RecordError)],
            invalid=invalid,
            missing=count_missing(columns),
            bad_times=bad_times,
        )
        return Chunk(
            first=first,
            size=len(rows),
            decoded=decoded,
            originals=[line.rstrip(b"\r") for line, _ in rows],
            bytes_read=self._bytes_read,
        )


def _numbers(
    texts: Mapping[str, tuple[str, ...]], selection: Selection, rows: int
) -> tuple[dict[str, FloatArray], Counter[tuple[str, str]]]:
    """A column for every feature, and its invalid values by kind."""
    columns: dict[str, FloatArray] = {}
    invalid: Counter[tuple[str, str]] = Counter()
    for name in selection.features:
        field = selection.field_of(name)
        if field not in texts:
            columns[name] = np.full(rows, np.nan)
            continue
        columns[name], kinds = cells.numbers(texts[field])
        invalid.update({(name, kind): count for kind, count in kinds.items()})
    return columns, invalid


def _fault(line: bytes, width: int, expected: int, max_bytes: int) -> RecordError | None:
    if len(line) > max_bytes:
        return RecordError("size", f"more than {max_bytes} bytes")
    try:
        line.isascii() or line.decode("utf-8")
    except UnicodeDecodeError as error:
        return RecordError("utf8", f"byte {error.start} is not UTF-8")
    if width != expected:
        return RecordError("csv", f"{width} cells, expected {expected} as in the header")
    return None
