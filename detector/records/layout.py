"""The typed form of a message: one attribute for each place where a feature may stand.

msgspec decodes straight into it, without a dict a message. A field with dots has two places: the
literal key, which wins, and the path. Two features may share a place.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec

ABSENT = float("nan")  # told from a null by identity; as a number it is missing either way
Number = float | None
Moment = float | str | None  # text is no reason to leave the fast path: times are checked later

_Tree = dict[str, Any]  # a key to the kind of a leaf, or to the tree below it


class Layout:
    """Places of the *fields* in a message, and the struct that has them.

    places:  for every field, the attribute of the literal key and that of the path, or None where
             the field has no dots, or where another field stands at a key of the path itself:
             a message that has an object there does not fit the struct at all.
    """

    def __init__(self, fields: Iterable[str], time: str | None) -> None:
        kinds = ({} if time is None else {time: Moment}) | dict.fromkeys(fields, Number)
        tree: _Tree = dict(kinds)
        dotted = sorted((name.split(".") for name in kinds if "." in name), key=len)
        planted = {tuple(path) for path in dotted if _plant(tree, path, kinds[".".join(path)])}
        self.struct, attributes = _build(tree, "Message")
        self.places: dict[str, tuple[str, str | None]] = {}
        for name in kinds:
            path = tuple(name.split("."))
            self.places[name] = attributes[(name,)], attributes[path] if path in planted else None


def reader(attributes: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads the *attributes* of a message as a tuple, also where there is one or none."""
    if not attributes:
        return lambda _: ()
    if len(attributes) == 1:
        one = attrgetter(attributes[0])
        return lambda message: (one(message),)
    return attrgetter(*attributes)


def _plant(tree: _Tree, path: Sequence[str], kind: object) -> bool:
    """Put a leaf at *path*, shallow paths first; False where another leaf stands in its way."""
    *parents, last = path
    for key in parents:
        branch = tree.setdefault(key, {})
        if not isinstance(branch, dict):
            return False
        tree = branch
    tree[last] = kind
    return True


def _build(tree: _Tree, name: str) -> tuple[type[msgspec.Struct], Mapping[tuple[str, ...], str]]:
    """The struct of a tree and, for each leaf, the dotted attribute that holds it."""
    fields: list[tuple[str, Any, Any]] = []
    attributes: dict[tuple[str, ...], str] = {}
    for index, (key, kind) in enumerate(tree.items()):
        attribute = f"f{index}"
        if isinstance(kind, dict):
            struct, inner = _build(kind, f"{name}_{index}")
            fields.append((attribute, struct, struct()))
            attributes |= {(key, *path): f"{attribute}.{leaf}" for path, leaf in inner.items()}
        else:
            fields.append((attribute, kind, ABSENT))
            attributes[(key,)] = attribute
    rename = {f"f{index}": key for index, key in enumerate(tree)}
    struct = msgspec.defstruct(name, fields, rename=rename, frozen=True, gc=False)
    return struct, attributes
