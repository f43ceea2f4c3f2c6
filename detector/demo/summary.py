"""What was injected and what was found: the verdict of the demo on the detector."""

from collections.abc import Iterable
from dataclasses import dataclass

from detector.demo.schedule import INJECTIONS, MESSAGES, Injection
from detector.events import Cause, DriftEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One feature that a fault broke.

    at:             the first message with the fault, counted from 0.
    found_after:    messages with the fault until the episode opened, that one included; None:
                    missed.
    cause:          as last named while the fault lasted (afterwards the window holds both faulty
                    and clean values); None where no cause was named.
    summary:        the event's sentence; None where missed.
    resolved_after: messages after the end of the fault until the episode resolved; None: still
                    open when the stream ended.
    """

    feature: str
    fault: Cause
    words: str
    at: int
    found_after: int | None
    cause: Cause | None
    summary: str | None
    resolved_after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The outcome of one run; ``false_alarms`` are episodes that opened where no fault was."""

    findings: tuple[Finding, ...]
    false_alarms: tuple[DriftEvent, ...]
    messages: int = MESSAGES

    @property
    def missed(self) -> int:
        """How many broken features were not found."""
        return sum(finding.found_after is None for finding in self.findings)


def summarise(events: Iterable[DriftEvent]) -> Summary:
    """Holds *events*, in the order of the alert topic, against what was injected."""
    unique = list({event.id: event for event in events}.values())  # at least once: repeats
    openings = [event for event in unique if event.data.status == "opened"]
    return Summary(
        findings=tuple(
            finding(injection, feature, unique)
            for injection in INJECTIONS
            for feature in injection.fault.features
        ),
        false_alarms=tuple(event for event in openings if injection_of(event) is None),
    )


def injection_of(event: DriftEvent) -> Injection | None:
    """The fault during which *event* tipped, if its feature was broken then."""
    for injection in INJECTIONS:
        inside = injection.begin <= event.data.position.offset < injection.end
        if inside and event.data.feature in injection.fault.features:
            return injection
    return None


def finding(injection: Injection, feature: str, events: list[DriftEvent]) -> Finding:
    """What became of one broken feature."""
    opened = next(
        (
            event
            for event in events
            if event.data.status == "opened"
            and event.data.feature == feature
            and injection_of(event) is injection
        ),
        None,
    )
    episode = [e for e in events if opened is not None and e.data.alert == opened.data.alert]
    named = [
        e.data.diagnosis.cause
        for e in episode
        if e.data.diagnosis is not None and e.data.position.offset < injection.end
    ]
    resolved = [e.data.position.offset for e in episode if e.data.status == "resolved"]
    return Finding(
        feature=feature,
        fault=injection.fault.cause,
        words=injection.fault.words,
        at=injection.begin,
        found_after=opened.data.position.offset - injection.begin + 1 if opened else None,
        cause=named[-1] if named else None,
        summary=opened.data.summary if opened else None,
        resolved_after=resolved[0] - injection.end + 1 if resolved else None,
    )
