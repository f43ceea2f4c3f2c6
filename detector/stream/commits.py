"""Commits of input offsets: asked for by the loop, answered later in a callback.

Never synchronous in the loop: with a broker that does not answer, librdkafka's synchronous commit
waits for minutes, and so would the health of the process.
"""

import time
from collections.abc import Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from detector.errors import TransportError
from detector.logs import get_logger
from detector.stream import failures
from detector.stream.assignment import Assignment, Place

EVERY_S = 1.0
LATE_S = 10.0  # an answer that takes longer makes us not ready
LOG_EVERY_S = 30.0


class Commits:
    """At most one commit is under way; only the thread of the loop touches it."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._asked: dict[Place, int] = {}
        self._asked_at: float | None = None
        self._last_at = time.monotonic()
        self._logged_at = -LOG_EVERY_S
        self._end: TransportError | None = None
        self.failure: str | None = None
        self._durations_s: list[float] = []
        self._failed = 0
        self._done: list[dict[Place, int]] = []

    def is_due(self, now: float) -> bool:
        """Whether a second has passed since the last commit was asked for."""
        return now - self._last_at >= EVERY_S

    @property
    def is_under_way(self) -> bool:
        """Whether an answer is still to come."""
        return self._asked_at is not None

    @property
    def is_late(self) -> bool:
        """Whether the answer takes too long."""
        return self._asked_at is not None and time.monotonic() - self._asked_at > LATE_S

    def begin(self, consumer: Consumer, offsets: Mapping[Place, int]) -> None:
        """Asks for a commit of the next *offsets*; :meth:`on_commit` hears the answer."""
        self._last_at = time.monotonic()
        if self.is_under_way:
            return
        if not offsets:
            self.failure = None  # what failed has been committed since, or is no longer ours
            return
        self._asked, self._asked_at = dict(offsets), self._last_at
        try:
            consumer.commit(offsets=_partitions(offsets), asynchronous=True)
        except KafkaException as error:
            self._note(failures.of(error))

    def now(self, consumer: Consumer, offsets: Mapping[Place, int]) -> None:
        """Commits while partitions are being taken from us: in the callback only the call that
        waits is in time. The coordinator has just spoken, so it answers. Does not raise.
        """
        if not offsets:
            return
        try:
            consumer.commit(offsets=_partitions(offsets), asynchronous=False)
        except KafkaException as error:
            self._note(failures.of(error))
        else:
            self._done.append(dict(offsets))

    def on_commit(self, error: KafkaError | None, partitions: list[TopicPartition]) -> None:
        """The answer; called in consume, so it must not raise."""
        error = error or next((each.error for each in partitions if each.error), None)
        if error is not None and error.code() != KafkaError._NO_OFFSET:  # noqa: SLF001
            self._note(error)
            return
        if self._asked_at is not None:
            self._durations_s.append(time.monotonic() - self._asked_at)
            self._done.append(self._asked)
        self._asked_at, self.failure = None, None

    def settle(self, assignment: Assignment) -> None:
        """Tells *assignment* what the group knows now; raises what ends the service."""
        for offsets in self._done:
            assignment.committed(offsets)
        self._done.clear()
        if self._end is not None:
            raise self._end

    def take_durations(self) -> list[float]:
        """How long each commit took that was answered since the last call, in seconds."""
        taken, self._durations_s = self._durations_s, []
        return taken

    def take_failed(self) -> int:
        """How many commits were refused since the last call."""
        taken, self._failed = self._failed, 0
        return taken

    def _note(self, error: KafkaError) -> None:
        """A commit that a rebalance overtook is no fault: the records come again, and their
        events carry the same ids.
        """
        self._asked_at = None
        self._failed += 1
        self.failure = error.str()
        group = self._group
        self._end = self._end or failures.transport_error(
            error, doing=f"committing for group {group}", right=f"Read on group {group}"
        )
        now = time.monotonic()
        if now - self._logged_at >= LOG_EVERY_S:
            self._logged_at = now
            get_logger().warning("commit_failed", group=group, error=error.str())


def _partitions(offsets: Mapping[Place, int]) -> list[TopicPartition]:
    return [TopicPartition(*place, offset) for place, offset in offsets.items()]
