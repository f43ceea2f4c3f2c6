"""Constants that interrupt a path, where rows depend on time: imputed values and bounds.

Natural ties are runs: the path rests. Imputed values are scattered: the path jumps to them and
back. So what counts is how often a record steps onto the constant, against how often training and
the recent past did, and against how often the path comes near it.
"""

from collections.abc import Iterator

import numpy as np

from detector.detection import kernels
from detector.detection.batch import FloatArray
from detector.detection.diagnosis.hypothesis import Scored
from detector.detection.diagnosis.innovation import Innovation
from detector.detection.diagnosis.suspects import Suspects
from detector.detection.faults import bounds, constants
from detector.detection.recurrence import constants_of, highest_rate, is_at, steps_onto

_MOST = 3  # most frequent values looked at
_IMPUTED, _CLIPPED = -2.0, -8.0
_BEYOND = 0.1  # share of the last records before that went beyond a bound
_LAST = 64
_NEAR = np.array([0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005])
# chance to step onto a value by its distance from the path, in octaves from an eighth of the scale


def interruptions(
    own: Suspects, values: FloatArray, before: FloatArray, law: Innovation
) -> Iterator[Scored]:
    """Constants among *values* (in order, since the onset), with their margin over nature."""
    n = len(values)
    usual = None
    for a, total in _frequent(values):
        if total > 0.9 * n:  # another fault
            continue
        usual = _NEAR * _ties(before) if usual is None else usual
        gain, free_hits = _gain(own, a, values, before, law, usual)
        if gain is None:
            continue
        yield from _named(own, a, gain, free_hits, values, before, total / n)


def _frequent(values: FloatArray) -> list[tuple[float, int]]:
    """The most frequent values with their numbers, at least three: fewer are chance."""
    ordered = np.sort(values)
    if not (ordered[2:] == ordered[:-2]).any():
        return []
    distinct, counts = np.unique(ordered, return_counts=True)
    some = np.argsort(-counts, kind="stable")[:_MOST]
    return [(float(distinct[i]), int(counts[i])) for i in some if counts[i] >= 3]  # noqa: PLR2004


def _gain(
    own: Suspects, a: float, values: FloatArray, before: FloatArray, law: Innovation,
    usual: FloatArray,
) -> tuple[float | None, int]:  # fmt: skip
    """Log likelihood ratio of stepping onto *a* with a rate of its own; and the steps counted."""
    hit = values == a
    known = own.column.view.law
    share = 0.0 if known is None else max([s for v, s in known.atoms if v == a] + [0.0])
    least = max(share, 1.0 / (known.count if known is not None else 1000))
    if len(before) > 32:  # noqa: PLR2004
        least = max(least, highest_rate(*steps_onto(before, a)))
    states = law.follow(values[~hit])[2]
    ratio, counted, free = kernels.steps_onto(hit, a, states, usual, least)
    if free < 3:  # noqa: PLR2004
        return None, 0
    return float(ratio - 0.5 * np.log(free)), int(counted)


def _ties(before: FloatArray) -> float:
    """How often values recur at all: 1 where the recent past is full of them, 0.1 where rare."""
    if len(before) < 32:  # noqa: PLR2004
        return 1.0
    recent = before[-256:]
    return float(np.clip(3 * (1 - len(np.unique(recent)) / len(recent)), 0.05, 1.0))


def _named(
    own: Suspects, a: float, gain: float, onto: int, values: FloatArray, before: FloatArray,
    share: float,
) -> Iterator[Scored]:  # fmt: skip
    view, law = own.column.view, own.column.view.law
    if law is None:
        return
    rest = values[values != a]
    width = float(np.ptp(rest)) + law.high - law.low
    outside = not law.low <= a <= law.high
    far = not float(rest.min()) - width < a < float(rest.max()) + width
    special = (
        any(is_at(np.array([a]), special)[0] for special in constants_of(view))
        or abs(a - law.mean) < 1e-6 * law.std
        or (outside and far)
    )
    if special:
        fault = constants.imputed(own.column, a, share, prior=0.0)
        yield Scored(fault=fault, score=gain + _IMPUTED)
        return
    low = a == float(values.min())
    if not low and a != float(values.max()):
        return
    near = before[-_LAST:]
    beyond = float(np.mean(near < a if low else near > a)) if len(near) else 0.0
    if beyond > _BEYOND and onto >= 4:  # noqa: PLR2004
        fault = bounds.clipped(own.column, a if low else None, None if low else a, prior=0.0)
        yield Scored(fault=fault, score=gain + _CLIPPED)
