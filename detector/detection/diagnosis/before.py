"""What a feature was called before an onset, and what that makes of it."""

from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.catalogue import Map
from detector.detection.diagnosis.suspects import Suspects
from detector.detection.faults import Fault
from detector.events import Diagnosis

ON_TOP = -1.5  # nats: one fault upon another is rarer than one in its place


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """The cause that held before an onset.

    since: number of the record since which it held.
    first: number of the first record of the episode: those before it are sound.
    """

    named: Diagnosis
    since: int
    first: int


@dataclass(frozen=True, slots=True)
class Before:
    """A fault that was named before an onset.

    fault:     as one of the explanations: nothing but it.
    catalogue: what other faults make of its law; None where it is no map.
    map:       from sound values to what arrives under it; None where it has no inverse.
    instead:   what other faults in its place look like behind it; None where it has no inverse.
    within:    what another fault looks like along the path that arrives under it, where the map is
               a curve and the path behind it may leave all numbers; else None.
    replaced:  values that it puts in the place of others.
    """

    fault: Fault
    catalogue: Suspects | None
    map: Map | None
    instead: Suspects | None
    within: Suspects | None = None
    replaced: tuple[float, ...] = ()

    def sound(self, values: FloatArray) -> FloatArray:
        """What lies behind *values* under the fault, as far as it can be known."""
        if self.map is None:
            return values[:0]
        with np.errstate(all="ignore"):
            return self.map.inverse(values[~np.isin(values, self.replaced)])


def on_top(fault: Fault, named: str) -> Fault:
    """*fault*, told as one upon another that is *named* so."""
    return replace(fault, looks=f"{fault.looks}, on top of the {named.replace('_', ' ')} before")
