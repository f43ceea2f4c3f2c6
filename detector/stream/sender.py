"""Plain messages to one topic, in order: how the demo plays the live feature pipeline."""

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from detector.errors import TransportError

FLUSH_WITHIN_S = 10.0
# Messages wait so long for company: the embedded broker stores a batch compressed as it came,
# and a pace of hundreds a second is still smooth to the eye.
LINGER_MS = 20


class Sender:
    """A producer that sends to partition 0 of *topic*, so that the order is that of sending.

    It connects in the background; a broker that cannot be reached is told by :meth:`close`.
    """

    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        self._topic = topic
        self._failure: KafkaError | None = None
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap_servers,
                "enable.idempotence": True,  # a retry neither repeats nor overtakes
                "compression.type": "lz4",
                "linger.ms": LINGER_MS,
                "message.timeout.ms": 30_000,
                "log_level": 2,  # errors come as TransportError
            }
        )

    def send(self, value: bytes) -> None:
        """Queues *value*; blocks while the queue is full.

        Raises TransportError when an earlier message could not be delivered.
        """
        while True:
            try:
                self._producer.produce(
                    self._topic, value, partition=0, on_delivery=self._on_delivery
                )
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                raise self._error(error.args[0]) from error
            else:
                break
        self._producer.poll(0)
        if self._failure is not None:
            raise self._error(self._failure)

    def close(self) -> None:
        """Waits until the broker has everything, 10 s at most.

        Raises TransportError when it has not.
        """
        left = self._producer.flush(FLUSH_WITHIN_S)
        if self._failure is not None:
            raise self._error(self._failure)
        if left:
            raise TransportError(
                f"{left:,} messages to {self._topic} were not acknowledged within "
                f"{FLUSH_WITHIN_S:.0f} s. Is the broker up, and does the topic exist?"
            )

    def _on_delivery(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None and self._failure is None:
            self._failure = error

    def _error(self, error: KafkaError) -> TransportError:
        return TransportError(f"Cannot send to {self._topic}: {error.str()}.")
