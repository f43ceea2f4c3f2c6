"""``${NAME}``, ``${NAME:-default}`` and ``${file:/path}`` inside the texts of a configuration."""

import re
from collections.abc import Mapping
from pathlib import Path

from detector.yamlfile import Node

MAX_SECRET_BYTES = 1024 * 1024  # a chain of certificates is 10 kB; more is the wrong file
_REFERENCE = re.compile(
    r"\$(?P<escaped>\$\{)"
    r"|\$\{file:(?P<file>[^}]+)\}"
    r"|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}"
    r"|(?P<wrong>\$\{[^}]*\}?)"
)


def expand(root: Node, environ: Mapping[str, str], folder: Path) -> None:
    """Put the environment's values into every text below *root*, in place.

    A value from a file is hidden in messages. As in a shell, a default also stands for an empty
    variable, and ``$${`` is a literal ``${``. What comes in is not expanded again. An unquoted
    text becomes what its new looks say: ``false_alarm_every: ${N}`` is a number.

    folder: where relative paths of ``${file:…}`` begin.
    """
    root.substitute(_Expansion(environ, folder))


class _Expansion:
    """The text for a scalar, and whether it came from a file; None where it refers to nothing."""

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        self._environ = environ
        self._folder = folder

    def __call__(self, node: Node) -> tuple[str, bool] | None:
        if "${" not in node.raw:
            return None
        from_file = any(match["file"] for match in _REFERENCE.finditer(node.raw))
        return _REFERENCE.sub(lambda match: self._value(match, node), node.raw), from_file

    def _value(self, match: re.Match[str], node: Node) -> str:
        if match["escaped"]:
            return "${"
        if match["file"]:
            return _from_file(self._folder / match["file"], node)
        if match["name"]:
            return _from_environment(self._environ, match["name"], match["default"], node)
        node.fault(
            "${NAME}, ${NAME:-default} or ${file:/path}",
            got="another text after '${'",
            hint="write $${ for a literal ${.",
        )
        return ""


def _from_environment(
    environ: Mapping[str, str], name: str, default: str | None, node: Node
) -> str:
    value = environ.get(name)
    if not value and default is not None:
        return default
    if value is None:
        node.fault(
            f"the environment variable {name} to be set",
            got="an unset one",
            hint=f"set it, or give a default: ${{{name}:-default}}.",
        )
    return value or ""


def _from_file(path: Path, node: Node) -> str:
    """The text of a file without its last line end, as editors and ``kubectl`` leave one."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SECRET_BYTES + 1)
        text = content.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        problem = (error.strerror or "an error").lower()
    except ValueError:  # not UTF-8, or a zero byte in the path
        problem = "something else"
    else:
        if text and "\0" not in text and len(content) <= MAX_SECRET_BYTES:
            return text
        problem = "an empty file" if not text else "something else"
    node.fault(f"a file with a text at {path}", got=problem)
    return ""
