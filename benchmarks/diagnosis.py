"""How long one diagnosis takes with 200 features of context: python benchmarks/diagnosis.py.

The bar is 20 ms. Printed are the median and the slowest of the diagnoses that a stream with one
broken feature asks for, without the catalogue, which is made ready once, and with it.
"""

import time

import numpy as np

from detector.detection import Detector, DetectorSettings, ModelSettings
from detector.detection.diagnosis import Diagnoser
from detector.fit import Fitting, fit_scaler

FEATURES, TRAINING, LIVE, START = 200, 2000, 3000, 1000


def columns(n: int, seed: int) -> dict[str, np.ndarray]:
    """Prices, temperatures and durations by turns."""
    rng = np.random.default_rng(seed)
    kinds = (
        lambda: np.round(rng.lognormal(3.0, 0.8, n), 2),
        lambda: np.round(rng.normal(12.0, 8.0, n), 1),
        lambda: rng.gamma(3.0, 140.0, n),
    )
    return {f"f{i}": kinds[i % 3]() * (1 + i / 50) for i in range(FEATURES)}


def main() -> None:
    """Time every diagnosis of four broken features on a raw and on a scaled topic."""
    names = [f"f{i}" for i in range(FEATURES)]
    training = columns(TRAINING, 1)
    scaler = fit_scaler(
        training, Fitting(name="bench", version="1", kind="standard", features=names)
    ).scaler
    taken: list[float] = []
    inner = Diagnoser.diagnose

    def timed(self: Diagnoser, *args: object) -> object:
        start = time.perf_counter()
        found = inner(self, *args)  # type: ignore[arg-type]  # passed on as they came
        taken.append(time.perf_counter() - start)
        return found

    Diagnoser.diagnose = timed  # type: ignore[method-assign,assignment]  # a stopwatch around it
    for values in ("raw", "scaled"):
        live = columns(LIVE, 2)
        if values == "scaled":
            live = {n: scaler.features[n].transform(x) for n, x in live.items()}
        for name in names[:4]:
            live[name][START:] *= 1000
        settings = ModelSettings(name="bench", topic="bench", scaler=scaler, values=values)
        detector = Detector(DetectorSettings(group="bench", models={"bench": settings}))
        taken.clear()
        detector.update("bench", live)
        first, later = sorted(taken)[-4:], sorted(taken)[:-4]
        print(
            f"{values}: {len(taken)} diagnoses with {FEATURES} features; median"
            f" {1e3 * np.median(later):.1f} ms, slowest {1e3 * max(later):.1f} ms;"
            f" the first of a feature {1e3 * np.median(first):.1f} ms"
        )


if __name__ == "__main__":
    main()
