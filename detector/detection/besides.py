"""Two faults at once in words: raw and scaled values disagree, and the raw ones have one of their
own. The pairs prove theirs, so it is the cause; the other stands besides.
"""

from msgspec.structs import replace

from detector.detection.diagnosis import is_sure
from detector.events import Besides, Diagnosis, DriftData, Since

_MARK = "; besides, before the scaler: "
_AND = "; besides: "


def with_besides(found: Diagnosis, raw: Diagnosis, since: Since) -> Diagnosis:
    """What the pairs say, and the fault of the raw values since *since*."""
    perhaps = "" if is_sure(raw) else "perhaps "
    text = f"{perhaps}{raw.explanation}, since offset {since.offset}"
    fix = found.fix if raw.fix is None else f"{found.fix}{_AND}{raw.fix}"
    return replace(
        found,
        explanation=f"{found.explanation}{_MARK}{text}",
        fix=fix,
        besides=(
            Besides(
                cause=raw.cause,
                variant=raw.variant,
                confidence=raw.confidence,
                explanation=raw.explanation,
                transform=raw.transform,
                fix=raw.fix,
                since=since,
            ),
        ),
    )


def without_besides(told: Diagnosis | None) -> tuple[Diagnosis | None, Diagnosis | None]:
    """What ``with_besides`` put together: the pairs' diagnosis, and that of the raw values."""
    if told is None or not told.besides:
        return told, None
    one = told.besides[0]
    alone = replace(
        told,
        explanation=told.explanation.split(_MARK)[0],
        fix=None if told.fix is None else told.fix.split(_AND)[0],
        besides=(),
    )
    raw = Diagnosis(
        cause=one.cause,
        variant=one.variant,
        confidence=one.confidence,
        explanation=one.explanation,
        transform=one.transform,
        fix=one.fix,
        alternatives=(),
    )
    return alone, raw


def place_of(data: DriftData) -> Since:
    """Where the fault of the values began, as an event tells it."""
    found = data.diagnosis
    return found.besides[0].since if found is not None and found.besides else data.since
