"""Which fields the messages of a file have, when nobody has said."""

from collections.abc import Iterable, Iterator

import msgspec

_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class FieldNames:
    """Names of the fields seen so far, in the order of their first appearance.

    A member of a nested object is a dotted path, so that the name finds it again.
    """

    def __init__(self) -> None:
        self._leaves: dict[str, None] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._leaves)

    def see(self, messages: Iterable[bytes]) -> bool:
        """Look at *messages*; True where they have a field that is new."""
        before = len(self._leaves)
        for message in messages:
            self._see_object(message, "")
        return len(self._leaves) > before

    def _see_object(self, value: bytes | msgspec.Raw, prefix: str) -> None:
        try:
            parts = _parts(value)
        except _UNREADABLE:  # the decoder says what is wrong with it
            return
        for key, raw in parts.items():
            name = prefix + key
            if name in self._leaves:
                continue
            if bytes(raw).startswith(b"{"):
                self._see_object(raw, f"{name}.")
            else:
                self._leaves[name] = None
