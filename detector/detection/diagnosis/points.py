"""Pairs that disagree as points of the map that was applied, and what may be read from them."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from detector.detection.agreement import DOUBLE, size, transport, width
from detector.detection.batch import FloatArray
from detector.detection.faults import Affine, Column, Fault
from detector.scaler import MinMaxParameters
from detector.scaler.scaler import apply_before

Mask = npt.NDArray[np.bool_]
EXACT = 14.0  # nats that one point on a map is worth at most: a chance of one in a million
_MAPPED = 4.0  # roundings that a map of several steps may add up to


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A line through two points.

    map:   from raw values after ``before`` to scaled ones.
    start: the smaller one's value before scaling; the other lies *run* beyond it.
    """

    map: Affine
    start: float
    run: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One explanation of the points.

    obeyed: which points it explains, shape (n,).
    nats:   how much better than chance it foretells them, less what its own figures cost.
    most:   confidence that it cannot exceed.
    drawn:  the line, where it was drawn through two of the points: no catalogue has it.
    lasts:  whether later points of the fault lie on the same map.
    """

    fault: Fault
    obeyed: Mask
    nats: float
    most: float = 0.99
    drawn: Drawn | None = None
    lasts: bool = True


@dataclass(frozen=True, kw_only=True)
class Points:
    """Pairs that disagree, in the order of the records, shape (n,) each.

    raw, scaled: NaN is missing, ±inf is invalid.
    records: how many pairs were looked at, right and wrong.
    law:     sound scaled values of this feature; any number of them.
    before:  the scaled value just before the first pair that disagreed; None where it is not known.
    still:   whether one scaled value stands in every record since then.
    """

    column: Column
    raw: FloatArray
    scaled: FloatArray
    records: int
    law: FloatArray
    before: float | None
    still: bool

    def __len__(self) -> int:
        return len(self.raw)

    def after(self, first: int) -> "Points":
        """The points from *first* on."""
        return replace(
            self,
            raw=self.raw[first:],
            scaled=self.scaled[first:],
            before=None,
        )

    @property
    def own(self) -> Affine:
        """The scaler's map after ``before``, and without clipping."""
        return self.column.scaling or Affine(1.0, 0.0)

    @property
    def clips(self) -> tuple[float, float] | None:
        """The range to which the scaler itself clips."""
        match self.column.view.scaler.parameters:
            case MinMaxParameters(feature_range=span, clip=True):
                return span
        return None

    @cached_property
    def valid(self) -> Mask:
        """Where both are numbers."""
        return np.asarray(np.isfinite(self.raw) & np.isfinite(self.scaled))

    @cached_property
    def inner(self) -> FloatArray:
        """Raw values after ``before``."""
        return apply_before(self.column.view.scaler.before, self.raw)

    @cached_property
    def sound(self) -> FloatArray:
        """What the scaler makes of the raw values where it does not clip."""
        return self.own.forward(self.inner)

    @cached_property
    def summands(self) -> FloatArray:
        """What the roundings of a sound value are relative to."""
        scaler = self.column.view.scaler
        return size(scaler, self.raw, self.scaled) - np.abs(self.scaled)

    @cached_property
    def width(self) -> FloatArray:
        """How far arithmetic may move a value, relative to its summands."""
        return width(self.raw, self.scaled)

    @cached_property
    def transport(self) -> FloatArray:
        """How far rounding on the way may move a scaled value."""
        return transport(self.column.view.scaler, self.raw, self.scaled)

    @cached_property
    def fresh(self) -> Mask:
        """Points that are not a repetition of an earlier one: only they tell maps apart."""
        both = np.column_stack((self.raw, self.scaled))[self.valid]
        first = np.unique(both, axis=0, return_index=True)[1]
        found = np.zeros(len(self), np.bool_)
        found[np.flatnonzero(self.valid)[first]] = True
        return found

    def near(
        self, image: FloatArray, stretch: float | FloatArray = 1.0, *, fitted: bool = False
    ) -> tuple[Mask, FloatArray]:
        """Which points a map meets that takes them to *image* and enlarges what was rounded before
        it by *stretch*; and the nats that each would be worth.

        fitted: the map was drawn through points; those rounded like them it may meet exactly.
        """
        off = np.abs(self.scaled - image)
        whole = np.maximum(stretch, 1.0) * self.summands + np.abs(self.scaled)
        exact = DOUBLE * whole
        room = _MAPPED * (self.width * whole + self.transport) + exact
        right = self.sound if self.clips is None else np.clip(self.sound, *self.clips)
        gap = np.abs(self.scaled - right)
        used = room if fitted else np.where(off <= exact, exact, room)
        worth = np.clip(np.log(gap / used), 0.0, EXACT)
        return self.valid & (off <= room), np.where(np.isfinite(worth), worth, 0.0)
