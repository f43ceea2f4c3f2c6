"""A cause in the user's words: the sentence, the formula and the fix."""

from collections.abc import Sequence
from math import isfinite

from msgspec.structs import replace

from detector.detection.diagnosis.formulas import example, map_in_words
from detector.detection.diagnosis.hypothesis import NATURAL, Scored
from detector.detection.diagnosis.posterior import Verdict
from detector.detection.diagnosis.sample import Sample
from detector.detection.faults import Column, Fault, nature
from detector.events import Alternative, Diagnosis, Transform, words

_ENOUGH = 8  # values below which nothing is said of their spread


def explained(column: Column, verdict: Verdict, seen: Sample) -> Diagnosis:
    """The diagnosis of a feature for a verdict on the sample *seen*."""
    fault, share = verdict.best.fault, verdict.best.share
    figures = fault.figures
    text = f"{column.name} {fault.looks}"
    if share < 1:
        figures = replace(figures, share=share)
        text += f", in about {words.share(share)} of the records"
    if (said := map_in_words(column, fault)) is not None:
        text += f": {said}"
    if share == 1 and fault.cause not in NATURAL and (shown := example(column, fault, seen)):
        text += f" ({shown})"
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


def restated(column: Column, verdict: Verdict, seen: Sample) -> Verdict:
    """A natural change by what the live values are beside training, whichever law explained them.

    The law just before the onset may have left training as far as they have.
    """
    fault = verdict.best.fault
    if fault.cause != "distribution_shift" or fault.variant is not None or not len(seen.since):
        return verdict
    centre, spread = column.view.centre or 0.0, column.view.spread or 1.0
    wide = len(seen.since) >= _ENOUGH
    factor = float(seen.since.std()) / spread if wide else 1.0
    moved = float(seen.since.mean()) - factor * centre
    told = nature.shift(column, factor, moved, prior=fault.prior)
    return replace(verdict, best=replace(verdict.best, fault=told))


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
    return replace(figures, **lost) if lost else figures


def _names(others: Sequence[Scored]) -> str:
    return ", ".join(other.fault.variant or other.fault.cause for other in others[:3])
