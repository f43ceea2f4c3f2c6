"""From scores to a name with a confidence, and to the explanations that cannot be told from it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.detection.diagnosis.hypothesis import NATURAL, Scored
from detector.events import Cause

SURE = 0.9  # confidence from which a name is meant to be relied on
_MOST = 0.995  # what no evidence can exceed: a cause that is in no catalogue
_MARGIN = 1.5  # nats by which a fault must beat nature
_KEEP = 2.0  # nats by which another name must beat the one given already
_LISTED = 0.01
_ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """The best explanation, how sure it is, and the others."""

    best: Scored
    confidence: float
    alternatives: tuple[tuple[Cause, float], ...]
    equivalent: tuple[Scored, ...]


def verdict(
    scored: Sequence[Scored],
    previous: tuple[str, str | None] | None,
    *,
    margin: float = _MARGIN,
    temperature: float = 1.0,
) -> Verdict:
    """Choose among *scored*, at least one of which is natural.

    previous: cause and variant named before, kept unless beaten clearly.
    """
    best = _best_of_each(scored)
    winner = _winner(best, previous, margin)
    weights = np.exp((np.array([s.score for s in best]) - max(s.score for s in best)) / temperature)
    weights = weights / weights.sum()
    causes: dict[Cause, float] = {}
    for one, weight in zip(best, weights.tolist(), strict=True):
        causes[one.fault.cause] = causes.get(one.fault.cause, 0.0) + weight
    confidence = min(causes.pop(winner.fault.cause), _MOST)
    others = sorted(causes.items(), key=lambda item: -item[1])[:_ALTERNATIVES]
    twins = tuple(
        s for s in best
        if s.fault.cause == winner.fault.cause and s is not winner and s.score > winner.score - 1
    )  # fmt: skip
    return Verdict(
        best=winner,
        confidence=float(confidence),
        alternatives=tuple((c, w) for c, w in others if w >= _LISTED),
        equivalent=() if winner.fault.cause in NATURAL else twins,
    )


def _best_of_each(scored: Sequence[Scored]) -> list[Scored]:
    found: dict[tuple[str, str | None], Scored] = {}
    for one in scored:
        key = one.key if one.fault.cause not in NATURAL else (one.fault.cause, None)
        if key not in found or one.score > found[key].score:
            found[key] = one
    return sorted(found.values(), key=lambda s: -s.score)


def _winner(
    best: Sequence[Scored], previous: tuple[str, str | None] | None, margin: float
) -> Scored:
    first = best[0]
    nature = next((s for s in best if s.fault.cause in NATURAL), None)
    if nature is not None and first.score - nature.score < margin:
        first = nature
    if previous is not None and previous[0] not in NATURAL:
        known = next((s for s in best if s.key == previous), None)
        if known is not None and known.score > best[0].score - _KEEP:
            return known
    return first
