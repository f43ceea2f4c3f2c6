"""A broker inside this process, for the demo: librdkafka's own mock cluster."""

from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException, Producer

from detector.errors import TransportError

ANSWER_WITHIN_S = 10.0  # it answers in 0.1 s; a busy machine may take longer


class EmbeddedBroker:
    """One broker on a free port of 127.0.0.1, without authentication, from ``__enter__`` until
    ``__exit__``.

    It keeps the last 5 MB and 100,000 messages of a partition, in memory, and drops older ones
    without a word. It speaks the protocol of consumer groups and
    commits, so the service runs on it unchanged. It must not stand in for a broker where
    durability or exactly-once matters: it forgets all at exit, has one copy, and shows records of
    transactions that were aborted.
    """

    def __init__(self) -> None:
        self._host: Producer | None = None
        self.bootstrap_servers = ""

    def __enter__(self) -> Self:
        # log_level 4: librdkafka would announce the mock cluster at level 5 on standard error.
        self._host = Producer({"test.mock.num.brokers": 1, "log_level": 4})
        try:
            brokers = self._host.list_topics(timeout=ANSWER_WITHIN_S).brokers
        except KafkaException as error:
            raise TransportError(f"The embedded broker does not answer: {error}") from error
        self.bootstrap_servers = ",".join(f"{b.host}:{b.port}" for b in brokers.values())
        return self

    def create(self, topic: str) -> None:
        """Makes *topic*, with four partitions, unless it exists; only between enter and exit."""
        assert self._host is not None  # noqa: S101 - a caller's bug
        try:  # the mock has no CreateTopics; asking for a topic makes it
            self._host.list_topics(topic, timeout=ANSWER_WITHIN_S)
        except KafkaException as error:
            raise TransportError(f"The embedded broker did not make {topic}: {error}") from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._host = None  # the broker lives and dies with the client that made it
