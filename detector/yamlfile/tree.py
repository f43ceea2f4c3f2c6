"""YAML text to a tree of values with lines, in one pass over the parser's events.

Kinds are resolved when somebody asks: a scaler file holds 100,000 numbers, and resolving each as
PyYAML's composer does costs four times the parsing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from detector.errors import ConfigError, Fault

MAX_BYTES = 8 * 1024 * 1024  # a scaler file of 200 features with full references is 4 MB
MAX_DEPTH = 32  # ours need 6; more is a mistake or an attack
_TAG = "tag:yaml.org,2002:"
_PLAIN_SCALARS = {"str", "int", "float", "bool", "null", "timestamp"}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER = yaml.resolver.Resolver()


@dataclass(slots=True)
class Scalar:
    """Text as it stands in the file.

    plain: without quotes and without a tag, so that YAML gives it a kind by its looks.
    tag:   as written, or None.
    """

    text: str
    line: int
    plain: bool
    tag: str | None = None

    @property
    def kind(self) -> str:
        """``str``, ``int``, ``float``, ``bool``, ``null``, ``timestamp``; else what YAML 1.1
        calls it.
        """
        if self.tag is not None:
            return self.tag.removeprefix(_TAG)
        if not self.plain:
            return "str"
        tag = _RESOLVER.resolve(yaml.ScalarNode, self.text, (True, False))  # type: ignore[no-untyped-call]  # stubs
        return str(tag).removeprefix(_TAG)


@dataclass(slots=True)
class Replaced(Scalar):
    """A scalar whose text came from elsewhere than the file.

    hidden: must not be quoted in messages.
    """

    hidden: bool = False


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    items: list["Value"] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """A mapping; keys are always text, the first of equal ones wins (the others are faults)."""

    line: int
    items: dict[str, "Value"] = field(default_factory=dict)
    key_lines: dict[str, int] = field(default_factory=dict)


Value = Scalar | Sequence | Mapping


def read(path: Path) -> str:
    """The text of a file; ConfigError where it cannot be read, is too large or is not UTF-8."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError(Fault(place=str(path), expected="a file", got="no such file")) from error
    except OSError as error:
        reason = error.strerror or "an error"
        raise ConfigError(
            Fault(place=str(path), expected="a readable file", got=reason.lower())
        ) from error
    if len(content) > MAX_BYTES:
        raise ConfigError(
            Fault(place=str(path), expected=f"a file of at most {MAX_BYTES} bytes", got="more")
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            Fault(
                place=f"{path}:{line}",
                expected="UTF-8 text",
                got=f"the byte 0x{content[error.start]:02x}",
            )
        ) from error


def build(text: str, name: str, faults: list[Fault]) -> Value | None:
    """The root value, None for an empty text.

    What makes a text no YAML at all, or unsafe to read on, raises ConfigError; duplicate keys and
    tags that are not plain go to *faults*.
    """
    try:
        return _Builder(name, faults).build(yaml.parse(text, Loader=_LOADER))
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        raise ConfigError(
            Fault(place=f"{name}:{line}", expected="printable text", got="a control character")
        ) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}" if mark else name
        problem = error.problem or "a syntax error"
        hint = _syntax_hint("".join(text.splitlines()[mark.line : mark.line + 1])) if mark else None
        raise ConfigError(
            Fault(place=place, expected="valid YAML", got=f"a syntax error: {problem}", hint=hint)
        ) from error
    except yaml.YAMLError as error:
        raise ConfigError(Fault(place=name, expected="valid YAML", got=str(error))) from error


def _syntax_hint(line: str) -> str | None:
    """The way out of a syntax error in *line*, for the two that people make most."""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces, not tabs."
    if "${" in line:
        return 'inside { } and [ ] quote a reference: "${NAME}".'
    return None


class _Builder:
    """Puts events together; ``open`` holds the collections that are not closed yet."""

    def __init__(self, name: str, faults: list[Fault]) -> None:
        self.name = name
        self.faults = faults
        self.root: Value | None = None
        self.open: list[Sequence | Mapping] = []
        self.paths: list[str] = []  # of each open collection
        self.keys: list[tuple[str, bool] | None] = []  # of each: the key that awaits its value

    def build(self, events: Iterator[yaml.Event]) -> Value | None:
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                parent = self.open[-1] if self.open else None
                scalar = Scalar(event.value, _line(event), event.implicit[0], event.tag)
                if event.tag is not None and scalar.kind not in _PLAIN_SCALARS:
                    self._refuse_tag(event)
                if type(parent) is Sequence:  # the way of 100,000 quantiles
                    parent.items.append(scalar)
                else:
                    self._place(scalar)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._start(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.open.pop()
                self.keys.pop()
                self.paths.pop()
            else:
                self._refuse(event)
        return self.root

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        line = _line(event)
        if len(self.open) == MAX_DEPTH:
            self._stop(event, f"at most {MAX_DEPTH} levels of nesting", "more")
        if event.tag is not None and event.tag not in (f"{_TAG}map", f"{_TAG}seq"):
            self._refuse_tag(event)
        mapping = isinstance(event, yaml.MappingStartEvent)
        value: Sequence | Mapping = Mapping(line) if mapping else Sequence(line)
        self.paths.append(self._child_path())
        self._place(value)
        self.open.append(value)
        self.keys.append(None)

    def _place(self, value: Value) -> None:
        """Put *value* where it belongs: root, element, key or the value of a key."""
        if not self.open:
            self.root = value
            return
        parent, awaiting = self.open[-1], self.keys[-1]
        if isinstance(parent, Sequence):
            parent.items.append(value)
        elif awaiting is None:
            self.keys[-1] = self._key(value, parent)
        else:
            key, wanted = awaiting
            if wanted:
                parent.items[key] = value
            self.keys[-1] = None

    def _key(self, value: Value, parent: Mapping) -> tuple[str, bool]:
        """The text of a key, and whether its value is to be kept."""
        path = self.paths[-1]
        place = f"{self.name}:{value.line}" + (f": {path}" if path else "")
        if not isinstance(value, Scalar) or not value.text or value.kind == "merge":
            got = repr(value.text) if isinstance(value, Scalar) else "a list or a mapping"
            self.faults.append(Fault(place=place, expected="text as a key", got=got))
            return "", False
        if value.text in parent.key_lines:
            first = parent.key_lines[value.text]
            got = f"{value.text!r} again (first in line {first})"
            self.faults.append(Fault(place=place, expected="each key once", got=got))
            return value.text, False
        parent.key_lines[value.text] = value.line
        return value.text, True

    def _child_path(self) -> str:
        """Where the next value of the innermost open collection stands."""
        if not self.open:
            return ""
        parent, awaiting, path = self.open[-1], self.keys[-1], self.paths[-1]
        if isinstance(parent, Sequence):
            return f"{path}[{len(parent.items)}]"
        return f"{path}.{awaiting[0]}".removeprefix(".") if awaiting else path

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        place = f"{self.name}:{_line(event)}"
        known = str(event.tag).startswith(_TAG)  # another may be a password that begins with "!"
        got = f"the tag {event.tag}" if known else "a tag"
        hint = None if known else 'quote a text that begins with "!".'
        self.faults.append(Fault(place=place, expected="plain YAML", got=got, hint=hint))

    def _refuse(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent):
            hint = 'write the value out where it is needed, or quote a text that begins with "*".'
            self._stop(event, "no aliases", "one", hint)  # unnamed: it may be a password
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            self._stop(
                event, "one document", "a second one", "remove the line '---' and what follows it."
            )

    def _stop(self, event: yaml.Event, expected: str, got: str, hint: str | None = None) -> None:
        place = f"{self.name}:{_line(event)}"
        raise ConfigError(*self.faults, Fault(place=place, expected=expected, got=got, hint=hint))


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None  # noqa: S101 - the parser marks every event
    return event.start_mark.line + 1
