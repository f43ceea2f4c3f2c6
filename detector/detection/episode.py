"""An episode, from opened to resolved, and the events it sends out."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from detector.detection.besides import besides, with_besides
from detector.detection.diagnosis import Former, Reading, is_fault, is_same
from detector.events import (
    Besides,
    Cause,
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
    """Where the cause of an episode gave way to another.

    since:    where that stands.
    succeeds: what the cause was before.
    former:   the same with all that is known of it; None where another process named it.
    """

    since: Since
    succeeds: Cause
    former: Former | None = None

    @classmethod
    def of(cls, since: Since, former: Former) -> "Takeover":
        """Another cause than *former*, from *since* on."""
        return cls(since=since, succeeds=former.named.cause, former=former)

    def is_void(self, found: Diagnosis | None) -> bool:
        """Whether *found* is what held before: it was the same all the time."""
        return self.former is not None and is_same(found, self.former.named)


@dataclass(slots=True, kw_only=True)
class PairCause:
    """What the pairs of an episode say while they disagree.

    onset:    number of the record since which the present map holds, as far as it is known in this
              process.
    place:    where that stands.
    reading:  what the diagnosis puts in words; None until it is read in this process.
    second:   what other pairs are called, which do not obey it.
    takeover: where it took over from another cause, if it did.
    """

    onset: int
    place: Since
    signal: Signal | None = None
    second: Besides | None = None
    diagnosis: Diagnosis | None = None
    reading: Reading | None = None
    takeover: Takeover | None = None

    @property
    def told(self) -> Diagnosis | None:
        """The diagnosis with where it took over, and what other pairs prove."""
        found = _dated(self.diagnosis, self.takeover)
        if found is None or self.second is None:
            return found
        return with_besides(found, self.second)

    @property
    def first(self) -> int:
        """Number of the first record of the episode, for a map that takes over from this one."""
        if self.takeover is None or self.takeover.former is None:
            return self.onset
        return self.takeover.former.first


@dataclass(slots=True, kw_only=True)
class Episode:
    """What is known of one open episode.

    The values have a cause, and the pairs have theirs while they disagree.

    alert:    its stable id.
    since:    as first published.
    onset:    number of the record the values departed with; negative where that was before this
              process. Of an episode of the pairs alone the first that disagreed.
    place:    where that stands.
    opened:   number of the record at which it opened.
    checked_from: number of the record since which its checks are counted.
    sequence: number of the next event.
    takeover: where the present cause of the values took over from another, if one did.
    pairs:    what the pairs say; None while they agree.
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
    pairs: PairCause | None = None
    group: Group | None = None
    versions: tuple[VersionShare, ...] | None = None
    mates: frozenset[str] = frozenset()
    sequence: int = 0
    hidden: bool = False
    last: DriftEvent | None = None
    age: int = field(default=FIRST_CHECK)
    place: Since = field(init=False)
    checked_from: int = field(init=False)

    def __post_init__(self) -> None:
        self.place, self.checked_from = self.since, self.opened

    @property
    def told(self) -> Diagnosis | None:
        """The diagnosis of an event: what the pairs prove goes before what values suggest, and
        that before pairs which prove nothing.
        """
        own = _dated(self.diagnosis, self.takeover)
        if self.pairs is None or self.pairs.diagnosis is None or self.pairs.told is None:
            return own
        if own is None or not is_fault(own):
            return self.pairs.told
        if self.pairs_lead:
            return with_besides(self.pairs.told, besides(own, "values", self.place))
        return with_besides(own, besides(self.pairs.diagnosis, "pairs", self.pairs.place))

    @property
    def pairs_lead(self) -> bool:
        """Whether the cause that is told is that of the pairs."""
        found = None if self.pairs is None else self.pairs.diagnosis
        return found is not None and (found.cause != "unknown" or not is_fault(self.diagnosis))

    @property
    def former(self) -> Former | None:
        """The present cause as what held before another; None where there is none."""
        if self.diagnosis is None:
            return None
        before = None if self.takeover is None else self.takeover.former
        first = self.onset if before is None else before.first
        return Former(named=self.diagnosis, since=self.onset, first=first)

    @property
    def next_check(self) -> int:
        """Number of the record after which the episode is looked at again."""
        return self.checked_from + self.age

    def turned(self, record: int) -> None:
        """Another cause was named at *record*: check it as closely as the first."""
        self.checked_from, self.age = record, FIRST_CHECK

    def checked(self) -> None:
        """Put the next check off: at twice the age, then every LAST_DOUBLING records."""
        self.age = self.age * 2 if self.age < LAST_DOUBLING else self.age + LAST_DOUBLING

    def values_returned(self) -> None:
        """The values are back with training, while their pairs still disagree."""
        self.diagnosis = self.takeover = None
        if self.pairs is not None and self.pairs.signal is not None:
            self.onset, self.signals = self.pairs.onset, (self.pairs.signal,)

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
                diagnosis=self.told,
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


def _dated(found: Diagnosis | None, takeover: Takeover | None) -> Diagnosis | None:
    """*found* with the record at which its cause took over from another, if one did."""
    if found is None or takeover is None:
        return found
    return replace(found, since=takeover.since, succeeds=takeover.succeeds)
