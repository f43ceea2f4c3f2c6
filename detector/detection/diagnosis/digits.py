"""Hypotheses that digits were lost: rounded, cast to integers, stored in a shorter float."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.hypothesis import Hypothesis
from detector.detection.diagnosis.lattice import LAST
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.scoring import largest_gap
from detector.detection.diagnosis.suspects import IDENTITY, Suspects
from detector.detection.faults import rounding

_EXACT = 1e-6  # of a step: what arithmetic costs
_COUNTED = 24  # latest values that must all be short
_SOME = 8  # of which speak for lost digits: another column's grid may be as coarse
_FEW, _SETTLED = 4, 6  # the same on a scaled topic, where a map may lead to round numbers, too
_LEAST = 3  # values without which digits say nothing
_ELSEWHERE = 0.6  # distance of distribution functions: another map moved the values, and cut them
_INSIDE = 0.8  # of the values lie where rounding may have put them
_ORDINARY = 0.5  # share of training values that are as short: then shortness says nothing
_TYPES = ((16, np.float16), (32, np.float32))


def shortened(
    suspects: Suspects, sample: Sample, base: FloatArray, weight: float
) -> Iterator[Hypothesis]:
    """Every way in which the sample's values are shorter than those of *base* (ascending)."""
    law = suspects.column.view.law
    n = len(sample.since)
    if law is None or n < _LEAST:
        return
    room = _EXACT * (law.high - law.low)
    found = list(_rounded(suspects, sample, base, weight))
    yield from found
    if not found:  # few digits fit into a few bits, too
        yield from _stored(suspects, sample, base, weight, room)


def _rounded(
    suspects: Suspects, sample: Sample, base: FloatArray, weight: float
) -> Iterator[Hypothesis]:
    """Values on a coarser grid of decimals than training's, before scaling or after it."""
    view, lattice = suspects.column.view, suspects.lattice
    law = view.law
    assert law is not None  # noqa: S101 - the caller looked
    with np.errstate(all="ignore"):
        raw, before = view.to_raw(sample.since), view.to_raw(base)
    if lattice is None or lattice.through is None:
        finest = 0.0 if lattice is None else lattice.step
        yield from _on_decimals(
            suspects, sample.ordered, raw, before, base, weight, scaled=False, finest=finest
        )
    if view.values == "scaled":
        yield from _on_decimals(
            suspects, sample.ordered, sample.since, base, base, weight, scaled=True, finest=0.0
        )


def _on_decimals(
    suspects: Suspects, live: FloatArray, values: FloatArray, knots: FloatArray,
    base: FloatArray, weight: float, *, scaled: bool, finest: float,
) -> Iterator[Hypothesis]:  # fmt: skip
    latest = values[-_COUNTED:]  # the onset may be a little early
    for decimals in (0, 1, 2, 3):
        step = 10.0**-decimals
        if step <= 1.5 * finest:
            return
        if not _are_multiples(latest, step).all():
            continue
        ordinary = _share(_are_multiples(knots, step))
        if ordinary > _ORDINARY or _are_elsewhere(latest, knots, step):
            return
        if scaled and len(values) < _SETTLED:
            return
        digits = -min(len(latest), _FEW if scaled else _SOME) * float(np.log(ordinary))
        known = (
            0.0
            if scaled
            else float(
                suspects.on_lattice([IDENTITY], suspects.column.view.from_raw(values)[-LAST:])[0]
            )
        )
        for fault in rounding.rounded(suspects.column, decimals, scaled=scaled):
            image = fault.law_of(base)
            if largest_gap(live, image) > _ELSEWHERE:
                continue
            evidence = fault.prior + digits + known
            yield Hypothesis(fault=fault, law=image, evidence=evidence, weight=weight)
        return


def _stored(
    suspects: Suspects, sample: Sample, base: FloatArray, weight: float, room: float
) -> Iterator[Hypothesis]:
    law = suspects.column.view.law
    assert law is not None  # noqa: S101 - the caller looked
    latest = sample.since[-_COUNTED:]
    for bits, kind in _TYPES:
        with np.errstate(all="ignore"):
            hits = latest.astype(kind).astype(np.float64) == latest
            ordinary = _share(law.knots.astype(kind).astype(np.float64) == law.knots)
        if not hits.all() or ordinary > _ORDINARY:
            continue
        if _are_elsewhere(latest, law.knots, room + law.std / 2):
            return
        fault = rounding.stored(suspects.column, bits)
        distinct = len(np.unique(latest))
        evidence = fault.prior - distinct * float(np.log(ordinary))
        yield Hypothesis(fault=fault, law=base, evidence=evidence, weight=weight)
        return


def _are_multiples(values: FloatArray, step: float) -> npt.NDArray[np.bool_]:
    return np.abs(values / step - np.rint(values / step)) < _EXACT


def _share(hits: npt.NDArray[np.bool_]) -> float:
    """Share of hits, above 0 and below 1."""
    return (int(hits.sum()) + 0.5) / (len(hits) + 1)


def _are_elsewhere(values: FloatArray, knots: FloatArray, step: float) -> bool:
    """Whether more of the values lie beyond the training range than lost digits can put there."""
    low, high = float(knots[0]), float(knots[-1])
    room = step + 0.05 * (high - low)
    inside = (values >= low - room) & (values <= high + room)
    return float(inside.mean()) < _INSIDE
