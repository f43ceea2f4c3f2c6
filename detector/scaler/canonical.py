"""RFC 8785 JSON (JCS): one text for one value, whoever writes it."""

import json
import math
from collections.abc import Mapping, Sequence

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def canonical(value: Json) -> str:
    """The RFC 8785 text of *value*; every number is taken as float64, -0.0 as 0.

    Raises ValueError for NaN and infinity, which JSON does not know.

    >>> canonical({"scale": 1e-7, "mean": 55.0, "before": None})
    '{"before":null,"mean":55,"scale":1e-7}'
    """
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        return _number(float(value))
    if isinstance(value, Mapping):
        # RFC 8785, 3.2.3: keys are sorted by their UTF-16 code units
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        members = (f"{json.dumps(key, ensure_ascii=False)}:{canonical(value[key])}" for key in keys)
        return "{" + ",".join(members) + "}"
    return "[" + ",".join(map(canonical, value)) + "]"


def _number(value: float) -> str:
    """ECMAScript's Number.prototype.toString (ECMA-262, 6.1.6.1.20), as RFC 8785, 3.2.2.3 asks.

    Python's repr finds the same shortest digits; only the placing of the point differs.
    """
    if not math.isfinite(value):
        raise ValueError(f"JSON has no {value}")
    if value == 0:
        return "0"
    if value < 0:
        return f"-{_number(-value)}"
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    # value = 0.DIGITS x 10^point
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    point -= len(digits) - len(digits.lstrip("0"))
    digits = digits.strip("0")
    if len(digits) <= point <= 21:  # noqa: PLR2004 - the constants of ECMA-262
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:  # noqa: PLR2004
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:  # noqa: PLR2004
        return f"0.{'0' * -point}{digits}"
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{point - 1:+d}"
