"""A file or standard input, whatever its format, as chunks of columns."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedIOBase, BytesIO
from pathlib import Path

from detector.errors import ConfigError, Fault
from detector.records import ndjson
from detector.records.chunk import FORMATS, Chunk, Format, Selection
from detector.records.csv_rows import CsvFile
from detector.records.parquet import ParquetFile

STANDARD_INPUT = "-"
SUFFIXES: dict[str, Format] = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_SHOWN = 12  # column names that a message lists


def format_of(name: str, given: str | None = None) -> Format:
    """The format *given*, else by the suffix; standard input is NDJSON unless told otherwise."""
    if given is not None:
        if given in FORMATS:
            return given
        raise ConfigError(Fault(place="--format", expected=f"one of {_all()}", got=repr(given)))
    if name == STANDARD_INPUT:
        return "ndjson"
    suffix = Path(name).suffix.lower()
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    raise ConfigError(
        Fault(
            place=name,
            expected=f"a file name that ends in one of {', '.join(SUFFIXES)}",
            got=repr(suffix) if suffix else "no suffix",
            hint=f"say --format {'|'.join(FORMATS)}",
        )
    )


def place_of(name: str) -> str:
    """How messages call the input."""
    return "standard input" if name == STANDARD_INPUT else name


def size_of(name: str) -> int | None:
    """Bytes of a regular file; None for standard input and pipes, whose end nobody knows."""
    path = Path(name)
    return path.stat().st_size if name != STANDARD_INPUT and path.is_file() else None


def read_chunks(name: str, selection: Selection, given: str | None = None) -> Iterator[Chunk]:
    """Chunks of a file, or of standard input where *name* is ``-``; none where it is empty.

    Raises ConfigError where it cannot be read, or where a table has none of the features.
    """
    kind = format_of(name, given)
    with open_bytes(name) as stream:
        if kind == "ndjson":
            yield from ndjson.read_chunks(stream, selection)
            return
        table = open_table(stream, name, kind)
        if table is None:
            return
        require_any(table.columns, selection, place_of(name))
        yield from table.read_chunks(selection)


def open_table(stream: BufferedIOBase, name: str, kind: Format) -> CsvFile | ParquetFile | None:
    """A table with named columns; None where the input is empty."""
    if kind == "csv":
        table = CsvFile(stream, place_of(name))
        return table if table.columns else None
    data = stream if stream.seekable() else BytesIO(stream.read())
    size = data.seek(0, 2)
    data.seek(0)
    return ParquetFile(data, place_of(name), size) if size else None


def require_any(columns: Sequence[str], selection: Selection, place: str) -> None:
    """Raise ConfigError unless a feature has a column."""
    wanted = [selection.field_of(feature) for feature in selection.features]
    heads = {field.split(".")[0] for field in wanted}
    if not heads & set(columns) and not set(wanted) & set(columns):
        raise ConfigError(
            Fault(
                place=place,
                expected=f"a column for at least one feature ({_shown(wanted)})",
                got=f"the columns {_shown(columns)}",
                hint="name the columns: --features of fit, `fields` in a configuration.",
            )
        )


def check_input(name: str, given: str | None = None) -> None:
    """Raise ConfigError where *name* cannot be opened, or its format is not known."""
    if name != STANDARD_INPUT and not Path(name).is_fifo():  # a pipe opened twice loses its bytes
        with open_bytes(name):
            pass
    format_of(name, given)


@contextmanager
def open_bytes(name: str) -> Iterator[BufferedIOBase]:
    """The bytes of a file or of standard input; ConfigError where they cannot be opened or read."""
    try:
        if name != STANDARD_INPUT:
            with Path(name).open("rb") as stream:
                yield stream
        elif sys.stdin is None:
            raise ConfigError(Fault(place=name, expected="standard input", got="a closed one"))
        else:
            yield sys.stdin.buffer  # type: ignore[misc]  # typeshed says BinaryIO; it is buffered
    except FileNotFoundError as error:
        raise ConfigError(Fault(place=name, expected="a file", got="no such file")) from error
    except IsADirectoryError as error:
        raise ConfigError(Fault(place=name, expected="a file", got="a directory")) from error
    except OSError as error:
        raise ConfigError(
            Fault(place=name, expected="a readable file", got=error.strerror or "an error")
        ) from error


def _shown(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:_SHOWN]))
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _all() -> str:
    return ", ".join(FORMATS)
