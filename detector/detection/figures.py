"""Training and live figures of an event."""

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.view import View
from detector.detection.window import Slice
from detector.events import Live, Training
from detector.scaler import Scaler

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_DIGITS = 6  # significant ones of the width of a table: more would tell machines apart


def training_figures(scaler: Scaler, view: View) -> Training:
    """The scaler that a feature is compared with, as its file has it."""
    parameters = view.scaler.parameters
    names = ("mean", "scale", "center", "data_min", "data_max", "max_abs")
    return Training(
        scaler=scaler.name,
        version=scaler.version,
        digest=scaler.digest,
        kind=parameters.kind,
        quantiles=_training_quantiles(view),
        **{name: getattr(parameters, name) for name in names if hasattr(parameters, name)},
    )


def quantile_table(values: FloatArray) -> dict[str, float] | None:
    """Quantiles of live *values*, at least one; None where float64 does not hold them.

    >>> quantile_table(np.array([0.0, 100 / 3]))
    {'0.05': 1.66667, '0.25': 8.33333, '0.5': 16.66667, '0.75': 25.0, '0.95': 31.66667}
    """
    with np.errstate(all="ignore"):
        return _table(np.quantile(values, QUANTILES))


def law_table(values: FloatArray) -> dict[str, float] | None:
    """Quantiles of a law given by equal-weight *values*, at (i + 0.5) / n; None as above."""
    with np.errstate(all="ignore"):
        return _table(np.quantile(values, QUANTILES, method="hazen"))


def _training_quantiles(view: View) -> dict[str, float] | None:
    """Those of the scaler file, in the topic's unit; None where it has no law."""
    reference = view.reference
    if reference is None or view.law is None:
        return None
    least, most = reference.probabilities[0], reference.probabilities[-1]
    if least > QUANTILES[0] or most < QUANTILES[-1]:
        return law_table(view.law.knots)
    raw = np.interp(QUANTILES, reference.probabilities, reference.quantiles)
    return _table(view.from_raw(raw))


def _table(levels: FloatArray) -> dict[str, float] | None:
    """Levels by their probability, rounded to what tells them apart."""
    if not np.isfinite(levels).all():
        return None
    width = float(np.ptp(levels)) or abs(float(levels[0])) or 1.0
    after_point = _DIGITS - 1 - int(np.floor(np.log10(width))) if np.isfinite(width) else 0
    named = zip(QUANTILES, levels.tolist(), strict=True)
    return {str(q): round(level, after_point) + 0.0 for q, level in named}


def live_figures(window: Slice) -> Live:
    """Figures of a window; null where there is no valid value, or where one overflows float64."""
    values, n = window.values, max(window.records, 1)
    rates = {"missing_rate": window.missing / n, "invalid_rate": window.invalid / n}
    if not len(values):
        return Live(
            count=window.records, mean=None, std=None, min=None, max=None, quantiles=None, **rates
        )
    with np.errstate(all="ignore"):
        levels = np.quantile(values, QUANTILES)
        return Live(
            count=window.records,
            mean=_finite(values.mean()),
            std=0.0 if values.min() == values.max() else _finite(values.std()),
            min=float(values.min()),
            max=float(values.max()),
            quantiles={str(q): float(v) for q, v in zip(QUANTILES, levels, strict=True)}
            if np.isfinite(levels).all()
            else None,
            **rates,
        )


def _finite(value: np.floating) -> float | None:
    return float(value) if np.isfinite(value) else None
