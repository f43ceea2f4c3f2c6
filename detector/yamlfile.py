"""Strict YAML: every value knows its line, nothing is guessed, all faults are reported at once.

The one module that imports yaml. PyYAML alone reads ``1e-3`` as text, a key ``no`` as False, lets
the last of two
equal keys win and expands aliases without bound; here each of these is a fault with a place.
"""

import difflib
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import yaml

from detector.errors import ConfigError, Fault

MAX_BYTES = 8 * 1024 * 1024  # a scaler file of 200 features with full references is 3 MB
MAX_DEPTH = 32  # ours need 6; PyYAML recurses, and 900 levels cost half a second
_SHOWN = 60  # characters of a wrong value that a message quotes
_NUMBER_AS_TEXT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$")
_PLAIN = {"map", "seq", "str", "int", "float", "bool", "null", "timestamp"}
_NODE_KINDS = {"map": "a mapping", "seq": "a list", "str": "text", "null": "nothing (null)"}

T = TypeVar("T")


class Node:
    """One value of the file, with its place, and the questions a reader asks of it.

    A question that fails records a fault and answers the default, so that a reader goes on and
    finds the others.
    """

    def __init__(self, node: yaml.Node | None, path: str, source: "Source") -> None:
        self._node = node
        self.path = path
        self._source = source

    # ---------------------------------------------------------------- place and faults

    @property
    def place(self) -> str:
        """``file:line: path``, as far as each is known."""
        line = "" if self._node is None else f":{self._node.start_mark.line + 1}"
        return f"{self._source.name}{line}" + (f": {self.path}" if self.path else "")

    def fault(self, expected: str, *, got: str | None = None, hint: str | None = None) -> None:
        """Record that this value is not what was *expected*."""
        shown = self.describe() if got is None else got
        self._source.faults.append(Fault(place=self.place, expected=expected, got=shown, hint=hint))

    def describe(self) -> str:
        """The value as it stands in the file, with its kind, shortened."""
        node = self._node
        if node is None:
            return "nothing"
        kind = _kind(node)
        if not isinstance(node, yaml.ScalarNode):
            return _NODE_KINDS[kind]
        if kind == "null":
            return _NODE_KINDS[kind]
        if _SECRET.search(self.path):
            return "a secret (not shown)"
        text = node.value if len(node.value) <= _SHOWN else node.value[:_SHOWN] + "…"
        names = {"str": "text", "bool": "a boolean", "int": "an integer", "float": "a number"}
        return f"{text!r} ({names.get(kind, kind)})"

    # ---------------------------------------------------------------- kinds

    @property
    def exists(self) -> bool:
        """True where the file has this key (even with null)."""
        return self._node is not None

    @property
    def is_null(self) -> bool:
        """True where the file says null, ``~`` or nothing after the colon."""
        return self._node is not None and _kind(self._node) == "null"

    @property
    def is_mapping(self) -> bool:
        """True where the value is a mapping."""
        return isinstance(self._node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        """True where the value is a list."""
        return isinstance(self._node, yaml.SequenceNode)

    @property
    def is_text(self) -> bool:
        """True where the value is text."""
        return self._node is not None and _kind(self._node) == "str"

    # ---------------------------------------------------------------- mappings and lists

    def keys(self) -> list[str]:
        """The keys of a mapping, in the file's order."""
        return [key for key, _ in self.items()]

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """Keys and values of a mapping, in the file's order; nothing for other kinds."""
        for key, child in self._source.children(self._node):
            yield key, Node(child, f"{self.path}.{key}" if self.path else key, self._source)

    def get(self, key: str) -> "Node":
        """The value under *key*; a node that does not exist where the key is absent."""
        for name, child in self.items():
            if name == key:
                return child
        return Node(None, f"{self.path}.{key}" if self.path else key, self._source)

    def elements(self) -> list["Node"]:
        """The elements of a list; a fault and nothing for other kinds."""
        if not isinstance(self._node, yaml.SequenceNode):
            self.fault("a list")
            return []
        return [
            Node(child, f"{self.path}[{index}]", self._source)
            for index, child in enumerate(self._node.value)
        ]

    def require_mapping(self, what: str = "a mapping") -> bool:
        """Record a fault unless this is a mapping."""
        if self.is_mapping:
            return True
        self.fault(what)
        return False

    def only(self, allowed: Iterable[str], *, later: Mapping[str, str] | None = None) -> None:
        """Record a fault for each unknown key, naming the nearest right one; *later* are refused
        by name.
        """
        names = list(allowed)
        for key, child in self.items():
            if later and key in later:
                child.fault(f"no {key!r}: {later[key]}", got=child.describe())
            elif key not in names:
                near = difflib.get_close_matches(key, names, n=1, cutoff=0.6)
                hint = f"did you mean {near[0]!r}?" if near else None
                child.fault(f"one of {', '.join(names)}", got=f"the unknown key {key!r}", hint=hint)

    # ---------------------------------------------------------------- scalars

    def text(self, default: str = "", *, required: bool = False) -> str:
        """Text; a number or boolean here is a fault, because YAML would have changed it
        silently.
        """
        if self._absent(required, "text"):
            return default
        assert self._node is not None  # noqa: S101 - narrowed by _absent
        if _kind(self._node) == "str":
            return str(self._node.value)
        self.fault("text", hint=_quote_hint(self._node))
        return default

    def choice(self, allowed: Iterable[str], default: str = "", *, required: bool = False) -> str:
        """One of the *allowed* words."""
        names = list(allowed)
        expected = f"one of {', '.join(names)}"
        if self._absent(required, expected):
            return default
        assert self._node is not None  # noqa: S101 - narrowed by _absent
        if _kind(self._node) == "str" and self._node.value in names:
            return str(self._node.value)
        near = difflib.get_close_matches(str(self._node.value), names, n=1, cutoff=0.6)
        self.fault(expected, hint=f"did you mean {near[0]!r}?" if near else None)
        return default

    def number(
        self,
        default: float = math.nan,
        *,
        required: bool = False,
        check: Callable[[float], bool] = math.isfinite,
        expected: str = "a finite number",
    ) -> float:
        """A finite float64 that satisfies *check*; *expected* says so in words."""
        if self._absent(required, expected):
            return default
        assert self._node is not None  # noqa: S101 - narrowed by _absent
        value = _number(self._node)
        if value is not None and math.isfinite(value) and check(value):
            return value
        self.fault(expected, hint=_number_hint(self._node))
        return default

    def integer(
        self,
        default: int = 0,
        *,
        required: bool = False,
        check: Callable[[int], bool] = lambda _: True,
        expected: str = "a whole number",
    ) -> int:
        """A whole number that satisfies *check*; ``1000000.0`` is one, ``true`` is none."""
        value = self.number(
            math.nan,
            required=required,
            check=lambda v: v == int(v) and check(int(v)),
            expected=expected,
        )
        return default if math.isnan(value) else int(value)

    def boolean(self, default: bool = False, *, required: bool = False) -> bool:
        """``true`` or ``false``; YAML 1.1's yes, no, on and off are refused."""
        if self._absent(required, "true or false"):
            return default
        assert self._node is not None  # noqa: S101 - narrowed by _absent
        if _kind(self._node) == "bool" and self._node.value.lower() in ("true", "false"):
            return bool(self._node.value.lower() == "true")
        self.fault("true or false")
        return default

    def plain(self) -> object:
        """The value as Python data (text, numbers, lists, mappings): for free-form parts only."""
        node = self._node
        if isinstance(node, yaml.MappingNode):
            return {key: child.plain() for key, child in self.items()}
        if isinstance(node, yaml.SequenceNode):
            return [child.plain() for child in self.elements()]
        if node is None or _kind(node) == "null":
            return None
        if _kind(node) == "bool":
            return node.value.lower() in ("true", "yes", "on")
        number = _number(node)
        if number is None:
            return str(node.value)
        return int(number) if _kind(node) == "int" else number

    def _absent(self, required: bool, expected: str) -> bool:
        if self._node is None and not required:
            return True
        if self._node is None:
            self.fault(expected, got="nothing (the key is required)")
            return True
        return False


class Source:
    """One YAML text and the faults found in it so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[Fault] = []
        self._children: dict[int, list[tuple[str, yaml.Node]]] = {}

    def raise_faults(self) -> None:
        """Raise one ConfigError with every fault, in the file's order; nothing if there is none."""
        if self.faults:
            raise ConfigError.of(self.faults)

    def children(self, node: yaml.Node | None) -> list[tuple[str, yaml.Node]]:
        """Keys and value nodes of a mapping; its duplicate keys were reported at parsing."""
        if not isinstance(node, yaml.MappingNode):
            return []
        known = self._children.get(id(node))
        if known is None:
            known = [(str(key.value), value) for key, value in node.value]
            self._children[id(node)] = known
        return known


def load(path: Path) -> tuple[Node, Source]:
    """The root of a YAML file and the source that gathers its faults.

    Raises ConfigError where the file cannot be read or is no YAML that is safe to load.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ConfigError(
                Fault(
                    place=str(path), expected=f"a file of at most {MAX_BYTES} bytes", got=f"{size}"
                )
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(Fault(place=str(path), expected="a file", got="no such file")) from error
    except OSError as error:
        raise ConfigError(
            Fault(place=str(path), expected="a readable file", got=error.strerror or "an error")
        ) from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            Fault(place=str(path), expected="UTF-8 text", got=f"other bytes at {error.start}")
        ) from error
    return parse(text, str(path))


def parse(text: str, name: str) -> tuple[Node, Source]:
    """The root of a YAML text; *name* stands for the file in messages."""
    source = Source(name)
    root = _compose(text, name)
    if root is not None:
        _check_structure(root, "", 0, source)
        source.raise_faults()
    return Node(root, "", source), source


def dump(data: object) -> str:
    """YAML text of plain data; floats are written so that PyYAML reads them as numbers
    (``5.0e-05``).
    """
    return str(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # C where built
    """Safe dumper without aliases; floats with a point and a signed exponent."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _represent_float(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    text = repr(float(value))
    if "e" in text:
        mantissa, exponent = text.split("e")
        mantissa = mantissa if "." in mantissa else mantissa + ".0"
        sign = "" if exponent[0] in "+-" else "+"
        text = f"{mantissa}e{sign}{exponent}"
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


_Dumper.add_representer(float, _represent_float)
_SECRET = re.compile(r"(?i)(password|secret|token|\.pem|private|passphrase|assertion|oauthbearer)")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _compose(text: str, name: str) -> yaml.Node | None:
    try:
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                raise ConfigError(
                    Fault(
                        place=f"{name}:{_line(event)}",
                        expected="no aliases",
                        got=f"*{event.anchor}",
                        hint="write the value out where it is needed.",
                    )
                )
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                raise ConfigError(
                    Fault(
                        place=f"{name}:{_line(event)}",
                        expected=f"at most {MAX_DEPTH} levels of nesting",
                        got="more",
                    )
                )
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise ConfigError(
            Fault(
                place=f"{name}{line}", expected="valid YAML", got=error.problem or "a syntax error"
            )
        ) from error
    except yaml.YAMLError as error:
        raise ConfigError(Fault(place=name, expected="valid YAML", got=str(error))) from error


def _check_structure(node: yaml.Node, path: str, depth: int, source: Source) -> None:
    """Duplicate keys, keys that YAML would change, tags that are not plain."""
    if _kind(node) not in _PLAIN:
        Node(node, path, source).fault("plain YAML", got=f"the tag {node.tag}")
        return
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            if not isinstance(child, yaml.ScalarNode):
                _check_structure(child, f"{path}[{index}]", depth + 1, source)
    elif isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or _kind(key) in ("merge", "null"):
                Node(key, path, source).fault("a plain key")
                continue
            here = f"{path}.{key.value}" if path else str(key.value)
            if key.value in seen:
                Node(key, here, source).fault(
                    "each key once", got=f"{key.value!r} again (first in line {seen[key.value]})"
                )
            seen.setdefault(key.value, key.start_mark.line + 1)
            _check_structure(value, here, depth + 1, source)


def _line(event: yaml.Event) -> int | str:
    return event.start_mark.line + 1 if event.start_mark else "?"


def _kind(node: yaml.Node) -> str:
    return str(node.tag).removeprefix("tag:yaml.org,2002:")


def _number(node: yaml.Node) -> float | None:
    if not isinstance(node, yaml.ScalarNode) or _kind(node) not in ("int", "float"):
        return None
    text = node.value.replace("_", "")
    try:
        return float(text)
    except ValueError:
        return {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf}.get(text.lower(), math.nan)


def _number_hint(node: yaml.Node) -> str | None:
    if _kind(node) == "str" and _NUMBER_AS_TEXT.match(str(node.value)):
        value = float(node.value)
        return f"YAML reads {node.value} as text; write {_exponent(value)}."
    if _kind(node) == "str":
        try:
            float(node.value)
        except ValueError:
            return None
        return "numbers stand without quotes."
    return None


def _exponent(value: float) -> str:
    mantissa, exponent = f"{value:e}".split("e")
    mantissa = mantissa.rstrip("0")
    return f"{mantissa + '0' if mantissa.endswith('.') else mantissa}e{int(exponent):+03d}"


def _quote_hint(node: yaml.Node) -> str | None:
    if isinstance(node, yaml.ScalarNode) and _kind(node) in ("int", "float", "bool", "timestamp"):
        return f'quote it: "{node.value}".'
    return None
