"""The scaler files that a configuration names."""

import glob
from pathlib import Path

from detector.errors import ConfigError, Fault
from detector.scaler import Scaler
from detector.yamlfile import Node

_REGISTRY = (
    "a registry URL comes with a later release; until then give the path of a scaler file, "
    "absolute or relative to this one."
)


class ScalerFiles:
    """Reads each file once and gathers the faults of all.

    folder: where relative paths begin.
    faults: of the scaler files; those of the configuration go to its nodes.
    """

    def __init__(self, folder: Path) -> None:
        self.faults: list[Fault | str] = []
        self._folder = folder
        self._read: dict[Path, Scaler | None] = {}

    def read(self, node: Node) -> Scaler | None:
        """The scaler that *node* names; None, and faults, where there is none to use."""
        name = node.text(required=True)
        if not node.is_text or _is_url(name, node):
            return None
        path = self._folder / name
        return self._load(path) if _exists(path, node) else None

    def read_versions(self, node: Node, *, besides: Scaler | None) -> tuple[Scaler, ...]:
        """The scalers that *node* lists, without *besides* and without repetitions."""
        if not node.exists:
            return ()
        scalers = [scaler for child in node.elements() for scaler in self._matching(child)]
        return tuple({id(s): s for s in scalers if s is not besides}.values())

    def path_of(self, scaler: Scaler) -> Path:
        """The file that *scaler* was read from."""
        return next(path for path, read in self._read.items() if read is scaler)

    def _matching(self, node: Node) -> list[Scaler]:
        pattern = node.text()
        if not node.is_text or _is_url(pattern, node):
            return []
        paths = _match(self._folder, pattern) or [self._folder / pattern]
        found = [self._load(path) for path in paths if _exists(path, node)]
        return [scaler for scaler in found if scaler is not None]

    def _load(self, path: Path) -> Scaler | None:
        path = path.absolute()
        if path not in self._read:
            try:
                self._read[path] = Scaler.load(path)
            except ConfigError as error:
                self._read[path] = None
                self.faults.extend(error.faults)
        return self._read[path]


def _match(folder: Path, pattern: str) -> list[Path]:
    """The files that *pattern* names, in order; only ``*`` is special."""
    if "*" not in pattern:
        return []
    escaped = "*".join(glob.escape(part) for part in str(folder / pattern).split("*"))
    found = map(Path, glob.glob(escaped))  # noqa: PTH207 - Path.glob takes no absolute pattern
    return sorted(path for path in found if path.is_file())


def _exists(path: Path, node: Node) -> bool:
    """Whether there is a file; a fault where there is none, or it cannot be seen."""
    try:
        problem = None if path.is_file() else "a folder" if path.is_dir() else "no such file"
    except OSError as error:
        problem = (error.strerror or "an error").lower()
    if problem is not None:
        node.fault(f"a scaler file at {path}", got=problem)
    return problem is None


def _is_url(name: str, node: Node) -> bool:
    if "://" in name or "#" in name:
        node.fault("the path of a scaler file", hint=_REGISTRY)
        return True
    return False
