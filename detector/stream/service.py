"""The Kafka service: live features in, drift events out."""

import threading
from collections.abc import Callable

from detector.config import Config
from detector.events import DriftEvent
from detector.stream.loop import Loop
from detector.web.health import Health
from detector.web.metrics import Metrics


class Service:
    """The main job: one consumer of the group, one detector, one producer.

    It connects in :meth:`run`, not before, and may be run in a thread: everything but *stop*,
    ``health`` and ``metrics`` belongs to the thread that calls ``run``.

        stop = threading.Event()
        service = Service(config, on_event=show)
        thread = threading.Thread(target=service.run, args=(stop,))

    config:   ``config.kafka["bootstrap.servers"]`` is where it connects; replace it to embed
              (``dataclasses.replace(config, kafka={...})``).
    on_event: called in the thread of ``run`` with each drift event, after the broker has
              acknowledged it. What it raises ends the service.
    health:   for /livez and /readyz; thread-safe.
    metrics:  for /metrics; thread-safe.

    ``has_left_group`` is false after a run whose client did not end in time; its thread then lives
    on, and the process should end itself.
    """

    def __init__(
        self, config: Config, *, on_event: Callable[[DriftEvent], None] | None = None
    ) -> None:
        self.health = Health()
        self.metrics = Metrics()
        self.has_left_group = True
        self._config = config
        self._on_event = on_event

    def run(self, stop: threading.Event) -> None:
        """Consumes until *stop* is set, then commits what is done and leaves the group (10 s at
        most).

        Raises TransportError where Kafka says that going on is no use: RestartNeededError,
        NotAuthorisedError; ConfigError where librdkafka does not take the ``kafka`` keys. An
        unreachable broker or a missing topic is waited for.
        """
        loop = Loop(self._config, self.health, self.metrics, self._on_event)
        try:
            while not stop.is_set():
                loop.turn()
            loop.finish()
        finally:
            self.has_left_group = loop.close()
