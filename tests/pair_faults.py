"""Pairs of raw and scaled values, and what faults between the two make of the scaled ones."""

import numpy as np

from tests.streams import fitted, normal, rng

N, AT = 4000, 1500  # records, and the first that the fault may reach


def pairs(seed=1):
    """Two features whose rows are independent, each with decimals, and their training file."""
    law = {
        "temp": lambda s: np.round(normal(N, s), 1),
        "fare": lambda s: np.round(rng(s, 2).gamma(3, 5, N), 2),
    }
    trained = fitted({name: values(99) for name, values in law.items()})
    raw = {name: values(seed) for name, values in law.items()}
    return trained, raw, {name: trained.features[name].transform(v) for name, v in raw.items()}


def formula_by_batch(values, centre, scale, size=50):
    batches = values.reshape(-1, size)
    return np.concatenate([(batch - centre(batch)) / scale(batch) for batch in batches])


def iqr(batch):
    return np.subtract(*np.percentile(batch, [75, 25]))


def largest(batch):
    return np.abs(batch).max()


def of(trained, name="temp"):
    return trained.features[name]


def per_batch(values, size=40):
    batches = values.reshape(-1, size)
    spread = batches.std(axis=1, keepdims=True)
    return ((batches - batches.mean(axis=1, keepdims=True)) / spread).ravel()


CAUSES = {
    "unscaled": (lambda r, s, t: r["temp"], "unscaled", None),
    "twice": (lambda r, s, t: of(t).transform(s["temp"]), "double_scaling", None),
    "inverse": (lambda r, s, t: of(t).inverse_transform(r["temp"]), "inverse_scaling", None),
    "other column's": (lambda r, s, t: of(t, "fare").transform(r["temp"]), "column_scaler", "fare"),
    "other column": (lambda r, s, t: of(t).transform(r["fare"]), "column_swap", "fare"),
    "x1000": (lambda r, s, t: of(t).transform(r["temp"] * 1000), "unit", "x1000"),
    "x1024": (lambda r, s, t: of(t).transform(r["temp"] * 1024), "unit", "x1024"),
    "fahrenheit": (lambda r, s, t: of(t).transform(r["temp"] * 1.8 + 32), "unit", "degC_degF"),
    "negated": (lambda r, s, t: -s["temp"], "sign_flip", None),
    "log": (lambda r, s, t: of(t).transform(np.log1p(r["temp"])), "log_extra", "log1p"),
    "offset": (lambda r, s, t: s["temp"] + 0.25, "offset", None),
    "gain": (lambda r, s, t: s["temp"] * 1.37, "gain", None),
    "clipped": (lambda r, s, t: np.minimum(s["temp"], 1.5), "clipping", "upper"),
    "stuck": (lambda r, s, t: np.full(N, 0.123), "stuck_value", None),
    "by batch": (lambda r, s, t: per_batch(r["temp"]), "refit_on_live", None),
    "min-max": (
        lambda r, s, t: (
            (r["temp"] - of(t).reference.min) / (of(t).reference.max - of(t).reference.min)
        ),
        "scaler_kind",
        "minmax",
    ),
    "unknown version": (lambda r, s, t: (r["temp"] - 47.11) / 8.5, "scaler_version", "unknown"),
}
