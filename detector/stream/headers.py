"""The scaler that a message names in its headers."""

from collections.abc import Sequence

import numpy as np

from detector.config import HeaderNames
from detector.detection import Named, ScalerName

Headers = Sequence[tuple[str, bytes | None]]
_LONGEST = 256  # characters that are kept of a header: a digest has 71, a version at most 128


def read_named(messages: Sequence[Headers | None], names: HeaderNames) -> Named | None:
    """Which scaler each message names by its headers, nothing where none does.

    Of headers with one name the last counts, as with Kafka's ``lastHeader``. A null or empty one
    says nothing; spaces around the text do not count.
    """
    if not any(messages):
        return None
    codes = np.full(len(messages), -1, np.int64)
    seen: dict[tuple[bytes | None, bytes | None], int] = {}
    own_digest, own_version = names.digest, names.version
    for index, headers in enumerate(messages):
        digest = version = None
        for key, value in headers or ():
            if key == own_digest:
                digest = value
            elif key == own_version:
                version = value
        if digest or version:
            codes[index] = seen.setdefault((digest, version), len(seen))
    if not seen:
        return None
    return Named(codes=codes, names=[_name(digest, version) for digest, version in seen])


def _name(digest: bytes | None, version: bytes | None) -> ScalerName:
    said, is_text = _text(digest)
    if said is not None:
        label, _ = _text(version)
        return ScalerName(digest=said, version=label, readable=is_text)
    said, is_text = _text(version)
    return ScalerName(version=said, readable=is_text)


def _text(value: bytes | None) -> tuple[str | None, bool]:
    r"""What a header says, and whether it is UTF-8; bytes that are not stand as ``\xff``."""
    try:
        text, is_text = (value or b"").decode(), True
    except UnicodeDecodeError:
        text, is_text = (value or b"").decode(errors="backslashreplace"), False
    text = text.strip()
    return (text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…") or None, is_text
