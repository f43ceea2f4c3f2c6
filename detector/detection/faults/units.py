"""Another unit: powers of ten, time, bytes, imperial measures, temperature, angle."""

from collections.abc import Iterator
from functools import cache
from math import pi

from detector.detection.faults.dimensions import ALIASES, TEMPERATURE, may_begin
from detector.detection.faults.fault import Affine, Column, Fault
from detector.events import Transform
from detector.events.words import figure

GAINS: dict[str, tuple[float, float]] = {  # name: (factor, log prior)
    "1000": (1e3, 0.0),
    "100": (1e2, 0.0),
    "10": (1e1, -0.5),
    "1e4": (1e4, -1.5),
    "1e6": (1e6, -0.5),
    "1e9": (1e9, -1.0),
    "60": (60.0, -1.0),
    "3600": (3600.0, -1.0),
    "24": (24.0, -2.0),
    "86400": (86400.0, -1.5),
    "1024": (1024.0, -2.0),
    "mile_km": (1.609344, -1.5),
    "kg_lb": (2.2046226218, -1.5),
    "foot_metre": (0.3048, -1.5),
    "inch_mm": (25.4, -1.5),
    "inch_cm": (2.54, -1.5),
    "foot_inch": (12.0, -2.0),
    "gallon_litre": (3.785411784, -2.0),
    "psi_kPa": (6.894757, -2.0),
    "inHg_hPa": (33.86389, -2.0),
    "knot_kmh": (1.852, -2.0),
    "knot_ms": (0.514444, -2.0),
    "kmh_ms": (1 / 3.6, -2.0),
    "mph_ms": (0.44704, -2.0),
    "degree_radian": (pi / 180, -1.5),
    "3.6e6": (3.6e6, -2.0),
    "8.64e7": (8.64e7, -2.0),
    "8": (8.0, -2.5),
    "7": (7.0, -2.5),
    "1048576": (1048576.0, -2.0),
    "1073741824": (1073741824.0, -2.0),
    "mile_metre": (1609.344, -2.0),
    "inch_metre": (0.0254, -2.0),
    "ounce_gram": (28.349523, -2.5),
    "stone_kg": (6.35029318, -2.5),
    "acre_hectare": (0.40468564, -2.5),
    "sqft_sqm": (0.09290304, -2.5),
    "mmHg_kPa": (0.13332239, -2.5),
    "psi_bar": (0.068947573, -2.5),
    "calorie_joule": (4.184, -2.5),
}
TEMPERATURES: dict[str, tuple[float, float, float]] = {  # name: (gain, offset, log prior)
    "degC_degF": (1.8, 32.0, -0.5),
    "degF_degC": (1 / 1.8, -32 / 1.8, -0.5),
    "degC_kelvin": (1.0, 273.15, -1.0),
    "kelvin_degC": (1.0, -273.15, -1.0),
    "degF_kelvin": (1 / 1.8, 459.67 / 1.8, -1.5),
    "kelvin_degF": (1.8, -459.67, -1.5),
}
WORDS = {
    "kmh": "km/h", "ms": "m/s", "knot": "knots", "kelvin": "K", "mile": "miles", "foot": "feet",
    "inch": "inches", "metre": "metres", "gallon": "gallons", "litre": "litres",
    "degree": "degrees", "radian": "radians", "sqft": "square feet", "sqm": "square metres",
    "acre": "acres", "hectare": "hectares", "ounce": "ounces", "gram": "grams",
    "calorie": "calories", "joule": "joules",
}  # fmt: skip
HINTS = {  # what a plain factor usually is: live has the one where training had the other
    "1000": "ms for s, g for kg",
    "100": "percent for shares, cents for whole amounts",
    "1e6": "µs for s",
    "1e9": "ns for s",
    "60": "seconds for minutes, minutes for hours",
    "3600": "seconds for hours",
    "24": "hours for days",
    "86400": "seconds for days",
    "1024": "KiB for MiB",
    "3.6e6": "ms for hours",
    "8.64e7": "ms for days",
    "8": "bits for bytes",
    "7": "days for weeks",
    "1048576": "bytes for MiB",
    "1073741824": "bytes for GiB",
}
_RANGES = {"degC": (-90.0, 400.0), "degF": (-130.0, 750.0), "kelvin": (150.0, 700.0)}
_IMPLAUSIBLE = -6.0  # incomes are no temperatures, whatever is added to them
_CONTRADICTED = -3.0  # the file names a temperature unit, and it is another one
_DECLARED = 3.0  # the file names the unit that the map begins with


def faults(column: Column) -> Iterator[Fault]:
    """Every known unit that may stand for the training unit: of what the file's unit measures."""
    unit = column.view.scaler.unit
    for name, (factor, prior) in GAINS.items():
        if name[0].isdigit() or may_begin(unit, name.split("_", maxsplit=1)[0]):
            for variant, gain in ((_times(name), factor), (_divided(name), 1 / factor)):
                declared = _DECLARED if _is_named(unit, variant.split("_")[0]) else 0.0
                yield _unit(column, variant, gain, 0.0, prior + declared)
    known = TEMPERATURE.get((unit or "").lower())
    for name, (gain, offset, prior) in TEMPERATURES.items():
        if not may_begin(unit, name.split("_", maxsplit=1)[0]):
            continue
        told = _plausible(column, name)
        if known is not None:
            told = _DECLARED if name.startswith(known) else _CONTRADICTED
        yield _unit(column, name, gain, offset, prior + told)


def _plausible(column: Column, name: str) -> float:
    """Log prior that training values in no named unit are temperatures in the unit of *name*."""
    low, high = _RANGES[name.split("_", maxsplit=1)[0]]
    span = column.raw_range
    return 0.0 if span is None or (low <= span[0] and span[1] <= high) else _IMPLAUSIBLE


def _unit(column: Column, variant: str, gain: float, offset: float, prior: float) -> Fault:
    return Fault(
        cause="unit",
        variant=variant,
        map=column.in_topic(Affine(gain, offset)),
        prior=prior,
        figures=Transform(gain=gain, offset=offset),
        looks=_looks(column.view.scaler.unit, variant, gain),
        fix=f"convert {column.name} back before the scaler ({_undo(gain, offset)}), or deploy a"
        " scaler fitted on the new unit",
    )


@cache  # features that share a unit share its sentences
def _looks(unit: str | None, variant: str, gain: float) -> str:
    whose = f" for {unit}" if unit else ""
    if variant[0] in "x/":
        size = "large" if gain > 1 else "small"
        return f"is {figure(max(gain, 1 / gain))} times too {size}{whose or _hint(variant)}"
    had, got = variant.split("_")
    if had in _RANGES or _is_named(unit, had):
        return f"looks like {WORDS.get(got, got)} where training had {WORDS.get(had, had)}"
    size = "large" if gain > 1 else "small"
    return (
        f"is {figure(max(gain, 1 / gain))} times too {size}{whose}, as where"
        f" {WORDS.get(had, had)} become {WORDS.get(got, got)}"
    )


def _hint(variant: str) -> str:
    hint = HINTS.get(variant[1:])
    if hint is None:
        return ""
    if variant[0] == "/":
        pairs = [part.split(" for ") for part in hint.split(", ")]
        hint = ", ".join(f"{there} for {here}" for here, there in pairs)
    return f" ({hint}?)"


def _is_named(unit: str | None, had: str) -> bool:
    """Whether the file says that training had the unit that the map begins with."""
    return (unit or "").lower() in ALIASES.get(had, ())


@cache
def _undo(gain: float, offset: float) -> str:
    """The steps back, in round numbers where there are any."""
    less = offset and f"{'subtract' if offset > 0 else 'add'} {figure(abs(offset), 5)}"
    if gain == 1:
        return str(less)
    if gain > 1:
        return (
            f"{less}, then divide by {figure(gain, 5)}" if less else f"divide by {figure(gain, 5)}"
        )
    text = f"multiply by {figure(1 / gain, 5)}"
    back = offset / gain
    more = f"{'subtract' if back > 0 else 'add'} {figure(abs(back), 5)}"
    return f"{text}, then {more}" if offset else text


def _times(name: str) -> str:
    return f"x{name}" if name[0].isdigit() else name


def _divided(name: str) -> str:
    return f"/{name}" if name[0].isdigit() else "_".join(reversed(name.split("_")))
