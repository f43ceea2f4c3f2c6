"""Which topics pause: pure, with a clock of the test's own."""

from pathlib import Path

import pytest

from detector import config
from detector.events import (
    DriftData,
    DriftEvent,
    Position,
    Signal,
    SignalKind,
    Since,
    Status,
)
from detector.stream.breaker import PAUSE_S, PROBE_RECORDS, Breaker
from tests.streaming import write_config


class Clock:
    """A clock that the test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock, tmp_path: Path) -> Breaker:
    models = config.load(write_config(tmp_path)).models
    return Breaker({name: model.settings for name, model in models.items()}, clock)


def about_the_model(status: Status, *kinds: SignalKind) -> DriftEvent:
    signals = tuple(Signal(kind=kind, value=0.9, tolerance=0.5, unit="share") for kind in kinds)
    return DriftEvent(
        id="1",
        source="/detector/g/fares",
        type=f"detector.drift.{status}",  # type: ignore[arg-type]  # one of the three
        subject="fares/*",
        time="1970-01-01T00:00:00.000Z",
        data=DriftData(
            model="fares",
            feature="*",
            status=status,
            severity="critical",
            alert="a",
            sequence=0,
            signals=signals,
            summary="",
            diagnosis=None,
            training=None,
            live=None,
            position=Position(topic="features.fares", partition=0, offset=1),
            since=Since(partition=0, offset=1, time="1970-01-01T00:00:00.000Z"),
        ),
    )


def test_garbage_pauses_the_topic_for_a_minute(breaker: Breaker, clock: Clock):
    breaker.hear(about_the_model("opened", "invalid"))
    assert breaker.paused() == {"features.fares"}

    clock.now += PAUSE_S
    assert breaker.paused() == set()


def test_while_the_episode_is_open_a_portion_is_read_between_two_pauses(
    breaker: Breaker, clock: Clock
):
    breaker.hear(about_the_model("opened", "invalid"))
    clock.now += PAUSE_S
    breaker.count("features.fares", PROBE_RECORDS - 1)
    assert breaker.paused() == set()

    breaker.count("features.fares", 1)
    assert breaker.paused() == {"features.fares"}


def test_once_resolved_the_topic_is_read_without_pauses(breaker: Breaker, clock: Clock):
    breaker.hear(about_the_model("opened", "invalid"))
    clock.now += PAUSE_S
    breaker.hear(about_the_model("resolved", "invalid"))
    breaker.count("features.fares", 10 * PROBE_RECORDS)

    assert breaker.paused() == set()


def test_garbage_pauses_while_it_is_part_of_an_episode_of_something_else(
    breaker: Breaker, clock: Clock
):
    breaker.hear(about_the_model("opened", "version"))
    assert breaker.paused() == set()

    breaker.hear(about_the_model("updated", "version", "invalid"))
    assert breaker.paused() == {"features.fares"}

    clock.now += PAUSE_S
    breaker.hear(about_the_model("updated", "version"))
    breaker.count("features.fares", 10 * PROBE_RECORDS)
    assert breaker.paused() == set()


def test_a_silent_topic_is_not_paused(breaker: Breaker):
    breaker.hear(about_the_model("opened", "silence"))

    assert breaker.paused() == set()
