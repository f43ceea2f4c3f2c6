"""The scalers that records may name, each under a number: 0 is the configured one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.detection.batch import IntArray, Named, ScalerName
from detector.detection.settings import ModelSettings
from detector.scaler import Scaler

CONFIGURED = 0
UNNAMED = -1
MOST_UNKNOWN = 32  # names that no file has; a producer may write another into every record
_SURE, _LABEL_ONLY, _UNREADABLE = 0.99, 0.9, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One scaler, by its file where there is one, else by what records say.

    scaler:     the name of a known scaler; None for what only records say.
    confidence: that its parameters are others than the configured scaler's. A digest proves it; a
                version without a known file may be the same one, spelled otherwise; bytes that
                are no text say little.
    """

    scaler: str | None
    version: str | None
    digest: str | None
    readable: bool = True
    confidence: float = _SURE


_ALL_OTHERS = Entry(scaler=None, version=None, digest=None, confidence=_LABEL_ONLY)


class Roster:
    """Gives every scaler that is named a number, in the order of the records."""

    def __init__(self, settings: ModelSettings) -> None:
        self._entries: list[Entry] = []
        self._by_digest: dict[str, int] = {}
        self._by_version: dict[str, int] = {}
        self._by_name: dict[ScalerName, int] = {}
        for scaler in (settings.scaler, *settings.versions):
            self._know(scaler)
        self._most = len(self._entries) + MOST_UNKNOWN

    def __getitem__(self, number: int) -> Entry:
        return self._entries[number]

    def __len__(self) -> int:
        return len(self._entries)

    def numbers(self, named: Named) -> IntArray:
        """The number of the scaler that each record names, shape (n,); UNNAMED for none."""
        places = np.full(len(named.names) + 1, UNNAMED)  # the last is that of code -1
        for code in _first_seen(named.codes, len(named.names)):
            places[code] = self.number(named.names[code])
        return places[named.codes]

    def number(self, name: ScalerName) -> int:
        """The number of the scaler called *name*; UNNAMED where it says nothing."""
        if name.digest is None and name.version is None:
            return UNNAMED
        known = self._known(name)
        return self._remember(name) if known is None else known

    def _known(self, name: ScalerName) -> int | None:
        if name.readable and name.digest is not None and name.digest in self._by_digest:
            return self._by_digest[name.digest]
        if name.readable and name.digest is None and name.version in self._by_version:
            return self._by_version[name.version]
        return self._by_name.get(name)

    def _know(self, scaler: Scaler) -> None:
        """A file: two of one digest make the same predictions, so they are one scaler."""
        number = self._by_digest.setdefault(scaler.digest, len(self._entries))
        self._by_version.setdefault(scaler.version, number)
        if number == len(self._entries):
            self._entries.append(
                Entry(scaler=scaler.name, version=scaler.version, digest=scaler.digest)
            )

    def _remember(self, name: ScalerName) -> int:
        if len(self._entries) > self._most:  # nor is the name kept: there may be any number
            return self._most
        entry = Entry(
            scaler=None,
            version=name.version,
            digest=name.digest,
            readable=name.readable,
            confidence=_confidence(name),
        )
        number = self._by_name[name] = len(self._entries)
        self._entries.append(entry if number < self._most else _ALL_OTHERS)
        return number


def _confidence(name: ScalerName) -> float:
    if not name.readable:
        return _UNREADABLE
    return _LABEL_ONLY if name.digest is None else _SURE


def _first_seen(codes: IntArray, names: int) -> Sequence[int]:
    """The codes of names that records use, in the order in which they first do."""
    if names == 1:
        return [0] if (codes == 0).any() else []
    seen, first = np.unique(codes, return_index=True)
    ordered: list[int] = seen[np.argsort(first)].tolist()
    return [code for code in ordered if code >= 0]
