"""The scaler applied twice, not at all, or backwards."""

from collections.abc import Iterator

from detector.detection.faults import formula
from detector.detection.faults.fault import Affine, Column, Curve, Fault
from detector.events import Transform

_RAW = -1.0  # log prior that another kind of scaler came before the topic


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
    yield _twice(column, own, once, None)
    if scaler.before is not None:
        yield from _without_before(column, own, scaler.before)
    twice = own.back().then(own.back())
    yield Fault(
        cause="inverse_scaling",
        map=twice,
        figures=_figures(twice),
        looks="is scaled backwards, multiplied by the scale where it should be divided",
        fix=f"call transform, not inverse_transform, on {column.name}",
    )


def _twice(column: Column, own: Affine, once: Affine | Curve, variant: str | None) -> Fault:
    return Fault(
        cause="double_scaling",
        variant=variant,
        map=once,
        figures=_figures(own),
        looks="is scaled twice" + (f", after one {variant}" if variant else ""),
        fix=f"remove one of the two steps that scale {column.name}",
    )


def _without_before(column: Column, own: Affine, before: str) -> Iterator[Fault]:
    """Faults of the scaling alone, where the transformation before it was applied once."""
    yield Fault(
        cause="unscaled",
        variant=before,
        map=own.back(),
        prior=0.5,
        figures=_figures(own.back()),
        looks=f"arrives unscaled: the {before} of raw values where scaled ones belong",
        fix=f"apply the training scaler to {column.name} after the {before}",
    )
    yield _twice(column, own, own, before)


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
    if column.view.scaler.before is not None:
        return
    for one in formula.kinds(column):
        yield Fault(
            cause="double_scaling",
            variant=one.variant,
            map=one.map,
            prior=_RAW + one.prior,
            figures=_figures(one.map),
            looks=f"arrives scaled already, {formula.WORDS[one.variant]}, where raw values belong",
            fix=fix,
            estimated=one.estimated,
        )


def _figures(affine: Affine) -> Transform:
    return Transform(gain=affine.gain, offset=affine.offset)
