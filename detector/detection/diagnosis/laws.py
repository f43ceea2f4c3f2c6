"""Name the cause of a departure by comparing laws: for features whose rows are independent."""

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.before import ON_TOP, Before
from detector.detection.diagnosis.canary import partial
from detector.detection.diagnosis.catalogue import Suspect, images
from detector.detection.diagnosis.constants import Excess, largest_excess, piles
from detector.detection.diagnosis.digits import shortened
from detector.detection.diagnosis.estimates import leaves_a_grid, sharpened
from detector.detection.diagnosis.grids import Grids, grids_of
from detector.detection.diagnosis.hypothesis import (
    HOPELESS,
    MARGIN,
    NATURAL,
    Hypothesis,
    Scored,
)
from detector.detection.diagnosis.lattice import LAST
from detector.detection.diagnosis.lost import Lost, as_lost, is_revealed, lost_digits, shortened_by
from detector.detection.diagnosis.nature import natural, reshaped
from detector.detection.diagnosis.rounded import rounded_after
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.scoring import FewBins, follows, misfits, saturated
from detector.detection.diagnosis.stretched import stretched
from detector.detection.diagnosis.suspects import IDENTITY, Suspects
from detector.detection.diagnosis.swap import Theirs, swaps

_RECENT = -0.5  # the recent law is the second choice
_OTHERWISE = -20.0  # the fault that was there goes on, in a way that no law here describes
_RECENT_WEIGHT = 0.25  # the recent law follows what the training law averages over
_OPEN = 30.0  # nats behind the best, where what is not known yet does not decide any more
_PILE = 0.05  # share of one value that is no longer one of many
_FIRST = 16  # hypotheses, the likeliest at a first look: others must come near the best of them


def scores(
    own: Suspects,
    seen: Sample,
    theirs: Theirs,
    weight: float = 1.0,
    before: Before | None = None,
    *,
    fewer: bool = False,
) -> list[Scored]:
    """The explanations of *seen* that count, with their scores in nats; one at least is natural.

    weight: independent values that each value is worth, at most 1.
    before: the fault that was there already and may go on.
    fewer:  whether a test says that digits were lost.
    """
    law = own.column.view.law
    assert law is not None  # noqa: S101 - the caller looked
    excess = largest_excess(own, seen)
    top, share, _ = excess
    body = seen.since[seen.since != top] if _PILE < share < 1 else seen.since
    tail = (body if len(body) > 1 else seen.since)[-LAST:]
    grids = grids_of(own, seen)
    maps = sharpened(own.likely(seen.ordered), grids)
    proofs = own.on_lattice([one.map for one in maps], tail, own.span(seen.recent)).tolist()
    if not leaves_a_grid(own, seen):  # estimated figures miss the grid, and that says nothing
        proofs = [
            max(proof, 0.0) if one.fault.estimated else proof
            for one, proof in zip(maps, proofs, strict=True)
        ]
    proofs = rounded_after(own, maps, tail, proofs)
    lost = lost_digits(own, seen) if fewer else None
    if lost is not None and is_revealed(own, lost):
        lost = None
    cut = 0.0 if lost is None else lost.cut
    proofs += own.on_lattice([IDENTITY], tail, (-np.inf, np.inf), cut).tolist()  # the world goes on
    grid = list(zip([*maps, None], proofs, strict=True))
    grids = grids if lost is None else None  # the live one is what the loss left
    found = _hypotheses(own, seen, law.knots, grid, grids, excess, 0.0, weight, lost)
    if seen.recent is not None:
        heavy = max(weight, _RECENT_WEIGHT)
        known = grid if before is None or _is_on_grid(own, seen.before) else _without_proof(grid)
        later = _hypotheses(own, seen, seen.recent, known, grids, excess, _RECENT, heavy, lost)
        found += _going_on(later, before)
    if before is not None and before.catalogue is not None:
        found += _going_on(_under(before.catalogue, seen, tail, weight), before)
    found += swaps(own, seen, theirs, weight)
    if lost is not None:
        found = as_lost(found, lost, None if before is None else before.fault)
    marks, bins = np.array([top, seen.ordered[0], seen.ordered[-1]]), FewBins.of(seen.ordered)
    found, least = _promising(found, seen, marks, bins)
    if lost is None:
        found += partial(own, seen, law.knots, maps, weight, bins, least)
    likely = _likely(found, seen, marks)
    best, score = max(likely, key=lambda one: one[1])
    scored = [Scored(fault=one.fault, score=score, share=one.share) for one, score in likely]
    rest = [reshaped(own, seen, best, score)]
    if before is not None:
        rest.append(Scored(fault=before.fault, score=_OTHERWISE))
    return [*scored, *rest]


def _going_on(found: list[Hypothesis], before: Before | None) -> list[Hypothesis]:
    """What nature did to a law that is a fault's already leaves that fault in place."""
    if before is None:
        return found
    return [
        replace(one, fault=before.fault, evidence=one.evidence + MARGIN)
        if one.fault.cause in NATURAL
        else one
        for one in found
    ]


def _under(under: Suspects, seen: Sample, tail: FloatArray, weight: float) -> list[Hypothesis]:
    law = under.column.view.law
    assert law is not None  # noqa: S101 - made from one
    maps = under.likely(seen.ordered)
    proofs = under.on_lattice([*(one.map for one in maps), IDENTITY], tail).tolist()
    grid = list(zip([*maps, None], proofs, strict=True))
    grids, excess = grids_of(under, seen), largest_excess(under, seen)
    return _hypotheses(under, seen, law.knots, grid, grids, excess, ON_TOP, weight)


def fits(own: Suspects, seen: Sample) -> bool:
    """Whether the values that there are follow training."""
    law = own.column.view.law
    if law is None or not len(seen.since):
        return True
    return follows(seen.ordered, law.knots)


Grid = list[tuple[Suspect | None, float]]  # each map with the evidence of the training grid


def _is_on_grid(own: Suspects, values: FloatArray) -> bool:
    return float(own.on_lattice([IDENTITY], values[-LAST:])[0]) >= 0


def _without_proof(grid: Grid) -> Grid:
    """Where a fault took the values off the grid already, no second one leads back to it."""
    return [(one, 0.0) for one, _ in grid]


def _hypotheses(
    own: Suspects,
    seen: Sample,
    base: FloatArray,
    grid: Grid,
    grids: Grids | None,
    excess: Excess,
    prior: float,
    weight: float,
    lost: Lost | None = None,
) -> list[Hypothesis]:
    """Everything that may have happened to *base*, ascending; the last of *grid* is no map."""
    training = own.column.view.law
    known = training is not None and base is training.knots
    count = training.count if training is not None and known else len(base)
    maps = [(one, on_grid) for one, on_grid in grid if one is not None]
    arriving = [one.law for one, _ in maps] if known else images([one.map for one, _ in maps], base)
    found = [
        Hypothesis(
            fault=one.fault, law=law, evidence=one.fault.prior + on_grid + prior, weight=weight
        )
        for (one, on_grid), law in zip(maps, arriving, strict=True)
    ]
    unmapped = grid[-1][1]
    others = (
        *natural(own, seen, base, unmapped, weight, grids),
        *piles(own, seen, base, excess, weight),
        *(
            shortened(own, seen, base, weight)
            if lost is None
            else shortened_by(lost, seen.ordered, base, count, weight)
        ),
        *stretched(own, seen, base, weight),
    )
    return found + [replace(other, evidence=other.evidence + prior) for other in others]


def _promising(
    found: Sequence[Hypothesis], seen: Sample, marks: FloatArray, bins: FewBins
) -> tuple[list[Hypothesis], float]:
    """Those that a first look does not show to be hopeless, and the score below which one is."""
    n = len(seen.since) * np.array([one.weight for one in found])
    most = np.array([one.most for one in found])
    most -= saturated(bins.misfits(bins.shares([one.law for one in found])), n)
    order = np.argsort(-most, kind="stable").tolist()
    first = [found[i] for i in order if found[i].further is None][:_FIRST]
    least = float(_scores(first, seen, marks).max()) - HOPELESS
    return [one for one, nats in zip(found, most.tolist(), strict=True) if nats >= least], least


def _likely(
    found: Sequence[Hypothesis], seen: Sample, marks: FloatArray
) -> list[tuple[Hypothesis, float]]:
    """Those that are not hopeless, and their scores in nats."""
    scores = _scores(found, seen, marks)
    most = scores + [0.0 if one.further is None else one.further.most for one in found]
    best = float(scores[[one.further is None for one in found]].max())
    for i in np.argsort(-most, kind="stable").tolist():
        further = found[i].further
        if further is not None:
            scores[i] += further.asked() if most[i] > best - _OPEN else -np.inf
        best = max(best, float(scores[i]))
    return [
        (one, score)
        for one, score in zip(found, scores.tolist(), strict=True)
        if score >= best - HOPELESS
    ]


def _scores(found: Sequence[Hypothesis], seen: Sample, marks: FloatArray) -> FloatArray:
    """Nats for each of them, but for what is asked for later; shape (h,)."""
    divergence = misfits(seen.ordered, [one.law for one in found], marks)
    n = len(seen.since) * np.array([one.weight for one in found])
    evidence = np.array([one.evidence for one in found])
    return np.nan_to_num(evidence - saturated(divergence, n), nan=-np.inf)
