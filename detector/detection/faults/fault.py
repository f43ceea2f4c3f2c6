"""A preprocessing fault as a law: the map that takes sound values of a topic to what arrives
instead.

A model of hundreds of features keeps tens of thousands of these. None is part of a cycle, and
garbage collection, which would look at each again and again, is told so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.view import View
from detector.events import Cause, Transform
from detector.events.words import as_sent, figure
from detector.scaler import Scaler

_NOTHING = 1e-12  # training scales: what arithmetic leaves of a zero


class Affine(msgspec.Struct, frozen=True, gc=False):
    """x becomes gain x + offset, in the topic's unit; gain is never zero."""

    gain: float
    offset: float

    def forward(self, values: FloatArray) -> FloatArray:
        """What arrives for sound *values*, shape (n,)."""
        return self.gain * values + self.offset

    def inverse(self, values: FloatArray) -> FloatArray:
        """The sound values behind what arrived, shape (n,)."""
        return (values - self.offset) / self.gain

    def then(self, other: "Affine") -> "Affine":
        """First this map, then *other*."""
        return Affine(other.gain * self.gain, other.gain * self.offset + other.offset)

    def back(self) -> "Affine":
        """The inverse map."""
        return Affine(1 / self.gain, -self.offset / self.gain)


class Curve(msgspec.Struct, frozen=True, gc=False):
    """A map that is not affine, given by itself and its inverse; increasing on the training
    range.
    """

    forward: Callable[[FloatArray], FloatArray]
    inverse: Callable[[FloatArray], FloatArray]


class OneWay(msgspec.Struct, frozen=True, gc=False):
    """A law of what arrives that has no inverse: clipped, rounded, some values replaced.

    forward: from equal-weight sound values to equal-weight faulty ones; the two may differ in
             number.
    """

    forward: Callable[[FloatArray], FloatArray]


class Fault(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One hypothesis about one feature.

    cause, variant: as the event names it.
    map:     from sound to faulty values of the topic; None for a column swap, where another
             feature's sound values (in the topic's unit of that place) arrive, and where values
             say nothing.
    prior:   logarithm of how much more or less common it is than a plain unit mistake.
    figures: what the event's ``transform`` says.
    feature: the other feature, where there is one.
    looks:   the sentence that begins with the feature's name; the map in figures follows it.
    fix:     what to do about it.
    estimated: whether the map's figures are estimates: the true map is only near it.
    """

    cause: Cause
    variant: str | None = None
    map: Affine | Curve | OneWay | None
    prior: float = 0.0
    figures: Transform = msgspec.field(default_factory=Transform)
    feature: str | None = None
    looks: str
    fix: str
    estimated: bool = False

    def law_of(self, ordered: FloatArray) -> FloatArray:
        """What it makes of an ascending sample, ascending; the sample where it is no map."""
        return ordered if self.map is None else np.sort(self.map.forward(ordered))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A feature with its surroundings: what the families of the catalogue look at.

    views:    of all features of the model, by name, this one included.
    versions: other scaler files ever deployed.
    """

    view: View
    views: Mapping[str, View]
    versions: tuple[Scaler, ...] = ()

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.view.name

    @property
    def unit(self) -> str:
        """The training unit in words."""
        return self.view.scaler.unit or "the training unit"

    @property
    def suffix(self) -> str:
        """The raw unit after a number; nothing where the file has none."""
        return f" {self.view.scaler.unit}" if self.view.scaler.unit else ""

    def amount(self, value: float) -> str:
        """A value of the topic in words: as it was sent, with its unit on a raw topic."""
        spread = self.view.spread or 0.0
        text = as_sent(0.0 if abs(value) < _NOTHING * spread else value)
        return text + self.suffix if self.view.values == "raw" else text

    def rounded(self, value: float) -> str:
        """A value of the topic in four digits, with its unit on a raw topic."""
        return figure(value) + (self.suffix if self.view.values == "raw" else "")

    @property
    def scaling(self) -> Affine | None:
        """The scaler's own map from raw values (after ``before``) to scaled ones; None for
        identity.
        """
        if self.view.scaler.kind == "identity":
            return None
        return Affine(*self.view.scaler.parameters.affine())

    @property
    def raw_range(self) -> tuple[float, float] | None:
        """Smallest and largest raw training value, as far as the file says."""
        reference = self.view.reference
        if reference is None:
            return None
        low = reference.quantiles[0] if reference.min is None else reference.min
        high = reference.quantiles[-1] if reference.max is None else reference.max
        return float(low), float(high)

    def in_topic(self, raw: Affine | Curve) -> Affine | Curve:
        """A map of raw values as the topic shows it: unchanged on a raw topic, between scalings
        on a scaled one.
        """
        if self.view.values == "raw":
            return raw
        scaler = self.view.scaler
        own = self.scaling
        if own is None:
            return raw
        if isinstance(raw, Affine) and scaler.before is None:
            return own.back().then(raw).then(own)
        return Curve(
            forward=lambda z: scaler.transform(raw.forward(scaler.inverse_transform(z))),
            inverse=lambda z: scaler.transform(raw.inverse(scaler.inverse_transform(z))),
        )
