"""Our detector as the benchmarks drive it: one model, its alarms, and copies of a warm one."""

import copy
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from detector.detection import Detector, DetectorSettings, ModelSettings
from detector.fit import Fitting, fit_scaler
from detector.scaler import Scaler
from lab.laws import FloatArray

MODEL = "bench"
PROMISE = 1_000_000  # messages between false alarms; the default of `false_alarm_every`
CHUNK = 4096


def fit(columns: Mapping[str, FloatArray]) -> Scaler:
    """The scaler file of training rows in their order, with the whole reference."""
    fitting = Fitting(name=MODEL, version="1", kind="standard", features=tuple(columns))
    return fit_scaler(columns, fitting).scaler


def without_reference(scaler: Scaler) -> Scaler:
    """The same file with the scaling parameters only."""
    bare = {name: replace(one, reference=None) for name, one in scaler.features.items()}
    return replace(scaler, features=bare)


class Ours:
    """One model's detector that counts what opened and how long something was open."""

    def __init__(self, scaler: Scaler) -> None:
        settings = ModelSettings(
            name=MODEL, topic="t", scaler=scaler, false_alarm_every=PROMISE, silence_after_s=None
        )
        self._detector = Detector(DetectorSettings(group="bench", models={MODEL: settings}))
        self._opened_at: dict[str, int] = {}
        self.seen = 0
        self.alarms: list[tuple[int, str]] = []
        self.open_messages = 0

    def update(self, columns: Mapping[str, FloatArray]) -> None:
        """Judge the next messages; all columns have one length."""
        length = len(next(iter(columns.values())))
        for first in range(0, length, CHUNK):
            part = {name: column[first : first + CHUNK] for name, column in columns.items()}
            for event in self._detector.update(MODEL, part):
                data = event.data
                at = data.position.offset
                if data.status == "opened":
                    self.alarms.append((at, data.feature))
                    self._opened_at[data.feature] = at
                elif data.status == "resolved":
                    self.open_messages += at - self._opened_at.pop(data.feature)
        self.seen += length

    def messages_in_episodes(self) -> int:
        """Messages, summed over the features, during which an episode was open."""
        return self.open_messages + sum(self.seen - at for at in self._opened_at.values())

    def copy(self) -> "Ours":
        """One that goes on from here by itself."""
        return copy.deepcopy(self)

    def first_alarm(self, feature: str, values: Mapping[str, FloatArray]) -> int | None:
        """Messages until *feature* opens, the last one included; None if it never does.

        The messages are judged in short stretches, since all that follows an alarm is beside the
        point; the split changes no event.
        """
        length, begun = len(values[feature]), self.seen
        bounds = np.unique([*(64 * 2 ** np.arange(12)), length])
        first = 0
        for last in bounds[bounds <= length].tolist():
            known = len(self.alarms)
            self.update({name: column[first:last] for name, column in values.items()})
            for at, name in self.alarms[known:]:
                if name == feature:
                    return at - begun + 1
            first = last
        return None
