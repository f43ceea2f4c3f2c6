"""The map of a fault in figures, and what it makes of a value that the reader can check."""

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.sample import ENOUGH_BEFORE, Sample
from detector.detection.faults import Affine, Column, Curve, Fault
from detector.detection.faults.columns import swapped_values
from detector.events.words import figure

_SAME = 1e-9  # relative: what arithmetic leaves of an offset of 0, or takes from a gain of 1
_HUNDREDS = 100.0
_OTHER_SCALERS = ("scaler_kind", "scaler_version", "column_scaler")
_TOLD = ("offset", "distribution_shift")
_SAID = ("offset", "sign_flip", "distribution_shift")  # their sentence has the figures already


def map_in_words(column: Column, fault: Fault) -> str | None:
    """The map as a formula; None where there is none, or where the sentence has said it."""
    one, own, scaled = fault.map, column.scaling, column.view.values == "scaled"
    if not isinstance(one, Affine) or (fault.cause in _SAID and fault.variant is None):
        return None
    if fault.cause == "double_scaling":
        return f"live ≈ {_scaling(one, 'training')}"
    if own is None or not scaled:
        return formula(one)
    if fault.cause in _OTHER_SCALERS:
        raw = "raw" if column.view.scaler.before is None else f"{column.view.scaler.before}(raw)"
        return f"live ≈ {_scaling(own.then(one), raw)}, where {_scaling(own, raw)} belongs"
    if fault.cause == "unit":
        return f"before scaling, {formula(own.then(one).then(own.back()))}"
    return formula(one)


def example(column: Column, fault: Fault, seen: Sample) -> str | None:
    """What the map makes of the median of training, or of that just before where live values come
    from there, beside the live one; None without a map or a law.
    """
    one, law = fault.map, column.view.law
    if law is None or not len(seen.since) or fault.cause in _TOLD:
        return None
    if fault.cause == "column_swap":
        return _exchanged(column, fault, seen)
    if not isinstance(one, Affine | Curve):
        return None
    live = float(np.median(seen.since))
    medians = [("training's median", _through(one, law.knots))]
    if len(seen.before) >= ENOUGH_BEFORE:
        medians.append(("the median just before", _through(one, seen.before)))
    known = [(name, *pair) for name, pair in medians if np.isfinite(pair).all()]
    if not known or not np.isfinite(live):
        return None
    near = [abs(image - live) for _, _, image in known]
    name, base, image = known[-1] if near[-1] < near[0] / 2 else known[0]
    arrives = 0.0 if abs(image) < _SAME * float(np.ptp(seen.since)) else image
    return (
        f"{name}, {_raw(column, base)}, becomes {figure(arrives)}; the live one is {figure(live)}"
    )


def _exchanged(column: Column, fault: Fault, seen: Sample) -> str | None:
    name = fault.feature or ""
    other, law = column.views[name], column.view.law
    if other.law is None or law is None:
        return None
    here = float(np.median(swapped_values(column.view, other, other.law.knots)))
    own, live = float(np.median(law.knots)), float(np.median(seen.since))
    return (
        f"training's medians: {column.name} {figure(own)}, {name} {figure(here)} in its place; the"
        f" live one is {figure(live)}"
    )


def _raw(column: Column, value: float) -> str:
    """A value of the topic as training knew it."""
    if column.view.values == "raw":
        return column.rounded(value)
    raw = float(column.view.to_raw(np.array([value]))[0])
    return f"{figure(raw)}{column.suffix} before scaling"


def formula(one: Affine) -> str:
    """The map in figures.

    >>> formula(Affine(0.01, 0.0))
    'live ≈ training / 100'
    >>> formula(Affine(0.5556, -17.78)), formula(Affine(1.0, 3.0)), formula(Affine(-1.0, 0.0))
    ('live ≈ 0.5556 × training - 17.78', 'live ≈ training + 3', 'live ≈ -training')
    """  # noqa: RUF002 - the sign of multiplication
    if abs(one.gain - 1) < _SAME:
        text = "training"
    elif abs(one.gain + 1) < _SAME:
        text = "-training"
    elif _is_whole(1 / one.gain):
        text = f"training / {figure(1 / one.gain)}"
    else:
        text = f"{figure(one.gain)} × training"  # noqa: RUF001 - the sign of multiplication
    return f"live ≈ {text}{_added(one.offset, one.gain)}"


def _scaling(one: Affine, name: str) -> str:
    """A scaler as people write it: centre and divisor.

    >>> _scaling(Affine(0.05, -3.0), "raw"), _scaling(Affine(1.0, -60.0), "raw")
    ('(raw - 60) / 20', 'raw - 60')
    """
    centred = f"{name}{_added(one.offset / one.gain, 1.0)}"
    if abs(one.gain - 1) < _SAME:
        return centred
    return f"{centred if centred == name else f'({centred})'} / {figure(1 / one.gain)}"


def _is_whole(divisor: float) -> bool:
    return divisor > 1 and abs(divisor - round(divisor)) < _SAME * divisor


def _added(offset: float, size: float) -> str:
    if abs(offset) <= _SAME * abs(size):
        return ""
    digits = 4 if abs(offset) < _HUNDREDS else 5  # 273.15
    return f" {'+' if offset > 0 else '-'} {figure(abs(offset), digits)}"


def _through(one: Affine | Curve, base: FloatArray) -> tuple[float, float]:
    """The median of *base*, and of what the map makes of it."""
    middle = float(np.median(base))
    return middle, float(one.forward(np.array([middle]))[0])
