"""Tables of e-values on disk, so that a second start with the same scaler is quick."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

KEPT = 32  # files; the one longest unused goes first


class DiskStore:
    """Files named by their key in one folder. What cannot be read or written is as if it were not
    there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._code = code_digest()

    @classmethod
    def of_user(cls, environ: Mapping[str, str]) -> "DiskStore":
        """In ``DETECTOR_CACHE_DIR``, else where the user's caches are (XDG base directories)."""
        given = environ.get("DETECTOR_CACHE_DIR")
        if given:
            return cls(Path(given))
        home = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME", "/")) / ".cache")
        return cls(Path(home) / "drift-detector" / "tables")

    def get(self, key: str) -> bytes | None:
        """What was last put under *key*, or None."""
        path = self._path(key)
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep *data* under *key*, whole or not at all, and forget what was longest unused."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder, suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(self._path(key))
            self._forget()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key[:32]}-{self._code}.npz"

    def _forget(self) -> None:
        files = sorted(self._folder.glob("*.npz"), key=lambda path: path.stat().st_mtime)
        for path in files[:-KEPT]:
            path.unlink(missing_ok=True)


def code_digest() -> str:
    """Digest of the code that makes the tables: another release computes its own."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for folder in ("detection", "scaler"):
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
