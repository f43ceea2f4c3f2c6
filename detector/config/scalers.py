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
        if not name or not path.is_file():
            node.fault(f"a scaler file at {path}", got="no such file")
            return None
        return self._load(path)

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
        paths = _match(self._folder, pattern)
        if not paths:
            node.fault(f"a scaler file at {self._folder / pattern}", got="no such file")
        return [scaler for path in paths if (scaler := self._load(path)) is not None]

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
    """Files that *pattern* names, in order; only ``*`` is special."""
    escaped = "*".join(glob.escape(part) for part in str(folder / pattern).split("*"))
    return sorted(path for path in map(Path, glob.glob(escaped)) if path.is_file())  # noqa: PTH207 - Path.glob takes no absolute pattern


def _is_url(name: str, node: Node) -> bool:
    if "://" in name or "#" in name:
        node.fault("the path of a scaler file", hint=_REGISTRY)
        return True
    return False
