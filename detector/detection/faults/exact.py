"""An exact map that is no known unit: the values left the decimals of training together."""

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
