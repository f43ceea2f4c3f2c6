"""``python -m detector.demo.warm``: compile every kernel, by judging a little of everything.

An image does so once while it is built: a process that cannot write would else compile for half a
minute at its first alarm.
"""

import sys
from collections.abc import Mapping

import numpy as np

from detector.detection import Detector, DetectorSettings, ModelSettings, Values, kernels
from detector.detection.batch import FloatArray
from detector.fit import Fitting, fit_scaler

_MODEL, _TRAINING, _LIVE = "warm", 4_000, 4_000
_RARE = 0.02  # share of zeros
_FIRST, _SECOND, _LAST = 1_000, 2_000, 3_000  # records at which faults begin and end


def warm() -> list[str]:
    """Judge streams of many kinds; the names of the kernels that were not needed for it."""
    features = sound(_TRAINING, 1)
    fitting = Fitting(name=_MODEL, version="1", kind="standard", features=tuple(features))
    scaler = fit_scaler(features, fitting).scaler
    live = broken(sound(_LIVE, 2))
    scaled = {name: scaler.features[name].transform(column) for name, column in live.items()}
    topics: dict[Values, dict[str, FloatArray]] = {"raw": live, "scaled": scaled}
    for values, columns in topics.items():
        settings = ModelSettings(
            name=_MODEL, topic=_MODEL, scaler=scaler, values=values, silence_after_s=None
        )
        Detector(DetectorSettings(group=_MODEL, models={_MODEL: settings})).update(_MODEL, columns)
    return [name for name in kernels.__all__ if not _is_compiled(getattr(kernels, name))]


def _is_compiled(one: object) -> bool:
    return bool(getattr(one, "signatures", True))  # tables stand among them


def sound(n: int, seed: int) -> dict[str, FloatArray]:
    """Paths and independent values, with decimals and without, shape (n,) each."""
    rng = np.random.default_rng(seed)
    path, slow = np.zeros(n), np.zeros(n)
    for i in range(1, n):
        path[i] = 0.98 * path[i - 1] + 1.5 * rng.normal()
        slow[i] = 0.995 * slow[i - 1] + 0.3 * rng.normal()
    return {
        "path": np.round(50 + path, 1),
        "slow": 20 + slow,
        "zeros": np.where(rng.random(n) < _RARE, 0.0, np.round(50 + path[::-1], 1)),
        "prices": np.round(rng.lognormal(3.0, 0.8, n), 2),
        "odd": np.round(rng.normal(50, 9, n), 1) * 0.973105857863,
        "free": rng.gamma(3.0, 140.0, n),
    }


def broken(live: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Other units, a sign, zeros, an exchange; all over at last."""
    made = {name: column.copy() for name, column in live.items()}
    first, second = slice(_FIRST, _LAST), slice(_SECOND, _LAST)
    made["path"][first] *= 1_000
    made["path"][second] *= -1
    made["slow"][first] = 1.8 * made["slow"][first] + 32
    made["zeros"][first][::3] = 0.0
    made["prices"][first] *= 100
    made["odd"][first], made["free"][first] = live["free"][first], live["odd"][first]
    return made


if __name__ == "__main__":
    if cold := warm():
        sys.exit(f"not compiled: {', '.join(cold)}")
