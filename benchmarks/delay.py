"""How soon a fault is found: median and 95 % delay in messages, and the share found.

    python benchmarks/delay.py [--quick]

Each run fits a reference, lets clean messages pass, and then goes on from the same point with every
fault in turn. Ours with the whole reference and with the scaler's parameters only, ADWIN,
Page-Hinkley, a Kolmogorov-Smirnov test, and a detector that alarms every 100 messages whatever
comes. All seeds are fixed.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from detector.scaler.profile import decimals
from lab import flights
from lab.faults import COUNT_FAULTS, FAULTS, Fault
from lab.laws import LAWS, FloatArray, Law, autoregressive
from lab.ours import PROMISE, Ours, fit, without_reference
from lab.reach import least_delay
from lab.rivals import WINDOW, Rival, first_alarm, rivals
from lab.tables import Table, figure, rate

RIVALS = ("ADWIN on z", "Page-Hinkley on z", "KS per 1,000, p 1e-4", "every 100 messages")
OURS, BARE = "ours", "ours, scaler only"
DETECTORS = (OURS, BARE, *RIVALS)
ROWS = 4_000
CLEAN = 4_096  # clean messages before the fault, and up to a window of the KS test more
TIME_OF_AR9 = 19.0  # (1 + .9) / (1 - .9)
NEVER = np.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is run.

    runs:     a law, each with a reference of its own. deals: of the real rows.
    features: of the real rows that are broken, one at a time.
    reach:    messages after the onset within which a fault must be found.
    """

    runs: int = 48
    deals: int = 3
    features: tuple[str, ...] = flights.FEATURES
    reach: int = 4_000


FULL = Size()
QUICK = Size(runs=8, deals=1, reach=2_000)


@dataclass(slots=True)
class Found:
    """Delays of one detector by fault, and what it raised before anything was wrong."""

    delays: dict[str, list[float]] = field(default_factory=dict)
    alarms: int = 0
    clean: int = 0

    def add(self, fault: str, delay: int | None) -> None:
        """Another run."""
        self.delays.setdefault(fault, []).append(NEVER if delay is None else float(delay))


Results = dict[str, Found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchers:
    """Every detector of one stream, at one moment."""

    ours: Mapping[str, Ours]
    rivals: Mapping[str, Rival]

    def try_fault(
        self, found: Results, fault: str, feature: str, live: Mapping[str, FloatArray]
    ) -> None:
        """Go on from here with *live*; nobody's state is changed."""
        for name, detector in self.ours.items():
            found[name].add(fault, detector.copy().first_alarm(feature, live))
        values = live[feature]
        for name, rival in self.rivals.items():
            found[name].add(fault, first_alarm(rival, values[np.isfinite(values)]))

    def pass_clean(
        self, found: Results, feature: str, live: Mapping[str, FloatArray]
    ) -> "Watchers":
        """Let *live* pass; one of ours that has alarmed already is left out from here on."""
        quiet = {}
        for name, detector in self.ours.items():
            after = detector.copy()
            after.update(live)
            found[name].alarms += sum(alarmed == feature for _, alarmed in after.alarms)
            found[name].clean += len(live[feature])
            if all(alarmed != feature for _, alarmed in after.alarms):
                quiet[name] = after
        values = live[feature]
        for name, rival in self.rivals.items():
            found[name].alarms += len(rival.update(values[np.isfinite(values)]))
            found[name].clean += len(values)
        return Watchers(ours=quiet, rivals=self.rivals)


def _watchers(training: Mapping[str, FloatArray], feature: str) -> Watchers:
    scaler, values = fit(training), training[feature]
    theirs = rivals(values[np.isfinite(values)])
    return Watchers(
        ours={OURS: Ours(scaler), BARE: Ours(without_reference(scaler))},
        rivals={name: theirs[name] for name in RIVALS},
    )


def _nobody() -> Results:
    return {name: Found() for name in DETECTORS}


# ---------------------------------------------------------------- streams


def independent(law: Law, size: Size, seed: int) -> tuple[Results, Results, dict[str, float]]:
    """Found in mid-stream, found when present from message 0, and the bound where it is known."""
    faults = COUNT_FAULTS if law.name == "Poisson" else FAULTS
    middle, start = _nobody(), _nobody()
    bounds: dict[str, list[float]] = {}
    for run in range(size.runs):
        rng = np.random.default_rng([seed, run])
        training, clean = law.draw(rng, ROWS), law.draw(rng, CLEAN + int(rng.integers(WINDOW)))
        for fault in faults:
            bound = least_delay(law, fault, float(training.std()), PROMISE)
            if bound is not None:
                bounds.setdefault(fault.name, []).append(bound)
        _run(middle, start, faults, training, clean, law.draw(rng, size.reach), rng)
    return middle, start, {name: float(np.median(b)) for name, b in bounds.items()}


def dependent(size: Size, seed: int) -> tuple[Results, Results, dict[str, float]]:
    """The same on an AR(.9): its bound for shifts is that of independent messages times 19."""
    middle, start = _nobody(), _nobody()
    for run in range(size.runs):
        rng = np.random.default_rng([seed, run])
        begin = 5 * ROWS + CLEAN + int(rng.integers(WINDOW))
        path = autoregressive(0.9)(rng, begin + size.reach)
        training, clean, live = np.split(path, [5 * ROWS, begin])
        _run(middle, start, FAULTS, training, clean, live, rng)
    normal = LAWS[0]
    shifts = [f for f in FAULTS if f.shift]
    known = {f.name: least_delay(normal, f, 1.0, PROMISE) for f in shifts}
    return middle, start, {n: b * TIME_OF_AR9 for n, b in known.items() if b is not None}


def _run(
    middle: Results,
    start: Results,
    faults: tuple[Fault, ...],
    training: FloatArray,
    clean: FloatArray,
    live: FloatArray,
    rng: np.random.Generator,
) -> None:
    fresh = _watchers({"x": training}, "x")
    broken = {f.name: f.distort(live, training, rng) for f in faults}
    for name, values in broken.items():
        fresh.try_fault(start, name, "x", {"x": values})
    warm = fresh.pass_clean(middle, "x", {"x": clean})
    for name, values in broken.items():
        warm.try_fault(middle, name, "x", {"x": values})


def real(size: Size, seed: int, *, rounded: bool) -> tuple[Results, Results, dict[str, float]]:
    """One feature of the demo at a time is broken, all eight are watched.

    rounded: the broken values have no more decimals than training's, as nature's have.
    """
    middle, start = _nobody(), _nobody()
    for deal in range(size.deals):
        rng = np.random.default_rng([seed, deal])
        training, live = flights.in_random_order(rng)
        for feature in size.features:
            begin = CLEAN + int(rng.integers(WINDOW))
            clean = {name: column[:begin] for name, column in live.items()}
            later = {name: column[begin : begin + size.reach] for name, column in live.items()}
            fresh = _watchers(training, feature)
            broken = {f.name: f.distort(later[feature], training[feature], rng) for f in FAULTS}
            if rounded:
                broken = _on_decimals(broken, training[feature])
            for name, values in broken.items():
                fresh.try_fault(start, name, feature, {**later, feature: values})
            warm = fresh.pass_clean(middle, feature, clean)
            for name, values in broken.items():
                warm.try_fault(middle, name, feature, {**later, feature: values})
    return middle, start, {}


def _on_decimals(broken: dict[str, FloatArray], training: FloatArray) -> dict[str, FloatArray]:
    digits = decimals(training[np.isfinite(training)])
    if digits is None:
        return broken
    return {name: np.round(values, digits) for name, values in broken.items()}


# ---------------------------------------------------------------- tables


def cell(delays: list[float]) -> str:
    """Median and 95 % quantile of all runs, those that were never found included, and the share."""
    if not delays:
        return "–"
    middle, high = np.quantile(delays, [0.5, 0.95], method="inverted_cdf")
    share = np.isfinite(delays).mean()
    return f"{_messages(middle)} / {_messages(high)}" + (f" ({share:.0%})" if share < 1 else "")


def _messages(delay: float) -> str:
    return figure(delay) if np.isfinite(delay) and delay > 9 else f"{delay:.0f}".replace("inf", "–")


def _of_stream(name: str, found: Results, bounds: Mapping[str, float]) -> Table:
    faults = list(found[OURS].delays) or list(found[RIVALS[0]].delays)
    rows = [
        [
            fault,
            figure(bounds[fault]) if fault in bounds else "–",
            *(cell(found[detector].delays.get(fault, [])) for detector in DETECTORS),
        ]
        for fault in faults
    ]
    quiet = [rate(found[d].alarms, found[d].clean) for d in DETECTORS]
    rows.append(["false alarms per million before it", "–", *quiet])
    return Table(title=f"Delay, {name}", columns=["fault", "bound", *DETECTORS], rows=rows)


def _summary(title: str, all_found: list[Results], note: str) -> Table:
    rows = []
    for detector in DETECTORS:
        mine = [found[detector] for found in all_found]
        delays = [d for one in mine for runs in one.delays.values() for d in runs]
        alarms, clean = sum(one.alarms for one in mine), sum(one.clean for one in mine)
        middle, high = np.quantile(delays, [0.5, 0.95], method="inverted_cdf")
        share = f"{np.isfinite(delays).mean():.1%}"
        quiet = [rate(alarms, clean)] if clean else []
        rows.append([detector, share, _messages(middle), _messages(high), *quiet])
    columns = ["detector", "found", "median delay", "95 % delay"]
    columns += ["false alarms per million before it"] if len(rows[0]) > len(columns) else []
    return Table(title=title, note=note, columns=columns, rows=rows)


def tables(size: Size) -> Iterator[Table]:
    """The summary of all streams, then each of them."""
    streams = {
        law.name: independent(law, size, number) for number, law in enumerate(LAWS, start=10)
    }
    streams["AR(.9)"] = dependent(size, 20)
    streams["flights and weather, random order"] = real(size, 30, rounded=False)
    streams["flights and weather, random order, rounded to training's decimals"] = real(
        size, 30, rounded=True
    )
    note = (
        f"All faults and streams below together; {size.runs} runs of each synthetic stream, "
        f"found within {size.reach:,} messages of the onset."
    )
    middle = [found for found, _, _ in streams.values()]
    yield _summary(f"Faults that begin after {CLEAN:,} clean messages", middle, note)
    yield _summary(
        "Faults that are there from message 0", [found for _, found, _ in streams.values()], note
    )
    for name, (found, _, bounds) in streams.items():
        yield _of_stream(name, found, bounds)


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="How soon a fault is found.")
    parser.add_argument("--quick", action="store_true", help="a minute instead of several")
    options = parser.parse_args(arguments)
    print(
        "Cells are median / 95 % delay in messages (share found, where not all were). Bound: "
        "ln(promise) / KL of the fault's law from the nearest one within the tolerance, a "
        "first-order limit for any test that tolerates these.\n"
    )
    for table in tables(QUICK if options.quick else FULL):
        print(table.markdown(), flush=True)


if __name__ == "__main__":
    main()
