"""Digits lost: rounded, or cast to integers."""

from collections.abc import Callable, Iterator

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.faults.fault import Column, Fault, OneWay
from detector.events import Transform

Way = Callable[[FloatArray], FloatArray]


def rounded(column: Column, decimals: int, *, scaled: bool = False) -> Iterator[Fault]:
    """Values rounded to *decimals* digits after the point, or cut off there.

    scaled: after scaling, where the topic carries scaled values; else before it.
    """
    ten = 10.0**decimals
    ways: list[tuple[str, Way]] = [("rounded", np.round)]
    ways += [("integer_cast", np.trunc)] if decimals == 0 else []
    for variant, way in ways:
        yield Fault(
            cause="precision",
            variant=variant,
            map=_in_topic(ten, way) if scaled else _in_raw(column, ten, way),
            prior=-1.0 if variant == "rounded" else -1.5,
            figures=Transform(decimals=decimals),
            looks=f"has {decimals} digits after the point only"
            if decimals
            else "has lost its digits after the point",
            fix=f"send {column.name} with the digits that training had;"
            " look for a cast or a change of type",
        )


def stored(column: Column, bits: int) -> Fault:
    """Values that went through a float of 16 or 32 bits."""
    harmless = bits > 16  # noqa: PLR2004 - three digits are left of 16 bits, seven of 32
    decimals = None if column.view.reference is None else column.view.reference.decimals
    accept = "" if decimals is None else f": say accept: {{decimals: {decimals}}} if it is meant"
    return Fault(
        cause="precision",
        variant=f"float{bits}",
        map=None,
        prior=-1.0,
        figures=Transform(decimals=decimals),
        looks=f"has been stored in {bits} bits: its values miss those of training by a last bit",
        fix=f"harmless for most models{accept}"
        if harmless
        else f"send {column.name} in 64 bits: 16 hold three digits, and nothing beyond 65,504",
    )


def _in_raw(column: Column, ten: float, way: Way) -> OneWay:
    def forward(values: FloatArray) -> FloatArray:
        cut = way(column.view.to_raw(values) * ten) / ten
        return cut if column.view.values == "raw" else column.view.scaler.transform(cut)

    return OneWay(forward)


def _in_topic(ten: float, way: Way) -> OneWay:
    return OneWay(lambda values: way(values * ten) / ten)
