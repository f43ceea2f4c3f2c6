"""Several faults at once in words. What most pairs prove is the cause; besides it there may be a
second map, on other records, and a fault that the raw values had before they were scaled.
"""

from msgspec.structs import replace

from detector.detection.diagnosis import is_sure
from detector.events import Besides, Diagnosis, Since

_BESIDES = "; besides, "
_OF_PAIRS, _OF_VALUES = f"{_BESIDES}on other records: ", f"{_BESIDES}before the scaler: "
_FIX = "; besides: "


def besides(found: Diagnosis, since: Since) -> Besides:
    """*found* as a fault that stands besides another, since *since*."""
    return Besides(
        cause=found.cause,
        variant=found.variant,
        confidence=found.confidence,
        explanation=found.explanation,
        transform=found.transform,
        fix=found.fix,
        since=since,
    )


def with_besides(found: Diagnosis, other: Besides, *, of_values: bool) -> Diagnosis:
    """What the pairs say, and another fault: *of_values*, or of other pairs."""
    perhaps = "" if is_sure(other) else "perhaps "
    mark = _OF_VALUES if of_values else _OF_PAIRS
    text = f"{mark}{perhaps}{other.explanation}, since offset {other.since.offset}"
    return replace(
        found,
        explanation=found.explanation + text,
        fix=found.fix if other.fix is None else f"{found.fix}{_FIX}{other.fix}",
        besides=(*found.besides, other),
    )


def parted(told: Diagnosis) -> tuple[Diagnosis, Besides | None, Besides | None]:
    """What ``with_besides`` put together: the cause of most pairs, of others, and of the values."""
    alone = replace(
        told,
        explanation=told.explanation.split(_BESIDES)[0],
        fix=None if told.fix is None else told.fix.split(_FIX)[0],
        besides=(),
    )
    pairs, values = (
        told.besides[0] if told.besides and mark in told.explanation else None
        for mark in (_OF_PAIRS, _OF_VALUES)
    )
    return alone, pairs, values if pairs is None or values is None else told.besides[-1]


def alone(one: Besides) -> Diagnosis:
    """A fault that stood besides another as a diagnosis of its own."""
    return Diagnosis(
        cause=one.cause,
        variant=one.variant,
        confidence=one.confidence,
        explanation=one.explanation,
        transform=one.transform,
        fix=one.fix,
        alternatives=(),
    )
