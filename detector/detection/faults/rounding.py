"""Digits lost: rounded, or cast to integers."""

from collections.abc import Callable, Iterator

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.faults.fault import Column, Fault, OneWay
from detector.events import Transform

Way = Callable[[FloatArray], FloatArray]


def rounded(column: Column, decimals: int) -> Iterator[Fault]:
    """Raw values rounded to *decimals* digits after the point, or cut off there."""
    ten = 10.0**decimals
    ways: list[tuple[str, Way]] = [("rounded", np.round)]
    ways += [("integer_cast", np.trunc)] if decimals == 0 else []
    for variant, way in ways:
        yield Fault(
            cause="precision",
            variant=variant,
            map=_in_raw(column, ten, way),
            prior=-1.0 if variant == "rounded" else -1.5,
            figures=Transform(decimals=decimals),
            looks=f"has {decimals} digits after the point only"
            if decimals
            else "has lost its digits after the point",
            fix=f"send {column.name} with the digits that training had;"
            " look for a cast or a change of type",
        )


def float32(column: Column, decimals: int) -> Fault:
    """Values that went through 32 bits: off the training decimals by the last bit."""
    return Fault(
        cause="precision",
        variant="float32",
        map=None,
        figures=Transform(decimals=decimals),
        looks=f"has been stored in 32 bits: its values miss the {decimals} decimals of training by"
        " a last bit",
        fix=f"harmless for most models: say accept: {{decimals: {decimals}}} for {column.name}"
        " if it is meant",
    )


def _in_raw(column: Column, ten: float, way: Way) -> OneWay:
    def forward(values: FloatArray) -> FloatArray:
        cut = way(column.view.to_raw(values) * ten) / ten
        return cut if column.view.values == "raw" else column.view.scaler.transform(cut)

    return OneWay(forward)
