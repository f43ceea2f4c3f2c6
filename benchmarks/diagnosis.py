"""What naming a cause costs, and what watching paths costs while there is no fault.

    python benchmarks/diagnosis.py [--quick]

Wall time of one process on one core, kernels compiled beforehand; of streams without a fault
processor time.
"""

import argparse
import functools
import gc
import resource
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from detector.detection import Detector, DetectorSettings, ModelSettings, Values
from detector.detection.diagnosis import Case, Diagnoser
from detector.detection.ladder import Ladder
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
    """contexts: features of the models, the largest of which is broken as a whole.

    rows: of a stream without a fault, of *paths* features.
    """

    warm: ClassVar[int] = 8  # features of the model that loads the kernels
    contexts: tuple[int, ...] = (20, 40, 200)
    paths: int = 10
    rows: int = 30_000

    @property
    def features(self) -> int:
        """Of the largest model."""
        return max(self.contexts)


FULL = Size()
QUICK = Size(contexts=(20, 40), paths=4, rows=6_000)
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
    """Wall time of each call of a method while it is entered, in milliseconds, by caller.

    taken:     with whatever garbage was collected meanwhile.
    collected: what of it went to the collection of garbage.
    """

    def __init__(self, owner: type, method: str) -> None:
        self.taken: dict[object, list[float]] = defaultdict(list)
        self.collected: dict[object, list[float]] = defaultdict(list)
        self._owner, self._method = owner, method
        self._original = getattr(owner, method)
        self._gc, self._since = 0.0, 0.0

    def __enter__(self) -> Self:
        @functools.wraps(self._original)
        def timed(inner: object, *rest: object) -> object:
            who = rest[0].feature if isinstance(rest[0], Case) else inner
            start, before = time.perf_counter(), self._gc
            found = self._original(inner, *rest)
            self.taken[who].append(1e3 * (time.perf_counter() - start))
            self.collected[who].append(1e3 * (self._gc - before))
            return found

        setattr(self._owner, self._method, timed)  # a stopwatch on it
        gc.callbacks.append(self._collection)
        return self

    def __exit__(self, *_: object) -> None:
        setattr(self._owner, self._method, self._original)  # and off it
        gc.callbacks.remove(self._collection)

    def _collection(self, phase: str, _: object) -> None:
        now = time.perf_counter()
        if phase == "start":
            self._since = now
        else:
            self._gc += now - self._since


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


def everything(live: Mapping[str, FloatArray], scaler: Scaler, values: Values) -> Columns:
    """Every feature broken at one record, in one of five ways by turns."""
    made = {}
    for i, (name, column) in enumerate(live.items()):
        maps: tuple[Callable[[FloatArray], FloatArray], ...] = (
            lambda x: 1.8 * x + 32,
            lambda x: 1e3 * x,
            np.negative,
            scaler.features[name].transform,
            lambda x: x + 30.0,
        )
        made[name] = np.concatenate((column[:START], maps[i % len(maps)](column[START:])))
    if values == "scaled":
        return {name: scaler.features[name].transform(column) for name, column in made.items()}
    return made


def situations(size: Size) -> Iterator[tuple[str, Values, int]]:
    """Rows, topic, and how many features."""
    for kind in KINDS:
        for values in ("raw", "scaled"):
            for features in size.contexts:
                yield kind, values, features


def naming(size: Size) -> Table:
    """Milliseconds a diagnosis, a few features being broken."""
    rows = []
    for kind, values, features in situations(size):
        live = KINDS[kind](features, 2_600, 2)
        faulty = broken(live, fitted(kind, features)[0], values)
        engine = started(kind, features, values)
        with Timed(Diagnoser, "diagnose") as watch:
            engine.update(MODEL, faulty)
        rows.append([f"{kind}, {values}, {features}", *figures(watch)])
    return Table(
        title="A diagnosis with as many features of context, milliseconds",
        note=(
            f"{VERSIONS} older versions of the scaler file. Four features get another unit, a sign "
            "or a second scaling, two are exchanged. The first diagnosis of a feature prepares its "
            "catalogue. Where rows depend on time, most follow a suspicion and end early. "
            "Wall time; garbage: what its collection takes of the slowest."
        ),
        columns=["rows, topic, features", *FIGURES],
        rows=rows,
    )


def started(kind: str, features: int, values: Values) -> Detector:
    """A detector as ``run`` has it: kernels are loaded, and what start made is no garbage."""
    few = Size.warm
    live = KINDS[kind](few, 2_600, 2)
    detector(kind, few, values).update(MODEL, broken(live, fitted(kind, few)[0], values))
    engine = detector(kind, features, values)
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    return engine


FIGURES = (
    "diagnoses", "first (median)", "first (slowest)", "all (median)", "all (99 %)",
    "all (slowest)", "garbage", f"under {BAR_MS:.0f} ms",
)  # fmt: skip


def figures(watch: Timed) -> list[str]:
    """As in FIGURES."""
    first = [taken[0] for taken in watch.taken.values()]
    every = np.array([t for taken in watch.taken.values() for t in taken])
    garbage = np.array([t for taken in watch.collected.values() for t in taken])
    if not len(every):
        raise SystemExit("benchmarks/diagnosis.py: no fault was found")
    cells = [float(np.median(first)), max(first), *np.quantile(every, [0.5, 0.99, 1.0])]
    cells.append(float(garbage[np.argmax(every)]))
    within = f"{np.mean(every < BAR_MS):.1%}"
    return [f"{len(every)}", *(figure(cell) for cell in cells), within]


def deployment(size: Size) -> Table:
    """All features of the model depart at one record."""
    rows = []
    for kind, values, features in situations(size):
        if features != size.features:
            continue
        live = KINDS[kind](features, START + 600, 2)
        faulty = everything(live, fitted(kind, features)[0], values)
        engine = started(kind, features, values)
        before = resident()
        with Timed(Ladder, "severity") as ladder, Timed(Diagnoser, "diagnose") as watch:
            start = time.perf_counter()
            engine.update(MODEL, faulty)
            taken = time.perf_counter() - start
        rungs = max(max(each) for each in ladder.taken.values()) if ladder.taken else 0.0
        cells = [figure(taken), figure(resident() - before), figure(rungs)]
        rows.append([f"{kind}, {values}", *figures(watch), *cells])
    return Table(
        title=f"All {size.features} features depart at one record, milliseconds",
        note=(
            "600 records. Severity: the slowest, which is the first of a feature and makes its"
            " tables."
        ),
        columns=["topic", *FIGURES, "severity", "seconds in all", "more memory, MB"],
        rows=[[*row[:-3], row[-1], *row[-3:-1]] for row in rows],
    )


def resident() -> float:
    """Memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


# ---------------------------------------------------------------- no fault


def quiet(size: Size) -> Table:
    """Values a second where there is nothing to name."""
    rows = []
    for kind, make in KINDS.items():
        live = make(size.paths, size.rows, 3)
        engine = detector(kind, size.paths)
        engine.update(MODEL, {name: column[:2_000] for name, column in live.items()})
        with Timed(Diagnoser, "diagnose") as watch:
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
    yield deployment(size)
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
