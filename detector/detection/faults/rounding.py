"""Digits lost: rounded, or cast to integers."""

from collections.abc import Callable, Iterator

import numpy as np
from msgspec.structs import replace

from detector.detection.batch import FloatArray
from detector.detection.faults.fault import Column, Fault, OneWay
from detector.events import Transform

Way = Callable[[FloatArray], FloatArray]
_SCALED = "_after_scaling"
_PRIOR = {"rounded": -1.0, "integer_cast": -1.5, "truncated": -2.5}
_WHOLE = {0: "whole numbers", -1: "tens", -2: "hundreds", -3: "thousands"}


def rounded(column: Column, decimals: int, *, scaled: bool = False) -> Iterator[Fault]:
    """Values rounded to *decimals* digits after the point, or cut off there.

    scaled: after scaling, where the topic carries scaled values; else before it.
    """
    ten = 10.0**decimals
    ways: list[tuple[str, Way]] = [("rounded", np.round)]
    if decimals == 0:
        ways.append(("integer_cast", np.trunc))
    elif not scaled:
        ways.append(("truncated", np.trunc))
    accept = f"; or, if it is meant, set accept: {{decimals: {decimals}}} for it"
    for name, way in ways:
        variant = name + _SCALED if scaled else name
        yield Fault(
            cause="precision",
            variant=variant,
            map=_in_topic(ten, way) if scaled else _in_raw(column, ten, way),
            prior=_PRIOR[name],
            figures=Transform(decimals=decimals),
            looks=_looks(column, variant, decimals),
            fix=_all_digits(column) + ("" if scaled or decimals < 0 else accept),
        )


def unsure(rounded: Fault) -> Fault:
    """*rounded* as the more common of the ways that would look the same: cut off is the other."""
    return replace(rounded, looks=rounded.looks.replace("rounded", "rounded or cut off", 1))


def significant(column: Column, digits: int) -> Fault:
    """Raw values rounded to so many significant digits."""

    def forward(values: FloatArray) -> FloatArray:
        raw = column.view.to_raw(values)
        place = last_place(raw, digits)
        return column.view.from_raw(np.round(raw / place) * place)

    count = f"{digits} significant digit" if digits == 1 else f"{digits} significant digits"
    return Fault(
        cause="precision",
        variant=f"significant_{digits}",
        map=OneWay(forward),
        prior=-1.5,
        looks=f"is rounded to {count}{_where(column)}, where training had more",
        fix=_all_digits(column),
    )


def last_place(values: FloatArray, digits: int) -> FloatArray:
    """What the last of so many significant digits is worth in each value, shape (n,).

    >>> last_place(np.array([20.4, 0.05, 0.0]), 3).round(4).tolist()
    [0.1, 0.0001, 1.0]
    """
    size = np.abs(values)
    exponent = np.floor(np.log10(np.where(size > 0, size, 10.0 ** (digits - 1))) + 1e-9)
    return np.asarray(10.0 ** (exponent - digits + 1), np.float64)


def on_pairs(column: Column) -> Iterator[Fault]:
    """Digits cut before the scaler or after it; the maps are from raw to scaled values."""
    scaler = column.view.scaler

    def fault(variant: str, decimals: int, way: Way, *, last: bool) -> Fault:
        ten = 10.0**decimals

        def forward(raw: FloatArray) -> FloatArray:
            cut = way((scaler.transform(raw) if last else raw) * ten) / ten
            return cut if last else scaler.transform(cut)

        whose = "has its scaled value" if last else "has its raw value"
        how = "cut off" if variant == "integer_cast" else "rounded"
        to = _decimals(decimals) if decimals else "whole numbers"
        return Fault(
            cause="precision",
            variant=variant,
            map=OneWay(forward),
            figures=Transform(decimals=decimals),
            looks=f"{whose} {how} to {to}{'' if last else ' before the scaler'}",
            fix=f"keep the digits of {column.name}; look for a cast, a change of type or a format",
        )

    for decimals in (2, 1, 0):
        for last in (False, True):
            yield fault("rounded", decimals, np.round, last=last)
    for last in (False, True):
        yield fault("integer_cast", 0, np.trunc, last=last)


def stored(column: Column, bits: int) -> Fault:
    """Values that went through a float of 16 or 32 bits: off the training values by a last bit."""
    harmless = bits > 16  # noqa: PLR2004 - three digits are left of 16 bits, seven of 32
    decimals = None if column.view.reference is None else column.view.reference.decimals
    accept = "" if decimals is None else f"; if it is meant, set accept: {{decimals: {decimals}}}"
    had = "values" if decimals is None else _decimals(decimals)
    return Fault(
        cause="precision",
        variant=f"float{bits}",
        map=None,
        prior=-1.0,
        figures=Transform(decimals=decimals),
        looks=f"went through {bits} bits: its values miss the {had} of training by a last bit",
        fix=f"harmless for most models{accept} for {column.name}"
        if harmless
        else f"send {column.name} in 64 bits: 16 hold three digits, and nothing beyond 65,504",
    )


def _looks(column: Column, variant: str, decimals: int) -> str:
    how = "rounded" if variant.startswith("rounded") else "cut off"
    to = _decimals(decimals) if decimals > 0 else _WHOLE.get(decimals, "whole numbers")
    scaled = " after it was scaled" if variant.endswith(_SCALED) else _where(column)
    had = None if column.view.reference is None else column.view.reference.decimals
    had = None if variant.endswith(_SCALED) else had
    training = "more digits" if had is None or had <= decimals else _decimals(had)
    return f"is {how} to {to}{scaled}, where training had {training}"


def _all_digits(column: Column) -> str:
    return f"send {column.name} with all its digits: look for a cast, a change of type or a format"


def _where(column: Column) -> str:
    return " before it is scaled" if column.view.values == "scaled" else ""


def _decimals(count: int) -> str:
    return f"{count} decimal" if count == 1 else f"{count} decimals"


def _in_raw(column: Column, ten: float, way: Way) -> OneWay:
    def forward(values: FloatArray) -> FloatArray:
        cut = way(column.view.to_raw(values) * ten) / ten
        return cut if column.view.values == "raw" else column.view.scaler.transform(cut)

    return OneWay(forward)


def _in_topic(ten: float, way: Way) -> OneWay:
    return OneWay(lambda values: way(values * ten) / ten)
