"""Training and live figures of an event."""

import numpy as np

from detector.detection.view import View
from detector.detection.window import Slice
from detector.events import Live, Training
from detector.scaler import Scaler

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def training_figures(scaler: Scaler, view: View) -> Training:
    """The scaler that a feature is compared with, as its file has it."""
    parameters = view.scaler.parameters
    names = ("mean", "scale", "center", "data_min", "data_max", "max_abs")
    return Training(
        scaler=scaler.name,
        version=scaler.version,
        digest=scaler.digest,
        kind=parameters.kind,
        **{name: getattr(parameters, name) for name in names if hasattr(parameters, name)},
    )


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
