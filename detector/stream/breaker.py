"""Stops draining a topic that is nothing but garbage into the dead-letter topic."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from detector.detection import ModelSettings
from detector.events import DriftEvent

PAUSE_S = 60.0
PROBE_RECORDS = 1_000  # what is read between two pauses: as many as the share is taken over


@dataclass
class Breaker:
    """Which topics pause, from the episodes of feature ``*`` with the signal ``invalid``.

    The episode opens above ``dead_letters.stop_above`` and is resolved by the core; while it is
    open a topic is read in portions, one a minute.
    """

    models: Mapping[str, ModelSettings]
    clock: Callable[[], float] = time.monotonic
    _open: set[str] = field(default_factory=set)
    _read: dict[str, int] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)

    def hear(self, event: DriftEvent) -> None:
        """Takes note of an event that was published or adopted."""
        data = event.data
        if data.feature != "*" or data.model not in self.models:
            return
        if data.status == "resolved" or all(each.kind != "invalid" for each in data.signals):
            self._open.discard(data.model)
        elif data.model not in self._open:
            self._open.add(data.model)
            self._pause(self.models[data.model].topic)

    def count(self, topic: str, records: int) -> None:
        """Takes note of records that were read."""
        if any(self.models[name].topic == topic for name in self._open):
            self._read[topic] = self._read.get(topic, 0) + records
            if self._read[topic] >= PROBE_RECORDS:
                self._pause(topic)

    def paused(self) -> set[str]:
        """Topics that must not be read now."""
        now = self.clock()
        self._until = {topic: until for topic, until in self._until.items() if until > now}
        return set(self._until)

    def _pause(self, topic: str) -> None:
        self._read[topic] = 0
        self._until[topic] = self.clock() + PAUSE_S
