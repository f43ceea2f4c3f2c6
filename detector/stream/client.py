"""How our clients are set up: the user's librdkafka keys, our defaults, and what is ours alone."""

import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from detector.errors import ConfigError, Fault, TransportError
from detector.secrets import Secret
from detector.stream import failures

Properties = Mapping[str, str | Secret]
Settings = dict[str, Any]
C = TypeVar("C", Consumer, Producer, AdminClient)

METADATA_EVERY_MS = 5_000  # a topic that appears later is seen so soon; librdkafka's own is 300 s
LOG_EVERY_S = 60.0  # librdkafka repeats itself at each attempt to reconnect

# librdkafka quotes a value that it refuses, and the value may be a secret.
_QUOTED_VALUE = re.compile(r'(Invalid value) ".*"(?= for configuration property)', re.DOTALL)

COMMON: Settings = {
    "client.id": "detector",
    "socket.keepalive.enable": True,
    "topic.metadata.refresh.interval.ms": METADATA_EVERY_MS,
}
CONSUMER: Settings = {
    "partition.assignment.strategy": "range",
    "session.timeout.ms": 20_000,
    "heartbeat.interval.ms": 3_000,
    "max.poll.interval.ms": 120_000,
    "queued.max.messages.kbytes": 16_384,  # what is fetched ahead; librdkafka's own is 64 MiB
    "queued.min.messages": 10_000,
    "fetch.queue.backoff.ms": 100,  # with the default second a full queue starves the loop
    "fetch.wait.max.ms": 100,
    "check.crcs": True,
    "allow.auto.create.topics": False,
}
CONSUMER_OURS: Settings = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",  # where to start is decided in the open, see assignment.py
    "isolation.level": "read_committed",
}
PRODUCER: Settings = {
    "linger.ms": 5,
    "compression.type": "lz4",
    "queue.buffering.max.kbytes": 65_536,
    "message.timeout.ms": 0,  # an outage is waited for, in order; memory is bounded by the outbox
    "message.max.bytes": 67_108_864,  # the topic's own limit decides, see outbox.py
}
PRODUCER_OURS: Settings = {
    "enable.idempotence": True,  # acks=all; a retry neither repeats nor overtakes
}
CLASSIC_GROUP_ONLY = (
    "partition.assignment.strategy",
    "session.timeout.ms",
    "heartbeat.interval.ms",
)


class ClientErrors:
    """What librdkafka says outside of any call: kept by its callback, raised by the loop."""

    def __init__(self) -> None:
        self._all_brokers_down = False
        self.last: str | None = None
        self._end: TransportError | None = None

    def __call__(self, error: KafkaError) -> None:
        """What librdkafka calls error_cb; called in poll and consume, so it must not raise."""
        self.last = error.str()
        if error.code() == KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001
            self._all_brokers_down = True
        if failures.verdict(error) == "refused" or error.fatal():
            self.end(
                failures.transport_error(
                    error,
                    doing="connecting",
                    right="Read on the consumer group"
                    if error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED
                    else f"that it misses here: {error.str()}",
                )
            )

    def take_all_brokers_down(self) -> bool:
        """Whether the last connection was lost since the last call."""
        taken, self._all_brokers_down = self._all_brokers_down, False
        return taken

    def end(self, error: TransportError | None) -> None:
        """Keeps *error*, unless there is an earlier one."""
        if self._end is None:
            self._end = error

    def raise_end(self) -> None:
        """Raises what ends the service, once that happened."""
        if self._end is not None:
            raise self._end


class RareLines(logging.Filter):
    """Lets each kind of librdkafka's lines through once a minute.

    Also drops its remark that a key of the ``kafka`` section is for the other kind of client: the
    section serves all.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is worth saying."""
        text = record.getMessage()
        kind = text.split(" ", maxsplit=1)[0]
        if kind == "CONFWARN" and " property and will be ignored by this " in text:
            return False
        now = time.monotonic()
        if now - self._last.get(kind, -LOG_EVERY_S) < LOG_EVERY_S:
            return False
        self._last[kind] = now
        return True


def consumer(
    properties: Properties, group: str, *, errors: ClientErrors, on_commit: Callable[..., None]
) -> Consumer:
    """The consumer of the group; it joins when it is subscribed."""
    settings = COMMON | CONSUMER | _revealed(properties)
    if settings.get("group.protocol") == "consumer":  # there the broker sets these
        settings = {k: v for k, v in settings.items() if k not in CLASSIC_GROUP_ONLY}
    own = CONSUMER_OURS | {"group.id": group, "error_cb": errors, "on_commit": on_commit}
    return _made(Consumer, settings | own)


def reader(properties: Properties, group: str, *, errors: ClientErrors) -> Consumer:
    """A consumer outside the group, for reading whole topics; it never commits.

    It carries the group's name all the same: librdkafka wants one, and rights are given to it.
    """
    settings = COMMON | CONSUMER | _revealed(properties)
    for key in (*CLASSIC_GROUP_ONLY, "group.instance.id", "group.protocol"):
        settings.pop(key, None)
    own = CONSUMER_OURS | {"group.id": group, "error_cb": errors, "enable.partition.eof": True}
    return _made(Consumer, settings | own)


def producer(properties: Properties, *, errors: ClientErrors) -> Producer:
    """The producer of alerts and dead letters."""
    settings = COMMON | PRODUCER | _revealed(properties)
    if "delivery.timeout.ms" in settings:  # the other name of message.timeout.ms
        del settings["message.timeout.ms"]
    return _made(Producer, settings | PRODUCER_OURS | {"error_cb": errors})


def admin(properties: Properties, *, errors: ClientErrors) -> AdminClient:
    """A client that asks the cluster about topics, rights and offsets."""
    return _made(AdminClient, COMMON | _revealed(properties) | {"error_cb": errors})


def check_properties(properties: Properties) -> None:
    """Raises ConfigError where librdkafka does not know a key or refuses a value; connects to
    nothing that is not in *properties* and waits for nobody.
    """
    ours = [key for key in (*CONSUMER_OURS, *PRODUCER_OURS) if key in properties]
    if ours:
        raise ConfigError(
            *(
                Fault(place=f"kafka.{key}", expected="only keys that are yours to set")
                for key in ours
            )
        )
    errors = ClientErrors()
    consumer(properties, "check", errors=errors, on_commit=lambda *_: None).close()
    producer(properties, errors=errors)


def _made(kind: Callable[..., C], settings: Settings) -> C:
    logger = logging.getLogger("librdkafka")
    if not any(isinstance(each, RareLines) for each in logger.filters):
        logger.addFilter(RareLines())
    try:
        return kind(settings, logger=logger)
    except KafkaException as error:
        said = _QUOTED_VALUE.sub(r"\1", failures.of(error).str())
        raise ConfigError(
            Fault(place="kafka", expected="keys and values that librdkafka takes", got=said)
        ) from error


def _revealed(properties: Properties) -> Settings:
    return {k: v.reveal() if isinstance(v, Secret) else v for k, v in properties.items()}
