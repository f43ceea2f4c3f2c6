"""Another unit: powers of ten, time, bytes, imperial measures, temperature, angle."""

from collections.abc import Iterator
from math import pi

from detector.detection.faults.fault import Affine, Column, Fault
from detector.events import Transform

GAINS: dict[str, tuple[float, float]] = {  # name: (factor, log prior)
    "1000": (1e3, 0.0),
    "100": (1e2, 0.0),
    "10": (1e1, -0.5),
    "1e6": (1e6, -0.5),
    "60": (60.0, -1.0),
    "3600": (3600.0, -1.0),
    "1024": (1024.0, -2.0),
    "mile_km": (1.609344, -1.5),
    "kg_lb": (2.2046226218, -1.5),
    "foot_metre": (0.3048, -1.5),
    "inch_mm": (25.4, -1.5),
    "inch_cm": (2.54, -1.5),
    "knot_kmh": (1.852, -2.0),
    "knot_ms": (0.514444, -2.0),
    "kmh_ms": (1 / 3.6, -2.0),
    "mph_ms": (0.44704, -2.0),
    "degree_radian": (pi / 180, -1.5),
}
TEMPERATURES: dict[str, tuple[float, float, float]] = {  # name: (gain, offset, log prior)
    "degC_degF": (1.8, 32.0, -0.5),
    "degF_degC": (1 / 1.8, -32 / 1.8, -0.5),
    "degC_kelvin": (1.0, 273.15, -1.5),
    "kelvin_degC": (1.0, -273.15, -1.5),
    "degF_kelvin": (1 / 1.8, 459.67 / 1.8, -2.0),
    "kelvin_degF": (1.8, -459.67, -2.0),
}


def faults(column: Column) -> Iterator[Fault]:
    """Every known unit that may stand for the training unit."""
    for name, (factor, prior) in GAINS.items():
        yield _unit(column, _times(name), factor, 0.0, prior)
        yield _unit(column, _divided(name), 1 / factor, 0.0, prior)
    for name, (gain, offset, prior) in TEMPERATURES.items():
        yield _unit(column, name, gain, offset, prior)


def _unit(column: Column, variant: str, gain: float, offset: float, prior: float) -> Fault:
    return Fault(
        cause="unit",
        variant=variant,
        map=column.in_topic(Affine(gain, offset)),
        prior=prior,
        figures=Transform(gain=gain, offset=offset),
    )


def _times(name: str) -> str:
    return f"x{name}" if name[0].isdigit() else name


def _divided(name: str) -> str:
    return f"/{name}" if name[0].isdigit() else "_".join(reversed(name.split("_")))
