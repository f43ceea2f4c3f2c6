"""Several causes at once in words. Pairs prove one, and other pairs may prove a second; what the
raw values had before they were scaled is another.
"""

from typing import Any, Literal

from msgspec.structs import replace

from detector.detection.diagnosis import is_sure
from detector.events import Besides, Diagnosis, Finding, Since

_BESIDES = {"pairs": "; besides, on other records: ", "values": "; besides, before the scaler: "}
_UNKNOWN = "; besides, "  # no map of the pairs: nothing is claimed that could be unsure
_FIX = "; besides: "


def besides(found: Diagnosis, of: Literal["pairs", "values"], since: Since) -> Besides:
    """*found* as a cause that stands besides another, since *since*."""
    return Besides(**_finding(found), of=of, since=since, succeeds=found.succeeds)


def alone(one: Besides) -> Diagnosis:
    """A cause that stood besides another as a diagnosis of its own."""
    return Diagnosis(**_finding(one), alternatives=())


def with_besides(found: Diagnosis, other: Besides) -> Diagnosis:
    """*found*, and what stands besides it: explanation and fix speak of both."""
    fix = found.fix
    if other.fix is not None:
        fix = other.fix if fix is None else f"{fix}{_FIX}{other.fix}"
    return replace(
        found,
        explanation=found.explanation + _text(other),
        fix=fix,
        besides=(*found.besides, other),
    )


def without_besides(told: Diagnosis) -> Diagnosis:
    """The diagnosis to which ``with_besides`` added what *told* has besides."""
    text, fix = told.explanation, told.fix
    for other in reversed(told.besides):
        text = text.removesuffix(_text(other))
        if fix is not None and other.fix is not None:
            fix = None if fix == other.fix else fix.removesuffix(f"{_FIX}{other.fix}")
    return replace(told, explanation=text, fix=fix, besides=())


def _text(other: Besides) -> str:
    """How *other* continues the explanation of what it stands besides."""
    if other.cause == "unknown":
        mark, perhaps = _UNKNOWN, ""
    else:
        mark, perhaps = _BESIDES[other.of], "" if is_sure(other) else "perhaps "
    return f"{mark}{perhaps}{other.explanation}, since offset {other.since.offset}"


def _finding(one: Finding) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Finding.__struct_fields__}
