"""What one feature may have suffered: its catalogue with the laws and the inverse maps ready."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.catalogue import Catalogue, Map, Suspect, catalogue_of
from detector.detection.diagnosis.exchange import Exchange, exchange
from detector.detection.diagnosis.lattice import Lattice, evidence, near_by, resolution, slope
from detector.detection.diagnosis.others import Lines, Others, arriving, levels
from detector.detection.faults import Affine, Column, Fault
from detector.detection.faults.columns import column_swap
from detector.detection.view import View

MOST_COLUMNS = 16  # other columns compared: those whose quantiles lie nearest
_MADE = 64  # exchanges that are kept
IDENTITY = Affine(1.0, 0.0)
_ROOM = 0.5  # of the range, that the largest of a long stream may lie beyond training's


AS_THEY_ARE = Lines(np.zeros(1, np.int64), np.zeros(1), np.ones(1))


@dataclass(frozen=True)
class Suspects:
    """The catalogue of one feature: faults with an inverse, and column swaps.

    others: the features whose values may stand here; None: no swap is thought of.
    """

    column: Column
    lattice: Lattice | None
    maps: Catalogue
    others: Others | None
    _made: dict[str, Exchange] = field(default_factory=dict)

    @property
    def lines(self) -> Lines:
        """The affine ones among the maps."""
        return self.maps.lines

    @property
    def curves(self) -> list[int]:
        """Places of the maps that bend."""
        return self.maps.curves

    def swap(self, name: str) -> Fault:
        """The exchange with the feature *name*."""
        return column_swap(self.column, name)

    @cached_property
    def widths(self) -> FloatArray:
        """How far the training values of each feature reach in this one's place, shape (m,); NaN
        for those that no swap is thought of with.
        """
        if self.others is None:
            return np.zeros(0)
        with np.errstate(all="ignore"):
            reach = np.ptp(self._arriving[:, [0, -1]], axis=1)
        reach[self.others.without_law] = 1.0
        reach[self.others.without_scale] = np.nan
        reach[self.others.names.index(self.column.name)] = np.nan
        return np.asarray(reach, np.float64)

    @cached_property
    def _arriving(self) -> FloatArray:
        """Ends and levels of other features' laws in this one's place, shape (m, 5)."""
        assert self.others is not None  # noqa: S101 - asked for swaps only
        with np.errstate(all="ignore"):
            return arriving(self.column.view, self.others.ends)

    def likely(self, live: FloatArray) -> list[Suspect]:
        """All maps but those by other columns' scalers that lie far from *live* (ascending)."""
        places, expected = self.maps.by_others
        if len(places) <= MOST_COLUMNS:
            return list(self.maps)
        far = set(places[_by_distance(expected, live)[MOST_COLUMNS:]].tolist())
        return [self.maps[i] for i in range(len(self.maps)) if i not in far]

    def nearest(self, live: FloatArray) -> list[Exchange]:
        """Swaps with the columns whose training law in this place lies nearest to *live*
        (ascending).
        """
        names, expected = self._exchanges
        return [self._exchange(names[i]) for i in _by_distance(expected, live)[:MOST_COLUMNS]]

    def _exchange(self, name: str) -> Exchange:
        if name not in self._made:
            if len(self._made) >= _MADE:
                self._made.pop(next(iter(self._made)))
            self._made[name] = exchange(self.column, name)
        return self._made[name]

    @cached_property
    def _exchanges(self) -> tuple[list[str], FloatArray]:
        """Columns with a finite law in this place, and three levels of each, shape (m, 3)."""
        if self.others is None:
            return [], np.zeros((0, 3))
        finite = np.asarray(np.isfinite(self._arriving).all(axis=1))
        finite[self.others.names.index(self.column.name)] = False
        names = [self.others.names[i] for i in np.flatnonzero(finite)]
        return names, self._arriving[finite, 1:-1]

    def on_lattice(
        self,
        maps: Sequence[Map],
        values: FloatArray,
        span: tuple[float, float] | None = None,
        cut: float = 0.0,
    ) -> FloatArray:
        """Log evidence of the training grid for each map behind topic *values*, shape (h,).

        cut:  how far rounding after the map may have moved each value.
        span: topic values between which sound ones lie; None where neither that nor the roundness
              of training values counts, as along a path.
        """
        if self.lattice is None:
            return np.zeros(len(maps))
        steps, slopes = self._behind(maps, values, self.lattice)
        moved = np.maximum(resolution(values, self.lattice), cut)
        if span is None:
            return evidence(steps, slopes, values, moved)
        ends = self._ends(span, self.lattice)
        return evidence(steps, slopes, values, moved, habits=self.lattice.habits, span=ends)

    def _behind(
        self, maps: Sequence[Map], values: FloatArray, lattice: Lattice
    ) -> tuple[FloatArray, FloatArray]:
        """The values behind each map in steps of the grid, and the slopes there, shape (h, n)."""
        steps, slopes = (np.empty((len(maps), len(values))) for _ in range(2))
        line = lattice.line(self.column.view)
        straight = [i for i, one in enumerate(maps) if line is not None and isinstance(one, Affine)]
        if line is not None and straight:
            figures = [(one.gain, one.offset) for one in maps if isinstance(one, Affine)]
            gains, offsets = np.array(figures).T[:, :, None]
            origin, rise = line
            steps[straight] = origin + (rise / gains) * (values - offsets)
            slopes[straight] = np.abs(rise / gains)
        bent = sorted(set(range(len(maps))).difference(straight))
        aside = near_by(values) if bent else None
        for i in bent:
            back = partial(_steps, lattice, self.column.view, maps[i])
            with np.errstate(all="ignore"):
                steps[i], slopes[i] = back(values), slope(back, values, aside)
        return steps, slopes

    def _ends(self, span: tuple[float, float], lattice: Lattice) -> tuple[float, float]:
        """The ends of *span* in steps of the grid."""
        if not np.isfinite(span).all():
            return span
        raw, known = self.column.view.to_raw(np.array(span)), self.column.raw_range
        if known is not None and known[0] >= 0:
            raw = np.maximum(raw, 0.0)  # a square root goes no further
        ends = lattice.steps(raw)
        return float(ends.min()), float(ends.max())

    def span(self, recent: FloatArray | None) -> tuple[float, float]:
        """Topic values between which sound ones lie: half a range around training and *recent*."""
        law = self.column.view.law
        if law is None:
            return -np.inf, np.inf
        low, high = law.low, law.high
        if recent is not None:
            low, high = min(low, float(recent[0])), max(high, float(recent[-1]))
        room = _ROOM * (high - low)
        return low - room, high + room


def suspects(column: Column, lattice: Lattice | None, others: Others | None = None) -> Suspects:
    """The catalogue of *column*, whose training values stand on *lattice*.

    others: all features of the model, where they are known already.
    """
    known = Others(column.views) if others is None else others
    return Suspects(column, lattice, catalogue_of(column), known)


def _by_distance(expected: FloatArray, live: FloatArray) -> npt.NDArray[np.int64]:
    """Laws by their three levels, shape (m, 3), the nearest to *live* (ascending) first."""
    seen = levels(live)
    width = np.maximum(expected[:, -1] - expected[:, 0], max(seen[-1] - seen[0], 1e-300))
    return np.argsort(np.abs(expected - seen).sum(axis=1) / width, kind="stable")


def _steps(lattice: Lattice, view: View, one: Map, values: FloatArray) -> FloatArray:
    return lattice.steps(view.to_raw(one.inverse(values)))
