"""How long a scaler file of 200 features with full references takes to load, by its quantiles.

The number of quantiles that `fit` writes is the largest of these for which loading takes 0.5 s or
less on one core of a small machine. The last line is of features with a season, eight laws each.
"""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from detector.scaler import FeatureScaler, Scaler, StandardParameters
from detector.scaler.profile import QUANTILES, measure_reference
from detector.scaler.season import measure_season

FEATURES = 200
ROWS = 4000
SIZES = (64, 128, 256, 512, 1024)
BAR_S = 0.5
REPEATS = 5
TIMES = 360.0 * np.arange(ROWS, dtype=np.float64)


def scaler_of(quantiles: int, *, seasonal: bool = False) -> Scaler:
    """A scaler whose numbers are as long as they get: 17 digits, and 50 atoms a feature."""
    rng = np.random.default_rng(7)
    features = {}
    for index in range(FEATURES):
        values = rng.gamma(2.0, 17.0, ROWS)
        atoms = rng.gamma(2.0, 17.0, 50)
        values[: ROWS // 2] = rng.choice(atoms, ROWS // 2)
        values = rng.permutation(values)
        if seasonal:
            values *= 2 + np.sin(2 * np.pi * TIMES / 86400)
        phases = measure_season(values, TIMES, "hour_of_day").phases if seasonal else None
        season = None if phases is None else (phases, TIMES)
        reference = measure_reference(values, quantiles=quantiles, season=season)
        parameters = StandardParameters(mean=float(values.mean()), scale=float(values.std()))
        features[f"feature_{index}"] = FeatureScaler(
            parameters=parameters, unit="m", reference=replace(reference, decimals=1)
        )
    return Scaler(name="wide", version="1", kind="standard", features=features)


def best_load_s(path: Path) -> float:
    """The least of a few loads: what the code costs, not what else the machine did."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        Scaler.load(path)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print one line a size."""
    print(f"scaler file of {FEATURES} features with full references; bar {BAR_S} s")
    print(f"{'quantiles':>9} {'MB':>6} {'save s':>7} {'load s':>7}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scaler.yaml"
        for size in SIZES:
            report(f"{size:>9}", scaler_of(size), path)
        report(f"{QUANTILES} +laws", scaler_of(QUANTILES, seasonal=True), path)


def report(label: str, scaler: Scaler, path: Path) -> None:
    """Save, load, and print a line."""
    start = time.perf_counter()
    scaler.save(path)
    saved = time.perf_counter() - start
    megabytes = path.stat().st_size / 1e6
    loaded = best_load_s(path)
    over = "" if loaded <= BAR_S else "  over"
    print(f"{label} {megabytes:>6.2f} {saved:>7.2f} {loaded:>7.3f}{over}")


if __name__ == "__main__":
    main()
