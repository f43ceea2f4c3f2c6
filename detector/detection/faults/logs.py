"""A logarithm or square root dropped, or applied once too often."""

from collections.abc import Callable, Iterator

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.faults.fault import Column, Curve, Fault

_LARGEST = 40.0  # exp of it is 2e17: beyond, no training value was a logarithm
_LEAST_LOG = {  # of what they are taken of
    "log1p": 0.0, "sqrt": 0.0, "log": -20.0, "log10": -9.0, "log2": -30.0,
}  # fmt: skip
Function = Callable[[FloatArray], FloatArray]


def faults(column: Column, span: tuple[float, float] | None = None) -> Iterator[Fault]:
    """The transformations that the training range allows, in both directions.

    span: stands for the training range where the file has none.
    """
    span = column.raw_range or span
    if span is None:
        return
    low, high = span
    if column.view.scaler.before is not None:
        yield from _declared(column)
        return
    for variant, forward, inverse, prior in _extra(low):
        yield _fault(column, "log_extra", variant, forward, inverse, prior)
    for variant, forward, inverse, prior in _extra(0.0):
        if low >= _LEAST_LOG[variant] and (variant == "sqrt" or high < _LARGEST):
            yield _fault(column, "log_missing", variant, inverse, forward, prior - 0.5)


def _declared(column: Column) -> Iterator[Fault]:
    """The file says which transformation there is: dropped or applied twice."""
    scaler = column.view.scaler
    before = scaler.before or ""
    forward, inverse = _pairs(0.0)[before]
    if column.view.values == "raw":
        yield Fault(
            cause="log_extra", variant=before, map=Curve(forward, inverse),
            looks=_looks("log_extra", before), fix=_fix(column, "log_extra", before),
        )  # fmt: skip
        return
    parameters = scaler.parameters
    gain, offset = parameters.affine()
    yield Fault(
        cause="log_missing",
        variant=before,
        map=Curve(
            lambda z: gain * scaler.inverse_transform(z) + offset,
            lambda z: scaler.transform((z - offset) / gain),
        ),
        looks=_looks("log_missing", before),
        fix=_fix(column, "log_missing", before),
    )
    yield _fault(column, "log_extra", before, forward, inverse, 0.0)


def _extra(low: float) -> Iterator[tuple[str, Function, Function, float]]:
    pairs = _pairs(low)
    if low >= 0:
        yield ("log1p", *pairs["log1p"], 0.0)
        yield ("sqrt", *pairs["sqrt"], -1.0)
    if low > 0:
        yield ("log", *pairs["log"], -0.5)
        yield ("log10", *pairs["log10"], -0.5)
        yield ("log2", *pairs["log2"], -1.0)
    elif low == 0:
        yield ("log", *pairs["log"], -1.0)
        yield ("log10", *pairs["log10"], -1.0)
        yield ("log2", *pairs["log2"], -1.5)


def _pairs(low: float) -> dict[str, tuple[Function, Function]]:
    """Each function with its inverse; beyond their domain they stop at its edge."""
    tiny = low if low > 0 else 1e-9
    return {
        "log1p": (
            lambda x: np.log1p(np.maximum(x, 0.0)),
            lambda y: np.expm1(np.clip(y, -9.0, _LARGEST)),
        ),
        "log": (
            lambda x: np.log(np.maximum(x, tiny)),
            lambda y: np.exp(np.clip(y, -_LARGEST, _LARGEST)),
        ),
        "log10": (
            lambda x: np.log10(np.maximum(x, tiny)),
            lambda y: 10.0 ** np.clip(y, -_LARGEST / 2, _LARGEST / 2),
        ),
        "log2": (
            lambda x: np.log2(np.maximum(x, tiny)),
            lambda y: np.exp2(np.clip(y, -_LARGEST, _LARGEST)),
        ),
        "sqrt": (
            lambda x: np.sqrt(np.maximum(x, 0.0)),
            lambda y: np.square(np.maximum(y, 0.0)),
        ),
    }


def _fault(
    column: Column, cause: str, variant: str, forward: Function, inverse: Function, prior: float
) -> Fault:
    return Fault(
        cause=cause,  # type: ignore[arg-type]  # log_missing or log_extra
        variant=variant,
        map=column.in_topic(Curve(forward, inverse)),
        prior=prior,
        looks=_looks(cause, variant),
        fix=_fix(column, cause, variant),
    )


def _looks(cause: str, variant: str) -> str:
    if cause == "log_extra":
        return f"looks like the {variant} of training's values"
    return f"arrives without the {variant} that training applied"


def _fix(column: Column, cause: str, variant: str) -> str:
    if cause == "log_extra":
        return f"remove the {variant} that {column.name} goes through once too often"
    return f"apply {variant} to {column.name} as training did, before the scaler"
