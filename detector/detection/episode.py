"""An episode, from opened to resolved, and the events it sends out."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from detector.detection.diagnosis import Former
from detector.events import (
    Diagnosis,
    DriftData,
    DriftEvent,
    Group,
    Live,
    Position,
    Severity,
    Signal,
    Since,
    Status,
    Training,
    VersionShare,
    event_id,
    rfc3339,
    source,
    subject,
)

FIRST_CHECK = 16  # records after the opening; then at twice as many each time
LAST_DOUBLING = 512  # from here on a check every so many records


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeover:
    """Where the cause of an episode gave way to another: since when, and what it was before."""

    since: Since
    former: Former


@dataclass(slots=True, kw_only=True)
class Episode:
    """What is known of one open episode.

    alert:    its stable id.
    since:    as first published.
    onset:    number of the record it began with; negative where that was before this process.
    opened:   number of the record at which it opened.
    sequence: number of the next event.
    takeover: where the present cause took over from another, if one did.
    mates:    every feature of its group, of which the event names some.
    hidden:   true while nothing of it was published, because the feature was muted.
    """

    model: str
    feature: str
    alert: str
    since: Since
    onset: int
    opened: int
    severity: Severity
    signals: tuple[Signal, ...]
    summary: str = ""
    diagnosis: Diagnosis | None = None
    takeover: Takeover | None = None
    group: Group | None = None
    versions: tuple[VersionShare, ...] | None = None
    mates: frozenset[str] = frozenset()
    sequence: int = 0
    hidden: bool = False
    last: DriftEvent | None = None
    age: int = field(default=FIRST_CHECK)

    @property
    def former(self) -> Former | None:
        """The present cause as what held before another; None where there is none."""
        if self.diagnosis is None:
            return None
        first = self.onset if self.takeover is None else self.takeover.former.first
        return Former(named=self.diagnosis, since=self.onset, first=first)

    @property
    def next_check(self) -> int:
        """Number of the record after which the episode is looked at again."""
        return self.opened + self.age

    def checked(self) -> None:
        """Put the next check off: at twice the age, then every LAST_DOUBLING records."""
        self.age = self.age * 2 if self.age < LAST_DOUBLING else self.age + LAST_DOUBLING

    def event(
        self,
        status: Status,
        *,
        consumer_group: str,
        position: Position,
        time: float,
        training: Training | None,
        live: Live | None,
        summary: str,
    ) -> DriftEvent:
        """The next event of the episode; counts the sequence on."""
        event = DriftEvent(
            id=event_id(self.alert, self.sequence),
            source=source(consumer_group, self.model),
            type=f"detector.drift.{status}",  # type: ignore[arg-type]  # the three types of the contract
            subject=subject(self.model, self.feature),
            time=rfc3339(time),
            data=DriftData(
                model=self.model,
                feature=self.feature,
                status=status,
                severity=self.severity,
                alert=self.alert,
                sequence=self.sequence,
                signals=self.signals,
                summary=summary,
                diagnosis=self._dated_diagnosis(),
                training=training,
                live=live,
                position=position,
                since=self.since,
                group=self.group,
                versions=self.versions,
            ),
        )
        self.sequence += 1
        self.last = event
        return event

    def _dated_diagnosis(self) -> Diagnosis | None:
        """The diagnosis with the record at which its cause took over from another, if one did."""
        if self.diagnosis is None or self.takeover is None:
            return self.diagnosis
        return replace(
            self.diagnosis, since=self.takeover.since, succeeds=self.takeover.former.named.cause
        )
