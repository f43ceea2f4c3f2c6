"""What can be added over batches and partitions: River's running mean and variance, minimum,
maximum, counts.
"""

from dataclasses import dataclass, field

import numpy as np
from river.stats import Var

from detector.detection.batch import FloatArray

HELD = 4096  # values taken to River at a time, 32 KB a feature: its call costs 8 µs, however few


@dataclass(slots=True)
class Evidence:
    """Counts and moments of one feature; the sum of two is the evidence of both streams together.

    count counts valid values; the variance divides by n. Values go to River HELD at a time, so the
    digits are a function of the values, never of the split into batches.
    """

    missing: int = 0
    invalid: int = 0
    minimum: float = np.inf
    maximum: float = -np.inf
    _taken: Var = field(default_factory=lambda: Var(ddof=0))
    _held: FloatArray = field(default_factory=lambda: np.empty(HELD))
    _filled: int = 0

    def measure(
        self, values: FloatArray, *, missing: int, invalid: int, minimum: float, maximum: float
    ) -> None:
        """Take valid *values*, shape (n,), with their extremes, and the records without one in."""
        self.missing += missing
        self.invalid += invalid
        if not len(values):
            return
        self.minimum = min(self.minimum, minimum)
        self.maximum = max(self.maximum, maximum)
        while len(values) >= HELD - self._filled:
            space = HELD - self._filled
            self._held[self._filled :] = values[:space]
            self._taken.update_many(self._held)
            self._filled, values = 0, values[space:]
        self._held[self._filled : self._filled + len(values)] = values
        self._filled += len(values)

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(
            missing=self.missing + other.missing,
            invalid=self.invalid + other.invalid,
            minimum=min(self.minimum, other.minimum),
            maximum=max(self.maximum, other.maximum),
            _taken=_sum(self._moments(), other._moments()),
        )

    def _moments(self) -> Var:
        """Of all values, those that River has not got yet included; changes nothing."""
        rest = Var(ddof=0)
        if self._filled:
            with np.errstate(all="ignore"):  # beyond float64 is told as unknown, not as a warning
                rest.update_many(self._held[: self._filled])
        return _sum(self._taken, rest)

    @property
    def count(self) -> int:
        """Valid values."""
        return int(self._taken.mean.n) + self._filled

    @property
    def mean(self) -> float | None:
        """Mean of the valid values; None without one, or beyond float64."""
        return _finite(self._moments().mean.get()) if self.count else None

    @property
    def std(self) -> float | None:
        """Standard deviation, dividing by n; None without a value, or beyond float64."""
        return _finite(float(np.sqrt(max(self._moments().get(), 0.0)))) if self.count else None


def _sum(one: Var, other: Var) -> Var:
    """Of both; River's own sum divides by zero where one has seen nothing."""
    if not other.mean.n or not one.mean.n:
        return one if one.mean.n else other
    with np.errstate(all="ignore"):
        return one + other


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
