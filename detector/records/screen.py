"""What is wrong with a message before anybody reads it: empty, too big, no UTF-8, too deep.

msgspec checks the depth against the interpreter's stack, which differs between callers, and does
not look at the text that it skips. A verdict that depends on neither is made here.
"""

import re
from collections.abc import Sequence

from detector.errors import RecordError

MAX_DEPTH = 256  # levels of nesting; the interpreter's own limit is about 900 where we are called
_OPENING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


def is_plain(values: Sequence[bytes | None], max_bytes: int) -> bool:
    """True where one look at all *values* shows that none of them has a fault of this module."""
    try:
        sizes = list(map(len, values))  # type: ignore[arg-type]  # None raises TypeError
        joined = b"".join(values)  # type: ignore[arg-type]  # as above
    except TypeError:
        return False
    if not sizes or min(sizes) == 0 or max(sizes) > max_bytes or not joined.isascii():
        return False
    if max(sizes) <= 2 * MAX_DEPTH or _openings(joined) <= MAX_DEPTH:
        return True
    return all(_openings(value) <= MAX_DEPTH for value in values if value is not None)


def fault(value: bytes, max_bytes: int) -> RecordError | None:
    """What is wrong with *value*, or None."""
    if not value:
        return RecordError("empty", "an empty value, expected a JSON object")
    if len(value) > max_bytes:
        return RecordError("size", f"more than {max_bytes} bytes")
    try:
        value.isascii() or value.decode("utf-8")
    except UnicodeDecodeError as error:
        return RecordError("utf8", f"byte {error.start} is not UTF-8")
    if _openings(value) > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        return RecordError("depth", f"nested more than {MAX_DEPTH} levels deep")
    return None


def _openings(value: bytes) -> int:
    return value.count(b"[") + value.count(b"{")


def _depth(value: bytes) -> int:
    depth = deepest = 0
    for token in _OPENING.finditer(value):
        first = token[0][:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest
