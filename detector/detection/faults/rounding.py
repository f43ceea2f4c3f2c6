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
            looks=_looks(column, variant, decimals),
            fix=f"send {column.name} with all its digits: look for a cast, a change of type or a"
            f" format; or, if it is meant, set accept: {{decimals: {decimals}}} for it",
        )


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


def float32(column: Column, decimals: int) -> Fault:
    """Values that went through 32 bits: off the training decimals by the last bit."""
    return Fault(
        cause="precision",
        variant="float32",
        map=None,
        figures=Transform(decimals=decimals),
        looks=f"went through 32 bits: its values miss the {_decimals(decimals)} of training by a"
        " last bit",
        fix=f"harmless for most models; if it is meant, set accept: {{decimals: {decimals}}} for"
        f" {column.name}",
    )


def _looks(column: Column, variant: str, decimals: int) -> str:
    how = "cut off" if variant == "integer_cast" else "rounded"
    to = _decimals(decimals) if decimals else "whole numbers"
    scaled = " before it is scaled" if column.view.values == "scaled" else ""
    had = None if column.view.reference is None else column.view.reference.decimals
    training = "more digits" if had is None or had <= decimals else _decimals(had)
    return f"is {how} to {to}{scaled}, where training had {training}"


def _decimals(count: int) -> str:
    return f"{count} decimal" if count == 1 else f"{count} decimals"


def _in_raw(column: Column, ten: float, way: Way) -> OneWay:
    def forward(values: FloatArray) -> FloatArray:
        cut = way(column.view.to_raw(values) * ten) / ten
        return cut if column.view.values == "raw" else column.view.scaler.transform(cut)

    return OneWay(forward)
