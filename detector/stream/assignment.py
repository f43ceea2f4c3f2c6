"""The partitions that the group gave us: where each begins, how far we are, what is committed.

The callbacks of a rebalance only take notes: an exception in them would not stop the client from
delivering records. They assign *nothing*, so nothing is fetched before the loop has adopted what
is open and has said where to begin. (Tried with range, cooperative-sticky and KIP-848.)
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaException, TopicPartition

from detector.config import Config
from detector.stream import failures
from detector.stream.client import Properties

Place = tuple[str, int]  # topic and partition
ASK_WITHIN_S = 1.0


@dataclass(slots=True)
class Progress:
    """How far one partition is.

    next:      offset of the record that comes next; every record before it was judged.
    committed: what the group knows of it; None: nothing yet.
    """

    next: int
    committed: int | None


@dataclass(frozen=True, slots=True)
class Loss:
    """Records expected..got-1 of a partition that Kafka no longer has."""

    topic: str
    partition: int
    expected: int
    got: int


def is_incremental(properties: Properties) -> bool:
    """Whether the group's protocol gives and takes single partitions."""
    strategy = str(properties.get("partition.assignment.strategy", ""))
    return properties.get("group.protocol") == "consumer" or "cooperative" in strategy


@dataclass
class Assignment:
    """What we own; only the thread of the loop touches it.

    before_revoke: called in the callback while we still own what is taken; must not raise.
    """

    config: Config
    before_revoke: Callable[[], None]
    waiting: list[Place] = field(default_factory=list)
    owned: dict[Place, Progress] = field(default_factory=dict)
    paused: set[str] = field(default_factory=set)
    joined: bool = False
    rebalances: list[str] = field(default_factory=list)
    _held: bool = False

    def __post_init__(self) -> None:
        self._incremental = is_incremental(self.config.kafka)

    # ---------------------------------------------------------------- librdkafka's callbacks

    def on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Notes what we are given."""
        self.joined = True
        self.rebalances.append("assigned")
        self.waiting += [(each.topic, each.partition) for each in partitions]
        if self._incremental:
            consumer.incremental_assign([])
        else:
            consumer.assign([])

    def on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Gives up what is taken, its work committed if possible."""
        self.rebalances.append("revoked")
        self.before_revoke()
        self._give_up(consumer, partitions)

    def on_lost(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Gives up what others own already: nothing of it may be committed any more."""
        self.rebalances.append("lost")
        self.joined = False
        self._give_up(consumer, partitions)

    def _give_up(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        taken = [(each.topic, each.partition) for each in partitions]
        started = [TopicPartition(*each) for each in taken if each in self.owned]
        for each in taken:
            self.owned.pop(each, None)
        self.waiting = [each for each in self.waiting if each not in taken]
        try:
            if self._incremental:
                consumer.incremental_unassign(started)
            else:
                consumer.unassign()
        except KafkaException:  # the client has given it up by itself
            return

    # ---------------------------------------------------------------- the loop's side

    def start(self, consumer: Consumer) -> list[Loss]:
        """Begins to read what was given; what Kafka no longer has of it.

        Takes 1 s and 1 s a partition at most. Raises KafkaException where the broker does not
        answer; then all waits as before.
        """
        asked = [TopicPartition(*each) for each in self.waiting]
        losses: list[Loss] = []
        started: dict[Place, Progress] = {}
        for each in consumer.committed(asked, timeout=ASK_WITHIN_S):
            if each.error is not None:
                raise KafkaException(each.error)
            low, high = consumer.get_watermark_offsets(each, timeout=ASK_WITHIN_S)
            place = (each.topic, each.partition)
            if each.offset < 0:  # no commit yet: what we choose is committed with the first work
                begin = low if self.config.start == "earliest" else high
                started[place] = Progress(begin, None)
            elif low <= each.offset <= high:
                started[place] = Progress(each.offset, each.offset)
            else:
                losses.append(Loss(*place, each.offset, low))
                started[place] = Progress(low, each.offset)
        self.owned |= started
        self.waiting.clear()
        begins = [TopicPartition(*place, progress.next) for place, progress in started.items()]
        if self._incremental:
            consumer.incremental_assign(begins)
        else:
            everything = [TopicPartition(*p, progress.next) for p, progress in self.owned.items()]
            consumer.assign(everything)
        self._pause_or_resume(consumer)
        return losses

    def begin_again(self, consumer: Consumer, place: Place) -> Loss | None:
        """Goes on at the earliest record that there is, after Kafka refused our offset.

        Raises KafkaException where the broker does not answer.
        """
        progress = self.owned.get(place)
        if progress is None:
            return None
        low, _ = consumer.get_watermark_offsets(TopicPartition(*place), timeout=ASK_WITHIN_S)
        loss = Loss(*place, progress.next, low)
        progress.next = low
        here = [TopicPartition(*place, low)]
        if self._incremental:
            consumer.incremental_unassign(here)
            consumer.incremental_assign(here)
        else:
            consumer.assign([TopicPartition(*p, each.next) for p, each in self.owned.items()])
        self._pause_or_resume(consumer)
        return loss

    def uncommitted(self) -> dict[Place, int]:
        """Next offsets that the group does not know yet."""
        return {
            place: progress.next
            for place, progress in self.owned.items()
            if progress.committed != progress.next
        }

    def committed(self, offsets: Mapping[Place, int]) -> None:
        """Notes what the group knows now."""
        for place, offset in offsets.items():
            if place in self.owned:
                self.owned[place].committed = offset

    def lags(self, consumer: Consumer) -> Iterator[tuple[Place, int]]:
        """Records behind us and not yet judged, as far as the last fetch told; asks nobody."""
        for place, progress in self.owned.items():
            try:
                _, high = consumer.get_watermark_offsets(TopicPartition(*place), cached=True)
            except KafkaException as error:
                if failures.verdict(failures.of(error)) == "wait":
                    continue
                raise
            yield place, max(0, high - progress.next)

    def take_rebalances(self) -> list[str]:
        """What the callbacks noted since the last call: assigned, revoked, lost."""
        taken, self.rebalances = self.rebalances, []
        return taken

    # ---------------------------------------------------------------- pauses

    def hold(self, consumer: Consumer, held: bool) -> None:
        """Stops fetching from everything, or goes on; the group goes on seeing us either way."""
        if held == self._held:
            return
        self._held = held
        if held:
            consumer.pause([TopicPartition(*each) for each in self.owned])
        else:
            free = [each for each in self.owned if each[0] not in self.paused]
            consumer.resume([TopicPartition(*each) for each in free])

    def pause(self, consumer: Consumer, topic: str, paused: bool) -> None:
        """Stops fetching from one topic, or goes on."""
        mine = [TopicPartition(*each) for each in self.owned if each[0] == topic]
        if paused:
            self.paused.add(topic)
            consumer.pause(mine)
        else:
            self.paused.discard(topic)
            if not self._held:
                consumer.resume(mine)

    def _pause_or_resume(self, consumer: Consumer) -> None:
        """Says again of each partition whether it is paused: assigning keeps the flag of an
        earlier assignment (librdkafka 2.16: paused, lost and assigned anew, it stayed silent).
        """
        for place in self.owned:
            if self._held or place[0] in self.paused:
                consumer.pause([TopicPartition(*place)])
            else:
                consumer.resume([TopicPartition(*place)])
