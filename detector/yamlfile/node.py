"""One value of a YAML file and the questions a reader asks of it."""

import datetime as dt
import difflib
import math
import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Any

from detector.errors import ConfigError, Fault
from detector.yamlfile.numbers import number, number_hint
from detector.yamlfile.tree import Mapping, Replaced, Scalar, Sequence, Value, build, read

_SHOWN = 80  # characters of a wrong value that a message quotes: a whole digest
_SHOWN_FAULTS = 3  # of one list of numbers: the rest says nothing new
_SECRET = re.compile(r"(?i)(password|secret|token|\.pem|private|passphrase|assertion|oauthbearer)")
_KINDS = {"str": "text", "bool": "a boolean", "int": "an integer", "float": "a number"}
_MOMENT = "a date and time such as 2026-11-20T09:30:00Z"


class Source:
    """One YAML text and the faults found in it so far.

    name:    stands for the file in messages.
    secrets: True where values under keys such as ``password`` must not be quoted in messages.
    """

    def __init__(self, name: str, *, secrets: bool = True) -> None:
        self.name = name
        self.secrets = secrets
        self.faults: list[Fault] = []

    def raise_faults(self) -> None:
        """Raise one ConfigError with every fault, in the order found; nothing if there is none."""
        if self.faults:
            raise ConfigError.of(self.faults)


def load(path: Path, *, secrets: bool = True) -> tuple["Node", Source]:
    """The root of a YAML file and the source that gathers its faults.

    Raises ConfigError where the file cannot be read or is no YAML that is safe to load.
    """
    return parse(read(path), str(path), secrets=secrets)


def parse(text: str, name: str, *, secrets: bool = True) -> tuple["Node", Source]:
    """The root of a YAML text; *name* stands for the file in messages."""
    source = Source(name, secrets=secrets)
    root = build(text, name, source.faults)
    return Node(root, "", source, 1), source


class Node:
    """One value of the file, with its place, and the questions a reader asks of it.

    A question that fails records a fault and answers the default, so that a reader goes on and
    finds the others.
    """

    __slots__ = ("_line", "_source", "_value", "path")

    def __init__(self, value: Value | None, path: str, source: Source, line: int) -> None:
        self._value = value
        self._source = source
        self._line = line if value is None else value.line
        self.path = path

    # ---------------------------------------------------------------- place and faults

    @property
    def place(self) -> str:
        """``file:line: path``; what does not exist stands in the line of what should hold it."""
        return f"{self._source.name}:{self._line}" + (f": {self.path}" if self.path else "")

    def fault(self, expected: str, *, got: str | None = None, hint: str | None = None) -> None:
        """Record that this value is not what was *expected*."""
        shown = self.describe() if got is None else got
        self._source.faults.append(Fault(place=self.place, expected=expected, got=shown, hint=hint))

    def describe(self) -> str:
        """The value as it stands in the file, with its kind, shortened."""
        value = self._value
        if not isinstance(value, Scalar):
            return {Mapping: "a mapping", Sequence: "a list"}.get(type(value), "nothing")
        if value.kind == "null":
            return "nothing (null)"
        if self._is_secret:
            return "a secret (not shown)"
        text = value.text if len(value.text) <= _SHOWN else value.text[:_SHOWN] + "…"
        return f"{text!r} ({_KINDS.get(value.kind, value.kind)})"

    @property
    def fault_count(self) -> int:
        """Faults of the whole text so far: equal before and after means that nothing was wrong."""
        return len(self._source.faults)

    # ---------------------------------------------------------------- kinds

    @property
    def exists(self) -> bool:
        """True where the file has this key (even with null)."""
        return self._value is not None

    @property
    def is_given(self) -> bool:
        """True where an optional key has a value: neither absent nor null."""
        return self.exists and not self.is_null

    @property
    def is_null(self) -> bool:
        """True where the file says null, ``~`` or nothing after the colon."""
        return self._kind == "null"

    @property
    def is_mapping(self) -> bool:
        """True where the value is a mapping."""
        return isinstance(self._value, Mapping)

    @property
    def is_list(self) -> bool:
        """True where the value is a list."""
        return isinstance(self._value, Sequence)

    @property
    def is_text(self) -> bool:
        """True where the value is text."""
        return self._kind == "str" or self._is_replaced

    @property
    def is_boolean(self) -> bool:
        """True where YAML reads a boolean: true, yes, on and their opposites."""
        return self._kind == "bool"

    @property
    def raw(self) -> str:
        """The text of a scalar as it stands in the file; empty for other kinds."""
        return self._as_written

    @property
    def is_scalar(self) -> bool:
        """True for everything but mappings, lists and what does not exist."""
        return isinstance(self._value, Scalar)

    @property
    def hidden(self) -> bool:
        """True where the text came from elsewhere and must not be quoted in messages."""
        return isinstance(self._value, Replaced) and self._value.hidden

    @property
    def _is_secret(self) -> bool:
        return self.hidden or bool(self._source.secrets and _SECRET.search(self.path))

    @property
    def _is_replaced(self) -> bool:
        """True for text from elsewhere, whatever it looks like: nobody can quote it there."""
        return isinstance(self._value, Replaced) and self._kind != "null"

    @property
    def _kind(self) -> str | None:
        return self._value.kind if isinstance(self._value, Scalar) else None

    # ---------------------------------------------------------------- mappings and lists

    def keys(self) -> list[str]:
        """The keys of a mapping, in the file's order."""
        return list(self._value.items) if isinstance(self._value, Mapping) else []

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """Keys and values of a mapping, in the file's order; nothing for other kinds."""
        return ((key, self.get(key)) for key in self.keys())

    def get(self, key: str) -> "Node":
        """The value under *key*; a node that does not exist where the key is absent."""
        value = self._value.items.get(key) if isinstance(self._value, Mapping) else None
        return Node(value, f"{self.path}.{key}" if self.path else key, self._source, self._line)

    def elements(self) -> list["Node"]:
        """The elements of a list; a fault and nothing for other kinds."""
        if not isinstance(self._value, Sequence):
            self.fault("a list")
            return []
        return [
            Node(child, f"{self.path}[{index}]", self._source, self._line)
            for index, child in enumerate(self._value.items)
        ]

    def require_mapping(self, what: str = "a mapping") -> bool:
        """True for a mapping; a fault and False for anything else."""
        if self.is_mapping:
            return True
        self.fault(what)
        return False

    def only(
        self,
        allowed: Iterable[str],
        *,
        later: MappingType[str, str] | None = None,
        refused: MappingType[str, str] | None = None,
    ) -> None:
        """Record a fault for each unknown key, naming the nearest right one.

        later, refused: keys that we know and do not take, with the reason as a hint.
        """
        names = list(allowed)
        for key, child in self.items():
            if later and key in later:
                child.fault(f"no {key!r} yet", got="the key", hint=later[key])
            elif refused and key in refused:
                got = f"the key {key!r}"
                child.fault(f"one of {', '.join(names)}", got=got, hint=refused[key])
            elif key not in names:
                got = f"the unknown key {key!r}"
                child.fault(f"one of {', '.join(names)}", got=got, hint=nearest(key, names))

    def walk(self) -> Iterator["Node"]:
        """This value and all below it, in the file's order."""
        yield self
        for child in self.elements() if self.is_list else (child for _, child in self.items()):
            yield from child.walk()

    def substitute(self, text_for: Callable[["Node"], tuple[str, bool] | None]) -> None:
        """Put another text in the place of scalars below this value.

        text_for: the text for a scalar, and whether messages must hide it; None leaves it as it is.
                  A scalar without quotes becomes what its new text looks like.
        """
        value = self._value
        if not isinstance(value, Mapping | Sequence):
            return
        items: Iterable[tuple[Any, Value]] = list(
            value.items.items() if isinstance(value, Mapping) else enumerate(value.items)
        )
        children = self.elements() if self.is_list else [child for _, child in self.items()]
        for (key, old), child in zip(items, children, strict=True):
            child.substitute(text_for)
            new = text_for(child) if isinstance(old, Scalar) else None
            if new is not None and isinstance(old, Scalar):
                replaced = Replaced(new[0], old.line, old.plain, old.tag, hidden=new[1])
                value.items[key] = replaced

    # ---------------------------------------------------------------- scalars

    def text(self, default: str = "", *, required: bool = False) -> str:
        """Text; a number or boolean here is a fault, because YAML would have changed it
        silently.
        """
        if self._absent(required, "text"):
            return default
        if self.is_text:
            return self._as_written
        quotable = self._kind in ("int", "float", "bool", "timestamp")
        shown = "" if self._is_secret else f': "{self._as_written}"'
        self.fault("text", hint=f"quote it{shown}." if quotable else None)
        return default

    def choice(self, allowed: Iterable[str], default: str = "", *, required: bool = False) -> str:
        """One of the *allowed* words."""
        names = list(allowed)
        expected = names[0] if len(names) == 1 else f"one of {', '.join(names)}"
        if self._absent(required, expected):
            return default
        if self.is_text and self._as_written in names:
            return self._as_written
        self.fault(expected, hint=nearest(self._as_written, names))
        return default

    def moment(self) -> dt.datetime | None:
        """A date and time, naive where no zone is written; None where absent or wrong."""
        if not self.exists:
            return None
        try:
            if self._kind in ("str", "timestamp"):
                return dt.datetime.fromisoformat(self._as_written)
        except ValueError:
            pass
        self.fault(_MOMENT)
        return None

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
        if isinstance(self._value, Scalar):
            value = number(self._value)
            if value is not None and math.isfinite(value) and check(value):
                return value
            self.fault(expected, hint=None if self._is_secret else number_hint(self._value))
        else:
            self.fault(expected)
        return default

    def numbers(self) -> list[float] | None:
        """A list of finite numbers; None, and a fault for each of the first wrong ones, else."""
        if not isinstance(self._value, Sequence):
            self.fault("a list of numbers")
            return None
        items = self._value.items
        values = [number(item) if isinstance(item, Scalar) else None for item in items]
        wrong = [i for i, v in enumerate(values) if v is None or not math.isfinite(v)]
        for index in wrong[:_SHOWN_FAULTS]:
            Node(items[index], f"{self.path}[{index}]", self._source, self._line).number()
        return None if wrong else [value for value in values if value is not None]

    def number_items(self) -> list[tuple[float, float]] | None:
        """A mapping of finite numbers to finite numbers, in the file's order; None and faults
        else.
        """
        if not isinstance(self._value, Mapping):
            self.fault("a mapping of numbers to numbers")
            return None
        pairs: list[tuple[float, float]] = []
        before = self.fault_count
        for text, value in self._value.items.items():
            line = self._value.key_lines[text]
            key = Node(Scalar(text, line, plain=True), self.path, self._source, line)
            child = Node(value, f"{self.path}.{text}", self._source, line)
            pairs.append((key.number(expected="a number as a key"), child.number()))
        return pairs if self.fault_count == before else None

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
        if self._kind == "bool" and self._as_written.lower() in ("true", "false"):
            return self._as_written.lower() == "true"
        self.fault("true or false")
        return default

    def plain(self) -> object:
        """The value as Python data (text, numbers, lists, mappings): for free-form parts only."""
        value = self._value
        if isinstance(value, Mapping):
            return {key: child.plain() for key, child in self.items()}
        if isinstance(value, Sequence):
            return [child.plain() for child in self.elements()]
        if value is None or value.kind == "null":
            return None
        if value.kind == "bool":
            return value.text.lower() in ("true", "yes", "on")
        as_number = number(value)
        if as_number is None:
            return value.text
        return int(value.text.replace("_", "")) if value.kind == "int" else as_number

    @property
    def _as_written(self) -> str:
        return self._value.text if isinstance(self._value, Scalar) else ""

    def _absent(self, required: bool, expected: str) -> bool:
        if self._value is None and required:
            self.fault(expected, got="nothing (the key is required)")
        return self._value is None


def nearest(word: str, names: Iterable[str]) -> str | None:
    """``did you mean 'scale'?`` for *word*, None where nothing is close."""
    close = difflib.get_close_matches(word, list(names), n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else None
