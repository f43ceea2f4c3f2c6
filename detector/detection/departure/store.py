"""Tables between runs: computing those of 200 features takes two seconds, reading them a tenth.

The core knows no files: it is handed a store, and this module says what is kept and under which
key.
"""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from typing import Protocol, cast

import numpy as np

from detector.detection.departure.table import Table
from detector.detection.settings import ModelSettings
from detector.events import SignalKind
from detector.scaler.digest import meaning_digest

REVISION = 3  # counted up whenever the same settings give other tables


class TableStore(Protocol):
    """Keeps bytes under a key; may forget any of them at any time. Neither method raises."""

    def get(self, key: str) -> bytes | None:
        """What was last put under *key*, or None."""

    def put(self, key: str, data: bytes) -> None:
        """Keep *data*, if that is possible."""


def key_of(settings: ModelSettings) -> str:
    """Digest of all that the tables of a model depend on."""
    parts = [str(REVISION), np.__version__, settings.values, meaning_digest(settings.scaler)]
    parts += [meaning_digest(version) for version in settings.versions]
    for name in settings.scaler.features:
        own = settings.feature(name)
        parts.append(
            f"{name}\0{own.tolerance.shift!r} {own.tolerance.scale!r} {own.accept_decimals}"
        )
    return hashlib.sha256("\0\0".join(parts).encode()).hexdigest()


def encode(tables: Sequence[Table]) -> bytes:
    """Tables as an uncompressed NumPy archive, without pickles; each member carries a CRC."""
    arrays: dict[str, np.ndarray] = {}
    for i, table in enumerate(tables):
        arrays[f"edges{i}"] = table.edges
        arrays[f"log_e{i}"] = table.log_e
        arrays[f"weights{i}"] = table.weights
        arrays[f"kinds{i}"] = np.array(table.kinds, "U16")
        arrays[f"scores{i}"] = table.scores
        arrays[f"variances{i}"] = np.array(table.score_variances)
        if table.log_back is not None:
            arrays[f"log_back{i}"] = table.log_back
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def decode(data: bytes, count: int) -> list[Table] | None:
    """*count* tables, exactly as they were; None where *data* is not what `encode` wrote."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return [
                Table(
                    edges=archive[f"edges{i}"],
                    log_e=archive[f"log_e{i}"],
                    weights=archive[f"weights{i}"],
                    kinds=cast("tuple[SignalKind, ...]", tuple(archive[f"kinds{i}"].tolist())),
                    scores=archive[f"scores{i}"],
                    score_variances=tuple(archive[f"variances{i}"].tolist()),
                    log_back=archive.get(f"log_back{i}"),
                )
                for i in range(count)
            ]
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile):
        return None
