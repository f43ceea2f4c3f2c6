"""What YAML reads as a number, and what to tell a user who wrote something close to one."""

import math
import re

from detector.yamlfile.tree import Scalar

_SIMPLE = re.compile(r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?|[-+]?[1-9][0-9]*|0")
_DECIMAL = re.compile(r"[-+]?(?:[0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|[1-9][0-9_]*|0)")


def number(scalar: Scalar) -> float | None:
    """The float64 that stands there, None where YAML reads no decimal number.

    ``010`` (eight), ``0x1F`` and ``1:30`` (ninety) are numbers to YAML 1.1 and refused here,
    because nobody means them; ``.inf`` and ``.nan`` are given as they are.
    """
    if scalar.plain and _SIMPLE.fullmatch(scalar.text):  # nearly all, at a third of the time
        return float(scalar.text)
    if scalar.kind not in ("int", "float"):
        return None
    text = scalar.text.lower()
    if text.lstrip("+-") in (".inf", ".nan"):
        return float(text.replace(".", ""))
    if not _DECIMAL.fullmatch(scalar.text):
        return None
    try:
        return float(text.replace("_", ""))
    except ValueError:
        return None


def number_hint(scalar: Scalar) -> str | None:
    """How to write the number that the user seems to mean, None where nobody knows."""
    if not scalar.plain and scalar.tag is None and _parses(scalar.text) is not None:
        return "numbers stand without quotes."
    value = _parses(scalar.text)
    if value is not None and math.isfinite(value) and number(scalar) is None:
        read = "text" if scalar.kind == "str" else "another number"
        return f"YAML reads {scalar.text} as {read}; write {written(value)}."
    if "," in scalar.text and _parses(scalar.text.replace(",", ".")) is not None:
        return "the decimal sign is a point."
    return None


def written(value: float) -> str:
    """A number with a point and a signed exponent, as YAML wants it: ``1.0e-03``."""
    text = repr(value)
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    mantissa = mantissa if "." in mantissa else f"{mantissa}.0"
    return f"{mantissa}e{int(exponent):+03d}"


def _parses(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
