"""What users would take instead, one feature at a time; each says at which values it alarms."""

import copy
from typing import Protocol

import numpy as np
from river.drift import ADWIN, PageHinkley
from scipy.special import kolmogi

from lab.laws import FloatArray

WINDOW = 1000  # values of a window of the KS test


class Rival(Protocol):
    """A detector of one feature.

    seen: values taken so far.
    """

    seen: int

    def update(self, values: FloatArray) -> list[int]:
        """Take finite values in; how many had been taken, this one included, at each alarm."""


class Stepwise:
    """River's detectors, value by value, on the values as they are or on z = (x - mean) / scale."""

    def __init__(
        self, detector: ADWIN | PageHinkley, mean: float = 0.0, scale: float = 1.0
    ) -> None:
        self._detector, self._mean, self._scale, self.seen = detector, mean, scale, 0

    def update(self, values: FloatArray) -> list[int]:
        """Both start anew by themselves after an alarm."""
        alarms = []
        for n, z in enumerate(((values - self._mean) / self._scale).tolist(), self.seen + 1):
            self._detector.update(z)
            if self._detector.drift_detected:
                alarms.append(n)
        self.seen += len(values)
        return alarms


class Kolmogorov:
    """Two-sample Kolmogorov-Smirnov test of each WINDOW values against the training rows.

    p: below which a window alarms, by the asymptotic law (scipy's ``kolmogi``).
    """

    def __init__(self, training: FloatArray, p: float) -> None:
        self._training = np.sort(training)
        n = len(training)
        self._limit = float(kolmogi(p)) / np.sqrt(n * WINDOW / (n + WINDOW))
        self._rest, self.seen = np.zeros(0), 0

    def update(self, values: FloatArray) -> list[int]:
        """Windows follow each other without overlap; an alarm comes at the end of its window."""
        joined = np.concatenate([self._rest, values])
        begin = self.seen - len(self._rest)
        alarms = [
            begin + first + WINDOW
            for first in range(0, len(joined) - WINDOW + 1, WINDOW)
            if self._distance(joined[first : first + WINDOW]) > self._limit
        ]
        self._rest = joined[len(joined) // WINDOW * WINDOW :]
        self.seen += len(values)
        return alarms

    def _distance(self, window: FloatArray) -> float:
        """Largest difference of the two distribution functions, ties included."""
        window = np.sort(window)
        below = np.searchsorted(window, self._training, side="right") / WINDOW
        own = np.arange(1, len(self._training) + 1) / len(self._training)
        last = np.append(self._training[1:] != self._training[:-1], True)
        theirs = np.searchsorted(self._training, window, side="right") / len(self._training)
        mine = np.searchsorted(window, window, side="right") / WINDOW
        return float(max(np.abs(below - own)[last].max(), np.abs(theirs - mine).max()))


class Dummy:
    """Alarms every 100 values: what a figure is worth is seen beside it."""

    def __init__(self) -> None:
        self.seen = 0

    def update(self, values: FloatArray) -> list[int]:
        """Knows nothing of the values."""
        first, self.seen = self.seen, self.seen + len(values)
        return list(range(first // 100 * 100 + 100, self.seen + 1, 100))


def rivals(training: FloatArray) -> dict[str, Rival]:
    """All of them at their defaults, ready for live values; training: finite values."""
    mean, scale = float(training.mean()), float(training.std())
    return {
        "ADWIN, raw": Stepwise(ADWIN()),
        "ADWIN on z": Stepwise(ADWIN(), mean, scale),
        "Page-Hinkley on z": Stepwise(PageHinkley(), mean, scale),
        "KS per 1,000, p 1e-4": Kolmogorov(training, 1e-4),
        "KS per 1,000, p .05": Kolmogorov(training, 0.05),
        "every 100 messages": Dummy(),
    }


def first_alarm(rival: Rival, values: FloatArray) -> int | None:
    """Values until a copy of *rival* first alarms; None if it never does."""
    one = copy.deepcopy(rival)
    before = one.seen
    for first in range(0, len(values), WINDOW):
        alarms = one.update(values[first : first + WINDOW])
        if alarms:
            return alarms[0] - before
    return None
