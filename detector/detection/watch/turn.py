"""What a condition of the model tells its episode: that it holds, and that it is over."""

from dataclasses import dataclass

from detector.detection.watch.timeline import Place
from detector.events import Diagnosis, Severity, Signal, SignalKind, VersionShare


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a condition says while it holds."""

    signal: Signal
    severity: Severity
    summary: str
    diagnosis: Diagnosis | None = None
    versions: tuple[VersionShare, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A condition begins, says something new, or ends.

    kind:    of the condition: that of its signal.
    row:     of the batch, at which it is told.
    place:   the event's position.
    time:    the event's, seconds since the epoch.
    finding: None where the condition is over.
    ending:  the sentence for an episode that is over with it.
    """

    kind: SignalKind
    row: int
    place: Place
    time: float
    finding: Finding | None = None
    ending: str = ""
