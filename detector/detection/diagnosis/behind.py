"""The sound path behind a fault: where another fault takes its place, the same path goes on.

Under the first fault A the values A^-1(x) go on as a sound path does. If from an onset on they
arrive by another fault B instead, B^-1(x) goes on with that path and A^-1(x) does not. With
y = A^-1(x) this is the question about a sound feature again, its maps being A^-1 B: everything
that training and the records before tell of the feature holds of y. Where B came on top of A, they
are A^-1 B A.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.before import ON_TOP, on_top
from detector.detection.diagnosis.catalogue import Catalogue, Map, with_laws
from detector.detection.diagnosis.innovation import Innovation
from detector.detection.diagnosis.lattice import LAST
from detector.detection.diagnosis.scene import Scene
from detector.detection.diagnosis.suspects import IDENTITY, Suspects
from detector.detection.faults import Affine, Column, Curve, Fault
from detector.detection.faults.columns import column_scaler, scaled_by

NOT_ON_TOP = ("column_scaler", "column_swap", "scaler_kind", "refit_on_live")


@dataclass(frozen=True, slots=True)
class SoundPath:
    """What is known of sound values before an onset, though they arrived under a fault.

    law:    of an ordinary step.
    before: the last of them, at most 256, in order.
    """

    law: Innovation
    before: FloatArray


def instead(own: Suspects, first: Map, named: tuple[str, str | None], sound: Fault) -> Suspects:
    """The catalogue of *own* as what takes the place of *first*, which is *named*; or comes on
    top of it.

    sound: stands for the end of the first fault, which is no other one.
    """
    law = own.column.view.law
    assert law is not None  # noqa: S101 - without one there is no catalogue
    with np.errstate(all="ignore"):
        fixed = with_laws(list(_fixed(own, first, named, sound)), law.knots)
    maps = Catalogue(own.column, fixed)
    others = own.maps.others
    if others is not None and isinstance(first, Affine):  # curves are dear: none for each feature
        maps = Catalogue(
            own.column,
            fixed,
            others.but(named[1] if named[0] == "column_scaler" else None).behind(first),
            told=lambda name, _: _by_other(own.column, name),
        )
    # what arrives in another's place is a question to the other's path, which is not asked here
    return Suspects(own.column, own.lattice, maps, others=None)


def _by_other(column: Column, name: str) -> Fault:
    whole = scaled_by(column, name)
    assert whole is not None  # noqa: S101 - only such features have figures
    return column_scaler(column, name, whole)


def _fixed(
    own: Suspects, first: Map, named: tuple[str, str | None], sound: Fault
) -> Iterator[tuple[Fault, Map]]:
    """Faults as they look behind the first one: its end, others in its place, others upon it."""
    known = first != IDENTITY
    if known:
        yield sound, _after(IDENTITY, first)
    for one in own.maps.fixed:
        fault = one.fault
        if (fault.cause, fault.variant) == named:
            continue
        yield fault, _after(one.map, first)
        if known and isinstance(first, Affine) and fault.cause not in NOT_ON_TOP:
            upon = replace(on_top(fault, named[0]), prior=fault.prior + ON_TOP)
            yield upon, _after(then(first, one.map), first)


def then(first: Map, second: Map) -> Map:
    """Both, one after the other."""
    if isinstance(first, Affine) and isinstance(second, Affine):
        return first.then(second)
    return Curve(
        forward=lambda values: second.forward(first.forward(values)),
        inverse=lambda values: first.inverse(second.inverse(values)),
    )


def _after(second: Map, first: Map) -> Map:
    """What *second* makes of sound values, as it looks behind *first*."""
    return then(second, back(first))


def back(one: Map) -> Map:
    """The inverse map."""
    if isinstance(one, Affine):
        return one.back()
    return Curve(forward=one.inverse, inverse=one.forward)


def behind(
    scene: Scene, others: Suspects, first: Map, path: SoundPath, replaced: tuple[float, ...] = ()
) -> Scene | None:
    """The scene of the sound path behind *first*; None where no such path is there.

    others:   of ``instead``.
    replaced: what *first* puts in the place of values: no step of the path leads there.
    """
    with np.errstate(all="ignore"):
        values = first.inverse(scene.values[~np.isin(scene.values, replaced)])
    if not (np.isfinite(values).all() and np.isfinite(path.before).all()):
        return None
    if float(others.on_lattice([IDENTITY], path.before[-LAST:])[0]) < 0:
        # a map that was found by its figures is not exact
        others = dataclasses.replace(others, lattice=None)
    return dataclasses.replace(
        scene, own=others, values=values, before=path.before, law=path.law, second=True
    )
