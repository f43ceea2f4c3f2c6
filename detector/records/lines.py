"""Lines of a stream as soon as its bytes come, many at a time."""

from collections.abc import Iterator
from io import BufferedIOBase

READ_BYTES = (
    1 << 21
)  # some ten thousand records: numpy's overhead is spread thin, memory stays small


def line_blocks(stream: BufferedIOBase, limit: int) -> Iterator[tuple[list[bytes], int]]:
    """The lines that one read completed, without their ends, and the bytes read so far.

    A pipe is not waited for. A line over *limit* is cut after one byte more, so that it is known as
    too long and never held in full. The last line needs no end.
    """
    bytes_read = 0
    pending = b""
    while data := stream.read1(READ_BYTES):
        bytes_read += len(data)
        head, newline, tail = data.rpartition(b"\n")
        if newline:
            yield _cut((pending + head).split(b"\n"), limit), bytes_read
            pending = b""
        pending = (pending + tail)[: limit + 1]
    if pending:
        yield [pending], bytes_read


def _cut(lines: list[bytes], limit: int) -> list[bytes]:
    if max(map(len, lines)) > limit:
        return [line[: limit + 1] for line in lines]
    return lines
