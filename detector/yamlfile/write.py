"""Plain data to YAML text that PyYAML reads back as the same data, and text to a file at once."""

import os
from pathlib import Path

import yaml

from detector.errors import ConfigError, Fault


class Inline(dict[object, object]):
    """A mapping that is written on one line."""


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # C where built
    """Safe dumper without aliases; floats with a point and a signed exponent, lists on one line."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def dump(data: object) -> str:
    r"""YAML text of plain data: mappings in blocks (Inline ones on a line), lists on a line.

    Floats are written so that PyYAML reads them as numbers.

    >>> dump({"scale": 1e-3, "tiny": 5e-05})
    'scale: 0.001\ntiny: 5.0e-05\n'
    """
    return str(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))


def save(path: Path, text: str) -> None:
    """Write *text* to *path* at once: whoever reads it meanwhile sees the old file or the new one.

    Raises ConfigError where the file cannot be written.
    """
    try:
        _save(path, text.encode())
    except OSError as error:
        reason = (error.strerror or "an error").lower()
        raise ConfigError(
            Fault(place=str(path), expected="a file that can be written", got=reason)
        ) from error


def _save(path: Path, content: bytes) -> None:
    target = path.resolve()  # a symbolic link stays one
    if target.exists() and not target.is_file():  # a pipe or a terminal has no half-written state
        target.write_bytes(content)
        return
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _float(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    text = repr(float(value))
    if text in ("nan", "inf", "-inf"):
        text = text.replace("nan", ".nan").replace("inf", ".inf")
    elif "e" in text:
        mantissa, exponent = text.split("e")
        mantissa = mantissa if "." in mantissa else mantissa + ".0"
        sign = "" if exponent[0] in "+-" else "+"
        text = f"{mantissa}e{sign}{exponent}"
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


def _list(dumper: yaml.SafeDumper, value: list[object]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=True)


def _inline(dumper: yaml.SafeDumper, value: Inline) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=True)


_Dumper.add_representer(float, _float)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(Inline, _inline)
