"""What we publish: kept in order and resent until the broker has acknowledged it."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from detector.errors import TransportError
from detector.logs import get_logger
from detector.stream import failures

Headers = list[tuple[str, str | bytes | None]]
RETRY_AFTER_S = 1.0  # after a failure that librdkafka does not retry: a topic that is missing
LOG_EVERY_S = 30.0  # a topic may be missing for hours


@dataclass(slots=True, kw_only=True)
class Outgoing:
    """One message on its way.

    on_acknowledged: called once the broker has it, outside of any callback.
    shrink:          makes it smaller where the topic does not take its size; None: it cannot be.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    on_acknowledged: Callable[[], None]
    shrink: "Callable[[Outgoing], Outgoing] | None" = None


@dataclass
class Outbox:
    """Messages in the order in which they were put, until each is acknowledged.

    librdkafka itself retries what an unreachable broker delays, and keeps the order. What it gives
    up (the topic is missing, the message is too big) comes back, and is sent again before anything
    behind it. Only the thread of the loop touches it.
    """

    producer: Producer
    _waiting: deque[Outgoing] = field(default_factory=deque)
    _in_flight: dict[int, tuple[Outgoing, bool]] = field(default_factory=dict)
    _returned: dict[int, Outgoing] = field(default_factory=dict)
    _acknowledged: list[Outgoing] = field(default_factory=list)
    _sent: int = 0
    _retry_at: float = 0.0
    _logged_at: float = -LOG_EVERY_S
    _one_by_one: bool = False
    _end: TransportError | None = None
    failure: str | None = None

    def __len__(self) -> int:
        """Messages that are not acknowledged yet."""
        return len(self._waiting) + len(self._in_flight) + len(self._returned)

    def put(self, outgoing: Outgoing) -> None:
        """Takes a message; :meth:`pump` sends it."""
        self._waiting.append(outgoing)

    def pump(self, timeout_s: float) -> None:
        """Sends what can be sent, and hears the broker for at most *timeout_s*.

        Raises TransportError where Kafka says that going on is no use.
        """
        self._exchange(timeout_s)
        acknowledged, self._acknowledged = self._acknowledged, []
        for outgoing in acknowledged:
            outgoing.on_acknowledged()
        if self._end is not None:
            raise self._end

    def drain(self, timeout_s: float) -> bool:
        """Pumps until all is acknowledged, *timeout_s* at most; whether it is."""
        drained = self.wait(timeout_s)
        self.pump(0)
        return drained

    def wait(self, timeout_s: float) -> bool:
        """As :meth:`drain`, for callbacks: raises nothing, and tells nobody of what it heard until
        the next :meth:`pump`.
        """
        deadline = time.monotonic() + timeout_s
        self._exchange(0)
        while len(self) and (left := deadline - time.monotonic()) > 0:
            self._exchange(min(left, 0.05))
        return not len(self)

    def _exchange(self, timeout_s: float) -> None:
        self._take_back()
        if not self._returned and time.monotonic() >= self._retry_at:
            self._send()
        self.producer.poll(timeout_s)

    def _take_back(self) -> None:
        """Puts what was returned to the front, once nothing is in flight that could overtake it."""
        if not self._returned or self._in_flight:
            return
        for number in sorted(self._returned, reverse=True):
            self._waiting.appendleft(self._returned[number])
        self._returned.clear()

    def _send(self) -> None:
        while self._waiting and not (self._one_by_one and self._in_flight):
            outgoing, alone = self._waiting[0], self._one_by_one
            number = self._sent
            try:
                self.producer.produce(
                    outgoing.topic,
                    outgoing.value,
                    outgoing.key,
                    headers=outgoing.headers,
                    on_delivery=partial(self._on_delivery, number),
                )
            except BufferError:  # 64 MiB wait already
                return
            except KafkaException as error:
                self._waiting.popleft()
                self._return(number, outgoing, failures.of(error), alone=True)
                return
            self._waiting.popleft()
            self._in_flight[number] = (outgoing, alone)
            self._sent += 1

    def _on_delivery(self, number: int, error: KafkaError | None, _message: Message) -> None:
        """The delivery report; called in poll, so it must not raise."""
        outgoing, alone = self._in_flight.pop(number)
        if error is None:
            self._acknowledged.append(outgoing)
            if not self._in_flight and not self._returned:
                self.failure = None
                self._one_by_one = False
        else:
            self._return(number, outgoing, error, alone=alone)

    def _return(self, number: int, outgoing: Outgoing, error: KafkaError, *, alone: bool) -> None:
        topic, reason = outgoing.topic, error.str()
        if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            # The limit is the batch's: only a message that went alone is known to be too big.
            if alone and outgoing.shrink is not None:
                outgoing = outgoing.shrink(outgoing)
            elif alone:
                reason = _too_large(outgoing)
            self._one_by_one = True
        self._returned[number] = outgoing
        self.failure = f"{topic}: {reason}"
        self._end = self._end or failures.transport_error(
            error, doing=f"writing to topic {topic}", right=f"Write on topic {topic}"
        )
        now = time.monotonic()
        self._retry_at = now + RETRY_AFTER_S
        if now - self._logged_at >= LOG_EVERY_S:
            self._logged_at = now
            get_logger().warning("publishing_waits", topic=topic, error=reason, waiting=len(self))


def _too_large(outgoing: Outgoing) -> str:
    """What nobody but the topic's administrator can mend, and how."""
    size = len(outgoing.value or b"") + len(outgoing.key or b"")
    return (
        f"the topic does not take a message of {size:,} bytes, and nothing behind it is sent; "
        "raise its max.message.bytes"
    )
