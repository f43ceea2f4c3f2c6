"""False alarms: promised against measured, on independent, dependent and real streams.

    python benchmarks/false_alarms.py [--quick] [--part independent|dependent|real]

The promise is one in a million messages at most, for independent messages whose law lies within the
tolerance; elsewhere there is none, and the tables say what happens. ADWIN, Page-Hinkley and a
Kolmogorov-Smirnov test run on the same streams. All seeds are fixed.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from lab import flights
from lab.laws import LAWS, PROCESSES, RATE, FloatArray, Law, Process, Rng, poisson
from lab.ours import Ours, fit
from lab.rivals import rivals
from lab.tables import Table, figure, rate

CHUNK = 50_000  # messages drawn at a time
SHIFT, SCALE = 0.1, 1.1  # the default tolerance, in training scales
OURS = "ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is run.

    references: training sets a law, each with a stream of *messages* of its own.
    rows:       of the training sets of independent rows; the last one also serves the rivals.
    paths, path_messages, path_rows: the same for dependent messages.
    deals:      times that the real rows are dealt into training and live.
    live:       real rows that are streamed, of 20,000.
    """

    references: int = 12
    messages: int = 500_000
    rows: tuple[int, ...] = (1_000, 4_000)
    paths: int = 12
    path_messages: int = 250_000
    path_rows: int = 20_000
    deals: int = 12
    live: int = 20_000


FULL = Size()
QUICK = Size(references=4, messages=100_000, paths=2, path_messages=100_000, deals=2)


@dataclass(slots=True)
class Count:
    """Alarms of one detector; exposed: messages at which it could raise one."""

    alarms: int = 0
    exposed: int = 0
    messages: int = 0

    def add(self, alarms: int, exposed: int, messages: int) -> None:
        """Count another stream in."""
        self.alarms += alarms
        self.exposed += exposed
        self.messages += messages

    @property
    def busy(self) -> str:
        """Share of the messages during which an alarm was open."""
        return f"{1 - self.exposed / self.messages:.0%}"


# ---------------------------------------------------------------- laws within the tolerance

Edge = Callable[[Law, Rng, int, float, float], FloatArray]


def _at_training(law: Law, rng: Rng, n: int, _mean: float, _std: float) -> FloatArray:
    return law.draw(rng, n)


def _moved(shift: float, scale: float) -> Edge:
    def draw(law: Law, rng: Rng, n: int, mean: float, std: float) -> FloatArray:
        return mean + shift * std + scale * (law.draw(rng, n) - mean)

    return draw


def _other_rate(shift: float) -> Edge:
    """Counts stay whole numbers: a value between them is an alarm by itself."""

    def draw(_law: Law, rng: Rng, n: int, _mean: float, _std: float) -> FloatArray:
        return poisson(rng, n, RATE + shift * RATE**0.5)

    return draw


EDGES: Mapping[str, Edge] = {
    "training law": _at_training,
    "shift +.1": _moved(SHIFT, 1.0),
    "shift -.1": _moved(-SHIFT, 1.0),
    "scale 1.1": _moved(0.0, SCALE),
    "both": _moved(SHIFT, SCALE),
}
POISSON_EDGES: Mapping[str, Edge] = {
    "training law": _at_training,
    "shift +.1": _other_rate(SHIFT),
    "shift -.1": _other_rate(-SHIFT),
}


def independent(size: Size) -> Iterator[Table]:
    """Ours at the training law and at every edge of the tolerance; the others at the former."""
    counts: dict[tuple[str, int, str], Count] = {}
    theirs: dict[str, dict[str, Count]] = {}
    for number, law in enumerate(LAWS):
        edges = POISSON_EDGES if law.name == "Poisson" else EDGES
        for rows in size.rows:
            for reference in range(size.references):
                rng = np.random.default_rng([1, number, rows, reference])
                training = law.draw(rng, rows)
                for edge, draw in edges.items():
                    count = counts.setdefault((law.name, rows, edge), Count())
                    _judge(count, training, law, draw, rng, size.messages)
        for reference in range(size.references):
            rng = np.random.default_rng([2, number, reference])
            by_name = theirs.setdefault(law.name, {})
            _rivals(by_name, law.draw(rng, size.rows[-1]), law.draw(rng, size.messages))
    yield _promised(size, counts)
    ours = {law.name: counts[law.name, size.rows[-1], "training law"] for law in LAWS}
    yield _beside(size, ours, theirs)


def _judge(
    count: Count, training: FloatArray, law: Law, draw: Edge, rng: Rng, messages: int
) -> None:
    detector, mean, std = Ours(fit({"x": training})), float(training.mean()), float(training.std())
    for first in range(0, messages, CHUNK):
        detector.update({"x": draw(law, rng, min(CHUNK, messages - first), mean, std)})
    _add(count, detector, 1)


def _add(count: Count, detector: Ours, features: int) -> None:
    spared = detector.messages_in_episodes() / features
    count.add(len(detector.alarms), round(detector.seen - spared), detector.seen)


def _rivals(counts: dict[str, Count], training: FloatArray, live: FloatArray) -> None:
    for name, rival in rivals(training).items():
        alarms = len(rival.update(live))
        counts.setdefault(name, Count()).add(alarms, len(live), len(live))


def _promised(size: Size, counts: Mapping[tuple[str, int, str], Count]) -> Table:
    total = size.references * size.messages / 1e6
    rows = [
        [
            f"{law.name}, {n:,} rows",
            *(_alarms(counts.get((law.name, n, edge))) for edge in EDGES),
        ]
        for law in LAWS
        for n in size.rows
    ]
    for n in size.rows:
        sums = [
            sum(c.alarms for (_, r, e), c in counts.items() if r == n and e == edge)
            for edge in EDGES
        ]
        rows.append([f"all, {n:,} rows", *map(str, sums)])
    return Table(
        title="False alarms within the tolerance, independent messages",
        note=(
            f"Alarms in {total:g} million messages a cell ({size.references} references of their "
            f"own, {size.messages:,} messages each). The promise, one in a million, allows "
            f"{total:g} on average. Shift and scale in training scales; of Poisson counts the rate "
            "is changed."
        ),
        columns=["law, training rows", *EDGES],
        rows=rows,
    )


def _alarms(count: Count | None) -> str:
    return "–" if count is None else str(count.alarms)


def _beside(
    size: Size, ours: Mapping[str, Count], theirs: Mapping[str, Mapping[str, Count]]
) -> Table:
    rows = [
        [name, *(rate(c.alarms, c.exposed) for c in (ours[name], *counts.values()))]
        for name, counts in theirs.items()
    ]
    total = size.references * size.messages / 1e6
    return Table(
        title="False alarms on independent messages, beside the alternatives",
        note=(
            f"Events per million messages with 95 % limits, {total:g} million messages of the "
            f"training law a cell, {size.rows[-1]:,} training rows, all at their defaults."
        ),
        columns=["law", OURS, *next(iter(theirs.values()))],
        rows=rows,
    )


# ---------------------------------------------------------------- dependent and real streams


def dependent(size: Size) -> Table:
    """Processes whose training stretch comes before the live one; nothing ever changes."""
    rows = []
    for number, process in enumerate(PROCESSES):
        counts: dict[str, Count] = {OURS: Count()}
        times = [_path(counts, process, size, [3, number, k]) for k in range(size.paths)]
        cells = [rate(c.alarms, c.exposed) for c in counts.values()]
        time = f"{figure(min(times))}–{figure(max(times))}"
        rows.append([process.name, time, cells[0], counts[OURS].busy, *cells[1:]])
    total = size.paths * size.path_messages / 1e6
    return Table(
        title="False alarms on dependent messages: no promise",
        note=(
            f"Events per million messages with 95 % limits (too narrow where events come in "
            f"clusters); {total:g} million messages in {size.paths} paths, each after "
            f"{size.path_rows:,} training rows in time order. Ours: per million messages without "
            "an open episode. The autocorrelation time is what `fit` wrote, the least and the most."
        ),
        columns=["process", "autocorrelation time", OURS, "in an episode", *list(counts)[1:]],
        rows=rows,
    )


def _path(counts: dict[str, Count], process: Process, size: Size, seed: list[int]) -> float:
    path = process.draw(np.random.default_rng(seed), size.path_rows + size.path_messages)
    training, live = path[: size.path_rows], path[size.path_rows :]
    scaler = fit({"x": training})
    detector = Ours(scaler)
    detector.update({"x": live})
    _add(counts[OURS], detector, 1)
    _rivals(counts, training, live)
    reference = scaler.features["x"].reference
    return (reference.autocorrelation_time if reference else None) or 1.0


def real(size: Size) -> Table:
    """The demo's rows; an event of any of the eight features counts."""
    rows = []
    deals = [flights.in_random_order(np.random.default_rng([4, k])) for k in range(size.deals)]
    for name, streams in (
        (f"random order, dealt {size.deals} times", deals),
        ("time order: training January to June, live until December", [flights.in_time_order()]),
    ):
        counts: dict[str, Count] = {OURS: Count()}
        for training, live in streams:
            streamed = {name: column[: size.live] for name, column in live.items()}
            _real_stream(counts, training, streamed)
        cells = [rate(c.alarms, c.exposed) for c in counts.values()]
        seen = f"{counts[OURS].messages:,}"
        rows.append([name, seen, cells[0], counts[OURS].busy, *cells[1:]])
    return Table(
        title="False alarms on flights and weather",
        note=(
            "The demo's eight features; events of all features per million messages with 95 % "
            "limits. In time order the seasons are real departures from training: the figures "
            "say how often each speaks of them."
        ),
        columns=["order", "messages", OURS, "in an episode", *list(counts)[1:]],
        rows=rows,
    )


def _real_stream(
    counts: dict[str, Count], training: flights.Columns, live: flights.Columns
) -> None:
    detector = Ours(fit(training))
    detector.update(live)
    _add(counts[OURS], detector, len(live))
    for name, values in live.items():
        mine = {key: Count() for key in counts}
        known = training[name][np.isfinite(training[name])]
        _rivals(mine, known, values[np.isfinite(values)])
        for key, count in mine.items():
            if key != OURS:
                total = counts.setdefault(key, Count())
                total.add(count.alarms, len(values) // len(live), len(values) // len(live))


def _of_dependent(size: Size) -> Iterator[Table]:
    yield dependent(size)


def _of_real(size: Size) -> Iterator[Table]:
    yield real(size)


PARTS: Mapping[str, Callable[[Size], Iterator[Table]]] = {
    "independent": independent,
    "dependent": _of_dependent,
    "real": _of_real,
}


def tables(size: Size, parts: Iterable[str] = PARTS) -> Iterator[Table]:
    """All of them, each as soon as it is measured."""
    for part in parts:
        yield from PARTS[part](size)


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="False alarms: promised against measured.")
    parser.add_argument("--quick", action="store_true", help="a minute instead of many")
    parser.add_argument("--part", choices=PARTS, help="only the streams of one kind")
    options = parser.parse_args(arguments)
    parts = [options.part] if options.part else list(PARTS)
    for table in tables(QUICK if options.quick else FULL, parts):
        print(table.markdown(), flush=True)


if __name__ == "__main__":
    main()
