"""One sentence about an event, with the user's feature, unit and numbers."""

from collections.abc import Sequence

from detector.detection.view import View
from detector.events import Live, Signal, Status


def summary(view: View, status: Status, found: Sequence[Signal], live: Live) -> str:
    """What is the matter with a feature, in one sentence."""
    if status == "resolved":
        return f"{view.name} is back within tolerance of training"
    parts = [part for part in (_part(view, signal, live) for signal in found) if part]
    return f"{view.name} " + ", and ".join(parts[:2])


def figure(value: float | None) -> str:
    """A number as people write it, four digits at most.

    >>> figure(55.26), figure(-0.00123456), figure(1234567.0)
    ('55.26', '-0.001235', '1.235e+06')
    """
    return "nothing" if value is None else f"{value:.4g}"


def _part(view: View, signal: Signal, live: Live) -> str:  # noqa: C901, PLR0911 - one sentence a kind
    unit = f" {view.scaler.unit}" if view.scaler.unit and view.values == "raw" else ""
    value = signal.value or 0.0
    match signal.kind:
        case "location":
            side = "above" if value > 0 else "below"
            return (
                f"is {figure(abs(value))} training scales {side} training"
                f" (mean {figure(live.mean)}{unit}, training {figure(view.centre)}{unit})"
            )
        case "spread":
            return f"spreads {figure(value)} times as wide as in training"
        case "shape":
            return "has another distribution than in training"
        case "precision":
            return f"has more decimals than any training value in {value:.0%} of its records"
        case "range":
            return f"is out of the training range in {value:.0%} of its records"
        case "missing":
            return f"is missing in {value:.0%} of its records"
        case "invalid":
            return f"is no number in {value:.0%} of its records"
        case "constant":
            if value <= 1:  # the run is over, the episode is not
                return "was stuck"
            place = f" at {figure(live.max)}{unit}" if live.min == live.max else ""
            return f"has been stuck{place} for {value:.0f} records"
        case "parity":
            return (
                f"is not what the training scaler makes of its raw value in {value:.0%} of its"
                " records"
            )
        case _:  # a change; silence and version are never said of a feature
            return f"has changed against its own past by {figure(value)} training scores"
