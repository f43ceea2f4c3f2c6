"""What measuring, judging and naming cost, and messages a second end to end beside a plain loop.

    python benchmarks/speed.py [--quick]

Processor time of one process on one core, the best of a few turns, kernels compiled beforehand.
Nothing here is a promise: your machine will differ, the ratios less so.
"""

import argparse
import functools
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from river.drift import ADWIN
from river.stats import Var

from detector.detection import Batch, Detector, DetectorSettings, ModelSettings
from detector.detection.diagnosis import Diagnoser, PairDiagnoser
from detector.detection.model import ModelDetector
from detector.detection.settings import Values
from detector.detection.statistics import Statistics
from detector.records import RecordDecoder, TimeField
from detector.scaler import Scaler
from lab.laws import FloatArray
from lab.ours import MODEL, fit
from lab.tables import Table, figure

ROWS = 4_000  # of training
NANO = 1e9
BATCH = 1_000  # messages of a batch end to end


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is run.

    values:   judged in each turn of the engine. messages: end to end. turns: of which the best.
    features, batches: that the engine is tried with. end_to_end, start_up: numbers of features.
    """

    values: int = 2_000_000
    messages: int = 20_000
    turns: int = 5
    features: Sequence[int] = (5, 20, 100, 200)
    batches: Sequence[int] = (10, 100, 1_000, 10_000)
    end_to_end: Sequence[int] = (5, 20, 100)
    start_up: Sequence[int] = (20, 200)


FULL = Size()
QUICK = Size(values=400_000, messages=5_000, turns=3)


def columns(features: int, rows: int, seed: int) -> dict[str, FloatArray]:
    """Independent columns: every other one with two decimals, one in three skewed."""
    rng = np.random.default_rng(seed)
    made = {}
    for index in range(features):
        values = rng.gamma(2.0, 17.0, rows) if index % 3 == 0 else rng.normal(50, 10, rows)
        made[f"feature_{index}"] = np.round(values, 2) if index % 2 else values
    return made


@functools.cache
def scaler(features: int) -> Scaler:
    """Fitted on columns of the same law."""
    return fit(columns(features, ROWS, 1))


def detector(features: int, values: Values = "raw") -> Detector:
    """One that has just started."""
    settings = ModelSettings(
        name=MODEL, topic="t", scaler=scaler(features), values=values, silence_after_s=None
    )
    return Detector(DetectorSettings(group="bench", models={MODEL: settings}))


def seconds(work: Callable[[], object]) -> float:
    """Processor time of *work*."""
    start = time.process_time()
    work()
    return time.process_time() - start


# ---------------------------------------------------------------- the engine alone


def engine(size: Size) -> Table:
    """Nanoseconds a value of all that happens between columns and events."""
    rows = []
    for features in size.features:
        length = max(size.values // features, *size.batches)
        live = columns(features, length, 2)
        cells = []
        for batch in size.batches:
            # small batches cost most of all at the start of each: a part of the stream will do
            used = min(length, batch * 2_000)
            judge = functools.partial(_judge, detector(features), live, used, batch)
            judge()  # warm: kernels compiled, tables in the caches
            best = min(seconds(judge) for _ in range(size.turns))
            cells.append(figure(best / (used * features) * NANO))
        rows.append([str(features), *cells])
    return Table(
        title="Measuring and judging, nanoseconds a value",
        note=(
            "The engine only: columns in, events out, no decoding, no Kafka. Independent values "
            f"of the training law, {ROWS:,} training rows, whole reference."
        ),
        columns=["features", *(f"batches of {batch:,}" for batch in size.batches)],
        rows=rows,
    )


def _judge(engine: Detector, live: dict[str, FloatArray], length: int, batch: int) -> None:
    for first in range(0, length - batch + 1, batch):
        engine.update(MODEL, {name: column[first : first + batch] for name, column in live.items()})


class Stopwatch:
    """Processor time spent inside a method while it is watched; also how often it was called."""

    def __init__(self, owner: type, method: str) -> None:
        self._owner, self._method = owner, method
        self._original = getattr(owner, method)
        self.calls: list[float] = []

    def __enter__(self) -> Self:
        @functools.wraps(self._original)
        def timed(*args: object, **kwargs: object) -> object:
            start = time.process_time()
            try:
                return self._original(*args, **kwargs)
            finally:
                self.calls.append(time.process_time() - start)

        setattr(self._owner, self._method, timed)
        return self

    def __exit__(self, *_: object) -> None:
        setattr(self._owner, self._method, self._original)


PARTS = {
    "classify: bin numbers, lattice, ties": (Statistics, "classify"),
    "judge: all statistics, record by record": (Statistics, "run_to"),
    "change: scores, ADWIN, refits": (ModelDetector, "_notes"),
    "measure: River's moments": (ModelDetector, "_measure"),
}


def parts(size: Size, features: int = 20, batch: int = 1_000) -> Table:
    """Where the time goes."""
    length = max(size.values // features, batch)
    live = columns(features, length, 2)
    spent: dict[str, list[float]] = defaultdict(list)
    engine = detector(features)
    _judge(engine, live, length, batch)
    judged = length // batch * batch * features
    whole = min(seconds(lambda: _judge(engine, live, length, batch)) for _ in range(size.turns))
    for name, (owner, method) in PARTS.items():
        for _ in range(size.turns):
            with Stopwatch(owner, method) as watch:
                _judge(engine, live, length, batch)
            spent[name].append(sum(watch.calls))
    best = {name: min(turns) for name, turns in spent.items()}
    best["the rest: copying, bookkeeping"] = max(whole - sum(best.values()), 0.0)
    best["all"] = whole
    return Table(
        title=f"Parts of it, {features} features, batches of {batch:,}",
        columns=["part", "nanoseconds a value", "share"],
        rows=[[name, figure(t / judged * NANO), f"{t / whole:.0%}"] for name, t in best.items()],
    )


# ---------------------------------------------------------------- what is not on the way


def occasional(size: Size) -> Table:
    """Start-up, and one diagnosis."""
    rows = []
    for features in size.start_up:
        scaler(features)
        start = functools.partial(detector, features)
        first, again = seconds(start), min(seconds(start) for _ in range(2))
        rows.append([f"start, {features} features", figure(first * 1e3), figure(again * 1e3)])
    features = size.start_up[0]
    engine, live = detector(features), columns(features, 6_000, 3)
    live["feature_1"][2_000:] = np.round((live["feature_1"][2_000:] - 32) / 1.8, 2)
    live["feature_4"][4_000:] *= 1_000
    with Stopwatch(Diagnoser, "diagnose") as watch:
        _judge(engine, live, 6_000, 1_000)
    if not watch.calls:
        raise SystemExit("benchmarks/speed.py: no fault was found, so no diagnosis was timed")
    rows.append(
        [
            f"a diagnosis, {features} features",
            figure(watch.calls[0] * 1e3),
            figure(float(np.median(watch.calls)) * 1e3),
        ]
    )
    rows.append(_pairs_named(features))
    return Table(
        title="Now and then, milliseconds",
        note=(
            "Start: tables of e-values for every feature. A diagnosis is asked for at an alarm and "
            "16, 32, 64… records later; the first of a feature prepares its catalogue."
        ),
        columns=["what", "the first", "the next"],
        rows=rows,
    )


def _pairs_named(features: int) -> list[str]:
    """What it costs to name the cause of pairs that disagree."""
    raw = columns(features, 6_000, 3)
    scaled = {name: scaler(features).features[name].transform(v) for name, v in raw.items()}
    scaled["feature_1"] = np.where(np.arange(6_000) % 10, scaled["feature_1"], raw["feature_1"])
    engine = detector(features, "both")
    with Stopwatch(PairDiagnoser, "diagnose") as watch:
        engine.update(MODEL, raw, scaled=scaled)
    return [
        f"a diagnosis of pairs, {features} features",
        figure(watch.calls[0] * 1e3),
        figure(float(np.median(watch.calls)) * 1e3),
    ]


def pairs(size: Size) -> Table:
    """Nanoseconds a value of a topic that carries pairs, beside one that carries raw values."""
    rows = []
    for features in size.features[:2]:
        length = size.values // features // 4
        raw = columns(features, length, 2)
        scaled = {name: scaler(features).features[name].transform(v) for name, v in raw.items()}
        cells = []
        ways: tuple[tuple[Values, dict[str, FloatArray]], ...] = (("raw", {}), ("both", scaled))
        for values, halves in ways:
            turn = functools.partial(detector(features, values).update, MODEL, raw, scaled=halves)
            turn()  # warm: kernels compiled, tables in the caches
            best = min(seconds(turn) for _ in range(size.turns))
            cells.append(figure(best / (length * features) * NANO))
        rows.append([str(features), *cells])
    return Table(
        title="Pairs of raw and scaled values, nanoseconds a pair",
        note="Pairs that agree: judging the raw values, and comparing each scaled one.",
        columns=["features", "`values: raw`", "`values: both`"],
        rows=rows,
    )


# ---------------------------------------------------------------- from bytes to events


def end_to_end(size: Size) -> Table:
    """JSON bytes to events: ours, and River value by value as a plain consumer does it."""
    rows = []
    for features in size.end_to_end:
        count = max(size.messages // features, BATCH // 10) * 5
        messages = _messages(features, count)
        ours, plain = _ours(features, messages), _plain(features, messages[: max(count // 5, 1)])
        ours()
        mine = count / min(seconds(ours) for _ in range(size.turns))
        decode = count / min(seconds(_decoding(features, messages)) for _ in range(size.turns))
        theirs = max(count // 5, 1) / min(seconds(plain) for _ in range(2))
        rows.append(
            [str(features), *(f"{x:,.0f}" for x in (theirs, mine, decode)), f"{mine / theirs:.1f}"]
        )
    return Table(
        title="From JSON bytes to events, messages a second",
        note=(
            "Plain loop: `json.loads`, then River's `Var` and `ADWIN` on each value. Ours: decoding"
            f" in batches of {BATCH:,} and every test of the detector. Kafka itself is not in it."
        ),
        columns=["features", "plain loop", "detector", "its decoding alone", "ratio"],
        rows=rows,
    )


def _messages(features: int, count: int) -> list[bytes]:
    live = {name: column.tolist() for name, column in columns(features, count, 4).items()}
    return [
        json.dumps(
            {"ts": 1764000000 + i, "id": f"customer-{i}"}
            | {name: column[i] for name, column in live.items()}
        ).encode()
        for i in range(count)
    ]


def _decoder(features: int) -> RecordDecoder:
    return RecordDecoder(list(scaler(features).features), time=TimeField("ts", "s"))


def _decoding(features: int, messages: list[bytes]) -> Callable[[], None]:
    decoder, defaults = _decoder(features), np.zeros(BATCH)

    def work() -> None:
        for first in range(0, len(messages), BATCH):
            part = messages[first : first + BATCH]
            decoder.decode(part, defaults[: len(part)])

    return work


def _ours(features: int, messages: list[bytes]) -> Callable[[], None]:
    decoder, engine, defaults = _decoder(features), detector(features), np.zeros(BATCH)
    offset = 0

    def work() -> None:
        nonlocal offset
        for first in range(0, len(messages), BATCH):
            part = messages[first : first + BATCH]
            decoded = decoder.decode(part, defaults[: len(part)])
            engine.update_batch(
                Batch(
                    model=MODEL,
                    topic="t",
                    partition=0,
                    columns=decoded.columns,
                    times=decoded.times,
                    offsets=offset + decoded.kept,
                )
            )
            offset += len(part)

    return work


def _plain(features: int, messages: list[bytes]) -> Callable[[], None]:
    names = list(scaler(features).features)
    moments, changes = {n: Var() for n in names}, {n: ADWIN() for n in names}

    def work() -> None:
        for message in messages:
            record = json.loads(message)
            for name in names:
                value = record[name]
                moments[name].update(value)
                changes[name].update(value)

    return work


def tables(size: Size) -> Iterator[Table]:
    """All of them, each as soon as it is measured."""
    yield engine(size)
    yield parts(size)
    yield occasional(size)
    yield pairs(size)
    yield end_to_end(size)


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="What measuring, judging and naming cost.")
    parser.add_argument("--quick", action="store_true", help="fewer values and turns")
    options = parser.parse_args(arguments)
    for table in tables(QUICK if options.quick else FULL):
        print(table.markdown(), flush=True)


if __name__ == "__main__":
    main()
