"""Newline-delimited JSON in chunks: every line that is not blank is a message."""

from collections.abc import Iterator
from io import BufferedIOBase

from detector.records.chunk import Chunk, Selection, fallback_times
from detector.records.messages import RecordDecoder

READ_BYTES = (
    1 << 21
)  # some ten thousand records: numpy's overhead is spread thin, memory stays small


def read_chunks(stream: BufferedIOBase, selection: Selection) -> Iterator[Chunk]:
    """Chunks of a stream, as soon as its bytes come (a pipe is not waited for)."""
    decoder = RecordDecoder(
        selection.features,
        fields=selection.fields,
        time=selection.time,
        max_bytes=selection.max_bytes,
    )
    first = 0
    for lines, bytes_read in line_blocks(stream, selection.max_bytes):
        decoded = decoder.decode(lines, fallback_times(selection, first, len(lines)))
        yield Chunk(
            first=first,
            size=len(lines),
            decoded=decoded,
            originals=lines,
            bytes_read=bytes_read,
        )
        first += len(lines)


def line_blocks(stream: BufferedIOBase, max_bytes: int) -> Iterator[tuple[list[bytes], int]]:
    """Lines that are not blank, many at a time, and the bytes read so far.

    A line over *max_bytes* is cut after one byte more, so that it is known as too long and never
    held in full.
    """
    bytes_read = 0
    pending = b""
    while data := stream.read1(READ_BYTES):
        bytes_read += len(data)
        head, newline, tail = data.rpartition(b"\n")
        if not newline:
            pending = (pending + tail)[: max_bytes + 1]
            continue
        lines = (pending + head).split(b"\n")
        pending = tail[: max_bytes + 1]
        if kept := _records(lines, max_bytes):
            yield kept, bytes_read
    if kept := _records([pending], max_bytes):
        yield kept, bytes_read


def _records(lines: list[bytes], max_bytes: int) -> list[bytes]:
    kept = list(filter(bytes.strip, lines))
    if kept and max(map(len, kept)) > max_bytes:
        return [line[: max_bytes + 1] for line in kept]
    return kept
