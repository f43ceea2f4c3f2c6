"""Silence is the topic's, not the broker's: pure, with a clock of the test's own."""

from pathlib import Path

import pytest

from detector import config
from detector.detection import Detector
from detector.stream.silence import Silence
from tests.streaming import write_config

SILENT_AFTER_S = 600


class Clock:
    """A clock that the test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def silence(clock: Clock, tmp_path: Path) -> Silence:
    settings = config.load(write_config(tmp_path))
    return Silence(settings, Detector(settings.detector_settings()), clock)


def test_a_topic_without_records_is_silent_after_ten_minutes(silence: Silence, clock: Clock):
    found = []
    for _ in range(SILENT_AFTER_S + 5):
        clock.now += 1
        found += silence.advance(["fares"])

    (event,) = found
    assert (event.data.feature, event.data.signals[0].kind) == ("*", "silence")


def test_time_without_broker_or_partitions_is_not_silence(silence: Silence, clock: Clock):
    """An hour in which nothing could reach us, between two halves of nine minutes."""
    found = []
    for models in (["fares"], [], ["fares"]):
        for _ in range(3_600 if not models else SILENT_AFTER_S * 9 // 20):
            clock.now += 1
            found += silence.advance(models)

    assert found == []
