"""What pairs prove, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from detector.detection.diagnosis.explain import diagnosis
from detector.detection.diagnosis.formulas import map_in_words
from detector.detection.diagnosis.pieces import specified
from detector.detection.diagnosis.points import Points, Reading
from detector.events import Alternative, Cause, Diagnosis, Signal, words

_PROVEN = 0.9  # confidence from which the pairs are said to prove it
_TELLING = 0.01  # confidence of an alternative worth a word


@dataclass(frozen=True, slots=True)
class Second:
    """What some of the pairs that disagree are called, which do not obey the map of the others.

    since: number of the first of their records.
    """

    diagnosis: Diagnosis
    reading: Reading
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the pairs of a feature say; no diagnosis where too few of the latest disagree.

    reading: what the diagnosis puts in words.
    since:   number of the first record that obeys it, as far as it was read.
    """

    signal: Signal
    diagnosis: Diagnosis | None = None
    reading: Reading | None = None
    second: Second | None = None
    since: int = 0


def said(points: Points, readings: Sequence[Reading]) -> tuple[Diagnosis, Reading]:
    """The best reading in words, with what else is possible."""
    weights: dict[Cause, float] = {}
    for one in readings:
        weight = float(np.exp(max(one.nats - readings[0].nats, -700.0)))
        weights[one.fault.cause] = weights.get(one.fault.cause, 0.0) + weight
    cause = max(weights, key=lambda cause: weights[cause])
    best = specified(points, next(one for one in readings if one.fault.cause == cause))
    sure = best.most / sum(weights.values())
    chances = {cause: round(sure * weight, 3) for cause, weight in weights.items()}
    others = sorted(
        (other for other, chance in chances.items()
         if chance >= _TELLING and other not in (cause, "unknown")),
        key=lambda other: -chances[other],
    )  # fmt: skip
    fault, figures = best.fault, best.fault.figures
    text = f"{points.column.name} {fault.looks}"
    share, count = float(best.obeyed.sum() / points.records), int(best.obeyed.sum())
    if 0 < share < 1:
        text += "" if figures.share is not None else f", in {words.share(share)} of the records"
        figures = msgspec.structs.replace(figures, share=round(share, 4))
    if (formula := map_in_words(points.column, fault)) is not None:
        text += f": {formula}"
    if count:
        proof = "prove" if chances[cause] >= _PROVEN else "suggest"
        text += (
            f"; raw and scaled value of one record {proof}s it"
            if count == 1
            else f"; raw and scaled values of {count:,} records {proof} it"
        )
    found = diagnosis(
        fault,
        text,
        figures,
        confidence=chances[cause],
        alternatives=tuple(Alternative(cause=one, confidence=chances[one]) for one in others),
    )
    return found, best
