"""Episodes that are open already: read from our own alert topic before any record is judged."""

import time
from collections.abc import Collection, Iterable, Mapping

from confluent_kafka import Message

from detector.errors import RecordError
from detector.events import DriftEvent, decode, source
from detector.logs import get_logger
from detector.stream.client import Properties
from detector.stream.topic_reader import TopicReader

STEP_S = 0.2


class Adoption:
    """The open episodes of this group's models, by reading the alert topic from its beginning.

    The reader stays where it is, so that the next assignment costs only what came since.
    """

    def __init__(
        self, properties: Properties, group: str, topic: str, models: Collection[str]
    ) -> None:
        self._reader = TopicReader(properties, group, topic)
        self._sources = {source(group, model) for model in models}
        self._open: dict[str, DriftEvent] = {}
        self._started = False
        self._said = False

    def begin(self) -> None:
        """Asks for what the topic holds now; call :meth:`step` until it is read.

        Takes 2 s at most. Raises TransportError where the topic is missing or out of reach.
        """
        self._reader.start("beginning")
        self._started = True

    def step(self) -> bool:
        """Reads on for 0.2 s; whether all is read."""
        if not self._started:
            self.begin()
        deadline = time.monotonic() + STEP_S
        while not self._reader.reached and time.monotonic() < deadline:
            self._take(self._reader.read(STEP_S))
        if not self._reader.reached:
            return False
        self._started = False
        return True

    def follow(self) -> list[DriftEvent]:
        """What was published since, by us and by other instances of the group; does not wait."""
        return self._take(self._reader.read(0.0))

    def open_events(self) -> Mapping[str, DriftEvent]:
        """The latest event of each open episode, by subject."""
        return self._open

    def close(self) -> None:
        """Ends the connection."""
        self._reader.close()

    def _take(self, messages: Iterable[Message]) -> list[DriftEvent]:
        events = [event for m in messages if (event := self._event(m.value())) is not None]
        for event in events:
            if event.data.status == "resolved":
                self._open.pop(event.subject, None)
            else:
                self._open[event.subject] = event
        return events

    def _event(self, value: bytes | None) -> DriftEvent | None:
        """The event of one of our models; None for all else that the topic may hold."""
        if value is None:
            return None
        try:
            event = decode(value)
        except RecordError as error:
            if not self._said:
                get_logger().warning("alert_topic_holds_other_records", error=error.reason)
            self._said = True
            return None
        return event if event.source in self._sources else None
