"""What one feature may have suffered: its catalogue with the laws and the inverse maps ready."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from types import ModuleType
from typing import overload

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.exchange import Exchange, exchange
from detector.detection.diagnosis.lattice import Lattice, evidence, resolution, slope
from detector.detection.diagnosis.others import Lines, Others, Scalings, arriving, levels, scalings
from detector.detection.faults import FAMILIES, Affine, Column, Curve, Fault, columns
from detector.detection.faults.columns import column_scaler, column_swap
from detector.detection.view import View

Map = Affine | Curve
MOST_COLUMNS = 16  # other columns compared: those whose quantiles lie nearest
_MADE = 64  # maps by other columns' scalers, and exchanges, that are kept
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
            return image(self.map, base)


AS_THEY_ARE = Lines(np.zeros(1, np.int64), np.zeros(1), np.ones(1))


class Catalogue(Sequence[Suspect]):
    """The maps that a feature may have suffered; those by other features' scalers are made when
    they are asked for, and the last ones kept.
    """

    def __init__(
        self,
        column: Column,
        first: Sequence[Suspect],
        others: Scalings | None = None,
        last: Sequence[Suspect] = (),
    ) -> None:
        """*others* stand between *first* and *last*."""
        self._column = column
        self._first, self._others, self._last = tuple(first), others, tuple(last)
        self._begin = len(self._first)
        self._end = self._begin + (0 if others is None else len(others.names))
        self._made: dict[int, Suspect] = {}

    def __len__(self) -> int:
        return self._end + len(self._last)

    def __iter__(self) -> Iterator[Suspect]:
        return (self[i] for i in range(len(self)))

    @overload
    def __getitem__(self, place: int) -> Suspect: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Suspect]: ...

    def __getitem__(self, place: int | slice) -> Suspect | Sequence[Suspect]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if place < 0:
            place += len(self)
        if place < self._begin:
            return self._first[place]
        if place >= self._end:
            return self._last[place - self._end]
        return self._by_other(place)

    def _by_other(self, place: int) -> Suspect:
        if place not in self._made:
            others, law = self._others, self._column.view.law
            assert others is not None  # noqa: S101 - places between are theirs
            assert law is not None  # noqa: S101 - without one there are none
            i = place - self._begin
            whole = Affine(float(others.gains[i]), float(others.offsets[i]))
            if len(self._made) >= _MADE:
                self._made.pop(next(iter(self._made)))
            fault = column_scaler(self._column, others.names[i], whole)
            self._made[place] = Suspect(fault, whole, image(whole, law.knots))
        return self._made[place]

    def named(self, cause: str, variant: str | None) -> list[Fault]:
        """The faults that are called so, in their order."""
        own = [*self._first, *self._last]
        found = [
            one.fault for one in own if (one.fault.cause, one.fault.variant) == (cause, variant)
        ]
        if cause == "column_scaler" and self._others is not None and variant in self._others.names:
            found.append(self[self._begin + self._others.names.index(variant)].fault)
        return found

    @cached_property
    def lines(self) -> Lines:
        """The affine ones."""
        fixed = [*enumerate(self._first), *enumerate(self._last, self._end)]
        affine = [
            (i, -one.map.offset / one.map.gain, 1 / one.map.gain)
            for i, one in fixed
            if isinstance(one.map, Affine)
        ]
        places, origins, slopes = (np.array(part) for part in zip(*affine, strict=True))
        if self._others is not None:
            between = np.arange(self._begin, self._end)
            gains, offsets = self._others.gains, self._others.offsets
            places = np.concatenate((places, between))
            origins = np.concatenate((origins, -offsets / gains))
            slopes = np.concatenate((slopes, 1 / gains))
        return Lines(places, origins, slopes).some(np.argsort(places, kind="stable"))

    @cached_property
    def curves(self) -> list[int]:
        """Places of those that bend."""
        fixed = [*enumerate(self._first), *enumerate(self._last, self._end)]
        return [i for i, one in fixed if not isinstance(one.map, Affine)]

    @cached_property
    def by_others(self) -> tuple[npt.NDArray[np.int64], FloatArray]:
        """Places of those by other features' scalers, and three levels of each, shape (m, 3)."""
        if self._others is not None:
            return np.arange(self._begin, self._end), self._others.levels
        found = [i for i, one in enumerate(self) if one.fault.cause == "column_scaler"]
        expected = np.array([levels(self[i].law) for i in found]).reshape(-1, 3)
        return np.array(found, np.int64), expected


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


def suspects(column: Column, lattice: Lattice | None, others: Others | None = None) -> Suspects:
    """The catalogue of *column*, whose training values stand on *lattice*; what gives no finite law
    is left out.

    others: all features of the model, where they are known already.
    """
    at = FAMILIES.index(columns)
    first, last = (_with_laws(column, part) for part in (FAMILIES[:at], FAMILIES[at + 1 :]))
    maps = Catalogue(column, first, scalings(column), last)
    return Suspects(column, lattice, maps, Others(column.views) if others is None else others)


def _with_laws(column: Column, families: Sequence[ModuleType]) -> list[Suspect]:
    law = column.view.law
    found: list[Suspect] = []
    for fault in (fault for family in families for fault in family.faults(column)):
        if isinstance(fault.map, Affine | Curve) and law is not None:
            with np.errstate(all="ignore"):
                made = np.sort(fault.map.forward(law.knots))
            if np.isfinite(made).all():
                found.append(Suspect(fault, fault.map, made))
    return found


def image(one: Map, ordered: FloatArray) -> FloatArray:
    """What a map makes of an ascending sample, ascending."""
    made = one.forward(ordered)
    if isinstance(one, Affine):
        return made if one.gain > 0 else np.ascontiguousarray(made[::-1])
    return np.sort(made)


def _by_distance(expected: FloatArray, live: FloatArray) -> npt.NDArray[np.int64]:
    """Laws by their three levels, shape (m, 3), the nearest to *live* (ascending) first."""
    seen = levels(live)
    width = np.maximum(expected[:, -1] - expected[:, 0], max(seen[-1] - seen[0], 1e-300))
    return np.argsort(np.abs(expected - seen).sum(axis=1) / width, kind="stable")


def _steps(lattice: Lattice, view: View, one: Map, values: FloatArray) -> FloatArray:
    return lattice.steps(view.to_raw(one.inverse(values)))
