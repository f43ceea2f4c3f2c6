"""A cause in the user's words: the sentence, the formula and the fix."""

from collections.abc import Sequence
from math import isfinite

import msgspec

from detector.detection.diagnosis.hypothesis import Scored
from detector.detection.diagnosis.posterior import Verdict
from detector.detection.faults import Affine, Fault
from detector.detection.wording import figure
from detector.events import Alternative, Diagnosis, Transform


def explained(name: str, verdict: Verdict) -> Diagnosis:
    """The diagnosis of feature *name* for a verdict."""
    fault, share = verdict.best.fault, verdict.best.share
    figures = fault.figures
    text = f"{name} {fault.looks}"
    if isinstance(fault.map, Affine) and fault.cause != "distribution_shift":
        text += f": {formula(fault.map)}"
    if share < 1:
        figures = _with_share(figures, share)
        text += f", in about {share:.0%} of the records"
    if verdict.equivalent:
        text += f"; {_names(verdict.equivalent)} would look the same"
    return diagnosis(
        fault,
        text,
        figures,
        confidence=verdict.confidence,
        alternatives=tuple(
            Alternative(cause=cause, confidence=round(weight, 3))
            for cause, weight in verdict.alternatives
        ),
    )


def diagnosis(
    fault: Fault,
    text: str,
    figures: Transform,
    *,
    confidence: float,
    alternatives: tuple[Alternative, ...] = (),
) -> Diagnosis:
    """The event's diagnosis."""
    return Diagnosis(
        cause=fault.cause,
        variant=fault.variant,
        confidence=round(confidence, 3),
        explanation=text,
        transform=known(figures),
        fix=fault.fix,
        alternatives=alternatives,
    )


def known(figures: Transform) -> Transform:
    """*figures* without those that float64 could not hold: an event carries no NaN."""
    lost = {
        name: None
        for name in figures.__struct_fields__
        if isinstance(value := getattr(figures, name), float) and not isfinite(value)
    }
    return msgspec.structs.replace(figures, **lost) if lost else figures


def formula(one: Affine) -> str:
    """The map in figures.

    >>> formula(Affine(0.5556, -17.78)), formula(Affine(1.0, 3.0)), formula(Affine(-1.0, 0.0))
    ('live ≈ 0.5556 × training - 17.78', 'live ≈ training + 3', 'live ≈ -training')
    """  # noqa: RUF002 - the sign of multiplication
    if one.gain == 1:
        text = "training"
    elif one.gain == -1:
        text = "-training"
    else:
        text = f"{figure(one.gain)} × training"  # noqa: RUF001 - the sign of multiplication
    if one.offset:
        text += f" {'+' if one.offset > 0 else '-'} {figure(abs(one.offset))}"
    return f"live ≈ {text}"


def _with_share(figures: Transform, share: float) -> Transform:
    return msgspec.structs.replace(figures, share=share)


def _names(others: Sequence[Scored]) -> str:
    return ", ".join(str(other.fault.variant) for other in others[:3])
