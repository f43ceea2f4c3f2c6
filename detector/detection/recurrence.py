"""Constants that come to stand for values: where a path begins to step onto one of them more often
than it did. Each step by itself may be no surprise, where the feature knows zeros.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.bins import INVALID
from detector.detection.view import View
from detector.detection.window import Window

SPECIAL = (0.0, 1.0, -1.0, -9.0, -99.0, -999.0, -9999.0, 999.0, 9999.0)  # raw; the mean as well
_STRETCH = 64  # records over which rates of steps differ from stretch to stretch
_TIMES, _LEAST, _MOST = 2.0, 0.15, 0.9  # the rate looked for, by the usual one, and its limits
_RARE = 1e-3  # rate of what was never seen
_NEEDED = 8.0  # nats


@dataclass(slots=True)
class _Watched:
    """One constant (topic unit) of one feature.

    hit, miss: log likelihood ratio of a step onto it, and of a step elsewhere.
    sum:       of these, never below zero; since: number of the first record that it counts.
    told:      whether the sum has revealed something and did not return to zero since.
    """

    feature: int
    constant: float
    hit: float = 0.0
    miss: float = 0.0
    sum: float = 0.0
    since: int = 0
    told: bool = False


class Recurrences:
    """Watches the constants that may be imputed for values of *views* (by feature index)."""

    def __init__(self, views: Sequence[tuple[int, View]]) -> None:
        self._views = dict(views)
        self._watched = [
            _Watched(i, constant) for i, view in views for constant in constants_of(view)
        ]
        self._last = {i: np.nan for i, _ in views}

    def learn(self, window: Window, first: int, last: int) -> None:
        """Take note of how often the records first..last (exclusive) step onto each constant."""
        for one in self._watched:
            values = _valid(window, one.feature, first, last)
            onto, free = steps_onto(values, one.constant)
            usual = max(highest_rate(onto, free), _share(self._views[one.feature], one.constant))
            usual = max(usual, _RARE)
            sought = max(_TIMES * usual, _LEAST)
            if sought > _MOST:
                one.hit = one.miss = one.sum = 0.0
                continue
            one.hit, one.miss = np.log(sought / usual), np.log((1 - sought) / (1 - usual))

    def begun(self, window: Window, first: int, last: int) -> dict[int, list[tuple[int, int]]]:
        """Where a constant begins to recur within the records first..last (exclusive), by feature:
        number of the record that reveals it, and of the first step.
        """
        found: dict[int, list[tuple[int, int]]] = {}
        for i in self._views:
            rows = slice(first - window.base, last - window.base)
            values = window.values[i, rows]
            known = np.flatnonzero(window.codes[i, rows] < INVALID)
            values = values[known]
            if not len(values):
                continue
            before = np.concatenate(([self._last[i]], values[:-1]))
            self._last[i] = float(values[-1])
            for one in self._watched:
                if one.feature == i and one.hit > 0:
                    told = _accumulate(one, values, before, first + known)
                    if told:
                        found.setdefault(i, []).extend(told)
        return found


def constants_of(view: View) -> list[float]:
    """Constants that stand for missing values in many a pipeline, in the topic's unit."""
    special = view.from_raw(np.array(SPECIAL))
    mean = [] if view.law is None else [view.law.mean]
    return [c for c in [*special.tolist(), *mean] if np.isfinite(c)]


def is_at(values: FloatArray, constant: float) -> npt.NDArray[np.bool_]:
    """Which values are the constant, but for the arithmetic of a scaling."""
    return np.asarray(np.abs(values - constant) <= _SAME * max(1.0, abs(constant)))


def steps_onto(
    values: FloatArray, constant: float
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which values but the first step onto the constant, and which could: those after others."""
    hit = is_at(values, constant)
    return hit[1:] & ~hit[:-1], ~hit[:-1]


def highest_rate(onto: npt.NDArray[np.bool_], free: npt.NDArray[np.bool_]) -> float:
    """The largest rate of steps in any stretch of records; nature's rates come and go."""
    n = len(onto) // _STRETCH
    if not n:
        return float((onto.sum() + 0.5) / (free.sum() + 1)) if onto.any() else 0.0
    hits = onto[-n * _STRETCH :].reshape(n, _STRETCH).sum(axis=1)
    chances = free[-n * _STRETCH :].reshape(n, _STRETCH).sum(axis=1)
    return float(np.max((hits + 0.5) / (chances + 1.0))) if hits.any() else 0.0


_SAME = 1e-9


def _valid(window: Window, feature: int, first: int, last: int) -> FloatArray:
    rows = slice(first - window.base, last - window.base)
    return window.values[feature, rows][window.codes[feature, rows] < INVALID]


def _share(view: View, constant: float) -> float:
    """Share of the training rows that are the constant."""
    atoms = () if view.law is None else view.law.atoms
    return max([share for atom, share in atoms if abs(atom - constant) <= _SAME] + [0.0])


def _accumulate(
    one: _Watched, values: FloatArray, before: FloatArray, records: npt.NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Cumulative sum of the log likelihood ratio, which begins anew where it would fall below 0."""
    hits = is_at(values, one.constant)
    if not hits.any() and not one.sum:
        return []
    free = ~is_at(before, one.constant)
    found: list[tuple[int, int]] = []
    for record, hit, may in zip(records.tolist(), hits.tolist(), free.tolist(), strict=True):
        if not may:
            continue
        if hit and not one.sum:
            one.since = record
        one.sum = max(one.sum + (one.hit if hit else one.miss), 0.0)
        if not one.sum:
            one.told = False
        elif one.sum > _NEEDED and not one.told:
            one.told = True
            found.append((record, one.since))
    return found
