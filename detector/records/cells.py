"""Cells of text to numbers, as CSV has them."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from detector.records.decoded import INVALID, MISSING, FloatArray
from detector.records.times import AnyUnit


def numbers(cells: Sequence[str]) -> tuple[FloatArray, Counter[str]]:
    """A column, shape (n,), and its invalid cells by kind.

    Empty and ``nan`` are missing (numpy and pandas write it for that); infinity and numbers beyond
    float64 are invalid numbers; all else that is no plain decimal number is text.
    """
    joined = "".join(cells)
    if joined.isascii() and "_" not in joined:  # float() takes 1_000 and digits of other scripts
        try:
            column = np.array([float(cell) if cell else MISSING for cell in cells], np.float64)
        except ValueError:
            pass
        else:
            infinite = np.isinf(column)
            count = int(np.count_nonzero(infinite))
            column[infinite] = INVALID
            return column, Counter({"number": count} if count else {})
    pairs = [_number(cell) for cell in cells]
    kinds = Counter(kind for _, kind in pairs if kind is not None)
    return np.array([number for number, _ in pairs], np.float64), kinds


def moments(cells: Sequence[str], unit: AnyUnit) -> list[object]:
    """The cells of a column of times as numbers or text, as *unit* has them."""
    if unit == "iso":
        return [cell.strip() for cell in cells]
    pairs = [(cell, *_number(cell)) for cell in cells]
    return [cell.strip() if kind == "text" else number for cell, number, kind in pairs]


def _number(cell: str) -> tuple[float, str | None]:
    text = cell.strip()
    if not text:
        return MISSING, None
    if not text.isascii() or "_" in text:
        return INVALID, "text"
    try:
        number = float(text)
    except ValueError:
        return INVALID, "text"
    if number != number:  # noqa: PLR0124 - NaN
        return MISSING, None
    return (number, None) if abs(number) != INVALID else (INVALID, "number")
