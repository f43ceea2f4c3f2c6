"""The maps of a feature's catalogue, each with what it makes of the training law."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from math import isfinite
from types import ModuleType
from typing import overload

import msgspec
import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.others import LEVELS, Lines, Scalings, scalings
from detector.detection.faults import FAMILIES, Affine, Column, Curve, Fault, columns
from detector.detection.faults.columns import column_scaler

Map = Affine | Curve
MADE = 64  # maps by other columns' scalers that are kept


class Suspect(msgspec.Struct, frozen=True, gc=False):
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
        told: Callable[[str, Affine], Fault] | None = None,
    ) -> None:
        """*others* stand between *first* and *last*; *told* makes the fault that one of them is."""
        self._column = column
        self._told = partial(column_scaler, column) if told is None else told
        self._first, self._others, self._last = tuple(first), others, tuple(last)
        self._begin = len(self._first)
        self._end = self._begin + (0 if others is None else len(others.names))
        self._made: dict[int, Suspect] = {}

    def __len__(self) -> int:
        return self._end + len(self._last)

    @property
    def fixed(self) -> Sequence[Suspect]:
        """All but those by other features' scalers."""
        return [*self._first, *self._last]

    @property
    def others(self) -> Scalings | None:
        """Those by other features' scalers."""
        return self._others

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
            if len(self._made) >= MADE:
                self._made.pop(next(iter(self._made)))
            fault = self._told(others.names[i], whole)
            self._made[place] = Suspect(fault, whole, image(whole, law.knots))
        return self._made[place]

    def named(self, cause: str, variant: str | None) -> list[Fault]:
        """The faults that are called so, in their order."""
        found = [
            one.fault
            for one in self.fixed
            if (one.fault.cause, one.fault.variant) == (cause, variant)
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
        places = np.array([i for i, _, _ in affine], np.int64)
        origins = np.array([origin for _, origin, _ in affine], np.float64)
        slopes = np.array([slope for _, _, slope in affine], np.float64)
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
        return np.zeros(0, np.int64), np.zeros((0, len(LEVELS)))


def catalogue_of(column: Column) -> Catalogue:
    """The maps of every family; what gives no finite law is left out."""
    at = FAMILIES.index(columns)
    first, last = (_with_laws(column, part) for part in (FAMILIES[:at], FAMILIES[at + 1 :]))
    return Catalogue(column, first, scalings(column), last)


def _with_laws(column: Column, families: Sequence[ModuleType]) -> list[Suspect]:
    law = column.view.law
    if law is None:
        return []
    every = (fault for family in families for fault in family.faults(column))
    found = [(fault, fault.map) for fault in every if isinstance(fault.map, Affine | Curve)]
    return with_laws(found, law.knots)


def with_laws(found: Sequence[tuple[Fault, Map]], knots: FloatArray) -> list[Suspect]:
    """Faults with their maps and what these make of ascending *knots*, where that is finite."""
    laws = images([one for _, one in found], knots)
    return [
        Suspect(fault, one, made)
        for (fault, one), made in zip(found, laws, strict=True)
        if isfinite(made[0]) and isfinite(made[-1])  # ascending, NaN last
    ]


@np.errstate(all="ignore")
def images(maps: Sequence[Map], ordered: FloatArray) -> list[FloatArray]:
    """What each map makes of an ascending sample, ascending."""
    straight = [one for one in maps if isinstance(one, Affine)]
    gains = np.array([one.gain for one in straight])[:, None]
    offsets = np.array([one.offset for one in straight])[:, None]
    made = gains * np.where(gains > 0, ordered, ordered[::-1]) + offsets
    rows = iter(made)
    return [next(rows) if isinstance(one, Affine) else image(one, ordered) for one in maps]


def image(one: Map, ordered: FloatArray) -> FloatArray:
    """What a map makes of an ascending sample, ascending."""
    made = one.forward(ordered)
    if isinstance(one, Affine):
        return made if one.gain > 0 else np.ascontiguousarray(made[::-1])
    return np.sort(made)
