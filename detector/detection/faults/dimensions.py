"""What a unit in a scaler file measures, and which named maps between units can begin there."""

TEMPERATURE = {  # how people write them
    "degc": "degC", "c": "degC", "°c": "degC", "celsius": "degC",
    "degf": "degF", "f": "degF", "°f": "degF", "fahrenheit": "degF",
    "k": "kelvin", "kelvin": "kelvin",
}  # fmt: skip
ALIASES = {  # how people write the other units that a map may begin with
    "mile": ("mi", "mile", "miles"), "km": ("km", "kilometre", "kilometer", "kilometres"),
    "kg": ("kg",), "lb": ("lb", "lbs", "pound", "pounds"), "foot": ("ft", "foot", "feet"),
    "metre": ("m", "metre", "meter", "metres", "meters"), "inch": ("in", "inch", "inches"),
    "mm": ("mm",), "cm": ("cm",), "gallon": ("gal", "gallon", "gallons"),
    "litre": ("l", "litre", "liter", "litres", "liters"), "psi": ("psi",), "kPa": ("kpa",),
    "inHg": ("inhg",), "hPa": ("hpa", "mbar"), "knot": ("kn", "kt", "knot", "knots"),
    "kmh": ("km/h", "kmh", "kph"), "ms": ("m/s", "ms"), "mph": ("mph",),
    "degree": ("deg", "°", "degree", "degrees"), "radian": ("rad", "radian", "radians"),
}  # fmt: skip
_MEASURES = {  # unit of a named map: what it measures
    **dict.fromkeys(("degC", "degF", "kelvin"), "temperature"),
    **dict.fromkeys(("mile", "km", "foot", "metre", "inch", "mm", "cm"), "length"),
    **dict.fromkeys(("kg", "lb", "ounce", "gram", "stone"), "mass"),
    **dict.fromkeys(("gallon", "litre"), "volume"),
    **dict.fromkeys(("acre", "hectare", "sqft", "sqm"), "area"),
    **dict.fromkeys(("psi", "kPa", "inHg", "hPa", "mmHg", "bar"), "pressure"),
    **dict.fromkeys(("knot", "kmh", "ms", "mph"), "speed"),
    **dict.fromkeys(("degree", "radian"), "angle"),
    **dict.fromkeys(("calorie", "joule"), "energy"),
}
_WRITTEN = {  # further ways to write what a file may measure; none that could mean two things
    "length": ("yd", "µm", "nm", "kilometers", "millimetre", "millimeter"),
    "mass": ("g", "mg", "oz", "t", "tonne", "tonnes", "gram", "grams", "stone"),
    "volume": ("ml", "m3", "m³", "cl", "bbl"),
    "area": ("m2", "m²", "km2", "km²", "ha", "acre", "acres", "sqft", "ft2", "ft²", "sqm"),
    "pressure": ("pa", "bar", "mmhg", "atm", "torr"),
    "energy": ("j", "kj", "mj", "cal", "kcal", "wh", "kwh", "mwh"),
    "ratio": ("%", "percent", "ratio", "ppm", "ppb"),
    "time": ("s", "sec", "second", "seconds", "min", "minute", "minutes", "h", "hour", "hours",
             "day", "days", "µs", "ns"),
    "data": ("byte", "bytes", "kb", "gb", "kib", "mib", "gib"),
    "money": ("usd", "eur", "gbp", "jpy", "chf", "$", "€", "£"),
    "electricity": ("v", "mv", "ma", "w", "kw", "mw", "volt", "volts", "watt", "watts"),
    "frequency": ("hz", "khz", "mhz", "ghz", "rpm"),
}  # fmt: skip
_TWO_MEANINGS = {"ms", "deg", "°"}  # milliseconds, and degrees of either kind
_KNOWN = {
    **dict.fromkeys(TEMPERATURE, "temperature"),
    **{alias: _MEASURES[unit] for unit, ways in ALIASES.items() for alias in ways},
    **{alias: what for what, ways in _WRITTEN.items() for alias in ways},
}
_PARTS = {"speed": ("speed", "length"), "money": ("money", "length", "mass", "volume", "area")}


def may_begin(unit: str | None, had: str) -> bool:
    """Whether values in *unit*, as a file says it, can suffer the map from *had* to another unit.

    A speed may be in feet a second, a price by the pound. Where the file says nothing, or what is
    not known here, anything may be.
    """
    written = (unit or "").lower()
    what = None if written in _TWO_MEANINGS else _KNOWN.get(written)
    return what is None or _MEASURES[had] in _PARTS.get(what, (what,))
