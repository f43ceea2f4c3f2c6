"""A feature that suffers from a fault already: what another one would make of it.

Under the first fault training's law is its image, and sound raw values lie behind its inverse. With
the view changed so, every hypothesis about a sound feature is one about a second fault.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.catalogue import Catalogue, Suspect
from detector.detection.diagnosis.evidence import map_of
from detector.detection.diagnosis.hypothesis import NATURAL
from detector.detection.diagnosis.suspects import Suspects
from detector.detection.faults import Affine, Curve, Fault
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


def upon(own: Suspects, named: Diagnosis) -> Suspects | None:
    """The catalogue *own* under the fault *named*; None for one that is no invertible map."""
    first = map_of(named, own.column, own.maps.named(named.cause, named.variant))
    law = own.column.view.law
    if not isinstance(first, Affine | Curve) or law is None or named.cause in NATURAL:
        return None
    with np.errstate(all="ignore"):
        knots = np.sort(first.forward(law.knots))
        atoms = first.forward(np.array([value for value, _ in law.atoms]))
    if not (np.isfinite(knots).all() and np.ptp(knots) > 0):
        return None
    image = Law(
        count=law.count,
        knots=knots,
        atoms=tuple((float(v), s) for v, (_, s) in zip(atoms, law.atoms, strict=True)),
        mean=float(knots.mean()),
        std=float(knots.std()),
        low=float(knots[0]),
        high=float(knots[-1]),
    )
    own_fields = {one.name: getattr(own.column.view, one.name) for one in fields(View)}
    view = FaultyView(**(own_fields | {"law": image}), fault=first)
    maps = [
        Suspect(one.fault, one.map, one.law_of(knots))
        for one in own.maps
        if (one.fault.cause, one.fault.variant) != (named.cause, named.variant)
    ]
    column = replace(own.column, view=view)
    return Suspects(
        column=column,
        lattice=own.lattice,
        maps=Catalogue(column, [one for one in maps if np.isfinite(one.law).all()]),
        others=None,  # what arrives in another's place never met this fault
    )


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
