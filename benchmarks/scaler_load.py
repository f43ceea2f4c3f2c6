"""How long a scaler file of 200 features with full references takes to load, by its quantiles.

The number of quantiles that `fit` writes is the largest of these for which loading takes 0.5 s or
less on one core of a small machine.
"""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from detector.scaler import FeatureScaler, Scaler, StandardParameters
from detector.scaler.profile import measure_reference

FEATURES = 200
ROWS = 4000
SIZES = (64, 128, 256, 512, 1024)
BAR_S = 0.5
REPEATS = 5


def scaler_of(quantiles: int) -> Scaler:
    """A scaler whose numbers are as long as they get: 17 digits, and 50 atoms a feature."""
    rng = np.random.default_rng(7)
    features = {}
    for index in range(FEATURES):
        values = rng.gamma(2.0, 17.0, ROWS)
        atoms = rng.gamma(2.0, 17.0, 50)
        values[: ROWS // 2] = rng.choice(atoms, ROWS // 2)
        reference = measure_reference(rng.permutation(values), quantiles=quantiles)
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
            scaler = scaler_of(size)
            start = time.perf_counter()
            scaler.save(path)
            saved = time.perf_counter() - start
            megabytes = path.stat().st_size / 1e6
            loaded = best_load_s(path)
            print(
                f"{size:>9} {megabytes:>6.2f} {saved:>7.2f} {loaded:>7.3f}"
                f"{'' if loaded <= BAR_S else '  over'}"
            )


if __name__ == "__main__":
    main()
