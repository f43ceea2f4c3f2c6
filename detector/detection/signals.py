"""How far a feature is from training, test by test: the signals and the severity of an event."""

from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.marks import (
    COARSER_CHANNEL,
    INVALID_CHANNEL,
    LATTICE_CHANNEL,
    MISSING_CHANNEL,
    STUCK_CHANNEL,
)
from detector.detection.quality import Channels
from detector.detection.settings import Tolerance
from detector.detection.view import View
from detector.detection.window import Slice
from detector.events import Severity, Signal, SignalKind
from detector.scaler import RobustParameters

CHANNEL_SIGNAL: dict[int, SignalKind] = {
    MISSING_CHANNEL: "missing",
    INVALID_CHANNEL: "invalid",
    LATTICE_CHANNEL: "precision",
    STUCK_CHANNEL: "constant",
    COARSER_CHANNEL: "precision",
}
FEWER_DIGITS = "share of values with fewer decimals"
LADDER: tuple[tuple[float, Severity], ...] = ((20.0, "critical"), (5.0, "warning"))
SHARES: tuple[tuple[float, Severity], ...] = ((0.5, "critical"), (0.1, "warning"))
_RANK: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Effect of a window of values against training.

    shift: in training scales; None without a training scale or a value.
    ratio: spread over training's; None likewise, or from fewer than two values.
    """

    shift: float | None
    ratio: float | None


def departure(view: View, values: FloatArray) -> Departure:
    """Effect of the valid *values* of a window."""
    if view.spread is None or not len(values):
        return Departure(shift=None, ratio=None)
    with np.errstate(all="ignore"):
        scores = view.score(values)
        if view.law is None and isinstance(view.parameters, RobustParameters):
            shift = float(np.median(scores))
            upper, lower = np.percentile(scores, [75, 25])
            ratio = float(upper - lower)
        else:
            shift, ratio = float(np.mean(scores)), float(np.std(scores))
    known = len(values) > 1 and np.isfinite(ratio)
    return Departure(shift=shift if np.isfinite(shift) else None, ratio=ratio if known else None)


def signals(
    view: View,
    tolerance: Tolerance,
    limits: Channels,
    window: Slice,
    tests: tuple[SignalKind, ...],
    run: int,
) -> tuple[Signal, ...]:
    """One signal for each test that speaks, the one that tipped first.

    tests: the kinds that reject, the one that tipped first; run: length of the latest run of
           equal values.
    """
    effect = departure(view, window.adjusted)
    found: list[Signal] = []
    for kind in tests:
        match kind:
            case "location" | "spread" | "shape":
                found += [s for s in _values(effect, tolerance, kind) if s not in found]
            case "range":
                found.append(_range(view, tolerance, window))
            case "missing":
                share = window.missing / max(window.records, 1)
                found.append(_share(kind, share, limits.limit[MISSING_CHANNEL]))
            case "invalid":
                share = window.invalid / max(window.records, 1)
                found.append(_share(kind, share, limits.limit[INVALID_CHANNEL]))
            case "precision":
                found.append(_precision(limits, window))
            case _:  # the one test that is left
                found.append(_constant(view, run))
    return tuple(found)


def change_signal(before: float, after: float) -> Signal:
    """The signal of a change against the stream's own past."""
    return Signal(
        kind="change", value=_rounded(after - before), tolerance=None, unit="training scores"
    )


def severity(
    rung: Severity, tolerance: Tolerance, found: tuple[Signal, ...], *, fault: bool
) -> Severity:
    """How bad it is: a named fault is critical; else the highest of what the signals say.

    rung: what the values since the onset have refuted.
    """
    if fault:
        return "critical"
    ranks = [rung] if _speaks_of_values(found) else []
    for signal in found:
        if signal.kind in ("missing", "invalid", "range") and signal.value is not None:
            ranks.append(_climb(signal.value, SHARES))
        if signal.kind in ("constant", "parity"):
            ranks.append("critical")
        if signal.kind == "change" and signal.value is not None:
            ranks.append(_climb(abs(signal.value) / tolerance.shift, LADDER))
    return max(ranks, key=_RANK.__getitem__, default="info")


def worse(one: Severity, other: Severity) -> Severity:
    """The more severe of the two."""
    return max(one, other, key=_RANK.__getitem__)


def _values(effect: Departure, tolerance: Tolerance, tipped: SignalKind) -> list[Signal]:
    found = []
    shift, ratio = effect.shift, effect.ratio
    if shift is not None and (abs(shift) > tolerance.shift or tipped == "location"):
        found.append(
            Signal(
                kind="location",
                value=_rounded(shift),
                tolerance=tolerance.shift,
                unit="training scales",
            )
        )
    beyond = ratio is not None and not 1 / tolerance.scale <= ratio <= tolerance.scale
    if ratio is not None and (beyond or tipped == "spread"):
        found.append(
            Signal(
                kind="spread",
                value=_rounded(ratio),
                tolerance=tolerance.scale,
                unit="times training",
            )
        )
    if not found:
        found.append(Signal(kind="shape", value=None, tolerance=None, unit=None))
    return sorted(found, key=lambda signal: signal.kind != tipped)


def _range(view: View, tolerance: Tolerance, window: Slice) -> Signal:
    """Share of the window beyond the widened training range."""
    half = 1.0 if view.parameters.kind == "maxabs" else 0.5
    limit = half * tolerance.scale + tolerance.shift
    share = (
        float(np.mean(np.abs(view.score(window.adjusted)) > limit)) if len(window.adjusted) else 0.0
    )
    return Signal(
        kind="range", value=_rounded(share), tolerance=0.008, unit="share out of the range"
    )


def _share(kind: SignalKind, share: float, limit: float) -> Signal:
    return Signal(
        kind=kind, value=_rounded(share), tolerance=_rounded(float(limit)), unit="share of records"
    )


def _precision(limits: Channels, window: Slice) -> Signal:
    """The share of values with more digits than training's; else of those with fewer."""
    more, few = limits.limit[LATTICE_CHANNEL], limits.limit[COARSER_CHANNEL]
    share = window.off_lattice / max(len(window.values), 1)
    if np.isnan(few) or share > more:
        return _share("precision", share, more)
    fewer = _share("precision", window.coarser / max(window.with_digits, 1), few)
    return msgspec.structs.replace(fewer, unit=FEWER_DIGITS)


def _constant(view: View, run: int) -> Signal:
    longest = view.reference.longest_run if view.reference is not None else None
    return Signal(
        kind="constant",
        value=float(run),
        tolerance=None if longest is None else float(longest),
        unit="equal values in a row",
    )


def _climb(size: float, ladder: tuple[tuple[float, Severity], ...]) -> Severity:
    reached: tuple[Literal["info", "warning", "critical"], ...] = tuple(
        name for bound, name in ladder if size >= bound
    )
    return reached[0] if reached else "info"


def _speaks_of_values(found: tuple[Signal, ...]) -> bool:
    return any(s.kind in ("location", "spread", "shape", "range") for s in found)


def _rounded(value: float) -> float | None:
    """Four significant digits: a reader needs no more, and the rest would differ by machine."""
    return float(f"{value:.4g}") if np.isfinite(value) else None
