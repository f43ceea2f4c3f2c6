"""Drift events and dead letters on their way out, each counted once the broker has it."""

from collections import OrderedDict
from collections.abc import Callable

from confluent_kafka import Message

from detector.config import Config
from detector.errors import RecordError
from detector.events import CONTENT_TYPE, DriftEvent, encode, key
from detector.logs import get_logger
from detector.stream.dead_letters import dead_letter
from detector.stream.outbox import Outbox, Outgoing
from detector.web.metrics import Metrics

REMEMBERED = 10_000  # alerts that are our own


class Publisher:
    """Puts drift events and dead letters into the outbox.

    on_event: called with each event once the broker has acknowledged it.
    """

    def __init__(
        self,
        config: Config,
        outbox: Outbox,
        metrics: Metrics,
        on_event: Callable[[DriftEvent], None] | None,
    ) -> None:
        self._config = config
        self._outbox = outbox
        self._metrics = metrics
        self._on_event = on_event
        self._own: OrderedDict[str, None] = OrderedDict()

    def publish(self, event: DriftEvent) -> None:
        """Sends a drift event to the alert topic."""
        self._own[event.data.alert] = None
        if len(self._own) > REMEMBERED:
            self._own.popitem(last=False)
        self._outbox.put(
            Outgoing(
                topic=self._config.alerts_topic,
                key=key(event),
                value=encode(event),
                headers=[("content-type", CONTENT_TYPE.encode())],
                on_acknowledged=lambda: self._published(event),
            )
        )

    def reject(self, model: str, message: Message, error: RecordError) -> None:
        """Sends a record that cannot be used to the dead-letter topic."""
        self._outbox.put(
            dead_letter(
                message,
                error,
                model=model,
                topic=self._config.dead_letters.topic,
                on_acknowledged=lambda: self._metrics.count_dead_letter(model),
            )
        )

    def is_own(self, event: DriftEvent) -> bool:
        """Whether this process has published events of the same episode."""
        return event.data.alert in self._own

    def _published(self, event: DriftEvent) -> None:
        self._metrics.count_alert(event)
        data = event.data
        get_logger().info(
            "event_published",
            model=data.model,
            feature=data.feature,
            status=data.status,
            severity=data.severity,
            signals=[signal.kind for signal in data.signals],
            cause=None if data.diagnosis is None else data.diagnosis.cause,
            topic=data.position.topic,
            partition=data.position.partition,
            offset=data.position.offset,
        )
        if self._on_event is not None:
            self._on_event(event)
