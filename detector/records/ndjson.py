"""Newline-delimited JSON in chunks: every line that is not blank is a message."""

from collections.abc import Iterator
from io import BufferedIOBase

from detector.records.chunk import Chunk, Selection, fallback_times
from detector.records.lines import line_blocks
from detector.records.messages import RecordDecoder


def read_chunks(stream: BufferedIOBase, selection: Selection) -> Iterator[Chunk]:
    """Chunks of a stream, as soon as its bytes come (a pipe is not waited for)."""
    decoder = RecordDecoder(
        selection.features,
        fields=selection.fields,
        time=selection.time,
        max_bytes=selection.max_bytes,
    )
    first = 0
    for lines, bytes_read in message_blocks(stream, selection.max_bytes):
        decoded = decoder.decode(lines, fallback_times(selection, first, len(lines)))
        yield Chunk(
            first=first,
            size=len(lines),
            decoded=decoded,
            originals=lines,
            bytes_read=bytes_read,
        )
        first += len(lines)


def message_blocks(stream: BufferedIOBase, max_bytes: int) -> Iterator[tuple[list[bytes], int]]:
    """Lines that are not blank, many at a time, and the bytes read so far; see ``line_blocks``."""
    for lines, bytes_read in line_blocks(stream, max_bytes):
        if messages := list(filter(bytes.strip, lines)):
            yield messages, bytes_read
