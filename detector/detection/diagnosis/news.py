"""Whether a diagnosis says something that the last event about it did not."""

from detector.detection.diagnosis.posterior import SURE
from detector.detection.faults import exact
from detector.events import Besides, Diagnosis

_SHARES = 0.1  # between shares, of all records
_SOME = 0.5  # a share below which all records were a canary; a fault that has ended falls slowly
_RELATIVE = {"gain": 0.1, "offset": 0.3, "lower": 0.1, "upper": 0.1, "shift": 0.5}
_SCALES = 0.15  # scaled units between centres of a scaler that no file has: grids leave them open
# early figures rest on a handful of values; every later one would differ by something


def is_news(told: Diagnosis | None, now: Diagnosis | None) -> bool:
    """True where the cause, or one besides, says more than a reader would pass over."""
    before, after = (() if one is None else one.besides for one in (told, now))
    more = len(before) != len(after) or any(map(_differs, before, after))
    return more or _differs(told, now)


def _differs(told: Diagnosis | Besides | None, now: Diagnosis | Besides | None) -> bool:
    """True where cause, sureness, variant or a figure differ by more than a reader would pass over.

    A variant or a figure alone is news only once the cause is sure.
    """
    if told is None or now is None:
        return told is not now
    if told.cause != now.cause or (told.confidence >= SURE) != (now.confidence >= SURE):
        return True
    if now.confidence < SURE:
        return False
    return told.variant != now.variant or _moved(told, now)


def is_same(one: Diagnosis | Besides | None, other: Diagnosis | Besides | None) -> bool:
    """True where both name one cause in one variant, or neither names any."""
    if one is None or other is None:
        return one is other
    return (one.cause, one.variant) == (other.cause, other.variant)


def _moved(told: Diagnosis | Besides, now: Diagnosis | Besides) -> bool:
    one, other = told.transform, now.transform
    if one is None or other is None:
        return False
    if one.share is not None and other.share is not None:
        return abs(one.share - other.share) > _SHARES
    if one.share is not None or other.share is not None:  # all records, and some of them
        return min(1.0 if each.share is None else each.share for each in (one, other)) < _SOME
    vague = {"offset"} if now.variant == exact.UNKNOWN else set()  # known but for whole steps
    return any(
        _apart(getattr(one, k), getattr(other, k), r)
        for k, r in _RELATIVE.items()
        if k not in vague
    )


def _apart(one: float | None, other: float | None, relative: float) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) > relative * max(abs(one), abs(other))
