"""Reads a whole topic outside of any group: from its beginning or end to what it held, and on."""

import time
from collections.abc import Mapping
from typing import Literal

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from detector.errors import NotAuthorisedError, RestartNeededError, TransportError
from detector.stream import failures
from detector.stream.client import ClientErrors, Properties, admin, reader

ASK_WITHIN_S = 1.0
TRY_AGAIN_AFTER_S = 0.2
AT_ONCE = 1_000  # messages a call; their bytes are bounded by what is fetched ahead


class TopicReader:
    """All partitions of one topic, order kept within each.

    It connects at the first :meth:`start`. Only records of committed transactions are given; the
    mark to reach is nevertheless the *high watermark*: the end of what is committed can lie before
    records that were committed a moment ago (KAFKA-10167).
    """

    def __init__(self, properties: Properties, group: str, topic: str) -> None:
        self.topic = topic
        self._errors = ClientErrors()
        self._consumer: Consumer = reader(properties, group, errors=self._errors)
        self._admin: AdminClient = admin(properties, errors=self._errors)
        self._next: dict[int, int] = {}
        self._marks: Mapping[int, int] = {}

    def start(self, where: Literal["beginning", "end"]) -> None:
        """Begins to read, a partition that appeared since included; those that are read go on.

        Takes 3 s at most. Raises TransportError where the topic is missing or cannot be reached.
        """
        partitions = self._partitions()
        new = [each for each in partitions if each not in self._next]
        if new:
            begin = OFFSET_BEGINNING if where == "beginning" else OFFSET_END
            self._consumer.incremental_assign([TopicPartition(self.topic, p, begin) for p in new])
            self._next.update(dict.fromkeys(new, 0))
        self.mark()

    def start_within(self, timeout_s: float, where: Literal["beginning", "end"]) -> None:
        """As :meth:`start`, tried again until *timeout_s* is over: a far broker or a busy machine
        may need more than one attempt.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                return self.start(where)
            except (RestartNeededError, NotAuthorisedError):
                raise
            except TransportError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(TRY_AGAIN_AFTER_S)

    def mark(self) -> None:
        """Makes what the topic holds now the mark to reach. Takes 1 s at most."""
        asked = self._admin.list_offsets(
            {
                TopicPartition(self.topic, each): OffsetSpec.latest()  # type: ignore[no-untyped-call]  # it has no annotation
                for each in self._next
            },
            isolation_level=IsolationLevel.READ_UNCOMMITTED,
            request_timeout=ASK_WITHIN_S,
        )
        try:
            self._marks = {p.partition: f.result().offset for p, f in asked.items()}
        except KafkaException as error:
            raise self._error(failures.of(error)) from error

    @property
    def reached(self) -> bool:
        """Whether all that the topic held at the last mark was given."""
        return all(self._next[each] >= mark for each, mark in self._marks.items())

    def read(self, timeout_s: float) -> list[Message]:
        """What comes within *timeout_s*; raises TransportError where we may not read."""
        messages: list[Message] = []
        for message in self._consumer.consume(AT_ONCE, timeout_s):
            error, partition, offset = message.error(), message.partition(), message.offset()
            if error is None:
                messages.append(message)
                if partition is not None and offset is not None:
                    self._next[partition] = offset + 1
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                # Behind the last record there may be marks of transactions, which are never given.
                if partition is not None and offset is not None:
                    self._next[partition] = max(self._next[partition], offset)
            elif error.code() == KafkaError._AUTO_OFFSET_RESET and partition is not None:  # noqa: SLF001
                self._begin_again(partition)
            elif failures.verdict(error) != "wait":
                raise self._error(error)
        self._errors.raise_end()
        return messages

    def close(self) -> None:
        """Ends the connection."""
        self._consumer.close()

    def _begin_again(self, partition: int) -> None:
        """The topic was made anew, or its oldest records were deleted while we were away."""
        self._next[partition] = 0
        self._consumer.incremental_unassign([TopicPartition(self.topic, partition)])
        begin = TopicPartition(self.topic, partition, OFFSET_BEGINNING)
        self._consumer.incremental_assign([begin])
        self.mark()

    def _partitions(self) -> list[int]:
        try:
            # Without metadata, one new admin client in a hundred takes up to 3 s for its first
            # offsets (librdkafka 2.15: it waits for its one-second timer).
            self._admin.list_topics(timeout=ASK_WITHIN_S)
            found = self._consumer.list_topics(self.topic, timeout=ASK_WITHIN_S).topics[self.topic]
        except KafkaException as error:
            raise self._error(failures.of(error)) from error
        if found.error is not None:
            raise self._error(found.error)
        return sorted(found.partitions)

    def _error(self, error: KafkaError) -> TransportError:
        ours = failures.transport_error(
            error, doing=f"reading topic {self.topic}", right=f"Read on topic {self.topic}"
        )
        return ours or TransportError(f"Cannot read topic {self.topic}: {error.str()}.")
