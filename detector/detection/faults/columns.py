"""Two features mixed up: another one's parameters, or another one's values."""

from collections.abc import Iterator
from math import log

from detector.detection.batch import FloatArray
from detector.detection.faults.fault import Affine, Column, Fault
from detector.detection.view import View
from detector.events import Transform


def faults(column: Column) -> Iterator[Fault]:
    """Every other feature, as the one whose parameters or whose values stand here."""
    many = log(max(len(column.views), 2))
    own = column.scaling
    back = None if own is None else own.back()
    for name, other in column.views.items():
        if name == column.view.name:
            continue
        if column.view.values == "scaled" and back is not None and other.scaler.kind != "identity":
            whole = back.then(Affine(*other.scaler.parameters.affine()))
            yield Fault(
                cause="column_scaler",
                variant=name,
                map=whole,
                prior=-0.3 * many,
                figures=Transform(feature=name, gain=whole.gain, offset=whole.offset),
                feature=name,
                looks=f"is scaled with the parameters of {name}",
                fix=f"give {column.name} its own parameters; select columns by name: they reach the"
                " scaler in another order than in training",
            )
        yield Fault(
            cause="column_swap",
            variant=name,
            map=None,
            prior=-0.7 - 0.3 * many,
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
