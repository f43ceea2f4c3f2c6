"""Two features mixed up: another one's parameters, or another one's values."""

from collections.abc import Iterator
from math import log

from detector.detection.batch import FloatArray
from detector.detection.faults.fault import Affine, Column, Fault
from detector.detection.view import View
from detector.events import Transform


def faults(column: Column) -> Iterator[Fault]:
    """Every other feature, as the one whose parameters or whose values stand here."""
    for name in column.views:
        if name == column.view.name:
            continue
        whole = scaled_by(column, name)
        if whole is not None:
            yield column_scaler(column, name, whole)
        yield column_swap(column, name)


def scaled_by(column: Column, name: str) -> Affine | None:
    """What the parameters of the feature *name* make of sound values; None where there is no such
    mistake.
    """
    own, other = column.scaling, column.views[name]
    if column.view.values != "scaled" or own is None or other.scaler.kind == "identity":
        return None
    return own.back().then(Affine(*other.scaler.parameters.affine()))


def column_scaler(column: Column, name: str, whole: Affine) -> Fault:
    """Scaled with the parameters of the feature *name*, which is the map *whole*."""
    return Fault(
        cause="column_scaler",
        variant=name,
        map=whole,
        prior=-0.3 * log(max(len(column.views), 2)),
        figures=Transform(feature=name, gain=whole.gain, offset=whole.offset),
        feature=name,
        looks=f"is scaled with the parameters of {name}",
        fix=f"give {column.name} its own parameters; select columns by name: they reach the"
        " scaler in another order than in training",
    )


def column_swap(column: Column, name: str) -> Fault:
    """Exchanged with the feature *name*."""
    return Fault(
        cause="column_swap",
        variant=name,
        map=None,
        prior=-0.7 - 0.3 * log(max(len(column.views), 2)),
        figures=Transform(feature=name),
        feature=name,
        looks=f"carries the values of {name}, and {name} those of {column.name}",
        fix=f"exchange {column.name} and {name} where the record is put together",
    )


def swapped_values(place: View, other: View, values: FloatArray) -> FloatArray:
    """Sound topic *values* of the feature *other* as they look in the place of *place*, shape (n,).

    On a scaled topic the values were swapped before scaling: each column went through the other's
    scaler.
    """
    if place.values == "raw":
        return values
    return place.scaler.transform(other.to_raw(values))
