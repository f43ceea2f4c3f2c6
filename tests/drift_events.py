"""Drift events made by hand, for tests of what is done with them."""

from detector.events import (
    Cause,
    Diagnosis,
    DriftData,
    DriftEvent,
    Position,
    Since,
    Status,
)


def event(
    feature: str,
    offset: int,
    *,
    status: Status = "opened",
    alert: str = "a",
    sequence: int = 0,
    cause: Cause | None = None,
) -> DriftEvent:
    diagnosis = cause and Diagnosis(
        cause=cause,
        variant=None,
        confidence=1.0,
        explanation="",
        transform=None,
        fix=None,
        alternatives=(),
    )
    data = DriftData(
        model="flight-delay",
        feature=feature,
        status=status,
        severity="critical",
        alert=alert,
        sequence=sequence,
        signals=(),
        summary=f"{feature} left training",
        diagnosis=diagnosis or None,
        training=None,
        live=None,
        position=Position(topic="features.flight-delay", partition=0, offset=offset),
        since=Since(partition=0, offset=offset, time="2013-01-01T00:00:00.000Z"),
    )
    return DriftEvent(
        id=f"{alert}-{sequence}",
        source="/detector/demo/flight-delay",
        type=f"detector.drift.{status}",  # type: ignore[arg-type]  # a literal built from one
        subject=f"flight-delay/{feature}",
        time="2013-01-01T00:00:00.000Z",
        data=data,
    )
