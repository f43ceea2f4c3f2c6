"""From scores to a name with a confidence, and to the explanations that cannot be told from it."""

from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec.structs import replace

from detector.detection.diagnosis.hypothesis import MARGIN, NATURAL, PILED, Scored
from detector.detection.diagnosis.paths import abrupt, margins
from detector.detection.diagnosis.scene import Scene
from detector.detection.diagnosis.thresholds import threshold
from detector.detection.faults import Fault
from detector.events import Cause

SURE = 0.9  # confidence from which a name is meant to be relied on
_MOST = 0.995  # what no evidence can exceed: a cause that is in no catalogue
_KEEP = 2.0  # nats by which another name must beat the one given already
_LISTED = 0.01
_ALTERNATIVES = 3
_CALM = 0.95
_LATE = 6.0  # nats more for the name of a constant then
_NEW = 160  # values since the onset after which a path gets no first name any more
_SETTLED = 96  # values since the onset after which a path that has a name gets no other from it
_PATIENT, _AMBIGUOUS = 64, 0.1  # until so many values, wait where another fault is so likely
_EVEN, _SLOPE = 2.0, 1.5  # nats below a threshold at which a name is as likely as not; steepness


class Verdict(msgspec.Struct, frozen=True):
    """The best explanation, how sure it is, and the others."""

    best: Scored
    confidence: float
    alternatives: tuple[tuple[Cause, float], ...]
    equivalent: tuple[Scored, ...]


def verdict(
    scored: Sequence[Scored],
    previous: tuple[str, str | None] | None,
    *,
    margin: float = MARGIN,
    temperature: float = 1.0,
) -> Verdict:
    """Choose among *scored*, at least one of which is natural.

    previous: cause and variant named before, kept unless beaten clearly.
    """
    best = _best_of_each(scored, margin)
    winner = _winner(best, previous)
    weights = np.exp([(one.score - best[0].score) / temperature for one in best])
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


def path_verdict(
    scene: Scene, natural: Fault, previous: tuple[str, str | None] | None
) -> Verdict | None:
    """Choose among the faults of a path, each by its margin over nature.

    A fault named before is never taken back to nature: what is odd about a path shows at its
    onset, and wears off. None where it stands as it was.
    """
    found = margins(scene, previous)
    keep = previous is not None and previous[0] not in NATURAL
    if keep and previous is not None and previous[0] not in PILED:
        found = [one for one in found if one.fault.cause not in PILED]
    best = found[0] if found else None
    known = next((one for one in found if one.key == previous), None)
    if keep and known is not None and (best is None or known.score > best.score - _KEEP):
        best = known
    nature = Scored(fault=natural, score=0.0)
    if keep and (best is None or best.score <= 0):
        return None
    if best is None:
        return Verdict(nature, _CALM, (), ())
    beyond = best.score - threshold(scene, best)
    if keep and best.key != previous and (beyond < 0 or scene.age > _SETTLED):
        # no better reason to call it something else than there was to name it; nor do records far
        # from the onset tell maps apart: no law holds for long, and the calmer path would win
        return None
    chance = 1 / (1 + float(np.exp(-(beyond + _EVEN) / _SLOPE)))
    others = [one for one in found if one.fault.cause != best.fault.cause]
    rival = others[0] if others else None
    split = 0.0 if rival is None else 1 / (1 + float(np.exp(best.score - rival.score)))
    clear = scene.age >= _PATIENT or split < _AMBIGUOUS
    late = scene.age > _NEW
    piled = best.fault.cause == "imputed_constant"  # it goes on to be seen, where a jump wears off
    timely = beyond >= (_LATE if late else 0.0) and clear and (piled or not late)
    if not keep and not (timely and abrupt(scene, best.fault)):
        return Verdict(nature, min(1 - chance, _CALM), ((best.fault.cause, chance),), ())
    confidence = min(chance * (1 - split), _MOST)
    listed = [] if rival is None else [(rival.fault.cause, chance * split)]
    listed.append((natural.cause, 1 - chance))
    listed.sort(key=lambda item: -item[1])
    return Verdict(best, confidence, tuple((c, w) for c, w in listed if w >= _LISTED), ())


def _best_of_each(scored: Sequence[Scored], margin: float) -> list[Scored]:
    """The best of each explanation, best first; nature is given its margin."""
    found: dict[tuple[str, str | None], Scored] = {}
    for one in scored:
        natural = one.fault.cause in NATURAL
        key = (one.fault.cause, None) if natural else one.key
        own = replace(one, score=one.score + margin) if natural else one
        if key not in found or own.score > found[key].score:
            found[key] = own
    return sorted(found.values(), key=lambda s: -s.score)


def _winner(best: Sequence[Scored], previous: tuple[str, str | None] | None) -> Scored:
    if previous is not None and previous[0] not in NATURAL:
        known = next((s for s in best if s.key == previous), None)
        if known is not None and known.score > best[0].score - _KEEP:
            return known
    return best[0]
