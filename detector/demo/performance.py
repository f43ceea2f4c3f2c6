"""One run of the demo: the real service reads while the pipeline streams and its faults begin."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from detector.config import Config
from detector.demo.audience import Audience
from detector.demo.pace import send_steadily
from detector.demo.schedule import INJECTIONS
from detector.demo.training import MODEL, TOPIC
from detector.errors import RecordError, TransportError
from detector.events import DriftEvent, decode
from detector.stream.sender import Sender
from detector.stream.service import Service
from detector.stream.topic_reader import TopicReader

LOOK_EVERY_S = 0.1
READY_WITHIN_S = 30.0  # it takes 1 s where nothing else runs
STALLED_AFTER_S = 30.0


class Performance:
    """The service in a thread, the pipeline in another; the caller's thread watches both.

    config: its broker is there, and the topics on it are empty.
    values: the messages, in their order.
    """

    def __init__(self, config: Config, values: Sequence[bytes], audience: Audience) -> None:
        self._values = values
        self._audience = audience
        self._service = Service(config)
        self._sender = Sender(str(config.kafka["bootstrap.servers"]), TOPIC)
        self._alerts = TopicReader(config.kafka, config.group, config.alerts_topic)
        self._stop = threading.Event()
        self._sent = 0  # written by the pipeline's thread
        self._announced = 0  # messages up to which the audience knows of every fault
        self._events: list[DriftEvent] = []
        self.seconds = 0.0  # from the first message to the last alert

    def run(self, rate: float) -> list[DriftEvent]:
        """Streams everything, *rate* messages a second; the events of the alert topic.

        Raises TransportError where the service ends or stalls.
        """
        with ThreadPoolExecutor(max_workers=2) as threads:
            try:
                self._alerts.start_within(READY_WITHIN_S, "beginning")
                judging = threads.submit(self._service.run, self._stop)
                self._wait_until_ready(judging)
                began = time.monotonic()
                with self._audience:
                    streaming = threads.submit(self._stream, rate)
                    self._watch(judging, streaming)
            finally:
                self._stop.set()
        judging.result()
        self._read_to_the_end()
        self.seconds = time.monotonic() - began
        return self._events

    def _read_to_the_end(self) -> None:
        """The service has left, so every alert is on the topic."""
        self._alerts.mark()
        while not self._alerts.reached:
            self._look()
        self._alerts.close()

    def _stream(self, rate: float) -> None:
        send_steadily(self._values, self._send, rate=rate, stop=self._stop)
        self._sender.close()

    def _send(self, value: bytes) -> None:
        self._sender.send(value)
        self._sent += 1

    def _wait_until_ready(self, judging: Future[None]) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while problems := self._service.health.problems:
            if judging.done():
                judging.result()
            if time.monotonic() > deadline:
                raise TransportError(f"The service is not ready: {'; '.join(problems)}.")
            time.sleep(LOOK_EVERY_S)

    def _watch(self, judging: Future[None], streaming: Future[None]) -> None:
        """Until every message is judged."""
        judged, moved_at = 0, time.monotonic()
        while judged < len(self._values):
            self._look()
            for thread in (judging, streaming):
                if thread.done():
                    thread.result()
            before, judged = judged, self._judged()
            if judged > before:
                moved_at = time.monotonic()
            elif time.monotonic() - moved_at > STALLED_AFTER_S:
                raise TransportError(
                    f"The service stopped after {judged:,} of {len(self._values):,} messages."
                )
            self._audience.progress(judged)

    def _look(self) -> None:
        """Tells the audience what has happened since: faults first, then what was said of them."""
        alerts = self._alerts.read(LOOK_EVERY_S)
        self._announce(self._sent)
        for alert in alerts:
            event = _decoded(alert.value())
            self._events.append(event)
            self._audience.alert(event)

    def _announce(self, sent: int) -> None:
        for injection in INJECTIONS:
            if self._announced <= injection.begin < sent:
                self._audience.injected(injection)
            if self._announced <= injection.end < sent:
                self._audience.repaired(injection)
        self._announced = sent

    def _judged(self) -> int:
        count = self._service.metrics.registry.get_sample_value(
            "detector_messages_consumed_total", {"model": MODEL}
        )
        return int(count or 0)


def _decoded(value: bytes | None) -> DriftEvent:
    try:
        return decode(value or b"")
    except RecordError as error:  # only the service writes there
        raise AssertionError(f"the service published {value!r}") from error
