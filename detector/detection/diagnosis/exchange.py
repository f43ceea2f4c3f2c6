"""An exchange of two features, with all that their training laws say of it."""

from collections.abc import Callable
from functools import cache, partial

import msgspec
import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.faults import Column, Fault
from detector.detection.faults.columns import column_swap, swapped_values
from detector.detection.view import View

_EVERY = 32  # training values between two edges


class OtherHalf(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What an exchange puts in the other feature's place.

    edges: of the bins there, ascending; None where this feature's values have no finite law there.
    swapped, own: the laws there on those bins: of this feature, of the other.
    apart: mean training value of this feature less that of the other, raw.
    """

    edges: FloatArray | None
    swapped: FloatArray
    own: FloatArray
    apart: float


class Exchange(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One feature's place with another one's values.

    law:   of what arrives in this place, ascending.
    half:  gives the other half, which few exchanges come to be asked for.
    """

    fault: Fault
    other: View
    law: FloatArray
    half: Callable[[], OtherHalf]


@np.errstate(all="ignore")  # a place has values that another feature's scaler does not know
def exchange(column: Column, name: str) -> Exchange:
    """The one of *column* with the feature *name*, both of which have a law."""
    view, other = column.view, column.views[name]
    assert other.law is not None  # noqa: S101 - only such features are compared
    return Exchange(
        fault=column_swap(column, name),
        other=other,
        law=np.sort(swapped_values(view, other, other.law.knots)),
        half=cache(partial(_half, view, other)),
    )


@np.errstate(all="ignore")
def _half(view: View, other: View) -> OtherHalf:
    assert view.law is not None  # noqa: S101
    assert other.law is not None  # noqa: S101
    mine = np.sort(swapped_values(other, view, view.law.knots))
    edges, swapped, own = None, np.zeros(0), np.zeros(0)
    if np.isfinite(mine).all():
        edges = np.unique(np.concatenate((other.law.knots[::_EVERY], mine[::_EVERY])))
        swapped, own = masses(mine, edges), masses(other.law.knots, edges)
    apart = view.to_raw(view.law.knots).mean() - other.to_raw(other.law.knots).mean()
    return OtherHalf(edges=edges, swapped=swapped, own=own, apart=float(apart))


def masses(ordered: FloatArray, edges: FloatArray) -> FloatArray:
    """Shares of an ascending sample between *edges* (k,), below and above them, shape (k + 1,)."""
    ends = np.empty(len(edges) + 2)
    ends[0], ends[-1] = 0.0, 1.0
    ends[1:-1] = np.searchsorted(ordered, edges, side="right") / len(ordered)
    return ends[1:] - ends[:-1]
