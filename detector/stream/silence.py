"""How long a topic has been silent *for us*: an outage of the broker is not the topic's silence."""

import time
from collections.abc import Callable, Collection

from detector.config import Config
from detector.detection import Detector
from detector.events import DriftEvent

EVERY_S = 1.0


class Silence:
    """A clock a model that runs only while its records would reach us.

    The core compares two readings of it; that it falls behind the wall's clock changes nothing.
    """

    def __init__(
        self, config: Config, detector: Detector, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._detector = detector
        self._clock = clock
        self._now = dict.fromkeys(config.models, time.time())
        self._at = clock()

    def advance(self, models: Collection[str]) -> list[DriftEvent]:
        """Lets time pass for *models*, those that hear; call it in every turn."""
        now = self._clock()
        passed = now - self._at
        if passed < EVERY_S:
            return []
        self._at = now
        events: list[DriftEvent] = []
        for model in models:
            self._now[model] += passed
            events += self._detector.advance(self._now[model], [model])
        return events
