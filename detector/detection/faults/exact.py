"""An exact map that is no known unit: the values left the decimals of training together."""

from typing import Final

from detector.detection.faults.fault import Affine, Column, Fault
from detector.events import Transform
from detector.events.words import figure


def offset(column: Column, shift: float, *, prior: float) -> Fault:
    """*shift* added to every value (topic unit)."""
    side = "above" if shift > 0 else "below"
    unit = column.suffix if column.view.values == "raw" else " (scaled)"
    return Fault(
        cause="offset",
        map=Affine(1.0, shift),
        prior=prior,
        figures=Transform(gain=1.0, offset=shift),
        looks=f"lies {figure(abs(shift))}{unit} {side} training, by the same in every record",
        fix=f"look for what is added to {column.name}: a baseline, a time zone, a calibration",
    )


def gain(column: Column, factor: float, shift: float, *, prior: float) -> Fault:
    """Every value times *factor* plus *shift* (topic unit)."""
    return Fault(
        cause="gain",
        map=Affine(factor, shift),
        prior=prior,
        figures=Transform(gain=factor, offset=shift),
        looks="went through one exact map in every record, which is no known unit and no known"
        " scaler",
        fix=f"look for a factor or a rescaling of {column.name}: a currency, a calibration,"
        " a refitted scaler",
    )


_LOOSE = 1e-9  # relative error of a gain that two grids give
UNKNOWN: Final = "unknown"  # variant of a scaler version whose file is not known


def rescaled(column: Column, whole: Affine, *, prior: float, loose: float | None = None) -> Fault:
    """What the map *whole* of a topic's values is called where its gain is no 1.

    loose: relative error of the gain; None where two grids told it, which leaves the centre open by
           whole steps.

    Where scaled values arrive and neither they nor the raw ones are multiplied by one number, both
    parameters of the scaler are others.
    """
    by_grids, loose = loose is None, _LOOSE if loose is None else loose
    own, raw = column.scaling, column.view.values == "raw"
    line = None if own is None else own.then(whole)
    size = 1.0 if own is None else max(1.0, abs(own.offset))
    pure = abs(whole.offset) <= loose * size * abs(whole.gain)
    if own is None or line is None or raw or pure or line.gain < 0:
        return gain(column, whole.gain, whole.offset, prior=prior)
    if abs(line.offset - own.offset) <= loose * size:  # a factor that raw values already had
        return gain(column, whole.gain, whole.offset, prior=prior)
    mean, scale = -line.offset / line.gain, 1 / line.gain
    open_ = ", whose scale is exact and whose centre is an estimate" if by_grids else ""
    return Fault(
        cause="scaler_version",
        variant=UNKNOWN,
        map=whole,
        prior=prior,
        figures=Transform(mean=mean, scale=scale, gain=whole.gain, offset=whole.offset),
        looks="is scaled with parameters that no version configured here has" + open_,
        fix="deploy the scaler and the model that were trained together,"
        " or add the file of that version to `versions`",
    )
