"""Hypotheses that every batch was stretched to its own range: its extremes are the bounds,
exactly.
"""

from collections.abc import Iterator

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.hypothesis import Hypothesis
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.suspects import Suspects
from detector.detection.faults import OneWay, refit
from detector.detection.faults.refit import Kind

_PRIOR = -2.0
_LEAST_HITS, _MOST_HITS = 3, 8  # values on a bound: fewer are chance, more say the same again
_NATS = 2.0  # that each says beyond what training had there
_SHARE = 0.15  # of a batch that its extremes may be
_ALIKE = 3.0  # ratio of that share to what training has beyond a bound, that clipping gives, too
_SIZES = 4, 512  # records of a batch


def stretched(
    suspects: Suspects, sample: Sample, base: FloatArray, weight: float
) -> Iterator[Hypothesis]:
    """Min-max and max-abs scaling of each batch, for the *base* law (ascending); scaled topics."""
    column, values = suspects.column, sample.since
    law = column.view.law
    if column.view.values == "raw" or law is None or not np.isfinite(values).all():
        return
    raw = np.random.default_rng(0).permutation(column.view.to_raw(base))
    for kind, low, high in _bounds(values):
        counts = [int((values == end).sum()) for end in (low, high)]
        needed = counts if kind != "maxabs" else [counts[0] + counts[1]]
        if min(needed) < _LEAST_HITS or max(needed) > _SHARE * len(values):
            continue
        if kind != "maxabs" and _are_clipped(law.knots, (low, high), counts, len(values)):
            continue
        size = int(np.clip(round(len(values) / min(needed)), *_SIZES))
        image = OneWay(lambda _, k=kind, n=size: _by_batch(raw, k, n))  # type: ignore[misc]
        fault = refit.refit(column, None, kind, law=image, prior=_PRIOR)
        ordinary = max(
            (share for atom, share in law.atoms if atom in (law.low, law.high)), default=0
        )
        beyond = min(min(needed) - ordinary * len(values), _MOST_HITS)
        evidence = fault.prior + _NATS * beyond
        yield Hypothesis(
            fault=fault, law=np.sort(image.forward(base)), evidence=evidence, weight=weight
        )


def _bounds(values: FloatArray) -> Iterator[tuple[Kind, float, float]]:
    """The kinds of scaler whose exact bounds hold all *values*."""
    low, high = float(values.min()), float(values.max())
    if low == 0 and high == 1:
        yield "minmax", 0.0, 1.0
    if low == -1 and high == 1:
        yield "minmax_pm1", -1.0, 1.0
    if max(abs(low), abs(high)) == 1:
        yield "maxabs", -1.0, 1.0


def _are_clipped(knots: FloatArray, ends: tuple[float, float], counts: list[int], n: int) -> bool:
    """Whether both bounds hold what training has beyond them."""
    beyond = float((knots < ends[0]).mean()), float((knots > ends[1]).mean())
    shares = [count / n for count in counts]
    return all(b / _ALIKE < share < b * _ALIKE for b, share in zip(beyond, shares, strict=True))


def _by_batch(raw: FloatArray, kind: Kind, size: int) -> FloatArray:
    """*raw* values scaled by their own statistics, *size* at a time."""
    n = max(len(raw) // size, 1)
    batches = raw[: n * size].reshape(n, -1)
    low, high = batches.min(axis=1, keepdims=True), batches.max(axis=1, keepdims=True)
    if kind == "maxabs":
        scaled = batches / np.maximum(np.maximum(abs(low), abs(high)), 1e-300)
    else:
        scaled = (batches - low) / np.maximum(high - low, 1e-300)
    return np.ravel(2 * scaled - 1 if kind == "minmax_pm1" else scaled)
