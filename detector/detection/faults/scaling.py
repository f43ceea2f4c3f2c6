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
        yield from _already_scaled(column, own, once)
        return
    yield Fault(
        cause="unscaled",
        map=undo,
        prior=1.0,
        figures=_figures(own.back()),
        looks="arrives unscaled: raw values where scaled ones belong",
        fix=f"apply the training scaler to {column.name} before the model",
    )
    yield Fault(
        cause="double_scaling",
        map=once,
        figures=_figures(own),
        looks="is scaled twice",
        fix=f"remove one of the two steps that scale {column.name}",
    )
    twice = own.back().then(own.back())
    yield Fault(
        cause="inverse_scaling",
        map=twice,
        figures=_figures(twice),
        looks="is scaled backwards, multiplied by the scale where it should be divided",
        fix=f"call transform, not inverse_transform, on {column.name}",
    )


def _already_scaled(column: Column, own: Affine, once: Affine | Curve) -> Iterator[Fault]:
    fix = f"send {column.name} unscaled: the model's own scaler scales it again"
    yield Fault(
        cause="double_scaling",
        variant="already_scaled",
        map=once,
        figures=_figures(own),
        looks="arrives scaled already, where raw values belong",
        fix=fix,
    )
    span = column.raw_range
    if span is not None and span[1] > span[0] and column.view.scaler.kind != "minmax":
        width = span[1] - span[0]
        unit = Affine(1 / width, -span[0] / width)
        yield Fault(
            cause="double_scaling",
            variant="minmax",
            map=unit,
            prior=-1.0,
            figures=_figures(unit),
            looks="arrives min-max scaled already, where raw values belong",
            fix=fix,
        )


def _figures(affine: Affine) -> Transform:
    return Transform(gain=affine.gain, offset=affine.offset)
