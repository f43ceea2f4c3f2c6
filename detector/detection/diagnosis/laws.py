"""Name the cause of a departure by comparing laws: for features whose rows are independent."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.canary import partial
from detector.detection.diagnosis.constants import largest_excess, piles
from detector.detection.diagnosis.hypothesis import Hypothesis, Scored
from detector.detection.diagnosis.lattice import LAST, Lattice
from detector.detection.diagnosis.nature import natural, reshaped
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.scoring import misfits, saturated
from detector.detection.diagnosis.suspects import IDENTITY, Suspect, Suspects
from detector.detection.diagnosis.swap import swaps

_RECENT = -0.5  # the recent law is the second choice
_RECENT_WEIGHT = 0.25  # the recent law follows what the training law averages over
_PILE = 0.05  # share of one value that is no longer one of many
_FITS = 10.0  # nats against training's law below which values count as ordinary
Theirs = Callable[[str], tuple[Sample, Lattice | None]]


def scores(own: Suspects, seen: Sample, theirs: Theirs, weight: float = 1.0) -> list[Scored]:
    """Every explanation of *seen* with its score in nats; some of them are natural.

    weight: independent values that each value is worth, at most 1.
    """
    law = own.column.view.law
    assert law is not None  # noqa: S101 - the caller looked
    top, share, _ = largest_excess(own, seen)
    body = seen.since[seen.since != top] if _PILE < share < 1 else seen.since
    tail = (body if len(body) > 1 else seen.since)[-LAST:]
    maps = own.likely(seen.ordered)
    proofs = own.on_lattice([*(one.map for one in maps), IDENTITY], tail).tolist()
    grid = list(zip([*maps, None], proofs, strict=True))
    found = _hypotheses(own, seen, law.knots, grid, 0.0, weight)
    if seen.recent is not None:
        found += _hypotheses(own, seen, seen.recent, grid, _RECENT, max(weight, _RECENT_WEIGHT))
    found += partial(own, seen, law.knots, maps, weight)
    found += swaps(own, seen, theirs, weight)
    scored = _scored(found, seen, np.array([top, seen.ordered[0], seen.ordered[-1]]))
    best = int(np.argmax([s.score for s in scored]))
    return [*scored, reshaped(own, seen, found[best], scored[best].score)]


def fits(own: Suspects, seen: Sample) -> bool:
    """Whether the values that there are follow training."""
    law = own.column.view.law
    if law is None or not len(seen.since):
        return True
    divergence = misfits(seen.ordered, [law.knots], seen.ordered[:1])
    return bool(saturated(divergence, len(seen.since))[0] < _FITS)


Grid = list[tuple[Suspect | None, float]]  # each map with the evidence of the training grid


def _hypotheses(
    own: Suspects, seen: Sample, base: FloatArray, grid: Grid, prior: float, weight: float
) -> list[Hypothesis]:
    """Everything that may have happened to *base*, ascending; the last of *grid* is no map."""
    training = own.column.view.law
    known = training is not None and base is training.knots
    found = [
        Hypothesis(
            fault=one.fault,
            law=one.law if known else one.law_of(base),
            evidence=one.fault.prior + on_grid + prior,
            weight=weight,
        )
        for one, on_grid in grid
        if one is not None
    ]
    unmapped = grid[-1][1]
    others = (*natural(own, seen, base, unmapped, weight), *piles(own, seen, base, weight))
    return found + [replace(other, evidence=other.evidence + prior) for other in others]


def _scored(found: Sequence[Hypothesis], seen: Sample, marks: FloatArray) -> list[Scored]:
    divergence = misfits(seen.ordered, [h.law for h in found], marks)
    n = len(seen.since) * np.array([h.weight for h in found])
    evidence = np.array([h.evidence for h in found])
    scored = evidence - saturated(divergence, n)
    return [
        Scored(fault=h.fault, score=float(s), share=h.share)
        for h, s in zip(found, scored, strict=True)
    ]
