"""Streams that suffer from one fault after the other."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from detector.detection.batch import FloatArray
from detector.events import DriftEvent
from tests.streams import statuses

Maps = Mapping[str, Callable[[FloatArray], FloatArray]]


def maps(training: FloatArray) -> Maps:
    """Faults of a raw topic by their cause."""
    centre, spread = float(training.mean()), float(training.std())
    return {
        "unit": lambda x: x * 1000,
        "sign_flip": lambda x: -x,
        "log_extra": np.log1p,
        "double_scaling": lambda x: (x - centre) / spread,
    }


def two_faults(
    live: FloatArray,
    faults: Sequence[Callable[[FloatArray], FloatArray]],
    begins: Sequence[int],
    *,
    on_top: bool,
) -> FloatArray:
    """*live* under the first of two faults, then under the second, or under both."""
    (first, second), (at, then) = faults, begins
    found = live.copy()
    found[at:] = first(live[at:])
    found[then:] = second(found[then:] if on_top else live[then:])
    return found


def causes(events: Sequence[DriftEvent]) -> list[str]:
    """The cause of each event that names one."""
    return [event.data.diagnosis.cause for event in events if event.data.diagnosis is not None]


def told(events: Sequence[DriftEvent], at: int) -> tuple[list[DriftEvent], list[DriftEvent]]:
    """The events before the record *at* and those after it, all of one episode that stays open."""
    assert statuses(events)[0] == "opened"
    assert set(statuses(events)[1:]) == {"updated"}
    before = [event for event in events if event.data.position.offset < at]
    return before, list(events[len(before) :])
