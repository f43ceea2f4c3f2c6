"""Name the cause of a departure by comparing laws: for features whose rows are independent."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.canary import partial
from detector.detection.diagnosis.constants import largest_excess, piles
from detector.detection.diagnosis.digits import shortened
from detector.detection.diagnosis.grids import Grids, grids_of
from detector.detection.diagnosis.hypothesis import Hypothesis, Scored
from detector.detection.diagnosis.lattice import LAST, Lattice
from detector.detection.diagnosis.nature import natural, reshaped
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.scoring import follows, misfits, saturated
from detector.detection.diagnosis.stretched import stretched
from detector.detection.diagnosis.suspects import IDENTITY, Map, Suspect, Suspects
from detector.detection.diagnosis.swap import swaps
from detector.detection.faults import Affine
from detector.events import Transform

_RECENT = -0.5  # the recent law is the second choice
_RECENT_WEIGHT = 0.25  # the recent law follows what the training law averages over
_PILE = 0.05  # share of one value that is no longer one of many
_FITTED = -2.0  # figures chosen among the few near an estimate
_RESOLVED = 1e6  # steps of a range, of which float64 shows each after a map
_LATEST, _VARIED = 256, 12  # values looked at, and distinct ones among them that show a grid
_ALIKE = 1e-3  # relative difference of two maps that a few grid points do not tell apart
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
    grids = grids_of(own, seen)
    maps = _exact(own.likely(seen.ordered), grids)
    proofs = own.on_lattice([one.map for one in maps], tail, own.span(seen.recent)).tolist()
    if not _has_gridded(own, seen):  # estimated figures miss the grid, and that says nothing
        proofs = [
            max(proof, 0.0) if one.fault.estimated else proof
            for one, proof in zip(maps, proofs, strict=True)
        ]
    proofs += own.on_lattice([IDENTITY], tail, (-np.inf, np.inf)).tolist()  # the world may go on
    grid = list(zip([*maps, None], proofs, strict=True))
    found = _hypotheses(own, seen, law.knots, grid, grids, 0.0, weight)
    if seen.recent is not None:
        heavier = max(weight, _RECENT_WEIGHT)
        found += _hypotheses(own, seen, seen.recent, grid, grids, _RECENT, heavier)
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
    return follows(seen.ordered, law.knots)


Grid = list[tuple[Suspect | None, float]]  # each map with the evidence of the training grid


def _exact(maps: Sequence[Suspect], grids: Grids | None) -> list[Suspect]:
    """*maps*, with the exact figures that the grids give where their own are estimates.

    An estimate that comes down to a map of known figures says nothing of its own.
    """
    known = [one for one in maps if not one.fault.estimated]
    sharp = [_sharpened(one, grids) for one in maps if one.fault.estimated]
    return known + [one for one in sharp if not any(_alike(one.map, other.map) for other in known)]


def _has_gridded(own: Suspects, seen: Sample) -> bool:
    """Whether an affine map of training would have left a grid to be seen among the values."""
    law, lattice, view = own.column.view.law, own.lattice, own.column.view
    if law is None or lattice is None or lattice.line(view) is None:
        return False
    low, high = lattice.steps(view.to_raw(np.array([law.low, law.high]))).tolist()
    return high - low < _RESOLVED and len(np.unique(seen.since[-_LATEST:])) >= _VARIED


def _sharpened(one: Suspect, grids: Grids | None) -> Suspect:
    if grids is None or not isinstance(one.map, Affine):
        return one
    exact = grids.exact(one.map)
    if exact is None:
        return one
    figures = Transform(gain=exact.gain, offset=exact.offset)
    fault = replace(one.fault, map=exact, figures=figures, prior=one.fault.prior + _FITTED)
    return Suspect(fault, exact, np.sort(exact.forward(one.map.inverse(one.law))))


def _alike(one: Map, other: Map) -> bool:
    if not (isinstance(one, Affine) and isinstance(other, Affine)):
        return False
    moved = abs(one.offset - other.offset) - _ALIKE * abs(other.offset)
    return abs(one.gain / other.gain - 1) < _ALIKE and moved < _ALIKE * abs(other.gain)


def _hypotheses(
    own: Suspects,
    seen: Sample,
    base: FloatArray,
    grid: Grid,
    grids: Grids | None,
    prior: float,
    weight: float,
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
    others = (
        *natural(own, seen, base, unmapped, weight, grids),
        *piles(own, seen, base, weight),
        *shortened(own, seen, base, weight),
        *stretched(own, seen, base, weight),
    )
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
