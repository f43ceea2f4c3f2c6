"""What one feature may have suffered: its catalogue with the laws and the inverse maps ready."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.lattice import Lattice, evidence, resolution, slope
from detector.detection.faults import Affine, Column, Curve, Fault, catalogue
from detector.detection.faults.columns import swapped_values
from detector.detection.view import View

Map = Affine | Curve
MOST_COLUMNS = 16  # other columns compared: those whose quantiles lie nearest
IDENTITY = Affine(1.0, 0.0)
_ROOM = 0.5  # of the range, that the largest of a long stream may lie beyond training's


@dataclass(frozen=True, slots=True)
class Suspect:
    """A fault with an inverse, and what it makes of the training law.

    law: ascending, shape (k,).
    """

    fault: Fault
    map: Map
    law: FloatArray

    def law_of(self, base: FloatArray) -> FloatArray:
        """What it makes of another ascending sample."""
        with np.errstate(all="ignore"):
            return np.sort(self.map.forward(base))


@dataclass(frozen=True, slots=True)
class Lines:
    """Affine maps by their inverses: sound = origin + slope value, shape (h,) each.

    places: where each stands in the catalogue.
    """

    places: npt.NDArray[np.int64]
    origins: FloatArray
    slopes: FloatArray

    def some(self, which: npt.NDArray[np.int64]) -> "Lines":
        """A choice of them."""
        return Lines(self.places[which], self.origins[which], self.slopes[which])


AS_THEY_ARE = Lines(np.zeros(1, np.int64), np.zeros(1), np.ones(1))


@dataclass(frozen=True)
class Suspects:
    """The catalogue of one feature: faults with an inverse, and column swaps."""

    column: Column
    lattice: Lattice | None
    maps: tuple[Suspect, ...]
    swaps: tuple[Fault, ...]

    @cached_property
    def lines(self) -> Lines:
        """The affine ones among the maps."""
        affine = [
            (i, -one.map.offset / one.map.gain, 1 / one.map.gain)
            for i, one in enumerate(self.maps)
            if isinstance(one.map, Affine)
        ]
        places, origins, slopes = (np.array(column) for column in zip(*affine, strict=True))
        return Lines(places, origins, slopes)

    @cached_property
    def widths(self) -> dict[str, float]:
        """How far the training values of each column to swap with reach, in this one's place."""
        found = {}
        for name in (fault.feature or "" for fault in self.swaps):
            other = self.column.views[name]
            with np.errstate(all="ignore"):
                reach = (
                    swapped_values(self.column.view, other, other.law.knots) if other.law else None
                )
            found[name] = 1.0 if reach is None else float(np.ptp(reach))
        return found

    @cached_property
    def curves(self) -> list[int]:
        """Places of the maps that bend."""
        return [i for i, one in enumerate(self.maps) if not isinstance(one.map, Affine)]

    def likely(self, live: FloatArray) -> list[Suspect]:
        """All maps but those by other columns' scalers that lie far from *live* (ascending)."""
        places, expected = self._columns
        if len(places) <= MOST_COLUMNS:
            return list(self.maps)
        far = set(places[_by_distance(expected, live)[MOST_COLUMNS:]].tolist())
        return [one for i, one in enumerate(self.maps) if i not in far]

    def nearest(self, live: FloatArray) -> list[tuple[Fault, FloatArray]]:
        """Swaps with the columns whose training law in this place lies nearest to *live*
        (ascending), and that law.
        """
        faults, expected = self._exchanges
        some = _by_distance(expected, live)[:MOST_COLUMNS]
        return [(faults[i], self._exchanged(faults[i])) for i in some]

    def _exchanged(self, fault: Fault) -> FloatArray:
        other = self.column.views[fault.feature or ""]
        if other.law is None:
            return np.full(1, np.nan)
        with np.errstate(all="ignore"):
            return np.sort(swapped_values(self.column.view, other, other.law.knots))

    @cached_property
    def _exchanges(self) -> tuple[list[Fault], FloatArray]:
        """Swaps with a finite law, and three levels of each, shape (m, 3)."""
        laws = [(fault, self._exchanged(fault)) for fault in self.swaps]
        finite = [(fault, _levels(law)) for fault, law in laws if np.isfinite(law).all()]
        expected = np.array([levels for _, levels in finite]).reshape(-1, 3)
        return [fault for fault, _ in finite], expected

    @cached_property
    def _columns(self) -> tuple[npt.NDArray[np.int64], FloatArray]:
        """Places of the maps by other columns' scalers, and three levels of each, shape (m, 3)."""
        found = [i for i, one in enumerate(self.maps) if one.fault.cause == "column_scaler"]
        expected = np.array([_levels(self.maps[i].law) for i in found]).reshape(-1, 3)
        return np.array(found, np.int64), expected

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
        steps = np.empty((len(maps), len(values)))
        slopes = np.empty_like(steps)
        line = self.lattice.line(self.column.view)
        for i, one in enumerate(maps):
            if line is not None and isinstance(one, Affine):
                origin, rise = line
                steps[i] = origin + (rise / one.gain) * (values - one.offset)
                slopes[i] = abs(rise / one.gain)
                continue
            back = partial(_steps, self.lattice, self.column.view, one)
            with np.errstate(all="ignore"):
                steps[i], slopes[i] = back(values), slope(back, values)
        moved = np.maximum(resolution(values, self.lattice), cut)
        if span is None:
            return evidence(steps, slopes, values, moved)
        ends = self._ends(span, self.lattice)
        return evidence(steps, slopes, values, moved, habits=self.lattice.habits, span=ends)

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


def suspects(column: Column, lattice: Lattice | None) -> Suspects:
    """The catalogue of *column*, whose training values stand on *lattice*; what gives no finite law
    is left out.
    """
    law = column.view.law
    maps: list[Suspect] = []
    swaps: list[Fault] = []
    for fault in catalogue(column):
        if fault.cause == "column_swap":
            swaps.append(fault)
        elif isinstance(fault.map, Affine | Curve) and law is not None:
            with np.errstate(all="ignore"):
                image = np.sort(fault.map.forward(law.knots))
            if np.isfinite(image).all():
                maps.append(Suspect(fault, fault.map, image))
    return Suspects(column, lattice, tuple(maps), tuple(swaps))


def _by_distance(expected: FloatArray, live: FloatArray) -> npt.NDArray[np.int64]:
    """Laws by their three levels, shape (m, 3), the nearest to *live* (ascending) first."""
    seen = _levels(live)
    width = np.maximum(expected[:, -1] - expected[:, 0], max(seen[-1] - seen[0], 1e-300))
    return np.argsort(np.abs(expected - seen).sum(axis=1) / width, kind="stable")


def _levels(ordered: FloatArray) -> FloatArray:
    return ordered[(np.array([0.1, 0.5, 0.9]) * (len(ordered) - 1)).astype(np.int64)]


def _steps(lattice: Lattice, view: View, one: Map, values: FloatArray) -> FloatArray:
    return lattice.steps(view.to_raw(one.inverse(values)))
