"""Which columns are features where nobody says so."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detector.scaler.estimate import is_constant

FloatArray = npt.NDArray[np.float64]

MIN_ROWS_OF_IDENTIFIER = 8  # fewer rows stand in order by chance: one in 5,040 for 7
EPOCH_S = 1e8  # 1973 in seconds, yesterday in other units: a duration or an hour is far below
_IDENTIFIERS = {"id", "uuid", "guid", "index", "key", "rownum", "row", "row_id", "unnamed: 0"}
_TIMES = {"time", "timestamp", "ts", "datetime", "date", "epoch", "event_time", "created_at"}


def select(columns: Mapping[str, FloatArray], time: str | None) -> tuple[list[str], dict[str, str]]:
    """The features, and why the other columns are none.

    time: the column by which the rows were sorted.
    """
    reasons = {
        name: "the rows are sorted by it" if name == time else no_feature(name, column)
        for name, column in columns.items()
    }
    left_out = {name: reason for name, reason in reasons.items() if reason is not None}
    return [name for name in columns if name not in left_out], left_out


def no_feature(name: str, column: FloatArray) -> str | None:
    """Why a column that nobody asked for is no feature of a model; None if it may be one."""
    valid = column[np.isfinite(column)]
    if 2 * len(valid) <= len(column) - np.isnan(column).sum():
        return "no more than half of its values are numbers"
    if is_constant(valid):
        return f"it is constant ({float(valid[0])!r})"
    steps = np.diff(valid)
    ascending = bool((steps > 0).all()) and len(valid) >= MIN_ROWS_OF_IDENTIFIER
    if ascending and bool((valid == np.round(valid)).all()):
        return "whole numbers that only ascend: time or an identifier"
    lower = name.lower()
    if lower in _TIMES and (bool((steps >= 0).all()) or float(valid.min()) > EPOCH_S):
        return "time, by its name and its values"
    if (lower in _IDENTIFIERS or lower.endswith(("_id", "_uuid"))) and _all_distinct(valid):
        return "an identifier, by its name and because no value comes twice"
    return None


def _all_distinct(values: FloatArray) -> bool:
    return len(np.unique(values)) == len(values)
