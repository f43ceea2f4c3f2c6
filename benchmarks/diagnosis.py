"""What naming a cause costs, and what watching paths costs while there is no fault.

    python benchmarks/diagnosis.py [--quick]

Processor time of one process on one core, kernels compiled beforehand.
"""

import argparse
import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from detector.detection import Detector, DetectorSettings, ModelSettings, Values
from detector.detection.diagnosis import Case, Diagnoser
from detector.scaler import Scaler
from lab.laws import FloatArray
from lab.ours import MODEL, fit
from lab.tables import Table, figure

ROWS, START = 4_000, 1_000  # of training; first record of the first fault
APART = 200  # records between the faults
VERSIONS = 5
BAR_MS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """features: of the model. rows: of a stream without a fault, of *paths* features."""

    features: int = 200
    paths: int = 10
    rows: int = 30_000


FULL = Size()
QUICK = Size(features=40, paths=4, rows=6_000)
Columns = dict[str, FloatArray]


def independent(features: int, rows: int, seed: int) -> Columns:
    """Prices, temperatures and durations by turns."""
    rng = np.random.default_rng(seed)
    kinds: tuple[Callable[[], FloatArray], ...] = (
        lambda: np.round(rng.lognormal(3.0, 0.8, rows), 2),
        lambda: np.round(rng.normal(12.0, 8.0, rows), 1),
        lambda: rng.gamma(3.0, 140.0, rows),
    )
    return {f"f{i}": kinds[i % 3]() * (1 + i / 50) for i in range(features)}


def dependent(features: int, rows: int, seed: int) -> Columns:
    """AR(1) paths that forget in 10, 50 and 200 rows, by turns; every other one has one decimal."""
    rng = np.random.default_rng(seed)
    made = {}
    for i in range(features):
        keep = 1 - 1 / (10, 50, 200)[i % 3]
        steps = rng.standard_t(5, rows) * np.sqrt(1 - keep**2)
        path = np.empty(rows)
        level = steps[0]
        for t, step in enumerate(steps.tolist()):
            level = keep * level + step
            path[t] = level
        scaled = (20.0 + 5.0 * path) * (1 + i / 50)
        made[f"f{i}"] = np.round(scaled, 1) if i % 2 else scaled
    return made


Made = Callable[[int, int, int], Columns]
KINDS: dict[str, Made] = {"independent": independent, "dependent": dependent}


@functools.cache
def fitted(kind: str, features: int) -> tuple[Scaler, tuple[Scaler, ...]]:
    """A scaler file and the versions before it, each on half as many of the rows."""
    training = KINDS[kind](features, ROWS, 1)
    older = []
    for version in range(VERSIONS):
        part = {name: column[: ROWS >> (version + 1)] for name, column in training.items()}
        older.append(replace(fit(part), version=f"0.{version}"))
    return fit(training), tuple(older)


def detector(kind: str, features: int, values: Values = "raw") -> Detector:
    """One that has just started."""
    scaler, versions = fitted(kind, features)
    settings = ModelSettings(
        name=MODEL, topic="t", scaler=scaler, values=values, versions=versions,
        silence_after_s=None,
    )  # fmt: skip
    return Detector(DetectorSettings(group="bench", models={MODEL: settings}))


# ---------------------------------------------------------------- naming


class Timed:
    """Processor time of each diagnosis while it is entered, in milliseconds, by feature."""

    def __init__(self) -> None:
        self.taken: dict[int, list[float]] = defaultdict(list)
        self._original = Diagnoser.diagnose

    def __enter__(self) -> Self:
        @functools.wraps(self._original)
        def timed(inner: Diagnoser, case: Case, *rest: object) -> object:
            start = time.process_time()
            found = self._original(inner, case, *rest)  # type: ignore[arg-type]  # as they came
            self.taken[case.feature].append(1e3 * (time.process_time() - start))
            return found

        Diagnoser.diagnose = timed  # type: ignore[method-assign,assignment]  # a stopwatch on it
        return self

    def __exit__(self, *_: object) -> None:
        Diagnoser.diagnose = self._original  # type: ignore[method-assign]  # and off it


def broken(live: Mapping[str, FloatArray], scaler: Scaler, values: Values) -> Columns:
    """Another unit, a sign, the scaler once too often and a swap, one after the other."""
    made = {name: column.copy() for name, column in live.items()}
    scaled = scaler.features["f3"].transform
    maps: tuple[Callable[[FloatArray], FloatArray], ...] = (
        lambda x: 1.8 * x + 32,
        lambda x: 1e3 * x,
        np.negative,
        scaled,
    )
    for i, map_ in enumerate(maps):
        made[f"f{i}"][START + i * APART :] = map_(made[f"f{i}"])[START + i * APART :]
    one, other = made["f4"].copy(), made["f6"].copy()
    made["f4"][START + 4 * APART :] = other[START + 4 * APART :]
    made["f6"][START + 4 * APART :] = one[START + 4 * APART :]
    if values == "scaled":
        return {name: scaler.features[name].transform(column) for name, column in made.items()}
    return made


def naming(size: Size) -> Table:
    """Milliseconds a diagnosis."""
    rows = []
    for kind, make in KINDS.items():
        for values in ("raw", "scaled"):
            live = make(size.features, 3_000, 2)
            engine = detector(kind, size.features, values)
            faulty = broken(live, fitted(kind, size.features)[0], values)
            detector(kind, size.features, values).update(MODEL, faulty)  # kernels are loaded
            with Timed() as watch:
                engine.update(MODEL, faulty)
            first = [taken[0] for taken in watch.taken.values()]
            later = [t for taken in watch.taken.values() for t in taken[1:]]
            if not later:
                raise SystemExit("benchmarks/diagnosis.py: no fault was found")
            cells = [float(np.median(first)), max(first), *np.quantile(later, [0.5, 0.95, 1.0])]
            within = float(np.mean(np.array([*first, *later]) < BAR_MS))
            rows.append(
                [f"{kind}, {values}", f"{len(first) + len(later)}"]
                + [figure(cell) for cell in cells]
                + [f"{within:.0%}"]
            )
    return Table(
        title=f"A diagnosis with {size.features} features of context, milliseconds",
        note=(
            f"{VERSIONS} older versions of the scaler file. Four features get another unit, a sign "
            "or a second scaling, two are exchanged. The first diagnosis of a feature prepares its "
            "catalogue. Where rows depend on time, most diagnoses follow a suspicion and end early."
        ),
        columns=[
            "topic", "diagnoses", "first (median)", "first (slowest)", "later (median)",
            "later (95 %)", "later (slowest)", f"under {BAR_MS:.0f} ms",
        ],
        rows=rows,
    )  # fmt: skip


# ---------------------------------------------------------------- no fault


def quiet(size: Size) -> Table:
    """Values a second where there is nothing to name."""
    rows = []
    for kind, make in KINDS.items():
        live = make(size.paths, size.rows, 3)
        engine = detector(kind, size.paths)
        engine.update(MODEL, {name: column[:2_000] for name, column in live.items()})
        with Timed() as watch:
            start = time.process_time()
            engine.update(MODEL, {name: column[2_000:] for name, column in live.items()})
            taken = time.process_time() - start
        judged = size.paths * (size.rows - 2_000)
        asked = [t for each in watch.taken.values() for t in each]
        rows.append(
            [
                kind,
                f"{judged / taken:,.0f}",
                f"{1e6 * len(asked) / judged:,.0f}",
                figure(float(np.median(asked))) if asked else "-",
            ]
        )
    return Table(
        title="Streams without a fault",
        note=(
            f"{size.paths} features in one batch, all tests. Dependent rows are AR(1) paths with "
            "heavy-tailed steps: what startles along a path is looked at, at most once in 32 "
            "records of a feature."
        ),
        columns=["rows", "values a second", "diagnoses a million values", "each, ms (median)"],
        rows=rows,
    )


def tables(size: Size) -> Iterator[Table]:
    """All of them, each as soon as it is measured."""
    yield naming(size)
    yield quiet(size)


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="What naming a cause costs.")
    parser.add_argument("--quick", action="store_true", help="fewer features and rows")
    options = parser.parse_args(arguments)
    for table in tables(QUICK if options.quick else FULL):
        print(table.markdown(), flush=True)


if __name__ == "__main__":
    main()
