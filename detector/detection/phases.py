"""Seasons: values of each phase, moved to where the whole training law has them.

A seasonal feature obeys another law at noon than at midnight. Its values go through the law of
their phase to a probability, and through the law of all phases back to a value. So one table, one
kernel and one promise serve all phases, and what departs is what departs from its own phase.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.detection.batch import FloatArray, IntArray
from detector.detection.view import View
from detector.scaler import PhaseLaw, Phases
from detector.scaler.reference import phase_of

_MULTIPLIERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))  # splitmix64


@dataclass(frozen=True, slots=True)
class _Map:
    """From one law to another, both by equally likely values in the topic's unit.

    source, target: ascending, shapes (k,) and (n,). stretch: of distances beyond the source.
    """

    source: FloatArray
    target: FloatArray
    stretch: float

    def __call__(self, values: FloatArray, chance: FloatArray) -> FloatArray:
        """*values*, shape (n,), by their probability; ties are spread by *chance* in (0, 1)."""
        k = len(self.source)
        left = np.searchsorted(self.source, values, side="left")
        right = np.searchsorted(self.source, values, side="right")
        between = np.interp(values, self.source, (np.arange(k) + 0.5) / k)
        tied = (left + chance * (right - left)) / k
        probability = np.where(right > left, tied, between)
        n = len(self.target)
        moved = self.target[np.minimum((probability * n).astype(np.int64), n - 1)]
        low, high = self.source[0], self.source[-1]
        first, last = self.target[int(0.5 / k * n)], self.target[min(int((1 - 0.5 / k) * n), n - 1)]
        moved = np.where(values < low, first - (low - values) * self.stretch, moved)
        return np.asarray(np.where(values > high, last + (values - high) * self.stretch, moved))


class PhaseAdjuster:
    """Moves the values of seasonal features; all others stay as they are."""

    def __init__(self, views: Sequence[View]) -> None:
        self._seasons: dict[int, tuple[Phases, list[_Map]]] = {}
        for i, view in enumerate(views):
            phases = None if view.reference is None else view.reference.phases
            if phases is not None and view.law is not None:
                self._seasons[i] = phases, [_map(view, law) for law in phases.laws]

    @property
    def features(self) -> tuple[int, ...]:
        """Indices of the seasonal features."""
        return tuple(self._seasons)

    def adjust(
        self, feature: int, values: FloatArray, times: FloatArray, offsets: IntArray
    ) -> FloatArray:
        """Values of *feature* as if they came from the law of all phases, shape (n,).

        times: seconds since the epoch. offsets: of the records; ties are spread by them, so that
        the same records give the same values.
        """
        phases, maps = self._seasons[feature]
        moved = values.copy()
        valid = np.isfinite(values)
        law_of = np.asarray(phases.table)[phase_of(phases.by, times)]
        chance = _chance(offsets, feature)
        for number, one in enumerate(maps):
            rows = valid & (law_of == number)
            if rows.any():
                moved[rows] = one(values[rows], chance[rows])
        return moved


def _map(view: View, law: PhaseLaw) -> _Map:
    """From a phase's law to the whole one; both in the topic's unit."""
    assert view.law is not None  # noqa: S101 - the caller looked
    k = len(law.quantiles)
    even = (np.arange(k) + 0.5) / k  # a hand-written law may stand at other probabilities
    source = view.from_raw(np.interp(even, law.probabilities, law.quantiles))
    spread = float(np.std(source))
    return _Map(source, view.law.knots, view.law.std / spread if spread > 0 else 1.0)


def _chance(offsets: IntArray, feature: int) -> FloatArray:
    """Numbers in (0, 1) that look random and depend on offset and feature only (splitmix64)."""
    with np.errstate(over="ignore"):
        x = offsets.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(feature + 1)
        for multiplier, shift in zip(_MULTIPLIERS, (30, 27), strict=True):
            x = (x ^ (x >> np.uint64(shift))) * multiplier
        x ^= x >> np.uint64(31)
    return ((x >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
