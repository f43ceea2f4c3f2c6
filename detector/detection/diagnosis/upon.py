"""A feature that suffers from a fault already: what another one would make of it.

Under the first fault training's law is its image, and sound raw values lie behind its inverse. With
the view changed so, every hypothesis about a sound feature is one about a second fault.
"""

import dataclasses
from dataclasses import dataclass, fields

import numpy as np
from msgspec.structs import replace

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.before import ON_TOP, Before, on_top
from detector.detection.diagnosis.behind import NOT_ON_TOP, back, instead, then
from detector.detection.diagnosis.catalogue import Catalogue, Map, Suspect, image, with_laws
from detector.detection.diagnosis.evidence import map_of
from detector.detection.diagnosis.hypothesis import CONSTANT, NATURAL
from detector.detection.diagnosis.suspects import IDENTITY, Suspects
from detector.detection.faults import Affine, Column, Curve, Fault, nature
from detector.detection.faults.columns import column_scaler
from detector.detection.view import Law, View
from detector.events import Diagnosis, Transform


@dataclass(frozen=True, kw_only=True)
class FaultyView(View):
    """A feature as its topic shows it under a fault."""

    fault: Affine | Curve

    @property
    def bends(self) -> bool:
        """Whether raw values lie behind anything but a line."""
        return isinstance(self.fault, Curve) or super().bends

    def to_raw(self, values: FloatArray) -> FloatArray:
        """Sound values behind what arrives, in the unit before ``before``, shape (n,)."""
        return super().to_raw(self.fault.inverse(values))

    def from_raw(self, raw: FloatArray) -> FloatArray:
        """Raw values as they arrive, shape (n,)."""
        return self.fault.forward(super().from_raw(raw))


def known_fault(own: Suspects, named: Diagnosis, *, is_dependent: bool) -> Before:
    """The fault *named* as what was there before another one.

    is_dependent: whether rows depend on time: then the path behind the fault is followed.
    """
    first = map_of(named, own.column, own.maps.named(named.cause, named.variant))
    alone = goes_on(own.column.name, named)
    key = (named.cause, named.variant)
    sound = nature.shift(own.column, 1.0, 0.0, prior=0.0)
    if own.column.view.law is None or named.cause in NATURAL:
        return Before(fault=alone, catalogue=None, map=None, instead=None)
    if not isinstance(first, Affine | Curve):
        kept = is_dependent and named.cause in CONSTANT
        return Before(
            fault=alone,
            catalogue=None,
            map=IDENTITY if kept else None,
            instead=instead(own, IDENTITY, key, sound) if kept else None,
            replaced=_constants(named),
        )
    if not is_dependent:
        return Before(fault=alone, catalogue=upon(own, first, named), map=first, instead=None)
    return Before(
        fault=alone,
        catalogue=None,
        map=first,
        instead=instead(own, first, key, sound),
        within=within(own, first, named, sound) if isinstance(first, Curve) else None,
    )


def _constants(named: Diagnosis) -> tuple[float, ...]:
    figures = named.transform or Transform()
    found = (figures.constant, figures.lower, figures.upper)
    return tuple(value for value in found if value is not None)


def upon(own: Suspects, first: Map, named: Diagnosis) -> Suspects | None:
    """The catalogue *own* under *first*, which is *named*; None where that has no finite law."""
    column = _under(own, first)
    if column is None or column.view.law is None:
        return None
    knots, key = column.view.law.knots, (named.cause, named.variant)
    fixed = [
        (on_top(one.fault, named.cause), one.map)
        for one in own.maps.fixed
        if (one.fault.cause, one.fault.variant) != key
    ]
    others = own.maps.others
    if others is not None:
        others = others.but(named.variant if named.cause == "column_scaler" else None).of(knots)
    maps = Catalogue(
        column,
        with_laws(fixed, knots),
        others,
        told=lambda name, one: on_top(column_scaler(own.column, name, one), named.cause),
    )
    return Suspects(
        column, own.lattice, maps, others=None
    )  # what arrives in another's place never met the fault


def within(own: Suspects, first: Map, named: Diagnosis, sound: Fault) -> Suspects | None:
    """What comes on top of *first*, or in its place, along the path as it arrives under it: behind
    a logarithm, values that went through none may be too large for a number.

    sound: stands for the end of the first fault.
    """
    top, law = upon(own, first, named), own.column.view.law
    if top is None or law is None:
        return None
    key = (named.cause, named.variant)
    instead_of = [(sound, IDENTITY), *((one.fault, one.map) for one in own.maps.fixed)]
    maps = [
        Suspect(fault, then(back(first), one), image(one, law.knots))
        for fault, one in instead_of
        if (fault.cause, fault.variant) != key
    ]
    maps += [
        Suspect(replace(one.fault, prior=one.fault.prior + ON_TOP), one.map, one.law)
        for one in top.maps.fixed
        if one.fault.cause not in NOT_ON_TOP
    ]
    finite = [one for one in maps if np.isfinite(one.law).all()]
    return Suspects(top.column, own.lattice, Catalogue(top.column, finite), others=None)


def _under(own: Suspects, first: Map) -> Column | None:
    """The feature as it arrives under *first*; None where its law is not finite then."""
    law = own.column.view.law
    assert law is not None  # noqa: S101 - without one there is no catalogue
    with np.errstate(all="ignore"):
        knots = np.sort(first.forward(law.knots))
        atoms = first.forward(np.array([value for value, _ in law.atoms]))
    if not (np.isfinite(knots).all() and np.ptp(knots) > 0):
        return None
    arriving = Law(
        count=law.count,
        knots=knots,
        atoms=tuple((float(v), s) for v, (_, s) in zip(atoms, law.atoms, strict=True)),
        mean=float(knots.mean()),
        std=float(knots.std()),
        low=float(knots[0]),
        high=float(knots[-1]),
    )
    own_fields = {one.name: getattr(own.column.view, one.name) for one in fields(View)}
    view = FaultyView(**(own_fields | {"law": arriving}), fault=first)
    return dataclasses.replace(own.column, view=view)


def goes_on(name: str, named: Diagnosis) -> Fault:
    """That nothing but the fault *named* explains what arrives, whatever else nature did."""
    return Fault(
        cause=named.cause,
        variant=named.variant,
        map=None,
        figures=named.transform or Transform(),
        looks=named.explanation.removeprefix(f"{name} "),
        fix=named.fix or "",
    )
