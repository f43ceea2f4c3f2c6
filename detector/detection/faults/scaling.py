"""The scaler applied twice, not at all, or backwards."""

from collections.abc import Iterator

from detector.detection.faults.fault import Affine, Column, Curve, Fault
from detector.events import Transform


def faults(column: Column) -> Iterator[Fault]:
    """On a raw topic: values that are scaled already. On a scaled one: scaled twice, unscaled,
    inverted.
    """
    own = column.scaling
    if own is None:
        return
    scaler = column.view.scaler
    once = Curve(scaler.transform, scaler.inverse_transform) if scaler.before else own
    undo = Curve(scaler.inverse_transform, scaler.transform) if scaler.before else own.back()
    if column.view.values == "raw":
        yield Fault(
            cause="double_scaling", variant="already_scaled", map=once, figures=_figures(own)
        )
        span = column.raw_range
        if span is not None and span[1] > span[0] and scaler.kind != "minmax":
            width = span[1] - span[0]
            unit = Affine(1 / width, -span[0] / width)
            yield Fault(
                cause="double_scaling",
                variant="minmax",
                map=unit,
                prior=-1.0,
                figures=_figures(unit),
            )
        return
    yield Fault(cause="unscaled", map=undo, prior=1.0, figures=_figures(own.back()))
    yield Fault(cause="double_scaling", map=once, figures=_figures(own))
    twice = own.back().then(own.back())
    yield Fault(cause="inverse_scaling", map=twice, figures=_figures(twice))


def _figures(affine: Affine) -> Transform:
    return Transform(gain=affine.gain, offset=affine.offset)
