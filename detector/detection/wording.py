"""One sentence about an event, with the user's feature, unit and numbers."""

from collections.abc import Sequence

from detector.detection.signals import FEWER_DIGITS
from detector.detection.view import View
from detector.events import Live, Signal, Status
from detector.events.words import as_sent, figure, share


def summary(view: View, status: Status, found: Sequence[Signal], live: Live) -> str:
    """What is the matter with a feature, in one sentence."""
    if status == "resolved":
        if [signal.kind for signal in found] == ["parity"]:
            return f"{view.name} is again what the training scaler makes of its raw value"
        return f"{view.name} is back within tolerance of training"
    parts = [part for part in (_part(view, signal, live) for signal in found) if part]
    return f"{view.name} " + ", and ".join(parts[:2])


def _part(view: View, signal: Signal, live: Live) -> str:  # noqa: C901, PLR0911 - one sentence a kind
    unit = f" {view.scaler.unit}" if view.scaler.unit and view.values == "raw" else ""
    value = signal.value or 0.0
    match signal.kind:
        case "location":
            side = "above" if value > 0 else "below"
            return (
                f"is {figure(abs(value), 3)} training scales {side} training"
                f" (mean {figure(live.mean)}, training {figure(view.centre)}{unit})"
            )
        case "spread":
            return f"spreads {figure(value, 3)} times as wide as in training"
        case "shape":
            return "has another distribution than in training"
        case "precision":
            if signal.unit == FEWER_DIGITS:
                return f"has fewer decimals than in training in {share(value)} of its records"
            return f"has more decimals than any training value in {share(value)} of its records"
        case "range":
            return f"is out of the training range in {share(value)} of its records"
        case "missing":
            return f"is missing in {share(value)} of its records"
        case "invalid":
            return f"is no number in {share(value)} of its records"
        case "constant":
            if value <= 1:  # the run is over, the episode is not
                return "was stuck"
            one = live.max is not None and live.min == live.max
            place = f" at {as_sent(live.max or 0.0)}{unit}" if one else ""
            return f"has been stuck{place} for {value:.0f} records"
        case "parity":
            return (
                f"is not what the training scaler makes of its raw value in {share(value)} of its"
                " records"
            )
        case _:  # a change; silence and version are never said of a feature
            return f"has changed against its own past by {figure(value, 3)} training scores"
